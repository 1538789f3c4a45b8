"""Copies: the vault without its keys, the keys apart, a rehearsal of both together, and the way back.

Rules: (1) a backup is a consistent copy of ``main.db`` made from an open session, with header, heads and evidence
(only files not yet there); never ``keys.db`` and never ``index.db``; (2) it counts only after :func:`rehearse` opened
it together with the keys; (3) a restore goes to a new folder and, before anybody sees it, erases again whom the vault
has erased since and records again who has withdrawn since; (4) the erasure deadline for backups is the life of the
oldest copy of the keys, so few generations are kept.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.clock import from_stamp, stamp
from compliance.errors import VaultCorrupt, bad_input
from compliance.model.access import RecordStatus
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import ConsentEvent, EventKind, Grade, LineStatus, Method, Precision
from compliance.vault import erasure, evidence, files, heads, place, protective
from compliance.vault import header as headers
from compliance.vault.connection import Connection
from compliance.vault.consents import CLOSING
from compliance.vault.keyring import RoleKey
from compliance.vault.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from compliance.vault.findings import CheckReport
    from compliance.vault.session import Vault

_MAIN, _KEYS = "main.db", "keys.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What was written: number of files in the folder, entries of the log it holds."""

    folder: Path
    files: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A restored vault, open; how many people were erased and withdrawals recorded again."""

    vault: "Vault"
    erased_again: int
    withdrawn_again: int
    entries: int


def backup(vault: "Vault", folder: Path, now: datetime) -> BackupReport:
    """Write or refresh a backup in ``folder``. InputErrors ``backup_target`` when it holds something else."""
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
    _copy_database(vault.db, folder / _MAIN, vault.keyring.file_key(RoleKey.MAIN))
    for source in sorted((vault.path / evidence.FOLDER).iterdir()):
        target = folder / evidence.FOLDER / source.name
        if source.is_file() and len(source.name) == 32 and not target.exists():
            files.copy(source, target)
    for old in sorted((folder / evidence.FOLDER).iterdir()):
        if not (vault.path / evidence.FOLDER / old.name).exists():
            old.unlink(missing_ok=True)  # of an erased person
    with vault.unit_of_work() as uow:
        entries = vault.log.size
        uow.commit(vault.event(Kind.BACKED_UP, now, what="vault", entries=entries))
    count = sum(1 for path in folder.rglob("*") if path.is_file())
    return BackupReport(folder=folder, files=count, entries=entries)


def backup_keys(vault: "Vault", file: Path, now: datetime) -> str:
    """Copy the subject keys to ``file``; SHA-256 of the copy. VaultError ``no_key``; InputErrors ``inside_vault``."""
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
    digest = _hash(file)
    with vault.unit_of_work() as uow:
        uow.commit(vault.event(Kind.BACKED_UP, now, what="keys", sha256=digest))
    return digest


def rehearse(
    folder: Path, keys: Path, *, user: str, passphrase: str, now: datetime, state_dir: Path | None = None
) -> "CheckReport":
    """Open backup and keys together in a scratch copy, check everything and unseal a sample. WrongPassphrase,
    VaultCorrupt; neither the backup nor the live vault is touched."""
    from compliance.vault.opening import open_vault

    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=_scratch(state_dir)) as scratch:
        copy = Path(scratch) / "rehearsal.ckvault"
        _assemble(folder, keys, copy)
        vault = open_vault(copy, user=user, passphrase=passphrase, now=now, state_dir=Path(scratch) / "state")
        try:
            return vault.check(full=True)
        finally:
            vault.abandon()


def restore(
    folder: Path,
    keys: Path,
    *,
    into: Path,
    user: str,
    passphrase: str,
    now: datetime,
    state_dir: Path | None = None,
) -> Restored:
    """Make a vault from a backup and a copy of its keys at ``into``, which must not exist or be empty. Erasures and
    withdrawals since the backup are carried out again before it is returned."""
    from compliance.vault.opening import open_vault

    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise bad_input("vault_exists", "into")
    place.check(into)
    header = headers.read(folder)
    slot, keyring = headers.unlock(header, user, passphrase)
    fresh = not into.exists()
    try:
        _assemble(folder, keys, into)
        acts = _acts(header.vault_id, keyring.get(RoleKey.MAIN), into, state_dir)
        vault = open_vault(into, user=slot.name, passphrase=passphrase, now=now, state_dir=state_dir)
    except BaseException:
        if fresh:
            shutil.rmtree(into, ignore_errors=True)
        raise
    try:
        withdrawn = _withdraw_again(vault, [a for a in acts if a.get("act") == "closed"])
        erased = _erase_again(vault, [a for a in acts if a.get("act") == "erased"], now)
        with vault.unit_of_work() as uow:
            entries = vault.log.size
            uow.commit(vault.event(Kind.RESTORED, now, entries=entries, erased_again=erased, withdrawn_again=withdrawn))
        if not vault.restricted:
            vault.checkpoint(now)
    except BaseException:
        vault.abandon()
        raise
    return Restored(vault=vault, erased_again=erased, withdrawn_again=withdrawn, entries=entries)


def keep_closing(vault: "Vault", event: ConsentEvent) -> None:
    """Note a withdrawal, refusal, revocation or invalidation outside, so that a restore does not revive the consent."""
    protective.append(
        (vault.outside, vault.inside),
        vault.keyring.get(RoleKey.MAIN),
        vault.vault_id,
        {"act": "closed", "event": _event_out(event)},
    )


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


def _assemble(folder: Path, keys: Path, into: Path) -> None:
    if not (folder / _MAIN).is_file():
        raise VaultCorrupt("file_missing", file=_MAIN)
    if not keys.is_file():
        raise VaultCorrupt("file_missing", file=_KEYS)
    for part in (into, into / evidence.FOLDER, into / heads.FOLDER, into / "seats"):
        files.make_folder(part)
    files.copy(folder / headers.NAME, into / headers.NAME)
    files.copy(folder / _MAIN, into / _MAIN)
    files.copy(keys, into / _KEYS)
    for name in (evidence.FOLDER, heads.FOLDER):
        for source in sorted((folder / name).iterdir()) if (folder / name).is_dir() else ():
            if source.is_file():
                files.copy(source, into / name / source.name)


def _acts(vault_id: str, main_key: bytes, into: Path, state_dir: Path | None) -> list[dict[str, Any]]:
    """Every protective act known: in the backup and at every place this vault ever had outside."""
    root = heads.state_folder(state_dir) / vault_id
    places = [heads.inside(into)]
    if root.is_dir():
        places += [heads.Place(path) for path in sorted(root.iterdir()) if path.is_dir()]
    return protective.read(places, main_key, vault_id)


def _erase_again(vault: "Vault", acts: list[dict[str, Any]], now: datetime) -> int:
    count = 0
    for act in acts:
        with vault.snapshot() as snap:
            person = snap.people.get(act["hcp_id"])
        if person is None or person.status is RecordStatus.ERASED:
            continue
        erasure.erase(
            vault,
            act["hcp_id"],
            AuditEvent(
                kind=Kind.ERASED,
                at=now,
                actor=vault.user.name,
                role=str(vault.role),
                hcps=(act["hcp_id"],),
                detail={"again_after_restore": True, "erased_at": act["at"]},
            ),
        )
        count += 1
    return count


def _withdraw_again(vault: "Vault", acts: list[dict[str, Any]]) -> int:
    count = 0
    for act in acts:
        event = _event_in(act["event"])
        with vault.unit_of_work() as uow:
            if uow.people.get(event.hcp_id) is None or uow.consents.event(event.event_id) is not None:
                continue
            uow.consents.add(event)
            _close_state(uow, event)
            uow.commit(
                AuditEvent(
                    kind=Kind.CONSENT_WITHDRAWN,
                    at=max(event.recorded_at, vault.opened_at),
                    actor=vault.user.name,
                    role=str(vault.role),
                    hcps=(event.hcp_id,),
                    detail={"item": event.item, "event": event.event_id, "again_after_restore": True},
                )
            )
            count += 1
    return count


def _close_state(uow: UnitOfWork, event: ConsentEvent) -> None:
    """Lists must not show the item as open until its status is computed again."""
    uow.consents.set_state(
        event.hcp_id,
        LineStatus(
            item=event.item,
            purpose=event.item.partition("/")[0],
            status=CLOSING[event.kind],
            code="RESTORED_NEGATIVE",
            since=event.received_at or event.acted_at or event.recorded_at,
            event_id=event.event_id,
            may_ask=False,
        ),
    )


_INSTANTS = ("recorded_at", "acted_at", "presented_at", "received_at", "valid_until")
_READ: dict[str, Callable[[Any], Any]] = {
    "kind": EventKind,
    "method": Method,
    "precision": Precision,
    "grade": Grade,
    **{name: lambda text: from_stamp(text) if text else None for name in _INSTANTS},
}


def _event_out(event: ConsentEvent) -> dict[str, Any]:
    data = {name: getattr(event, name) for name in ConsentEvent.__slots__}
    return {k: stamp(v) if isinstance(v, datetime) else v for k, v in data.items()}


def _event_in(data: dict[str, Any]) -> ConsentEvent:
    return ConsentEvent(**{k: _READ[k](v) if k in _READ else v for k, v in data.items()})


def _hash(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as inp:
        while block := inp.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()


def _scratch(state_dir: Path | None) -> Path:
    folder = heads.state_folder(state_dir)
    files.make_folder(folder)
    return folder
