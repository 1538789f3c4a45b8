"""Stacks and their forms as work: which there are, what stands where, whose a form is, closing a stack.

Rules: (1) lists show ids, codes and counts; names only to roles that check, logged; (2) a form without a person is
assigned by hand, or joined to the form it is a page of; whoever says whose it is cannot accept it; (3) assigning seals
the document under that person's key, the company's copy goes with the same commit; (4) a stack closes when every form
was decided; documents whose person nobody could name are then deleted.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.importing.documents import Document
from compliance.importing.scanning import Splitter
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind
from compliance.model.intake import Filed, Form, FormAnswer, FormState, Stack, StackState
from compliance.resources import read_text
from compliance.use_cases.ending.holds import held
from compliance.use_cases.notices.notices import known_notice
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seat.times import parse_moment
from compliance.vault import Snapshot, UnitOfWork

_CHECKS = (EventKind.CHECK_ACCEPTED, EventKind.CHECK_REJECTED)
_OPEN = (StackState.OPEN, StackState.SAMPLING, StackState.RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSummary:
    """One stack in numbers: ``counts`` by state of its forms, ``reasons`` of what was returned."""

    stack: Stack
    counts: Mapping[str, int]
    reasons: Mapping[str, int]

    @property
    def waiting(self) -> int:
        """Forms nobody has decided yet."""
        return self.counts.get("split", 0) + self.counts.get("to_check", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """One form in a list. ``display`` is name and hospital for who may see them, else the id, "" without a person."""

    form: Form
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignForm:
    """Whose a form is and what it answers. ``items`` "" keeps those of its code. Days are ISO text, "" unknown."""

    form_id: str
    hcp_id: str
    notice: str = ""
    items: tuple[str, ...] = ()
    signed_on: str = ""
    pages: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackClosed:
    """A closed stack; ``deleted`` documents belonged to nobody."""

    stack: str
    accepted: int
    returned: int
    deleted: int


def list_stacks(session: Session) -> Answer[tuple[StackSummary, ...] | Refusal]:
    """All stacks that are work or were, newest first."""
    if no := barred(session, "see_stacks", at=session.now()):
        return no
    with session.vault.snapshot() as snap:
        stacks = [s for s in snap.stacks.all() if s.state is not StackState.FILLING]
        return Answer(tuple(_summary(snap, stack) for stack in stacks))


def show_stack(
    session: Session, *, name: str, states: tuple[FormState, ...] = (), limit: int = 500
) -> Answer[tuple[StackSummary, tuple[FormRow, ...]] | Refusal]:
    """A stack and its forms in order, those of ``states`` only where given."""
    now = session.now()
    if no := barred(session, "see_stacks", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        stack = known_stack(uow, name)
        forms = uow.stacks.forms(stack.stack_id, states=states or tuple(FormState), limit=limit)
        names: dict[str, str] = {}
        people = sorted({f.hcp_id for f in forms if f.hcp_id})
        if people and may(session.role, "check_evidence"):
            names = {h: f"{row.name} · {row.hospital}" for h, row in uow.index.get_many(people).items()}
            uow.commit(
                session.event(
                    Kind.LIST_SHOWN,
                    at=now,
                    hcps=tuple(people),
                    purpose=str(Purpose.RIGHTS),
                    fields=("full_name", "institution_name"),
                    detail={"what": "stack", "stack": stack.stack_id, "people": len(people)},
                )
            )
        rows = tuple(FormRow(form=f, display=names.get(f.hcp_id or "", f.hcp_id or "")) for f in forms)
        return Answer((_summary(uow, stack), rows), Changes(audit=bool(names)))


def assign_form(session: Session, *, request: AssignForm) -> Answer[Form | Refusal]:
    """Say whose a form is; its document moves under that person's key. Also for a returned form, after mending."""
    now = session.now()
    if no := barred(session, "assign_forms", at=now, hcp_id=request.hcp_id):
        return no
    notice = known_notice(session, request.notice) if request.notice else None
    signed = ""
    if request.signed_on:
        parse_moment(request.signed_on, field="signed_on", now=now)
        signed = request.signed_on
    with session.vault.unit_of_work() as uow:
        form, stack = known_form(uow, request.form_id)
        if form.state not in (FormState.SPLIT, FormState.RETURNED) or any(a.event_id for a in form.answers):
            raise bad_input("form_state", "form", str(form.state))
        person = known_person(uow, request.hcp_id)
        items = request.items or tuple(a.item for a in form.answers)
        ref = notice.ref if notice else form.notice
        if not items or ref is None:
            raise bad_input("items_and_notice_needed", "line" if ref else "notice")
        spoken = notice or known_notices(session, uow)[ref]
        for item in items:
            if spoken.line(item) is None:
                raise bad_input("item_not_in_notice", "line", item, ", ".join(line.item for line in spoken.lines))
        claimed = {a.item: a for a in form.answers}
        form = replace(
            form,
            state=FormState.TO_CHECK,
            filed=Filed.HAND,
            reason="",
            notice=ref,
            answers=tuple(claimed.get(item, FormAnswer(item=item)) for item in items),
            acted_on=signed or form.acted_on,
            expected=request.pages or form.expected,
            place_of_original=request.place or form.place_of_original or stack.place_of_original,
            assigned_by=session.actor,
            decided_by="",
            decided_at=None,
        )
        form = move_document(uow, form, person.hcp_id)
        uow.stacks.put_form(form)
        uow.commit(
            session.event(
                Kind.FORM_ASSIGNED,
                at=now,
                hcps=(person.hcp_id,),
                detail={"form": form.form_id, "stack": stack.stack_id, "items": list(items), "notice": ref},
            )
        )
    return Answer(form, Changes(consents=True, tasks=True, audit=True))


