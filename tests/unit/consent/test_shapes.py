"""Histories of one shape have one outcome, told by marks; and whatever is left out of a shape, outcomes come apart.

Days stand at ends of months, at leap days, at both ends of terms, locks and silences, and at midnight in Shanghai; what
is right is said by ``settled_lines`` of each history alone.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

import pytest
from consent_support import at, line, notice
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st

from compliance.consent.settled import settled_lines
from compliance.consent.shapes import ABOUT, EventRow, Shape, Shapes
from compliance.model.consent import ConsentEvent, EventKind, Grade, ItemTerms, Method, NoticeState, Precision

K = EventKind
TERMS = ItemTerms(
    item="visit",
    purpose="visit",
    least_grade=Grade.E3,
    term_months=12,
    separate=False,
    ask_lock_days=30,
    no_reply_days=30,
)
NOTICES = {
    version.ref: version
    for version in (
        notice("1.0", active_from=at("2023-01-01")),
        notice("1.1", line(kinds=("full_name", "phone")), active_from=at("2024-02-29T10:00")),
        notice("1.2", line(kinds=("full_name", "email")), state=NoticeState.DRAFT, active_from=None),
        notice("1.3", line("research"), active_from=at("2024-01-31")),
        notice("1.0", line(term_months=1), notice="CK-SHORT", active_from=at("2023-01-01")),
    )
}
REFS = ("CK-VISIT@1.1", "CK-VISIT@1.1", "CK-VISIT@1.2", "CK-VISIT@1.3", "CK-SHORT@1.0", "CK-GONE@1.0", None)
DAYS = [at(day) for day in ("2023-02-28", "2023-12-31", "2024-01-31", "2024-02-28", "2024-02-29", "2024-08-31")]
GAPS = (0, 0, 1, 28, 29, 30, 31, 32, 60, 364, 365, 366, 367, 729, 730, 731, 732)
HOURS = (timedelta(0), timedelta(microseconds=1), timedelta(hours=10), timedelta(days=1) - timedelta(microseconds=1))
HISTORIES = (
    (K.GIVEN, K.CHECK_ACCEPTED), (K.GIVEN, K.CHECK_ACCEPTED, K.WITHDRAWN), (K.GIVEN, K.CHECK_ACCEPTED, K.REFUSED),
    (K.GIVEN, K.CHECK_ACCEPTED, K.GIVEN, K.CHECK_ACCEPTED), (K.GIVEN, K.CHECK_ACCEPTED, K.DEFERRED),
    (K.GIVEN, K.CHECK_ACCEPTED, K.SUSPENDED, K.RESUMED), (K.GIVEN, K.CHECK_ACCEPTED, K.REVOKED),
    (K.GIVEN, K.CHECK_ACCEPTED, K.INVALIDATED), (K.GIVEN, K.CHECK_ACCEPTED, K.CHECK_REJECTED),
    (K.DEFERRED, K.NO_ANSWER), (K.REFUSED, K.PRESENTED),
    (K.REFUSED, K.GIVEN, K.CHECK_ACCEPTED), (K.PRESENTED,), (K.PRESENTED, K.CHECK_ACCEPTED), (K.DEFERRED, K.PRESENTED),
    (K.IMPORTED_NO,), (K.IMPORTED_NO, K.INVALIDATED), (K.IMPORTED_YES, K.NO_ANSWER), (K.WITHDRAWN, K.INVALIDATED),
    (K.WITHDRAWN,), (K.REFUSED,), (K.REFUSED,), (K.REFUSED,), (K.IMPORTED_YES,), (K.GIVEN,),
)  # fmt: skip
#: In what a history may differ from the plain one.
WAYS = (
    "early", "gap", "hour", "undated", "until", "paper", "entered", "by", "shown", "received", "precision", "notice",
    "hash", "grade", "check", "asked", "target", "resumed", "defect", "merged", "on form", "sequence",
)  # fmt: skip
#: All parts but the two flags of an act that only say which marks it has (1, 4).
PARTS = [
    *[("act", place) for place in range(13) if place not in (1, 4)],
    *[("knowledge", place) for place in range(4)],
    *[("names", place) for place in range(4)],
    *[("mark", kind) for kind in ("last", "acts", "dawn", "term", "lock", "silence", "until", "defect")],
]
MANY = 12_000


class Told(NamedTuple):
    """A history as its shape, and its outcome with marks and events by their places."""

    shape: Shape
    outcome: tuple[object, ...]


class Teller:
    """Histories that differ from the plain one of their kinds in few ways, so that nearly equal ones abound."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.wild: set[str] = set()

    def history(self) -> list[ConsentEvent]:
        made: list[ConsentEvent] = []
        self.wild = set(self.dice.sample(WAYS, self.dice.choice((1, 1, 2, 3, 4))))
        day = self.dice.choice(DAYS)
        for place, kind in enumerate(self.dice.choice(HISTORIES)):
            if kind not in ABOUT and made:
                day += timedelta(days=self.some("gap", self.dice.choice((0, 40)), *GAPS))
            early = timedelta(days=3) if kind is K.INVALIDATED and self.some("early", False, True) else timedelta(0)
            made.append(self.event(kind, day - early, place, made))
        return made

    def event(self, kind: EventKind, day: datetime, place: int, made: list[ConsentEvent]) -> ConsentEvent:
        some = self.some
        acts = day + some("hour", timedelta(0), *HOURS)
        acted = some("undated", acts, None) if kind not in ABOUT else some("undated", None, acts)
        waited = (timedelta(hours=3), *[-timedelta(hours=1)] * 6, timedelta(0), *[timedelta(days=gap) for gap in GAPS])
        about = next((e.event_id for e in reversed(made) if e.kind not in ABOUT), None)
        elsewhere = "resumed" if kind is K.RESUMED else "defect" if kind is K.INVALIDATED else "target"
        until = some("until", None, *[day + timedelta(days=gap, hours=5 * (gap % 2)) for gap in GAPS])
        paper = some("paper", None if kind is K.WITHDRAWN else "ED", "ED", "ED2", "", None)
        return ConsentEvent(
            event_id=f"EV-{self.dice.randrange(36**6):010}{place}",
            hcp_id="HCP-A",
            item="visit",
            kind=kind,
            method=Method.PAPER,
            recorded_at=acts + some("entered", *waited),
            recorded_by=some("by", "chen", "wu") if kind in ABOUT else "wu",
            acted_at=acted,
            presented_at=some("shown", acts, acts - timedelta(hours=30), acts + timedelta(hours=1), None),
            received_at=some("received", None, acts + timedelta(days=1)) if kind is K.WITHDRAWN else None,
            precision=some("precision", Precision.DAY, Precision.SECOND),
            notice=some("notice", "CK-VISIT@1.1" if made and kind is K.REFUSED else "CK-VISIT@1.0", *REFS),
            notice_hash=some("hash", None, "hash-1.1") if kind is K.GIVEN else None,
            valid_until=until if kind in (K.GIVEN, K.DEFERRED) else None,
            evidence_id=paper,
            grade=some("grade", Grade.E1, Grade.E4, Grade.E2),
            identity_check=some("check", None if kind is K.WITHDRAWN else "in person", None, "x", "sample:S1"),
            asked_by_hcp=some("asked", False, True),
            target=some(elsewhere, about, None, "EV-ELSEWHERE", "") if kind in (*ABOUT, K.RESUMED) else None,
            defect=some("merged", None, "merged_stricter") if kind is K.REVOKED else None,
            order_on_form=some("on form", place, 0, 1, 2),
            sequence=some("sequence", place, 9 - place, 3),
        )  # fmt: skip

    def some(self, way, usual, *others):  # type: ignore[no-untyped-def]
        """The first, in all but a few ways of a history."""
        return self.dice.choice((usual, *others)) if way in self.wild else usual


