"""Keeps an open page from showing what no longer may be shown (REQ-028).

Rules: (1) a page names what it shows under which mark (:mod:`compliance.use_cases.seeing.view_marks`); this asks
whether it still holds: every so often, also while the page is behind another, when the window comes to the front, and
whenever the page is about to act on what it shows; (2) where it does not hold, the page clears itself and asks its
use case anew; (3) where no answer comes for a while, because the lane works on something long, the page covers its
values until one does; (4) a question that fails is no leave to go on showing: the page asks anew and says what is
wrong.
"""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from compliance.model.answer import Answer
from compliance.use_cases.seeing.view_marks import Held, Seen
from desktop_app.operations import people
from desktop_app.views.page import Page

#: Milliseconds between questions, and how long one may wait before the page covers its values.
EVERY_MS = 1500
COVER_AFTER_MS = 4000


class Watch(QObject):
    """Asks for ``page``. ``again`` clears it and asks anew, ``cover`` hides or shows the values it holds."""

    def __init__(self, page: Page, *, again: Callable[[], None], cover: Callable[[bool], None]) -> None:
        super().__init__(page)
        self._page, self._again, self._cover = page, again, cover
        self._seen: tuple[Seen, ...] = ()
        self._moment = ""
        self._ticket = 0
        self._asked_at: float | None = None
        self._covered = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._activated)

    def on(self, *seen: Seen) -> None:
        """The page shows this now, and nothing else."""
        self._ticket += 1
        self._seen, self._moment, self._asked_at = seen, "", None
        self._uncover()
        if seen:
            self._timer.start()
        else:
            self._timer.stop()

    def add(self, seen: Seen) -> None:
        """The page shows this as well."""
        self.on(*self._seen, seen)

    def off(self) -> None:
        """The page shows nobody."""
        self.on()

    def look(self) -> None:
        """Ask now, unless a question is under way already."""
        if not self._seen:
            return
        if self._asked_at is not None:
            self._waited()
            return
        self._asked_at = monotonic()
        ticket = self._ticket
        self._page.run(
            people.still_holds(seen=self._seen, moment=self._moment),
            lambda answer: self._told(answer, ticket),
            lambda _: self._lost(ticket),
        )

    def _told(self, answer: Answer[Held], ticket: int) -> None:
        if ticket != self._ticket:
            return  # the page shows something else by now
        self._asked_at = None
        self._uncover()
        held = answer.value
        if held.holds:
            self._moment = held.moment
            self._seen = tuple(replace(one, mark=mark) for one, mark in zip(self._seen, held.marks, strict=True))
        else:
            self.off()
            self._again()

    def _lost(self, ticket: int) -> None:
        if ticket == self._ticket:
            self.off()
            self._again()

    def _waited(self) -> None:
        assert self._asked_at is not None
        if not self._covered and (monotonic() - self._asked_at) * 1000 >= COVER_AFTER_MS:
            self._covered = True
            self._cover(True)

    def _uncover(self) -> None:
        if self._covered:
            self._covered = False
            self._cover(False)

    def _activated(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()
