"""Many parts of one page: their names in a list at the left, in groups with a heading each, the chosen part beside it.

Where a row of tabs would need arrows to reach the last one. Arrow keys go from name to name and pass over headings.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QWidget

from compliance.i18n import Lang, t
from desktop_app.widgets.basic import row

_WIDTH = 186
_ROW, _HEAD = 31, 30
_KEY = int(Qt.ItemDataRole.UserRole)


class SideList(QWidget):
    """``groups``: catalogue key of a heading → names of its parts; ``words``: what their keys begin with."""

    turned = Signal()

    def __init__(
        self, parts: Mapping[str, QWidget], groups: Mapping[str, Sequence[str]], *, words: str, lang: Lang, name: str
    ) -> None:
        super().__init__()
        self._parts, self._words = dict(parts), words
        self.names, self._stack = QListWidget(), QStackedWidget()
        self.names.setObjectName(name)
        self.names.setProperty("look", "side")
        self.names.setFixedWidth(_WIDTH)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for heading, members in groups.items():
            present = [one for one in members if one in self._parts]
            for key in (heading, *present) if present else ():
                self._add(key, heading=key == heading)
        for part in self._parts.values():
            self._stack.addWidget(part)
        whole = row(self.names, self._stack, spacing=20)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.render_words(lang)
        self.names.setCurrentRow(1)
        self.names.currentItemChanged.connect(lambda now, _: self._turn(now))
        self._turn(self.names.currentItem())

    def current(self) -> QWidget | None:
        """The part in front."""
        return self._stack.currentWidget()

    def show_part(self, name: str) -> None:
        """Bring a part to the front."""
        for number in range(self.names.count()):
            if self.names.item(number).data(_KEY) == name:
                self.names.setCurrentRow(number)

    def render_words(self, lang: Lang) -> None:
        """Headings and names in ``lang``."""
        for number in range(self.names.count()):
            item = self.names.item(number)
            key = str(item.data(_KEY))
            item.setText(t(f"{self._words}{key}" if key in self._parts else key, lang))

    def _add(self, key: str, *, heading: bool) -> None:
        item = QListWidgetItem()
        item.setData(_KEY, key)
        item.setSizeHint(QSize(0, _HEAD if heading else _ROW))
        if heading:
            font = self.names.font()
            font.setPixelSize(12)
            font.setBold(True)
            item.setFont(font)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self.names.addItem(item)

    def _turn(self, item: QListWidgetItem | None) -> None:
        part = self._parts.get(str(item.data(_KEY))) if item is not None else None
        if part is not None and part is not self._stack.currentWidget():
            self._stack.setCurrentWidget(part)
            self.turned.emit()
