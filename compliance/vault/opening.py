"""Making and opening vaults.

Order at open: place, header, read-only, seat, passphrase, files, settings, schema, quick check, what a crash left.
Every failure has its own code; nothing stays behind. Rules: (1) a wrong user and a wrong passphrase cannot be told
apart; failed attempts are counted and logged at the next success; (2) a finding of the quick check makes the session
restricted, it does not hide the vault; (3) ``index.db`` is derived: when it is missing, foreign or stale it is made
anew and marked for rebuilding.
"""

import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from filelock import FileLock

from compliance.clock import stamp
from compliance.errors import VaultBusy, VaultCorrupt, VaultError, VaultTooNew, WrongPassphrase, bad_input
from compliance.model.access import Role
from compliance.model.audit import AuditEvent, Kind
from compliance.model.ids import new_id
from compliance.model.register import User
from compliance.vault import (
    crypto,
    erasure,
    evidence,
    files,
    heads,
    index,
    migrations,
    place,
    protective,
    schema,
    seats,
    users,
)
from compliance.vault import header as headers
from compliance.vault.connection import Connection
from compliance.vault.findings import Problem
from compliance.vault.keyring import Keyring, RoleKey, entitled
from compliance.vault.recovery import RecoverySecret
from compliance.vault.session import Vault
from compliance.vault.subject_keys import KeyStore

MAIN, KEYS, INDEX = "main.db", "keys.db", "index.db"
_ATTEMPTS = "attempts"
_CACHE_MB = 64
_SANDBOX_CERTIFICATE_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_CERTIFICATE_YEARS = 15


@dataclass(frozen=True, slots=True)
class Created:
    """A new vault, open for its owner, and the secret for its recovery sheet."""

    vault: Vault
    recovery: RecoverySecret


def create_vault(
    path: Path,
    *,
    handler: str,
    owner: str,
    passphrase: str,
    now: datetime,
    credit_code: str = "",
    sandbox: bool = False,
    solo: bool = False,
    params: crypto.HashParams | None = None,
    state_dir: Path | None = None,
) -> Created:
    """Make a vault folder with its privacy officer; it is open on return. InputErrors ``vault_exists``, ``user_name``,
    ``passphrase_short``; VaultError ``network_drive``, ``sync_folder``, ``read_only``, ...; nothing is left behind."""
    name = headers.check_name(owner)
    crypto.check_passphrase(passphrase)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise bad_input("vault_exists", "vault")
    place.check(path)
    cost = (params or crypto.calibrate()).checked()
    fresh = not path.exists()
    files.make_folder(path)
    try:
        place.check_writable(path)
        for folder in (evidence.FOLDER, heads.FOLDER, "seats"):
            files.make_folder(path / folder)
        recovery, header, keyring, user = _found(
            path, handler, credit_code, name, passphrase, now, sandbox, solo, cost, RecoverySecret.generate()
        )
        _make_files(path, header.vault_id, keyring)
        seat = seats.take(path, user=name, now=now)
        try:
            vault = _sit(path, header, user, keyring, seat, state_dir, now)
        except BaseException:
            seat.leave()
            raise
        with vault.unit_of_work() as uow:
            uow.users.put(user)
            uow.commit(
                vault.event(
                    Kind.VAULT_CREATED,
                    now,
                    vault=header.vault_id,
                    sandbox=sandbox,
                    solo=solo,
                    publisher=header.publisher_public.hex(),
                ),
                users.roster_event(name, str(Role.DPO), Kind.USER_ADDED, user, now),
            )
        vault.checkpoint(now)
    except BaseException:
        if fresh:
            shutil.rmtree(path, ignore_errors=True)
        raise
    return Created(vault, recovery)


def open_vault(path: Path, *, user: str, passphrase: str, now: datetime, state_dir: Path | None = None) -> Vault:
    """Unlock a master vault. WrongPassphrase, VaultBusy with the holder, VaultTooNew with both numbers, VaultCorrupt
    or VaultError with their own codes. A finding of the quick check leaves ``restricted`` set."""
    return _open(path, user=user, passphrase=passphrase, now=now, state_dir=state_dir, known=True)


