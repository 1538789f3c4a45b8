"""Unlock, lock, auto-lock: faults in words, cleared windows, nothing personal in titles or settings."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from driving import WANG, Driver
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from support import NOW, PASS, Desk

from compliance.errors import NotAdmitted
from compliance.i18n import Lang, t
from desktop_app.autolock import AutoLock
from desktop_app.errors import problem
from desktop_app.state import Place
from desktop_app.views.shell import Shell

Sit = Callable[[str], Driver]


def test_a_wrong_passphrase_is_said_in_words_and_the_field_is_empty(driver: Driver, office: Desk) -> None:
    driver.unlock(office.vault, "chen", "not the passphrase")
    assert "口令或用户名不对" in driver.find(QLabel, "unlockFault").text()
    assert driver.find(QLineEdit, "passphrase").text() == ""
    assert driver.window.shell is None


def test_a_folder_that_is_no_vault_is_said_in_words(driver: Driver, tmp_path: Path) -> None:
    driver.window.start(tmp_path, "")
    driver.settle()
    said = driver.find(QLabel, "unlockFault").text()
    assert said and "Traceback" not in said and "error." not in said


def test_before_the_passphrase_the_window_shows_company_and_sandbox(driver: Driver, office: Desk) -> None:
    driver.window.start(office.vault, "chen")
    driver.settle()
    said = driver.find(QLabel, "vaultFacts").text()
    assert "示例药业" in said and "演示" in said


def test_unlocking_leads_to_today_with_the_sandbox_stamp(sit: Sit) -> None:
    driver = sit("chen")
    assert driver.shell.place is Place.TODAY
    assert driver.find(QLabel, "sandboxStamp").isVisible()
    assert "chen" in driver.find(QLabel, "status_role").text()
    assert [w for w in QApplication.topLevelWidgets() if w.isVisible()] == [driver.window]


@pytest.mark.parametrize(
    ("user", "places"),
    [
        ("chen", 8),
        ("wu", 5),
        ("zhou", 3),
        ("zheng", 2),
    ],
)
def test_each_role_sees_only_its_places(sit: Sit, user: str, places: int) -> None:
    driver = sit(user)
    for place in driver.shell.sitting.places:
        driver.shell.visit(place)
        driver.settle()
    assert len(driver.shell.sitting.places) == places
    assert driver.window.trouble is None


def test_locking_leaves_no_value_in_any_widget(sit: Sit, office: Desk) -> None:
    driver = sit("chen")
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.type("searchPeople", WANG.name)
    driver.qtbot.waitUntil(lambda: driver.shell.page.model.rowCount() == 1)
    driver.shell.page.open_first()
    driver.settle()
    assert WANG.name in driver.texts()
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    driver.settle()
    assert driver.window.shell is None
    assert driver.window.findChildren(Shell) == []
    left = "\n".join(
        x.text() for w in QApplication.topLevelWidgets() for x in w.findChildren(QWidget) if hasattr(x, "text")
    )
    assert WANG.name not in left and WANG.hospital not in left


def test_idle_minutes_lock_the_window(sit: Sit) -> None:
    driver = sit("chen")
    with driver.qtbot.waitSignal(driver.window.autolock.expired):
        driver.window.autolock.start(0)
        driver.window.autolock.look()
    driver.settle()
    assert driver.window.shell is None


def test_a_key_or_a_mouse_puts_the_lock_off(sit: Sit) -> None:
    driver = sit("chen")
    lock = driver.window.autolock
    lock.start(1)
    dialog = QDialog(driver.window)
    dialog.show()  # opened after the lock began to watch
    main, later = driver.window.windowHandle(), dialog.windowHandle()
    for touch in (  # as the system delivers them: to a window, which passes them on
        lambda: QTest.keyClick(main, Qt.Key.Key_Shift),
        lambda: QTest.mouseClick(main, Qt.MouseButton.LeftButton),
        lambda: QTest.mouseMove(main, QPoint(40, 40)),
        lambda: QTest.keyClick(later, Qt.Key.Key_Shift),
        lambda: QTest.mouseClick(later, Qt.MouseButton.LeftButton),
    ):
        lock._since -= timedelta(seconds=50)
        with driver.qtbot.waitSignal(lock.left) as left:
            lock.look()
        assert left.args[0] <= 10
        touch()
        with driver.qtbot.waitSignal(lock.left) as left:
            lock.look()
        assert left.args[0] >= 59


def test_a_laptop_that_slept_is_locked_on_waking(qtbot: QtBot) -> None:
    class Wall:
        at = NOW

        def now(self) -> datetime:
            return self.at

    wall = Wall()
    lock = AutoLock(clock=wall)
    lock.start(5)
    wall.at = NOW + timedelta(hours=8)  # the steady clock stood still meanwhile
    with qtbot.waitSignal(lock.expired):
        lock.look()


def test_nothing_is_copied_without_a_log_entry(sit: Sit) -> None:
    driver = sit("chen")
    QApplication.clipboard().setText("before")
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.shell.page.open_first()
    driver.settle()
    for name in ("peopleList",):
        driver.qtbot.keyClick(driver.find(QWidget, name), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "before"


def test_locked_pages_can_be_unlocked_again(sit: Sit, office: Desk) -> None:
    driver = sit("chen")
    driver.window.lock()
    driver.settle()
    driver.unlock(office.vault, "chen", f"{PASS} chen")
    assert driver.shell.place is Place.TODAY


def test_title_object_names_and_settings_hold_nobody(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.shell.page.open_first()
    driver.settle()
    driver.window.desk.prefs.lang = driver.window.desk.lang
    driver.window.close()
    driver.settle()
    kept = (tmp_path / "prefs.ini").read_text(encoding="utf-8")
    names = " ".join(w.objectName() for w in driver.window.findChildren(QWidget)) + driver.window.windowTitle()
    for secret in (WANG.name, WANG.hospital, "chen", "示例药业"):
        assert secret not in kept
        assert secret not in names


@pytest.mark.req("REQ-109")
@pytest.mark.parametrize("lang", list(Lang))
def test_whose_training_is_over_reads_the_training_notice_and_nothing_else(lang: Lang) -> None:
    told = problem(NotAdmitted("training_over", last="2025-11-01", helpers="chen, gao"), lang)
    assert "2025-11-01" in told.text and "chen, gao" in told.text
    assert told.next_step == t("error.training_over.next", lang) and not told.crash
