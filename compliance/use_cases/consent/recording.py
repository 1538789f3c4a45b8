"""Recording one act of an HCP as staff enter it.

Rules live in ``compliance.consent``. (1) Nothing is stored before the rules accepted it. (2) Evidence is sealed under
the person's key before the event that names it. (3) The narrow state table follows in the same transaction. (4) What
was asked of somebody whom a block kept from being asked is not recorded; what they offered, and a no, always is.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from compliance.clock import day_start, shanghai_day
from compliance.consent.acts import NewAct, check_act
from compliance.consent.status import act_statuses
from compliance.errors import Fault, InputErrors, tried
from compliance.importing.documents import Document, document_of
from compliance.importing.openable import read_proof
from compliance.importing.signatures import SignatureReport
from compliance.model.access import Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import ConsentEvent, EventKind, LineStatus, Method, NoticeVersion, Precision
from compliance.model.ids import MANY, new_id
from compliance.model.limits import day_end
from compliance.use_cases.consent.signatures import examine_new, keep_report
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.notices.asking import asking_closed, closed_when_asked
from compliance.use_cases.notices.campaigns import note_delivery
from compliance.use_cases.notices.notices import known_notice
from compliance.use_cases.notices.renderings import bind_shown
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seat.times import parse_moment
from compliance.vault import UnitOfWork

_ANSWERS = {
    "given": EventKind.GIVEN,
    "refused": EventKind.REFUSED,
    "deferred": EventKind.DEFERRED,
    "no_answer": EventKind.NO_ANSWER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConsent:
    """One act of an HCP, as a member of staff enters it. Times are ISO text; a bare day keeps day precision."""

    hcp_id: str
    item: str
    answer: str
    method: Method
    notice: str
    presented_at: str
    acted_at: str
    evidence: Path | None = None
    signed: bytes = b""  # a signature given on the screen, in place of a file
    identity_check: str | None = None
    valid_until: date | None = None
    asked_by_hcp: bool = False
    place_of_original: str | None = None
    page_count: int | None = None
    ask_again_from: date | None = None  # with ``deferred``: the day the person named
    notice_lang: str = "zh"  # the language the person read; Chinese binds
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The event and what the item's status is now."""

    event_id: str
    item: str
    status: str
    code: str


def record_consent(session: Session, *, request: RecordConsent) -> Answer[Recorded | Refusal]:
    """Record an act. A *given* waits for a second person's check of its evidence; nothing pending opens anything."""
    now = session.now()
    if no := barred(session, "record_consent", at=now, hcp_id=request.hcp_id):
        return no
    faults: list[Fault] = []
    if request.answer not in _ANSWERS:
        faults.append(Fault("answer", "unknown_answer", request.answer, ", ".join(_ANSWERS)))
    if not session.policy.knows_item(request.item):
        faults.append(Fault("line", "unknown_line", request.item, session.policy.nearest_item(request.item)))
    notice = tried(faults, lambda: known_notice(session, request.notice))
    presented, acted, precision = times_of(request, now=now, faults=faults)
    assert notice is not None  # else ``times_of`` raised
    typed = {"place": request.place_of_original, "identity_check": request.identity_check, "channel": request.channel}
    guard(session, {key: text or "" for key, text in typed.items()})
    document = document_with(request)
    signature = examine_new(session, document, request.method)
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, request.hcp_id)
        if no := clock_holds(session, uow, (_ANSWERS[request.answer],), at=now, hcp_id=person.hcp_id):
            return no
        act = NewAct(
            hcp_id=person.hcp_id,
            item=request.item,
            answer=_ANSWERS[request.answer],
            method=request.method,
            notice=notice.ref,
            presented_at=presented,
            acted_at=acted,
            precision=precision,
            identity_check=request.identity_check,
            valid_until=_end(request),
            asked_by_hcp=request.asked_by_hcp,
            evidence_id="to_be_sealed" if document else None,
            place_of_original=request.place_of_original,
            page_count=request.page_count,
        )
        made = enter_act(
            session,
            uow,
            act,
            notice=notice,
            document=document,
            signature=signature,
            shown=(request.notice_lang, request.channel),
            recorder=(session.actor, session.role),
            now=now,
        )
        if isinstance(made, Refusal):
            return refuse(
                session,
                uow,
                at=now,
                reason=made.reason,
                hcp_id=person.hcp_id,
                detail={"item": request.item, "answer": request.answer},
                because=made.references,
                kind=Kind.CONSENT_REFUSED_ENTRY,
                lifted_by=made.lifted_by,
            )
        event, own = made.event, made.own
        uow.commit(made.entry)
    return Answer(
        Recorded(event_id=event.event_id, item=event.item, status=str(own.status), code=own.code),
        Changes(consents=True, people=True, audit=True, tasks=True),
    )


