"""Today's numbers lead somewhere; transfers say which route and what is missing."""

from collections.abc import Callable

import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit

from desktop_app.state import Place
from desktop_app.views.transfers import TransfersPage

Sit = Callable[[str], Driver]


@pytest.mark.parametrize(
    ("tile", "place"),
    [
        ("checks", Place.CONSENTS),
        ("requests", Place.SETTINGS),
        ("expiring", Place.CONSENTS),
        ("unproven", Place.CONSENTS),
        ("cases", Place.PEOPLE),
    ],
)
def test_every_number_is_a_way_to_the_list_behind_it(sit: Sit, tile: str, place: Place) -> None:
    driver = sit("chen")
    driver.qtbot.mouseClick(driver.find(QLabel, f"tile_{tile}"), Qt.MouseButton.LeftButton)
    driver.settle()
    assert driver.shell.place is place
    assert driver.shell.page.findChild(QLabel, "refusalReason") is None


def test_today_counts_people_and_names_the_missing_backup(sit: Sit) -> None:
    driver = sit("chen")
    assert "在档" in driver.find(QLabel, "todayFacts").text()
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_8, Qt.KeyboardModifier.ControlModifier)
    driver.settle()
    assert driver.shell.place is Place.SETTINGS


@pytest.mark.req("REQ-070")
def test_unsettled_facts_hold_a_transfer_and_are_named(sit: Sit) -> None:
    driver = sit("chen")
    driver.shell.visit(Place.TRANSFERS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, TransfersPage)
    driver.find(QLineEdit, "assessPersons").setText("120000")
    driver.click("assess")
    said = driver.texts(page)
    assert "目前不得出境" in said and "还需确认" in said
    for name in ("assessOperator", "assessImportant"):
        box = driver.find(QComboBox, name)
        box.setCurrentIndex(box.findData("no"))
    driver.click("assess")
    assert "还需确认" not in driver.texts(page)
    assert "目前不得出境" in driver.texts(page), "120,000 people need a route and its gates"


def test_an_empty_register_says_that_nothing_left(sit: Sit) -> None:
    driver = sit("chen")
    driver.shell.visit(Place.TRANSFERS)
    driver.settle()
    assert "没有数据出境" in driver.texts(driver.shell.page)
