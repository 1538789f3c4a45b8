"""Users of a vault: slots in the header, roster in the log.

Rules: (1) a name is one person and holds one role; security admin, data operator and auditor are different people;
(2) whoever gives a role must hold every key of it; (3) public keys stand in the log entry that added them, so a seal
can be checked years later; (4) the roster is committed first, then the header: a crash between leaves a user who
cannot sign in yet and is reset, never a slot nobody logged.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from compliance.audit.evidence import KEY_DETAIL
from compliance.errors import bad_input
from compliance.model.access import SLOT_ROLES, Role
from compliance.model.audit import AuditEvent, Kind
from compliance.model.register import User
from compliance.vault.keys import crypto, keystore
from compliance.vault.keys import header as headers
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from compliance.vault.session import Vault


def add_user(vault: "Vault", uow: UnitOfWork, name: str, role: Role, passphrase: str, now: datetime) -> User:
    """Add with ``uow``; the slot opens once it is committed. InputErrors ``user_name``, ``passphrase_short``,
    ``role_without_slot``, ``user_exists``, ``roles_apart``; VaultError ``no_key``."""
    clean = headers.check_name(name)
    crypto.check_passphrase(passphrase)
    if role not in SLOT_ROLES:
        raise bad_input("role_without_slot", "role", str(role))
    current = headers.read(vault.path)
    headers.check_roles_apart(current, clean, role)
    check_history(uow, clean, role)
    keys = headers.keys_for(role, vault.keyring.keys)
    identity = headers.Identity.generate()
    user = User(name=clean, role=role, added_at=now, removed_at=None, ed25519=identity.ed25519, x25519=identity.x25519)
    uow.users.put(user)
    uow.queue(roster_event(vault.user.name, str(vault.role), Kind.USER_ADDED, user, now))

    def open_slot() -> None:
        slot = headers.make_slot(
            vault_id=vault.vault_id,
            name=clean,
            role=role,
            version=1,
            added_at=now,
            passphrase=passphrase,
            params=current.params,
            identity=identity,
            keys=keys,
        )
        _change(vault, slot)

    uow.after_commit(open_slot)
    return user


def reset_user(vault: "Vault", uow: UnitOfWork, name: str, new_passphrase: str, now: datetime) -> User:
    """Fresh keys and passphrase for a known user, with ``uow``. InputErrors ``unknown_user``; VaultError ``no_key``."""
    crypto.check_passphrase(new_passphrase)
    current = headers.read(vault.path)
    held = current.slot(name)
    known = uow.users.get(held.name if held else headers.check_name(name))
    if known is None or known.removed_at is not None:
        raise bad_input("unknown_user", "user")
    keys = headers.keys_for(known.role, vault.keyring.keys)
    identity = headers.Identity.generate()
    user = replace(known, ed25519=identity.ed25519, x25519=identity.x25519)
    uow.users.put(user)
    uow.queue(roster_event(vault.user.name, str(vault.role), Kind.USER_RESET, user, now))

    def open_slot() -> None:
        slot = headers.make_slot(
            vault_id=vault.vault_id,
            name=user.name,
            role=user.role,
            version=held.version + 1 if held else 1,
            added_at=user.added_at,
            passphrase=new_passphrase,
            params=current.params,
            identity=identity,
            keys=keys,
        )
        _change(vault, slot)

    uow.after_commit(open_slot)
    return user


def remove_user(vault: "Vault", uow: UnitOfWork, name: str, now: datetime) -> None:
    """Close a slot with ``uow``; the public key stays known. InputErrors ``unknown_user``, ``last_officer``,
    ``own_account``."""
    held = headers.read(vault.path).slot(name)
    known = uow.users.get(held.name) if held else None
    if held is None or known is None or known.removed_at is not None:
        raise bad_input("unknown_user", "user")
    if held.name == vault.user.name:
        raise bad_input("own_account", "user")
    officers = [slot for slot in headers.read(vault.path).slots if slot.role is Role.DPO]
    if held.role is Role.DPO and len(officers) == 1:
        raise bad_input("last_officer", "user")
    uow.users.put(replace(known, removed_at=now))
    uow.queue(
        AuditEvent(
            kind=Kind.USER_REMOVED,
            at=now,
            actor=vault.user.name,
            role=str(vault.role),
            detail={"user": held.name, "role": str(held.role)},
        )
    )

    def close_slot() -> None:
        vault.header = headers.change(
            vault.path,
            vault.keyring.get(RoleKey.MAIN),
            lambda header: replace(
                header, slots=tuple(s for s in header.slots if headers.fold(s.name) != headers.fold(held.name))
            ),
        )

    uow.after_commit(close_slot)


def change_passphrase(vault: "Vault", old: str, new: str, now: datetime) -> None:
    """New passphrase for the acting user; keys and device secret stay. WrongPassphrase; InputErrors
    ``passphrase_short``."""
    crypto.check_passphrase(new)
    slot, keyring = headers.unlock(headers.read(vault.path), vault.user.name, old)
    device = keystore.fetch(vault.vault_id, slot.device) if slot.device else None
    fresh = headers.rewrapped(vault.header, slot, keyring, new, device)
    with vault.unit_of_work() as uow:
        uow.after_commit(lambda: _change(vault, fresh))
        uow.commit(vault.event(Kind.PASSPHRASE_CHANGED, now, user=slot.name))


def check_history(uow: UnitOfWork, name: str, role: Role) -> None:
    """A removed user's name comes back only with :func:`reset_user`, and never to sit on two chairs."""
    for user in uow.users.all():
        if headers.fold(user.name) == headers.fold(name):
            raise bad_input("user_exists" if user.role is role else "roles_apart", "user")


def roster_event(actor: str, actor_role: str, kind: Kind, user: User, now: datetime) -> AuditEvent:
    """The entry that makes a user's public keys part of the log."""
    return AuditEvent(
        kind=kind,
        at=now,
        actor=actor,
        role=actor_role,
        detail={
            "user": user.name,
            "role": str(user.role),
            KEY_DETAIL: user.ed25519.hex(),
            "x25519": user.x25519.hex(),
        },
    )


def _change(vault: "Vault", slot: headers.Slot) -> None:
    vault.header = headers.change(
        vault.path, vault.keyring.get(RoleKey.MAIN), lambda header: headers.with_slot(header, slot)
    )
