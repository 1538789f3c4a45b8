"""People of the day in visiting order: choose on the left, order on the right, at most as many as a plan holds."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from compliance.i18n import Lang, t
from compliance.model.profile import PersonRow
from desktop_app.models.people import field_text
from desktop_app.models.rows import Column
from desktop_app.widgets.basic import button, column, label, row
from desktop_app.widgets.table import Table

_ID = Qt.ItemDataRole.UserRole


class PlanPicker(QWidget):
    """Two lists side by side. ``changed`` says that the chosen people or their order are others now."""

    changed = Signal()

    def __init__(self, lang: Lang, *, most: int) -> None:
        super().__init__()
        self.setObjectName("planPicker")
        self._lang, self._most = lang, most
        columns: list[Column[PersonRow]] = [
            Column("col.name", lambda x, now: field_text(x, "full_name", now) or x.hcp_id, 130),
            Column("col.hospital", lambda x, now: field_text(x, "institution_name", now)),
        ]
        self.people: Table[PersonRow] = Table(columns, lang, name="planPeople", opened=self.add, several=True)
        self.order = QListWidget()
        self.order.setObjectName("planOrder")
        self.order.setSpacing(4)
        self.order.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.order.model().rowsMoved.connect(lambda *_: self._say())
        self._head = label(kind="caption", name="planCount")
        put = button("plan.add", self.add_picked, name="planAdd", lang=lang)
        acts = row(
            button("plan.up", lambda: self.move_by(-1), name="planUp", lang=lang),
            button("plan.down", lambda: self.move_by(1), name="planDown", lang=lang),
            button("plan.remove", self.take_off, name="planRemove", lang=lang),
            1,
        )
        left = column(label(key="plan.people", kind="caption", lang=lang), self.people, row(put, 1), spacing=6)
        right = column(self._head, self.order, acts, spacing=6)
        left.setStretch(1, 1)
        right.setStretch(1, 1)
        both = row(left, right, spacing=18)
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        self.setLayout(both)
        self._say()

    @property
    def hcp_ids(self) -> tuple[str, ...]:
        """The people in order."""
        return tuple(str(self.order.item(place).data(_ID)) for place in range(self.order.count()))

    def put(self, rows: Sequence[PersonRow]) -> None:
        """People to choose from, those whose name shows; who is no longer among them leaves the order."""
        named = tuple(one for one in rows if field_text(one, "full_name", self._lang))
        self.people.put(named)
        known = {one.hcp_id for one in named}
        for place in reversed(range(self.order.count())):
            if self.order.item(place).data(_ID) not in known:
                self.order.takeItem(place)
        self._say()

    def add(self, person: PersonRow) -> None:
        """One more at the end."""
        if person.hcp_id in self.hcp_ids or self.order.count() >= self._most:
            return
        words = (field_text(person, key, self._lang) for key in ("full_name", "institution_name"))
        item = QListWidgetItem("  ·  ".join(word for word in words if word) or person.hcp_id)
        item.setData(_ID, person.hcp_id)
        self.order.addItem(item)
        self._say()

    def add_picked(self) -> None:
        """Those marked on the left."""
        for person in self.people.picked():
            self.add(person)

    def move_by(self, step: int) -> None:
        """The chosen one earlier or later."""
        here = self.order.currentRow()
        there = here + step
        if here >= 0 and 0 <= there < self.order.count():
            self.order.insertItem(there, self.order.takeItem(here))
            self.order.setCurrentRow(there)
            self._say()

    def take_off(self) -> None:
        """The chosen one leaves the plan."""
        if self.order.currentRow() >= 0:
            self.order.takeItem(self.order.currentRow())
            self._say()

    def clear(self) -> None:
        """Nobody."""
        self.order.clear()
        self._say()

    def set_lang(self, lang: Lang) -> None:
        """Say headings again."""
        self._lang = lang
        self.people.rows.set_lang(lang)
        self._say()

    def _say(self) -> None:
        self._head.setText(t("plan.chosen", self._lang, count=self.order.count(), most=self._most))
        self.changed.emit()
