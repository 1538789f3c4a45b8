"""The window once a vault is open: places on the left, page, purpose chip on top, status below.

Pages are made when first visited and all thrown away at lock, so that no widget keeps a value.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from compliance.clock import shanghai_day
from compliance.i18n import Lang, t
from compliance.model.answer import Changes
from desktop_app.icons import icon
from desktop_app.state import Pack, Place, Sitting
from desktop_app.theme import FRAMES
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, column, empty, label, picture, row
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.status_bar import StatusBar
from desktop_app.words import purpose_label, retranslate, say

#: Place → module and class of its page, for officers and for reps.
_PAGES: dict[Place, tuple[str, str]] = {
    Place.TODAY: ("today", "TodayPage"),
    Place.PEOPLE: ("people", "PeoplePage"),
    Place.CONSENTS: ("consents", "ConsentsPage"),
    Place.NOTICES: ("notices", "NoticesPage"),
    Place.EXPORTS: ("exports", "ExportsPage"),
    Place.TRANSFERS: ("transfers", "TransfersPage"),
    Place.EVIDENCE: ("evidence", "EvidencePage"),
    Place.SETTINGS: ("settings", "SettingsPage"),
}
_REP_PAGES = {
    Place.TODAY: ("rep_today", "RepTodayPage"),
    Place.PEOPLE: ("people", "PeoplePage"),
    Place.CONSENTS: ("rep_ask", "RepAskPage"),
}


class Shell(QWidget):
    """Rail, top bar, pages, status bar."""

    lock_asked = Signal()

    def __init__(self, desk: Desk, sitting: Sitting) -> None:
        super().__init__()
        self.setObjectName("shell")
        self.desk, self.sitting = desk, sitting
        self._pages: dict[Place, Page] = {}
        self._places: dict[Place, QToolButton] = {}
        self._stale: set[Place] = set()
        self._left = desk.prefs.lock_minutes * 60
        self._stack = QStackedWidget()
        self._title = label(kind="title", name="pageTitle")
        self._title.setWordWrap(False)
        self._purpose = QPushButton()
        self._status = StatusBar()
        self._banners = QVBoxLayout()
        self._lay()
        self._keys()
        self.place = Place.TODAY
        desk.state.lang_changed.connect(self._say)
        desk.state.purpose_changed.connect(self._purpose_switched)
        desk.state.go.connect(self._go)
        desk.state.facts_changed.connect(self._say_facts)
        desk.state.pack_changed.connect(self._say_banners)
        desk.tasks.changed.connect(self._changed)
        self._say()
        self.visit(Place.TODAY)

    @property
    def page(self) -> Page:
        """The page in front."""
        return self._pages[self.place]

    def visit(self, place: Place, what: object = None) -> None:
        """Bring a place to the front, made at the first visit, refreshed when something it shows changed."""
        if place not in self.sitting.places:
            return
        fresh = place not in self._pages
        if fresh:
            module, name = (_REP_PAGES if self.sitting.rep else _PAGES)[place]
            made: Page = getattr(import_module(f"desktop_app.views.{module}"), name)(self.desk)
            self._pages[place] = made
            self._stack.addWidget(made)
        self.place = place
        page = self._pages[place]
        self._stack.setCurrentWidget(page)
        self._places[place].setChecked(True)
        self._title.setText(t(f"place.{place}", self.desk.lang))
        self._purpose.setVisible(place is Place.PEOPLE and bool(self.sitting.purposes))
        if fresh or place in self._stale:
            self._stale.discard(place)
            page.refresh()
        if what is not None:
            page.open_at(what)

    def countdown(self, seconds: int) -> None:
        """Time until lock, in the status bar."""
        self._left = seconds
        text = t("bar.lock_in", self.desk.lang, left=f"{seconds // 60}:{seconds % 60:02d}")
        self._status.put("lock", text)

    def busy(self, working: bool) -> None:
        """Something short takes long."""
        self._status.put("busy", t("bar.busy", self.desk.lang) if working else "")

    def _lay(self) -> None:
        top = QFrame()
        top.setObjectName("topBar")
        top.setFixedHeight(62)
        self._purpose.setObjectName("purposeChip")
        self._purpose.setProperty("look", "chip")
        self._purpose.setMenu(QMenu(self._purpose))
        stamp = label(key="app.sandbox", kind="stamp", lang=self.desk.lang, name="sandboxStamp")
        stamp.setWordWrap(False)
        stamp.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        if not self.sitting.sandbox:
            stamp.hide()
        lock = button("shell.lock", self.lock_asked.emit, name="lockNow", lang=self.desk.lang, tip="shell.lock.tip")
        inner = row(self._title, 1, stamp, self._purpose, lock, spacing=14)
        inner.setContentsMargins(28, 0, 22, 0)
        top.setLayout(inner)
        self._banners.setContentsMargins(0, 0, 0, 0)
        self._banners.setSpacing(0)
        right = column(top, self._banners, self._stack, self._status, spacing=0)
        right.setStretch(2, 1)
        strip = QFrame()
        strip.setObjectName("frameStrip")
        strip.setFixedHeight(4)
        below = row(self._rail(), right, spacing=0)
        below.setStretch(1, 1)
        whole = column(strip, below, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def _rail(self) -> QFrame:
        rail = QFrame()
        rail.setObjectName("rail")
        rail.setFixedWidth(212)
        layout = QVBoxLayout(rail)
        layout.setContentsMargins(14, 18, 14, 16)
        layout.setSpacing(4)
        brand = label("ConsentKeep", name="brand")
        brand.setWordWrap(False)
        names = column(brand, label("信守", name="brandSub"), spacing=0)
        layout.addLayout(row(picture("evidence", "#FFFFFF", 26), names))
        layout.addSpacing(20)
        tones = FRAMES[self.sitting.frame]
        for place in self.sitting.places:
            made = QToolButton()
            made.setObjectName(f"place_{place}")
            made.setCheckable(True)
            made.setAutoExclusive(True)
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            made.setIcon(icon(str(place), tones.rail_text, active="#FFFFFF", gap=10))
            made.setIconSize(QSize(30, 20))
            made.setMinimumWidth(184)
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            say(made, text=f"place.{place}", lang=self.desk.lang)
            made.clicked.connect(lambda _=False, p=place: self.visit(p))
            self._places[place] = made
            layout.addWidget(made)
        layout.addStretch(1)
        for lang in Lang:
            entry = button(
                f"lang.{lang}", _switch(self.desk, lang), look="railLink", name=f"lang_{lang}", lang=self.desk.lang
            )
            layout.addWidget(entry)
        return rail

    def _keys(self) -> None:
        for number, place in enumerate(self.sitting.places, start=1):
            self._key(f"Ctrl+{number}", lambda p=place: self.visit(p))  # type: ignore[misc]
        self._key("Ctrl+L", self.lock_asked.emit)
        for keys in ("Ctrl+F", "F3"):
            self._key(keys, lambda: self._search())
        self._key("Ctrl+W", lambda: self._go("consents", "withdraw"))
        self._key("Ctrl+,", lambda: self.visit(Place.SETTINGS))

    def _key(self, keys: str, act: Callable[[], object]) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(lambda: act())

    def _search(self) -> None:
        self.visit(Place.PEOPLE)
        if Place.PEOPLE in self._pages:
            self._pages[Place.PEOPLE].open_at("search")

    def _go(self, place: str, what: object) -> None:
        if place in set(Place):
            self.visit(Place(place), what)

    def _purpose_switched(self) -> None:
        self._say_purpose()
        if self.place is Place.PEOPLE:
            self.page.refresh()
        else:
            self._stale.add(Place.PEOPLE)

    def _changed(self, changes: Changes) -> None:
        for place, page in self._pages.items():
            if page.affected(changes):
                if place is self.place:
                    QTimer.singleShot(0, page, page.refresh)
                else:
                    self._stale.add(place)

    def _say(self) -> None:
        lang = self.desk.lang
        retranslate(self, lang)
        self._title.setText(t(f"place.{self.place}", lang) if hasattr(self, "place") else "")
        self._say_purpose()
        self.countdown(self._left)
        self._say_banners()
        for page in self._pages.values():
            page.render_words()

    def _say_purpose(self) -> None:
        lang, chosen = self.desk.lang, self.desk.state.purpose
        menu = self._purpose.menu()
        menu.clear()
        for purpose in self.sitting.purposes:
            act = menu.addAction(purpose_label(purpose, lang))
            act.setObjectName(f"purpose_{purpose}")
            act.triggered.connect(lambda _=False, p=purpose: self.desk.state.set_purpose(p))
        words = purpose_label(chosen, lang) if chosen else ""
        self._purpose.setText(t("shell.purpose", lang, purpose=words) + "  ")
        self._say_facts()

    def _say_facts(self) -> None:
        state = self.desk.state
        self._status.say(state.sitting or self.sitting, state.purpose, self.desk.lang)

    def restrict(self) -> None:
        """The check in the background found something: from now on the store is read-only."""
        self.sitting = replace(self.sitting, restricted=True)
        self._say_banners()

    def _say_banners(self) -> None:
        empty(self._banners)
        if self.sitting.restricted:
            self._banners.addWidget(_wide(banner(t("shell.restricted", self.desk.lang), tone="red")))
        now = self.desk.state.sitting
        if self.sitting.rep and now is not None and now.pack is not None:
            self._banners.addWidget(_wide(self._pack_line(now.pack)))
        for warning in self.sitting.warnings:
            if warning != "restricted":
                self._banners.addWidget(_wide(banner(t(f"warning.{warning}", self.desk.lang), tone="amber")))

    def _pack_line(self, pack: Pack) -> QFrame:
        lang = self.desk.lang
        left = max((shanghai_day(pack.until) - shanghai_day(self.desk.clock.now())).days, 0)
        words = "rep.ended" if pack.ended else "rep.banner"
        text = t(words, lang, sequence=pack.sequence, days=left, day=shanghai_day(pack.until).isoformat())
        return banner(text, tone="red" if pack.ended else "neutral")


def _switch(desk: Desk, lang: Lang) -> Callable[[], None]:
    return lambda: desk.state.set_lang(lang)


def _wide(frame: QFrame) -> QFrame:
    frame.setStyleSheet("border-radius: 0;")
    return frame
