"""Where consents stand: status as of any time, what ends soon, and the acts of the handler (suspend, resume, void).

The narrow state table follows each event in the same transaction (:func:`refresh`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.consent.settled import settled_lines
from compliance.consent.standing import handler_act
from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, LineStatus, NoticeVersion
from compliance.model.ids import MANY, new_id
from compliance.model.register import PendingRequest
from compliance.use_cases.field.recalling import recall_closed
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.facts import lines_of, record_lines, rules_for_lists, terms
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seat.times import not_yet
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork

#: Lines of one page: half a million people have as many ends in a year.
MOST_DUE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A consent that ends soon."""

    hcp_id: str
    item: str
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """Some of what ends soon; ``more`` names the place where the next page goes on, "" after the last."""

    lines: tuple[DueLine, ...]
    more: str


def consent_status(
    session: Session, *, hcp_id: str, as_of: datetime | None = None, known_at: datetime | None = None
) -> Answer[tuple[LineStatus, ...] | Refusal]:
    """Status of every item: ``as_of`` valid time, ``known_at`` what was known then (both: what one saw then)."""
    now = session.now()
    if no := barred(session, "consent_status", at=now, hcp_id=hcp_id):
        return no
    not_yet(known_at, field="known_at", now=now)
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        lines = record_lines(session, uow, hcp_id=hcp_id, at=as_of or now, known_at=known_at)
        uow.commit(
            session.event(
                Kind.PROFILE_OPENED, at=now, hcps=(hcp_id,), purpose=str(Purpose.RIGHTS), fields=("channel_consents",)
            )
        )
    return Answer(tuple(lines.values()), Changes(audit=True))


def suspend_consent(
    session: Session, *, hcp_id: str, items: Sequence[str] | None = None
) -> Answer[tuple[str, ...] | Refusal]:
    """Suspend open items on a dispute or doubt (C20). One person suffices for what protects."""
    return _staff_events(session, "suspend", EventKind.SUSPENDED, hcp_id=hcp_id, items=items)


def resume_consent(
    session: Session, *, hcp_id: str, items: Sequence[str] | None = None
) -> Answer[tuple[str, ...] | Refusal]:
    """Lift a suspension (C21); an end that passed meanwhile stays passed."""
    return _staff_events(session, "resume", EventKind.RESUMED, hcp_id=hcp_id, items=items)


def invalidate_consent(session: Session, *, event_id: str, defect: str) -> Answer[PendingRequest | Refusal]:
    """Ask for an act to be voided for a proved defect (C22); another person carries it out."""
    now = session.now()
    if no := barred(session, "invalidate", at=now):
        return no
    if not defect.strip():
        raise bad_input("defect_missing", "defect")
    guard(session, {"defect": defect})
    with session.vault.snapshot() as snap:
        event = snap.consents.event(event_id)
    if event is None:
        raise bad_input("unknown_event", "event")
    params = {"event": event_id, "defect": defect.strip()[:80]}
    return ask_second(session, action="invalidate", at=now, params=params, hcps=(event.hcp_id,))


