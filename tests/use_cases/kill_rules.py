"""A process that dies while it puts rules in force: ``kill_rules.py VAULT FOLDER TIME before|after`` the commit."""

import os
import sys
from datetime import datetime
from pathlib import Path

from compliance.clock import FixedClock
from compliance.model.audit import AuditEvent, Kind
from compliance.use_cases.rules import company_rules
from compliance.use_cases.seat import session as sessions
from compliance.vault.unit_of_work import UnitOfWork


def main() -> None:
    """Put them in force as the privacy officer."""
    real = UnitOfWork.commit

    def commit(self: UnitOfWork, *events: AuditEvent) -> list[int]:
        ours = any(event.kind is Kind.POLICY_ACTIVATED for event in events)
        if ours and sys.argv[4] == "before":
            os._exit(9)
        done = real(self, *events)
        if ours:
            os._exit(9)
        return done

    UnitOfWork.commit = commit  # type: ignore[method-assign]
    at = datetime.fromisoformat(sys.argv[3])
    session = sessions.open_session(
        Path(sys.argv[1]), user="zhao", passphrase="correct horse battery", clock=FixedClock(at)
    )
    assert isinstance(session, sessions.Session)
    company_rules.activate_rules(session, folder=Path(sys.argv[2]), begins=at)


if __name__ == "__main__":
    main()