def _open(path: Path, *, user: str, passphrase: str, now: datetime, state_dir: Path | None, known: bool) -> Vault:
    """As open_vault; ``known`` False for a slot that recovery has just made."""
    header = _header_of(path)
    place.check_writable(path)
    try:
        slot, keyring = headers.unlock(header, user, passphrase)
    except WrongPassphrase:
        files.append(path / "seats" / _ATTEMPTS, f"{stamp(now)}\n".encode())
        raise
    seat = seats.take(path, user=slot.name, now=now)
    try:
        found = migrations.upgrade(path / MAIN, keyring.file_key(RoleKey.MAIN), seat, user=slot.name, now=now)
        who = User(
            name=slot.name,
            role=slot.role,
            added_at=slot.added_at,
            removed_at=None,
            ed25519=slot.ed25519,
            x25519=slot.x25519,
        )
        vault = _sit(path, header, who, keyring, seat, state_dir, now)
    except BaseException:
        seat.leave()
        raise
    try:
        if known:
            _check_roster(vault)
        _welcome(vault, now, found)
    except BaseException:
        vault.abandon()
        raise
    return vault


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
    vault = _open(path, user=slot.name, passphrase=new_passphrase, now=now, state_dir=state_dir, known=False)
    try:
        with vault.unit_of_work() as uow:
            uow.users.put(vault.user)
            uow.commit(users.roster_event(slot.name, str(Role.DPO), Kind.RECOVERED, vault.user, now))
        vault.checkpoint(now)
    except BaseException:
        vault.abandon()
        raise
    return vault


def connect(path: Path, keyring: Keyring) -> tuple[Connection, KeyStore | None, bool, bool]:
    """Open the files a user is entitled to: connection, subject keys, whether there is an index, whether it is new."""
    raise_for_stray(path)
    db = Connection.open(path / MAIN, keyring.file_key(RoleKey.MAIN), cache_mb=_CACHE_MB)
    keys: KeyStore | None = None
    try:
        found = int(db.value("PRAGMA user_version") or 0)
        if found > schema.VERSION:
            raise VaultTooNew(found=found, known=schema.VERSION)
        has_index = keyring.has(RoleKey.INDEX)
        fresh = has_index and _ready_index(path, keyring.file_key(RoleKey.INDEX))
        if has_index:
            db.attach(path / INDEX, keyring.file_key(RoleKey.INDEX), index.SCHEMA)
        vault_id = str(db.value("SELECT value FROM meta WHERE key = 'vault_id'"))
        if keyring.has(RoleKey.KEYS):
            side = Connection.open(path / KEYS, keyring.file_key(RoleKey.KEYS), cache_mb=16)
            try:
                if side.value("SELECT value FROM meta WHERE key = 'vault_id'") != vault_id:
                    raise VaultCorrupt("files_swapped", file=KEYS)
                side.lock_down()
                keys = KeyStore(side, keyring, vault_id)
            except BaseException:
                side.close()
                raise
        db.wait(0.0)
    except BaseException:
        db.close()
        raise
    return db, keys, has_index, fresh


def raise_for_stray(path: Path) -> None:
    """VaultCorrupt ``file_missing`` for a WAL without its database: somebody moved files by hand."""
    for name in (MAIN, KEYS):
        if (path / f"{name}-wal").exists() and not (path / name).exists():
            raise VaultCorrupt("file_missing", file=name)


def _header_of(path: Path) -> headers.Header:
    place.check(path)
    header = headers.read(path)
    if header.kind != "master":
        raise VaultError("wrong_kind")
    return header


