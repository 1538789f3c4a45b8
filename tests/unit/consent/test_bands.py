"""Bands of one item say at every instant what the status says (issue 3 point 8)."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from consent_support import VISIT, accepted, at, event, given, line, notice, proven
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st

from compliance.consent.bands import World, bands, line_at
from compliance.model.consent import ConsentEvent, EventKind, Grade, NoticeState, PurposeStop, StopKind
from compliance.model.consent import ConsentStatus as S

SHORT = replace(VISIT, term_months=1, ask_lock_days=10, no_reply_days=3)
START = at("2026-01-01")
SPAN = 24 * 120
V1 = notice("1.0", line(term_months=1, retention_months=1), active_from=at("2025-12-01"))
WIDER = line(term_months=1, retention_months=2, kinds=("full_name", "mobile_phone"))


def plain(terms: Any = SHORT, **more: Any) -> World:
    return World(terms_of=lambda _: terms, **more)


def says(found: Any) -> tuple[object, ...]:
    return (found.status, str(found.code), found.event_id, found.notice, found.valid_until)


def agree(events: list[ConsentEvent], world: World, until: datetime, instants: list[datetime]) -> None:
    made = bands(events, item="visit", world=world, until=until)
    for earlier, later in pairwise(made):
        assert earlier.ends == later.begins and says(earlier) != says(later)
    assert not made or made[-1].ends is None
    for instant in instants:
        covering = [b for b in made if b.begins <= instant and (b.ends is None or instant < b.ends)]
        found = line_at(events, item="visit", world=world, at=instant)
        if not covering:
            assert found.status is S.NOT_ASKED
        else:
            assert [says(b) for b in covering] == [says(found)]


def test_a_withdrawn_consent_shows_its_lawful_period() -> None:
    yes, check = proven("2026-01-10T10:00")
    out = event(EventKind.WITHDRAWN, "2026-01-20T09:00", received_at=at("2026-01-20T09:00"))
    made = bands([out, check, yes], item="visit", world=plain(versions=[V1]), until=at("2026-03-01"))
    assert [(b.begins, b.ends, b.status) for b in made] == [
        (at("2026-01-10T10:00"), at("2026-01-20T09:00"), S.GIVEN),
        (at("2026-01-20T09:00"), None, S.WITHDRAWN),
    ]
    assert made[0].open and made[0].event_id == yes.event_id and made[0].notice == "CK-VISIT@1.0"
    assert not bands([], item="visit", world=plain(), until=at("2026-03-01"))


def test_terms_end_at_shanghai_midnight_also_on_a_leap_day_and_at_a_month_end() -> None:
    for day, end in (("2028-01-31", "2028-03-01"), ("2026-01-31", "2026-03-01"), ("2028-01-29", "2028-03-01")):
        yes = proven(f"{day}T23:59:59")
        made = bands(yes, item="visit", world=plain(), until=at("2028-12-31"))
        assert [(b.status, b.begins) for b in made] == [(S.GIVEN, at(f"{day}T23:59:59")), (S.EXPIRED, at(end))]


def test_a_stop_hides_and_shows_again_what_lies_under_it() -> None:
    yes = proven("2026-01-10")
    pause = [
        PurposeStop(
            stop_id=f"S{n}", scope="visit", kind=kind, acts_from=at(when), reason="r", recorded_at=at(when),
            recorded_by="zhao",
        )
        for n, (kind, when) in enumerate([(StopKind.PAUSED, "2026-01-12"), (StopKind.LIFTED, "2026-01-14")])
    ]  # fmt: skip
    made = bands(yes, item="visit", world=plain(stops=pause), until=at("2026-01-20"))
    assert [b.status for b in made] == [S.GIVEN, S.SUSPENDED, S.GIVEN]


KINDS = st.sampled_from(
    [
        EventKind.GIVEN, EventKind.GIVEN, EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.PRESENTED,
        EventKind.DEFERRED, EventKind.NO_ANSWER, EventKind.IMPORTED_YES, EventKind.IMPORTED_NO, EventKind.SUSPENDED,
        EventKind.RESUMED, EventKind.REVOKED,
    ]
)  # fmt: skip
HOURS = st.integers(0, 24 * 70)


@pytest.mark.req("REQ-026")
@settings(max_examples=150, deadline=None)
@example(
    acts=st.lists(st.tuples(KINDS, HOURS, st.booleans()), min_size=1, max_size=8),
    stops=st.lists(st.tuples(st.sampled_from(StopKind), HOURS), max_size=3),
    changed=st.none() | HOURS,
    ended=st.none() | HOURS,
    instants=st.lists(st.integers(0, SPAN * 60), min_size=8, max_size=20),
)
def test_bands_agree_with_the_status_at_random_instants(
    acts: Any, stops: Any, changed: int | None, ended: int | None, instants: list[int]
) -> None:
    events: list[ConsentEvent] = []
    for kind, hour, checked in acts:
        when = START + timedelta(hours=hour)
        times = {"acted_at": when, "presented_at": when, "received_at": when, "recorded_at": when + timedelta(hours=1)}
        base = given("2026-01-01") if kind is EventKind.GIVEN else event(kind, "2026-01-01", grade=Grade.NONE)
        events.append(replace(base, **times))
        if kind is EventKind.GIVEN and checked:
            events.append(accepted(events[-1], "2026-01-01"))
    versions = [V1]
    ends = {}
    if changed is not None:
        turn = START + timedelta(hours=changed)
        versions = [
            replace(V1, state=NoticeState.RETIRED, retired_from=turn),
            notice("2.0", WIDER, active_from=turn, predecessor="CK-VISIT@1.0"),
        ]
        if ended is not None:
            ends = {"CK-VISIT@2.0": turn + timedelta(hours=ended)}
    rules = [
        PurposeStop(
            stop_id=f"S{n}", scope="visit", kind=kind, acts_from=START + timedelta(hours=hour), reason="r",
            recorded_at=START, recorded_by="zhao",
        )
        for n, (kind, hour) in enumerate(stops)
    ]  # fmt: skip
    world = plain(versions=versions, stops=rules, old_scope_ends=ends)
    exact = [e.acted_at + timedelta(microseconds=d) for e in events if e.acted_at for d in (-1, 0, 1)]
    until = START + timedelta(hours=SPAN)
    agree(events, world, until, [*exact, *(START + timedelta(minutes=m) for m in instants)])
