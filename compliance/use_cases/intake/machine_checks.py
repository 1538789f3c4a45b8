"""Whether a form may go by sample: what machines can find against it. Pure reading, nothing is decided here.

Rules: (1) only ordinary items: an item of separate consent (sensitive, sharing, publishing, overseas) or of a purpose
the sampling table names (profiling) keeps its form for eyes; (2) a form of a list or log: each claimed act waits for
its check and nothing was found against it; (3) a scanned form: filed by its printed code, whole, on a notice and in a
language we know, every box of it read clearly, signature and date seen, nothing struck out or noted; its day is claimed
by the list or the stack, lies not before it was printed, and is for the second person's eyes to compare; what a list
claims says the same; (4) the acts it would become pass the rules of consent now; of two scanned forms by which one
person answers the same item neither goes; (5) what is not known is a finding.
"""

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from compliance.clock import shanghai_day
from compliance.consent.proof import reaches
from compliance.consent.sampling import by_eye
from compliance.errors import InputErrors
from compliance.model.answer import Refusal
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind
from compliance.model.intake import Filed, Form, Stack
from compliance.resources import read_text
from compliance.use_cases.intake.desk_forms import offered
from compliance.use_cases.intake.form_acts import acts_of
from compliance.use_cases.intake.form_readings import proposed
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

#: What a machine check may find and still leave a form to the sample.
_HARMLESS = frozenset({"more_pages"})
#: Finding that keeps a form for eyes, with the reason behind it.
BY_EYE = "by_eye:"


def machine_checks(
    session: Session, uow: UnitOfWork, stack: Stack, forms: Sequence[Form], now: datetime
) -> dict[str, str]:
    """Form → why it cannot go by sample, "" when machines find nothing against it."""
    answered = Counter((f.hcp_id, a.item) for f in forms if is_read(f) for a in f.answers)
    twice = {f.form_id for f in forms if is_read(f) and any(answered[f.hcp_id, a.item] > 1 for a in f.answers)}
    found = {f.form_id: machine_check(session, uow, stack, f, now) for f in forms}
    return {form_id: why or ("twice" if form_id in twice else "") for form_id, why in found.items()}


def machine_check(session: Session, uow: UnitOfWork, stack: Stack, form: Form, now: datetime) -> str:
    """Why a form cannot go by sample, "" when machines find nothing against it."""
    if not form.hcp_id or not form.evidence_id or not form.answers:
        return "no_claim"
    if kept := kept_by_eye(form):
        return kept
    if set(form.findings) - _HARMLESS:
        return "finding"
    if form.expected and form.pages < form.expected:
        return "pages_missing"
    for answer in form.answers:
        rule = terms(session, answer.item, at=now)
        if rule.separate:
            return "separate_item"
        if rule.purpose in by_eye(sampling_table(), on=shanghai_day(now)):
            return "profiling_item"
    if is_read(form):
        return _scanned(session, uow, stack, form, now)
    return _listed(session, uow, form, now)


def kept_by_eye(form: Form) -> str:
    """Why an earlier draw kept the form for eyes, "" where none did."""
    return next((code.removeprefix(BY_EYE) for code in form.findings if code.startswith(BY_EYE)), "")


def is_read(form: Form) -> bool:
    """A form whose acts are not recorded yet: eyes, or a machine, say what it answers."""
    return not any(answer.event_id for answer in form.answers)


def acts_read(
    session: Session, uow: UnitOfWork, stack: Stack, form: Form, now: datetime, *, check: str = ""
) -> list[ConsentEvent] | Refusal:
    """The acts a form becomes by its reading, each yes with its check; ``check`` is how the check names itself."""
    said = proposed(form.reading)
    place = form.place_of_original or stack.place_of_original
    made = acts_of(session, uow, form, stack, said, offered(form, stack), place, "", now)
    if isinstance(made, Refusal):
        return made
    return [replace(e, identity_check=check) if check and e.kind is EventKind.CHECK_ACCEPTED else e for e in made]


def _listed(session: Session, uow: UnitOfWork, form: Form, now: datetime) -> str:
    """Rule 2."""
    assert form.hcp_id is not None
    states = uow.consents.states(form.hcp_id)
    events = {e.event_id: e for e in uow.consents.events(form.hcp_id)}
    for answer in form.answers:
        event = events.get(answer.event_id)
        if event is None:
            return "no_claim"
        if event.kind is not EventKind.GIVEN:
            continue
        if not reaches(event.grade, terms(session, answer.item, at=now).least_grade):
            return "below_least_grade"
        line = states.get(answer.item)
        if line is None or line.event_id != event.event_id or line.status is not ConsentStatus.EVIDENCE_PENDING:
            return "not_pending"
    return ""


def _scanned(session: Session, uow: UnitOfWork, stack: Stack, form: Form, now: datetime) -> str:
    """Rules 3 and 4."""
    if form.filed is not Filed.CODE:
        return "not_by_code"
    if form.reading is None or form.notice is None:
        return "not_read"
    if form.reading.faults:
        return form.reading.faults[0]
    said = proposed(form.reading)
    if {answer.item for answer in form.answers} != said.keys():
        return "boxes_unclear"
    if any(answer.answer not in ("", said[answer.item]) for answer in form.answers):
        return "answer_differs"
    if not (form.place_of_original or stack.place_of_original):
        return "place_missing"
    day, printed = offered(form, stack), uow.forms.get(form.serial)
    if day is None:
        return "no_day"
    if printed is None or day < shanghai_day(printed.printed_at):
        return "day_before_print"
    return _rules_say_no(session, uow, stack, form, now)


def _rules_say_no(session: Session, uow: UnitOfWork, stack: Stack, form: Form, now: datetime) -> str:
    try:
        outcome = acts_read(session, uow, stack, form, now)
    except InputErrors:
        return "rules_say_no"
    return "rules_say_no" if isinstance(outcome, Refusal) else ""


def differs(form: Form, stack: Stack, said: Sequence[tuple[str, str]], signed: date | None) -> str:
    """What eyes saw other than a list claimed or a machine read: ``answer_differs``, ``other_date`` or ""."""
    read = proposed(form.reading)
    for answer in form.answers:
        eyes = dict(said).get(answer.item, "")
        claims = {claim for claim in (answer.answer, read.get(answer.item, "")) if claim in ("given", "refused")}
        if claims - {eyes}:
            return "answer_differs"
    day = offered(form, stack)
    return "other_date" if signed is not None and day is not None and signed != day else ""


@cache
def sampling_table() -> dict[str, Any]:
    """The dated numbers of sampling."""
    return tomllib.loads(read_text("consent", "sampling.toml"))
