"""The checking desk: one form after the other, image beside checklist, accepted item by item or returned with a reason.

Rules: (1) nothing is preset: every item of the form gets an answer (ticked given, ticked refused, left empty) or the
form is not accepted; (2) who brought the form or said whose it is decides nothing about it (REQ-017); (3) what machines
can tell is on the checklist, and a failed line bars acceptance: too few pages, no place of the original, no date
(REQ-021); (4) an act read off a scan is recorded as brought by the uploader and accepted by the checker, both names
stand in it; the day is the one the person wrote, and the notice was shown with the form, that day at the latest; (5) an
act that a list claimed is accepted or, where the form says otherwise, rejected, and what the form says is recorded;
(6) everything about one form is one transaction: all its items or none.
"""

from dataclasses import dataclass
from datetime import date, datetime

from compliance.clock import day_start, shanghai_day
from compliance.consent.acts import NewAct, check_act
from compliance.consent.checks import check_evidence
from compliance.errors import InputErrors, bad_input
from compliance.i18n import Lang
from compliance.model.access import Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, ItemTerms, Method, NoticeVersion, Precision
from compliance.model.ids import new_id
from compliance.model.intake import Form, FormState, Stack, StackState
from compliance.use_cases.acting import barred, refuse
from compliance.use_cases.facts import terms
from compliance.use_cases.renderings import bind_all
from compliance.use_cases.session import Session, known_notices
from compliance.use_cases.stack_sampling import after_decision
from compliance.use_cases.stacks import decided, excluded, known_form, open_stack, return_reasons
from compliance.use_cases.standing import refresh
from compliance.vault import UnitOfWork

#: What a checker can say of one item.
ANSWERS = ("given", "refused", "empty")
_KINDS = {"given": EventKind.GIVEN, "refused": EventKind.REFUSED, "empty": EventKind.NO_ANSWER}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One line of the checklist a machine can tell: ``ok`` None means only eyes can. ``detail`` holds numbers."""

    code: str
    ok: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskForm:
    """One form on the desk. ``offered_on`` is what may be taken over as the day written on it, never preset; ``data``
    is the document, empty when it was not asked for. ``left`` forms wait in this stack, this one included."""

    form: Form
    stack: Stack
    display: str
    notice_title_zh: str
    notice_title_en: str
    checklist: tuple[CheckLine, ...]
    offered_on: date | None
    left: int
    separate: frozenset[str] = frozenset()  # items of separate consent, each its own act
    data: bytes = b""

    def __repr__(self) -> str:
        return f"DeskForm({self.form.form_id}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptForm:
    """What the checker read: an answer for every item, the day written on the form (None takes the offered one over),
    how many pages were seen and where the original lies, where that is not known yet."""

    form_id: str
    answers: tuple[tuple[str, str], ...]
    signed_on: date | None = None
    take_offered: bool = False
    place: str = ""
    identity_check: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDecided:
    """A decided form; ``lines`` are (item, status, code) of its person now; ``stack_returned``: its sample failed."""

    form_id: str
    state: str
    lines: tuple[tuple[str, str, str], ...]
    stack_returned: bool = False


def next_form(
    session: Session, *, stack: str, after: str = "", with_data: bool = True
) -> Answer[DeskForm | Refusal | None]:
    """The next form that waits for this checker behind form ``after``; None when nothing is left. Opening is logged."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        found = open_stack(uow, stack)
        behind = -1
        if after and (last := uow.stacks.form(after)) is not None:
            behind = last.place
        waiting = [
            f
            for f in uow.stacks.forms(found.stack_id, states=(FormState.TO_CHECK,))
            if found.state is not StackState.SAMPLING or f.sampled
        ]
        mine = [f for f in waiting if session.actor not in excluded(found, f)]
        if waiting and not mine:
            return refuse(session, uow, at=now, reason="same_person", because=_BECAUSE, detail={"stack": found.name})
        form = next((f for f in mine if f.place > behind), None)
        if form is None:
            return Answer(None)
        return Answer(_on_desk(session, uow, form, found, len(mine), now, with_data), Changes(audit=True))


