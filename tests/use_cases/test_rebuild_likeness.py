"""Wrong rows of the state table are found in every way a line can be checked: by likeness, by shape, merged, alone.

What is right is said by ``settled_lines`` over each person's own events, line by line, without any grouping.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from compliance.clock import FixedClock
from compliance.consent.ordering import acts_from
from compliance.consent.settled import settled_lines
from compliance.model.answer import Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, Grade, LineStatus, Method, Precision
from compliance.model.ids import new_ids
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.facts import Reader, terms
from compliance.use_cases.seat.session import Session, known_notices

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
T = TypeVar("T")
ITEMS = ("visit", "digital/email")
K = EventKind
#: Kinds of a history in order of entry; what follows the first speaks about it.
BASES = (
    (K.GIVEN, K.CHECK_ACCEPTED), (K.GIVEN, K.CHECK_ACCEPTED), (K.GIVEN, K.CHECK_REJECTED), (K.GIVEN,),
    (K.IMPORTED_YES,), (K.IMPORTED_NO,), (K.IMPORTED_NO, K.INVALIDATED), (K.REFUSED,), (K.WITHDRAWN,), (K.PRESENTED,),
    (K.GIVEN, K.CHECK_ACCEPTED, K.WITHDRAWN), (K.GIVEN, K.GIVEN), (K.INVALIDATED,),
)  # fmt: skip
SHANGHAI_DAY = datetime(2022, 5, 31, 16, tzinfo=UTC)


class Teller:
    """Makes histories that differ from the plain one of their kinds in few things, so that nearly alike ones abound."""

    def __init__(self, seed: int) -> None:
        self.dice, self.made = random.Random(seed), 0

    def line(self, hcp_id: str, item: str) -> list[ConsentEvent]:
        kinds = self.dice.choice(BASES)
        first = self.event(hcp_id, item, kinds[0], "wu")
        events = [first]
        for kind in kinds[1:]:
            after = first.recorded_at + timedelta(hours=self.some(3, -30, 40, 24 * 1200))
            told = replace(self.event(hcp_id, item, kind, self.some("chen", "wu")), recorded_at=after)
            about = self.some(first.event_id, None, "EV-ELSEWHERE") if kind is not K.GIVEN else None
            events.append(replace(told, target=about, acted_at=after if kind is not K.GIVEN else told.acted_at))
        return events

    def event(self, hcp_id: str, item: str, kind: EventKind, by: str) -> ConsentEvent:
        self.made += 1
        some = self.some
        acted = SHANGHAI_DAY + timedelta(days=some(1, 2), hours=some(0, 9), microseconds=some(0, 1))
        paper = some("paper", "call", "none") if kind in (K.GIVEN, K.CHECK_ACCEPTED) else some("none", "paper")
        return ConsentEvent(
            event_id=f"EV-{self.dice.randrange(36**6):010}{self.made:06}",
            hcp_id=hcp_id,
            item=item,
            kind=kind,
            method=Method.IMPORT,
            recorded_at=acted + timedelta(days=some(1, 0, 1090, 1100, 2000), hours=some(3, -1)),
            recorded_by=by,
            acted_at=some(acted, None),
            presented_at=some(acted, acted - timedelta(hours=30), acted + timedelta(hours=1), None),
            received_at=some(None, acted + timedelta(days=1)) if kind is K.WITHDRAWN else None,
            precision=some(Precision.DAY, Precision.SECOND),
            notice=some("CK-VISIT@1.0", "CK-OTHER@1.0", None),
            valid_until=some(None, acted + timedelta(days=1092)),
            evidence_id=f"ED-{self.made}" if paper != "none" else None,
            grade=Grade.E4 if paper == "call" else Grade.E1,
            identity_check=some(None, "method:paper", "sample:S1"),
            asked_by_hcp=some(False, True),
        )

    def some(self, usual: T, *others: T) -> T:
        """Mostly the first."""
        return usual if self.dice.random() < 0.93 else self.dice.choice(others)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("likeness")
    clock = FixedClock(NOW)
    made = sessions.create_vault(
        folder / "a.ckvault", owner="zhao", handler="x", passphrase="correct horse battery", clock=clock, sandbox=True
    )
    session = sessions.open_session(made.vault, user="zhao", passphrase="correct horse battery", clock=clock)
    assert isinstance(session, Session)
    teller = Teller(20261124)
    with session.vault.unit_of_work() as uow:
        for hcp_id in new_ids("HCP", 900):
            uow.people.add(hcp_id, created_at=NOW)
            for item in ITEMS:
                uow.consents.add_all(teller.line(hcp_id, item))
            for line in settled(session, uow, hcp_id).values():
                uow.consents.set_state(hcp_id, line)
        uow.commit(session.event(Kind.STATES_REBUILT, at=NOW))
    yield session
    sessions.close_session(session)


def settled(session: Session, reader: Reader, hcp_id: str) -> dict[str, LineStatus]:
    events = reader.consents.events(hcp_id)
    lines = settled_lines(
        events, terms_of=lambda item, then: terms(session, item, at=then), notices=known_notices(session, reader)
    )
    return {line.item: replace(line, kinds=frozenset(), recipient="") for line in lines}


def rebuilt(session: Session, *, mend: bool = False) -> rebuilding.StatesRebuilt:
    found = rebuilding.rebuild_states(session, mend=mend, progress=NoProgress()).value
    assert not isinstance(found, Refusal)
    return found


def wrong(session: Session) -> tuple[int, int]:
    """(rows that are not what the events say, lines), each worked out by itself."""
    count = lines = 0
    with session.vault.snapshot() as snap:
        for hcp_id in snap.people.ids():
            held = snap.consents.states(hcp_id)
            for item, line in settled(session, snap, hcp_id).items():
                lines += 1
                count += held.pop(item, None) != line
            count += len(held)
    return count, lines


def test_right_rows_are_right_in_every_path(store: Session) -> None:
    found = rebuilt(store)
    with store.vault.snapshot() as snap:
        parts = list(snap.histories.parts(acts=rebuilding.ACTS, about=rebuilding.ABOUT, mark=rebuilding.MARK))
        events = snap.histories.count()
    texts = [line.text for part in parts for line in part.lines]
    alike = [text for text in texts if text is not None]
    assert len(alike) > len(set(alike)) > 100  # likenesses repeat,
    assert texts.count(None) > 100  # and others have none
    assert (found.differing, (0, found.rows)) == (0, wrong(store))
    assert (found.people, found.events) == (900, events)


@pytest.mark.parametrize("seed", range(4))
def test_a_row_that_would_be_right_for_another_history_is_found(store: Session, seed: int) -> None:
    """Each row is replaced by that of a random other line, its event by the person's own at the same place."""
    dice = random.Random(seed)
    alike: dict[tuple[object, ...], list[tuple[LineStatus, list[ConsentEvent]]]] = {}
    with store.vault.unit_of_work() as uow:
        for hcp_id in uow.people.ids():
            events = uow.consents.events(hcp_id)
            for item, line in uow.consents.states(hcp_id).items():
                mine = [e for e in events if e.item == item]
                others = alike.setdefault((item, *(e.kind for e in mine)), [])
                others.append((line, mine))
                planted, theirs = dice.choice(others)
                names = [e.event_id for e in theirs]
                if planted.event_id in names:
                    planted = replace(planted, event_id=mine[names.index(planted.event_id)].event_id)
                first, other = acts_from(mine[0]), acts_from(theirs[0])
                if planted.since == other and dice.random() < 0.8:
                    planted = replace(planted, since=first)
                uow.consents.set_state(hcp_id, planted)
        uow.commit(store.event(Kind.STATES_REBUILT, at=NOW))
    count, lines = wrong(store)
    assert count > 100
    found = rebuilt(store, mend=True)
    assert (found.differing, found.rows) == (count, lines)
    assert rebuilt(store).differing == wrong(store)[0] == 0


