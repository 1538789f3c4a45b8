"""Handing a notice over without an answer: the *served* event (law.md C02, C10, C11; REQ-006).

Rules: (1) only a version in force at the hand-over, and items it speaks of; (2) an ask lock, a block or the yearly
limit refuses the item, unless the person asked; (3) each item has an event of its own, bound to the rendering shown;
(4) a value may be saved for a purpose only after its notice was handed over, unless an exception stands (PIPL 18);
(5) whoever names no purpose means one of those the value serves, so the notice of one of them must have been handed
over: except for a correction of what is held (PIPL 46), public and cited values (PIPL 13(1)(6), 27), and the identity
that master data shows a clerk; anything else is kept only when it is said to be held for no use.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from compliance.consent.acts import NewAct, check_act
from compliance.errors import bad_input
from compliance.i18n import Lang
from compliance.model.access import Purpose, Reference, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import EventKind
from compliance.model.ids import MANY, new_id
from compliance.model.profile import SourceClass
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.consent.withdrawing import nearest_method
from compliance.use_cases.notices.asking import why_not_ask
from compliance.use_cases.notices.campaigns import note_delivery
from compliance.use_cases.notices.notice_life import altered
from compliance.use_cases.notices.notices import known_notice
from compliance.use_cases.notices.renderings import bind_shown
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.facts import access_facts, terms
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seat.times import parse_moment
from compliance.vault import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """A hand-over as a member of staff enters it. No ``items`` means every item of the notice."""

    hcp_id: str
    notice: str
    channel: str
    items: tuple[str, ...] = ()
    presented_at: str = ""
    lang: Lang = Lang.ZH
    asked_by_hcp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPresented:
    """An item the person may not be asked about now."""

    item: str
    reason: str
    from_day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What was handed over: event by item, the rendering, and the items left out."""

    events: tuple[tuple[str, str], ...]
    rendering: str
    left_out: tuple[NotPresented, ...]


def present_notice(session: Session, *, request: Presentation) -> Answer[Presented | Refusal]:
    """Record that a notice was handed over, whatever the person answers later."""
    now = session.now()
    if no := barred(session, "present_notice", at=now, hcp_id=request.hcp_id):
        return no
    if not request.channel.strip():
        raise bad_input("missing", "channel")
    guard(session, {"channel": request.channel})
    notice = known_notice(session, request.notice)
    moment, precision = parse_moment(request.presented_at or now.isoformat(), field="presented_at", now=now)
    wanted = tuple(dict.fromkeys(request.items)) or tuple(line.item for line in notice.lines)
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, request.hcp_id)
        if no := clock_holds(session, uow, (EventKind.PRESENTED,), at=now, hcp_id=person.hcp_id):
            return no
        if no := altered(session, uow, notice, at=now):
            return no
        facts, _ = access_facts(session, uow, hcp_id=person.hcp_id, at=now)
        before = uow.consents.events(person.hcp_id)
        events: list[tuple[str, str]] = []
        left: list[NotPresented] = []
        because: tuple[Reference, ...] = ()
        rendering = ""
        for item in wanted:
            no_ask = None if request.asked_by_hcp else why_not_ask(session, facts, item, events=before, at=now)
            if no_ask is not None:
                left.append(NotPresented(item=item, reason=no_ask.reason, from_day=no_ask.from_day))
                because = because or no_ask.references
                continue
            made = check_act(
                NewAct(
                    hcp_id=person.hcp_id,
                    item=item,
                    answer=EventKind.PRESENTED,
                    method=nearest_method(request.channel),
                    notice=notice.ref,
                    presented_at=moment,
                    acted_at=moment,
                    precision=precision,
                    asked_by_hcp=request.asked_by_hcp,
                ),
                event_id=new_id("EV", MANY),
                events=before,
                terms=terms(session, item, at=now, reader=uow),
                notice=notice,
                now=now,
                recorder=session.actor,
                recorder_role=session.role,
            )
            if isinstance(made, Refusal):
                left.append(NotPresented(item=item, reason=made.reason, from_day=made.lifted_by))
                because = because or made.references
                continue
            uow.consents.add(made)
            rendering = bind_shown(
                session, uow, made, notice, lang=str(request.lang), channel=request.channel.strip()[:40]
            )
            events.append((item, made.event_id))
        if not events:
            return refuse(
                session,
                uow,
                at=now,
                reason=left[0].reason,
                hcp_id=person.hcp_id,
                detail={"notice": notice.ref, "items": [x.item for x in left]},
                because=because,
                kind=Kind.CONSENT_REFUSED_ENTRY,
                lifted_by=left[0].from_day,
            )
        note_delivery(
            session,
            uow,
            person.hcp_id,
            notice=notice.ref,
            channel=request.channel.strip()[:40],
            result="delivered",
            at=now,
        )
        refresh(session, uow, person.hcp_id, at=now)
        uow.commit(
            session.event(
                Kind.NOTICE_SERVED,
                at=now,
                hcps=(person.hcp_id,),
                detail={
                    "notice": notice.ref,
                    "notice_sha256": notice.sha256,
                    "rendering": rendering,
                    "items": [item for item, _ in events],
                    "events": [event for _, event in events],
                    "presented_at": moment.isoformat(),
                    "left_out": [x.item for x in left],
                },
            )
        )
    made_events = Presented(events=tuple(events), rendering=rendering, left_out=tuple(left))
    return Answer(made_events, Changes(consents=True, people=True, audit=True))


