"""Exceptional access in the window: asked for, seen while it lasts, gone with its last minute, reviewed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from driving import WANG, Driver
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QLabel, QLineEdit, QMenu, QPushButton
from support import NOW, Desk, done

from compliance.clock import FixedClock
from compliance.model.access import Purpose
from compliance.use_cases.seeing import cases
from compliance.use_cases.signing import approvals
from desktop_app.state import Place
from desktop_app.tasks import Task

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One person who agreed to visits."""
    desk = Desk.create(tmp_path_factory.mktemp("exceptional"))
    desk.bring([WANG])
    desk.consent(desk.id_of(WANG.name))
    desk.rise()
    yield desk
    desk.rise()


@pytest.mark.req("REQ-047")
def test_a_clerk_asks_looks_and_loses_sight_when_the_minutes_are_over(sit: Sit, office: Desk) -> None:
    hcp_id = office.id_of(WANG.name)
    office.rise()
    driver = sit("wu")
    driver.window.desk.state.set_purpose(Purpose.MDM)
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.shell.page.open_at(hcp_id)
    driver.settle()
    menu = driver.find(QPushButton, "profileMore").menu()
    assert isinstance(menu, QMenu)
    next(act for act in menu.actions() if act.objectName() == "person_exceptional").trigger()
    driver.settle()
    dialog = driver.find(QDialog, "exceptionalDialog")
    purpose = driver.find(QComboBox, "exceptionalPurpose", dialog)
    assert purpose.findData(Purpose.MDM) < 0, "what the role may read anyway is not offered"
    purpose.setCurrentIndex(purpose.findData(Purpose.VISIT))
    minutes = driver.find(QLineEdit, "exceptionalMinutes", dialog)
    minutes.setText("61")
    driver.click("actGo", dialog)
    assert "1 至 60" in driver.texts(dialog)
    minutes.setText("30")
    driver.click("actGo", dialog)

    asked = done(approvals.list_pending(office.sit("chen")))[0]
    made = done(approvals.approve(office.sit("chen"), request_id=asked.request_id)).result
    office.rise()
    driver.shell.visit(Place.TODAY)
    driver.settle()
    card = driver.find(QFrame, "todayExceptional")
    assert hcp_id in driver.texts(card)
    driver.click(f"look_{made['access']}")
    look = driver.find(QDialog, "exceptionalLook")
    assert driver.find(QLabel, "exceptionalName", look).text() == WANG.name

    over = FixedClock(NOW + timedelta(minutes=31))
    move = Task(lambda opened, _: setattr(opened.session, "clock", over))
    driver.window.desk.tasks.run(move, lambda _: None, lambda error: pytest.fail(str(error)))
    driver.qtbot.waitUntil(lambda: WANG.name not in driver.texts(look), timeout=20_000)
    driver.settle()
    assert "已到期" in driver.texts(look)
    driver.click("exceptionalClose", look)


@pytest.mark.req("REQ-047")
def test_a_review_is_closed_with_its_finding_from_today(sit: Sit, office: Desk) -> None:
    task = next(t for t in done(cases.list_tasks(office.sit("sun"))) if t.kind == "review_exceptional")
    office.rise()
    driver = sit("sun")
    driver.click(f"done_{task.task_id}")
    dialog = driver.find(QDialog, "receiptDialog")
    driver.click("actGo", dialog)
    assert "凭据" in driver.texts(dialog), "a review without a finding is refused and says so"
    driver.find(QLineEdit, "taskReceipt", dialog).setText("有据，共 1 次")
    driver.click("actGo", dialog)
    office.rise()
    assert all(t.task_id != task.task_id for t in done(cases.list_tasks(office.sit("sun"))))
