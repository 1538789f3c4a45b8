"""A changed notice among any other events: nothing negative and no silence ever opens or widens (REQ-032, REQ-033)."""

from datetime import timedelta

import pytest
from consent_support import VISIT, at, event, line, notice, proven
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st

from compliance.consent.status import active_for, line_status
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, LineStatus, NoticeState

START = at("2026-01-01")
OLD = notice("1.0", line(kinds=("identity",), retention_months=6), retired_from=at("2026-03-01"))
NEW = notice("2.0", line(kinds=("identity", "contact"), retention_months=12), active_from=at("2026-03-01"))
DRAFT = notice("3.0", line(kinds=("identity", "finance")), state=NoticeState.DRAFT, active_from=None)
KNOWN = {n.ref: n for n in (OLD, NEW, DRAFT)}
NEGATIVE = (EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.IMPORTED_NO, EventKind.REVOKED)
SILENT = (EventKind.PRESENTED, EventKind.DEFERRED, EventKind.NO_ANSWER, EventKind.IMPORTED_YES)
DAYS = st.integers(0, 500)
REFS = st.sampled_from([None, *KNOWN])


def status(events: list[ConsentEvent], day: int, ends: dict[str, object]) -> LineStatus:
    when = START + timedelta(days=day, hours=12)
    return line_status(
        events,
        terms=VISIT,
        item="visit",
        at=when,
        active_notice=active_for("visit", [OLD, NEW], when),
        notices=KNOWN,
        old_scope_ends=ends,  # type: ignore[arg-type]
    )


def say(kind: EventKind, day: int, ref: str | None) -> ConsentEvent:
    when = START + timedelta(days=day, minutes=day)
    text = when.replace(tzinfo=None).isoformat()
    return event(kind, text, notice=ref, received_at=when)


@st.composite
def histories(draw):  # type: ignore[no-untyped-def]
    events: list[ConsentEvent] = []
    for day in draw(st.lists(DAYS, max_size=3, unique=True)):
        ref = "CK-VISIT@1.0" if day < 59 else draw(st.sampled_from(["CK-VISIT@1.0", "CK-VISIT@2.0"]))
        text = (START + timedelta(days=day, hours=1)).replace(tzinfo=None).isoformat()
        events += proven(text, notice=ref)
    for kind, day, ref in draw(st.lists(st.tuples(st.sampled_from([*NEGATIVE, *SILENT]), DAYS, REFS), max_size=4)):
        events.append(say(kind, day, ref))
    return events


ENDS = st.sampled_from([{}, {"CK-VISIT@2.0": at("2026-06-01")}])


@pytest.mark.req("REQ-033")
@settings(max_examples=300, deadline=None)
@example(events=histories(), kind=st.sampled_from([*NEGATIVE, *SILENT]), day=DAYS, ref=REFS, at_day=DAYS, ends=ENDS)
def test_one_more_no_or_silence_never_opens_or_widens(events, kind, day, ref, at_day, ends):  # type: ignore[no-untyped-def]
    before, after = status(events, at_day, ends), status([*events, say(kind, day, ref)], at_day, ends)
    if after.open:
        assert before.open
        assert after.kinds <= before.kinds
        assert before.valid_until is None or (after.valid_until is not None and after.valid_until <= before.valid_until)


@settings(max_examples=200, deadline=None)
@example(events=histories(), at_day=DAYS, ends=ENDS, dice=st.randoms())
def test_order_of_entry_changes_nothing(events, at_day, ends, dice):  # type: ignore[no-untyped-def]
    mixed = list(events)
    dice.shuffle(mixed)
    first, second = status(events, at_day, ends), status(mixed, at_day, ends)
    assert (first.status, first.kinds, first.valid_until) == (second.status, second.kinds, second.valid_until)


@pytest.mark.req("REQ-032")
@settings(max_examples=200, deadline=None)
@example(events=histories(), at_day=DAYS, ends=ENDS)
def test_the_scope_is_always_that_of_the_notice_agreed_to(events, at_day, ends):  # type: ignore[no-untyped-def]
    now = status(events, at_day, ends)
    if now.open:
        spoken = KNOWN[now.notice or ""].line("visit")
        assert spoken is not None and now.kinds == set(spoken.kinds)
        if now.status is ConsentStatus.CHANGE_PENDING:
            assert now.notice == OLD.ref and "contact" not in now.kinds
            assert now.valid_until is not None
