"""Old stacks by sample: machine checks for every form, a second person's eyes for those a seed chose.

Rules: (1) only where the privacy officer enabled it and a second person signed, because it loosens; turning it off
takes one; (2) only acts a list or log claimed on items that need no separate consent; what a machine check doubts, and
every sensitive, sharing, publishing or overseas item, stays for eyes; (3) the seed is random, chosen by nobody, logged
with the digest of what it chose from, so that the sample can be drawn again and compared; (4) whoever brought the stack
neither draws nor finishes the sample; (5) one serious defect, or too many minor ones, returns the whole stack at once:
every form by eye; (6) acts accepted through the sample say so for ever (``VALID_SAMPLE_CHECKED``). The rule carries the
mark for counsel (``resources/consent/sampling.toml``).
"""

import secrets
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from compliance.clock import shanghai_day
from compliance.consent.checks import check_evidence
from compliance.consent.proof import reaches
from compliance.consent.sampling import MARK, SamplePlan, draw, frame_digest, passes, plan
from compliance.errors import bad_input
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind
from compliance.model.ids import MANY, new_ids
from compliance.model.intake import Form, FormState, Stack, StackState
from compliance.model.register import PendingRequest
from compliance.resources import read_text
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.intake.stacks import excluded, open_stack, return_reasons
from compliance.use_cases.seat.acting import barred, refuse, refuse_alone
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import Snapshot, UnitOfWork

SETTING = "sample_check"
_BECAUSE = (Reference("PIPL", "69"), Reference("PIPL", "14(1)"))
#: What a machine check may find and still leave a form to the sample.
_HARMLESS = frozenset({"more_pages"})
_NAMED = 500
#: Finding that keeps a form for eyes, with the reason behind it.
_BY_EYE = "by_eye:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample of a stack: ``frame`` forms passed the machine checks, ``by_eye`` did not, ``chosen`` are looked at."""

    stack: str
    seed: str
    frame: int
    frame_sha256: str
    by_eye: int
    chosen: tuple[str, ...]
    plan: SamplePlan
    same: bool | None = None  # of a sample drawn again: whether it is the one that was drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFinished:
    """What the sample carried."""

    stack: str
    accepted: int
    acts: int
    by_eye: int


