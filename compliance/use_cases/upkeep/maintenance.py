"""Backups that are proven: copy, keys apart, rehearsal, restore."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from compliance.clock import Clock
from compliance.errors import VaultError
from compliance.model.access import Block, RecordStatus
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.person_state import STATE_OF
from compliance.use_cases.ending.erased_keys import keep_keys
from compliance.use_cases.people.amendments import freeze_person
from compliance.use_cases.people.automation import refuse_automation
from compliance.use_cases.people.objections import object_public
from compliance.use_cases.people.person_states import stand_again
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, rebuild_index, shipped_policy
from compliance.use_cases.upkeep.settings import get_settings, set_before_proof, set_company_fact
from compliance.vault import UnitOfWork
from compliance.vault import rehearse as _rehearse
from compliance.vault import restore as _restore

__all__ = [
    "BackupMade",
    "KeysBackedUp",
    "Rehearsal",
    "Restored",
    "backup",
    "backup_keys",
    "get_settings",
    "rehearse",
    "restore",
    "set_before_proof",
    "set_company_fact",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade:
    """A consistent copy of everything but the subject keys."""

    dir: Path
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysBackedUp:
    """The subject keys, to be kept apart and for few generations only."""

    file: Path
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Whether backup and keys open together and hold."""

    ok: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A vault made from a backup; ``erased_again`` persons were erased after the backup and stay erased,
    ``let_go_again`` values had reached the end of their retention, ``standing_again`` objections, freezes, states and
    refusals of automated decisions were recorded again."""

    vault: Path
    erased_again: int
    let_go_again: int
    entries: int
    standing_again: int = 0


def backup(session: Session, *, path: Path) -> Answer[BackupMade | Refusal]:
    """Copy the open vault consistently into ``path``; evidence files incrementally."""
    now = session.now()
    if no := barred(session, "backup", at=now):
        return no
    files = session.vault.backup(path, now).files
    with session.vault.unit_of_work() as uow:
        uow.settings.set("last_backup", now.isoformat())
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "last_backup"}))
    return Answer(BackupMade(dir=path, files=files), Changes(audit=True, settings=True))


def backup_keys(session: Session, *, path: Path) -> Answer[KeysBackedUp | Refusal]:
    """Copy the subject keys to a file of their own."""
    now = session.now()
    if no := barred(session, "backup_keys", at=now):
        return no
    return Answer(KeysBackedUp(file=path, sha256=session.vault.backup_keys(path, now)), Changes(audit=True))


def rehearse(path: Path, keys: Path, *, user: str, passphrase: str, clock: Clock) -> Rehearsal:
    """Open a backup and its keys together, read only, and check them whole."""
    report = _rehearse(path, keys, user=user, passphrase=passphrase, now=clock.now())
    return Rehearsal(ok=report.ok, problems=tuple(p.code for p in report.problems))


def restore(path: Path, keys: Path, *, into: Path, user: str, passphrase: str, clock: Clock) -> Restored:
    """Make a vault from a backup. Erasures, withdrawals, objections and freezes of later date are applied before anyone
    can read it."""
    now = clock.now()
    done = _restore(
        path, keys, into=into, user=user, passphrase=passphrase, now=now,
        first=lambda uow, hcp_id: _keep(uow, hcp_id, now),
    )  # fmt: skip
    try:
        session = Session(vault=done.vault, shipped=shipped_policy(), clock=clock)
        if done.vault.index_stale and done.vault.has_index and not done.vault.restricted:
            # a backup holds no index, and erasing again has already marked the empty one as up to date
            rebuild_index(session)
        standing = 0 if done.vault.restricted else sum(_stand_again(session, *one) for one in done.standing)
        return Restored(
            vault=done.vault.path,
            erased_again=done.erased_again,
            let_go_again=done.let_go_again,
            entries=done.entries,
            standing_again=standing,
        )
    finally:
        done.vault.close(clock.now())


def _stand_again(session: Session, what: str, hcp_id: str) -> bool:
    """Record what stood against the use of a person's data again; False where it stands, or this role may not."""
    with session.vault.snapshot() as snap:
        person = snap.people.get(hcp_id)
    if person is None or person.status is RecordStatus.ERASED:
        return False
    answer: Answer[str | Refusal] | None = None
    if what == "automation" and not person.adm_optout:
        answer = refuse_automation(session, hcp_id=hcp_id)
    elif what == str(Block.OBJECTION) and Block.OBJECTION not in person.blocks:
        answer = object_public(session, hcp_id=hcp_id)
    elif what == str(Block.FROZEN) and Block.FROZEN not in person.blocks:
        answer = freeze_person(session, hcp_id=hcp_id, reason_code="restored")
    elif what in set(Block) and Block(what) in STATE_OF and Block(what) not in person.blocks:
        return stand_again(session, hcp_id=hcp_id, block=Block(what))
    return answer is not None and not isinstance(answer.value, Refusal)


def _keep(uow: UnitOfWork, hcp_id: str, now: datetime) -> None:
    with suppress(VaultError):  # a role without these keys restores as well: then a list may bring the person again
        keep_keys(uow, hcp_id, now)
