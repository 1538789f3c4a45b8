"""What was said of a person is undone: a wrong death, contact wished again, back in practice (PIPL 8, 15, 44).

Rules: (1) undoing opens, so it is weighed by what it opens: a *reported* death is corrected by somebody other than who
reported it; a confirmed one, and a do-not-contact entered by mistake, by two people; the person's own wish to be
contacted again by one, with the day it came in and its paper; *dormant* by one; (2) consents the state suspended are
in force again from now, unless they ended, were withdrawn, or another state still closes them: then they wait for that
one (C21); (3) papers recalled meanwhile stay recalled; (4) records merged into the person's lose the statement with
it; (5) a restore of an older backup says again what stood, never what was undone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.consent.standing import handler_act
from compliance.errors import bad_input
from compliance.importing.documents import Document, read_document
from compliance.model.access import Block
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.consent import ConsentStatus, EventKind
from compliance.model.ids import MANY, new_id
from compliance.model.person_state import BLOCKS, WHYS_NOT, PersonState, Statement
from compliance.model.register import PendingRequest, Person
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.people.objections import heard
from compliance.use_cases.people.person_states import closed_purposes, end_look, statements
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.facts import lines_of
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork

ACTION = "lift_state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmarked:
    """What was undone, and which consents are in force again by it."""

    hcp_id: str
    state: PersonState
    resumed: tuple[str, ...]


def unmark_state(
    session: Session,
    *,
    hcp_id: str,
    state: PersonState,
    reason: str,
    received_at: str = "",
    channel: str = "",
    evidence: Path | None = None,
) -> Answer[Unmarked | PendingRequest | Refusal]:
    """Undo a state, or ask a second person to. InputErrors ``unknown_reason``, ``state_not_there``, and for the
    person's own word ``channel_missing``, ``evidence_missing``, bad times and files."""
    now = session.now()
    if no := barred(session, "unmark_state", at=now, hcp_id=hcp_id):
        return no
    if reason not in WHYS_NOT[state]:
        raise bad_input("unknown_reason", "reason", reason, ", ".join(WHYS_NOT[state]))
    own_word = state is PersonState.DO_NOT_CONTACT and reason == "person_says"
    said: tuple[datetime, str] | None = None
    paper: Document | None = None
    if own_word:
        said = heard(session, received_at=received_at, channel=channel, now=now)
        if evidence is None:
            raise bad_input("evidence_missing", "evidence")
        paper = read_document(evidence)
    with session.vault.snapshot() as snap:
        person = known_person(snap, hcp_id)
        _there(person, state)
        two = not own_word and _takes_two(session, person, state, statements(snap, hcp_id))
    if two:
        params = {"hcp": hcp_id, "state": str(state), "reason": reason}
        return ask_second(session, action=ACTION, at=now, params=params, hcps=(hcp_id,))
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        _there(person, state)
        if no := clock_holds(session, uow, (EventKind.RESUMED,), at=now, hcp_id=hcp_id):
            return no
        detail: dict[str, Scalar | list[Scalar]] = {}
        if said is not None and paper is not None:
            proof = uow.evidence.seal(hcp_id, paper.data, paper.media_type)
            detail = {"received_at": said[0].isoformat(), "channel": said[1], "evidence": proof.evidence_id}
        lifted = _lift(session, uow, person, state, reason, detail, now)
    _forget(session, person, state, now)
    return Answer(lifted, Changes(people=True, consents=True, tasks=True, audit=True))


