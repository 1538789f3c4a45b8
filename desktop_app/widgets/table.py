"""A calm table: fixed row heights, whole rows, J/K to move, Enter to open.

In a narrow window the columns of fixed width give back what their words do not need, so that the column that takes the
rest stays readable; only when that is not enough does the table scroll sideways.
"""
# ruff: noqa: N802 - Qt's names

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from compliance.i18n import Lang
from desktop_app.models.rows import Column, RowsModel

R = TypeVar("R")
ROW_HEIGHT = 42
_LEAST = 96
_BOLD = 8  # headings are wider than Qt reckons


class Table(QTableView, Generic[R]):
    """A table over :class:`RowsModel`. ``opened`` is called with the row on Enter or double click."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        lang: Lang,
        *,
        name: str,
        opened: Callable[[R], object] | None = None,
        chosen: Callable[[R], object] | None = None,
        several: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.rows: RowsModel[R] = RowsModel(columns, lang)
        self.setModel(self.rows)
        self._opened, self._chosen = opened, chosen
        self._dress(several)
        self._share_width()
        self.rows.modelReset.connect(self._share_width)
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.selectionModel().currentRowChanged.connect(lambda now, _: self._choose(now.row()))

    def put(self, rows: Sequence[R]) -> None:
        """Replace the rows."""
        self.rows.put(rows)

    def current(self) -> R | None:
        """The row under the cursor."""
        return self.rows.row(self.currentIndex().row())

    def picked(self) -> tuple[R, ...]:
        """All selected rows."""
        found = (self.rows.row(i.row()) for i in self.selectionModel().selectedRows())
        return tuple(r for r in found if r is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """J and K move, Enter opens. Copying is not offered: a value on the clipboard leaves no log entry."""
        if event.matches(QKeySequence.StandardKey.Copy):
            return
        step = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key()))
        if step and not event.modifiers():
            row = min(max(self.currentIndex().row() + step, 0), self.rows.rowCount() - 1)
            self.selectRow(row)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns share the new width."""
        super().resizeEvent(event)
        self._share_width()

    def setColumnHidden(self, column: int, hide: bool) -> None:
        """The columns that stay share its width."""
        super().setColumnHidden(column, hide)
        self._share_width()

    def fit(self, most: int = 10) -> None:
        """Be as tall as the rows, up to ``most``."""
        shown = max(1, min(self.rows.rowCount(), most))
        self.setFixedHeight(38 + shown * ROW_HEIGHT + 6)

    def _share_width(self) -> None:
        columns, header = self.rows.columns, self.horizontalHeader()
        shown = {n: column for n, column in enumerate(columns) if not self.isColumnHidden(n)}
        headings = {n: header.sectionSizeHint(n) + _BOLD for n, column in shown.items() if column.width}
        widths = {n: max(columns[n].width, heading) for n, heading in headings.items()}
        rest = [n for n, column in shown.items() if not column.width]
        room = self.viewport().width()
        lack = len(rest) * _LEAST - (room - sum(widths.values()))
        for number, heading in headings.items() if rest and lack > 0 else ():
            if columns[number].share is None:  # a bar stands beside the figure
                given = min(lack, max(0, widths[number] - max(self.sizeHintForColumn(number), heading)))
                widths[number] -= given
                lack -= given
        left = (room - sum(widths.values())) // max(1, len(rest))
        for number, width in {**widths, **dict.fromkeys(rest, max(_LEAST, left))}.items():
            self.setColumnWidth(number, width)

    def _open(self, row: int) -> None:
        found = self.rows.row(row)
        if found is not None and self._opened is not None:
            self._opened(found)

    def _choose(self, row: int) -> None:
        found = self.rows.row(row)
        if found is not None and self._chosen is not None:
            self._chosen(found)

    def _dress(self, several: bool) -> None:
        many, one = QAbstractItemView.SelectionMode.ExtendedSelection, QAbstractItemView.SelectionMode.SingleSelection
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(many if several else one)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setResizeContentsPrecision(0)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setFixedHeight(36)