def times_of(request: RecordConsent, *, now: datetime, faults: list[Fault]) -> tuple[datetime, datetime, Precision]:
    """When the notice was shown and when the person acted. InputErrors with ``faults`` and every one of the times."""
    presented = tried(faults, lambda: parse_moment(request.presented_at, field="presented_at", now=now))
    acted = tried(faults, lambda: parse_moment(request.acted_at, field="acted_at", now=now))
    day = shanghai_day(acted[0]) if acted else None
    again = request.ask_again_from
    if again is not None and (request.answer != "deferred" or (day is not None and again <= day)):
        faults.append(Fault("ask_again_from", "ask_again_unfit"))
    if request.valid_until is not None and day is not None and request.valid_until < day:
        faults.append(Fault("valid_until", "ends_before_act"))
    if faults or presented is None or acted is None:
        raise InputErrors(faults)
    return presented[0], acted[0], Precision.DAY if Precision.DAY in (presented[1], acted[1]) else Precision.SECOND


def document_with(request: RecordConsent) -> Document | None:
    """The proof that comes with an act: a file, or what was signed on the screen. InputErrors as ``read_proof``."""
    if request.evidence is not None:
        return read_proof(request.evidence)
    return document_of(request.signed, kinds=("image/png",)) if request.signed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """An act that stands in the transaction: its event, how it stands by itself, and the entry to commit it with."""

    event: ConsentEvent
    own: LineStatus
    entry: AuditEvent


def enter_act(
    session: Session,
    uow: UnitOfWork,
    act: NewAct,
    *,
    notice: NoticeVersion,
    document: Document | None,
    signature: SignatureReport | None,
    shown: tuple[str, str],
    recorder: tuple[str, Role],
    now: datetime,
) -> Entered | Refusal:
    """Put an act, its evidence and the state that follows into ``uow``; nothing when the rules refuse it. ``shown`` is
    (language, channel) of the notice; ``recorder`` heard it, which may be a rep whose return brings it."""
    event = check_act(
        act,
        event_id=new_id("EV", MANY),
        events=uow.consents.events(act.hcp_id),
        terms=terms(session, act.item, at=now, reader=uow),
        notice=notice,
        now=now,
        recorder=recorder[0],
        recorder_role=recorder[1],
    )
    if isinstance(event, Refusal):
        return event
    if closed := closed_when_asked(event, asking_closed(session, uow, act.hcp_id, at=now)):
        return Refusal(reason=closed.reason, references=closed.references)
    if document is not None:
        row = uow.evidence.seal(act.hcp_id, document.data, document.media_type)
        event = replace(event, evidence_id=row.evidence_id, evidence_sha256=row.sha256)
        if signature is not None:
            keep_report(uow, signature, hcp_id=act.hcp_id, evidence_id=row.evidence_id, at=now)
    uow.consents.add(event)
    rendering = bind_shown(session, uow, event, notice, lang=shown[0], channel=shown[1])
    note_delivery(session, uow, act.hcp_id, notice=notice.ref, channel=str(act.method), result=str(act.answer), at=now)
    line = refresh(session, uow, act.hcp_id, at=now)[act.item]
    own = act_statuses(
        uow.consents.events(act.hcp_id),
        terms=terms(session, act.item, at=now, reader=uow),
        item=act.item,
        at=now,
        notices=known_notices(session, uow),
    ).get(event.event_id, line)
    entry = session.event(
        Kind.CONSENT_RECORDED,
        at=now,
        hcps=(act.hcp_id,),
        detail={
            "event": event.event_id,
            "item": event.item,
            "answer": str(act.answer),
            "method": str(event.method),
            "notice": notice.ref,
            "notice_sha256": notice.sha256,
            "rendering": rendering,
            "evidence_sha256": event.evidence_sha256,
            "status": str(line.status),
            "code": line.code,
        },
    )
    return Entered(event=event, own=own, entry=entry)


def _end(request: RecordConsent) -> datetime | None:
    if request.ask_again_from is not None:
        return day_start(request.ask_again_from)
    return None if request.valid_until is None else day_end(request.valid_until)
