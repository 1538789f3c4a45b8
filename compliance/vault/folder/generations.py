"""Copies the program makes by itself: one a day, named by vault and day, whole or not there, few kept.

Rules: (1) the folders are chosen by the company, local, not synchronised, apart from the vault and from each other;
(2) a generation gets its name when it is complete; (3) only what bears this vault's name is ever removed; (4) copies of
the keys live shorter than a backup may, because their life is the erasure deadline for backups: they are overwritten,
then deleted.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from compliance.clock import stamp
from compliance.errors import bad_input
from compliance.vault.engine import files
from compliance.vault.folder import place
from compliance.vault.folder.backup import BackupReport, Tick, copy, copy_keys, drop_originals
from compliance.vault.keys import header as headers

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_DAY = "%Y%m%d"
_PART = ".part"
#: Beside the header.
NOTE = "backups.json"


def check_folder(vault: Path, folder: Path, other: Path | None, where: str) -> None:
    """InputErrors at ``where``: ``backup_dir_missing``, ``backup_dir_read_only``, ``backup_dir_network``,
    ``backup_dir_sync``, ``backup_dir_vault`` (inside the vault or around it), ``backup_dirs_together``."""
    if not folder.is_absolute() or not folder.is_dir():
        raise bad_input("backup_dir_missing", where)
    unfit = place.unfit(folder)
    if unfit:
        raise bad_input({"network_drive": "backup_dir_network"}.get(unfit, "backup_dir_sync"), where)
    if _nested(folder, vault):
        raise bad_input("backup_dir_vault", where)
    if other is not None and _nested(folder, other):
        raise bad_input("backup_dirs_together", where)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise bad_input("backup_dir_read_only", where)


def make(
    vault: "Vault", root: Path, now: datetime, *, day: date, keep: int, tick: Tick = lambda *_: None
) -> BackupReport:
    """Today's generation; then the oldest beyond ``keep`` go."""
    target = root / _name(vault.vault_id, day)
    part = root / (target.name + _PART)
    shutil.rmtree(part, ignore_errors=True)
    made = copy(vault, part, now, earlier=newest(root, vault.vault_id), tick=tick)
    if target.exists():
        shutil.rmtree(target)
    part.replace(target)
    files.sync_folder(root)
    for old in _generations(root, vault.vault_id)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    drop_originals(vault.path)
    return BackupReport(folder=target, files=made.files, entries=made.entries)


def make_keys(vault: "Vault", root: Path, *, day: date, days: int) -> tuple[Path, str]:
    """Today's copy of the keys and its SHA-256; then copies of ``days`` days ago and older are destroyed."""
    target = root / f"{_name(vault.vault_id, day)}.keys"
    digest = copy_keys(vault, target)
    files.sync_folder(root)
    for old in _key_copies(root, vault.vault_id):
        if old != target and _day(old.stem) <= (day - timedelta(days=days)).strftime(_DAY):
            _destroy(old)
    return target, digest


def newest(root: Path, vault_id: str) -> Path | None:
    """The latest complete generation."""
    found = _generations(root, vault_id)
    return found[-1] if found else None


def newest_keys(root: Path, vault_id: str) -> Path | None:
    """The latest copy of the keys."""
    found = _key_copies(root, vault_id)
    return found[-1] if found else None


@contextmanager
def alone(vault: Path) -> Iterator[bool]:
    """Whether this seat is the one that makes copies now; held while the ``with`` lasts."""
    lock = FileLock(vault / "seats" / "backup.lock", thread_local=False, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def note(vault: Path, *, last: datetime | None, rehearsed: datetime | None, fault: str) -> None:
    """Keep in the open, beside the header, when copies were made: it proves nothing and needs no passphrase."""
    data = {"last": stamp(last) if last else "", "rehearsed": stamp(rehearsed) if rehearsed else "", "fault": fault}
    files.write_atomically(vault / NOTE, json.dumps(data, sort_keys=True).encode())


def noted(vault: Path) -> dict[str, str]:
    """What :func:`note` kept: ``last``, ``rehearsed``, ``fault``; empty texts where nothing is known."""
    try:
        data = json.loads((vault / NOTE).read_bytes())
        return {key: str(data.get(key, "")) for key in ("last", "rehearsed", "fault")}
    except (OSError, ValueError, AttributeError):
        return {"last": "", "rehearsed": "", "fault": ""}


def _nested(one: Path, other: Path) -> bool:
    first, second = one.resolve(), other.resolve()
    return first == second or first in second.parents or second in first.parents


def _name(vault_id: str, day: date) -> str:
    return f"{vault_id}-{day.strftime(_DAY)}"


def _day(name: str) -> str:
    return name.rpartition("-")[2]


def _generations(root: Path, vault_id: str) -> list[Path]:
    """Oldest first. The header decides, not the name alone."""
    named = re.compile(re.escape(vault_id) + r"-\d{8}")
    found = [p for p in root.iterdir() if named.fullmatch(p.name) and p.is_dir() and not p.is_symlink()]
    return sorted(p for p in found if (p / headers.NAME).is_file() and not (p / "keys.db").exists())


def _key_copies(root: Path, vault_id: str) -> list[Path]:
    named = re.compile(re.escape(vault_id) + r"-\d{8}\.keys")
    return sorted(p for p in root.iterdir() if named.fullmatch(p.name) and p.is_file() and not p.is_symlink())


def _destroy(file: Path) -> None:
    try:
        with file.open("r+b") as out:
            out.write(b"\0" * file.stat().st_size)
            out.flush()
            os.fsync(out.fileno())
        file.unlink()
    except OSError as fault:
        raise files.as_vault_error(fault) from None
