"""The log, its check, reports and the check of files."""

from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.use_cases import evidence
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


def report(*, path: Path, since: datetime | None, until: datetime | None, hcp: str | None) -> Task[Any]:
    """A signed audit report with its evidence inside."""
    return Task(
        lambda opened, progress: evidence.make_audit_report(
            opened.session, path=path, since=since, until=until, hcp=hcp, progress=progress
        ),
        title="desk.task.report",
        stoppable=True,
    )


def verify(*, path: Path) -> Task[VerifyReport]:
    """Check a file of ours; needs no vault."""
    return Task(lambda _, __: evidence.verify_file(path), lane=Lane.FREE, title="desk.task.verify")