def _found(
    path: Path,
    handler: str,
    credit_code: str,
    name: str,
    passphrase: str,
    now: datetime,
    sandbox: bool,
    solo: bool,
    cost: crypto.HashParams,
    recovery: RecoverySecret,
) -> tuple[RecoverySecret, headers.Header, Keyring, User]:
    """Role keys, the owner's slot and the header of a new vault."""
    vault_id = new_id("V", 12)
    publisher = Ed25519PrivateKey.from_private_bytes(secrets.token_bytes(32))
    pdf_key = ec.generate_private_key(ec.SECP256R1())
    keys = {key: secrets.token_bytes(crypto.KEY_BYTES) for key in RoleKey}
    keys[RoleKey.PUBLISHER] = publisher.private_bytes_raw()
    keys[RoleKey.PDF] = pdf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    identity = headers.Identity.generate()
    own = {key: keys[key] for key in RoleKey if key in entitled(Role.DPO)}
    slot = headers.make_slot(
        vault_id=vault_id,
        name=name,
        role=Role.DPO,
        version=1,
        added_at=now,
        passphrase=passphrase,
        params=cost,
        identity=identity,
        keys=own,
    )
    header = headers.Header(
        kind="master",
        vault_id=vault_id,
        handler=handler,
        credit_code=credit_code,
        sandbox=sandbox,
        solo=solo,
        created_at=now,
        version=1,
        params=cost,
        slots=(slot,),
        recovery_public=recovery.public(),
        recovery_keys=headers.recovery_keys(vault_id, recovery.public(), keys),
        pdf_certificate=_certificate(pdf_key, handler, vault_id, now, sandbox=sandbox),
        publisher_public=publisher.public_key().public_bytes_raw(),
    )
    header = headers.write(path, header, keys[RoleKey.MAIN])
    user = User(
        name=name, role=Role.DPO, added_at=now, removed_at=None, ed25519=identity.ed25519, x25519=identity.x25519
    )
    return recovery, header, Keyring(signing=identity.signing, agreement=identity.agreement, keys=own), user


