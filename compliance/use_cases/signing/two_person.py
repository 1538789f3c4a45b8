"""Acts that take two: the request waits as canonical bytes, the second person's signature carries it out.

Rules: (1) both sign the same canonical request; (2) the requester cannot decide; (3) only roles that may decide do, and
deputies in their days; (4) a request not signed in time is void, and so is one whose requester has left; (5) what
protects (withdraw, freeze, tighten) never comes here; (6) act and approval belong together, and a signed act that
failed can be carried out again (``carrying``). A sandbox skips waiting times, never the second signature. A
signature given on another machine comes in through ``signed_requests``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from compliance.audit.entry import canonical
from compliance.errors import bad_input
from compliance.i18n import Lang
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.register import OPEN_REQUESTS, PendingRequest, RequestState
from compliance.use_cases.seat.acting import refuse, refuse_alone
from compliance.use_cases.seat.duties import may, references
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing import carrying
from compliance.use_cases.signing.asked import asked_of, words_of
from compliance.use_cases.signing.signers import may_sign
from compliance.vault import RecoverySecret, UnitOfWork

#: A one-officer vault waits this long between request and second signature (architecture section 3).
SOLO_WAIT = timedelta(hours=24)
Carry = Callable[[Session, Mapping[str, Any]], Mapping[str, Any] | Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What the second signature carried out."""

    request_id: str
    action: str
    result: Mapping[str, Any]


def ask_second(
    session: Session,
    *,
    action: str,
    at: datetime,
    params: Mapping[str, Any],
    hcps: tuple[str, ...] = (),
    not_before: datetime | None = None,
    along: Callable[[UnitOfWork], None] = lambda _: None,
) -> Answer[PendingRequest]:
    """Store a signed request. ``params`` are JSON without personal values; ``along`` stores in the same transaction
    what the act will need."""
    request_id = new_id("REQ")
    body = canonical({"request": request_id, "action": action, "params": dict(params), "vault": session.vault.vault_id})
    request = PendingRequest(
        request_id=request_id,
        action=action,
        canonical=body,
        requested_by=session.actor,
        requested_at=at,
        state=RequestState.WAITING,
        decided_by="",
        not_before=not_before,
    )
    with session.vault.unit_of_work() as uow:
        along(uow)
        uow.requests.add(request)
        uow.commit(
            session.event(
                Kind.REQUESTED,
                at=at,
                hcps=hcps,
                detail={"request": request_id, "action": action, "signature": session.vault.sign(body).hex()},
            )
        )
    return Answer(request, Changes(tasks=True, audit=True))


def list_pending(session: Session) -> Answer[tuple[PendingRequest, ...]]:
    """Requests that wait for a second person, or are signed and not carried out yet."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.requests.open()))


def signs(session: Session) -> bool:
    """Whether the acting user may give second signatures now; nothing is read about anybody."""
    with session.vault.snapshot() as snap:
        return may_sign(snap, name=session.actor, role=session.role, at=session.clock.now())


def request_words(request: PendingRequest, lang: Lang | str) -> str:
    """One sentence that says what a request asks."""
    return words_of(request.action, asked_of(json.loads(request.canonical)["params"]), lang)


def approve(session: Session, *, request_id: str, recovery_text: str = "") -> Answer[Approved | Refusal]:
    """Second signature: checks both, then carries the act out. A request signed before is carried out again, if need be
    by the one who asked.

    In a vault made for one officer (``--solo``) the second signature is the code of the recovery sheet, after a day.
    """
    now = session.now()
    detail: dict[str, Scalar | list[Scalar]]
    with session.vault.snapshot() as snap:
        request = undecided(snap.requests.get(request_id))
    if request.state is RequestState.SIGNED:
        return _again(session, request_id, now)
    if no := no_signer(session, now):
        return no
    with session.vault.unit_of_work() as uow:
        request = waiting(uow.requests.get(request_id))
        if request.requested_by == session.actor and (no_reason := _alone(session, request, recovery_text, now)):
            return refuse(session, uow, at=now, reason=no_reason, detail={"request": request_id}, because=references())
        if reason := void(session, uow, request, now):
            return refuse(session, uow, at=now, reason=reason, detail={"request": request_id})
        if not reviews(request, session.actor):
            detail = {"request": request_id}
            return refuse(session, uow, at=now, reason="not_the_reviewer", detail=detail, because=references())
        if not can_carry(session, request):
            return refuse(session, uow, at=now, reason="deputy_cannot_carry", detail={"request": request_id})
        detail = {
            "request": request_id,
            "action": request.action,
            "requested_by": request.requested_by,
            "signature": session.vault.sign(request.canonical).hex(),
        }
        event = session.event(Kind.APPROVED, at=now, detail=detail)
        signing = carrying.sign_off(session, uow, request, signer=session.actor, event=event)
    return carry_out(session, request, signing)


def reject(session: Session, *, request_id: str) -> Answer[str | Refusal]:
    """Turn a request down; the requester may take their own back."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        request = undecided(uow.requests.get(request_id))
        if request.requested_by != session.actor and not may_sign(uow, name=session.actor, role=session.role, at=now):
            return refuse(
                session, uow, at=now, reason="role_not_allowed", detail={"request": request_id}, because=references()
            )
        uow.requests.decide(request_id, RequestState.REJECTED, session.actor)
        uow.commit(session.event(Kind.REJECTED, at=now, detail={"request": request_id, "action": request.action}))
    return Answer(request_id, Changes(tasks=True, audit=True))