def open_form(session: Session, *, form_id: str, with_data: bool = True) -> Answer[DeskForm | Refusal]:
    """One form by its id, decided or not."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        form, stack = known_form(uow, form_id)
        return Answer(_on_desk(session, uow, form, stack, 0, now, with_data), Changes(audit=True))


def accept_form(session: Session, *, request: AcceptForm) -> Answer[FormDecided | Refusal]:
    """Accept a form item by item. Refused where the checklist fails or the rules of consent say no; nothing is then
    recorded. InputErrors for what the checker left out."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        form, stack = known_form(uow, request.form_id)
        if reason := _may_decide(session, stack, form):
            return refuse(
                session, uow, at=now, reason=reason, hcp_id=form.hcp_id or "", because=_BECAUSE,
                detail={"form": form.form_id},
            )  # fmt: skip
        said = _answers(form, request.answers)
        place = request.place or form.place_of_original or stack.place_of_original
        signed = request.signed_on or (_offered(form, stack) if request.take_offered else None)
        if signed is None and not form.acted_on:
            raise bad_input("signed_on_missing", "signed_on")
        failed = [c for c in _checklist(form, place=place, signed=signed) if c.ok is False]
        if failed:
            return refuse(
                session,
                uow,
                at=now,
                reason=_FAILED[failed[0].code],
                hcp_id=form.hcp_id or "",
                because=_BECAUSE,
                detail={"form": form.form_id, "failed": [c.code for c in failed]},
            )
        outcome = _acts(session, uow, form, stack, said, signed, place, request.identity_check, now)
        if isinstance(outcome, Refusal):
            return refuse(
                session,
                uow,
                at=now,
                reason=outcome.reason,
                hcp_id=form.hcp_id or "",
                because=outcome.references,
                detail={"form": form.form_id},
                lifted_by=outcome.lifted_by,
            )
        return _settle(session, uow, form, stack, outcome, now, state=FormState.ACCEPTED, reason="")


