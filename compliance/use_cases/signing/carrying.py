"""Carrying out what two people have signed: the act and its approval belong together.

Rules: (1) an act of one transaction takes the approval into that transaction: either both stand or neither; (2) an act
that also writes files is *signed* first, "approved, not carried out yet"; the mark that it is done stands in the act's
last transaction; (3) a signed request can be carried out again while both signatures are good, both people still
entitled and its days not over; the mark takes an open request only, so nothing is done twice; (4) a failure is logged
with its code and leaves the request open; (5) the log says approved, carried out, or why not.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from compliance.errors import ComplianceError
from compliance.model.answer import Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.register import OPEN_REQUESTS, PendingRequest, RequestState
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.signers import may_sign
from compliance.vault import UnitOfWork
from compliance.vault.keys import carried_key

#: Acts whose files, keys or many steps cannot stand in one transaction with the approval.
IN_STEPS = frozenset(
    {"add_user", "reset_user", "export_people", "export_without", "make_bundle", "make_sheets", "erase"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """The request a session is carrying out, and the entries its last transaction takes along."""

    request_id: str
    signer: str
    entries: tuple[AuditEvent, ...]


def sign_off(session: Session, uow: UnitOfWork, request: PendingRequest, *, signer: str, event: AuditEvent) -> Signing:
    """Take the second signature: at once for an act in steps, with the act itself for all others."""
    if request.action not in IN_STEPS:
        return _signing(session, request, signer, event)
    uow.requests.decide(request.request_id, RequestState.SIGNED, signer)
    uow.commit(event)
    return _signing(session, request, signer)


def take_up(session: Session, request: PendingRequest) -> Signing:
    """A request signed before and not carried out yet."""
    return _signing(session, request, request.decided_by)


def settle(session: Session, uow: UnitOfWork) -> None:
    """Called by each act in its last transaction: what was signed is done. InputErrors ``request_decided`` when
    somebody else was faster. Nothing for an act that needed no second person."""
    if session.carrying is None:
        return
    uow.requests.decide(session.carrying.request_id, RequestState.APPROVED, session.carrying.signer)
    for event in session.carrying.entries:
        uow.queue(event)


def run(session: Session, request: PendingRequest, signing: Signing) -> Mapping[str, Any] | Refusal:
    """Do it. Whatever goes wrong is logged and raised; the request stays open."""
    from compliance.use_cases.signing.carried import CARRIED

    session.carrying = signing
    try:
        result = CARRIED[request.action](session, json.loads(request.canonical)["params"])
        if not isinstance(result, Refusal):
            _settle_late(session)
    except Exception as failure:
        code = failure.code if isinstance(failure, ComplianceError) else type(failure).__name__
        _note(session, request, code)
        raise
    finally:
        session.carrying = None
    return result


def second_fails(uow: UnitOfWork, request: PendingRequest, now: datetime) -> str:
    """Why the second signature of a signed request no longer counts; "" when it does."""
    signer = uow.users.get(request.decided_by)
    if signer is None or signer.removed_at is not None:
        return "signer_gone"
    if not may_sign(uow, name=signer.name, role=signer.role, at=now):
        return "signer_role"
    for entry in uow.log.find(kind=Kind.APPROVED, limit=10_000):
        detail = entry.data["detail"]
        if detail["request"] != request.request_id:
            continue
        if carried := detail.get(carried_key.APPROVAL_KEY):  # checked when it came in; the key may be called back
            known = carried_key.current(uow, signer.name)
            return "" if known is not None and known.hex() == carried else "signer_key"
        try:
            key = Ed25519PublicKey.from_public_bytes(signer.ed25519)
            key.verify(bytes.fromhex(detail["signature"]), request.canonical)
        except (InvalidSignature, ValueError):
            return "approval_signature"
        return ""
    return "approval_signature"


def _signing(session: Session, request: PendingRequest, signer: str, *before: AuditEvent) -> Signing:
    detail = {"request": request.request_id, "action": request.action}
    done = session.event(Kind.CARRIED_OUT, at=session.now(), detail=detail)
    return Signing(request_id=request.request_id, signer=signer, entries=(*before, done))


def _settle_late(session: Session) -> None:
    """The mark of an act whose last step was not a transaction of its own."""
    assert session.carrying is not None
    with session.vault.unit_of_work() as uow:
        request = uow.requests.get(session.carrying.request_id)
        if request is not None and request.state in OPEN_REQUESTS:
            assert request.action in IN_STEPS, "an act of one transaction settles in it"
            settle(session, uow)
            uow.commit()


def _note(session: Session, request: PendingRequest, code: str) -> None:
    detail = {"request": request.request_id, "action": request.action, "code": code}
    with suppress(ComplianceError), session.vault.unit_of_work() as uow:  # the failure itself is what is told
        uow.commit(session.event(Kind.CARRY_FAILED, at=session.now(), detail=detail))
