"""What an accepted form says, item by item, as acts of consent.

Rules: (1) every item of the form gets an answer; nothing is preset; (2) an act read off a scan is recorded as brought
by the uploader and accepted by the checker, both names stand in it; the day is the one the person wrote, and the notice
was shown with the form, that day at the latest; (3) an act that a list claimed is accepted or, where the form says
otherwise, rejected, and what the form says is recorded; (4) all items or none.
"""

from datetime import date, datetime

from compliance.clock import day_start, shanghai_day
from compliance.consent.acts import NewAct, check_act
from compliance.consent.checks import check_evidence
from compliance.errors import InputErrors, bad_input
from compliance.model.answer import Refusal
from compliance.model.consent import ConsentEvent, EventKind, ItemTerms, Method, NoticeVersion, Precision
from compliance.model.ids import MANY, new_id
from compliance.model.intake import Form, Stack
from compliance.use_cases.intake.desk_forms import BECAUSE, offered
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import UnitOfWork

#: What a checker can say of one item.
ANSWERS = ("given", "refused", "empty")
KINDS = {"given": EventKind.GIVEN, "refused": EventKind.REFUSED, "empty": EventKind.NO_ANSWER}


def answers_of(form: Form, given: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Rule 1. InputErrors ``unknown_answer``, ``unknown_line``, ``answer_every_item``."""
    said = dict(given)
    items = [a.item for a in form.answers]
    for item, answer in said.items():
        if item not in items:
            raise bad_input("unknown_line", "line", item, ", ".join(items))
        if answer not in ANSWERS:
            raise bad_input("unknown_answer", "answer", answer, ", ".join(ANSWERS))
    missing = [item for item in items if item not in said]
    if missing or not items:
        raise bad_input("answer_every_item", "line", ", ".join(missing))
    return said


def acts_of(
    session: Session,
    uow: UnitOfWork,
    form: Form,
    stack: Stack,
    said: dict[str, str],
    signed: date | None,
    place: str,
    identity_check: str,
    now: datetime,
) -> list[ConsentEvent] | Refusal:
    """Every event of an accepted form, or the first reason against."""
    assert form.hcp_id is not None
    history = uow.consents.events(form.hcp_id)
    notice = known_notices(session, uow).get(form.notice or "")
    if signed is not None and signed > shanghai_day(now):
        raise bad_input("in_the_future", "signed_on")
    made: list[ConsentEvent] = []
    for place_on_form, answer in enumerate(form.answers):
        said_now = said[answer.item]
        act = next((e for e in history if e.event_id == answer.event_id), None)
        if act is not None and act.kind is EventKind.GIVEN:
            if signed is not None and act.acted_at is not None and shanghai_day(act.acted_at) != signed:
                return Refusal(reason="date_differs", references=BECAUSE)
            defect = {"given": None, "refused": "answer_differs", "empty": "left_empty"}[said_now]
            outcome = check_act_of(session, act.event_id, [*history, *made], now, defect=defect)
            if isinstance(outcome, Refusal):
                return outcome
            made.append(outcome)
            if said_now != "refused":
                continue
        elif act is not None:
            continue  # a no the list brought stands already
        fresh = _new_act(session, form, stack, answer.item, said_now, signed, place, identity_check, notice, now,
                         history=[*history, *made], order=place_on_form,
                         rules=terms(session, answer.item, at=now, reader=uow))  # fmt: skip
        if isinstance(fresh, Refusal):
            return fresh
        made.append(fresh)
        if fresh.kind is EventKind.GIVEN:
            outcome = check_act_of(session, fresh.event_id, [*history, *made], now, defect=None)
            if isinstance(outcome, Refusal):
                return outcome
            made.append(outcome)
    return made


def _new_act(
    session: Session,
    form: Form,
    stack: Stack,
    item: str,
    said: str,
    signed: date | None,
    place: str,
    identity_check: str,
    notice: NoticeVersion | None,
    now: datetime,
    *,
    history: list[ConsentEvent],
    order: int,
    rules: ItemTerms,
) -> ConsentEvent | Refusal:
    """Rule 2."""
    assert form.hcp_id is not None
    day = signed or offered(form, stack)
    assert day is not None
    presented = _offered_text(form.presented_on) or day
    act = NewAct(
        hcp_id=form.hcp_id,
        item=item,
        answer=KINDS[said],
        method=Method(form.method or Method.PAPER),
        acted_at=day_start(day),
        presented_at=day_start(presented),
        notice=form.notice,
        precision=Precision.DAY,
        evidence_id=form.evidence_id,
        evidence_sha256=form.sha256,
        identity_check=identity_check or f"form:{form.filed or 'hand'}",
        place_of_original=place or None,
        page_count=form.pages or None,
        order_on_form=order,
    )
    try:
        return check_act(
            act,
            event_id=new_id("EV", MANY),
            events=history,
            terms=rules,
            notice=notice,
            now=now,
            recorder=stack.opened_by,
            recorder_role=session.role,
        )
    except InputErrors as error:
        raise bad_input(error.code, error.faults[0].where) from None


def _offered_text(text: str) -> date | None:
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == 10 else shanghai_day(datetime.fromisoformat(text))


def check_act_of(
    session: Session, target: str, events: list[ConsentEvent], now: datetime, *, defect: str | None
) -> ConsentEvent | Refusal:
    """The check of one act by whoever sits at the desk; ``defect`` rejects it."""
    return check_evidence(
        target,
        event_id=new_id("EV", MANY),
        accept=defect is None,
        defect=defect,
        events=events,
        now=now,
        checker=session.actor,
        checker_role=session.role,
    )
