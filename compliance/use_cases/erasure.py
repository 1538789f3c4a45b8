"""Erasing one person by two people: the key is destroyed first, so every backup holds only noise (PIPL 47)."""

from collections.abc import Mapping
from typing import Any

from compliance.errors import bad_input
from compliance.model.answer import Answer, Refusal
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest
from compliance.use_cases.acting import barred
from compliance.use_cases.session import Session
from compliance.use_cases.two_person import ask_second


def request_erasure(session: Session, *, hcp_id: str, reason: str) -> Answer[PendingRequest | Refusal]:
    """Ask for an erasure; ``reason`` is a code or reference, never a personal value."""
    now = session.now()
    if no := barred(session, "request_erasure", at=now, hcp_id=hcp_id):
        return no
    if not reason.strip():
        raise bad_input("reason_missing", "reason")
    with session.vault.snapshot() as snap:
        if snap.people.get(hcp_id) is None:
            raise bad_input("unknown_person", "hcp")
    return ask_second(
        session, action="erase", at=now, params={"hcp": hcp_id, "reason": reason.strip()[:200]}, hcps=(hcp_id,)
    )


def carry_out(session: Session, *, hcp_id: str, reason: str) -> Mapping[str, Any] | Refusal:
    """ "Erasure begun", key destroyed, rows gone, "erased"; done only after the last trace left the journal."""
    now = session.now()
    index = session.vault.erase(hcp_id, session.event(Kind.ERASED, at=now, hcps=(hcp_id,), detail={"reason": reason}))
    return {"erased": hcp_id, "audit_index": index}
