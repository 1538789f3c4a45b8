"""Opening vaults.

Order: place, header, read-only, seat, passphrase, files, settings, schema, quick check, what a crash left. Every
failure has its own code; nothing stays behind. Rules: (1) a wrong user and a wrong passphrase cannot be told apart;
failed attempts are counted and logged at the next success; (2) a finding of the quick check makes the session
restricted, it does not hide the vault.
"""

from datetime import datetime
from pathlib import Path

from compliance.clock import stamp
from compliance.errors import VaultBusy, VaultCorrupt, VaultError, WrongPassphrase, bad_input
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.model.register import User
from compliance.vault import migrations
from compliance.vault.engine import files
from compliance.vault.folder import place, seats, welcome
from compliance.vault.folder.databases import MAIN, connect
from compliance.vault.keys import crypto, rekey, users
from compliance.vault.keys import header as headers
from compliance.vault.keys.keyring import Keyring, RoleKey
from compliance.vault.keys.recovery import RecoverySecret
from compliance.vault.session import Vault

MASTER = "master"


def open_vault(path: Path, *, user: str, passphrase: str, now: datetime, state_dir: Path | None = None) -> Vault:
    """Unlock a master vault. WrongPassphrase, VaultBusy with the holder, VaultTooNew with both numbers, VaultCorrupt
    or VaultError with their own codes. A finding of the quick check leaves ``restricted`` set."""
    header = _header_of(path)
    who, keyring = unlock(path, header, user=user, passphrase=passphrase, now=now)
    return enter(path, header, who, keyring, now, state_dir)


def peek(path: Path) -> headers.Header:
    """What the unlock screen may show before a passphrase: name, kind, users. Nothing in it is proved yet."""
    return headers.read(path)


def recover(
    path: Path,
    secret: RecoverySecret,
    *,
    user: str,
    new_passphrase: str,
    now: datetime,
    state_dir: Path | None = None,
) -> Vault:
    """Give a privacy officer a fresh slot by the recovery sheet, and open the vault for them. ``user`` is an officer
    of this vault or, when none of that name is left, a new one. WrongPassphrase ``wrong_recovery``."""
    name = headers.check_name(user)
    crypto.check_passphrase(new_passphrase)
    header = _header_of(path)
    place.check_writable(path)
    keys = headers.unlock_recovery(header, secret)
    held = header.slot(name)
    if held is not None and held.role is not Role.DPO:
        raise bad_input("roles_apart", "user")
    identity = headers.Identity.generate()
    slot = headers.make_slot(
        vault_id=header.vault_id,
        name=held.name if held else name,
        role=Role.DPO,
        version=held.version + 1 if held else 1,
        added_at=held.added_at if held else now,
        passphrase=new_passphrase,
        params=header.params,
        identity=identity,
        keys=headers.keys_for(Role.DPO, keys),
    )
    headers.change(path, keys[RoleKey.MAIN], lambda current: headers.with_slot(current, slot))
    header = headers.read(path)
    who, keyring = unlock(path, header, user=slot.name, passphrase=new_passphrase, now=now)
    vault = enter(path, header, who, keyring, now, state_dir, known=False)
    try:
        with vault.unit_of_work() as uow:
            uow.users.put(vault.user)
            uow.commit(users.roster_event(slot.name, str(Role.DPO), Kind.RECOVERED, vault.user, now))
        vault.checkpoint(now)
    except BaseException:
        vault.abandon()
        raise
    return vault


def unlock(path: Path, header: headers.Header, *, user: str, passphrase: str, now: datetime) -> tuple[User, Keyring]:
    """The user and keys of a slot; a failed attempt is noted for the next success. WrongPassphrase."""
    place.check_writable(path)
    try:
        slot, keyring = headers.unlock(header, user, passphrase)
    except WrongPassphrase:
        files.append(path / "seats" / welcome.ATTEMPTS, f"{stamp(now)}\n".encode())
        raise
    return user_of(slot), keyring


def user_of(slot: headers.Slot) -> User:
    """Whom a slot stands for."""
    return User(
        name=slot.name,
        role=slot.role,
        added_at=slot.added_at,
        removed_at=None,
        ed25519=slot.ed25519,
        x25519=slot.x25519,
    )


def enter(
    path: Path,
    header: headers.Header,
    user: User,
    keyring: Keyring,
    now: datetime,
    state_dir: Path | None,
    *,
    known: bool = True,
) -> Vault:
    """Sit down with unlocked keys, bring the files up to date and look what a crash left. ``known`` False for a slot
    that recovery has just made."""
    seat = seats.take(path, user=user.name, now=now)
    try:
        if headers.read(path).epoch != header.epoch:
            raise VaultBusy("keys_changed", holder="")  # between reading the header and sitting down
        settled = rekey.settle(path, keyring)
        found = migrations.upgrade(path / MAIN, keyring.file_key(RoleKey.MAIN), seat, user=user.name, now=now)
        vault = sit(path, header, user, keyring, seat, state_dir, now)
    except BaseException:
        seat.leave()
        raise
    try:
        if known:
            _check_roster(vault)
        welcome.welcome(vault, now, found, rekeyed=settled)
    except BaseException:
        vault.abandon()
        raise
    return vault


def sit_first(
    path: Path, header: headers.Header, user: User, keyring: Keyring, state_dir: Path | None, now: datetime
) -> Vault:
    """The first session of a store that was just made; its seat is given back where it does not open."""
    seat = seats.take(path, user=user.name, now=now)
    try:
        return sit(path, header, user, keyring, seat, state_dir, now)
    except BaseException:
        seat.leave()
        raise


def sit(
    path: Path,
    header: headers.Header,
    user: User,
    keyring: Keyring,
    seat: seats.Seat,
    state_dir: Path | None,
    now: datetime,
) -> Vault:
    """The session over the files of ``path``."""
    db, keys, has_index, fresh = connect(path, keyring, header.epoch)
    try:
        if db.value("SELECT value FROM meta WHERE key = 'vault_id'") != header.vault_id:
            raise VaultCorrupt("files_swapped", file=MAIN)
        vault = Vault(
            path=path,
            header=header,
            user=user,
            keyring=keyring,
            seat=seat,
            db=db,
            keys=keys,
            has_index=has_index,
            state_dir=state_dir,
            opened_at=now,
        )
        if fresh and db.value("SELECT 1 FROM people LIMIT 1"):
            vault.doubt_index()
    except BaseException:
        if keys is not None:
            keys.close()
        db.close()
        raise
    return vault


def _header_of(path: Path) -> headers.Header:
    place.check(path)
    header = headers.read(path)
    if header.kind != MASTER:
        raise VaultError("wrong_kind")
    return header


def _check_roster(vault: Vault) -> None:
    """VaultCorrupt ``header_outdated``: an older header was put back, with a slot that has been removed or reset."""
    with vault.snapshot() as snap:
        registered = snap.users.get(vault.user.name)
    if registered is None or registered.removed_at is not None or registered.ed25519 != vault.user.ed25519:
        raise VaultCorrupt("header_outdated")
