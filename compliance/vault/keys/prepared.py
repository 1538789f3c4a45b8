"""A slot made now and opened later: what a request that takes two people carries instead of a passphrase.

The blob holds only ciphertext and public keys, made by someone who holds every key of the role; the second person's
program writes it into the header. A blob for another vault, or older than the slot it replaces, is refused.
"""

import json
from dataclasses import replace
from datetime import datetime

from compliance.clock import from_stamp, stamp
from compliance.errors import bad_input
from compliance.model.access import SLOT_ROLES, Role
from compliance.model.audit import Kind
from compliance.model.register import User
from compliance.vault.keys import crypto
from compliance.vault.keys import header as headers
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.keys.users import check_history, roster_event
from compliance.vault.session import Vault
from compliance.vault.unit_of_work import UnitOfWork


def prepare_slot(vault: Vault, *, name: str, role: Role, passphrase: str, now: datetime) -> bytes:
    """A sealed slot for ``name``. InputErrors as adding and resetting a user; VaultError ``no_key``."""
    clean = headers.check_name(name)
    crypto.check_passphrase(passphrase)
    if role not in SLOT_ROLES:
        raise bad_input("role_without_slot", "role", str(role))
    current = headers.read(vault.path)
    held = current.slot(clean)
    identity = headers.Identity.generate()
    slot = headers.make_slot(
        vault_id=vault.vault_id,
        name=held.name if held else clean,
        role=role,
        version=held.version + 1 if held else 1,
        added_at=held.added_at if held else now,
        passphrase=passphrase,
        params=current.params,
        identity=identity,
        keys=headers.keys_for(role, vault.keyring.keys),
    )
    return json.dumps({"vault": vault.vault_id, "epoch": current.epoch, "slot": _out(slot)}, sort_keys=True).encode()


def install_slot(vault: Vault, uow: UnitOfWork, blob: bytes, *, kind: Kind, now: datetime) -> User:
    """Open a prepared slot with ``uow``. InputErrors ``slot_foreign``, ``slot_outdated``, ``user_exists``."""
    body = json.loads(blob)
    slot = _in(body["slot"])
    if body["vault"] != vault.vault_id:
        raise bad_input("slot_foreign", "request")
    held = headers.read(vault.path).slot(slot.name)
    outdated = body.get("epoch", 1) != vault.header.epoch  # its keys were rotated since
    if outdated or slot.version != (held.version + 1 if held else 1):
        raise bad_input("slot_outdated", "request")
    known = uow.users.get(slot.name)
    if known is not None and known.ed25519 == slot.ed25519 and known.removed_at is None:
        user = known  # stopped between the log and the header: the roster knows this very slot
    elif kind is Kind.USER_ADDED:
        headers.check_roles_apart(headers.read(vault.path), slot.name, slot.role)
        check_history(uow, slot.name, slot.role)
        user = User(
            name=slot.name, role=slot.role, added_at=now, removed_at=None, ed25519=slot.ed25519, x25519=slot.x25519
        )
    elif known is None or known.removed_at is not None or known.role is not slot.role:
        raise bad_input("unknown_user", "user")
    else:
        user = replace(known, ed25519=slot.ed25519, x25519=slot.x25519)
    uow.users.put(user)
    uow.queue(roster_event(vault.user.name, str(vault.role), kind, user, now))

    def open_slot() -> None:
        vault.header = headers.change(
            vault.path, vault.keyring.get(RoleKey.MAIN), lambda header: headers.with_slot(header, slot)
        )

    uow.after_commit(open_slot)
    return user


def _out(slot: headers.Slot) -> dict[str, object]:
    return {
        "name": slot.name,
        "role": str(slot.role),
        "version": slot.version,
        "added_at": stamp(slot.added_at),
        "salt": slot.salt.hex(),
        "x25519": slot.x25519.hex(),
        "ed25519": slot.ed25519.hex(),
        "wrapped_x25519": slot.wrapped_x25519.hex(),
        "wrapped_ed25519": slot.wrapped_ed25519.hex(),
        "keys": {str(key): value.hex() for key, value in slot.keys.items()},
    }


def _in(data: dict[str, str]) -> headers.Slot:
    keys: dict[str, str] = data["keys"]  # type: ignore[assignment]
    return headers.Slot(
        name=data["name"],
        role=Role(data["role"]),
        version=int(data["version"]),
        added_at=from_stamp(data["added_at"]),
        salt=bytes.fromhex(data["salt"]),
        x25519=bytes.fromhex(data["x25519"]),
        ed25519=bytes.fromhex(data["ed25519"]),
        wrapped_x25519=bytes.fromhex(data["wrapped_x25519"]),
        wrapped_ed25519=bytes.fromhex(data["wrapped_ed25519"]),
        keys={RoleKey(key): bytes.fromhex(value) for key, value in keys.items()},
    )