def was_presented(session: Session, uow: UnitOfWork, hcp_id: str, purpose: Purpose) -> bool:
    """Whether a notice that speaks of ``purpose`` was handed over, or an exception from notice stands (rule 4)."""
    rule = session.policy.purposes[purpose]
    if rule.statutory:
        return True
    now = session.now()
    known = known_notices(session, uow)
    for event in uow.consents.events(hcp_id):
        if event.presented_at is None or event.presented_at > now or event.item.partition("/")[0] != str(purpose):
            continue
        notice = known.get(event.notice or "")
        if notice is not None and notice.line(event.item) is not None:
            return True
    return any(
        x.purpose == str(purpose) and x.recorded_at <= now < x.ends_at and x.hcp_id in ("", hcp_id)
        for x in uow.notices.exceptions()
    )


def unserved_by_any(
    session: Session, uow: UnitOfWork, hcp_id: str, key: str, *, source: SourceClass, at: datetime
) -> Answer[Refusal] | None:
    """The refusal to save a new value for no named purpose (rule 5); None when it may be. A new person has no id."""
    grants = {p: grant for p, line in session.policy.grants.items() if (grant := line.at(at)) and key in grant.fields}
    own = [p for p in grants if not session.policy.purposes[p].statutory]
    identity = Purpose.MDM in grants and Role.CLERK in grants[Purpose.MDM].fields[key].treatments
    if not own or identity or source is SourceClass.PUBLIC:
        return None
    if hcp_id and any(was_presented(session, uow, hcp_id, purpose) for purpose in own):
        return None
    answer = refuse(
        session,
        uow,
        at=at,
        reason="notice_not_presented",
        hcp_id=hcp_id,
        detail={"field": key},
        because=(Reference("PIPL", "17(1)"),),
    )
    return replace(answer, value=replace(answer.value, detail=", ".join(map(str, own))))


def unserved(session: Session, uow: UnitOfWork, hcp_id: str, purpose: Purpose, key: str) -> Answer[Refusal] | None:
    """The refusal to save ``key`` for a purpose whose notice was never handed over (REQ-006); None when it was."""
    if was_presented(session, uow, hcp_id, purpose):
        return None
    return refuse(
        session,
        uow,
        at=session.now(),
        reason="notice_not_presented",
        hcp_id=hcp_id,
        purpose=purpose,
        detail={"field": key},
        because=(Reference("PIPL", "17(1)"),),
    )
