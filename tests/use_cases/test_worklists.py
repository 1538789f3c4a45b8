"""Work lists count everything and show the first; forecast and coverage agree with what each person's status says."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from support import Desk, Doctor, done, invent, no

from compliance.clock import shanghai_day
from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.use_cases.consent import recording, standing, stops, withdrawing, worklists
from compliance.use_cases.consent.worklists import WorkList
from compliance.use_cases.people import amendments
from compliance.use_cases.seeing import people_list
from compliance.use_cases.signing import two_person


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Eight people; four assigned; one open on paper, one on a capture, one waiting, one imported yes."""
    made = Desk.create(tmp_path_factory.mktemp("lists"))
    doctors = invent(8)
    doctors[3] = Doctor(number="K900001", name="欧阳若溪", consent="Y", licence="113572468999999")
    made.bring(doctors)
    yield made
    made.rise()


@pytest.fixture(scope="module")
def ids(desk: Desk) -> list[str]:
    found = [row.hcp_id for row in done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows]
    wanted = desk.id_of("欧阳若溪")
    ordered = [wanted, *(i for i in found if i != wanted)]
    desk.assign(ordered[0], ordered[1], rep="liming")
    desk.assign(ordered[1], ordered[2], ordered[3], rep="hanmei")
    desk.consent(ordered[1])
    desk.consent(ordered[2], method="wechat")
    done(recording.record_consent(desk.sit("wu"), request=desk.act(ordered[3])))
    return ordered


def listed(desk: Desk, kind: WorkList, **more: int) -> list[tuple[str, str]]:
    page = done(worklists.work_list(desk.sit("chen"), kind=kind, **more))
    assert page.total >= len(page.rows)
    return [(work.row.hcp_id, work.row.item) for work in page.rows]


def test_each_list_holds_who_it_should(desk: Desk, ids: list[str]) -> None:
    assert listed(desk, WorkList.TO_CHECK) == [(ids[3], "visit")]
    assert {hcp for hcp, _ in listed(desk, WorkList.PROOF_MISSING)} == {ids[0]}
    assert listed(desk, WorkList.WEAK_PROOF) == [(ids[2], "visit")]
    assert listed(desk, WorkList.CHANGE_PENDING) == []
    assert listed(desk, WorkList.ENDING) == []
    assert sorted(listed(desk, WorkList.ENDING, within_days=800)) == sorted([(ids[1], "visit"), (ids[2], "visit")])


def test_the_due_list_goes_on_where_the_page_before_ended(desk: Desk, ids: list[str]) -> None:
    chen = desk.sit("chen")
    whole = done(standing.consents_due(chen, within_days=800, limit=0))
    assert len(whole.lines) == 2 and whole.more == ""
    first = done(standing.consents_due(chen, within_days=800, limit=1))
    second = done(standing.consents_due(chen, within_days=800, limit=1, after=first.more))
    assert first.lines + second.lines == whole.lines
    last = done(standing.consents_due(chen, within_days=800, limit=1, after=second.more))
    assert (last.lines, last.more) == ((), "")
    for bad in ("soon", "2027-01-01~HCP-A~visit", "2027-01-01T00:00:00+00:00"):
        with pytest.raises(InputErrors) as wrong:
            standing.consents_due(chen, after=bad)
        assert wrong.value.code == "bad_page"
    with pytest.raises(InputErrors):
        standing.consents_due(chen, limit=-1)


def test_a_list_shows_the_first_and_counts_all_and_names_are_logged(desk: Desk, ids: list[str]) -> None:
    page = done(worklists.work_list(desk.sit("chen"), kind=WorkList.ENDING, within_days=800, limit=1))
    assert (len(page.rows), page.total) == (1, 2)
    assert page.rows[0].display != page.rows[0].row.hcp_id
    with desk.sit("chen").vault.snapshot() as snap:
        last = snap.log.entry(snap.log.size - 1)
    assert last is not None
    assert (last.data["kind"], last.data["detail"]["what"]) == (str(Kind.LIST_SHOWN), "ending")


def test_the_forecast_is_by_week_and_territory_and_ends_on_the_last_day(desk: Desk, ids: list[str]) -> None:
    lines = {line.item: line for line in done(standing.consent_status(desk.sit("chen"), hcp_id=ids[1]))}
    until = lines["visit"].valid_until
    assert until is not None
    monday = shanghai_day(until - timedelta(seconds=1))
    monday -= timedelta(days=monday.weekday())
    desk.wait(days=710)
    weeks = done(worklists.forecast(desk.sit("chen"), weeks=4))
    desk.wait(days=-710)
    assert {(row.week, row.items) for row in weeks} == {(monday, 2)}
    assert all(isinstance(row.week, date) and row.week.weekday() == 0 for row in weeks)


def test_coverage_counts_each_person_once_in_the_whole_and_in_each_territory(desk: Desk, ids: list[str]) -> None:
    made = done(worklists.coverage(desk.sit("chen")))
    assert (made.whole.assigned, made.whole.visible) == (4, 2)
    shown = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT, as_rep="hanmei")).total
    assert shown == 2


def test_a_block_a_withdrawal_and_a_stop_leave_coverage_at_once(desk: Desk, ids: list[str]) -> None:
    def visible() -> int:
        return done(worklists.coverage(desk.sit("chen"))).whole.visible

    done(amendments.freeze_person(desk.sit("chen"), hcp_id=ids[1]))
    assert visible() == 1
    now = desk.at.isoformat()
    done(withdrawing.withdraw_consent(desk.sit("wu"), hcp_id=ids[2], items=None, received_at=now, channel="phone"))
    assert visible() == 0
    done(amendments.unfreeze_person(desk.sit("zhao"), hcp_id=ids[1]))
    assert visible() == 1
    done(stops.pause_scope(desk.sit("chen"), scope="visit", reason="outage"))
    assert (visible(), listed(desk, WorkList.ENDING, within_days=800)) == (0, [])
    desk.wait(minutes=1)
    request = done(stops.lift_scope(desk.sit("zhao"), scope="visit", reason="mended"))
    done(two_person.approve(desk.sit("chen"), request_id=request.request_id))
    assert visible() == 1


def test_wrong_role_and_wrong_numbers_are_refused(desk: Desk) -> None:
    for name in ("zhou", "zheng"):
        for call in (worklists.coverage, worklists.forecast):
            assert no(call(desk.sit(name))).reason == "role_not_allowed"
        assert no(worklists.work_list(desk.sit(name), kind=WorkList.TO_CHECK)).reason == "role_not_allowed"
    for wrong in ({"limit": 0}, {"limit": 9999}, {"within_days": -1}):
        with pytest.raises(InputErrors):
            worklists.work_list(desk.sit("chen"), kind=WorkList.ENDING, **wrong)
    with pytest.raises(InputErrors):
        worklists.forecast(desk.sit("chen"), weeks=0)
