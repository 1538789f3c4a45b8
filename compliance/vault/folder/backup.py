"""Copies: the vault without its keys, and the keys apart.

Rules: (1) a backup is a consistent copy of ``main.db`` made from an open session, with header, heads and evidence
(only files not yet there); never ``keys.db`` and never ``index.db``; (2) it counts only after restore.py opened it
together with the keys; (3) the erasure deadline for backups is the life of the oldest copy of the keys, so few
generations are kept; (4) the database as it was before a step of the format (migrations) goes once a backup is
complete.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.errors import bad_input
from compliance.model.audit import Kind
from compliance.vault.engine import files
from compliance.vault.engine.connection import Connection
from compliance.vault.keys import header as headers
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.log import heads
from compliance.vault.people import evidence

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_MAIN, _KEYS = "main.db", "keys.db"
#: Told the number of documents copied and their total; may raise to stop.
Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What was written: number of files in the folder, entries of the log it holds."""

    folder: Path
    files: int
    entries: int


def backup(vault: "Vault", folder: Path, now: datetime) -> BackupReport:
    """Write or refresh a backup in ``folder`` and log it. InputErrors ``backup_target`` when it holds something
    else."""
    made = copy(vault, folder, now)
    with vault.unit_of_work() as uow:
        uow.commit(vault.event(Kind.BACKED_UP, now, what="vault", entries=made.entries))
    drop_originals(vault.path)
    return made


def backup_keys(vault: "Vault", file: Path, now: datetime) -> str:
    """Copy the subject keys to ``file`` and log it; SHA-256 of the copy. VaultError ``no_key``; InputErrors
    ``inside_vault``."""
    digest = copy_keys(vault, file)
    with vault.unit_of_work() as uow:
        uow.commit(vault.event(Kind.BACKED_UP, now, what="keys", sha256=digest))
    return digest


def copy(
    vault: "Vault", folder: Path, now: datetime, *, earlier: Path | None = None, tick: Tick = lambda *_: None
) -> BackupReport:
    """The copy alone. Documents that stand in the backup ``earlier`` already are linked where the disk can."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / headers.NAME).is_file() or headers.read(folder).vault_id != vault.vault_id:
            raise bad_input("backup_target", "folder")
        if (folder / _KEYS).exists() or folder.resolve() == vault.path.resolve():
            raise bad_input("backup_target", "folder")  # a vault itself, not a backup
    for part in (folder, folder / evidence.FOLDER, folder / heads.FOLDER):
        files.make_folder(part)
    if not vault.restricted:
        vault.checkpoint(now)
    # Heads and header first: what they say must not be newer than the rows, whatever other seats do meanwhile.
    for source in sorted((vault.path / heads.FOLDER).iterdir()):
        if source.is_file() and source.name != "lock":
            files.copy(source, folder / heads.FOLDER / source.name)
    files.copy(vault.path / headers.NAME, folder / headers.NAME)
    entries = vault.log.size
    _copy_database(vault.db, folder / _MAIN, vault.keyring.file_key(RoleKey.MAIN))
    documents = [f for f in sorted((vault.path / evidence.FOLDER).iterdir()) if f.is_file() and len(f.name) == 32]
    for number, source in enumerate(documents):
        tick(number, len(documents))
        target = folder / evidence.FOLDER / source.name
        if not target.exists() and not (earlier and _linked(earlier / evidence.FOLDER / source.name, target)):
            files.copy(source, target)
    for old in sorted((folder / evidence.FOLDER).iterdir()):
        if not (vault.path / evidence.FOLDER / old.name).exists():
            old.unlink(missing_ok=True)  # of an erased person
    count = sum(1 for path in folder.rglob("*") if path.is_file())
    return BackupReport(folder=folder, files=count, entries=entries)


def copy_keys(vault: "Vault", file: Path) -> str:
    """The copy of the keys alone; its SHA-256."""
    if vault.path.resolve() in file.resolve().parents:
        raise bad_input("inside_vault", "file")
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    target = Connection.open(part, vault.keyring.file_key(RoleKey.KEYS), create=True)
    try:
        vault.keys.backup_into(target)
    finally:
        target.close()
    files.make_private(part)
    part.replace(file)
    return _hash(file)


def drop_originals(folder: Path) -> None:
    """Rule 4: what it was kept for, a step that went wrong, is over; the erased would stand in it for ever."""
    for old in folder.glob(f"{_MAIN}.v[0-9]*"):
        with suppress(OSError):  # held by another program: the next backup takes it
            old.unlink()


def _copy_database(source: Connection, target: Path, key: bytes) -> None:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    copy = Connection.open(part, key, create=True)
    try:
        source.backup_into(copy)
    finally:
        copy.close()
    files.make_private(part)
    part.replace(target)


def _linked(source: Path, target: Path) -> bool:
    """A sealed document never changes, so generations of a backup may share it."""
    try:
        target.hardlink_to(source)
    except OSError:
        return False
    return True


def _hash(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as inp:
        while block := inp.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()