def rows(events: list[ConsentEvent]) -> list[tuple[object, ...]]:
    return [
        (
            place, 1, e.event_id, 1, str(e.kind), str(e.method), micros(e.recorded_at), e.recorded_by,
            micros(e.acted_at), micros(e.presented_at), micros(e.received_at), str(e.precision), e.notice,
            e.notice_hash, micros(e.valid_until), e.evidence_id, e.evidence_sha256, str(e.grade), e.identity_check,
            int(e.asked_by_hcp), e.target, e.defect, None, None, e.order_on_form, "", e.sequence,
        )
        for place, e in enumerate(events)
    ]  # fmt: skip


def micros(instant: datetime | None) -> int | None:
    return None if instant is None else (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def told(events: list[ConsentEvent], shapes: Shapes) -> Told:
    found = shapes.of(rows(events))
    assert found is not None
    shape, marks = found
    stands = settled_lines(events, terms_of=lambda _, __: TERMS, notices=NOTICES)[0]
    instants = [micros(x) for x in (stands.valid_until, stands.since, stands.ask_again_from)]
    ids = [event.event_id for event in events]
    return Told(
        shape,
        (
            *[None if x is None else marks.index(x) for x in instants],  # every instant it names is a mark
            None if stands.event_id is None else ids.index(stands.event_id),
            replace(stands, valid_until=None, since=None, ask_again_from=None, event_id=None),
        ),
    )


@cache
def many() -> list[Told]:
    teller, shapes = Teller(random.Random(20261127)), Shapes(TERMS, NOTICES)
    return [told(teller.history(), shapes) for _ in range(MANY)]


def test_equal_shapes_have_equal_outcomes() -> None:
    known: dict[Shape, Told] = {}
    for one in many():
        assert known.setdefault(one.shape, one).outcome == one.outcome
    assert len(known) < MANY * 0.7  # shapes repeat


@pytest.mark.parametrize("part", PARTS, ids=lambda part: "-".join(map(str, part)))
def test_nothing_can_be_left_out_of_a_shape(part: tuple[str, int | str]) -> None:
    known: dict[Shape, set[tuple[object, ...]]] = {}
    for one in many():
        known.setdefault(without(one.shape, *part), set()).add(outcome_of(one, *part))
    assert any(len(outcomes) > 1 for outcomes in known.values())


def without(shape: Shape, what: str, which: int | str) -> Shape:
    """A shape that lacks one part."""
    said = [piece for piece in shape if isinstance(piece, tuple)]
    ranks = [(rank, label) for rank, label in zip(shape[len(said) :], labels(said), strict=True)]
    if what == "mark":
        ranks = [(rank, label) for rank, label in ranks if label != which]
    order = sorted({rank for rank, _ in ranks})  # type: ignore[type-var]
    cut = {
        "act": lambda s: s if s[0] in ABOUT or not isinstance(s[0], str) else (*s[: int(which)], *s[int(which) + 1 :]),
        "knowledge": lambda s: (*s[: int(which)], *s[int(which) + 1 :]) if s[0] in ABOUT else s,
        "names": lambda s: (
            tuple((*n[: int(which)], *n[int(which) + 1 :]) for n in s) if not isinstance(s[0], str) else s
        ),
        "mark": lambda s: s,
    }[what]
    return (*map(cut, said), *[order.index(rank) for rank, _ in ranks])


def outcome_of(one: Told, what: str, which: int | str) -> tuple[object, ...]:
    """The outcome by what it says; where a mark is left out, its places mean something else."""
    return one.outcome if what != "mark" else (one.outcome[3], one.outcome[4])


def labels(said: list[tuple[object, ...]]) -> Iterator[str]:
    """What each mark of a shape is."""
    yield "last"
    for kind, *more in said:
        if not isinstance(kind, str):
            continue
        if kind in ABOUT:
            if kind == "invalidated" and more[0] in (None, -2):
                yield "defect"
            continue
        yield "acts"
        by_day, no_until = more[0], more[3]
        if by_day and kind not in ("suspended", "resumed", "revoked"):
            yield "dawn"
        if kind == "given":
            yield "term"
        elif kind in ("refused", "withdrawn", "imported_no"):
            yield "lock"
        elif kind == "presented":
            yield "silence"
        if kind in ("given", "deferred") and not no_until:
            yield "until"


@settings(deadline=None)
@example(st.randoms(use_true_random=False), st.integers(1, 1500))
def test_another_day_has_the_same_outcome_where_the_shape_is_the_same(dice: random.Random, days: int) -> None:
    """The twin is moved by some days: across ends of months and leap days the shape may differ, the outcome not."""
    shapes = Shapes(TERMS, NOTICES)
    one = Teller(dice).history()
    two = [moved(event, timedelta(days=days)) for event in one]
    first, second = told(one, shapes), told(two, shapes)
    if first.shape == second.shape:
        assert first.outcome == second.outcome


def moved(event: ConsentEvent, by: timedelta) -> ConsentEvent:
    names = ("recorded_at", "acted_at", "presented_at", "received_at", "valid_until")
    instants = {name: getattr(event, name) for name in names}
    return replace(event, **{name: at and at + by for name, at in instants.items()})  # type: ignore[arg-type]


def test_what_stores_are_full_of_shares_its_shape_on_any_day() -> None:
    def history(day: datetime, after: int) -> list[ConsentEvent]:
        def event(kind: EventKind, on: datetime, **more: object) -> ConsentEvent:
            base = {"event_id": f"EV-{kind}-{on:%j}", "hcp_id": "H", "item": "visit", "kind": kind}
            usual = {"method": Method.PAPER, "recorded_at": on + timedelta(days=2, hours=9), "recorded_by": "wu"}
            return ConsentEvent(**(base | usual | more))  # type: ignore[arg-type]

        papers = {"precision": Precision.DAY, "notice": "CK-VISIT@1.0", "evidence_id": "ED", "grade": Grade.E1}
        yes = event(K.GIVEN, day, acted_at=day, presented_at=day, **papers)
        check = event(K.CHECK_ACCEPTED, day, target=yes.event_id, recorded_by="chen")
        later = day + timedelta(days=after)
        return [yes, check, event(K.WITHDRAWN, later, acted_at=later, identity_check="phone")]

    shapes = Shapes(TERMS, NOTICES)
    first = at("2023-01-01")
    found = {told(history(first + timedelta(days=n), 5 + n % 300), shapes) for n in range(900)}
    assert len(found) == 1


def test_days_are_alike_as_far_as_the_terms_reach() -> None:
    shapes = Shapes(TERMS, {})
    epoch = at("1970-01-01")

    def reach(day: str) -> Shape | None:
        return shapes.reach((at(day) - epoch).days)

    assert reach("2022-03-10") == reach("2022-11-27") == reach("2024-03-01")  # 365 days
    assert reach("2023-03-10") == reach("2024-02-28") != reach("2022-03-10")  # the 29th of February is on the way
    assert reach("2024-02-29") != reach("2024-02-28")  # ends a day before the same number
    assert Shapes(TERMS, NOTICES).reach(19_000) != shapes.reach(19_000)  # a month and two years can apply too
    assert shapes.reach(-1) is None
    assert shapes.reach(2_600_000) is None


def test_before_1970_there_is_no_shape() -> None:
    history = Teller(random.Random(1)).history()
    old = [moved(event, -timedelta(days=365 * 60)) for event in history]
    assert Shapes(TERMS, NOTICES).of(rows(history)) is not None
    assert Shapes(TERMS, NOTICES).of(rows(old)) is None


def test_a_row_has_the_columns_of_the_table() -> None:
    from compliance.vault.consent.consent_rows import CONSENT_EVENT

    assert EventRow._fields == CONSENT_EVENT.columns
