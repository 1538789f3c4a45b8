"""Erasure of one person: one code path, key first, then every row, index entry, file and free page.

Rules (anchors.md section 13): (1) "erasure begun" is committed first, so a crash is finished at the next open; (2) the
key is overwritten and deleted, which makes every copy of the ciphertext worthless; (3) then rows, index and evidence
go, the state samples of SQLite are never kept on personal columns, and all WAL files are emptied with TRUNCATE; it is
not reported done before that succeeded; (4) the register keeps the pseudonym with status erased, the ledger keeps the
date, and a sealed line outside the folder lets a restore erase again.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from compliance.clock import stamp
from compliance.errors import bad_input
from compliance.model.access import Block, RecordStatus
from compliance.model.audit import AuditEvent, Kind
from compliance.vault.engine.codes import block_mask
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.folder import protective
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.people.people import ERASURE, PEOPLE
from compliance.vault.people.removal import remove_persons
from compliance.vault.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_TRUNCATE_SECONDS = 5.0
_WAIT = 0.01


def erase(
    vault: "Vault",
    hcp_id: str,
    event: AuditEvent,
    *,
    along: Callable[[UnitOfWork], None] = lambda _: None,
    first: Callable[[UnitOfWork], None] = lambda _: None,
) -> int:
    """Erase a person; ``event`` is the ERASED entry, whose number is returned; ``along`` writes with it, ``first`` with
    the entry that it has begun, while the values can still be read. InputErrors
    ``unknown_person``, ``person_erased``; VaultBusy ``erasure_wal`` when a reader keeps the WAL (the person is erased,
    files follow)."""
    with vault.unit_of_work() as uow:
        begin(uow, hcp_id, event, first=first)
    return finish(vault, hcp_id, event, along=along)


def begin(
    uow: UnitOfWork, hcp_id: str, event: AuditEvent, *, first: Callable[[UnitOfWork], None] = lambda _: None
) -> None:
    """Commit that the erasure has begun; from here on it can only be completed."""
    person = uow.people.get(hcp_id)
    if person is None:
        raise bad_input("unknown_person", "hcp_id")
    if person.status is RecordStatus.ERASED:
        raise bad_input("person_erased", "hcp_id")
    first(uow)
    uow.people.set_status(hcp_id, RecordStatus.ERASURE_PENDING)
    uow.people.set_blocks(hcp_id, person.blocks | {Block.ERASURE})
    uow.put(ERASURE, (hcp_id, micros(event.at), None))
    uow.commit(
        AuditEvent(
            kind=Kind.ERASURE_BEGUN,
            at=event.at,
            actor=event.actor,
            role=event.role,
            hcps=(hcp_id,),
            policy=event.policy,
            detail=event.detail,
        )
    )


def finish(
    vault: "Vault", hcp_id: str, event: AuditEvent, *, along: Callable[[UnitOfWork], None] = lambda _: None
) -> int:
    """Destroy key, rows, index, files; commit; note it outside; empty the WAL files."""
    with vault.unit_of_work() as uow:
        hcp = uow.number(hcp_id)
        row = uow.get(PEOPLE, hcp)
        assert row is not None
        remove_persons(uow, uow.index, [hcp], keep_record=True)
        uow.put(PEOPLE, (*row[:2], RecordStatus.ERASED.value, block_mask(frozenset({Block.ERASED})), *row[4:]), None)
        uow.put(ERASURE, (hcp_id, micros(event.at), micros(event.at)))
        uow.before_commit(lambda: _note(vault, hcp_id, event))
        along(uow)
        index = uow.commit(event)[0]
    empty(vault)
    return index


def unfinished(vault: "Vault") -> list[tuple[str, AuditEvent]]:
    """Erasures a crash interrupted, with the entry that will close them."""
    with vault.snapshot() as snap:
        rows = snap.select(ERASURE, "WHERE done_at IS NULL")
    return [
        (
            hcp_id,
            AuditEvent(
                kind=Kind.ERASED,
                at=max(from_micros(begun), vault.opened_at),
                actor=vault.user.name,
                role=str(vault.role),
                hcps=(hcp_id,),
                detail={"completed_after_crash": True},
            ),
        )
        for hcp_id, begun, _ in rows
    ]


def _note(vault: "Vault", hcp_id: str, event: AuditEvent) -> None:
    protective.append(
        (vault.outside, vault.inside),
        vault.keyring.get(RoleKey.MAIN),
        vault.vault_id,
        {"act": "erased", "hcp_id": hcp_id, "at": stamp(event.at)},
    )


def empty(vault: "Vault") -> None:
    """Empty the WAL files: what was deleted stands nowhere any more. VaultBusy when a reader keeps one."""
    deadline = time.monotonic() + _TRUNCATE_SECONDS
    while not vault.empty_wal():
        if time.monotonic() > deadline:
            raise vault.busy("erasure_wal")
        time.sleep(_WAIT)
