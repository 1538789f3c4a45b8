"""Withdrawal (PIPL 15): always accepted, by any member of staff who may enter one, acting at the next read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.consent.standing import items_to_withdraw, withdraw
from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import Method, Precision
from compliance.model.ids import MANY, new_id
from compliance.model.register import Person, Task
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.field.recalling import recall_all_of
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import lines_of
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.times import parse_moment
from compliance.vault import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What was withdrawn and which tasks are open for it: new ones, and those that a withdrawal before has opened."""

    withdrawn: tuple[str, ...]
    tasks: tuple[str, ...]


def withdraw_consent(
    session: Session, *, hcp_id: str, items: Sequence[str] | None, received_at: str, channel: str
) -> Answer[Withdrawn | Refusal]:
    """Withdraw items (None: everything ever said yes to). No reason asked; effective when received (PIPL 15)."""
    now = session.now()
    if no := barred(session, "withdraw", at=now, hcp_id=hcp_id):
        return no
    received, precision = parse_moment(received_at, field="received_at", now=now)
    guard(session, {"channel": channel})
    for item in items or ():
        if not session.policy.knows_item(item):
            raise bad_input("unknown_line", "line", item, session.policy.nearest_item(item))
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        before = lines_of(session, uow, hcp_id=hcp_id, at=now)
        chosen = tuple(dict.fromkeys(items)) if items is not None else items_to_withdraw(before.values())
        if not chosen:
            chosen = session.policy.purposes[Purpose.VISIT].items_any
        done, entry = enter_withdrawal(
            session,
            uow,
            person,
            chosen,
            received_at=received,
            precision=precision,
            channel=channel,
            recorder=session.actor,
            now=now,
        )
        uow.commit(entry)
    return Answer(done, Changes(consents=True, people=True, audit=True, tasks=True))


def enter_withdrawal(
    session: Session,
    uow: UnitOfWork,
    person: Person,
    items: tuple[str, ...],
    *,
    received_at: datetime,
    precision: Precision,
    channel: str,
    recorder: str,
    now: datetime,
) -> tuple[Withdrawn, AuditEvent]:
    """Put a withdrawal and everything it opens into ``uow``; the entry to commit it with. ``recorder`` received it."""
    events = withdraw(
        person.hcp_id,
        items,
        event_ids=[new_id("EV", MANY) for _ in items],
        received_at=received_at,
        method=nearest_method(channel),
        channel=channel,
        now=now,
        recorder=recorder,
        precision=precision,
    )
    for event in events:
        uow.consents.add(event)
    recalls = recall_all_of(session, uow, person.hcp_id, at=now, why="withdrawn")
    refresh(session, uow, person.hcp_id, at=now)
    tasks = (*recalls, *open_stopping_tasks(uow, person, now), *open_review(uow, person, items_reviewed(items), now))
    entry = session.event(
        Kind.CONSENT_WITHDRAWN,
        at=now,
        hcps=(person.hcp_id,),
        detail={
            "items": list(items),
            "events": [e.event_id for e in events],
            "received_at": received_at.isoformat(),
            "channel": channel,
            "tasks": list(tasks),
        },
    )
    return Withdrawn(withdrawn=items, tasks=tasks), entry


def open_stopping_tasks(uow: UnitOfWork, person: Person, now: datetime) -> tuple[str, ...]:
    """What stops an item outside this store: packs in the field, source systems and recipients to tell (REQ-031)."""
    subjects: list[tuple[str, str]] = []
    for rep in uow.assignments.rep_of(person.hcp_id):
        if (pack := uow.bundles.last(rep)) is not None and now < pack.expires_at:
            subjects.append(("refresh_pack", rep))
    subjects += [("tell_recipient", r) for r in sorted({r for r, _, _ in uow.transfers.of(person.hcp_id)})]
    if person.batch is not None:
        subjects.append(("tell_source", person.batch))
    return _open(uow, person, subjects, now)


def items_reviewed(items: tuple[str, ...]) -> str:
    """What a review of deletion after these items names."""
    return ",".join(sorted(items))[:200]


def open_review(uow: UnitOfWork, person: Person, subject: str, now: datetime) -> tuple[str, ...]:
    """The review of deletion: delete, or say what keeps it (PIPL 47(1)(1), (3))."""
    return _open(uow, person, [("review_deletion", subject)], now)


def _open(uow: UnitOfWork, person: Person, subjects: list[tuple[str, str]], now: datetime) -> tuple[str, ...]:
    """The tasks of these subjects: new ones, and those that wait already."""
    waiting = {(task.kind, task.subject): task.task_id for task in uow.tasks.open(hcp_id=person.hcp_id)}
    done: list[str] = []
    for kind, subject in subjects:
        if known := waiting.get((kind, subject)):
            done.append(known)
            continue
        task = Task(
            task_id=new_id("TK"),
            kind=kind,
            hcp_id=person.hcp_id,
            subject=subject,
            due=now + timedelta(hours=24),
            opened_at=now,
            done_at=None,
            done_by="",
        )
        uow.tasks.add(task)
        done.append(task.task_id)
    return tuple(done)


def nearest_method(channel: str) -> Method:
    """The way a withdrawal came in, as near as the channel's words tell."""
    text = channel.casefold()
    words = (
        (Method.PHONE, ("phone", "电话", "call", "sms", "短信")),
        (Method.EMAIL, ("mail", "邮")),
        (Method.WECHAT, ("wechat", "wecom", "微信")),
    )
    return next((m for m, known in words if any(w in text for w in known)), Method.PAPER)
