"""Windows over real vaults: a practice vault made once, widgets found by name, waits for the lanes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driving import WANG, Driver
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support import NOW, PASS, Desk, invent

from compliance.clock import FixedClock
from compliance.i18n import Lang
from desktop_app.app import application, build
from desktop_app.prefs import Prefs


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application with our look."""
    return application()


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A vault with staff, two reps, 120 people and one with consent."""
    desk = Desk.create(tmp_path_factory.mktemp("office"))
    desk.bring([WANG, *invent(120)])
    hcp_id = desk.id_of(WANG.name)
    desk.assign(hcp_id)
    desk.consent(hcp_id)
    desk.rise()
    yield desk
    desk.rise()


@pytest.fixture
def driver(qtbot: QtBot, tmp_path: Path, qapp: QApplication) -> Iterator[Driver]:
    """A fresh window in Chinese, with settings of its own and the tests' clock."""
    window = build(lang=Lang.ZH, prefs=Prefs(tmp_path / "prefs.ini"), clock=FixedClock(NOW))
    qtbot.addWidget(window, before_close_func=lambda w: None)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    made = Driver(qtbot, window)
    yield made
    window.close()
    assert window.trouble is None, "no test may end on the crash page"


@pytest.fixture
def sit(driver: Driver, office: Desk) -> Callable[[str], Driver]:
    """Unlock the office's vault as somebody."""

    def at(name: str) -> Driver:
        driver.unlock(office.vault, name, PASS if name == "zhao" else f"{PASS} {name}")
        return driver

    return at
