"""Backups the program makes by itself, once a day after unlocking, into folders the privacy officer chose.

Rules: (1) data and keys go to two folders apart, few generations of each (parameters ``backup_generations``,
``backup_keys_days``); (2) a backup counts only once it was opened together with its keys, so a rehearsal follows at
once where the user holds keys; (3) a failure never stops work: it is a warning, a task for somebody and an entry, and
is tried again at the next unlocking; (4) the log names no folder, because a path may name a person.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from compliance.clock import shanghai_day, stamp
from compliance.errors import Cancelled, ComplianceError, InputErrors, VaultCorrupt, bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.ids import new_id
from compliance.model.register import Task
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.use_cases.upkeep.backup_state import (
    FAULT,
    KEYS_DAY,
    LAST,
    REHEARSED,
    TASK,
    BackupState,
    Folder,
    backup_state,
)
from compliance.use_cases.upkeep.maintenance import Rehearsal
from compliance.vault import UnitOfWork, rehearse_open
from compliance.vault.folder import generations

_REHEARSAL_FAILED = "rehearsal_failed"
_CHANGES = Changes(audit=True, settings=True, tasks=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRun:
    """What one run did: whether data and keys were copied, whether the pair was rehearsed and holds, and the code of
    what went wrong ("" for nothing)."""

    copied: bool
    keys: bool
    rehearsed: bool
    fault: str


def set_backup_folders(session: Session, chosen: Mapping[Folder, Path | None]) -> Answer[Mapping[str, str] | Refusal]:
    """Choose where copies go, None for nowhere; all of ``chosen`` or nothing. InputErrors for a folder that is missing,
    on a network, synchronised, not writable, in the vault, or not apart from the other."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    state = backup_state(session)
    both = {which: state.folder(which) for which in Folder}
    both |= {which: path.expanduser().absolute() if path else None for which, path in chosen.items()}
    for which in chosen:
        path = both[which]
        if path is not None:
            generations.check_folder(session.vault_path, path, both[which.other], which.value.replace("_", "-"))
    with session.vault.unit_of_work() as uow:
        for which in chosen:
            uow.settings.set(which, str(both[which] or ""))
        detail = {"setting": " ".join(chosen), "chosen": " ".join(w for w in chosen if both[w])}
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail=detail))
    return Answer({str(w): str(both[w] or "") for w in chosen}, Changes(audit=True, settings=True))


def back_up_if_due(session: Session, progress: Progress | None = None) -> Answer[BackupRun | None]:
    """After unlocking: the copies of the day, where folders are chosen and today's are not made. None when there is
    nothing to do. Raises Cancelled only; every other fault is in the answer."""
    if session.restricted:
        return Answer(None)
    state, now = backup_state(session), session.now()
    if not state.due(now, holds_keys=session.vault.sees_people):
        return Answer(None)
    return _run(session, state, now, progress or NoProgress(), again=False)


def back_up_now(session: Session, progress: Progress | None = None) -> Answer[BackupRun | Refusal]:
    """The same by hand, whether due or not. InputErrors ``backup_dir_unset``."""
    now = session.now()
    if no := barred(session, "backup", at=now):
        return no
    state = backup_state(session)
    if state.folder(Folder.DATA) is None:
        raise bad_input("backup_dir_unset", "backup-dir")
    answer = _run(session, state, now, progress or NoProgress(), again=True)
    assert answer.value is not None
    return Answer(answer.value, answer.changes)


def rehearse_newest(session: Session, progress: Progress | None = None) -> Answer[Rehearsal | Refusal]:
    """Open the newest copies of data and keys together. InputErrors ``backup_dir_unset``, ``backup_none_yet``;
    VaultError ``no_key`` for a role without the keys."""
    now = session.now()
    if no := barred(session, "backup", at=now):
        return no
    pair = _pair(session, backup_state(session))
    problems = _rehearse(session, pair, now, progress or NoProgress())
    if problems:
        _failed(session, now, _REHEARSAL_FAILED)
    _mirror(session)
    return Answer(Rehearsal(ok=not problems, problems=problems), _CHANGES)


def _run(
    session: Session, state: BackupState, now: datetime, progress: Progress, *, again: bool
) -> Answer[BackupRun | None]:
    with generations.alone(session.vault_path) as mine:
        if not mine:  # another seat is making them
            return Answer(None) if not again else Answer(_failed(session, now, "backup_running"), _CHANGES)
        try:
            return Answer(_copies(session, state, now, progress, again=again), _CHANGES)
        except Cancelled:
            raise
        except ComplianceError as fault:
            code = fault.faults[0].code if isinstance(fault, InputErrors) else fault.code
            return Answer(_failed(session, now, code), _CHANGES)
        except OSError:
            return Answer(_failed(session, now, "io_error"), _CHANGES)