def join_form(session: Session, *, form_id: str, to: str) -> Answer[Form | Refusal]:
    """A stray page belongs to another form that waits: joined behind its pages, the stray form is done."""
    now = session.now()
    if no := barred(session, "assign_forms", at=now):
        return no
    with session.vault.snapshot() as snap:
        stray, _ = known_form(snap, form_id)
        target, _ = known_form(snap, to)
    if stray.form_id == target.form_id or stray.state is not FormState.SPLIT or not stray.evidence_id:
        raise bad_input("form_state", "form", str(stray.state))
    if target.state is not FormState.TO_CHECK or not target.evidence_id or not target.hcp_id:
        raise bad_input("form_state", "to", str(target.state))
    if any(a.event_id for a in target.answers):
        raise bad_input("form_state", "to", "list")
    with session.vault.unit_of_work() as uow:
        parts = [Document(uow.evidence.open(found.evidence_id or ""), found.media_type) for found in (target, stray)]
        with Splitter(children=1) as splitter:
            whole = splitter.join(parts)
        row = uow.evidence.seal(target.hcp_id, whole.data, whole.media_type)
        uow.evidence.remove([target.evidence_id, stray.evidence_id])
        pages = target.pages + stray.pages
        found = tuple(c for c in target.findings if c != "pages_missing" or pages < target.expected)
        joined = replace(
            target,
            evidence_id=row.evidence_id,
            sha256=row.sha256,
            media_type=row.media_type,
            pages=pages,
            source_pages=(*target.source_pages, *stray.source_pages),
            findings=found,
            assigned_by=session.actor,
        )
        uow.stacks.put_form(joined)
        uow.stacks.put_form(
            replace(
                stray, state=FormState.DONE, reason="joined", evidence_id=None, decided_by=session.actor, decided_at=now
            )
        )
        uow.commit(
            session.event(
                Kind.FORM_ASSIGNED,
                at=now,
                hcps=(target.hcp_id,),
                detail={"form": stray.form_id, "joined_to": target.form_id, "pages": pages, "sha256": row.sha256},
            )
        )
    return Answer(joined, Changes(consents=True, tasks=True, audit=True))


