"""Consent changes to source systems, and their answers."""

from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.use_cases.people import feeds
from desktop_app.tasks import Task


def send(*, source: str, since: datetime, path: Path) -> Task[Any]:
    """Write what changed since a moment for one system; stopping writes nothing."""
    return Task(
        lambda opened, progress: feeds.send_changes(
            opened.session, source=source, since=since, path=path, progress=progress
        ),
        title="desk.task.feed",
        stoppable=True,
    )


def take_answers(*, path: Path) -> Task[Any]:
    """Take in what a system answered."""
    return Task(lambda opened, _: feeds.take_answers(opened.session, path=path))


def list_feeds() -> Task[Any]:
    """All feeds, newest first."""
    return Task(lambda opened, _: feeds.list_feeds(opened.session))


def unanswered() -> Task[Any]:
    """What must stop and no *done* came back for."""
    return Task(lambda opened, _: feeds.unanswered(opened.session))
