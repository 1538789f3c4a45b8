"""Backups made by themselves after unlocking: where to, when, and whether they open."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.clock import from_stamp
from compliance.model.answer import Answer
from desktop_app.tasks import Task

if TYPE_CHECKING:  # the window stands before anything of the store is loaded
    from compliance.use_cases.upkeep.backups import BackupRun


def set_folders(*, data: Path | None, keys: Path | None) -> Task[Any]:
    """Where copies go by themselves; None for nowhere."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.upkeep.backup_state import Folder
        from compliance.use_cases.upkeep.backups import set_backup_folders

        return set_backup_folders(opened.session, {Folder.DATA: data, Folder.KEYS: keys})

    return Task(work)


def after_unlock() -> Task["Answer[BackupRun | None]"]:
    """The copies of the day, where they are due."""

    def work(opened: Any, progress: Any) -> "Answer[BackupRun | None]":
        from compliance.use_cases.seat.session import Session
        from compliance.use_cases.upkeep.backups import back_up_if_due

        return back_up_if_due(opened.session, progress) if isinstance(opened.session, Session) else Answer(None)

    return Task(work, title="desk.task.backup", stoppable=True)


def now() -> Task[Any]:
    """The copies of the day once more."""

    def work(opened: Any, progress: Any) -> Any:
        from compliance.use_cases.upkeep.backups import back_up_now

        return back_up_now(opened.session, progress)

    return Task(work, title="desk.task.backup", stoppable=True)


def rehearse() -> Task[Any]:
    """Open the newest copies together."""

    def work(opened: Any, progress: Any) -> Any:
        from compliance.use_cases.upkeep.backups import rehearse_newest

        return rehearse_newest(opened.session, progress)

    return Task(work, title="desk.task.rehearse", stoppable=True)


def rekey() -> Task[Any]:
    """New keys for the store."""

    def work(opened: Any, progress: Any) -> Any:
        from compliance.use_cases.upkeep.rekeying import rekey_vault

        return rekey_vault(opened.session, progress)

    return Task(work, title="desk.task.rekey")


def instant(text: str) -> datetime:
    """An instant as settings give it."""
    return from_stamp(text)
