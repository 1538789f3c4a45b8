"""Wrong rows of the state table are found in every way a line can be checked: by likeness, by shape, merged, alone.

What is right is said by ``settled_lines`` over each person's own events, line by line, without any grouping.
"""

import json
import random
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from compliance.clock import FixedClock, day_start, shanghai_day
from compliance.consent.ordering import acts_from
from compliance.consent.settled import settled_lines
from compliance.consent.shapes import Shapes
from compliance.model.answer import Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, Grade, LineStatus, Method, Precision
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.facts import Reader, terms
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault.consent import histories
from compliance.vault.engine.times import from_micros

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
#: Hours until an act is entered, before three more: on its day, before it, around the ends of a lock and of a term.
WAITS = (0, -9, -40, *[24 * days for days in (179, 180, 181, 729, 730, 731, 1100)])
SHOWN = (0, 0, 0, 0, 1, 30)
PEOPLE = 1300
COLUMNS = ("status", "valid_until", "code", "since", "notice", "grade", "event_id", "ask_again_from", "may_ask")
T = TypeVar("T")
ITEMS = ("visit", "digital/email")
K = EventKind
#: In what a history may differ from the plain one.
WAYS = (
    "hour", "entered", "checked", "about", "by", "paper", "undated", "shown", "received", "notice",
    "until", "grade", "check", "asked",
)  # fmt: skip
ABOUT = (K.CHECK_ACCEPTED, K.CHECK_REJECTED, K.INVALIDATED)
#: Kinds of a history in order of entry; what follows the first speaks about it.
BASES = (
    (K.GIVEN, K.CHECK_ACCEPTED), (K.GIVEN, K.CHECK_ACCEPTED), (K.GIVEN, K.CHECK_REJECTED), (K.GIVEN,),
    (K.IMPORTED_YES,), (K.IMPORTED_NO,), (K.IMPORTED_NO, K.INVALIDATED), (K.REFUSED,), (K.WITHDRAWN,), (K.PRESENTED,),
    *[(K.WITHDRAWN, K.INVALIDATED)] * 3, (K.GIVEN, K.INVALIDATED), (K.REFUSED,), (K.IMPORTED_YES,), (K.GIVEN,),
    (K.GIVEN, K.CHECK_ACCEPTED, K.WITHDRAWN), (K.GIVEN, K.GIVEN), (K.INVALIDATED,), (K.REFUSED, K.GIVEN),
    (K.GIVEN, K.CHECK_ACCEPTED, K.GIVEN, K.CHECK_ACCEPTED),
    (K.GIVEN, K.CHECK_ACCEPTED, K.WITHDRAWN, K.GIVEN, K.CHECK_ACCEPTED),
)  # fmt: skip
#: An ordinary day, ends of months, leap days; as midnights in Shanghai.
DAYS = [
    datetime(*day, 16, tzinfo=UTC)
    for day in (
        *[(2022, 6, 1)] * 12,
        *((2022, 6, 2), (2022, 6, 17), (2023, 6, 1), (2022, 2, 27)),
        *((2022, 2, 28), (2022, 2, 26), (2021, 12, 30), (2022, 8, 30), (2023, 8, 30), (2024, 2, 27), (2024, 2, 28)),
        *((2022, 1, 27), (2022, 1, 28), (2022, 1, 29), (2022, 1, 30)),
    )
]


class Teller:
    """Makes histories that differ from the plain one of their kinds in few ways, so that nearly alike ones abound."""

    def __init__(self, seed: int) -> None:
        self.dice, self.made = random.Random(seed), 0
        self.wild: set[str] = set()

    def line(self, hcp_id: str, item: str) -> list[ConsentEvent]:
        self.wild = set(self.dice.sample(WAYS, self.dice.choice((0, 1, 1, 2, 3))))
        kinds, day = self.dice.choice(BASES), self.dice.choice(DAYS)
        events = [self.event(hcp_id, item, kinds[0], day)]
        for kind in kinds[1:]:
            day += timedelta(days=self.dice.choice((0, 30, 180, 181, 182, 730, 731)))
            last = events[-1]
            told = self.event(hcp_id, item, kind, day)
            if kind in ABOUT:
                after = last.recorded_at + timedelta(
                    hours=self.some("checked", self.dice.choice((3, 30, 40)), -30, -3, 24 * 1200)
                )
                about = self.some("about", last.event_id, None, "EV-ELSEWHERE")
                told = replace(told, recorded_at=after, acted_at=after, target=about)
            events.append(told)
        return events

    def event(self, hcp_id: str, item: str, kind: EventKind, day: datetime) -> ConsentEvent:
        self.made += 1
        some = self.some
        acted = day + some(
            "hour", timedelta(hours=self.dice.choice((0, 12))), timedelta(hours=9), timedelta(microseconds=1)
        )
        waited = some("entered", self.dice.choice((24, 24, 24, -9, -28, -40, 24 * 800)), *WAITS)
        bare = kind in (K.WITHDRAWN, K.IMPORTED_NO)
        paper = some("paper", None if bare else "ED", None, "", "ED")
        return ConsentEvent(
            event_id=f"EV-{self.dice.randrange(36**6):010}{self.made:06}",
            hcp_id=hcp_id,
            item=item,
            kind=kind,
            method=Method.IMPORT,
            recorded_at=acted + timedelta(hours=waited + 3),
            recorded_by=some("by", "chen", "wu") if kind in ABOUT else "wu",
            acted_at=some("undated", acted, None),
            presented_at=some(
                "shown", acted + timedelta(hours=self.dice.choice(SHOWN)), acted - timedelta(hours=30), None
            ),
            received_at=some("received", None, acted + timedelta(days=1)) if kind is K.WITHDRAWN else None,
            precision=self.dice.choice((Precision.DAY, Precision.SECOND)),
            notice=some("notice", "CK-VISIT@1.0", "CK-OTHER@1.0", None),
            valid_until=some("until", None, *[acted + timedelta(days=days) for days in (1, 2, 180, 700)]),
            evidence_id=paper and f"{paper}-{self.made}",
            grade=some("grade", self.dice.choice((*[Grade.E1] * 8, Grade.E4)), Grade.E3, Grade.E4),
            identity_check=some("check", None if bare else "method:paper", None, "method:paper", "sample:S1"),
            asked_by_hcp=some("asked", False, True),
        )

    def some(self, way: str, usual: T, *others: T) -> T:
        """The first, in all but a few ways of a history."""
        return self.dice.choice((usual, *others)) if way in self.wild else usual


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
        for hcp_id in [f"HCP-{b32encode(number.to_bytes(5)).decode()}" for number in range(PEOPLE)]:
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
    assert (found.people, found.events) == (PEOPLE, events)


