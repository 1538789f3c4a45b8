"""A page that is open while something changes at another seat: it clears itself and shows what is allowed now."""

from collections.abc import Callable

import pytest
from driving import WANG, Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget
from support import Desk, Doctor, done

from compliance.model.access import Purpose
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.people import amendments
from compliance.use_cases.seat.session import Session, log_size
from compliance.use_cases.seeing import profiles
from desktop_app.tasks import Task
from desktop_app.views import watch
from desktop_app.views.people import PeoplePage

HOSPITAL = "示例第九十九医院"
LI, BAI, MEI, SU, GU = (
    Doctor(number=f"K9100{n}", name=name, hospital=HOSPITAL, department="肿瘤科", phone=f"1371234000{n}")
    for n, name in enumerate(("端木清和", "百里长风", "梅若寒", "苏见微", "顾无言"))
)
Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def desk(office: Desk) -> Desk:
    """People whose visit is open, and one who was not asked yet; the second seat is really another session."""
    office.bring([LI, BAI, MEI, SU, GU], name="seats.csv")
    for one in (LI, BAI, MEI, SU):
        office.consent(office.id_of(one.name))
    return office


@pytest.fixture
def other(desk: Desk) -> Session:
    """Somebody at another seat."""
    return desk.sit("sun")


@pytest.fixture
def page(driver: Driver, desk: Desk) -> PeoplePage:
    """Chen at the list of people for the visit."""
    driver.unlock(desk.vault, "chen", "correct horse battery chen")
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    driver.window.desk.state.set_purpose(Purpose.VISIT)
    driver.settle()
    found = driver.shell.page
    assert isinstance(found, PeoplePage)
    return found


def opened(driver: Driver, page: PeoplePage, desk: Desk, name: str) -> str:
    hcp_id = desk.id_of(name)
    page.show_person(hcp_id)
    driver.settle()
    assert name in driver.texts(page.detail)
    return hcp_id


def withdraw(desk: Desk, other: Session, hcp_id: str) -> None:
    at = desk.at.isoformat()
    done(withdrawing.withdraw_consent(other, hcp_id=hcp_id, items=("visit",), received_at=at, channel="微信"))


@pytest.mark.req("REQ-028")
def test_a_withdrawal_at_another_seat_clears_the_open_page_and_the_list(
    driver: Driver, page: PeoplePage, desk: Desk, other: Session
) -> None:
    hcp_id = opened(driver, page, desk, LI.name)
    assert page.model.place_of(hcp_id) >= 0
    withdraw(desk, other, hcp_id)
    # nobody touches the window: its own timer finds out
    driver.qtbot.waitUntil(lambda: LI.name not in driver.texts(page), timeout=4 * watch.EVERY_MS)
    driver.settle()
    assert driver.find(QFrame, "refusalPanel", page.detail)
    assert "撤回" in driver.find(QLabel, "refusalReason", page.detail).text()
    assert driver.find(QLabel, "refusalArticles", page.detail).text()
    assert "重新显示" in driver.texts(page.detail)
    driver.qtbot.waitUntil(lambda: page.model.place_of(hcp_id) < 0, timeout=4 * watch.EVERY_MS)
    driver.settle()
    assert BAI.name in [page.model.data(page.model.index(n)) for n in range(page.model.rowCount())]
    opened(driver, page, desk, BAI.name)
    assert "重新显示" not in driver.texts(page.detail)  # it was said of the one before


@pytest.mark.req("REQ-028")
def test_a_page_that_says_no_learns_of_a_yes(driver: Driver, page: PeoplePage, desk: Desk) -> None:
    hcp_id = desk.id_of(GU.name)
    page.show_person(hcp_id)
    driver.settle()
    assert driver.find(QFrame, "refusalPanel", page.detail)
    page.detail.watch.look()  # the first question sets the mark of a refusal
    driver.settle()
    desk.consent(hcp_id)
    page.detail.watch.look()
    driver.settle()
    assert GU.name in driver.texts(page.detail)


@pytest.mark.req("REQ-028")
@pytest.mark.parametrize(("how", "who"), [("front", BAI), ("why", MEI)])
def test_it_is_asked_when_the_window_comes_to_the_front_and_before_an_act(
    driver: Driver, page: PeoplePage, desk: Desk, other: Session, how: str, who: Doctor
) -> None:
    hcp_id = opened(driver, page, desk, who.name)
    page.detail.watch._timer.stop()
    page.watch._timer.stop()
    withdraw(desk, other, hcp_id)
    driver.settle()
    assert who.name in driver.texts(page.detail)  # nothing has asked yet
    if how == "front":
        page.detail.watch._activated(Qt.ApplicationState.ApplicationInactive)
        driver.settle()
        assert who.name in driver.texts(page.detail)
        page.detail.watch._activated(Qt.ApplicationState.ApplicationActive)
    else:
        page.detail.ask_why("full_name")
    driver.settle()
    assert who.name not in driver.texts(page.detail)
    assert driver.find(QFrame, "refusalPanel", page.detail)
    for dialog in page.detail.findChildren(QWidget, "whyCard"):
        dialog.close()


@pytest.mark.req("REQ-028")
def test_statuses_that_come_late_leave_a_covered_page_covered(driver: Driver, page: PeoplePage, desk: Desk) -> None:
    opened(driver, page, desk, WANG.name)
    page.detail._cover(True)
    page.detail._ask_lines()
    driver.settle()
    assert driver.find(QLabel, "profileCovered", page.detail)
    assert page.detail.findChild(QLabel, "consentsTitle") is None
    page.detail._cover(False)
    driver.settle()
    assert len(page.detail.findChildren(QLabel, "consentsTitle")) == 1


@pytest.mark.req("REQ-028")
def test_what_does_not_concern_a_page_leaves_it_and_the_log_alone(
    driver: Driver, page: PeoplePage, desk: Desk, other: Session
) -> None:
    opened(driver, page, desk, WANG.name)
    before, shown = log_size(other), page.detail.findChild(QLabel, "profileName")
    done(profiles.find_people(other, text=HOSPITAL, purpose=Purpose.MDM))
    for _ in range(3):
        page.detail.watch.look()
        page.watch.look()
        driver.settle()
    assert page.detail.findChild(QLabel, "profileName") is shown
    assert log_size(other) - before == 1  # the other seat's; to ask leaves no entry


@pytest.mark.req("REQ-028")
def test_a_block_set_at_another_seat_is_noticed(driver: Driver, page: PeoplePage, desk: Desk, other: Session) -> None:
    hcp_id = opened(driver, page, desk, SU.name)
    done(amendments.freeze_person(other, hcp_id=hcp_id, reason_code="dispute"))
    page.detail.watch.look()
    driver.settle()
    assert SU.name not in driver.texts(page.detail)
    assert driver.find(QFrame, "refusalPanel", page.detail)
    done(amendments.unfreeze_person(desk.sit("zhao"), hcp_id=hcp_id))


def test_values_are_covered_while_the_lane_cannot_answer(
    driver: Driver, page: PeoplePage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "COVER_AFTER_MS", 0)
    opened(driver, page, desk, WANG.name)
    from threading import Event  # noqa: TID251 - holds the lane as a long import would

    free = Event()
    driver.window.desk.tasks.run(Task(lambda *_: free.wait(30)), lambda _: None)
    page.detail.watch.look()
    page.detail.watch.look()
    assert driver.find(QLabel, "profileCovered", page.detail)
    assert WANG.name not in driver.texts(page.detail)
    free.set()
    driver.settle()
    assert WANG.name in driver.texts(page.detail)
