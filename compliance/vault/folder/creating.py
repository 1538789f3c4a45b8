"""Making a vault: its keys, its header, its files, its first user. Nothing stays behind when it fails."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.errors import bad_input
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import User
from compliance.vault.engine import files
from compliance.vault.folder import databases, opening, place
from compliance.vault.folder.founding import found
from compliance.vault.keys import certificate, crypto, users
from compliance.vault.keys import header as headers
from compliance.vault.keys.keyring import Keyring, RoleKey, entitled
from compliance.vault.keys.recovery import RecoverySecret
from compliance.vault.log import heads
from compliance.vault.people import evidence
from compliance.vault.session import Vault


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
    cost = (params or crypto.calibrate()).checked()
    with new_folder(path):
        recovery, header, keyring, user = _found(
            path, handler, credit_code, name, passphrase, now, sandbox, solo, cost, RecoverySecret.generate()
        )
        databases.make_main(path, header.vault_id, keyring)
        databases.make_keys(path, header.vault_id, keyring)
        vault = opening.sit_first(path, header, user, keyring, state_dir, now)
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
    return Created(vault, recovery)


@contextmanager
def new_folder(path: Path) -> Iterator[None]:
    """The folder of a new vault with its parts; gone again when what follows fails. InputErrors ``vault_exists``;
    VaultErrors of the place."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise bad_input("vault_exists", "vault")
    place.check(path)
    fresh = not path.exists()
    files.make_folder(path)
    try:
        place.check_writable(path)
        for folder in (evidence.FOLDER, heads.FOLDER, "seats"):
            files.make_folder(path / folder)
        yield
    except BaseException:
        if fresh:
            shutil.rmtree(path, ignore_errors=True)
        raise


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
    own = {key: keys[key] for key in RoleKey if key in entitled(Role.DPO)}
    blank = headers.Header(
        kind="master",
        vault_id=vault_id,
        handler=handler,
        credit_code=credit_code,
        sandbox=sandbox,
        solo=solo,
        created_at=now,
        version=1,
        params=cost,
        slots=(),
        recovery_public=recovery.public(),
        recovery_keys=headers.recovery_keys(vault_id, recovery.public(), keys),
        pdf_certificate=certificate.self_signed(pdf_key, handler, vault_id, now, sandbox=sandbox),
        publisher_public=publisher.public_key().public_bytes_raw(),
    )
    header, keyring, user = found(path, blank, name=name, role=Role.DPO, passphrase=passphrase, keys=own, now=now)
    return recovery, header, keyring, user
