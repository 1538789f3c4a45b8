"""Whatever happens to one item, in whatever order it is entered: a state machine against a declarative model.

The model keeps no state: it asks, for one instant, whether any recorded yes carries, by looking at all events at once.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from consent_support import VISIT, at, event, given
from cpu import cpu_seconds
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from compliance.clock import shanghai_day
from compliance.consent.status import act_statuses, all_lines, line_status
from compliance.model.consent import (
    NEGATIVE_STATES,
    ConsentEvent,
    ConsentStatus,
    EventKind,
    Grade,
    LineStatus,
    Method,
    Precision,
)

START = at("2026-01-01")
SHORT = replace(VISIT, term_months=1, ask_lock_days=10)
HOURS = st.integers(0, 24 * 70)
NOS = [EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.IMPORTED_NO]
SILENT = [EventKind.PRESENTED, EventKind.DEFERRED, EventKind.NO_ANSWER, EventKind.IMPORTED_YES]


def moment(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def status(events: list[ConsentEvent], when: datetime) -> LineStatus:
    return line_status(events, terms=SHORT, item="visit", at=when)


def made(kind: EventKind, when: datetime, **more: Any) -> ConsentEvent:
    base = event(kind, "2026-01-01")
    times = {"acted_at": when, "presented_at": when, "received_at": when, "recorded_at": when + timedelta(hours=1)}
    return replace(base, **(times | more))


def yes(when: datetime, **more: Any) -> ConsentEvent:
    shown = {"presented_at": when, "acted_at": when, "recorded_at": when + timedelta(hours=1)}
    return replace(given("2026-01-01"), **(shown | more))


def check(target: ConsentEvent, kind: EventKind, by: str = "chen") -> ConsentEvent:
    return made(kind, target.recorded_at, target=target.event_id, recorded_by=by, method=Method.STAFF)


def model_open(events: list[ConsentEvent], when: datetime) -> bool:
    """The latest proven yes up to ``when`` still runs and nothing spoke or stood against it."""

    def moments(*kinds: EventKind) -> list[datetime]:
        return [e.acted_at for e in events if e.kind in kinds and e.acted_at and e.acted_at <= when]

    def proven(act: ConsentEvent) -> bool:
        checks = [e for e in events if e.target == act.event_id]
        accepted = any(e.kind is EventKind.CHECK_ACCEPTED and e.recorded_by != act.recorded_by for e in checks)
        voided = any(e.kind in (EventKind.CHECK_REJECTED, EventKind.INVALIDATED) for e in checks)
        return accepted and not voided and act.grade in (Grade.E1, Grade.E2, Grade.E3) and act.evidence_id is not None

    acts = [e for e in events if e.kind is EventKind.GIVEN and e.acted_at and e.acted_at <= when and proven(e)]
    if not acts:
        return False
    last = max(acts, key=lambda e: (e.acted_at or when, e.event_id))
    begun = last.acted_at or when
    end = datetime.combine(_month_later(begun), datetime.min.time(), START.tzinfo) + timedelta(days=1)
    if when >= min(end, last.valid_until or end):
        return False
    if any(m >= begun for m in moments(*NOS, EventKind.REVOKED)):
        return False
    paused, resumed = moments(EventKind.SUSPENDED), moments(EventKind.RESUMED)
    return not paused or any(r > max(paused) for r in resumed)


def _month_later(begun: datetime) -> Any:
    day = shanghai_day(begun)
    year, month = day.year + day.month // 12, day.month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=year, month=month, day=min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


class OneItem(RuleBasedStateMachine):
    """Events of one item at distinct instants, entered as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[ConsentEvent] = []
        self.taken: set[int] = set()

    def at_free(self, hour: int) -> datetime:
        while hour in self.taken:
            hour += 1
        self.taken.add(hour)
        return moment(hour)

    @rule(
        hour=HOURS,
        grade=st.sampled_from([Grade.E1, Grade.E3, Grade.E4]),
        evidence=st.sampled_from(["EV-1", None]),
        days=st.sampled_from([None, 3, 90]),
    )
    def say_yes(self, hour: int, grade: Grade, evidence: str | None, days: int | None) -> None:
        when = self.at_free(hour)
        until = when + timedelta(days=days) if days else None
        self.events.append(yes(when, grade=grade, evidence_id=evidence, valid_until=until))

    @rule(hour=HOURS, kind=st.sampled_from([*NOS, *SILENT, EventKind.REVOKED]), asked=st.booleans())
    def say_anything_else(self, hour: int, kind: EventKind, asked: bool) -> None:
        self.events.append(made(kind, self.at_free(hour), asked_by_hcp=asked))

    @rule(hour=HOURS, kind=st.sampled_from([EventKind.SUSPENDED, EventKind.RESUMED]))
    def pause(self, hour: int, kind: EventKind) -> None:
        self.events.append(made(kind, self.at_free(hour)))

    @precondition(lambda self: any(e.kind is EventKind.GIVEN for e in self.events))
    @rule(
        which=st.integers(0, 9),
        kind=st.sampled_from([EventKind.CHECK_ACCEPTED] * 4 + [EventKind.CHECK_REJECTED, EventKind.INVALIDATED]),
        self_check=st.sampled_from([False, False, False, True]),
    )
    def look_at_a_yes(self, which: int, kind: EventKind, self_check: bool) -> None:
        acts = [e for e in self.events if e.kind is EventKind.GIVEN]
        act = acts[which % len(acts)]
        self.events.append(check(act, kind, by=act.recorded_by if self_check else "chen"))

    @invariant()
    def open_exactly_when_the_model_says(self) -> None:
        for hour in {0, *self.taken, *(h + 24 * 32 for h in self.taken), 24 * 200}:
            when = moment(hour)
            found = status(self.events, when)
            assert found.open is model_open(self.events, when), (found, when)
            assert status(self.events[::-1], when) == found
            if found.open:
                assert found.may_ask and found.valid_until is not None and when < found.valid_until
            if found.status in NEGATIVE_STATES:
                assert found.ask_again_from is not None

    @invariant()
    def single_acts_agree_with_the_item(self) -> None:
        when = moment(24 * 75)
        whole = status(self.events, when)
        acts = act_statuses(self.events, terms=SHORT, item="visit", at=when)
        assert len([a for a in acts.values() if a.open]) == (1 if whole.open else 0)


