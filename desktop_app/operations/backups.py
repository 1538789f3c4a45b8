"""Backups made by themselves after unlocking: where to, when, and whether they open."""

from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.clock import from_stamp
from compliance.model.answer import Answer
from compliance.use_cases import backups
from compliance.use_cases.backup_state import Folder
from compliance.use_cases.backups import BackupRun
from compliance.use_cases.session import Session
from desktop_app.tasks import Task


def set_folders(*, data: Path | None, keys: Path | None) -> Task[Any]:
    """Where copies go by themselves; None for nowhere."""
    return Task(lambda opened, _: backups.set_backup_folders(opened.session, {Folder.DATA: data, Folder.KEYS: keys}))


def after_unlock() -> Task["Answer[BackupRun | None]"]:
    """The copies of the day, where they are due."""

    def work(opened: Any, progress: Any) -> "Answer[BackupRun | None]":
        if not isinstance(opened.session, Session):
            return Answer(None)
        return backups.back_up_if_due(opened.session, progress)

    return Task(work, title="desk.task.backup", stoppable=True)


def now() -> Task[Any]:
    """The copies of the day once more."""
    return Task(
        lambda opened, progress: backups.back_up_now(opened.session, progress), title="desk.task.backup", stoppable=True
    )


def rehearse() -> Task[Any]:
    """Open the newest copies together."""
    return Task(
        lambda opened, progress: backups.rehearse_newest(opened.session, progress),
        title="desk.task.rehearse",
        stoppable=True,
    )


def instant(text: str) -> datetime:
    """An instant as settings give it."""
    return from_stamp(text)
