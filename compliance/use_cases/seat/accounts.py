"""Named users of the vault: add, list, remove, reset by two, new passphrase, recovery from the sheet.

Rules: (1) only the privacy officer adds users; (2) security admin, data operator and auditor are different people
(35273 7.1 c): names are unique, one role each; (3) adding ``dpo`` or ``finance`` after the first import takes two;
(4) a reset is requested by one and carried out by another; (5) three people should be able to sign, and whoever adds
users is told while they are fewer.
"""

import base64
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from compliance.clock import Clock
from compliance.errors import bad_input
from compliance.model.access import Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest, User
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import RecoverySecret, Snapshot, peek
from compliance.vault import recover as _recover
from compliance.vault.keys.prepared import install_slot, prepare_slot


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredUser:
    """Whose slot was made anew."""

    user: str


def add_user(session: Session, *, name: str, role: Role, passphrase: str) -> Answer[User | Refusal | PendingRequest]:
    """Add a user with a slot of their own."""
    now = session.now()
    if no := barred(session, "add_user", at=now):
        return no
    with session.vault.snapshot() as snap:
        guarded = role in (Role.DPO, Role.FINANCE) and bool(snap.batches.all())
    if guarded:
        slot = prepare_slot(session.vault, name=name, role=role, passphrase=passphrase, now=now)
        params = {"name": name.strip(), "role": str(role), "slot": base64.b64encode(slot).decode("ascii")}
        return ask_second(session, action="add_user", at=now, params=params)
    with session.vault.unit_of_work() as uow:
        user = session.vault.add_user(uow, name, role, passphrase, now)
        uow.commit()
    return Answer(user, Changes(users=True, audit=True))


def put_slot(session: Session, slot: bytes, *, kind: Kind) -> User:
    """Write a prepared slot and its entry; the roster of public keys stands in the log."""
    with session.vault.unit_of_work() as uow:
        user = install_slot(session.vault, uow, slot, kind=kind, now=session.now())
        uow.commit()
    return user


def list_users(session: Session) -> Answer[tuple[User, ...]]:
    """All users, removed ones included."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.users.all()))


def signers_missing(session: Session, reader: Snapshot | None = None) -> int:
    """How many more people should be able to give a second signature; 0 in a store made for one officer."""
    if session.vault.solo:
        return 0
    wanted = session.policy.parameter("signers_wanted", session.clock.now())
    with nullcontext(reader) if reader else session.vault.snapshot() as snap:
        held = sum(u.removed_at is None and may(u.role, "decide_request") for u in snap.users.all())
    return max(0, wanted - held)


def remove_user(session: Session, *, name: str) -> Answer[str | Refusal]:
    """Close a user's slot. The name stays in the log for ever; the last privacy officer stays."""
    now = session.now()
    if no := barred(session, "remove_user", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        session.vault.remove_user(uow, name, now)
        uow.commit()
    return Answer(name, Changes(users=True, audit=True))


def change_passphrase(session: Session, *, old: str, new: str) -> Answer[str]:
    """A new passphrase for this user. WrongPassphrase when ``old`` does not fit."""
    session.vault.change_passphrase(old, new, session.now())
    return Answer(session.actor, Changes(audit=True))


def reset_user(session: Session, *, name: str, new_passphrase: str) -> Answer[PendingRequest | Refusal]:
    """Ask for a fresh slot for a user who forgot their passphrase; another person carries it out."""
    now = session.now()
    if no := barred(session, "reset_user", at=now):
        return no
    with session.vault.snapshot() as snap:
        found = next((u for u in snap.users.all() if u.name == name and u.removed_at is None), None)
    if found is None:
        raise bad_input("unknown_user", "name")
    slot = prepare_slot(session.vault, name=name, role=found.role, passphrase=new_passphrase, now=now)
    params = {"name": name, "slot": base64.b64encode(slot).decode("ascii")}
    return ask_second(session, action="reset_user", at=now, params=params)


def recover_vault(
    path: Path,
    *,
    recovery_text: str | None,
    recovery_file: Path | None,
    new_passphrase: str,
    clock: Clock,
    user: str | None = None,
) -> RecoveredUser:
    """Open the vault with the recovery sheet (its text, or the file itself) and give the privacy officer a new slot."""
    if recovery_file is not None:
        from compliance.importing.documents import read_document
        from compliance.use_cases.seat import foreign_pdf

        recovery_text = foreign_pdf.recovery_text(read_document(recovery_file).data)
    if not recovery_text:
        raise bad_input("recovery_missing", "recovery_file")
    officers = [slot.name for slot in peek(path).slots if slot.role is Role.DPO]
    vault = _recover(
        path,
        RecoverySecret.parse(recovery_text),
        user=user or (officers[0] if officers else "dpo"),
        new_passphrase=new_passphrase,
        now=clock.now(),
    )
    name = vault.user.name
    vault.close(clock.now())
    return RecoveredUser(user=name)