def _copies(session: Session, state: BackupState, now: datetime, progress: Progress, *, again: bool) -> BackupRun:
    vault, today = session.vault, shanghai_day(now)
    root, apart = state.folder(Folder.DATA), state.folder(Folder.KEYS)
    copied = keys = False
    progress.phase(Phase.COPYING)
    if root is not None and (again or state.data_due(now)):
        generations.check_folder(vault.path, root, apart, "backup-dir")
        progress.tick(0, None)
        keep = session.policy.parameter("backup_generations", now)
        made = generations.make(vault, root, now, day=today, keep=keep, tick=progress.tick)
        detail = {"what": "vault", "automatic": True, "entries": made.entries}
        with vault.unit_of_work() as uow:
            uow.settings.set(LAST, stamp(now))
            _unprove(uow)
            uow.settings.set("last_backup", now.isoformat())
            uow.commit(session.event(Kind.BACKED_UP, at=now, detail=detail))
        copied = True
    if apart is not None and vault.sees_people and (again or state.keys_due(now)):
        generations.check_folder(vault.path, apart, root, "backup-keys-dir")
        progress.tick(0, None)
        days = session.policy.parameter("backup_keys_days", now)
        _, digest = generations.make_keys(vault, apart, day=today, days=days)
        with vault.unit_of_work() as uow:
            uow.settings.set(KEYS_DAY, stamp(now))
            _unprove(uow)
            detail = {"what": "keys", "automatic": True, "sha256": digest}
            uow.commit(session.event(Kind.BACKED_UP, at=now, detail=detail))
        keys = True
    pair = _pair_to_prove(session)
    if pair is None:
        _settled(session, now)
    elif _rehearse(session, pair, now, progress):
        return _failed(session, now, _REHEARSAL_FAILED, copied=copied, keys=keys)
    _mirror(session)
    return BackupRun(copied=copied, keys=keys, rehearsed=pair is not None, fault="")


def _pair_to_prove(session: Session) -> tuple[Path, Path] | None:
    """The newest copies, where this user can open them and nobody has since they were made."""
    state = backup_state(session)
    if not (state.last and state.last_keys and session.vault.sees_people) or state.proven:
        return None
    return _pair(session, state)


def _pair(session: Session, state: BackupState) -> tuple[Path, Path]:
    root, apart, vault_id = state.folder(Folder.DATA), state.folder(Folder.KEYS), session.vault.vault_id
    if root is None or apart is None:
        raise bad_input("backup_dir_unset", "backup-dir" if root is None else "backup-keys-dir")
    if not root.is_dir() or not apart.is_dir():
        raise bad_input("backup_dir_missing", "backup-keys-dir" if root.is_dir() else "backup-dir")
    data, keys = generations.newest(root, vault_id), generations.newest_keys(apart, vault_id)
    if data is None or keys is None:
        raise bad_input("backup_none_yet", "backup-dir" if data is None else "backup-keys-dir")
    return data, keys


def _rehearse(session: Session, pair: tuple[Path, Path], now: datetime, progress: Progress) -> tuple[str, ...]:
    """Open the pair, note and log what came of it; the codes of what is wrong, none when it holds."""
    vault, state = session.vault, backup_state(session)
    vault.keys  # noqa: B018 - a role without keys hears it before anything is copied
    progress.phase(Phase.VERIFYING)
    progress.tick(0, None)
    try:
        found = sorted({p.code for p in rehearse_open(vault, *pair, now).problems})
    except VaultCorrupt as fault:
        found = [fault.code]
    proof = {"at": stamp(now), "of": [state.last_text, state.keys_text]}
    with vault.unit_of_work() as uow:
        uow.settings.set(REHEARSED, "" if found else json.dumps(proof))
        if not found:
            _close_tasks(uow, session, now)
        uow.commit(session.event(Kind.REHEARSED, at=now, detail={"ok": not found, "found": list(found)}))
    return tuple(found)


def _unprove(uow: UnitOfWork) -> None:
    """A new copy is not the one that was opened; when that was stays known."""
    tried = json.loads(uow.settings.get(REHEARSED) or "{}")
    if tried:
        uow.settings.set(REHEARSED, json.dumps({**tried, "of": []}))


def _settled(session: Session, now: datetime) -> None:
    """No fault any more; only a rehearsal takes back that a rehearsal failed."""
    if backup_state(session).fault not in ("", _REHEARSAL_FAILED):
        with session.vault.unit_of_work() as uow:
            _close_tasks(uow, session, now)
            uow.commit(_note(session, now, ""))


def _close_tasks(uow: UnitOfWork, session: Session, now: datetime) -> None:
    uow.settings.set(FAULT, "")
    for task in uow.tasks.open(kind=TASK):
        uow.tasks.done(task.task_id, now, session.actor)


def _failed(session: Session, now: datetime, code: str, *, copied: bool = False, keys: bool = False) -> BackupRun:
    """Say so, leave one task, log it. Where even that cannot be written the answer still says it."""
    try:
        with session.vault.unit_of_work() as uow:
            uow.settings.set(FAULT, code)
            if not uow.tasks.open(kind=TASK):
                uow.tasks.add(
                    Task(
                        task_id=new_id("TK"),
                        kind=TASK,
                        hcp_id="",
                        subject=code,
                        due=now + timedelta(days=1),
                        opened_at=now,
                        done_at=None,
                        done_by="",
                    )
                )
            uow.commit(_note(session, now, code))
    except ComplianceError:
        return BackupRun(copied=copied, keys=keys, rehearsed=False, fault=code)
    _mirror(session)
    return BackupRun(copied=copied, keys=keys, rehearsed=False, fault=code)


def _note(session: Session, now: datetime, code: str) -> AuditEvent:
    return session.event(Kind.BACKED_UP, at=now, detail={"what": "fault", "automatic": True, "code": code})


def _mirror(session: Session) -> None:
    """What ``vault info`` may say before a passphrase is given."""
    state = backup_state(session)
    generations.note(session.vault_path, last=state.last, rehearsed=state.rehearsed, fault=state.fault)
