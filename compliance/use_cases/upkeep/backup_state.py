"""What is known about backups: where they go, when the last was made, whether it was proven, what is wrong.

Rule: a backup is good only when the very pair made last (data and keys) was opened together and held.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from compliance.clock import from_stamp, shanghai_day, stamp
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot

#: Settings of the vault.
LAST, KEYS_DAY, REHEARSED, FAULT = "last_auto_backup", "last_auto_keys", "last_rehearsal", "backup_fault"
#: Kind of the task a failure leaves.
TASK = "backup_failed"


class Folder(StrEnum):
    """The two folders, kept apart."""

    DATA = "backup_dir"
    KEYS = "backup_keys_dir"

    @property
    def other(self) -> "Folder":
        """The one it must be apart from."""
        return Folder.KEYS if self is Folder.DATA else Folder.DATA


class Level(StrEnum):
    """How well off the store is."""

    NONE = "backup_none"
    FAILED = "backup_failed"
    OLD = "backup_old"
    UNPROVEN = "backup_unproven"
    GOOD = "backup_good"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """Settings about backups, read together."""

    data_dir: str
    keys_dir: str
    last_text: str
    keys_text: str
    rehearsed: datetime | None
    proven: bool  # the pair made last is the one that was rehearsed
    fault: str

    @property
    def last(self) -> datetime | None:
        """The last automatic copy of the data."""
        return from_stamp(self.last_text) if self.last_text else None

    @property
    def last_keys(self) -> datetime | None:
        """The last automatic copy of the keys."""
        return from_stamp(self.keys_text) if self.keys_text else None

    def as_settings(self) -> dict[str, str]:
        """Text by key, as settings are shown."""
        return {
            "backup_dir": self.data_dir,
            "backup_keys_dir": self.keys_dir,
            "last_auto_backup": self.last_text,
            "last_auto_keys": self.keys_text,
            "last_rehearsal": stamp(self.rehearsed) if self.rehearsed else "",
            "backup_proven": "yes" if self.proven else "no",
            "backup_fault": self.fault,
        }

    def folder(self, which: Folder) -> Path | None:
        """A chosen folder."""
        text = self.data_dir if which is Folder.DATA else self.keys_dir
        return Path(text) if text else None

    def data_due(self, now: datetime) -> bool:
        """Whether today's copy of the data is still to be made."""
        return bool(self.data_dir) and _earlier(self.last, now)

    def keys_due(self, now: datetime) -> bool:
        """Whether today's copy of the keys is still to be made."""
        return bool(self.keys_dir) and _earlier(self.last_keys, now)

    def due(self, now: datetime, *, holds_keys: bool) -> bool:
        """Whether anything is to be done by a user who may or may not hold the keys."""
        if self.fault and (self.data_dir or self.keys_dir):
            return True
        both = bool(self.last_text and self.keys_text and self.data_dir and self.keys_dir)
        return self.data_due(now) or (holds_keys and (self.keys_due(now) or (both and not self.proven)))

    def level(self, now: datetime, *, warn_days: int) -> Level:
        """The one word for the first page."""
        if not self.data_dir or not self.keys_dir:
            return Level.NONE
        if self.fault:
            return Level.FAILED
        oldest = min((at for at in (self.last, self.last_keys) if at), default=None)
        if oldest is None or oldest + timedelta(days=warn_days) < now or not (self.last and self.last_keys):
            return Level.OLD
        return Level.GOOD if self.proven else Level.UNPROVEN


def backup_state(session: Session) -> BackupState:
    """As it stands."""
    with session.vault.snapshot() as snap:
        return read_state(snap)


def read_state(snap: Snapshot) -> BackupState:
    """As it stands in an open snapshot."""
    chosen = snap.settings.all()
    last, keys = chosen.get(LAST, ""), chosen.get(KEYS_DAY, "")
    tried = json.loads(chosen.get(REHEARSED) or "{}")
    return BackupState(
        data_dir=chosen.get(Folder.DATA, ""),
        keys_dir=chosen.get(Folder.KEYS, ""),
        last_text=last,
        keys_text=keys,
        rehearsed=from_stamp(tried["at"]) if tried else None,
        proven=bool(last and keys) and tried.get("of") == [last, keys],
        fault=chosen.get(FAULT, ""),
    )


def _earlier(last: datetime | None, now: datetime) -> bool:
    return last is None or shanghai_day(last) < shanghai_day(now)