def return_form(session: Session, *, form_id: str, reason: str) -> Answer[FormDecided | Refusal]:
    """Send a form back with a reason of the list; acts a list claimed for it are rejected with that reason."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    if reason not in return_reasons():
        raise bad_input("unknown_return_reason", "reason", reason, ", ".join(return_reasons()))
    with session.vault.unit_of_work() as uow:
        form, stack = known_form(uow, form_id)
        if no_reason := _may_decide(session, stack, form, returning=True):
            return refuse(
                session, uow, at=now, reason=no_reason, hcp_id=form.hcp_id or "", because=_BECAUSE,
                detail={"form": form.form_id},
            )  # fmt: skip
        events: list[ConsentEvent] = []
        if form.hcp_id:
            history = uow.consents.events(form.hcp_id)
            for answer in form.answers:
                act = next((e for e in history if e.event_id == answer.event_id), None)
                if act is not None and act.kind is EventKind.GIVEN:
                    outcome = _check(session, act.event_id, history, now, defect=reason)
                    if isinstance(outcome, Refusal):
                        return refuse(session, uow, at=now, reason=outcome.reason, hcp_id=form.hcp_id,
                                      because=outcome.references, detail={"form": form.form_id})  # fmt: skip
                    events.append(outcome)
        return _settle(session, uow, form, stack, events, now, state=FormState.RETURNED, reason=reason)


#: What a failed line of the checklist is called when it bars acceptance.
_FAILED = {
    "document": "no_evidence",
    "hash": "no_evidence",
    "pages": "pages_missing",
    "notice": "notice_unknown",
    "place": "place_missing",
}
_BECAUSE = (Reference("PIPL", "69"), Reference("PIPL", "14(1)"))


def _on_desk(
    session: Session, uow: UnitOfWork, form: Form, stack: Stack, left: int, now: datetime, with_data: bool
) -> DeskForm:
    """The form as shown; committed with its entry before anything of it leaves."""
    data = uow.evidence.open(form.evidence_id) if with_data and form.evidence_id else b""
    notice = known_notices(session, uow).get(form.notice or "")
    names = uow.index.get_many([form.hcp_id]) if form.hcp_id else {}
    row = names.get(form.hcp_id or "")
    uow.commit(
        session.event(
            Kind.EVIDENCE_OPENED,
            at=now,
            hcps=(form.hcp_id,) if form.hcp_id else (),
            purpose=str(Purpose.RIGHTS),
            fields=("full_name", "institution_name"),
            detail={"form": form.form_id, "stack": stack.stack_id, "sha256": form.sha256, "document": bool(data)},
        )
    )
    return DeskForm(
        form=form,
        stack=stack,
        display=f"{row.name} · {row.hospital}" if row else form.hcp_id or "",
        notice_title_zh=notice.title_zh if notice else "",
        notice_title_en=notice.title_en if notice else "",
        checklist=_checklist(form, place=form.place_of_original or stack.place_of_original, signed=None),
        offered_on=_offered(form, stack),
        left=left,
        separate=frozenset(a.item for a in form.answers if terms(session, a.item, at=now, reader=uow).separate),
        data=data,
    )


def _checklist(form: Form, *, place: str, signed: date | None) -> tuple[CheckLine, ...]:
    """Rule 3. Signature, boxes, name: only eyes can."""
    paper = form.method in ("", "paper")
    whole = not form.expected or form.pages >= form.expected
    lines = [
        CheckLine(code="document", ok=bool(form.evidence_id)),
        CheckLine(code="pages", ok=whole, detail=f"{form.pages}/{form.expected or form.pages}"),
        CheckLine(code="hash", ok=bool(form.sha256), detail=form.sha256[:16]),
        CheckLine(code="notice", ok=form.notice is not None, detail=form.notice or ""),
    ]
    if paper:
        lines.append(CheckLine(code="place", ok=bool(place), detail=place))
    dated = bool(signed or form.acted_on)
    lines.append(CheckLine(code="date", ok=True if dated else None, detail=form.acted_on))
    lines += [CheckLine(code=code, ok=None) for code in ("name_matches", "boxes_ticked", "signature_there")]
    return tuple(lines)


def _may_decide(session: Session, stack: Stack, form: Form, *, returning: bool = False) -> str:
    """Why this person may not decide about this form now, "" when they may."""
    if form.state is not FormState.TO_CHECK and not (returning and form.state is FormState.SPLIT):
        return "already_checked"
    if session.actor in excluded(stack, form):
        return "same_person"
    if stack.state is StackState.SAMPLING and not form.sampled:
        return "sample_running"
    return ""


def _answers(form: Form, given: tuple[tuple[str, str], ...]) -> dict[str, str]:
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


def _offered(form: Form, stack: Stack) -> date | None:
    if form.acted_on:
        text = form.acted_on
        return date.fromisoformat(text) if len(text) == 10 else shanghai_day(datetime.fromisoformat(text))
    return stack.offered_on


def _acts(
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
                return Refusal(reason="date_differs", references=_BECAUSE)
            defect = {"given": None, "refused": "answer_differs", "empty": "left_empty"}[said_now]
            outcome = _check(session, act.event_id, [*history, *made], now, defect=defect)
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
            outcome = _check(session, fresh.event_id, [*history, *made], now, defect=None)
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
    """Rule 4."""
    assert form.hcp_id is not None
    day = signed or _offered(form, stack)
    assert day is not None
    presented = _offered_text(form.presented_on) or day
    act = NewAct(
        hcp_id=form.hcp_id,
        item=item,
        answer=_KINDS[said],
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
            event_id=new_id("EV"),
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


def _check(
    session: Session, target: str, events: list[ConsentEvent], now: datetime, *, defect: str | None
) -> ConsentEvent | Refusal:
    return check_evidence(
        target,
        event_id=new_id("EV"),
        accept=defect is None,
        defect=defect,
        events=events,
        now=now,
        checker=session.actor,
        checker_role=session.role,
    )


def _settle(
    session: Session,
    uow: UnitOfWork,
    form: Form,
    stack: Stack,
    events: list[ConsentEvent],
    now: datetime,
    *,
    state: FormState,
    reason: str,
) -> Answer[FormDecided | Refusal]:
    """Write what was decided, with its entry."""
    uow.consents.add_all(events)
    bind_all(session, uow, events, known_notices(session, uow), lang=str(Lang.ZH))
    lines = refresh(session, uow, form.hcp_id, at=now) if form.hcp_id else {}
    done = decided(form, state, session, now, reason=reason)
    uow.stacks.put_form(done)
    items = [a.item for a in form.answers]
    detail: dict[str, object] = {
        "form": form.form_id,
        "stack": stack.stack_id,
        "evidence_sha256": form.sha256,
        "brought_by": stack.opened_by,
        "events": [e.event_id for e in events],
        "items": items,
        "accepted": state is FormState.ACCEPTED,
        "sampled": form.sampled,
        "defect": reason or None,
    }
    failed = after_decision(session, uow, stack, done, now)
    kind = Kind.CONSENT_CHECKED if state is FormState.ACCEPTED else Kind.FORM_RETURNED
    uow.commit(session.event(kind, at=now, hcps=(form.hcp_id,) if form.hcp_id else (), detail=detail))
    return Answer(
        FormDecided(
            form_id=form.form_id,
            state=str(state),
            lines=tuple((i, str(lines[i].status), lines[i].code) for i in items if i in lines),
            stack_returned=failed,
        ),
        Changes(consents=True, people=True, tasks=True, audit=True),
    )
