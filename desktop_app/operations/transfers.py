"""Data leaving the country."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.model.register import Recipient
from compliance.use_cases import transfers
from compliance.use_cases.transfers import Meter
from desktop_app.tasks import Task


def recipients() -> Task[Answer[tuple[Recipient, ...]]]:
    """Registered overseas recipients."""
    return Task(lambda opened, _: transfers.list_recipients(opened.session))


def add_recipient(*, path: Path) -> Task[Answer[Recipient | Refusal]]:
    """Register a recipient from its form file."""
    return Task(lambda opened, _: transfers.add_recipient(opened.session, path=path))


def meter() -> Task[Answer[Meter]]:
    """This year's counts towards the thresholds."""
    return Task(lambda opened, _: transfers.transfer_meter(opened.session))


def assess(*, facts: Mapping[str, Any] | None = None, path: Path | None = None) -> Task[Any]:
    """Which route a planned transfer needs."""
    return Task(lambda opened, _: transfers.assess_transfer(opened.session, path=path, facts=facts))