def carry_lift_state(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    """The second signature."""
    now = session.now()
    hcp_id, state = params["hcp"], PersonState(params["state"])
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        _there(person, state)
        if no := clock_holds(session, uow, (EventKind.RESUMED,), at=now, hcp_id=hcp_id):
            assert isinstance(no.value, Refusal)
            return no.value
        settle(session, uow)
        lifted = _lift(session, uow, person, state, params["reason"], {}, now)
    _forget(session, person, state, now)
    return {"hcp_id": hcp_id, "state": str(state), "resumed": list(lifted.resumed)}


def _there(person: Person, state: PersonState) -> None:
    if person.blocks.isdisjoint(BLOCKS[state]):
        raise bad_input("state_not_there", "state", str(state))


def _takes_two(session: Session, person: Person, state: PersonState, said: Sequence[Statement]) -> bool:
    """Rule 1, where it is not the person's own word."""
    if state is PersonState.DORMANT:
        return False
    if state is PersonState.DO_NOT_CONTACT or Block.DECEASED in person.blocks:
        return True
    standing = [one for one in said if one.state is state and one.stands]
    return not standing or any(one.said_by == session.actor for one in standing)


def _lift(
    session: Session,
    uow: UnitOfWork,
    person: Person,
    state: PersonState,
    why: str,
    detail: Mapping[str, Scalar | list[Scalar]],
    now: datetime,
) -> Unmarked:
    """Take the blocks away and commit."""
    hcp_id = person.hcp_id
    uow.people.set_blocks(hcp_id, person.blocks - set(BLOCKS[state]))
    events: list[str] = []
    others: list[Statement] = []
    for said in statements(uow, hcp_id):
        if not said.stands:
            continue
        if said.state is not state:
            others.append(said)
            continue
        events += said.suspended
        if said.hcp_id != hcp_id:
            uow.reach_merged(said.hcp_id)
        uow.person_states.put(replace(said, lifted_at=now, lifted_by=session.actor, lifted_why=why))
    resumed, acts = _resume(session, uow, hcp_id, events, others, now)
    if state is PersonState.DECEASED:
        end_look(uow, hcp_id, now, by=session.actor)
    gone = [block for block in BLOCKS[state] if block in person.blocks]
    for block in gone:
        said_so = {
            "block": str(block),
            "on": False,
            "reason": why,
            "items": list(resumed),
            "events": list(acts),
            **detail,
        }
        event = session.event(Kind.PERSON_BLOCKED, at=now, hcps=(hcp_id,), detail=said_so)
        if block is gone[-1]:
            uow.commit(event)
        else:
            uow.queue(event)
    return Unmarked(hcp_id=hcp_id, state=state, resumed=resumed)


def _resume(
    session: Session, uow: UnitOfWork, hcp_id: str, events: Sequence[str], others: Sequence[Statement], now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Rule 2; the items in force again, and the events that say so."""
    if not events:
        return (), ()
    lines = lines_of(session, uow, hcp_id=hcp_id, at=now)
    resumed: dict[str, str] = {}
    for event_id in events:
        act = uow.consents.event(event_id)
        if act is None or lines[act.item].status is not ConsentStatus.SUSPENDED:
            continue
        keeper = next((o for o in others if lines[act.item].purpose in _closed(session, o, now)), None)
        if keeper is not None:
            known = next(one for one in statements(uow, hcp_id) if one.statement_id == keeper.statement_id)
            if known.hcp_id != hcp_id:
                uow.reach_merged(known.hcp_id)
            uow.person_states.put(replace(known, suspended=(*known.suspended, event_id)))
            continue
        made = new_id("EV", MANY)
        uow.consents.add(
            handler_act(
                EventKind.RESUMED, hcp_id=hcp_id, item=act.item, event_id=made, now=now,
                recorder=session.actor, target=event_id,
            )
        )  # fmt: skip
        resumed[made] = act.item
    after = refresh(session, uow, hcp_id, at=now)
    return tuple(item for item in dict.fromkeys(resumed.values()) if after[item].open), tuple(resumed)


def _closed(session: Session, said: Statement, now: datetime) -> frozenset[Any]:
    if said.state is PersonState.DORMANT:
        return frozenset()
    return closed_purposes(session, BLOCKS[said.state][0], now)


def _forget(session: Session, person: Person, state: PersonState, now: datetime) -> None:
    for block in BLOCKS[state]:
        if block in person.blocks:
            session.vault.keep_standing(person.hcp_id, str(block), False, now)
