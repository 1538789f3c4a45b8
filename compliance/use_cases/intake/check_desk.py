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

from compliance.errors import bad_input
from compliance.i18n import Lang
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind
from compliance.model.intake import Form, FormState, Stack, StackState
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.intake.desk_forms import (
    BECAUSE,
    CheckLine,
    DeskForm,
    checklist,
    next_form,
    offered,
    open_form,
)
from compliance.use_cases.intake.form_acts import ANSWERS, KINDS, acts_of, answers_of, check_act_of
from compliance.use_cases.intake.form_readings import proposed
from compliance.use_cases.intake.stack_sampling import after_decision, seen_otherwise
from compliance.use_cases.intake.stacks import decided, excluded, known_form, return_reasons
from compliance.use_cases.notices.renderings import bind_all
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import UnitOfWork

__all__ = [
    "ANSWERS",
    "AcceptForm",
    "CheckLine",
    "DeskForm",
    "FormDecided",
    "accept_form",
    "next_form",
    "open_form",
    "return_form",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptForm:
    """What the checker read: an answer for every item, the day written on the form (None takes the offered one over),
    how many pages were seen and where the original lies, where that is not known yet. ``as_read``: ordinary items
    without an answer are as the machine read them, the checker having looked."""

    form_id: str
    answers: tuple[tuple[str, str], ...]
    signed_on: date | None = None
    take_offered: bool = False
    place: str = ""
    identity_check: str = ""
    as_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDecided:
    """A decided form; ``lines`` are (item, status, code) of its person now; ``stack_returned``: its sample failed."""

    form_id: str
    state: str
    lines: tuple[tuple[str, str, str], ...]
    stack_returned: bool = False


def accept_form(session: Session, *, request: AcceptForm) -> Answer[FormDecided | Refusal]:
    """Accept a form item by item. Refused where the checklist fails or the rules of consent say no; nothing is then
    recorded. InputErrors for what the checker left out."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    guard(session, {"place": request.place, "identity_check": request.identity_check})
    with session.vault.unit_of_work() as uow:
        form, stack = known_form(uow, request.form_id)
        if reason := _may_decide(session, stack, form):
            return refuse(
                session, uow, at=now, reason=reason, hcp_id=form.hcp_id or "", because=BECAUSE,
                detail={"form": form.form_id},
            )  # fmt: skip
        said = answers_of(form, _with_read(session, uow, form, request, now))
        asked = (KINDS[answer] for answer in said.values())
        if no := clock_holds(session, uow, asked, at=now, hcp_id=form.hcp_id or ""):
            return no
        place = request.place or form.place_of_original or stack.place_of_original
        signed = request.signed_on or (offered(form, stack) if request.take_offered else None)
        if signed is None and not form.acted_on:
            raise bad_input("signed_on_missing", "signed_on")
        failed = [c for c in checklist(form, place=place, signed=signed) if c.ok is False]
        if failed:
            return refuse(
                session,
                uow,
                at=now,
                reason=_FAILED[failed[0].code],
                hcp_id=form.hcp_id or "",
                because=BECAUSE,
                detail={"form": form.form_id, "failed": [c.code for c in failed]},
            )
        outcome = acts_of(session, uow, form, stack, said, signed, place, request.identity_check, now)
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
        form = seen_otherwise(form, stack, tuple(said.items()), signed)
        return _settle(session, uow, form, stack, outcome, now, state=FormState.ACCEPTED, reason="")


def return_form(session: Session, *, form_id: str, reason: str) -> Answer[FormDecided | Refusal]:
    """Send a form back with a reason of the list; acts a list claimed for it are rejected with that reason."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    if reason not in return_reasons():
        raise bad_input("unknown_return_reason", "reason", nearest=", ".join(return_reasons()))
    with session.vault.unit_of_work() as uow:
        form, stack = known_form(uow, form_id)
        if no_reason := _may_decide(session, stack, form, returning=True):
            return refuse(
                session, uow, at=now, reason=no_reason, hcp_id=form.hcp_id or "", because=BECAUSE,
                detail={"form": form.form_id},
            )  # fmt: skip
        events: list[ConsentEvent] = []
        if form.hcp_id:
            history = uow.consents.events(form.hcp_id)
            for answer in form.answers:
                act = next((e for e in history if e.event_id == answer.event_id), None)
                if act is not None and act.kind is EventKind.GIVEN:
                    outcome = check_act_of(session, act.event_id, history, now, defect=reason)
                    if isinstance(outcome, Refusal):
                        return refuse(session, uow, at=now, reason=outcome.reason, hcp_id=form.hcp_id,
                                      because=outcome.references, detail={"form": form.form_id})  # fmt: skip
                    events.append(outcome)
        return _settle(session, uow, form, stack, events, now, state=FormState.RETURNED, reason=reason)


def _with_read(
    session: Session, uow: UnitOfWork, form: Form, request: AcceptForm, now: datetime
) -> tuple[tuple[str, str], ...]:
    """The answers with those read by machine, where the checker takes them over: never of a separate consent."""
    if not request.as_read:
        return request.answers
    given, read = dict(request.answers), proposed(form.reading)
    mine = [answer.item for answer in form.answers if answer.item in read and answer.item not in given]
    more = {item: read[item] for item in mine if not terms(session, item, at=now, reader=uow).separate}
    return tuple({**more, **given}.items())


#: What a failed line of the checklist is called when it bars acceptance.
_FAILED = {
    "document": "no_evidence",
    "hash": "no_evidence",
    "pages": "pages_missing",
    "notice": "notice_unknown",
    "place": "place_missing",
}


def _may_decide(session: Session, stack: Stack, form: Form, *, returning: bool = False) -> str:
    """Why this person may not decide about this form now, "" when they may."""
    if form.state is not FormState.TO_CHECK and not (returning and form.state is FormState.SPLIT):
        return "already_checked"
    if session.actor in excluded(stack, form):
        return "same_person"
    if stack.state is StackState.SAMPLING and not form.sampled:
        return "sample_running"
    return ""


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
    bind_all(
        session, uow, events, known_notices(session, uow), lang=form.reading.lang if form.reading else str(Lang.ZH)
    )
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
