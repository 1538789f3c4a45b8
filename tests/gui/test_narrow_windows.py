"""At 1180 x 800 in English, the longer language, nothing is cut off at the side and no column is squeezed away."""

from collections.abc import Callable

import pytest
from driving import Driver
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton, QScrollArea, QTabBar

from compliance.i18n import Lang
from desktop_app.state import Place
from desktop_app.views.people import PeoplePage
from desktop_app.widgets.table import Table

Sit = Callable[[str], Driver]


@pytest.fixture
def narrow(sit: Sit) -> Driver:
    driver = sit("zhao")
    driver.window.resize(1180, 800)
    driver.window.desk.state.set_lang(Lang.EN)
    driver.settle()
    return driver


def test_no_page_is_wider_than_its_window(narrow: Driver) -> None:
    for place in narrow.shell.sitting.places:
        narrow.shell.visit(place)
        narrow.settle()
        page = narrow.shell.page
        if isinstance(page, PeoplePage):
            page.open_first()
            narrow.settle()
        for area in page.findChildren(QScrollArea):
            inner = area.widget()
            if area.isVisible() and inner is not None:
                assert inner.minimumSizeHint().width() <= area.viewport().width(), (place, area.objectName())
        for table in page.findChildren(Table):
            rest = [n for n, column in enumerate(table.rows.columns) if not column.width]
            assert all(table.columnWidth(n) >= 90 for n in rest) or not table.isVisible(), (place, table.objectName())


def test_settings_name_every_part_at_once_and_keys_pass_over_headings(narrow: Driver) -> None:
    narrow.shell.visit(Place.SETTINGS)
    narrow.settle()
    names = narrow.find(QListWidget, "settingsParts")
    assert names.visualItemRect(names.item(names.count() - 1)).bottom() <= names.viewport().height()
    said = [names.item(n).text() for n in range(names.count())]
    assert {"Users", "Company rules", "Papers", "Safekeeping"} <= set(said)
    assert names.currentItem().text() == "You"  # the heading above it cannot be chosen
    narrow.shell.page.open_at("papers")
    assert names.currentItem().text() == "Papers"


def test_every_tab_is_in_view_without_arrows(narrow: Driver) -> None:
    seen = 0
    for place in narrow.shell.sitting.places:
        narrow.shell.visit(place)
        narrow.settle()
        for tabs in narrow.shell.page.findChildren(QTabBar):
            if tabs.isVisible() and tabs.count():
                seen += 1
                last = tabs.tabRect(tabs.count() - 1)
                assert tabs.tabRect(0).left() >= 0 and last.right() <= tabs.width(), (place, tabs.count())
    assert seen >= 3


def test_a_user_is_added_without_scrolling(narrow: Driver) -> None:
    narrow.shell.visit(Place.SETTINGS)
    narrow.shell.page.open_at("users")
    narrow.settle()
    go = narrow.find(QPushButton, "addUser")
    assert go.mapTo(narrow.window, go.rect().bottomLeft()).y() < 500


def test_the_number_of_entries_follows_the_language(narrow: Driver) -> None:
    narrow.shell.visit(Place.EVIDENCE)
    narrow.settle()
    count = narrow.find(QLabel, "logCount")
    assert count.text().startswith("The newest") or "entries" in count.text()
    narrow.window.desk.state.set_lang(Lang.ZH)
    narrow.settle()
    assert "条" in count.text()


def test_whose_store_it_is_follows_the_language(narrow: Driver) -> None:
    narrow.window.lock()
    narrow.settle()
    narrow.window.desk.state.set_lang(Lang.EN)
    facts = narrow.find(QLabel, "vaultFacts", narrow.window.unlock)
    assert "Company store" in facts.text()
    narrow.window.desk.state.set_lang(Lang.ZH)
    assert "公司档案库" in facts.text()
