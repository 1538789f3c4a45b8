"""Purposes and items paused, ended or taken up again for everybody: one row, acting at the next read of anyone.

Rules: (1) pausing and ending protect, so one person suffices; ending is the privacy officer's (C19); (2) taking up
again loosens and takes two; a pause and an end of the same scope are lifted together; (3) a stop acts from now: it is
never dated back, so what was lawful before stays so; (4) statutory purposes (rights, audit …) have no consent to stop.
"""

from datetime import datetime

from compliance.consent.stops import standing_of
from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import PurposeStop, StopKind
from compliance.model.ids import new_id
from compliance.model.register import PendingRequest
from compliance.use_cases.field.recalling import recall_closed_for_all
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second

_MOST_WORDS = 80


def list_stops(session: Session) -> Answer[tuple[PurposeStop, ...]]:
    """Everything ever stopped or taken up again, oldest first."""
    with session.vault.snapshot() as snap:
        return Answer(snap.stops.all())


def pause_scope(session: Session, *, scope: str, reason: str) -> Answer[PurposeStop | Refusal]:
    """Suspend a purpose or an item for everybody until it is lifted. InputErrors for an unknown scope or no reason."""
    return _stop(session, "pause_scope", StopKind.PAUSED, scope=scope, reason=reason)


def end_scope(session: Session, *, scope: str, reason: str) -> Answer[PurposeStop | Refusal]:
    """End a purpose or an item for everybody: every consent given so far is revoked for good (C19)."""
    return _stop(session, "end_scope", StopKind.ENDED, scope=scope, reason=reason)


def lift_scope(session: Session, *, scope: str, reason: str) -> Answer[PendingRequest | Refusal]:
    """Ask to take a stopped scope up again; another person carries it out."""
    now = session.now()
    if no := barred(session, "lift_scope", at=now):
        return no
    params = {"scope": _known(session, scope), "reason": _words(session, reason)}
    _check_stopped(session, scope, now)
    return ask_second(session, action="lift_scope", at=now, params=params)


def carry_lift(session: Session, *, scope: str, reason: str) -> dict[str, str]:
    """The second signature: the scope is taken up again from now."""
    now = session.now()
    _check_stopped(session, scope, now)
    stop = _put(session, StopKind.LIFTED, scope=scope, reason=reason, now=now)
    return {"stop": stop.stop_id, "scope": scope}


def _stop(session: Session, act: str, kind: StopKind, *, scope: str, reason: str) -> Answer[PurposeStop | Refusal]:
    now = session.now()
    if no := barred(session, act, at=now):
        return no
    stop = _put(session, kind, scope=_known(session, scope), reason=_words(session, reason), now=now)
    return Answer(stop, Changes(consents=True, people=True, audit=True))


def _put(session: Session, kind: StopKind, *, scope: str, reason: str, now: datetime) -> PurposeStop:
    stop = PurposeStop(
        stop_id=new_id("ST"),
        scope=scope,
        kind=kind,
        acts_from=now,
        reason=reason,
        recorded_at=now,
        recorded_by=session.actor,
    )
    with session.vault.unit_of_work() as uow:
        uow.stops.add(stop)
        if kind is not StopKind.LIFTED:
            recall_closed_for_all(session, uow, at=now)
        detail = {"stop": stop.stop_id, "scope": scope, "act": str(kind), "reason": reason}
        settle(session, uow)
        uow.commit(session.event(Kind.SCOPE_STOPPED, at=now, detail=detail))
    return stop


def _known(session: Session, scope: str) -> str:
    if scope in set(Purpose):
        if session.policy.purposes[Purpose(scope)].statutory:
            raise bad_input("scope_statutory", "scope", scope)
        return scope
    if not session.policy.knows_item(scope):
        raise bad_input("unknown_line", "scope", scope, session.policy.nearest_item(scope))
    return scope


def _words(session: Session, reason: str) -> str:
    if not reason.strip():
        raise bad_input("reason_missing", "reason")
    guard(session, {"reason": reason})
    return reason.strip()[:_MOST_WORDS]


def _check_stopped(session: Session, scope: str, now: datetime) -> None:
    with session.vault.snapshot() as snap:
        own = [stop for stop in snap.stops.all() if stop.scope == scope]
    if not standing_of(scope, own, at=now).stopped:
        raise bad_input("not_stopped", "scope", scope)
