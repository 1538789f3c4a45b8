"""The log, its check, reports and the check of files."""

from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.use_cases import audit_pack, evidence
from compliance.use_cases.audit_pack import CheckPageSaved
from compliance.use_cases.evidence import LogLine, VerifyReport
from desktop_app.tasks import Lane, Task


def entries(
    *, limit: int = 200, kind: str | None = None, actor: str | None = None, hcp: str | None = None
) -> Task[Answer[tuple[LogLine, ...] | Refusal]]:
    """Latest log entries."""
    return Task(lambda opened, _: evidence.list_entries(opened.session, limit=limit, kind=kind, actor=actor, hcp=hcp))


def check(*, full: bool) -> Task[Any]:
    """Whether the log and the data hold."""
    return Task(
        lambda opened, progress: evidence.check_vault(opened.session, full=full, progress=progress),
        title="desk.task.check",
        stoppable=True,
    )


def report(
    *, path: Path | None, pack: Path | None, since: datetime | None, until: datetime | None, hcp: str | None
) -> Task[Any]:
    """A signed audit report with its evidence inside, as a file or as the folder an outsider checks."""
    return Task(
        lambda opened, progress: evidence.make_audit_report(
            opened.session, path=path, pack=pack, since=since, until=until, hcp=hcp, progress=progress
        ),
        title="desk.task.report",
        stoppable=True,
    )


def prove(*, index: int, path: Path) -> Task[Any]:
    """One entry with its proof, as a text file."""
    return Task(lambda opened, _: evidence.prove_entry(opened.session, index=index, path=path))


def checkpoint(*, path: Path) -> Task[Any]:
    """Seal the log and keep the seal in a file."""
    return Task(lambda opened, _: evidence.take_checkpoint(opened.session, path=path))


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