def waiting(request: PendingRequest | None) -> PendingRequest:
    """The request when it still waits. InputErrors ``unknown_request`` or ``request_decided``."""
    if undecided(request).state is not RequestState.WAITING:
        raise bad_input("request_decided", "request")
    return request  # type: ignore[return-value]


def undecided(request: PendingRequest | None) -> PendingRequest:
    """The request when it waits or is signed and not carried out. InputErrors as :func:`waiting`."""
    if request is None:
        raise bad_input("unknown_request", "request")
    if request.state not in OPEN_REQUESTS:
        raise bad_input("request_decided", "request")
    return request


def expires_at(session: Session, request: PendingRequest) -> datetime:
    """From when a request can no longer be signed."""
    days = session.policy.parameter("request_valid_days", request.requested_at)
    return request.requested_at + timedelta(days=days)


def void(session: Session, uow: UnitOfWork, request: PendingRequest, now: datetime) -> str:
    """Why nobody may sign this request any more; "" when it stands."""
    requester = uow.users.get(request.requested_by)
    if requester is None or requester.removed_at is not None:
        return "requester_gone"
    if now >= expires_at(session, request):
        return "request_expired"
    return "" if _signed(uow, request) else "request_signature"


def reviews(request: PendingRequest, signer: str) -> bool:
    """Whether ``signer`` may decide it: where a request names its reviewer, nobody else may (REQ-055)."""
    return str(json.loads(request.canonical)["params"].get("reviewer", signer)) == signer


def can_carry(session: Session, request: PendingRequest) -> bool:
    """Whether the role at this desk can do what was asked once it is signed."""
    from compliance.use_cases.signing.carried import NEEDS

    return request.action not in NEEDS or may(session.role, NEEDS[request.action])


def carry_out(session: Session, request: PendingRequest, signing: carrying.Signing) -> Answer[Approved | Refusal]:
    """Do what two people have signed."""
    result = carrying.run(session, request, signing)
    if isinstance(result, Refusal):
        return Answer(result, Changes(tasks=True, audit=True))
    return Answer(
        Approved(request_id=request.request_id, action=request.action, result=result),
        Changes(people=True, consents=True, users=True, settings=True, exports=True, tasks=True, audit=True),
    )


def no_signer(session: Session, now: datetime) -> Answer[Refusal] | None:
    """The refusal for somebody who may not sign; None for a signer or a deputy."""
    with session.vault.snapshot() as snap:
        if may_sign(snap, name=session.actor, role=session.role, at=now):
            return None
    detail = {"act": "decide_request"}
    return refuse_alone(session, at=now, reason="role_not_allowed", detail=detail, because=references())


def _again(session: Session, request_id: str, now: datetime) -> Answer[Approved | Refusal]:
    """Carry out what two have signed and what failed or was interrupted: everything is looked at anew."""
    with session.vault.unit_of_work() as uow:
        request = undecided(uow.requests.get(request_id))
        detail: dict[str, Scalar | list[Scalar]] = {"request": request_id}
        asker = request.requested_by == session.actor
        if not asker and not may_sign(uow, name=session.actor, role=session.role, at=now):
            return refuse(session, uow, at=now, reason="role_not_allowed", detail=detail, because=references())
        if reason := void(session, uow, request, now) or carrying.second_fails(uow, request, now):
            return refuse(session, uow, at=now, reason=reason, detail=detail)
        if not can_carry(session, request):
            return refuse(session, uow, at=now, reason="deputy_cannot_carry", detail=detail)
    return carry_out(session, request, carrying.take_up(session, request))


def _alone(session: Session, request: PendingRequest, recovery_text: str, now: datetime) -> str:
    """Why one person may not sign twice here; "" when the sheet of a one-officer vault stands in for the second."""
    if not session.vault.solo:
        return "same_person"
    if not recovery_text:
        return "recovery_code_needed"
    if not session.sandbox and now < request.requested_at + SOLO_WAIT:
        return "cooling_off"
    if RecoverySecret.parse(recovery_text).public() != session.vault.header.recovery_public:
        return "recovery_code_wrong"
    return ""


def _signed(uow: UnitOfWork, request: PendingRequest) -> bool:
    """Whether the log holds the requester's signature over exactly these bytes."""
    user = uow.users.get(request.requested_by)
    if user is None:
        return False
    key = Ed25519PublicKey.from_public_bytes(user.ed25519)
    for entry in uow.log.find(kind=Kind.REQUESTED, actor=request.requested_by, limit=10_000):
        detail = entry.data["detail"]
        if detail["request"] == request.request_id:
            try:
                key.verify(bytes.fromhex(detail["signature"]), request.canonical)
            except (InvalidSignature, ValueError):
                return False
            return True
    return False