def close_stack(session: Session, *, name: str) -> Answer[StackClosed | Refusal]:
    """Every form was decided: returned ones are done, documents that belong to nobody are deleted."""
    now = session.now()
    if no := barred(session, "close_stack", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        stack = open_stack(uow, name)
        summary = _summary(uow, stack)
        if summary.waiting:
            raise bad_input("forms_waiting", "stack", str(summary.waiting))
        returned = uow.stacks.forms(stack.stack_id, states=(FormState.RETURNED,))
        nobodys = [f.evidence_id for f in returned if f.evidence_id and not f.hcp_id]
        if nobodys and (held_back := held(session, uow, None, at=now, act="close_stack")):
            return held_back  # whose they are is not known, so whatever is held may be among them
        uow.evidence.remove(nobodys)
        for form in returned:
            kept = None if form.hcp_id is None else form.evidence_id
            uow.stacks.put_form(replace(form, state=FormState.DONE, evidence_id=kept))
        uow.stacks.put(replace(stack, state=StackState.CLOSED))
        accepted = summary.counts.get("accepted", 0)
        uow.commit(
            session.event(
                Kind.STACK_CHANGED,
                at=now,
                detail={
                    "stack": stack.stack_id,
                    "act": "closed",
                    "accepted": accepted,
                    "returned": len(returned),
                    "deleted": len(nobodys),
                },
            )
        )
    return Answer(
        StackClosed(stack=stack.name, accepted=accepted, returned=len(returned), deleted=len(nobodys)),
        Changes(consents=True, tasks=True, audit=True),
    )


def write_document(path: Path, data: bytes) -> None:
    """Put a form's document where a viewer can show it; the owner's eyes only. ExportError, ``file_exists``."""
    if path.exists():
        raise bad_input("file_exists", "out")
    write_file(path, data)


def known_stack(reader: UnitOfWork | Snapshot, name: str) -> Stack:
    """A stack by name or id that is nobody's filling. InputErrors ``unknown_stack``."""
    stack = reader.stacks.get(name)
    if stack is None or stack.state is StackState.FILLING:
        raise bad_input("unknown_stack", "stack", "", ", ".join(s.name for s in reader.stacks.all()[:5]))
    return stack


def open_stack(reader: UnitOfWork | Snapshot, name: str) -> Stack:
    """A stack that can still be worked on. InputErrors ``unknown_stack``, ``stack_state``."""
    stack = known_stack(reader, name)
    if stack.state not in _OPEN:
        raise bad_input("stack_state", "stack", str(stack.state))
    return stack


def known_form(reader: UnitOfWork | Snapshot, form_id: str) -> tuple[Form, Stack]:
    """A form and its open stack. InputErrors ``unknown_form``, ``stack_state``."""
    form = reader.stacks.form(form_id)
    stack = reader.stacks.get(form.stack_id) if form else None
    if form is None or stack is None or stack.state is StackState.FILLING:
        raise bad_input("unknown_form", "form")
    return form, open_stack(reader, stack.stack_id)


def move_document(uow: UnitOfWork, form: Form, hcp_id: str) -> Form:
    """The form under ``hcp_id``, its document sealed under that person's key and under no other."""
    if form.evidence_id and form.hcp_id is None:
        row = uow.evidence.move(form.evidence_id, hcp_id)
    elif form.evidence_id and form.hcp_id != hcp_id:
        row = uow.evidence.seal(hcp_id, uow.evidence.open(form.evidence_id), form.media_type)
        uow.evidence.remove([form.evidence_id])
    else:
        return replace(form, hcp_id=hcp_id)
    return replace(form, hcp_id=hcp_id, evidence_id=row.evidence_id, sha256=row.sha256)


def settle_form(session: Session, uow: UnitOfWork, act: ConsentEvent, *, now: datetime, defect: str) -> None:
    """An act that came with a form was checked by itself: the form is decided once all its acts are."""
    form = uow.stacks.of_event(act.hcp_id, act.event_id)
    if form is None or form.state is not FormState.TO_CHECK:
        return
    history = uow.consents.events(act.hcp_id)
    checked = {e.target: e.kind for e in history if e.kind in _CHECKS}
    mine = {e.event_id for e in history if e.kind is EventKind.GIVEN} & {a.event_id for a in form.answers}
    if mine <= checked.keys():
        rejected = any(checked[event_id] is EventKind.CHECK_REJECTED for event_id in mine)
        state = FormState.RETURNED if rejected else FormState.ACCEPTED
        uow.stacks.put_form(decided(form, state, session, now, reason=(defect or "other") if rejected else ""))


@cache
def return_reasons() -> dict[str, bool]:
    """Reason of return → whether it is serious."""
    table: dict[str, Any] = tomllib.loads(read_text("consent", "returns.toml"))["reasons"]
    return {code: bool(facts["serious"]) for code, facts in table.items()}


def defects() -> tuple[str, ...]:
    """What a check of a single proof may find, in the order it is offered."""
    return tuple(tomllib.loads(read_text("consent", "returns.toml"))["defects"])


def excluded(stack: Stack, form: Form) -> frozenset[str]:
    """Who cannot decide about a form: whoever brought it, and whoever said whose it is (REQ-017)."""
    return frozenset({*stack.uploaders, form.assigned_by} - {""})


def _summary(reader: UnitOfWork | Snapshot, stack: Stack) -> StackSummary:
    return StackSummary(
        stack=stack, counts=reader.stacks.counts(stack.stack_id), reasons=reader.stacks.reasons(stack.stack_id)
    )


def decided(form: Form, state: FormState, session: Session, now: datetime, *, reason: str = "") -> Form:
    """The form with somebody's word on it."""
    return replace(form, state=state, reason=reason, decided_by=session.actor, decided_at=now)
