"""Erasing one person by two people: the key is destroyed first, so every backup holds only noise (PIPL 47).

A hold for an inspection refuses it when asked for and again when carried out; a request signed already waits.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import RecordStatus
from compliance.model.answer import Answer, Refusal
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest
from compliance.use_cases.ending.erased_keys import keep_keys
from compliance.use_cases.ending.holds import held
from compliance.use_cases.field.recalling import recall_all_of
from compliance.use_cases.people.merging import undo
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork


def request_erasure(session: Session, *, hcp_id: str, reason: str) -> Answer[PendingRequest | Refusal]:
    """Ask for an erasure; ``reason`` is a code or reference, never a personal value."""
    now = session.now()
    if no := barred(session, "request_erasure", at=now, hcp_id=hcp_id):
        return no
    if not reason.strip():
        raise bad_input("reason_missing", "reason")
    guard(session, {"reason": reason})
    with session.vault.unit_of_work() as uow:
        if uow.people.get(hcp_id) is None:
            raise bad_input("unknown_person", "hcp")
        if no := held(session, uow, records_of(uow, hcp_id), at=now, act="erase", hcp_id=hcp_id):
            return no
    return ask_second(
        session, action="erase", at=now, params={"hcp": hcp_id, "reason": reason.strip()[:200]}, hcps=(hcp_id,)
    )


def carry_out(session: Session, *, hcp_id: str, reason: str) -> Mapping[str, Any] | Refusal:
    """ "Erasure begun", key destroyed, rows gone, "erased"; done only after the last trace left the journal."""
    now = session.now()
    if index := _erased(session, hcp_id):  # stopped after it had begun: opening the store completed it
        return {"erased": hcp_id, "audit_index": index}
    with session.vault.unit_of_work() as uow:  # the request waits, and can be carried out once nothing holds it
        if no := held(session, uow, records_of(uow, hcp_id), at=now, act="erase", hcp_id=hcp_id):
            return no.value
    for gone in take_apart(session, hcp_id, now):  # records of the same person that were merged into this one
        erased = session.event(Kind.ERASED, at=now, hcps=(gone,), detail={"reason": reason})
        session.vault.erase(gone, erased, first=partial(keep_keys, hcp_id=gone, at=now))
    event = session.event(Kind.ERASED, at=now, hcps=(hcp_id,), detail={"reason": reason})

    def along(uow: UnitOfWork) -> None:
        recall_all_of(session, uow, hcp_id, at=now, why="erased")
        settle(session, uow)

    index = session.vault.erase(hcp_id, event, along=along, first=partial(keep_keys, hcp_id=hcp_id, at=now))
    return {"erased": hcp_id, "audit_index": index}


def records_of(uow: Reader, hcp_id: str) -> tuple[str, ...]:
    """The person and the records merged into it, which are erased too."""
    return (hcp_id, *(case.gone for case in uow.merges.into(hcp_id)))


def _erased(session: Session, hcp_id: str) -> int:
    """Number of the entry of an erasure that is done; 0 without one."""
    with session.vault.snapshot() as snap:
        person = snap.people.get(hcp_id)
        if person is None or person.status is not RecordStatus.ERASED:
            return 0
        return next((entry.index for entry in snap.log.find(kind=Kind.ERASED, hcp=hcp_id, limit=1)), 0)


def take_apart(session: Session, hcp_id: str, now: datetime) -> tuple[str, ...]:
    """Take merges into a person apart; the records that were merged, which are erased too."""
    with session.vault.unit_of_work() as uow:
        cases = uow.merges.into(hcp_id)
        if not cases:
            return ()
        for case in cases:
            undo(session, uow, case, now)
        gone = tuple(case.gone for case in cases)
        detail = {"cases": [case.case_id for case in cases], "because": "erasure"}
        uow.commit(session.event(Kind.PEOPLE_UNMERGED, at=now, hcps=(hcp_id, *gone), detail=detail))
    return gone
