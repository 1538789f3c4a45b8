"""What reaches its end; hold, put off, let go; the certificate."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.model.inspection import HoldGround
from compliance.use_cases.ending import holds, retention_certificate, retention_due, retention_extend, retention_runs
from desktop_app.tasks import Task


def due(*, within: int, rule: str, territory: str | None, limit: int) -> Task[Any]:
    """Values over by a day."""
    return Task(
        lambda opened, _: retention_due.due(opened.session, within=within, rule=rule, territory=territory, limit=limit),
        title="desk.task.retention",
    )


def ends_of(*, hcp_id: str) -> Task[Any]:
    """The end of each value of a person."""
    return Task(lambda opened, _: retention_due.ends_of(opened.session, hcp_id=hcp_id))


def hold(
    *, people: Sequence[str], ground: HoldGround, authority: str, reason: str, approver: str, until: datetime | None
) -> Task[Any]:
    """Keep people by statute or for a dispute: storage and security only."""
    return Task(
        lambda opened, _: holds.set_hold(
            opened.session,
            people=tuple(people),
            ground=ground,
            authority=authority,
            reason=reason,
            approver=approver,
            until=until,
        )
    )


def extend(*, hcp_id: str, rule: str, until: date, reason: str) -> Task[Any]:
    """Put an end off."""
    return Task(
        lambda opened, _: retention_extend.extend(opened.session, hcp_id=hcp_id, rule=rule, until=until, reason=reason)
    )


def extensions() -> Task[Any]:
    """Ends that were put off."""
    return Task(lambda opened, _: retention_extend.list_extensions(opened.session))


def release(*, rule: str, reason: str, people: Sequence[str] = ()) -> Task[Any]:
    """Ask for what is over to be let go."""
    return Task(
        lambda opened, _: retention_runs.release(opened.session, rule=rule, reason=reason, hcps=tuple(people)),
        title="desk.task.retention",
    )


def run(*, run_id: str) -> Task[Any]:
    """Let go what two have signed; may be stopped and gone on with."""
    return Task(
        lambda opened, progress: retention_runs.carry_on(opened.session, run_id=run_id, progress=progress),
        title="desk.task.letting_go",
        stoppable=True,
    )


def runs() -> Task[Any]:
    """All runs."""
    return Task(lambda opened, _: retention_runs.list_runs(opened.session))


def certificate(*, run_id: str, fmt: str, path: Path) -> Task[Any]:
    """The signed certificate."""
    return Task(
        lambda opened, _: retention_certificate.issue_certificate(opened.session, run_id=run_id, fmt=fmt, path=path),
        title="desk.task.certificate",
    )
