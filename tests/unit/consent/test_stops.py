"""A purpose paused, ended or taken up again for everybody; rows of the state table read under rules say the same."""

from datetime import datetime, timedelta

import pytest
from consent_support import VISIT, at, event, line, notice, proven

from compliance.consent.codes import ExplanationCode as Code
from compliance.consent.settled import read_rules, settled_lines
from compliance.consent.status import line_status
from compliance.consent.stops import standing_of, under_stops
from compliance.model.consent import ConsentEvent, EventKind, LineStatus, PurposeStop, StopKind
from compliance.model.consent import ConsentStatus as S

PAUSED, ENDED, LIFTED = StopKind.PAUSED, StopKind.ENDED, StopKind.LIFTED


def stop(kind: StopKind, when: str, scope: str = "visit", **changes: object) -> PurposeStop:
    facts = {"recorded_at": at(when), "recorded_by": "zhao", "reason": "end_of_service", "stop_id": f"ST-{when}-{kind}"}
    return PurposeStop(scope=scope, kind=kind, acts_from=at(when), **(facts | changes))  # type: ignore[arg-type]


def stands(
    events: tuple[ConsentEvent, ...], *stops: PurposeStop, when: str, known_at: datetime | None = None
) -> LineStatus:
    plain = line_status(events, terms=VISIT, item="visit", at=at(when))
    return under_stops([plain], events, stops, at=at(when), known_at=known_at)[0]


def test_a_pause_covers_what_is_open_and_gives_it_back() -> None:
    yes = proven("2026-02-01")
    stops = (stop(PAUSED, "2026-03-01"), stop(LIFTED, "2026-04-01"))
    assert stands(yes, *stops, when="2026-02-28T23:59").status is S.GIVEN
    held = stands(yes, *stops, when="2026-03-01")
    assert (held.status, held.code, held.since, held.may_ask) == (
        S.SUSPENDED,
        Code.PURPOSE_PAUSED,
        at("2026-03-01"),
        False,
    )
    assert stands(yes, *stops, when="2026-04-01").status is S.GIVEN


def test_an_end_is_for_good_and_only_later_acts_count_when_taken_up_again() -> None:
    early, late = proven("2026-02-01"), proven("2026-05-02")
    stops = (stop(ENDED, "2026-03-01"), stop(LIFTED, "2026-05-01"))
    gone = stands(early, *stops[:1], when="2026-03-01")
    assert (gone.status, gone.code, gone.valid_until) == (S.REVOKED, Code.PURPOSE_ENDED, None)
    assert stands(early, *stops, when="2026-06-01").status is S.REVOKED
    assert stands((*early, *late), *stops, when="2026-06-01").status in (S.GIVEN, S.RENEWED)


def test_a_no_of_the_person_stays_what_it_is() -> None:
    no = event(EventKind.WITHDRAWN, "2026-02-10", received_at=at("2026-02-10"))
    for kind in (PAUSED, ENDED):
        assert stands((*proven("2026-02-01"), no), stop(kind, "2026-03-01"), when="2026-04-01").status is S.WITHDRAWN


@pytest.mark.parametrize(
    ("scope", "item", "covered"),
    [
        ("digital", "digital/wecom", True),
        ("digital/wecom", "digital/wecom", True),
        ("digital/wecom", "digital/wecom/x", False),
        ("digital", "digitalis", False),
        ("visit", "event", False),
    ],
)
def test_a_purpose_covers_its_items_and_nothing_else(scope: str, item: str, covered: bool) -> None:
    assert standing_of(item, [stop(ENDED, "2026-03-01", scope)], at=at("2026-03-02")).stopped is covered


def test_what_was_not_known_then_did_not_hold_then() -> None:
    late = stop(ENDED, "2026-03-01", recorded_at=at("2026-03-05"))
    yes = proven("2026-02-01")
    assert stands(yes, late, when="2026-03-02", known_at=at("2026-03-04")).status is S.GIVEN
    assert stands(yes, late, when="2026-03-02").status is S.REVOKED


def test_a_stop_never_opens() -> None:
    """No combination of stops opens an item that is closed without them."""
    closed = (event(EventKind.PRESENTED, "2026-02-01"),)
    for kinds in ((PAUSED, LIFTED), (ENDED, LIFTED), (ENDED, PAUSED, LIFTED)):
        stops = [stop(kind, f"2026-03-0{n}") for n, kind in enumerate(kinds, 1)]
        assert not stands(closed, *stops, when="2026-06-01").open


def test_settled_rows_do_not_depend_on_the_day_they_are_worked_out() -> None:
    events = [*proven("2026-02-01"), event(EventKind.REFUSED, "2026-03-01")]
    known = {"CK-VISIT@1.0": notice()}
    first = settled_lines(events, terms_of=lambda _, __: VISIT, notices=known)
    assert first == settled_lines(reversed(events), terms_of=lambda _, __: VISIT, notices=known)
    assert [(x.item, x.status) for x in first] == [("visit", S.REFUSED)]


@pytest.mark.parametrize("months", [1, 6, 12, 36])
@pytest.mark.parametrize("day", ["2026-02-28", "2026-03-01", "2026-03-31", "2028-02-29", "2027-12-31T23:59"])
def test_longer_retention_ends_rows_exactly_where_it_ends_the_consent(months: int, day: str) -> None:
    """The rule for lists and the computed status agree on each act around the border."""
    old = notice("1.0", line(retention_months=months, term_months=600))
    new = notice("2.0", line(retention_months=months + 12, term_months=600), active_from=at("2026-01-02"))
    known = {n.ref: n for n in (old, new)}
    when = at(day)
    rules = read_rules(["visit"], stops=(), versions=known.values(), at=when)
    assert [r.status for r in rules] == [S.EXPIRED, S.CHANGE_PENDING]
    border = when - timedelta(days=31 * months + 4)
    for offset in range(10 + 2 * months):
        made = (border + timedelta(days=offset)).isoformat()[:10]
        if at(made) > when:
            break
        events = proven(made)
        computed = line_status(events, terms=VISIT, item="visit", at=when, active_notice=new, notices=known)
        ended = rules[0].before is not None and at(made) < rules[0].before
        assert computed.status is (S.EXPIRED if ended else S.CHANGE_PENDING), made