OneItem.TestCase.settings = settings(max_examples=60, stateful_step_count=14, deadline=None)
test_one_item = pytest.mark.req("REQ-033")(OneItem.TestCase)


@st.composite
def histories(draw: st.DrawFn) -> list[ConsentEvent]:
    """Any events, also with day precision and several marks on one form."""
    found: list[ConsentEvent] = []
    for _ in range(draw(st.integers(1, 7))):
        when = moment(draw(st.integers(0, 24 * 4)))
        more: dict[str, Any] = {"evidence_id": draw(st.sampled_from(["EV-1", "EV-2"]))}
        if draw(st.booleans()):
            more |= {"precision": Precision.DAY, "order_on_form": draw(st.integers(0, 3))}
        kind = draw(st.sampled_from([EventKind.GIVEN, *NOS, *SILENT, EventKind.REVOKED, EventKind.SUSPENDED]))
        if kind is EventKind.GIVEN:
            act = yes(when, **more)
            found += [act, check(act, EventKind.CHECK_ACCEPTED)][: draw(st.sampled_from([1, 2, 2]))]
        else:
            found.append(made(kind, when, **more))
    return found


@settings(max_examples=150, deadline=None)
@example(history=histories(), seed=st.randoms(), hour=st.integers(0, 24 * 40))
def test_order_of_entry_does_not_change_status(history: list[ConsentEvent], seed: Any, hour: int) -> None:
    shuffled = history[:]
    seed.shuffle(shuffled)
    assert status(shuffled, moment(hour)) == status(history, moment(hour))


@settings(max_examples=200, deadline=None)
@example(
    history=histories(),
    kind=st.sampled_from([*NOS, EventKind.REVOKED, EventKind.SUSPENDED, EventKind.INVALIDATED, *SILENT]),
    when=st.integers(0, 24 * 4),
    form=st.booleans(),
    hour=st.integers(0, 24 * 40),
)
def test_more_negative_or_silent_events_never_open_anything(
    history: list[ConsentEvent], kind: EventKind, when: int, form: bool, hour: int
) -> None:
    before = status(history, moment(hour))
    day = {"precision": Precision.DAY, "order_on_form": when % 4, "evidence_id": "EV-1"} if form else {}
    after = status([*history, made(kind, moment(when), **day)], moment(hour))
    assert before.open or not after.open
    if kind in SILENT:
        assert before.open is after.open


@settings(max_examples=150, deadline=None)
@example(history=histories(), hour=st.integers(0, 24 * 40))
def test_never_open_without_accepted_evidence(history: list[ConsentEvent], hour: int) -> None:
    found = status(history, moment(hour))
    if found.open:
        assert any(e.kind is EventKind.CHECK_ACCEPTED and e.target == found.event_id for e in history)
    unchecked = [e for e in history if e.kind is not EventKind.CHECK_ACCEPTED]
    assert not status(unchecked, moment(hour)).open


@settings(max_examples=100, deadline=None)
@example(history=histories(), hour=st.integers(0, 24 * 6))
def test_what_was_known_then_can_be_told_again(history: list[ConsentEvent], hour: int) -> None:
    then = moment(hour)
    known = [e for e in history if e.recorded_at <= then]
    asked = line_status(history, terms=SHORT, item="visit", at=then, known_at=then)
    assert asked == status(known, then)
    assert asked.status in ConsentStatus


def test_thousand_persons_are_fast_enough() -> None:
    """Rule of issue 3: status of one person within a millisecond; measured with room for a busy machine."""
    events = [x for n in range(6) for x in _pair(f"item{n}")]

    def work_out() -> None:
        for _ in range(20):
            all_lines(events, terms_of=lambda item: replace(SHORT, item=item), at=moment(24 * 10))

    assert cpu_seconds(work_out) / 20 < 0.005


def _pair(item: str) -> list[ConsentEvent]:
    act = yes(moment(5), item=item)
    return [act, replace(check(act, EventKind.CHECK_ACCEPTED), item=item)]
