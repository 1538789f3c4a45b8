"""What happens right after unlocking: the quick check, the entry of this opening, and what a crash left."""

from datetime import datetime

from compliance.model.audit import AuditEvent, Kind
from compliance.vault import schema
from compliance.vault.checks.findings import Problem
from compliance.vault.folder import protective, seats
from compliance.vault.folder.databases import KEYS
from compliance.vault.lists import index_tables
from compliance.vault.people import erasure, evidence
from compliance.vault.session import Vault

#: Failed attempts since the last success, one instant a line.
ATTEMPTS = "attempts"


def welcome(vault: Vault, now: datetime, found: int, *, rekeyed: bool = False) -> None:
    """The quick check, what a crash left, and the entry of this opening."""
    moved = not vault.outside.known
    if moved:
        vault.outside.adopt(vault.inside)
        protective.copy(vault.inside, vault.outside)
    vault.check()
    vault.heed_marks()
    newest = vault.inside.newest()
    vault.adopt_seal(newest.checkpoint.size if newest else 0)
    at = now if vault.sandbox else max(now, vault.time_floor())
    events = [vault.event(Kind.VAULT_OPENED, at, findings=len(vault.findings))]
    if found < schema.VERSION:
        events.append(vault.event(Kind.SCHEMA_UPGRADED, at, old=found, new=schema.VERSION))
    if rekeyed:
        events.append(vault.event(Kind.REKEYED, at, epoch=vault.header.epoch, completed_after_crash=True))
    if moved:
        events.append(vault.event(Kind.VAULT_MOVED, at))
    attempts = vault.path / "seats" / ATTEMPTS
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
        _sweep_stacks(vault, at)
        for hcp_id, event in erasure.unfinished(vault):
            erasure.finish(vault, hcp_id, event)
        _sweep_files(vault, crashed=bool(vault._seat.dead))
        if vault.has_index and not vault.index_stale and _index_behind(vault):
            vault.doubt_index()


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
        left = snap.batches.leftover(1, max(vault.opened_at, vault.log.floor)) is not None
    for batch in abandoned:
        with vault.unit_of_work() as uow:
            if batch in uow.batches.abandoned(living):
                count = uow.batches.drop(batch)
                uow.commit(vault.event(Kind.IMPORT_DROPPED, at, batch=batch, people=count, crashed=True))
    if left:
        vault.sweep_batches()


def _sweep_stacks(vault: Vault, at: datetime) -> None:
    """Stacks of forms a dead process was filling: what it took in is taken out again."""
    living = frozenset(seat.seat for seat in seats.living(vault.path))
    with vault.snapshot() as snap:
        if not snap.stacks.abandoned(living):
            return
    with vault.unit_of_work() as uow:
        for stack in uow.stacks.abandoned(living):
            forms = uow.stacks.empty(stack)
            uow.queue(vault.event(Kind.IMPORT_DROPPED, at, stack=stack.stack_id, forms=forms, crashed=True))
        if uow.ledger.changed:
            uow.commit()


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
        return mine != index_tables.generation(snap.db) or index_tables.doubted(snap.db)