def plant(session: Session, seed: int) -> None:
    """Each row is replaced by that of a random other line, its event by the person's own at the same place, its
    instants mostly moved to the person's own day; of half of them only one column."""
    dice = random.Random(seed)
    alike: dict[tuple[object, ...], list[tuple[LineStatus, list[ConsentEvent]]]] = {}
    with session.vault.unit_of_work() as uow:
        for hcp_id in sorted(uow.people.ids()):
            events = uow.consents.events(hcp_id)
            for item, line in uow.consents.states(hcp_id).items():
                mine = [e for e in events if e.item == item]
                kinds = alike.setdefault((item, *(e.kind for e in mine)), [])
                length = alike.setdefault((item, len(mine)), [])
                kinds.append((line, mine))
                length.append((line, mine))
                other, theirs = dice.choice(dice.choice((kinds, kinds, length)))
                names = {e.event_id: own.event_id for e, own in zip(theirs, mine, strict=False)}
                planted = replace(other, event_id=names.get(other.event_id or "", other.event_id))
                if dice.random() < 0.8:
                    planted = moved(planted, acts_from(theirs[0]), acts_from(mine[0]))
                if dice.random() < 0.5:
                    column = dice.choice(COLUMNS)
                    value = getattr(planted, column)
                    planted = replace(line, **{column: value if column != "event_id" else dice.choice(mine).event_id})
                uow.consents.set_state(hcp_id, planted)
        uow.commit(session.event(Kind.STATES_REBUILT, at=NOW))


def moved(line: LineStatus, theirs: datetime, mine: datetime) -> LineStatus:
    """A line as it would be if the act had been on another day."""
    by = dawn(mine) - dawn(theirs)
    since = mine if line.since == theirs else line.since and line.since + by
    until, again = line.valid_until, line.ask_again_from
    return replace(line, since=since, valid_until=until and until + by, ask_again_from=again and again + by)


def dawn(instant: datetime) -> datetime:
    return day_start(shanghai_day(instant))


@pytest.mark.parametrize("seed", range(4))
def test_a_row_that_would_be_right_for_another_history_is_found(store: Session, seed: int) -> None:
    plant(store, seed)
    count, lines = wrong(store)
    assert count > 100
    found = rebuilt(store, mend=True)
    assert (found.differing, found.rows) == (count, lines)
    assert rebuilt(store).differing == wrong(store)[0] == 0


@pytest.fixture(scope="module")
def likenesses(store: Session) -> list[tuple[tuple[object, ...], list[object], bool]]:
    """Of right and of planted rows: terms and reach, the parts of the likeness, whether the row is right."""
    found, truth = [], {}
    for seed in range(4, 15):
        if seed > 4:
            plant(store, seed)
        with store.vault.snapshot() as snap:
            notices = known_notices(store, snap)
            truth = truth or {hcp_id: settled(store, snap, hcp_id) for hcp_id in snap.people.ids()}
            for part in snap.histories.parts(acts=rebuilding.ACTS, about=rebuilding.ABOUT, mark=rebuilding.MARK):
                held = {hcp: snap.consents.states(hcp_id) for hcp, hcp_id in part.ids.items()}
                for line in part.lines:
                    item = snap.consents.item_name(line.item)
                    held_then = terms(store, item, at=from_micros(line.last))
                    reach = Shapes(held_then, notices).reach(line.day)
                    right = truth[part.ids[line.hcp]][item] == held[line.hcp].get(item)
                    if line.text is not None:
                        found.append(((held_then, reach), json.loads(line.text), right))
        rebuilt(store, mend=True)
    return found


#: All parts but those this store has no pair of lines for: the end an act names, an entry a day before, a sample.
PARTS = [place for place in range(len(histories._PARTS)) if place not in (3, 10, 17)]


@pytest.mark.parametrize("without", [*PARTS, "reach", "nothing"])
def test_nothing_can_be_left_out_of_a_likeness(likenesses, without: int | str) -> None:  # type: ignore[no-untyped-def]
    groups: dict[tuple[object, ...], set[bool]] = {}
    for (held, reach), parts, right in likenesses:
        left = (*parts[:without], *parts[without + 1 :]) if isinstance(without, int) else tuple(parts)
        groups.setdefault((held, reach if without != "reach" else None, left), set()).add(right)
    apart = any(len(verdicts) > 1 for verdicts in groups.values())
    assert apart == (without != "nothing")


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
