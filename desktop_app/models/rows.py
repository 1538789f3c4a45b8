"""A table model over frozen rows: columns are catalogue keys and functions; nothing is copied per cell."""
# ruff: noqa: N802 - Qt's names

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from compliance.i18n import Lang, t

R = TypeVar("R")
#: Where a cell keeps its share.
SHARE = int(Qt.ItemDataRole.UserRole) + 7
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column: heading key, text of a row, width (0 takes the rest), colour of the text where it means something."""

    key: str
    text: Callable[[R, Lang], str]
    width: int = 0
    colour: Callable[[R], str | None] | None = None
    share: Callable[[R], float] | None = None  # 0 to 1, for a bar beside the figure


class RowsModel(QAbstractTableModel, Generic[R]):
    """Rows as they came, read-only."""

    def __init__(self, columns: Sequence[Column[R]], lang: Lang) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._lang = lang
        self._rows: Sequence[R] = ()

    def put(self, rows: Sequence[R]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, index: int) -> R | None:
        """Row number ``index``."""
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def set_lang(self, lang: Lang) -> None:
        """Say headings and cells again."""
        self.beginResetModel()
        self._lang = lang
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Qt: rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Qt: columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: one cell."""
        column, row = self.columns[index.column()], self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(row, self._lang)
        if role == Qt.ItemDataRole.ForegroundRole and column.colour is not None:
            colour = column.colour(row)
            return QColor(colour) if colour else None
        if role == SHARE and column.share is not None:
            return column.share(row)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: headings."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return t(self.columns[section].key, self._lang)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None
