"""Drives every window once on a vault and writes its picture: for ``make run`` without a screen, and for designers.

Works through the same widgets and signals as a person would; waits for the lanes, never for a time.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget

from compliance.i18n import Lang
from compliance.model.access import Purpose
from desktop_app.app import build
from desktop_app.prefs import Prefs
from desktop_app.state import Place
from desktop_app.views.consents import ConsentsPage
from desktop_app.views.evidence import EvidencePage
from desktop_app.views.notices import NoticesPage
from desktop_app.views.page import Page
from desktop_app.views.people import PeoplePage
from desktop_app.views.registers import RegistersPart
from desktop_app.views.settings import SettingsPage
from desktop_app.window import MainWindow

_WAIT_MS = 120_000


def tour(
    app: QApplication,
    *,
    vault: Path | None,
    user: str,
    passphrase: str,
    lang: Lang | None,
    into: Path,
    size: tuple[int, int] = (1360, 860),
) -> int:
    """Pictures of the unlock window and, when ``vault`` opens, of every place. 4 when it does not open."""
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        window = build(lang=lang, prefs=Prefs(Path(scratch) / "prefs.ini"))
        window.resize(*size)
        window.start(vault, user)
        window.show()
        camera = Camera(app, window, into)
        camera.settle()
        camera.take("01-unlock")
        code = 0
        if vault is not None:
            code = _inside(camera, window, user, passphrase)
        window.close()
        camera.settle()
    return code


class Camera:
    """Waits until nothing runs, then takes a picture."""

    def __init__(self, app: QApplication, window: MainWindow, into: Path) -> None:
        self._app, self._window, self._into = app, window, into

    def settle(self) -> None:
        """Let the lanes finish and the widgets draw."""
        tasks = self._window.desk.tasks
        deadline = QDeadlineTimer(_WAIT_MS)
        quiet = 0
        while quiet < 4 and not deadline.hasExpired():
            self._app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
            if tasks.busy:
                quiet = 0
                loop = QEventLoop()
                tasks.idle.connect(loop.quit)
                loop.exec()
                tasks.idle.disconnect(loop.quit)
            else:
                quiet += 1

    def take(self, name: str, widget: QWidget | None = None) -> Path:
        """Write one picture."""
        self.settle()
        path = self._into / f"{name}.png"
        (widget or self._window).grab().save(str(path))
        return path


def _inside(camera: Camera, window: MainWindow, user: str, passphrase: str) -> int:
    window.unlock.set_secret(user, passphrase)
    window.unlock.unlock()
    camera.settle()
    shell = window.shell
    if shell is None:
        camera.take("02-unlock-refused")
        return 4
    number = 2
    for name, act in _stops(window):
        act()
        camera.settle()
        menu, dialog = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        camera.take(f"{number:02d}-{name}", menu or (dialog if name.endswith("dialog") else None))
        if menu is not None:
            menu.close()
        if dialog is not None:
            dialog.close()
            camera.settle()
        number += 1
    window.lock()
    camera.take(f"{number:02d}-locked")
    return 0


def _stops(window: MainWindow) -> Iterator[tuple[str, Callable[[], object]]]:
    shell, state = window.shell, window.desk.state
    assert shell is not None
    for place in shell.sitting.places:
        yield str(place), partial(shell.visit, place)
        yield from _inner(window, shell.page)
    other = Lang.EN if state.lang is Lang.ZH else Lang.ZH
    yield f"settings-{other}", partial(state.set_lang, other)
    for place in (Place.TODAY, Place.PEOPLE):
        yield f"{place}-{other}", partial(shell.visit, place)


def _inner(window: MainWindow, page: Page) -> Iterator[tuple[str, Callable[[], object]]]:
    parts: dict[Place, tuple[tuple[str, object], ...]] = {
        Place.CONSENTS: (
            ("ending", "expiring"),
            ("proof-missing", "unproven"),
            ("check", "checks"),
            ("stacks", "stacks"),
            ("ask", "ask"),
            ("record", ("record", "")),
            ("withdraw", "withdraw"),
            ("changes", "changes"),
            ("stops", "stops"),
        ),
        Place.NOTICES: (("new", "CK-PROFILE@1.1"), ("campaigns", "campaigns"), ("rules", "rules")),
        Place.EXPORTS: tuple((name, name) for name in ("plan", "papers", "packs", "returns", "list", "leak")),
        Place.EVIDENCE: tuple((name, name) for name in ("seal", "findings", "retention", "report", "verify")),
        Place.SETTINGS: tuple(
            (name, name)
            for name in (
                *("users", "reps", "sources", "backup", "copies", "papers", "requests", "plans", "deputies"),
                *("before", "facts", "company_rules", "rules", "registers"),
            )
        ),
    }
    if window.shell is None or (window.shell.sitting.rep and window.shell.place is not Place.PEOPLE):
        return  # a rep's places have no parts
    place = window.shell.place
    if place is Place.PEOPLE:
        yield from _people(window, page)
    for name, what in parts.get(place, ()):
        yield f"{place}-{name}", partial(page.open_at, what)
        yield from _deeper(f"{place}-{name}", page)
    if isinstance(page, EvidencePage):
        yield f"{place}-of-a-kind", partial(_one_kind, page)
        yield f"{place}-entry", partial(page.log.table.selectRow, 0)


def _deeper(name: str, page: Page) -> Iterator[tuple[str, Callable[[], object]]]:
    """What stands one step behind a part: the checking desk of a stack, what a version changes, each register."""
    if isinstance(page, ConsentsPage) and name.endswith("stacks"):
        yield f"{name}-desk", page.stacks.check
    elif isinstance(page, NoticesPage) and name.endswith("new"):
        yield f"{name}-complete", partial(page.versions.turn_to, 1)
        yield f"{name}-change", partial(page.versions.turn_to, 2)
    elif isinstance(page, SettingsPage) and isinstance(registers := page.parts.get("registers"), RegistersPart):
        for card in registers.cards if name.endswith("registers") else ():
            yield f"{name}-{card}", partial(registers.show_card, card)
            if (found := registers.cards[card].findChild(QPushButton, "lookDuplicates")) is not None:
                yield f"{name}-{card}-found", found.click


def _one_kind(page: EvidencePage) -> None:
    """Entries with something to read: consents that were recorded."""
    page.open_at("log")
    page.log.kind.setCurrentIndex(page.log.kind.findData("consent_recorded"))


def _someone(page: PeoplePage) -> None:
    """The first of the list with a current name and consents in force, else the first."""
    rows = [row for n in range(page.model.rowCount()) if (row := page.model.row(page.model.index(n))) is not None]
    for row in rows:
        if row.consent_hint and any(f.key == "full_name" and f.freshness == "fresh" for f in row.fields):
            page.show_person(row.hcp_id)
            return
    page.open_first()


def _people(window: MainWindow, page: Page) -> Iterator[tuple[str, Callable[[], object]]]:
    if not isinstance(page, PeoplePage) or window.shell is None:
        return
    if (words := page.search.findChild(QMenu, "searchWords")) is not None:
        yield "search-words", partial(words.popup, page.search.mapToGlobal(page.search.rect().bottomLeft()))
    yield "person", partial(_someone, page)
    if window.shell.sitting.rep:
        return
    for purpose in (Purpose.VISIT, Purpose.RIGHTS):
        if purpose in window.shell.sitting.purposes and purpose is not window.desk.state.purpose:
            yield f"people-{purpose}", partial(window.desk.state.set_purpose, purpose)
            yield f"person-{purpose}", partial(_someone, page)
    yield "time-dialog", page.detail.show_time
    yield "why-dialog", partial(page.detail.ask_why, "mobile_phone")
    yield "import-dialog", page.bring_in
    yield "imports-dialog", page.show_imports
    yield "add-person-dialog", page.add
    yield "amend-dialog", page.detail.acts.amend
    yield "freeze-dialog", page.detail.acts.freeze
