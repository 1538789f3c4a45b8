"""Making and opening a rep's own vault (architecture section 8).

The folder, keys, log, seals and quick check are those of every vault; only its content is a pack instead of people.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from compliance.errors import VaultError
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import User
from compliance.vault.folder import databases, opening, place
from compliance.vault.folder.creating import new_folder
from compliance.vault.folder.founding import found
from compliance.vault.keys import crypto, users
from compliance.vault.keys import header as headers
from compliance.vault.keys.age_key import check_phrase, recipient_of
from compliance.vault.keys.keyring import Keyring, RoleKey
from compliance.vault.rep.rep_tables import TABLES
from compliance.vault.rep.rep_vault import PackState, RepPeople, RepVault

__all__ = ["KIND", "USER", "PackState", "RepInit", "RepPeople", "RepVault", "init_rep_vault", "open_rep_vault"]

KIND = "rep"
#: The one user of a rep's vault.
USER = "rep"


@dataclass(frozen=True, slots=True)
class RepInit:
    """A new rep's vault: what the office registers, and the digits both sides compare."""

    path: Path
    recipient: str
    check_phrase: str


def init_rep_vault(
    path: Path,
    passphrase: str,
    now: datetime,
    *,
    sandbox: bool = False,
    params: crypto.HashParams | None = None,
    state_dir: Path | None = None,
) -> RepInit:
    """Make a rep's vault; a practice vault takes practice packs only. InputErrors ``vault_exists``,
    ``passphrase_short``; VaultErrors of the place; nothing is left behind."""
    crypto.check_passphrase(passphrase)
    cost = (params or crypto.calibrate()).checked()
    with new_folder(path):
        header, keyring, user = _found(path, passphrase, now, cost, sandbox)
        databases.make_main(path, header.vault_id, keyring, more=TABLES)
        vault = opening.sit_first(path, header, user, keyring, state_dir, now)
        with vault.unit_of_work() as uow:
            uow.users.put(user)
            uow.commit(
                vault.event(Kind.VAULT_CREATED, now, vault=header.vault_id, recipient=recipient_of(user.x25519)),
                users.roster_event(USER, str(Role.REP), Kind.USER_ADDED, user, now),
            )
        vault.close(now)
    recipient = recipient_of(user.x25519)
    return RepInit(path, recipient, check_phrase(recipient))


def open_rep_vault(path: Path, passphrase: str, now: datetime, *, state_dir: Path | None = None) -> "RepVault":
    """Unlock a rep's vault. WrongPassphrase; VaultError ``wrong_kind`` for a master vault; as ``open_vault``."""
    place.check(path)
    header = headers.read(path)
    if header.kind != KIND:
        raise VaultError("wrong_kind")
    user, keyring = opening.unlock(path, header, user=USER, passphrase=passphrase, now=now)
    rep = RepVault(opening.enter(path, header, user, keyring, now, state_dir))
    try:
        rep.settle_in(now)
    except BaseException:
        rep.vault.abandon()
        raise
    return rep


def _found(
    path: Path, passphrase: str, now: datetime, cost: crypto.HashParams, sandbox: bool
) -> tuple[headers.Header, Keyring, User]:
    vault_id = new_id("R", 12)
    keys = {RoleKey.MAIN: secrets.token_bytes(crypto.KEY_BYTES)}
    blank = headers.Header(
        kind=KIND,
        vault_id=vault_id,
        handler="",
        credit_code="",
        sandbox=sandbox,
        solo=False,
        created_at=now,
        version=1,
        params=cost,
        slots=(),
        recovery_public=b"",
        recovery_keys={},
        pdf_certificate="",
        publisher_public=b"",
    )
    return found(path, blank, name=USER, role=Role.REP, passphrase=passphrase, keys=keys, now=now)
