"""A person is said to be deceased, not to be contacted, or dormant (PIPL 44, 49; REQ-089): contact closes at once.

Rules: (1) one person suffices to say it: it protects; the reason is one of a closed list, with the day, the source and
the paper as far as they are known; (2) a death that one person or one list says is *reported*: it closes like a death,
and a task waits for the second look. A second person, or the same with another source of the register, makes it
*deceased* (law.md C20; PIPL 8); (3) consents in force of every purpose the state closes are suspended by it, so that
lists, feeds to source systems, campaigns and retention follow as they follow any suspension; what the handler still
owes (fees) is no contact and goes on; (4) papers in the field come back, packs are to be renewed, recipients and the
source are to be told, deliveries that waited are closed; a confirmed death opens the review of deletion (PIPL
47(1)(1)); (5) an import says the same for everybody it names (:func:`say_for_list`), and never confirms; (6) undoing
stands in :mod:`.person_state_end`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.consent.standing import handler_act
from compliance.errors import bad_input
from compliance.importing.documents import read_document
from compliance.model.access import Block, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.consent import EventKind
from compliance.model.ids import MANY, new_id
from compliance.model.person_state import BLOCKS, LIST, STATE_OF, WHYS, PersonState, Statement
from compliance.model.register import Person, Task
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.consent.withdrawing import open_review, open_stopping_tasks
from compliance.use_cases.field.recalling import recall_closed
from compliance.use_cases.notices.campaigns import end_deliveries
from compliance.use_cases.people.removal import records
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.facts import lines_of
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.times import parse_day
from compliance.vault import Snapshot, UnitOfWork

#: The task of whoever looks at a reported death.
TASK = "death_report"
#: People an entry names.
_NAMED = 500
#: Blocks that report or state the same thing: nothing more is said by the weaker one.
_REPORTED = {PersonState.DECEASED: Block.DEATH_REPORTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What was said. ``confirmed`` is False for a death nobody has looked at a second time."""

    hcp_id: str
    state: PersonState
    confirmed: bool
    suspended: tuple[str, ...]
    tasks: tuple[str, ...]
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonStanding:
    """The blocks of a person that are states, and everything ever said of them, oldest first."""

    hcp_id: str
    blocks: tuple[Block, ...]
    said: tuple[Statement, ...]


def mark_state(
    session: Session,
    *,
    hcp_id: str,
    state: PersonState,
    reason: str,
    source: str = "",
    day: str = "",
    evidence: Path | None = None,
) -> Answer[Marked | Refusal]:
    """Say it, or say a reported death a second time. InputErrors ``unknown_reason``, ``unknown_source``, ``bad_date``,
    ``in_the_future``, ``state_stands`` and those of files."""
    now = session.now()
    if no := barred(session, "mark_state", at=now, hcp_id=hcp_id):
        return no
    if reason not in WHYS[state]:
        raise bad_input("unknown_reason", "reason", reason, ", ".join(WHYS[state]))
    since = _day(day, now)
    paper = read_document(evidence) if evidence is not None else None
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        if source and uow.sources.get(source) is None:
            raise bad_input("unknown_source", "source", source)
        if BLOCKS[state][0] in person.blocks:
            raise bad_input("state_stands", "state", str(state))
        before = [said for said in statements(uow, hcp_id) if said.state is state and said.stands]
        second = state in _REPORTED and bool(before)
        if second and not _another(before, session.actor, source):
            return refuse(session, uow, at=now, reason="second_person_needed", hcp_id=hcp_id,
                          detail={"state": str(state)})  # fmt: skip
        if second and (no := barred_within(session, uow, "confirm_death", at=now, hcp_id=hcp_id)):
            return no
        sealed = uow.evidence.seal(hcp_id, paper.data, paper.media_type).evidence_id if paper is not None else ""
        said = Statement(
            statement_id=new_id("PS"), hcp_id=hcp_id, state=state, said_at=now, said_by=session.actor, reason=reason,
            source=source, day=since, evidence=sealed,
        )  # fmt: skip
        marked = _confirm(session, uow, person, said, before, now) if second else _say(session, uow, person, said, now)
        uow.commit(
            session.event(Kind.PERSON_BLOCKED, at=now, hcps=(hcp_id,), detail=_entry(marked, said))
        )  # fmt: skip
    return Answer(marked, Changes(people=True, consents=True, tasks=True, audit=True))


