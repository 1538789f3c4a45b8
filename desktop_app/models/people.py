"""The list of people: as many rows as there are, of which only pages near those in view are held.

Rules: (1) a row that is painted and not held is asked for, one page at a time; what comes is painted, and whatever is
in view by then and not held is asked next; (2) a page next to one that is held goes on by its place, any other is
counted off; (3) pages far from the last one asked are let go, so that no more people stand in memory, and are watched,
than somebody may look at.
"""
# ruff: noqa: N802 - Qt's names

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer

from compliance.i18n import Lang
from compliance.model.profile import PersonRow, ProfileView
from desktop_app.words import shown_text

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
#: Pages held at once.
MOST_PAGES = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """Page number ``page``: behind the person ``after``, ahead of ``before``, or else from its ``offset`` on."""

    page: int
    offset: int = 0
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    rows: tuple[PersonRow, ...]
    more: str  # whom the page behind it goes on after


class PeopleModel(QAbstractListModel):
    """``total`` people, None: not counted yet. ``ask`` is asked for a page of ``size``."""

    def __init__(self, ask: Callable[[Wanted], None], *, size: int) -> None:
        super().__init__()
        self._ask, self._size = ask, size
        self._held: dict[int, _Held] = {}
        self._rows = 0
        self._wanted: Wanted | None = None
        self.total: int | None = 0

    @property
    def pages(self) -> frozenset[int]:
        """Numbers of the pages that are held."""
        return frozenset(self._held)

    def put(self, rows: Sequence[PersonRow], *, total: int | None, more: str = "") -> None:
        """A list anew, with its first rows."""
        self.beginResetModel()
        self._held = {
            begin // self._size: _Held(tuple(rows[begin : begin + self._size]), more)
            for begin in range(0, len(rows), self._size)
        }
        self.total, self._wanted = total, None
        self._rows = len(rows) if total is None else total
        self.endResetModel()

    def counted(self, total: int) -> None:
        """How many there are."""
        self.total = total
        if total > self._rows:
            self.beginInsertRows(QModelIndex(), self._rows, total - 1)
            self._rows = total
            self.endInsertRows()

    def take(self, wanted: Wanted, rows: Sequence[PersonRow], *, more: str) -> None:
        """A page that was asked for. Rule 3."""
        self._wanted = None
        self._held[wanted.page] = _Held(tuple(rows), more)
        for page in sorted(self._held, key=lambda page: abs(page - wanted.page))[MOST_PAGES:]:
            del self._held[page]
        first = wanted.page * self._size
        last = min(first + self._size, self._rows) - 1
        self.dataChanged.emit(self.index(first), self.index(last))

    def missed(self) -> None:
        """The page that was asked for did not come."""
        self._wanted = None

    def clear(self) -> None:
        """Forget all."""
        self.put((), total=0)

    def row(self, index: Index) -> PersonRow | None:
        """The person at ``index``, None when not held."""
        page, place = divmod(index.row(), self._size) if index.isValid() else (-1, 0)
        held = self._held.get(page)
        return held.rows[place] if held is not None and place < len(held.rows) else None

    def place_of(self, hcp_id: str) -> int:
        """Row of a person, -1 when not held."""
        for page, held in self._held.items():
            for place, row in enumerate(held.rows):
                if row.hcp_id == hcp_id:
                    return page * self._size + place
        return -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Qt: rows."""
        return 0 if parent.isValid() else self._rows

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: the row itself for the delegate, a name for screen readers."""
        if role not in (ROW, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.row(index)
        if role == ROW:
            if row is None and index.isValid():
                self._need(index.row() // self._size)
            return row
        return (field_text(row, "full_name", Lang.ZH) or row.hcp_id) if row is not None else None

    def _need(self, page: int) -> None:
        """Rules 1 and 2. It is asked after the painting."""
        if self._wanted is not None or page in self._held:
            return
        ahead, behind = self._held.get(page - 1), self._held.get(page + 1)
        if ahead is not None and ahead.more:
            self._wanted = Wanted(page, after=ahead.more)
        elif behind is not None and behind.rows:
            self._wanted = Wanted(page, before=behind.rows[0].hcp_id)
        else:
            self._wanted = Wanted(page, offset=page * self._size)
        wanted = self._wanted
        QTimer.singleShot(0, self, lambda: self._ask(wanted) if wanted is self._wanted else None)


def field_text(row: PersonRow | ProfileView, key: str, lang: Lang) -> str:
    """A listed field's text, "" when it is not in the list at all."""
    found = next((f for f in row.fields if f.key == key), None)
    return shown_text(found, lang) if found is not None and found.value else ""