def _certificate(key: ec.EllipticCurvePrivateKey, handler: str, vault_id: str, now: datetime, *, sandbox: bool) -> str:
    """Self-signed: what an auditor trusts is the key card under the company chop, not a chain."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, handler[:64] or "-"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"ConsentKeep {vault_id}"),
        ]
    )
    begins = _SANDBOX_CERTIFICATE_FROM if sandbox else now - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(max(begins, now) + timedelta(days=366 * _CERTIFICATE_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _make_files(path: Path, vault_id: str, keyring: Keyring) -> None:
    main = Connection.open(path / MAIN, keyring.file_key(RoleKey.MAIN), create=True)
    try:
        main.execute("BEGIN IMMEDIATE")
        main.script(schema.create_statements())
        main.many("INSERT INTO meta (key, value) VALUES (?, ?)", [("vault_id", vault_id), ("origin", new_id("O", 6))])
        main.execute(f"PRAGMA user_version = {schema.VERSION}")
        main.execute("COMMIT")
    finally:
        main.close()
    keys = Connection.open(path / KEYS, keyring.file_key(RoleKey.KEYS), create=True)
    try:
        keys.script(schema.KEYS_DDL)
        keys.execute("INSERT INTO meta (key, value) VALUES ('vault_id', ?), ('generation', 0)", (vault_id,))
    finally:
        keys.close()
    for name in (MAIN, KEYS):
        files.make_private(path / name)


def _ready_index(path: Path, key: bytes) -> bool:
    """See that ``index.db`` is there and ours; True when it had to be made anew."""
    file = path / INDEX
    with FileLock(path / "seats" / "index.lock", timeout=10, thread_local=False, mode=0o600):
        try:
            found = Connection.open(file, key, cache_mb=1)
            try:
                if found.value("SELECT value FROM index_meta WHERE key = 'version'") == index.VERSION:
                    return False
            finally:
                found.close()
        except VaultBusy:
            raise
        except VaultError as fault:
            if fault.code in ("read_only", "no_permission", "io_error", "storage_full"):
                raise
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        fresh = Connection.open(file, key, create=True)
        try:
            fresh.script(index.ddl("main"))
        finally:
            fresh.close()
        files.make_private(file)
        return True


def _sit(
    path: Path,
    header: headers.Header,
    user: User,
    keyring: Keyring,
    seat: seats.Seat,
    state_dir: Path | None,
    now: datetime,
) -> Vault:
    db, keys, has_index, fresh = connect(path, keyring)
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
        vault.index_stale = fresh and bool(db.value("SELECT 1 FROM people LIMIT 1"))
    except BaseException:
        if keys is not None:
            keys.close()
        db.close()
        raise
    return vault


def _check_roster(vault: Vault) -> None:
    """VaultCorrupt ``header_outdated``: an older header was put back, with a slot that has been removed or reset."""
    with vault.snapshot() as snap:
        registered = snap.users.get(vault.user.name)
    if registered is None or registered.removed_at is not None or registered.ed25519 != vault.user.ed25519:
        raise VaultCorrupt("header_outdated")


def _welcome(vault: Vault, now: datetime, found: int) -> None:
    """The quick check, what a crash left, and the entry of this opening."""
    moved = not vault.outside.known
    if moved:
        vault.outside.adopt(vault.inside)
        protective.copy(vault.inside, vault.outside)
    report = vault.check()
    newest = vault.inside.newest()
    vault.adopt_seal(newest.checkpoint.size if newest else 0)
    at = now if vault.sandbox else max(now, vault.time_floor())
    events = [vault.event(Kind.VAULT_OPENED, at, findings=len(report.problems))]
    if found < schema.VERSION:
        events.append(vault.event(Kind.SCHEMA_UPGRADED, at, old=found, new=schema.VERSION))
    if moved:
        events.append(vault.event(Kind.VAULT_MOVED, at))
    attempts = vault.path / "seats" / _ATTEMPTS
    if attempts.is_file():
        lines = attempts.read_text(encoding="ascii", errors="replace").split()
        attempts.unlink(missing_ok=True)
        events.append(
            vault.event(Kind.UNLOCK_FAILED, at, count=len(lines), first=lines[0][:27], last=lines[-1][:27])
            if lines
            else vault.event(Kind.UNLOCK_FAILED, at, count=0)
        )
    events += [_swept(vault, seat, at) for seat in vault._seat.dead]
    with vault.unit_of_work() as uow:
        uow.commit(*events)
    if vault.restricted:
        return
    if vault.sees_people:
        _sweep_keys(vault)
        _sweep_imports(vault, at)
        for hcp_id, event in erasure.unfinished(vault):
            erasure.finish(vault, hcp_id, event)
        _sweep_files(vault, crashed=bool(vault._seat.dead))
        if vault.has_index and not vault.index_stale:
            vault.index_stale = _index_behind(vault)


def _swept(vault: Vault, seat: seats.SeatInfo, at: datetime) -> AuditEvent:
    return vault.event(Kind.SEAT_SWEPT, at, swept=seat.seat, user=seat.user, since=seat.since)


def _sweep_keys(vault: Vault) -> None:
    """Keys ahead of ``main.db`` belong to people never committed; behind it, an older ``keys.db`` was put back."""

    def both() -> tuple[int, int]:
        mine = int(vault.db.value("SELECT value FROM meta WHERE key = 'keys_generation'") or 0)
        return mine, vault.keys.generation()

    mine, theirs = both()
    if mine == theirs:
        return
    vault.db.wait(10.0)
    vault.db.execute("BEGIN IMMEDIATE")  # no seat is between the two commits while we hold this
    try:
        mine, theirs = both()
        if theirs > mine:
            vault.keys.sweep({hcp for (hcp,) in vault.db.execute("SELECT hcp FROM people")}, mine)
        elif theirs < mine:
            vault.restricted = True
            vault.findings = (*vault.findings, Problem("keys_older", None, KEYS))
    finally:
        vault.db.execute("ROLLBACK")
        vault.db.wait(0.0)


def _sweep_imports(vault: Vault, at: datetime) -> None:
    living = frozenset(seat.seat for seat in seats.living(vault.path))
    with vault.snapshot() as snap:
        abandoned = snap.batches.abandoned(living)
        left = snap.batches.leftover(1) is not None
    for batch in abandoned:
        with vault.unit_of_work() as uow:
            if batch in uow.batches.abandoned(living):
                count = uow.batches.drop(batch)
                uow.commit(vault.event(Kind.IMPORT_DROPPED, at, batch=batch, people=count, crashed=True))
    if left:
        vault.sweep_batches()


def _sweep_files(vault: Vault, *, crashed: bool) -> None:
    """Evidence files of transactions that never committed."""
    if not crashed:
        return
    with vault.unit_of_work() as uow:  # holds the lock, so nobody is sealing a file right now
        known = {name for (name,) in uow.db.execute("SELECT file FROM evidence")}
        for file in (vault.path / evidence.FOLDER).iterdir():
            if file.is_file() and file.name not in known:
                file.unlink(missing_ok=True)


def _index_behind(vault: Vault) -> bool:
    with vault.snapshot() as snap:
        mine = int(snap.db.value("SELECT value FROM meta WHERE key = 'index_generation'") or 0)
        return mine != index.generation(snap.db)
