"""The log, its check, its seals, reports and the check of files."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.use_cases.evidence import audit_pack, evidence, witnessing
from compliance.use_cases.evidence.audit_pack import CheckPageSaved
from compliance.use_cases.evidence.evidence import LogLine, VerifyReport
from compliance.use_cases.upkeep import integrity
from desktop_app.tasks import Lane, Task


def entries(
    *,
    limit: int = 200,
    kind: str | None = None,
    actor: str | None = None,
    hcp: str | None = None,
    since: datetime | None = None,
) -> Task[Answer[tuple[LogLine, ...] | Refusal]]:
    """Latest log entries."""
    return Task(
        lambda opened, _: evidence.list_entries(
            opened.session, limit=limit, kind=kind, actor=actor, hcp=hcp, since=since
        )
    )


def check(*, full: bool) -> Task[Any]:
    """Whether the log and the data hold."""
    return Task(
        lambda opened, progress: evidence.check_vault(opened.session, full=full, progress=progress),
        title="desk.task.check",
        stoppable=True,
    )


def reindex() -> Task[Any]:
    """The search index made anew."""
    return Task(
        lambda opened, progress: integrity.reindex(opened.session, progress=progress),
        title="desk.task.reindex",
        stoppable=True,
    )


def acknowledge_clock() -> Task[Any]:
    """The clock was looked at and is right now."""

    def work(opened: Any, _: Any) -> Any:
        from compliance.use_cases.seat.clock_trouble import acknowledge_clock as acknowledge

        return acknowledge(opened.session)

    return Task(work)


def status() -> Task[Any]:
    """How the log stands."""
    return Task(lambda opened, _: integrity.integrity_state(opened.session))


def report(
    *,
    path: Path | None,
    pack: Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    hcp: str | None = None,
    user: str | None = None,
    transfer: str | None = None,
    year: int | None = None,
    sample: int | None = None,
    seed: str = "",
    previous: Sequence[Path] = (),
) -> Task[Any]:
    """A signed audit report with its evidence inside, as a file or as the folder an outsider checks."""
    return Task(
        lambda opened, progress: evidence.make_audit_report(
            opened.session,
            path=path,
            pack=pack,
            since=since,
            until=until,
            hcp=hcp,
            user=user,
            transfer=transfer,
            year=year,
            sample=sample,
            seed=seed,
            previous=previous,
            progress=progress,
        ),
        title="desk.task.report",
        stoppable=True,
    )


def incident(*, path: Path) -> Task[Any]:
    """The unsealed report of a store whose log no longer holds."""

    def work(opened: Any, progress: Any) -> Any:
        from compliance.use_cases.evidence.incident import make_incident

        return make_incident(opened.session, path=path, progress=progress)

    return Task(work, title="desk.task.check", stoppable=True)


def name_key(*, report_id: str, people: Sequence[str], path: Path, passphrase: str) -> Task[Any]:
    """The names of a report, sealed, apart from it."""

    def work(opened: Any, _: Any) -> Any:
        from compliance.use_cases.evidence.name_key import write_name_key

        return write_name_key(opened.session, report_id=report_id, people=people, path=path, passphrase=passphrase)

    return Task(work)


def open_names(*, path: Path, passphrase: str) -> Task[Any]:
    """Who the pseudonyms of a report are; needs no vault."""

    def work(_: Any, __: Any) -> Any:
        from compliance.use_cases.evidence.name_key import read_name_key

        return read_name_key(path, passphrase)

    return Task(work, lane=Lane.FREE)


def prove(*, index: int, path: Path) -> Task[Any]:
    """One entry with its proof, as a text file."""
    return Task(lambda opened, _: evidence.prove_entry(opened.session, index=index, path=path))


def checkpoint(*, path: Path, since: int | None = None) -> Task[Any]:
    """Seal the log and keep the seal in a file; ``since``: with proof for a second machine."""
    return Task(lambda opened, _: evidence.take_checkpoint(opened.session, path=path, since=since))


def cosign(*, path: Path, out: Path, key_out: Path | None = None) -> Task[Any]:
    """Cosign a seal, a colleague's or another store's."""
    return Task(lambda opened, _: witnessing.cosign_seal(opened.session, path=path, out=out, key_out=key_out))


def take_cosigned(*, path: Path, key: Path | None = None) -> Task[Any]:
    """Keep a cosigned seal beside the others."""
    return Task(lambda opened, _: witnessing.take_cosigned(opened.session, path=path, key=key))


def verify(*, path: Path, trust: Path | None = None, previous: Path | None = None) -> Task[VerifyReport]:
    """Check a file of ours; needs no vault."""
    return Task(
        lambda _, __: evidence.verify_file(path, trust=trust, previous=previous),
        lane=Lane.FREE,
        title="desk.task.verify",
    )


def check_page(*, path: Path) -> Task[CheckPageSaved]:
    """A copy of the page that checks in any browser; needs no vault."""
    return Task(lambda _, __: audit_pack.save_check_page(path), lane=Lane.FREE)
