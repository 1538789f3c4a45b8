"""Many parts of one page: their names in a list at the left, in groups with a heading each, the chosen part beside it.

Where a row of tabs would need arrows to reach the last one. Arrow keys go from name to name and pass over headings. A
part is made when it is first chosen: opening the page costs what is in front, not all that could be.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QWidget

from compliance.i18n import Lang, t
from desktop_app.widgets.basic import row

_WIDTH = 186
_ROW, _HEAD = 31, 30
_KEY = int(Qt.ItemDataRole.UserRole)


class SideList(QWidget):
    """``makers``: name → what makes the part; ``groups``: heading's key → names; ``words``: what the keys begin with.

    ``parts`` holds what was made so far, by name.
    """

    turned = Signal()

    def __init__(
        self,
        makers: Mapping[str, Callable[[], QWidget]],
        groups: Mapping[str, Sequence[str]],
        *,
        words: str,
        lang: Lang,
        name: str,
    ) -> None:
        super().__init__()
        self.parts: dict[str, QWidget] = {}
        self._makers, self._words, self._chosen = dict(makers), words, ""
        self.names, self._stack = QListWidget(), QStackedWidget()
        self.names.setObjectName(name)
        self.names.setProperty("look", "side")
        self.names.setFixedWidth(_WIDTH)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for heading, members in groups.items():
            present = [one for one in members if one in self._makers]
            for key in (heading, *present) if present else ():
                self._add(key, heading=key == heading)
        whole = row(self.names, self._stack, spacing=20)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.render_words(lang)
        self.names.setCurrentRow(1)
        self.names.currentItemChanged.connect(lambda now, _: self._turn(now))
        self._turn(self.names.currentItem())

    def current(self) -> QWidget | None:
        """The part in front."""
        return self.parts.get(self._chosen)

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
            item.setText(t(f"{self._words}{key}" if key in self._makers else key, lang))

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
        name = str(item.data(_KEY)) if item is not None else ""
        if name not in self._makers or name == self._chosen:
            return
        if name not in self.parts:
            self.parts[name] = self._makers[name]()
            self._stack.addWidget(self.parts[name])
        self._chosen = name
        self._stack.setCurrentWidget(self.parts[name])
        self.turned.emit()
