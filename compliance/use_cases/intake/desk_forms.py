"""A form as it lies on the checking desk: its picture, whose it is, and what machines can tell of it.

Rules: (1) opening is logged before anything of the form leaves; who brought it or said whose it is does not get it;
(2) what machines can tell is on the checklist; signature, boxes and name are for eyes; (3) a day is offered to be taken
over, never preset.
"""

from dataclasses import dataclass
from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.model.access import Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.intake import Form, FormState, Stack, StackState
from compliance.use_cases.intake.form_readings import proposed
from compliance.use_cases.intake.stacks import excluded, known_form, open_stack
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import UnitOfWork

BECAUSE = (Reference("PIPL", "69"), Reference("PIPL", "14(1)"))


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

    @property
    def said(self) -> dict[str, str]:
        """item → what a machine read, in its own words."""
        return {one.item: str(one.said) for one in self.form.reading.items} if self.form.reading else {}

    @property
    def read(self) -> dict[str, str]:
        """item → answer a machine proposes, of those it was sure of."""
        return proposed(self.form.reading)

    def __repr__(self) -> str:
        return f"DeskForm({self.form.form_id}, {len(self.data)} bytes)"


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
            return refuse(session, uow, at=now, reason="same_person", because=BECAUSE, detail={"stack": found.name})
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
        checklist=checklist(form, place=form.place_of_original or stack.place_of_original, signed=None),
        offered_on=offered(form, stack),
        left=left,
        separate=frozenset(a.item for a in form.answers if terms(session, a.item, at=now, reader=uow).separate),
        data=data,
    )


def checklist(form: Form, *, place: str, signed: date | None) -> tuple[CheckLine, ...]:
    """What a machine can tell (rule 2)."""
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


def offered(form: Form, stack: Stack) -> date | None:
    """The day that may be taken over: the one a list claims, else the one named for the stack."""
    if form.acted_on:
        text = form.acted_on
        return date.fromisoformat(text) if len(text) == 10 else shanghai_day(datetime.fromisoformat(text))
    return stack.offered_on
