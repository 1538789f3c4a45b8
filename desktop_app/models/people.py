"""The list of people: pages come when the list is scrolled to its end; nothing is copied per row."""
# ruff: noqa: N802 - Qt's names

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from compliance.i18n import Lang
from compliance.model.profile import PersonRow, ProfileView
from desktop_app.words import shown_text

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole


class PeopleModel(QAbstractListModel):
    """Rows shown so far of ``total``. ``more`` is asked for the next page with its offset."""

    def __init__(self, more: Callable[[int], None]) -> None:
        super().__init__()
        self._more = more
        self._rows: list[PersonRow] = []
        self._next = 0
        self.total = 0
        self._asked = False

    def put(self, rows: Sequence[PersonRow], *, total: int, read: int) -> None:
        """A first page. ``read`` is how far the answer reached, refused people included."""
        self.beginResetModel()
        self._rows = list(rows)
        self.total, self._next, self._asked = total, read, False
        self.endResetModel()

    def append(self, rows: Sequence[PersonRow], *, read: int) -> None:
        """A further page."""
        self._asked = False
        self._next += read
        if rows:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()

    def clear(self) -> None:
        """Forget all."""
        self.put((), total=0, read=0)

    def row(self, index: Index) -> PersonRow | None:
        """The person at ``index``."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def place_of(self, hcp_id: str) -> int:
        """Row of a person, -1 when not shown."""
        return next((i for i, row in enumerate(self._rows) if row.hcp_id == hcp_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Qt: rows."""
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: Index) -> bool:
        """Qt: more to come."""
        return not parent.isValid() and not self._asked and self._next < self.total

    def fetchMore(self, parent: Index) -> None:
        """Qt: the end of the list is in sight."""
        if self.canFetchMore(parent):
            self._asked = True
            self._more(self._next)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: the row itself for the delegate, a name for screen readers."""
        row = self.row(index)
        if row is None:
            return None
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return field_text(row, "full_name", Lang.ZH) or row.hcp_id
        return None


def field_text(row: PersonRow | ProfileView, key: str, lang: Lang) -> str:
    """A listed field's text, "" when it is not in the list at all."""
    found = next((f for f in row.fields if f.key == key), None)
    return shown_text(found, lang) if found is not None and found.value else ""