def set_sample_check(session: Session, *, on: bool) -> Answer[PendingRequest | dict[str, str] | Refusal]:
    """Allow samples: asks for a second person. Forbid them: at once."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    if on:
        return ask_second(session, action="sample_check", at=now, params={"on": True})
    return Answer(put_sample_check(session, on=False), Changes(settings=True, audit=True))


def put_sample_check(session: Session, *, on: bool) -> dict[str, str]:
    """Write the setting and its entry."""
    value = "on" if on else "off"
    with session.vault.unit_of_work() as uow:
        uow.settings.set(SETTING, value)
        settle(session, uow)
        uow.commit(session.event(Kind.SETTING_CHANGED, at=session.now(), detail={"setting": SETTING, "value": value}))
    return {SETTING: value}


def draw_sample(session: Session, *, name: str) -> Answer[Sample | Refusal]:
    """Machine checks over a stack, then a sample by a fresh seed; only its forms are work until it is finished."""
    now = session.now()
    if no := barred(session, "sample_stack", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        stack = open_stack(uow, name)
        if stack.state is not StackState.OPEN:
            raise bad_input("stack_state", "stack", str(stack.state))
        if reason := _against(session, uow, stack):
            return refuse(session, uow, at=now, reason=reason, because=_BECAUSE, detail={"stack": stack.stack_id})
        forms = uow.stacks.forms(stack.stack_id, states=(FormState.TO_CHECK,))
        against = {f.form_id: machine_check(session, uow, f, now) for f in forms}
        frame = [f for f in forms if not against[f.form_id]]
        if not frame:
            return refuse(
                session, uow, at=now, reason="nothing_to_sample", because=_BECAUSE, detail={"stack": stack.stack_id}
            )
        rule = plan(_table(), frame=len(frame), on=shanghai_day(now))
        seed = secrets.token_hex(16)
        ids = [f.form_id for f in frame]
        chosen = draw(ids, seed=seed, size=rule.sample)
        for form in frame:
            if form.form_id in chosen:
                uow.stacks.put_form(replace(form, sampled=True))
        for form in forms:
            if why := against[form.form_id]:
                uow.stacks.put_form(replace(form, findings=(*form.findings, f"{_BY_EYE}{why}")))
        counts = (*((key, n) for key, n in stack.counts if key != "frame"), ("frame", len(frame)))
        uow.stacks.put(replace(stack, state=StackState.SAMPLING, seed=seed, sample=len(chosen), counts=counts))
        digest = frame_digest(ids)
        uow.commit(
            session.event(
                Kind.STACK_CHANGED,
                at=now,
                detail={
                    "stack": stack.stack_id,
                    "act": "sample_drawn",
                    "seed": seed,
                    "frame": len(frame),
                    "frame_sha256": digest,
                    "sample": len(chosen),
                    "by_eye": len(forms) - len(frame),
                    "mark": rule.mark,
                },
            )
        )
    return Answer(
        Sample(
            stack=stack.name,
            seed=seed,
            frame=len(frame),
            frame_sha256=digest,
            by_eye=len(forms) - len(frame),
            chosen=chosen,
            plan=rule,
        ),
        Changes(consents=True, tasks=True, audit=True),
    )


def finish_sample(session: Session, *, name: str) -> Answer[SampleFinished | Refusal]:
    """Every form of the sample was looked at and it carries: the rest of the frame is accepted through it."""
    now = session.now()
    if no := barred(session, "sample_stack", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        stack = open_stack(uow, name)
        if stack.state is not StackState.SAMPLING:
            raise bad_input("stack_state", "stack", str(stack.state))
        if reason := _against(session, uow, stack):
            return refuse(session, uow, at=now, reason=reason, because=_BECAUSE, detail={"stack": stack.stack_id})
        if no := clock_holds(session, uow, (EventKind.CHECK_ACCEPTED,), at=now):
            return no
        forms = uow.stacks.forms(stack.stack_id)
        waiting = [f for f in forms if f.sampled and f.state is FormState.TO_CHECK]
        if waiting:
            raise bad_input("sample_not_done", "stack", str(len(waiting)))
        rest = [f for f in forms if f.state is FormState.TO_CHECK and machine_check(session, uow, f, now) == ""]
        left = sum(f.state is FormState.TO_CHECK for f in forms) - len(rest)
        acts = _accept(session, uow, stack, rest, now)
        uow.stacks.put(replace(stack, state=StackState.OPEN))
        uow.commit(
            session.event(
                Kind.STACK_CHANGED,
                at=now,
                detail={
                    "stack": stack.stack_id,
                    "act": "sample_carried",
                    "seed": stack.seed,
                    "sample": stack.sample,
                    "accepted": len(rest),
                    "acts": acts,
                    "by_eye": left,
                },
            )
        )
    return Answer(
        SampleFinished(stack=stack.name, accepted=len(rest), acts=acts, by_eye=left),
        Changes(consents=True, people=True, tasks=True, audit=True),
    )


def repeat_sample(session: Session, *, name: str) -> Answer[Sample | Refusal]:
    """Draw the last sample of a stack again from its logged seed and compare; for auditors of the procedure."""
    now = session.now()
    if no := barred(session, "sample_stack", at=now):
        return no
    with session.vault.snapshot() as snap:
        stack = snap.stacks.get(name)
        if stack is None or not stack.seed:
            raise bad_input("no_sample", "stack")
        drawn = next(
            (
                entry.data
                for entry in snap.log.find(kind=Kind.STACK_CHANGED, limit=100_000)
                if entry.data["detail"].get("seed") == stack.seed and entry.data["detail"]["act"] == "sample_drawn"
            ),
            None,
        )
        forms = snap.stacks.forms(stack.stack_id)
    if drawn is None:
        return refuse_alone(session, at=now, reason="no_sample_logged", detail={"stack": stack.stack_id})
    at, drawn = datetime.fromisoformat(drawn["at"]), drawn["detail"]
    rule = plan(_table(), frame=int(drawn["frame"]), on=shanghai_day(at))
    ids = [f.form_id for f in forms if _was_in_frame(f, at)]
    again = draw(ids, seed=stack.seed, size=int(drawn["sample"]))
    chosen = tuple(sorted(f.form_id for f in forms if f.sampled))
    return Answer(
        Sample(
            stack=stack.name,
            seed=stack.seed,
            frame=int(drawn["frame"]),
            frame_sha256=str(drawn["frame_sha256"]),
            by_eye=int(drawn["by_eye"]),
            chosen=chosen,
            plan=rule,
            same=again == chosen and frame_digest(ids) == drawn["frame_sha256"],
        )
    )


def machine_check(session: Session, reader: UnitOfWork | Snapshot, form: Form, now: datetime) -> str:
    """Why a form cannot go by sample, "" when machines find nothing against it (rule 2)."""
    if not form.hcp_id or not form.evidence_id or not form.answers:
        return "no_claim"
    if set(form.findings) - _HARMLESS:
        return "finding"
    if form.expected and form.pages < form.expected:
        return "pages_missing"
    states = reader.consents.states(form.hcp_id)
    events = {e.event_id: e for e in reader.consents.events(form.hcp_id)}
    for answer in form.answers:
        event = events.get(answer.event_id)
        rule = terms(session, answer.item, at=now)
        if event is None:
            return "no_claim"
        if rule.separate:
            return "separate_item"
        if event.kind is not EventKind.GIVEN:
            continue
        if not reaches(event.grade, rule.least_grade):
            return "below_least_grade"
        line = states.get(answer.item)
        if line is None or line.event_id != event.event_id or line.status is not ConsentStatus.EVIDENCE_PENDING:
            return "not_pending"
    return ""


def after_decision(session: Session, uow: UnitOfWork, stack: Stack, form: Form, now: datetime) -> bool:
    """Whether the decision about ``form`` returned its whole stack; called inside the transaction that decides."""
    if stack.state is not StackState.SAMPLING or form.state is not FormState.RETURNED:
        return False
    forms = {f.form_id: f for f in uow.stacks.forms(stack.stack_id) if f.sampled} | {form.form_id: form}
    defects = [f.reason for f in forms.values() if f.state is FormState.RETURNED]
    serious = frozenset(code for code, grave in return_reasons().items() if grave)
    rule = plan(_table(), frame=dict(stack.counts).get("frame", 1), on=shanghai_day(now))
    if passes(defects, serious=serious, minor=rule.minor):
        return False
    uow.stacks.put(replace(stack, state=StackState.RETURNED))
    uow.queue(
        session.event(
            Kind.STACK_CHANGED,
            at=now,
            detail={"stack": stack.stack_id, "act": "sample_failed", "seed": stack.seed, "defects": sorted(defects)},
        )
    )
    return True


def _against(session: Session, uow: UnitOfWork, stack: Stack) -> str:
    if uow.settings.get(SETTING) != "on":
        return "sampling_off"
    if session.actor in stack.uploaders:
        return "same_person"
    return ""


def _accept(session: Session, uow: UnitOfWork, stack: Stack, forms: list[Form], now: datetime) -> int:
    """Accept every act of ``forms`` through the sample."""
    acts = [(form, a.event_id) for form in forms for a in form.answers]
    ids = new_ids("EV", len(acts), MANY)
    checks: list[ConsentEvent] = []
    people = sorted({form.hcp_id for form in forms if form.hcp_id})
    history = uow.consents.events_many(people)
    for (form, event_id), check_id in zip(acts, ids, strict=True):
        assert form.hcp_id is not None and session.actor not in excluded(stack, form)
        act = next(e for e in history[form.hcp_id] if e.event_id == event_id)
        if act.kind is not EventKind.GIVEN:
            continue
        outcome = check_evidence(
            event_id,
            event_id=check_id,
            accept=True,
            events=history[form.hcp_id],
            now=now,
            checker=session.actor,
            checker_role=session.role,
        )
        if not isinstance(outcome, Refusal):
            checks.append(replace(outcome, identity_check=f"{MARK}{stack.stack_id}"))
    uow.consents.add_all(checks)
    for hcp_id in people:
        refresh(session, uow, hcp_id, at=now)
    for form in forms:
        uow.stacks.put_form(replace(form, state=FormState.ACCEPTED, decided_by=session.actor, decided_at=now))
    for begin in range(0, len(people), _NAMED):
        detail = {"stack": stack.stack_id, "accepted": True, "through": "sample", "part": begin // _NAMED + 1}
        uow.queue(
            session.event(Kind.CONSENT_CHECKED, at=now, hcps=tuple(people[begin : begin + _NAMED]), detail=detail)
        )
    return len(checks)


def _was_in_frame(form: Form, drawn_at: datetime) -> bool:
    """Whether a sample drawn at ``drawn_at`` was drawn from this form too."""
    if any(code.startswith(_BY_EYE) for code in form.findings):
        return False
    if form.decided_at is None:
        return form.state is FormState.TO_CHECK  # a no of a list was never to be checked
    return form.decided_at >= drawn_at


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(read_text("consent", "sampling.toml"))
