"""C24 and C25: what ended by itself is wound down by one, and a record kept long enough is proposed to two."""

from collections.abc import Iterator

import pytest
from support import STAFF, Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.use_cases.consent import recording, standing, winding_down, withdrawing, worklists
from compliance.use_cases.consent.worklists import WorkList
from compliance.use_cases.ending import erasure
from compliance.use_cases.overview import today
from compliance.use_cases.seeing import cases
from compliance.use_cases.signing import two_person


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("w"), staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    made.bring(invent(3))
    yield made
    made.rise()


def ids(desk: Desk) -> list[str]:
    return [desk.id_of(doctor.name) for doctor in invent(3)]


def state(desk: Desk, hcp: str, item: str = "visit") -> str:
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))
    return next(str(x.status) for x in lines if x.item == item)


def confirm(desk: Desk, hcp: str) -> None:
    for task in done(cases.list_tasks(desk.sit("zhao"))):
        if task.hcp_id == hcp and task.done_at is None:
            done(cases.done_task(desk.sit("zhao"), task_id=task.task_id, receipt="确认停止 2026-1"))


def kept(desk: Desk) -> list[str]:
    page = done(worklists.work_list(desk.sit("chen"), kind=WorkList.KEPT))
    assert page.total == len(page.rows) == done(worklists.work_counts(desk.sit("chen")))[WorkList.KEPT]
    tiles = {t.key: t.count for t in done(today.today(desk.sit("zhao"))).tiles}
    assert tiles.get("kept_long_enough", 0) == page.total
    return [work.row.hcp_id for work in page.rows]


@pytest.mark.req("REQ-091")
def test_what_expired_is_wound_down_archived_and_after_its_years_proposed_to_two(desk: Desk) -> None:
    hcp, other, third = ids(desk)
    desk.consent(hcp)
    desk.consent(other)
    with pytest.raises(InputErrors, match="nothing_ended"):
        winding_down.wind_down(desk.sit("chen"), hcp_id=hcp)
    assert no(winding_down.wind_down(desk.sit("wu"), hcp_id=hcp)).reason == "role_not_allowed"
    desk.wait(days=740)  # 24 months and some days
    assert state(desk, hcp) == "expired"
    made = done(winding_down.wind_down(desk.sit("chen"), hcp_id=hcp))
    assert made.items == ("visit",) and made.tasks
    assert done(winding_down.wind_down(desk.sit("chen"), hcp_id=hcp)).tasks == made.tasks  # once is enough
    assert state(desk, hcp) == "expired"
    confirm(desk, hcp)
    assert state(desk, hcp) == "archived" and state(desk, other) == "expired"
    desk.wait(days=3 * 365)
    assert kept(desk) == []  # the day has not come
    desk.wait(days=3)
    assert kept(desk) == [hcp]  # of the other nobody has confirmed anything
    request = done(erasure.request_erasure(desk.sit("chen"), hcp_id=hcp, reason="C25"))
    assert no(two_person.approve(desk.sit("chen"), request_id=request.request_id))
    done(two_person.approve(desk.sit("sun"), request_id=request.request_id))
    assert kept(desk) == []
    assert third


def test_what_still_stands_keeps_a_record(desk: Desk) -> None:
    hcp, other, third = ids(desk)
    for one in (hcp, other, third):
        desk.consent(one)
        desk.wait(minutes=1)
        at = desk.at.isoformat()
        done(withdrawing.withdraw_consent(desk.sit("wu"), hcp_id=one, items=["visit"], received_at=at, channel="电话"))
        confirm(desk, one)
    desk.wait(days=3 * 365 + 3)
    assert sorted(kept(desk)) == sorted([hcp, other, third])
    desk.consent(hcp, "digital/email", asked_by_hcp=True)  # they agreed to something else
    done(cases.open_case(desk.sit("chen"), hcp_id=other, kind="access"))
    said_no = desk.act(third, "event", answer="refused", evidence=None, asked_by_hcp=True)
    done(recording.record_consent(desk.sit("wu"), request=said_no))  # a no that still locks asking
    assert kept(desk) == []
    desk.wait(days=200)
    assert kept(desk) == [third]