SPOILED = {
    "status": lambda line: replace(
        line, status=ConsentStatus.REFUSED if line.status != "refused" else ConsentStatus.GIVEN
    ),
    "valid_until": lambda line: replace(line, valid_until=(line.valid_until or NOW) + timedelta(microseconds=1)),
    "no_end": lambda line: replace(line, valid_until=None if line.valid_until else NOW),
    "code": lambda line: replace(line, code="OTHER"),
    "since": lambda line: replace(line, since=(line.since or NOW) + timedelta(microseconds=1)),
    "no_since": lambda line: replace(line, since=None if line.since else NOW),
    "notice": lambda line: replace(line, notice="CK-VISIT@0.9"),
    "grade": lambda line: replace(line, grade=Grade.E2),
    "event": lambda line: replace(line, event_id="EV-OTHER"),
    "no_event": lambda line: replace(line, event_id=None if line.event_id else "EV-OTHER"),
    "ask_again": lambda line: replace(line, ask_again_from=(line.ask_again_from or NOW) + timedelta(days=1)),
    "may_ask": lambda line: replace(line, may_ask=not line.may_ask),
}


@pytest.mark.parametrize("column", [*SPOILED, "missing", "orphan", "both"])
def test_every_column_of_every_line_counts(store: Session, column: str) -> None:
    """``both``: as many rows missing as rows without any event, so that their numbers agree."""
    spoiled = 0
    with store.vault.unit_of_work() as uow:
        for at, hcp_id in enumerate(uow.people.ids()):
            states = uow.consents.states(hcp_id)
            item, line = next(iter(states.items()))
            if at % 3 == 0:
                continue
            if column == "missing" or (column == "both" and at % 3 == 1):
                uow.consents.drop_state(hcp_id, item)
            elif column in ("orphan", "both"):
                uow.consents.set_state(hcp_id, replace(line, item="research", purpose="research"))
            else:
                uow.consents.set_state(hcp_id, SPOILED[column](line))
            spoiled += 1
        uow.commit(store.event(Kind.STATES_REBUILT, at=NOW))
    found = rebuilt(store, mend=True)
    assert (found.differing, wrong(store)[0]) == (spoiled, 0)
