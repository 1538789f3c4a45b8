"""Data leaving the country."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.model.ids import new_id
from compliance.model.register import Assessment, Recipient
from compliance.use_cases.bases import transfers
from compliance.use_cases.bases.transfers import Meter
from desktop_app.tasks import Task


def recipients() -> Task[Answer[tuple[Recipient, ...]]]:
    """Registered overseas recipients."""
    return Task(lambda opened, _: transfers.list_recipients(opened.session))


def add_recipient(*, path: Path) -> Task[Answer[Recipient | Refusal]]:
    """Register a recipient from its form file."""
    return Task(lambda opened, _: transfers.add_recipient(opened.session, path=path))


def add_assessment(
    *, purpose: str, title: str, approved_on: date, valid_until: date | None, author: str, approver: str
) -> Task[Any]:
    """An impact assessment on file."""
    row = Assessment(
        assessment_id=new_id("PIA"),
        purpose=purpose,
        title=title,
        approved_on=approved_on,
        valid_until=valid_until,
        author=author,
        approver=approver,
    )
    return Task(lambda opened, _: transfers.add_assessment(opened.session, assessment=row))


def assessments() -> Task[Any]:
    """Impact assessments on file."""
    return Task(lambda opened, _: transfers.list_assessments(opened.session))


def meter(*, year: int | None = None) -> Task[Answer[Meter]]:
    """A year's counts towards the thresholds, this year's when none is given."""
    return Task(lambda opened, _: transfers.transfer_meter(opened.session, year=year))


def assess(*, facts: Mapping[str, Any] | None = None, path: Path | None = None) -> Task[Any]:
    """Which route a planned transfer needs."""
    return Task(lambda opened, _: transfers.assess_transfer(opened.session, path=path, facts=facts))
