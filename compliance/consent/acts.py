"""An answer of a person, checked before it is recorded: the event to append, or why not.

Rules:
 1. Times lie in the past of the entry; a fault of that kind is bad input, all faults at once.
 2. A yes names a notice version that was in force when it was shown and speaks of the item; a historical notice covers
    what it said (PIPL 14(1), 17). A yes before its notice is refused, by instants or, on paper, by days (REQ-014).
 3. The way the person was identified stands in the record (REQ-019); left out, it is derived from the way of the act.
 4. While the ask lock runs nobody may ask; an act the person offers is recorded (NDSR 22(5), REQ-023). A no always is.
 5. The grade follows from the way of the act and from evidence being there. No grade is an exception from the second
    person's check (REQ-017); without evidence a yes is recorded and stays pending.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from compliance.clock import SHANGHAI, shanghai_day
from compliance.consent.codes import ExplanationCode
from compliance.consent.folding import carries_until
from compliance.consent.ordering import acts_from
from compliance.consent.proof import order_fault
from compliance.consent.status import line_status
from compliance.errors import Fault, InputErrors
from compliance.model.access import Reference, Role
from compliance.model.answer import Refusal
from compliance.model.consent import (
    ConsentEvent,
    EventKind,
    Grade,
    ItemTerms,
    Method,
    NoticeState,
    NoticeVersion,
    Precision,
)

#: Strength of the proof by the way of the act (architecture section 13).
GRADES = {
    Method.PAPER: Grade.E1,
    Method.ESIGN: Grade.E2,
    Method.EMAIL: Grade.E3,
    Method.WECHAT: Grade.E3,
    Method.PHONE: Grade.E4,
}
ANSWERS = frozenset({EventKind.GIVEN, EventKind.REFUSED, EventKind.DEFERRED, EventKind.NO_ANSWER, EventKind.PRESENTED})
_NO_BUSINESS = frozenset({Role.AUDITOR, Role.SECURITY_ADMIN})  # 35273 7.1: they hold no personal data


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAct:
    """An answer of a person as someone enters it. ``valid_until`` is an exclusive end.

    ``evidence_id`` may be a stand-in while the document waits to be sealed; the caller puts the real one in.
    """

    hcp_id: str
    item: str
    answer: EventKind
    method: Method
    acted_at: datetime
    presented_at: datetime | None
    notice: str | None
    precision: Precision = Precision.SECOND
    evidence_id: str | None = None
    evidence_sha256: str | None = None
    identity_check: str | None = None
    valid_until: datetime | None = None
    asked_by_hcp: bool = False
    place_of_original: str | None = None
    page_count: int | None = None
    order_on_form: int = 0


def check_act(
    request: NewAct,
    *,
    event_id: str,
    events: Iterable[ConsentEvent],
    terms: ItemTerms,
    notice: NoticeVersion | None,
    now: datetime,
    recorder: str,
    recorder_role: Role,
) -> ConsentEvent | Refusal:
    """The event to append, or a refusal. ``notice`` is the version ``request.notice`` names, None if it is unknown.

    Raises InputErrors with every faulty field: ``in_the_future``, ``unknown_notice``, ``unknown_answer``,
    ``unknown_method``, ``missing``, ``end_before_act``, ``identity_check_missing``.
    """
    _check_input(request, notice, now)
    if recorder_role in _NO_BUSINESS:
        return Refusal(reason="role_not_allowed", references=(Reference("35273", "7.1"),))
    event = _event(request, event_id=event_id, terms=terms, notice=notice, now=now, recorder=recorder)
    if request.answer in (EventKind.GIVEN, EventKind.PRESENTED) and (refusal := _against_notice(event, notice)):
        return refusal
    if refusal := _against_lock(request, event, list(events), terms):
        return refusal
    return event


def _check_input(request: NewAct, notice: NoticeVersion | None, now: datetime) -> None:
    faults: list[Fault] = []
    if request.answer not in ANSWERS:
        faults.append(Fault("answer", "unknown_answer", str(request.answer)))
    if request.method not in GRADES:
        faults.append(Fault("method", "unknown_method", str(request.method)))
    if request.notice and notice is None:
        faults.append(Fault("notice", "unknown_notice", request.notice))
    for where, moment in (("presented_at", request.presented_at), ("acted_at", request.acted_at)):
        if moment is not None and lies_ahead(moment, now, request.precision):
            faults.append(Fault(where, "in_the_future"))
    if request.answer is EventKind.GIVEN:
        needed = {"notice": request.notice, "presented_at": request.presented_at}
        faults.extend(Fault(where, "missing") for where, value in needed.items() if value is None)
    if request.valid_until is not None and request.valid_until <= request.acted_at:
        faults.append(Fault("valid_until", "end_before_act"))
    if request.identity_check is not None and not request.identity_check.strip():
        faults.append(Fault("identity_check", "identity_check_missing"))
    if faults:
        raise InputErrors(faults)


def _event(
    request: NewAct, *, event_id: str, terms: ItemTerms, notice: NoticeVersion | None, now: datetime, recorder: str
) -> ConsentEvent:
    yes = request.answer is EventKind.GIVEN
    event = ConsentEvent(
        event_id=event_id,
        hcp_id=request.hcp_id,
        item=request.item,
        kind=request.answer,
        method=request.method,
        recorded_at=now,
        recorded_by=recorder,
        acted_at=request.acted_at,
        presented_at=request.presented_at,
        precision=request.precision,
        notice=request.notice,
        notice_hash=notice.sha256 if notice else None,
        valid_until=request.valid_until if yes or request.answer is EventKind.DEFERRED else None,
        evidence_id=request.evidence_id,
        evidence_sha256=request.evidence_sha256,
        grade=GRADES[request.method] if request.evidence_id else Grade.NONE,
        identity_check=request.identity_check or f"method:{request.method}",
        asked_by_hcp=request.asked_by_hcp,
        place_of_original=request.place_of_original,
        page_count=request.page_count,
        order_on_form=request.order_on_form,
    )
    if not yes:
        return event
    # The end stands in the event, so that a later change of the catalogue cannot lengthen what was consented to.
    return replace(event, valid_until=carries_until(event, terms=terms, notice=notice))


def _against_notice(event: ConsentEvent, notice: NoticeVersion | None) -> Refusal | None:
    because = (Reference("PIPL", "14(1)"), Reference("PIPL", "17(1)"))
    if order_fault(event) is ExplanationCode.ACT_BEFORE_NOTICE:
        return Refusal(reason="act_before_notice", references=because)
    if notice is None or notice.line(event.item) is None:
        return Refusal(reason="item_not_in_notice", references=because, detail=event.notice or "")
    if not in_force(notice, event):
        return Refusal(reason="notice_not_in_force", references=because, detail=notice.ref)
    return None


def in_force(notice: NoticeVersion, event: ConsentEvent) -> bool:
    """Whether the version could be shown when ``event`` says it was (rule 2)."""
    shown = event.presented_at
    if notice.state is NoticeState.HISTORICAL:  # retired from birth: it carries what was said before it was registered
        return event.kind is not EventKind.PRESENTED and (
            shown is None or notice.retired_from is None or shown < notice.retired_from
        )
    if shown is None or notice.active_from is None or notice.state in (NoticeState.DRAFT, NoticeState.STAGED):
        return False
    if event.precision is Precision.DAY:
        day = shanghai_day(shown)
        return shanghai_day(notice.active_from) <= day and (
            notice.retired_from is None or day <= shanghai_day(notice.retired_from)
        )
    return notice.active_from <= shown and (notice.retired_from is None or shown < notice.retired_from)


def _against_lock(request: NewAct, event: ConsentEvent, events: list[ConsentEvent], terms: ItemTerms) -> Refusal | None:
    if request.asked_by_hcp or request.answer is EventKind.REFUSED:
        return None
    asked_at = request.presented_at or acts_from(event)
    before = line_status(events, terms=terms, item=request.item, at=asked_at)
    if before.may_ask or before.ask_again_from is None:
        return None
    return Refusal(
        reason="ask_locked",
        references=(Reference("NDSR", "22(5)"),),
        lifted_by=before.ask_again_from.astimezone(SHANGHAI).date().isoformat(),
    )


def lies_ahead(moment: datetime, now: datetime, precision: Precision) -> bool:
    """Whether ``moment`` is after the entry (rule 1)."""
    return shanghai_day(moment) > shanghai_day(now) if precision is Precision.DAY else moment > now
