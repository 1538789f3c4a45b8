"""The search box: asks when the typing rests, and offers the words it knows in a small menu.

Rules: (1) what stands in the menu is what the reader may ask: whoever sees people as a rep does gets columns only, a
rep's own vault none; (2) an entry is written at the end of what stands in the box already, and the cursor waits where
the word goes on; (3) Esc empties the box.
"""

import re

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QMenu

from compliance.i18n import Lang, t
from compliance.model.access import FIELD_ROLES
from desktop_app.icons import icon
from desktop_app.state import Sitting
from desktop_app.theme import MUTED
from desktop_app.words import say

_TYPING_MS = 220
#: What is written → key of its words; the first group for everybody.
COLUMNS = {
    "name:": "full_name",
    "hospital:": "institution_name",
    "department:": "department",
    "title:": "professional_title",
    "region:": "region",
    "tag:": "tag",
}
STATES = (
    "is:open", "is:expiring", "is:pending", "is:unproven", "is:withdrawn", "is:frozen", "is:dnc",
    "is:reported-deceased", "is:deceased", "is:dormant", "consent:visit=refused",
)  # fmt: skip
OTHERS = ("rep:", "border:blocked", "seen-by:", "-is:open")


class SearchBox(QLineEdit):
    """See the module. ``asks`` comes when somebody has stopped typing."""

    asks = Signal()

    def __init__(self, *, sitting: Sitting | None, lang: Lang) -> None:
        super().__init__()
        self.setObjectName("searchPeople")
        rep = sitting is not None and sitting.rep
        say(self, hint="people.search.in_pack" if rep else "people.search", lang=lang)
        self.setClearButtonEnabled(True)
        self._sitting = sitting
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(_TYPING_MS)
        self._resting.timeout.connect(self.asks)
        self.textChanged.connect(lambda _: self._resting.start())
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetShortcut)
        escape.activated.connect(self.clear)
        self.offer(lang)
        QTimer.singleShot(0, self, self.setFocus)

    def offer(self, lang: Lang) -> None:
        """Put the menu behind an icon at the right, in place of one in another language."""
        for old in (*self.findChildren(QMenu, "searchWords"), *self.findChildren(QAction, "showSearchWords")):
            old.deleteLater()
        if self._sitting is None or self._sitting.rep:
            return
        menu = QMenu(self)
        menu.setObjectName("searchWords")
        for word, key in COLUMNS.items():
            _entry(menu, self, word, t(f"people.search.in.{key}", lang))
        if self._sitting.role not in FIELD_ROLES:
            for words in (STATES, OTHERS):
                menu.addSeparator()
                for word in words:
                    _entry(menu, self, word, t(f"people.search.{re.sub('[:=]', '.', word.rstrip(':'))}", lang))
        action = QAction(icon("info", MUTED), t("people.search.words", lang), self)
        action.setObjectName("showSearchWords")
        action.triggered.connect(lambda: menu.popup(self.mapToGlobal(self.rect().bottomLeft())))
        self.addAction(action, QLineEdit.ActionPosition.TrailingPosition)


def _entry(menu: QMenu, box: QLineEdit, word: str, says: str) -> None:
    action = QAction(f"{word}\t{says}", menu)
    action.triggered.connect(lambda: _write(box, word))
    menu.addAction(action)


def _write(box: QLineEdit, word: str) -> None:
    """Rule 2."""
    text = box.text().rstrip()
    box.setText(f"{text} {word}" if text else word)
    box.setFocus()
    box.end(False)