def person_states(session: Session, *, hcp_id: str) -> Answer[PersonStanding | Refusal]:
    """What stands and what was said of one person, with its entry."""
    now = session.now()
    if no := barred(session, "see_states", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        said = statements(uow, hcp_id)
        uow.commit(session.event(Kind.LIST_SHOWN, at=now, hcps=(hcp_id,), detail={"what": "person_states"}))
    blocks = tuple(block for block in Block if block in person.blocks and block in STATE_OF)
    return Answer(PersonStanding(hcp_id=hcp_id, blocks=blocks, said=said))


def reported_deaths(session: Session) -> Answer[tuple[Statement, ...] | Refusal]:
    """Deaths that wait for a second look, oldest first, with their entry."""
    now = session.now()
    if no := barred(session, "see_states", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        waiting = tuple(uow.person_states.unconfirmed())
        people = tuple(dict.fromkeys(said.hcp_id for said in waiting))
        detail: dict[str, Scalar | list[Scalar]] = {"what": "death_reports", "people": len(people)}
        uow.commit(session.event(Kind.LIST_SHOWN, at=now, hcps=people[:_NAMED], detail=detail))
    return Answer(waiting)


def statements(reader: UnitOfWork | Snapshot, hcp_id: str) -> tuple[Statement, ...]:
    """What was said of the person in this record and in those merged into it, oldest first."""
    found = list(reader.person_states.of(hcp_id))
    for record in records(reader, hcp_id)[1:]:
        found += reader.person_states.of_merged(record)
    return tuple(sorted(found, key=lambda said: (said.said_at, said.statement_id)))


def say_for_list(
    session: Session,
    uow: UnitOfWork,
    said: Mapping[str, Sequence[PersonState]],
    *,
    source: str,
    batch: str,
    at: datetime,
    fresh: frozenset[str] = frozenset(),
) -> dict[PersonState, int]:
    """Rule 5, in the transaction that publishes a list; how many people each state is new for. ``fresh``: people the
    list brought in, whose block stands already and of whom nobody has read or printed anything."""
    new: dict[PersonState, list[str]] = {}
    held: dict[PersonState, list[str]] = {}
    for hcp_id, states in said.items():
        for state in states:
            person = uow.people.get(hcp_id)
            if person is None:
                continue
            one = Statement(
                statement_id=new_id("PS", MANY), hcp_id=hcp_id, state=state, said_at=at, said_by=session.actor,
                reason=LIST, source=source, batch=batch,
            )  # fmt: skip
            if person.blocks.isdisjoint(BLOCKS[state]):
                _say(session, uow, person, one, at)
                held.setdefault(state, []).append(hcp_id)
            elif hcp_id in fresh:
                uow.person_states.put(one)
                if state in _REPORTED:
                    _look_task(session, uow, one, at)
            else:
                _say_again(uow, person, one)
                continue
            new.setdefault(state, []).append(hcp_id)
    for state, people in held.items():
        for begin in range(0, len(people), _NAMED):
            part = tuple(people[begin : begin + _NAMED])
            detail = {"block": str(_block(state)), "on": True, "reason": LIST, "source": source, "batch": batch}
            uow.queue(session.event(Kind.PERSON_BLOCKED, at=at, hcps=part, detail=detail))
    return {state: len(people) for state, people in new.items()}


def stand_again(session: Session, *, hcp_id: str, block: Block) -> bool:
    """After a restore of an older backup: a state that stood meanwhile stands again; False where this role may not."""
    now = session.now()
    state = STATE_OF[block]
    if isinstance(barred(session, "mark_state", at=now, hcp_id=hcp_id), Answer):
        return False
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        said = Statement(
            statement_id=new_id("PS"), hcp_id=hcp_id, state=state, said_at=now, said_by=session.actor,
            reason="restored",
        )  # fmt: skip
        marked = _say(session, uow, person, said, now)
        if block is Block.DECEASED:
            marked = _confirm(session, uow, known_person(uow, hcp_id), said, (), now)
        uow.commit(session.event(Kind.PERSON_BLOCKED, at=now, hcps=(hcp_id,), detail=_entry(marked, said)))
    return True


def _day(text: str, now: datetime) -> date | None:
    if not text:
        return None
    day = parse_day(text, field="day")
    if day > shanghai_day(now):
        raise bad_input("in_the_future", "day")
    return day


def barred_within(session: Session, uow: UnitOfWork, act: str, *, at: datetime, hcp_id: str) -> Answer[Refusal] | None:
    """As ``barred``, inside a transaction that has written nothing yet."""
    from compliance.use_cases.seat.duties import may, references

    if may(session.role, act):
        return None
    return refuse(
        session, uow, at=at, reason="role_not_allowed", hcp_id=hcp_id, detail={"act": act}, because=references()
    )


def _another(before: Sequence[Statement], actor: str, source: str) -> bool:
    """Whether a second statement comes from somebody else, or from a source that has not said it yet."""
    if any(said.said_by != actor for said in before):
        return True
    if len({said.source for said in before if said.source}) > 1:
        return True  # two sources have said it: one person may look
    return bool(source) and all(said.source and said.source != source for said in before)


def _say_again(uow: UnitOfWork, person: Person, said: Statement) -> None:
    """Another source says of a reported death what one said before: kept, for whoever looks at it."""
    if Block.DEATH_REPORTED in person.blocks and said.state in _REPORTED:
        before = uow.person_states.standing(person.hcp_id, said.state)
        if before and all(one.source != said.source for one in before):
            uow.person_states.put(said)


def _block(state: PersonState) -> Block:
    """The block one statement puts on a person."""
    return _REPORTED.get(state, BLOCKS[state][0])


def _say(session: Session, uow: UnitOfWork, person: Person, said: Statement, now: datetime) -> Marked:
    """Rules 2 to 4 for a first statement."""
    block = _block(said.state)
    uow.people.set_blocks(person.hcp_id, person.blocks | {block})
    uow.before_commit(partial(session.vault.keep_standing, person.hcp_id, str(block), True, now))
    tasks = [*recall_closed(session, uow, person.hcp_id, at=now), *open_stopping_tasks(uow, person, now)]
    events, items = _suspend(session, uow, person.hcp_id, block, now)
    end_deliveries(session, uow, person.hcp_id, at=now)
    uow.person_states.put(replace(said, suspended=events))
    if said.state in _REPORTED:
        tasks.append(_look_task(session, uow, said, now))
    return Marked(
        hcp_id=person.hcp_id, state=said.state, confirmed=said.state not in _REPORTED, suspended=items,
        tasks=tuple(tasks), events=events,
    )  # fmt: skip


def _confirm(
    session: Session, uow: UnitOfWork, person: Person, said: Statement, before: Sequence[Statement], now: datetime
) -> Marked:
    """The second statement of a death."""
    whole = person.blocks - {Block.DEATH_REPORTED} | {Block.DECEASED}
    uow.people.set_blocks(person.hcp_id, whole)
    for block, on in ((Block.DECEASED, True), (Block.DEATH_REPORTED, False)):
        uow.before_commit(partial(session.vault.keep_standing, person.hcp_id, str(block), on, now))
    tasks = [*recall_closed(session, uow, person.hcp_id, at=now), *open_stopping_tasks(uow, person, now)]
    events, items = _suspend(session, uow, person.hcp_id, Block.DECEASED, now)
    for one in before:
        uow.person_states.put(replace(one, confirmed_at=now, confirmed_by=session.actor))
    uow.person_states.put(replace(said, suspended=events, confirmed_at=now, confirmed_by=session.actor))
    tasks += open_review(uow, person, str(said.state), now)
    end_look(uow, person.hcp_id, now, by=session.actor)
    off = {"block": str(Block.DEATH_REPORTED), "on": False, "reason": "confirmed"}
    uow.queue(session.event(Kind.PERSON_BLOCKED, at=now, hcps=(person.hcp_id,), detail=off))
    return Marked(
        hcp_id=person.hcp_id, state=said.state, confirmed=True, suspended=items, tasks=tuple(tasks), events=events,
    )  # fmt: skip


def _suspend(
    session: Session, uow: UnitOfWork, hcp_id: str, block: Block, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Suspend what the block closes and is in force; the events and their items (C20)."""
    closes = closed_purposes(session, block, now)
    lines = lines_of(session, uow, hcp_id=hcp_id, at=now) if closes and block is not Block.DORMANT else {}
    items = tuple(item for item, line in lines.items() if line.open and line.purpose in closes)
    events = tuple(new_id("EV", MANY) for _ in items)
    for item, event_id in zip(items, events, strict=True):
        uow.consents.add(
            handler_act(
                EventKind.SUSPENDED, hcp_id=hcp_id, item=item, event_id=event_id, now=now, recorder=session.actor
            )
        )
    if items:
        refresh(session, uow, hcp_id, at=now)
    return events, items


def closed_purposes(session: Session, block: Block, at: datetime) -> frozenset[Purpose]:
    """What a block closes under the rules of the day."""
    rule = session.policy_at(at).blocks.get(str(block))
    return rule.closes if rule is not None else frozenset()


def _look_task(session: Session, uow: UnitOfWork, said: Statement, now: datetime) -> str:
    """The task of the second look, one for each person."""
    waiting = uow.tasks.open(kind=TASK, hcp_id=said.hcp_id)
    if waiting:
        return waiting[0].task_id
    task = Task(
        task_id=new_id("TK", MANY), kind=TASK, hcp_id=said.hcp_id, subject=said.batch or said.source,
        due=now + timedelta(days=session.policy.parameter("rights_answer_days", now)), opened_at=now, done_at=None,
        done_by="",
    )  # fmt: skip
    uow.tasks.add(task)
    return task.task_id


def end_look(uow: UnitOfWork, hcp_id: str, now: datetime, *, by: str) -> None:
    """A reported death was looked at."""
    for task in uow.tasks.open(kind=TASK, hcp_id=hcp_id):
        uow.tasks.done(task.task_id, now, by)


def _entry(marked: Marked, said: Statement) -> dict[str, Scalar | list[Scalar]]:
    block = BLOCKS[said.state][0] if marked.confirmed else _block(said.state)
    return {
        "block": str(block), "on": True, "reason": said.reason, "source": said.source,
        "day": said.day.isoformat() if said.day else "", "evidence": said.evidence,
        "items": list(marked.suspended), "events": list(marked.events), "tasks": list(marked.tasks),
    }  # fmt: skip