def carry_invalidation(session: Session, *, event_id: str, defect: str) -> dict[str, str]:
    """Void an act: what was opened under it closes at the next read."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        target = known_event(uow, event_id)
        uow.consents.add(
            handler_act(
                EventKind.INVALIDATED,
                hcp_id=target.hcp_id,
                item=target.item,
                event_id=new_id("EV", MANY),
                now=now,
                recorder=session.actor,
                target=event_id,
                defect=defect,
            )
        )
        line = refresh(session, uow, target.hcp_id, at=now)[target.item]
        settle(session, uow)
        uow.commit(
            session.event(
                Kind.CONSENT_INVALIDATED,
                at=now,
                hcps=(target.hcp_id,),
                detail={"event": event_id, "defect": defect, "status": str(line.status)},
            )
        )
    return {"event_id": event_id, "status": str(line.status)}


def consents_due(session: Session, *, within_days: int = 30, limit: int = MOST_DUE, after: str = "") -> Answer[DuePage]:
    """Open consents that end within ``within_days`` days, soonest first, ``limit`` at a time (0: all). ``after`` is the
    ``more`` of the page before. InputErrors ``bad_limit``, ``bad_page``."""
    now = session.now()
    if limit < 0:
        raise bad_input("bad_limit", "limit", str(limit), str(MOST_DUE))
    beyond = _beyond(after)
    with session.vault.snapshot() as snap:
        rules = rules_for_lists(session, snap, at=now)
        until = now + timedelta(days=within_days)
        rows = snap.consents.expiring(until, after=now, rules=rules, limit=limit or -1, beyond=beyond)
    lines = tuple(DueLine(hcp_id=hcp_id, item=item, valid_until=end) for hcp_id, item, end in rows)
    full = bool(limit) and len(lines) == limit
    more = f"{lines[-1].valid_until.isoformat()}~{lines[-1].hcp_id}~{lines[-1].item}" if full else ""
    return Answer(DuePage(lines=lines, more=more))


def _beyond(after: str) -> tuple[datetime, str, str] | None:
    if not after:
        return None
    parts = after.split("~")
    try:
        end = datetime.fromisoformat(parts[0])
    except ValueError:
        end = None
    if end is None or end.tzinfo is None or len(parts) != 3:
        raise bad_input("bad_page", "after")
    return end, parts[1], parts[2]


def refresh(session: Session, uow: UnitOfWork, hcp_id: str, *, at: datetime) -> dict[str, LineStatus]:
    """Write the narrow state rows of a person anew; papers that are no longer true are recalled. Returns item → status
    at ``at``."""
    settle_states(session, uow, hcp_id, at=at, notices=known_notices(session, uow))
    return lines_of(session, uow, hcp_id=hcp_id, at=at)


def settle_states(
    session: Session, uow: UnitOfWork, hcp_id: str, *, at: datetime, notices: Mapping[str, NoticeVersion]
) -> None:
    """As :func:`refresh` of many people, whose statuses nobody asks for: the known notices are read once for all."""
    settled = settled_lines(
        uow.consents.events(hcp_id), terms_of=lambda item, then: terms(session, item, at=then), notices=notices
    )
    for line in settled:
        uow.consents.set_state(hcp_id, line)
    recall_closed(session, uow, hcp_id, at=at)


def known_event(uow: UnitOfWork, event_id: str) -> ConsentEvent:
    event = uow.consents.event(event_id)
    if event is None:
        raise bad_input("unknown_event", "event")
    return event


def _staff_events(
    session: Session, act: str, kind: EventKind, *, hcp_id: str, items: Sequence[str] | None
) -> Answer[tuple[str, ...] | Refusal]:
    now = session.now()
    if no := barred(session, act, at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        if no := clock_holds(session, uow, (kind,), at=now, hcp_id=hcp_id):
            return no
        lines = lines_of(session, uow, hcp_id=hcp_id, at=now)
        wanted = "suspended" if kind is EventKind.RESUMED else None
        fitting = [i for i, x in lines.items() if (str(x.status) == wanted if wanted else x.open)]
        chosen = tuple(i for i in fitting if items is None or i in items)
        if not chosen:
            raise bad_input("nothing_to_change", "line")
        for item in chosen:
            uow.consents.add(
                handler_act(
                    kind, hcp_id=hcp_id, item=item, event_id=new_id("EV", MANY), now=now, recorder=session.actor
                )
            )
        refresh(session, uow, hcp_id, at=now)
        uow.commit(
            session.event(
                Kind.CONSENT_SUSPENDED, at=now, hcps=(hcp_id,), detail={"act": str(kind), "items": list(chosen)}
            )
        )
    return Answer(chosen, Changes(consents=True, people=True, audit=True))
