"""Rotation of the keys that lead to people's values: the epoch key that wraps subject keys, the keys of the guarded
sections, and the file keys of ``keys.db`` and ``index.db``.

Old copies of ``keys.db`` die with it, on forgotten disks too, and so do keys an officer took along. Rules: (1) it takes
exclusive use; (2) everything is written anew beside the old (``keys.db.next``) and opened once before anything
changes; (3) one atomic replacement of the header switches over: before it the old keys open, after it the new ones,
and what a crash leaves is told by the salt of the file (:func:`settle`); (4) new keys go only to slots that the
register knows; (5) the log has an entry when it begins and one when it is done. The key of ``main.db`` stays:
everybody with a slot holds it.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING

from compliance.errors import VaultCorrupt
from compliance.model.audit import Kind
from compliance.vault.engine import files
from compliance.vault.engine.connection import SALT_BYTES, Connection
from compliance.vault.folder import databases, seats
from compliance.vault.keys import header as headers
from compliance.vault.keys.crypto import KEY_BYTES
from compliance.vault.keys.keyring import Keyring, RoleKey
from compliance.vault.people.subject_keys import KEYS_DDL, KeyStore

if TYPE_CHECKING:
    from compliance.vault.session import Vault

#: What is drawn anew. A user must hold all of them.
ROTATED = (RoleKey.EPOCH, RoleKey.KEYS, RoleKey.INDEX, RoleKey.PROFILING, RoleKey.FEES, RoleKey.PAYMENT)
NEXT = "keys.db.next"


def rekey(vault: "Vault", now: datetime) -> int:
    """Rotate; the number of subject keys wrapped anew. VaultBusy with the holder while another seat is taken;
    VaultError ``no_key`` for a role that does not hold all; VaultCorrupt, and nothing is changed then."""
    for key in ROTATED:
        vault.keyring.get(key)
    with seats.exclusive(vault.path, user=vault.user.name, doing="rekey", now=now, beside=vault.seat):
        vault.require_sound()
        header = headers.read(vault.path)
        _check_slots(vault, header)
        fresh = {key: token_bytes(KEY_BYTES) for key in ROTATED}
        keyring = replace(vault.keyring, keys={**vault.keyring.keys, **fresh})
        epoch = header.epoch + 1
        with vault.unit_of_work() as uow:
            uow.suppressions.wrap_for(keyring)
            uow.commit(vault.event(Kind.REKEY_BEGUN, now, epoch=epoch))
        count = _write_next(vault, keyring, epoch)
        header = headers.change(
            vault.path, vault.keyring.get(RoleKey.MAIN), lambda current: headers.rekeyed(current, fresh)
        )
        vault.take_keys(header, keyring)
        with vault.unit_of_work() as uow:
            uow.suppressions.forget_old_wraps()
            uow.commit(vault.event(Kind.REKEYED, now, epoch=epoch, keys=count))
    return count


def settle(path: Path, keyring: Keyring) -> bool:
    """Complete the rotation a crash interrupted after the header was replaced, drop one it interrupted before; True
    when one was completed. The caller sits at the vault and has the newest header's keys."""
    ready = path / NEXT
    if not keyring.has(RoleKey.KEYS) or not ready.exists():
        return False
    with ready.open("rb") as inp:
        switched = inp.read(SALT_BYTES) == keyring.file_key(RoleKey.KEYS)[-SALT_BYTES:]
    if switched:
        _remove_side_files(path / databases.KEYS)  # of the old file: its frames must never meet the new one
        ready.replace(path / databases.KEYS)
        files.sync_folder(path)
    else:
        ready.unlink()
    _remove_side_files(ready)
    return switched


def _check_slots(vault: "Vault", header: headers.Header) -> None:
    """Whoever can write a header must not get new keys by adding a slot to it."""
    headers.authenticate(header, vault.keyring.get(RoleKey.MAIN))
    with vault.snapshot() as snap:
        for slot in header.slots:
            user = snap.users.get(slot.name)
            known = user is not None and user.removed_at is None
            if not known or (user.x25519, user.ed25519, user.role) != (slot.x25519, slot.ed25519, slot.role):  # type: ignore[union-attr]
                raise VaultCorrupt("header_outdated")


def _write_next(vault: "Vault", keyring: Keyring, epoch: int) -> int:
    """All subject keys under the new keys in a file of their own, opened again and unwrapped one by one."""
    ready = vault.path / NEXT
    ready.unlink(missing_ok=True)
    _remove_side_files(ready)
    ids: dict[int, str] = dict(vault.db.execute("SELECT hcp, hcp_id FROM people WHERE status <> 'erased'"))
    file = Connection.open(ready, keyring.file_key(RoleKey.KEYS), create=True)
    store = KeyStore(file, keyring, vault.vault_id, epoch)
    try:
        store.begin(KEYS_DDL, vault.keys.generation())
        store.take_over(vault.keys.unwrapped(ids))
    finally:
        store.close()
    files.make_private(ready)
    store = KeyStore(Connection.open(ready, keyring.file_key(RoleKey.KEYS)), keyring, vault.vault_id, epoch)
    try:
        pairs = zip(store.unwrapped(ids), vault.keys.unwrapped(ids), strict=True)
        count = 0
        for new, old in pairs:
            if new != old:
                raise VaultCorrupt("key_damaged", hcp=old[1])
            count += 1
    finally:
        store.close()
    files.sync_folder(vault.path)
    return count


def _remove_side_files(file: Path) -> None:
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
