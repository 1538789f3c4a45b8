"""Taking an import of consents back, while nobody has checked, voided or followed one of its acts."""

from dataclasses import dataclass, replace

from compliance.errors import bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.intake import StackKind, StackState
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.ending.holds import held
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.session import Session

#: People an entry names at most.
_NAMED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTakenBack:
    """A consent import that was undone."""

    stack: str
    acts: int
    people: int


def undo_consent_import(session: Session, *, name: str) -> Answer[ImportTakenBack | Refusal]:
    """Take a consent import back while nobody has checked, voided or followed one of its acts."""
    now = session.now()
    if no := barred(session, "undo_consent_import", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        stack = uow.stacks.get(name)
        if stack is None or stack.kind is StackKind.SCAN:
            raise bad_input("unknown_stack", "stack")
        if stack.state is StackState.UNDONE:
            raise bad_input("stack_state", "stack", str(stack.state))
        forms = uow.stacks.forms(stack.stack_id)
        acts = {a.event_id for f in forms for a in f.answers if a.event_id}
        people = sorted({f.hcp_id for f in forms if f.hcp_id})
        if held_back := held(session, uow, people, at=now, act="undo_consent_import"):
            return held_back
        history = uow.consents.events_many(people)
        built_on = sum(e.target in acts for events in history.values() for e in events)
        if built_on == 0:
            uow.consents.take_back(sorted(acts))
            uow.renderings.unbind(sorted(acts))
            uow.evidence.remove(sorted({f.evidence_id for f in forms if f.evidence_id}))
            uow.stacks.remove_forms(stack.stack_id)
            for hcp_id in people:
                uow.consents.forget_states(hcp_id)
                refresh(session, uow, hcp_id, at=now)
            uow.stacks.put(replace(stack, state=StackState.UNDONE))
            uow.commit(
                session.event(
                    Kind.IMPORT_UNDONE,
                    at=now,
                    hcps=tuple(people[:_NAMED]),
                    detail={"stack": stack.stack_id, "acts": len(acts), "people": len(people)},
                )
            )
    if built_on == 0:
        session.vault.keep_taken_back(acts)
    if built_on:
        return refuse_alone(
            session, at=now, reason="import_in_use", detail={"stack": stack.stack_id, "conflicts": built_on}
        )
    return Answer(
        ImportTakenBack(stack=stack.name, acts=len(acts), people=len(people)),
        Changes(consents=True, people=True, tasks=True, audit=True),
    )
