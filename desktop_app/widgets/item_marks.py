"""What a form says of each item: three marks per item, nothing preset, one key per item.

Pressing an item's number goes from nothing to given, then refused, then left empty, and round again.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout

from compliance.i18n import Lang, t
from desktop_app.widgets.basic import chip, column, empty, label, row
from desktop_app.words import item_label

ANSWERS = ("given", "refused", "empty")


class ItemMarks(QFrame):
    """Rows of items. ``changed`` when a mark was set."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[str, ...] = ()
        self._groups: dict[str, QButtonGroup] = {}
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)

    def put(self, items: Sequence[str], lang: Lang, *, claimed: dict[str, str], separate: frozenset[str],
            read: Mapping[str, str] = MappingProxyType({})) -> None:  # fmt: skip
        """Other items; every mark is empty. ``claimed`` is what a list said, ``read`` what a machine read: shown as
        words, never as a mark."""
        empty(self._box)
        for group in self._groups.values():
            group.deleteLater()
        self._groups, self.items = {}, tuple(items)
        for number, item in enumerate(items, start=1):
            name = label(f"{number}  {item_label(item, lang)}")
            more = [t("desk.claimed", lang, answer=t(f"answer.{claimed[item]}", lang))] if claimed.get(item) else []
            if read.get(item):
                more.append(t("desk.read", lang, said=t(f"read.said.{read[item]}", lang)))
            top = row(name, chip(t("notice.separate", lang), "blue") if item in separate else None, spacing=8)
            top.setStretch(0, 1)
            group = QButtonGroup(self)
            group.setExclusive(True)
            marks = row(spacing=6)
            for answer in ANSWERS:
                made = QPushButton(t(f"desk.answer.{answer}", lang))
                made.setObjectName(f"mark_{item}_{answer}")
                made.setProperty("look", "pick")
                made.setProperty("answer", answer)
                made.setCheckable(True)
                made.setAutoDefault(False)
                made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                made.clicked.connect(self.changed.emit)
                group.addButton(made)
                marks.addWidget(made)
            marks.addStretch(1)
            self._groups[item] = group
            words = label(" · ".join(more), kind="small", name=f"claimed_{item}") if more else None
            self._box.addLayout(column(top, marks, words, spacing=3))

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """What is marked so far."""
        found = ((item, group.checkedButton()) for item, group in self._groups.items())
        return tuple((item, str(mark.property("answer"))) for item, mark in found if mark is not None)

    def mark(self, item: str, answer: str) -> None:
        """Set one item's mark."""
        for made in self._groups[item].buttons():
            if made.property("answer") == answer:
                made.setChecked(True)
        self.changed.emit()

    def step(self, number: int) -> None:
        """The next mark of item ``number``, from 1."""
        if 1 <= number <= len(self.items):
            item = self.items[number - 1]
            now = dict(self.answers).get(item)
            self.mark(item, ANSWERS[(ANSWERS.index(now) + 1) % len(ANSWERS)] if now else ANSWERS[0])
