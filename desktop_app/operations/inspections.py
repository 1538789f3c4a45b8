"""Findings of audits and holds for inspections."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.model.inspection import Risk
from compliance.use_cases.ending import holds
from compliance.use_cases.evidence import findings
from desktop_app.tasks import Task


def list_findings() -> Task[Any]:
    """Open ones with the nearest day first, then the closed."""
    return Task(lambda opened, _: findings.list_findings(opened.session))


def open_finding(*, title: str, owner: str, due: date | None, item: str, risk: Risk, ordered: bool) -> Task[Any]:
    """Enter what an audit found."""
    return Task(
        lambda opened, _: findings.open_finding(
            opened.session, title=title, owner=owner, due=due, item=item, risk=risk, ordered=ordered
        )
    )


def assign_finding(*, finding_id: str, owner: str, due: date | None) -> Task[Any]:
    """Give a finding to somebody, also back."""
    return Task(lambda opened, _: findings.assign_finding(opened.session, finding_id=finding_id, owner=owner, due=due))


def answer_finding(
    *, finding_id: str, action: str, evidence: Sequence[Path], reference: str, rectified_on: date | None
) -> Task[Any]:
    """What was done and what shows it."""
    return Task(
        lambda opened, _: findings.answer_finding(
            opened.session,
            finding_id=finding_id,
            action=action,
            evidence=evidence,
            reference=reference,
            rectified_on=rectified_on,
        )
    )


def close_finding(*, finding_id: str, reported_on: date | None) -> Task[Any]:
    """A second person agrees."""
    return Task(
        lambda opened, _: findings.close_finding(opened.session, finding_id=finding_id, reported_on=reported_on)
    )


def list_holds() -> Task[Any]:
    """All holds, newest first."""
    return Task(lambda opened, _: holds.list_holds(opened.session))


def set_hold(
    *, authority: str, reason: str, since: datetime | None, until: datetime, people: Sequence[str]
) -> Task[Any]:
    """Nothing in scope is deleted until that day."""
    return Task(
        lambda opened, _: holds.set_hold(
            opened.session, authority=authority, reason=reason, since=since, until=until, people=tuple(people)
        )
    )


def lift_hold(*, hold_id: str, reason: str) -> Task[Any]:
    """End a hold before its day; takes two."""
    return Task(lambda opened, _: holds.lift_hold(opened.session, hold_id=hold_id, reason=reason))
