"""One row stops a purpose for everybody at the next read of any seat; the state table is what the events say."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import Desk, done, invent, no

from compliance.clock import FixedClock
from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.model.consent import StopKind
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding, standing, stops, withdrawing
from compliance.use_cases.overview import today
from compliance.use_cases.seeing import people_list, profiles
from compliance.use_cases.signing import two_person


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("stops"))
    made.bring(invent(6))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def open_two(desk: Desk) -> tuple[str, str]:
    page = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM))
    first, second = page.rows[0].hcp_id, page.rows[1].hcp_id
    desk.consent(first)
    desk.consent(second)
    return first, second


def visible(desk: Desk) -> int:
    return done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT)).total


def test_a_pause_closes_lists_and_profiles_of_every_seat_and_a_lift_takes_two(
    desk: Desk, open_two: tuple[str, str]
) -> None:
    assert visible(desk) == 2
    other = desk.fresh("sun")
    made = done(stops.pause_scope(desk.sit("chen"), scope="visit", reason="outage"))
    assert made.kind is StopKind.PAUSED
    assert visible(desk) == 0
    refusal = no(profiles.open_profile(other, hcp_id=open_two[0], purpose=Purpose.VISIT))
    assert refusal.reason == "consent_suspended"
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=open_two[0]))
    assert [(x.status, x.code) for x in lines] == [("suspended", "PURPOSE_PAUSED")]
    counted = done(today.today(desk.sit("chen")))
    assert next(t.count for t in counted.tiles if t.key == "expiring") == 0
    desk.wait(minutes=5)  # at one instant the stop would count as the later word
    other.clock = FixedClock(desk.at)
    request = done(stops.lift_scope(desk.sit("zhao"), scope="visit", reason="mended"))
    assert isinstance(two_person.approve(desk.sit("zhao"), request_id=request.request_id).value, Refusal)
    assert visible(desk) == 0
    done(two_person.approve(desk.sit("sun"), request_id=request.request_id))
    assert visible(desk) == 2
    assert done(profiles.open_profile(other, hcp_id=open_two[0], purpose=Purpose.VISIT)).hcp_id == open_two[0]
    assert [s.kind for s in done(stops.list_stops(desk.sit("chen")))] == ["paused", "lifted"]


def test_a_stop_is_refused_for_the_wrong_role_scope_and_reason(desk: Desk) -> None:
    assert no(stops.end_scope(desk.sit("chen"), scope="digital", reason="x")).reason == "role_not_allowed"
    assert no(stops.pause_scope(desk.sit("wu"), scope="digital", reason="x")).reason == "role_not_allowed"
    for scope, code in (("rights", "scope_statutory"), ("nothing", "unknown_line")):
        with pytest.raises(InputErrors, match=code):
            stops.pause_scope(desk.sit("chen"), scope=scope, reason="x")
    with pytest.raises(InputErrors, match="reason_missing"):
        stops.pause_scope(desk.sit("chen"), scope="digital", reason="  ")
    with pytest.raises(InputErrors, match="not_stopped"):
        stops.lift_scope(desk.sit("zhao"), scope="digital", reason="x")


def test_the_state_table_is_what_all_events_say_and_the_seal_carries_its_digest(
    desk: Desk, open_two: tuple[str, str]
) -> None:
    withdrawn = desk.at.isoformat()
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=open_two[1], items=["visit"], received_at=withdrawn, channel="phone"
    ))  # fmt: skip
    desk.wait(days=800)  # terms run out; rows stay as the events say
    found = done(rebuilding.rebuild_states(desk.sit("chen"), mend=False, progress=NoProgress()))
    assert (found.differing, found.mended, found.people) == (0, False, 2)
    assert f"consent-states {found.digest}\n" in desk.sit("zhao").vault.checkpoint(desk.at)
    desk.wait(days=-800)


def test_rows_that_say_otherwise_are_found_and_mended(desk: Desk, open_two: tuple[str, str]) -> None:
    session = desk.sit("chen")
    with session.vault.unit_of_work() as uow:
        states = uow.consents.states(open_two[1])
        uow.consents.set_state(open_two[0], states["visit"])  # another person's row
        uow.consents.set_state(open_two[0], _renamed(states["visit"]))  # and one without any event
        uow.commit(session.event(rebuilding.Kind.STATES_REBUILT, at=desk.at))
    found = done(rebuilding.rebuild_states(session, mend=False, progress=NoProgress()))
    assert (found.differing, found.mended) == (2, False)
    mended = done(rebuilding.rebuild_states(session, mend=True, progress=NoProgress()))
    assert (mended.differing, mended.mended) == (2, True)
    assert done(rebuilding.rebuild_states(session, mend=False, progress=NoProgress())).differing == 0
    assert session.vault.check(full=True).ok
    assert no(rebuilding.rebuild_states(desk.sit("wu"), mend=True, progress=NoProgress())).reason == "role_not_allowed"


def test_an_end_is_for_good_and_the_rule_costs_one_row(desk: Desk, open_two: tuple[str, str], tmp_path: Path) -> None:
    desk.wait(hours=1)
    done(stops.end_scope(desk.sit("zhao"), scope="visit", reason="service_ended"))
    assert visible(desk) == 0
    assert no(profiles.open_profile(desk.sit("chen"), hcp_id=open_two[0], purpose=Purpose.VISIT)).reason == (
        "consent_revoked"
    )
    desk.at += timedelta(hours=1)
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=open_two[1]))
    assert [x.status for x in lines if x.item == "visit"] == ["withdrawn"]


def _renamed(line):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(line, item="digital/phone", purpose="digital")
