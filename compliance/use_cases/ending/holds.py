"""Holds 留存: nothing in their scope is deleted while they stand, for an inspection (REQ-108; PIPL 63, NDSR 50), by a
statute or for a dispute (REQ-092; PIPL 47(2)).

Rules: (1) one person sets it, because it protects; who asked, why, from when and until when are named, and the last day
can be put off by another hold; (2) its scope is everybody or the people named; whoever is erased already stays erased;
(3) while it stands no person in scope is erased, no import with one of them is taken back, what an undone import left
is not swept away, and documents of nobody are not thrown away; the refusal names the hold, its authority and its last
day; a signed erasure waits and can be carried out afterwards; (4) it opens nothing: what was closed stays closed, and
withdrawals, refusals and objections act as ever; (5) lifting it before its day takes two. Copies of the keys of people
erased before it still die on their day; (6) a hold by statute or dispute names its people, its last day and the privacy
officer who approved it, and leaves what it keeps to storage and security only: every other use of these people is
closed while it stands, and papers about them are called back.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from compliance.errors import bad_input
from compliance.i18n import t
from compliance.model.access import Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.inspection import HoldGround, InspectionHold
from compliance.model.limits import last_day
from compliance.model.register import PendingRequest
from compliance.use_cases.evidence.findings import inspection_references
from compliance.use_cases.field.recalling import recall_closed
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork

LIFT = "lift_hold"
REASON = "inspection_hold"
_MOST_WORDS = 120
_CHANGED = Changes(people=True, tasks=True, audit=True)


def set_hold(
    session: Session,
    *,
    authority: str,
    reason: str,
    until: datetime | None,
    since: datetime | None = None,
    people: tuple[str, ...] = (),
    ground: HoldGround = HoldGround.INSPECTION,
    approver: str = "",
) -> Answer[InspectionHold | Refusal]:
    """Hold everybody, or ``people``, from ``since`` (now) until ``until`` (exclusive). InputErrors
    ``hold_needs_end``, ``ends_before_now``, ``hold_needs_people``, ``approver_not_officer``."""
    now = session.now()
    if no := barred(session, "set_hold", at=now):
        return no
    if until is None:
        raise bad_input("hold_needs_end", "until")
    starts = since or now
    if until <= max(starts, now):
        raise bad_input("ends_before_now", "until")
    words = {"authority": _words(session, "authority", authority), "reason": _words(session, "reason", reason)}
    with session.vault.unit_of_work() as uow:
        for hcp_id in people:
            known_person(uow, hcp_id)
        if ground is not HoldGround.INSPECTION:
            _approved(uow, people, approver)
        hold = InspectionHold(
            hold_id=new_id("HD"),
            authority=words["authority"],
            reason=words["reason"],
            people=tuple(dict.fromkeys(people)),
            starts_at=starts,
            ends_at=until,
            set_at=now,
            set_by=session.actor,
            ground=ground,
            approver=approver if ground is not HoldGround.INSPECTION else "",
        )
        uow.holds.put(hold)
        for hcp_id in hold.people if ground is not HoldGround.INSPECTION else ():
            recall_closed(session, uow, hcp_id, at=now)
        detail: dict[str, Scalar | list[Scalar]] = {
            "hold": hold.hold_id,
            **words,
            "people": len(hold.people),
            "until": last_day(until).isoformat(),
            "ground": str(ground),
            "approver": hold.approver,
        }
        uow.commit(session.event(Kind.HOLD_SET, at=now, hcps=hold.people, detail=detail))
    return Answer(hold, _CHANGED)


def lift_hold(session: Session, *, hold_id: str, reason: str) -> Answer[PendingRequest | Refusal]:
    """Ask to end a hold before its day; a second person carries it out."""
    now = session.now()
    if no := barred(session, "lift_hold", at=now):
        return no
    words = _words(session, "reason", reason)
    with session.vault.snapshot() as snap:
        _not_over(snap.holds.get(hold_id), now)
    return ask_second(session, action=LIFT, at=now, params={"hold": hold_id, "reason": words})


def carry_lift(session: Session, *, hold_id: str, reason: str) -> dict[str, str]:
    """The second signature: from now on what waits may be carried out."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        hold = _not_over(uow.holds.get(hold_id), now)
        uow.holds.put(replace(hold, lifted_at=now, lifted_by=session.actor, lift_reason=reason))
        settle(session, uow)
        detail = {"hold": hold_id, "reason": reason}
        uow.commit(session.event(Kind.HOLD_LIFTED, at=now, hcps=hold.people, detail=detail))
    return {"hold": hold_id}


def list_holds(session: Session) -> Answer[tuple[InspectionHold, ...] | Refusal]:
    """All, newest first."""
    now = session.now()
    if no := barred(session, "see_holds", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(tuple(reversed(snap.holds.all())))


def held(
    session: Session, uow: UnitOfWork, people: Iterable[str] | None, *, at: datetime, act: str, hcp_id: str = ""
) -> Answer[Refusal] | None:
    """The refusal of a deletion that a hold forbids, already logged; None when nothing forbids it. Asked inside the
    transaction that would delete, before anything is written in it. ``people`` None: whose it is, is not known."""
    hold = next(iter(uow.holds.standing(at)), None) if people is None else uow.holds.over(people, at)
    if hold is None:
        return None
    said = {"hold": hold.hold_id, "authority": hold.authority, "until": last_day(hold.ends_at).isoformat()}
    detail: dict[str, Scalar | list[Scalar]] = {"hold": hold.hold_id, "act": act}
    return refuse(
        session,
        uow,
        at=at,
        reason=REASON,
        hcp_id=hcp_id,
        detail=detail,
        because=inspection_references("hold"),
        lifted_by=t(f"lift.{REASON}", session.lang, **said),
    )


def _not_over(hold: InspectionHold | None, now: datetime) -> InspectionHold:
    if hold is None or hold.lifted_at is not None or now >= hold.ends_at:
        raise bad_input("unknown_hold", "hold")
    return hold


def _approved(uow: UnitOfWork, people: tuple[str, ...], approver: str) -> None:
    """Rule 6."""
    if not people:
        raise bad_input("hold_needs_people", "hcp")
    user = uow.users.get(approver)
    if user is None or user.removed_at is not None or user.role is not Role.DPO:
        raise bad_input("approver_not_officer", "approver", approver)


def _words(session: Session, field: str, text: str) -> str:
    if not text.strip():
        raise bad_input("words_missing", field)
    guard(session, {field: text})
    return text.strip()[:_MOST_WORDS]
