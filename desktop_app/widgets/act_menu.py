"""One button for several acts: its menu names each and follows the language."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton

from compliance.i18n import Lang, t
from desktop_app.words import say


class ActMenu(QPushButton):
    """``acts``: catalogue key, what it does, name of the entry. Without acts it does not show."""

    def __init__(
        self, key: str, acts: Sequence[tuple[str, Callable[[], object], str]], *, name: str, lang: Lang
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        say(self, text=key, lang=lang)
        menu = QMenu(self)
        self._entries: list[tuple[str, QAction]] = []
        for words, act, entry in acts:
            made = menu.addAction("")
            made.setObjectName(entry)
            made.triggered.connect(lambda _=False, do=act: do())
            self._entries.append((words, made))
        self.setMenu(menu)
        if not acts:
            self.hide()
        self.render_words(lang)

    def render_words(self, lang: Lang) -> None:
        """The entries in ``lang``; the button's own words follow by themselves."""
        for words, entry in self._entries:
            entry.setText(t(words, lang))
