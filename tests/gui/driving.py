"""A window and the ways a person uses it: by widget name, waiting for the lanes, never for a time."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from support import Doctor

from compliance.model.access import Purpose
from desktop_app.state import Place
from desktop_app.views.people import PeoplePage
from desktop_app.views.shell import Shell
from desktop_app.widgets.hidden_names import HiddenNames
from desktop_app.window import MainWindow

#: A person whose every value is a canary: it must be nowhere once the window is locked.
WANG = Doctor(number="K900001", name="欧阳澄澈", hospital="示例肿瘤医院", department="肿瘤科", phone="13712345678")


class Driver:
    """A window and the ways a person uses it."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    @property
    def shell(self) -> Shell:
        """The shell of the open vault."""
        assert self.window.shell is not None
        return self.window.shell

    def settle(self) -> None:
        """Wait until no lane works and every queued drawing is done."""
        tasks = self.window.desk.tasks
        for _ in range(3):
            self.qtbot.waitUntil(lambda: not tasks.busy, timeout=60_000)
            QCoreApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        self.qtbot.waitUntil(lambda: not tasks.busy, timeout=60_000)
        if QApplication.activeWindow() is None and self.window.isVisible():
            self.window.activateWindow()  # offscreen, none is after a waiting dialog
            QCoreApplication.processEvents()

    def find(self, kind: type, name: str, within: QWidget | None = None):  # type: ignore[no-untyped-def]
        """The widget of that name."""
        found = (within or self.window).findChild(kind, name)
        assert found is not None, name
        return found

    def click(self, name: str, within: QWidget | None = None) -> None:
        """Press a button and wait."""
        self.qtbot.mouseClick(self.find(QWidget, name, within), Qt.MouseButton.LeftButton)
        self.settle()

    def ask_why_hidden(self, key: str, within: QWidget | None = None) -> None:
        """Press the chip of a field that does not show, and wait."""
        names = next(n for n in (within or self.window).findChildren(HiddenNames) if key in n.keys)
        self.qtbot.mouseClick(names, Qt.MouseButton.LeftButton, pos=names.place(key).center())
        self.settle()

    def pick(self, name: str) -> None:
        """Take an entry of a menu and wait."""
        self.find(QAction, name).trigger()
        self.settle()

    def type(self, name: str, text: str) -> None:
        """Replace the text of an input by typing; waits for the search that follows."""
        box = self.find(QWidget, name)
        box.clear()
        event = QInputMethodEvent("", [])  # as a Chinese input method commits it
        event.setCommitString(text)
        QCoreApplication.sendEvent(box, event)
        self.settle()

    def unlock(self, vault: Path, user: str, passphrase: str) -> None:
        """Type and press."""
        self.window.start(vault, user)
        self.settle()
        self.window.unlock.set_secret(user, passphrase)
        self.click("unlockGo")

    def texts(self, within: QWidget | None = None) -> str:
        """Everything the labels say."""
        root = within or self.window
        return "\n".join(x.text() for x in root.findChildren(QLabel) if not x.isHidden())


def person(driver: Driver, hcp_id: str, purpose: Purpose) -> PeoplePage:
    """The page of somebody, opened under a purpose."""
    driver.window.desk.state.set_purpose(purpose)
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, PeoplePage)
    page.detail.open(hcp_id)
    driver.settle()
    return page


def choose(driver: Driver, menu: str, entry: str) -> None:
    """An entry of a button's menu."""
    found = driver.find(QPushButton, menu).menu()
    assert isinstance(found, QMenu)
    next(a for a in found.actions() if a.objectName() == entry).trigger()
    driver.settle()
