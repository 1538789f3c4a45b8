"""Taking an import back: its people go, and values it changed become what they were.

Rules: (1) for so many days after it was published (parameter ``import_undo_days``), later by amending and erasing one
by one: people have begun to rely on it, and who keeps a way to delete many keeps a danger (PIPL 51); (2) nothing goes
while anything else has touched one of the people it brought in: they are listed with what touched them; (3) a value it
changed goes back where it still is as the import left it; what was changed since stays and is listed; (4) noes it
brought for people who were held stay, channels they declined and states that end contact too: nobody is opened by
taking something back; (5) tasks
it opened are done; (6) a hold for an inspection stands before all this.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from compliance.errors import bad_input
from compliance.model.access import Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.profile import FieldValue
from compliance.model.register import Batch
from compliance.use_cases.ending.holds import held
from compliance.use_cases.imports.import_report import Standing, UndoLook, UndoReport
from compliance.use_cases.imports.import_update import DECLINED, GONE
from compliance.use_cases.people.indexing import reindex
from compliance.use_cases.people.person_states import TASK as DEATH
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.session import Session
from compliance.vault import Maintenance, UndoRefused, UnitOfWork

_NAMED = 500
#: Conflicts an entry of the log names.
_IN_ENTRY = 50


def undo_import(session: Session, *, batch: str) -> Answer[UndoReport | Refusal]:
    """Take a published import back, unless its days are over or later events depend on its people."""
    now = session.now()
    if no := barred(session, "undo_import", at=now):
        return no
    if late := _late(session, _known(session, batch), now):
        detail: dict[str, Scalar | list[Scalar]] = {"batch": batch, "days": late}
        return refuse_alone(session, at=now, reason="import_undo_late", detail=detail)
    with session.vault.unit_of_work() as uow:
        changed = uow.value_changes.people_of(batch)
        brought = uow.batches.people_of(batch)
        if held_back := held(session, uow, (*brought, *changed), at=now, act="undo_import"):
            return held_back
        outcome = uow.batches.undo(batch)
        if not isinstance(outcome, UndoRefused):
            restored, kept = _restore(uow, batch)
            uow.value_changes.remove_of(batch)
            _end_tasks(session, uow, batch, now)
            uow.commit(
                session.event(
                    Kind.IMPORT_UNDONE,
                    at=now,
                    hcps=changed[:_NAMED],
                    detail={"batch": batch, "people": outcome, "restored": restored, "kept": len(kept)},
                )
            )
    if isinstance(outcome, UndoRefused):
        return refuse_alone(
            session,
            at=now,
            reason="import_in_use",
            detail={
                "batch": batch,
                "conflicts": len(outcome.conflicts),
                "people": list(outcome.conflicts[:_IN_ENTRY]),
            },
        )
    return Answer(
        UndoReport(batch=batch, people=outcome, restored=restored, kept=kept),
        Changes(people=True, consents=True, tasks=True, audit=True),
    )


def undo_conflicts(session: Session, *, batch: str) -> Answer[UndoLook | Refusal]:
    """What taking an import back would meet: who stands in the way and why, whose values of
    today would stay in part, until when it may be done."""
    now = session.now()
    if no := barred(session, "undo_import", at=now):
        return no
    known = _known(session, batch)
    with session.vault.snapshot() as snap:
        touched = snap.batches.touches(batch)
        changed = len(snap.value_changes.people_of(batch))
        changed_again = snap.value_changes.changed_again(batch)
    return Answer(
        UndoLook(
            batch=batch,
            conflicts=tuple(Standing(hcp_id=hcp_id, why=why) for hcp_id, why in sorted(touched.items())),
            changed=changed,
            until=_until(session, known),
            late=bool(_late(session, known, now)),
            changed_again=changed_again,
        )
    )


def _known(session: Session, batch: str) -> Batch:
    with session.vault.snapshot() as snap:
        known = snap.batches.get(batch)
    if known is None:
        raise bad_input("unknown_batch", "batch")
    return known


def _until(session: Session, batch: Batch) -> datetime | None:
    if batch.published_at is None:
        return None
    days = session.policy.parameter("import_undo_days", batch.published_at)
    return batch.published_at + timedelta(days=days)


def _late(session: Session, batch: Batch, now: datetime) -> int:
    """The days allowed, when they are over; else 0."""
    until = _until(session, batch)
    if batch.published_at is None or until is None or now < until:
        return 0
    return (until - batch.published_at).days


def _restore(uow: UnitOfWork, batch: str) -> tuple[int, tuple[str, ...]]:
    """How many people's values went back, and whose were changed since."""
    restored: set[str] = set()
    kept: set[str] = set()
    for change in uow.value_changes.of_batch(batch):
        if uow.people.get(change.hcp_id) is None:
            continue  # merged into another meanwhile: the record that is seen has its own history
        stored = uow.sections.read_for(Maintenance.AMEND, change.hcp_id, [change.section]).get(change.section, {})
        values, same = _back(stored, change.values)
        if not same:
            kept.add(change.hcp_id)
        if values != stored:
            uow.sections.write(change.hcp_id, change.section, values)
            restored.add(change.hcp_id)
            if change.section in (Section.DIRECTORY, Section.CONTACT):
                reindex(uow, change.hcp_id)
    return len(restored), tuple(sorted(kept))


def _back(
    stored: Mapping[str, FieldValue], changes: Mapping[str, tuple[FieldValue | None, FieldValue | None]]
) -> tuple[dict[str, FieldValue], bool]:
    """The values with every change taken back that still stands; whether all of them did."""
    values, same = dict(stored), True
    for key, (was, became) in changes.items():
        if key == DECLINED:
            continue
        if stored.get(key) != became:
            same = False
        elif was is None:
            values.pop(key, None)
        else:
            values[key] = was
    return values, same


def _end_tasks(session: Session, uow: UnitOfWork, batch: str, now: datetime) -> None:
    known = uow.batches.get(batch)
    if known is None or known.published_at is None:
        return
    brought = set(uow.batches.people_of(batch))
    for task in uow.tasks.open(kind=DEATH):
        if task.subject == batch and task.hcp_id in brought:
            uow.tasks.done(task.task_id, now, session.actor)
    for task in uow.tasks.open(kind=GONE):
        if task.subject == known.source and task.opened_at == known.published_at:
            uow.tasks.done(task.task_id, now, session.actor)
