"""A calm table: fixed row heights, whole rows, J/K to move, Enter to open."""
# ruff: noqa: N802 - Qt's names

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from compliance.i18n import Lang
from desktop_app.models.rows import Column, RowsModel

R = TypeVar("R")
ROW_HEIGHT = 42


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
        for number, column in enumerate(columns):
            if column.width:
                self.setColumnWidth(number, column.width)
            else:
                self.horizontalHeader().setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
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

    def fit(self, most: int = 10) -> None:
        """Be as tall as the rows, up to ``most``."""
        shown = max(1, min(self.rows.rowCount(), most))
        self.setFixedHeight(38 + shown * ROW_HEIGHT + 6)

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
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setFixedHeight(36)
