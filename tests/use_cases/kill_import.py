"""A process that imports until it is killed: ``kill_import.py VAULT FILE here|beside|update``, prints "staged N"."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from compliance.clock import FixedClock
from compliance.progress import NoProgress
from compliance.use_cases.imports import import_run, import_stream, imports
from compliance.use_cases.imports.import_order import Reply
from compliance.use_cases.seat import session as sessions
from compliance.vault.arrivals import staging
from compliance.vault.arrivals.staging import Staging
from compliance.vault.people.value_changes import ValueChanges


def main() -> None:
    """Import as the clerk."""
    real = Staging.commit

    def commit(self: Staging) -> None:
        real(self)
        if sys.argv[3] == "update":
            return  # told by what is written of people who are held
        print("staged", self.committed, flush=True)

    Staging.commit = commit  # type: ignore[method-assign]
    import_stream.SEPARATE_FROM = 0 if sys.argv[3] == "beside" else 1 << 40
    staging._MOST_PEOPLE = 100  # short transactions, so that there is something to kill between
    import_run.Reply = lambda grant, terms, alone: Reply(grant, terms)  # type: ignore[assignment,misc] - small portions
    clock = FixedClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    session = sessions.open_session(Path(sys.argv[1]), user="wu", passphrase="correct horse battery wu", clock=clock)
    request = imports.ImportRequest(path=Path(sys.argv[2]), source="CRM")
    if sys.argv[3] == "update":
        request = imports.ImportRequest(path=Path(sys.argv[2]), source="CRM", update=True)
        add, written = ValueChanges.add, []

        def tell(self: ValueChanges, *args: object) -> None:
            add(self, *args)  # type: ignore[arg-type]
            written.append(1)
            print("staged", len(written), flush=True)

        ValueChanges.add = tell  # type: ignore[assignment,method-assign]
    answer = imports.import_people(session, request=request, progress=NoProgress())  # type: ignore[arg-type]
    print("done", answer.value.accepted, flush=True)  # type: ignore[union-attr]
    sessions.close_session(session)


if __name__ == "__main__":
    main()
