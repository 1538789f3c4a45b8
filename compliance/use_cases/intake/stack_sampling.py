"""Old stacks by sample: machine checks for every form, a second person's eyes for those a seed chose.

Rules: (1) only where the privacy officer enabled it and a second person signed, because it loosens; turning it off
takes one; (2) only what :mod:`.machine_checks` finds nothing against: acts a list or log claimed, or scanned forms of
ours whose boxes a machine read clearly; every sensitive, sharing, publishing, overseas or profiling item stays for
eyes; (3) the seed is random, chosen by nobody, logged
with the digest of what it chose from, so that the sample can be drawn again and compared; (4) whoever brought the stack
neither draws nor finishes the sample; (5) one serious defect, or too many minor ones, returns the whole stack at once:
every form by eye; eyes that saw another answer or day than was claimed or read are a serious defect, also where the
form was accepted; (6) acts accepted through the sample say so for ever (``VALID_SAMPLE_CHECKED``). The rule carries the
mark for counsel (``resources/consent/sampling.toml``).
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.consent.checks import check_evidence
from compliance.consent.sampling import MARK, SamplePlan, draw, frame_digest, passes, plan
from compliance.errors import bad_input
from compliance.i18n import Lang
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind
from compliance.model.ids import MANY, new_ids
from compliance.model.intake import Form, FormState, Stack, StackState
from compliance.model.register import PendingRequest
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.intake.machine_checks import (
    BY_EYE,
    acts_read,
    differs,
    is_read,
    kept_by_eye,
    machine_check,
    machine_checks,
    sampling_table,
)
from compliance.use_cases.intake.stacks import excluded, open_stack, return_reasons
from compliance.use_cases.notices.renderings import bind_all
from compliance.use_cases.seat.acting import barred, refuse, refuse_alone
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork

SETTING = "sample_check"
_BECAUSE = (Reference("PIPL", "69"), Reference("PIPL", "14(1)"))
_NAMED = 500
#: Finding on an accepted form of a sample: eyes saw something else, with what.
_OTHERWISE = "otherwise:"


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
    reasons: tuple[tuple[str, int], ...] = ()  # why forms are looked at by eye
    same: bool | None = None  # of a sample drawn again: whether it is the one that was drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTried:
    """What machine checks say before anything is drawn: ``sample`` of ``frame`` forms would be looked at; ``kept``
    are (form, reason) of those that stay for eyes."""

    stack: str
    frame: int
    sample: int
    kept: tuple[tuple[str, str], ...]

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """Reason → forms."""
        return _counted(reason for _, reason in self.kept)


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


def try_sample(session: Session, *, name: str) -> Answer[SampleTried | Refusal]:
    """The machine checks alone: nothing is drawn, nothing changes."""
    now = session.now()
    if no := barred(session, "sample_stack", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        stack = open_stack(uow, name)
        forms = uow.stacks.forms(stack.stack_id, states=(FormState.TO_CHECK,))
        against = machine_checks(session, uow, stack, forms, now)
    frame = sum(not why for why in against.values())
    size = plan(sampling_table(), frame=frame, on=shanghai_day(now)).sample if frame else 0
    kept = tuple((form_id, why) for form_id, why in against.items() if why)
    return Answer(SampleTried(stack=stack.name, frame=frame, sample=size, kept=kept))


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
        against = machine_checks(session, uow, stack, forms, now)
        frame = [f for f in forms if not against[f.form_id]]
        if not frame:
            return refuse(
                session, uow, at=now, reason="nothing_to_sample", because=_BECAUSE, detail={"stack": stack.stack_id}
            )
        rule = plan(sampling_table(), frame=len(frame), on=shanghai_day(now))
        seed = secrets.token_hex(16)
        ids = [f.form_id for f in frame]
        chosen = draw(ids, seed=seed, size=rule.sample)
        for form in frame:
            if form.form_id in chosen:
                uow.stacks.put_form(replace(form, sampled=True))
        for form in forms:
            if (why := against[form.form_id]) and not kept_by_eye(form):
                uow.stacks.put_form(replace(form, findings=(*form.findings, f"{BY_EYE}{why}")))
        reasons = _counted(why for why in against.values() if why)
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
                    "reasons": [f"{code}={number}" for code, number in reasons],
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
            reasons=reasons,
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
        rest = [f for f in forms if f.state is FormState.TO_CHECK and machine_check(session, uow, stack, f, now) == ""]
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
    rule = plan(sampling_table(), frame=int(drawn["frame"]), on=shanghai_day(at))
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


def after_decision(session: Session, uow: UnitOfWork, stack: Stack, form: Form, now: datetime) -> bool:
    """Whether the decision about ``form`` returned its whole stack; called inside the transaction that decides."""
    if stack.state is not StackState.SAMPLING or not _defect(form):
        return False
    forms = {f.form_id: f for f in uow.stacks.forms(stack.stack_id) if f.sampled} | {form.form_id: form}
    defects = [defect for f in forms.values() if (defect := _defect(f))]
    serious = frozenset(code for code, grave in return_reasons().items() if grave)
    rule = plan(sampling_table(), frame=dict(stack.counts).get("frame", 1), on=shanghai_day(now))
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


def seen_otherwise(form: Form, stack: Stack, said: Sequence[tuple[str, str]], signed: date | None) -> Form:
    """The form with what eyes saw other than was claimed or read, where it is one of a sample (rule 5)."""
    if stack.state is not StackState.SAMPLING or not form.sampled:
        return form
    what = differs(form, stack, said, signed)
    return replace(form, findings=(*form.findings, f"{_OTHERWISE}{what}")) if what else form


def _defect(form: Form) -> str:
    """The defect a decided form of a sample shows, "" for none."""
    if form.state is FormState.RETURNED:
        return form.reason
    otherwise = (code.removeprefix(_OTHERWISE) for code in form.findings if code.startswith(_OTHERWISE))
    return next(otherwise, "") if form.state is FormState.ACCEPTED else ""


def _counted(codes: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(codes).items()))


def _against(session: Session, uow: UnitOfWork, stack: Stack) -> str:
    if uow.settings.get(SETTING) != "on":
        return "sampling_off"
    if session.actor in stack.uploaders:
        return "same_person"
    return ""


def _accept(session: Session, uow: UnitOfWork, stack: Stack, forms: list[Form], now: datetime) -> int:
    """Accept every act of ``forms`` through the sample: those a list claimed, and those a machine read."""
    people = sorted({form.hcp_id for form in forms if form.hcp_id})
    made: list[ConsentEvent] = []
    shown: dict[str, list[ConsentEvent]] = {}
    for form in forms:
        assert form.hcp_id is not None and session.actor not in excluded(stack, form)
        if is_read(form):
            acts = acts_read(session, uow, stack, form, now, check=f"{MARK}{stack.stack_id}")
            assert not isinstance(acts, Refusal)  # the machine check of this transaction found none
            uow.consents.add_all(acts)  # at once: another form of the same person is judged after this one
            made += acts
            shown.setdefault(form.reading.lang if form.reading else str(Lang.ZH), []).extend(acts)
    notices = known_notices(session, uow)
    for lang, acts in shown.items():
        bind_all(session, uow, acts, notices, lang=lang)
    checks = _claims_accepted(session, uow, stack, [f for f in forms if not is_read(f)], now)
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
    return sum(event.kind is EventKind.CHECK_ACCEPTED for event in (*made, *checks))


def _claims_accepted(
    session: Session, uow: UnitOfWork, stack: Stack, forms: list[Form], now: datetime
) -> list[ConsentEvent]:
    """Checks of the acts a list claimed."""
    acts = [(form, a.event_id) for form in forms for a in form.answers]
    ids = new_ids("EV", len(acts), MANY)
    history = uow.consents.events_many(sorted({form.hcp_id for form in forms if form.hcp_id}))
    checks: list[ConsentEvent] = []
    for (form, event_id), check_id in zip(acts, ids, strict=True):
        act = next(e for e in history[form.hcp_id or ""] if e.event_id == event_id)
        if act.kind is not EventKind.GIVEN:
            continue
        outcome = check_evidence(
            event_id,
            event_id=check_id,
            accept=True,
            events=history[act.hcp_id],
            now=now,
            checker=session.actor,
            checker_role=session.role,
        )
        if not isinstance(outcome, Refusal):
            checks.append(replace(outcome, identity_check=f"{MARK}{stack.stack_id}"))
    return checks


def _was_in_frame(form: Form, drawn_at: datetime) -> bool:
    """Whether a sample drawn at ``drawn_at`` was drawn from this form too."""
    if kept_by_eye(form):
        return False
    if form.decided_at is None:
        return form.state is FormState.TO_CHECK  # a no of a list was never to be checked
    return form.decided_at >= drawn_at
