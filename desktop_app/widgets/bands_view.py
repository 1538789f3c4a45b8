"""Bands of status over time, one row an item, with the acts as marks. Words stand in every band that has room.

Colour repeats what the words say. Left and Right go from mark to mark, Up and Down from item to item; pointer and keys
tell the same: ``chosen`` carries (item, act or None, band).
"""
# ruff: noqa: N802 - Qt's names

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from compliance.clock import SHANGHAI
from desktop_app.theme import CHIPS, FAINT, INK, LINE, MUTED

_NEVER = datetime(2000, 1, 1, tzinfo=SHANGHAI)
_NAMES, _ROW, _BAND, _AXIS, _RIGHT = 190, 58, 26, 34, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One band: from, to (None: it lasts), its word and tone, what to tell."""

    begins: datetime
    ends: datetime | None
    word: str
    tone: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One act."""

    at: datetime
    word: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One item."""

    name: str
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]


class BandsView(QWidget):
    """The picture. ``told`` carries the words of what is under pointer or keys."""

    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bandsView")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lanes: tuple[Lane, ...] = ()
        self._from = self._to = _NEVER
        self.at = (0, -1)

    def put(self, lanes: Sequence[Lane], *, until: datetime) -> None:
        """Show these items until ``until``."""
        self._lanes = tuple(lanes)
        starts = [s.begins for lane in lanes for s in lane.stretches] + [m.at for lane in lanes for m in lane.marks]
        first = min(starts, default=until)
        room = max((until - first) * 0.04, timedelta(days=3))
        self._from, self._to = first - room, until + room
        self.at = (0, -1)
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName("\n".join(f"{x.name}: {', '.join(s.word for s in x.stretches)}" for x in lanes))
        self.update()

    def sizeHint(self) -> QSize:
        """A row for each item and the axis."""
        return QSize(860, _AXIS + _ROW * max(len(self._lanes), 1) + 8)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from mark to mark."""
        row, mark = self.at
        key = event.key()
        if not self._lanes or key not in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            super().keyPressEvent(event)
            return
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            row = min(max(row + (1 if key == Qt.Key.Key_Down else -1), 0), len(self._lanes) - 1)
            mark = min(mark, len(self._lanes[row].marks) - 1)
        else:
            mark += 1 if key == Qt.Key.Key_Right else -1
        mark = min(max(mark, 0), max(len(self._lanes[row].marks) - 1, 0))
        self._choose(row, mark)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what lies under the pointer."""
        point = event.position()
        row = int((point.y() - _AXIS) // _ROW)
        if not 0 <= row < len(self._lanes):
            return
        lane = self._lanes[row]
        for number, mark in enumerate(lane.marks):
            if abs(self._x(mark.at) - point.x()) <= 7:
                self._choose(row, number)
                return
        for stretch in lane.stretches:
            if self._x(stretch.begins) <= point.x() <= self._x(stretch.ends or self._to):
                self.told.emit(f"{lane.name} · {stretch.told}")
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = QFont(self.font())
        small.setPixelSize(12)
        painter.setFont(small)
        self._axis(painter)
        for number, lane in enumerate(self._lanes):
            top = _AXIS + number * _ROW + 8
            painter.setFont(self.font())
            painter.setPen(QColor(INK))
            name = QFontMetricsF(self.font()).elidedText(lane.name, Qt.TextElideMode.ElideRight, _NAMES - 16)
            painter.drawText(QRectF(0, top, _NAMES - 10, _BAND), int(Qt.AlignmentFlag.AlignVCenter), name)
            painter.setFont(small)
            for stretch in lane.stretches:
                self._stretch(painter, stretch, top)
            for place, mark in enumerate(lane.marks):
                self._mark(painter, mark, top, on=self.at == (number, place) and self.hasFocus())
        painter.end()

    def _choose(self, row: int, mark: int) -> None:
        self.at = (row, mark)
        lane = self._lanes[row]
        if 0 <= mark < len(lane.marks):
            self.told.emit(f"{lane.name} · {lane.marks[mark].told}")
        self.update()

    def _x(self, when: datetime) -> float:
        whole = (self._to - self._from) / timedelta(seconds=1) or 1.0
        share = (when - self._from) / timedelta(seconds=1) / whole
        return _NAMES + min(max(share, 0.0), 1.0) * (self.width() - _NAMES - _RIGHT)

    def _axis(self, painter: QPainter) -> None:
        if not self._lanes:
            return
        painter.setPen(QPen(QColor(LINE), 1))
        days = max((self._to - self._from).days, 1)
        step = next((x for x in (1, 7, 14, 30, 61, 91, 182, 365) if days / x <= 9), 730)
        moment = self._from.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        while moment < self._to:
            x = self._x(moment)
            painter.setPen(QPen(QColor(LINE), 1))
            painter.drawLine(QPointF(x, _AXIS - 6), QPointF(x, self.height()))
            painter.setPen(QColor(MUTED))
            text = moment.strftime("%Y-%m-%d" if step < 30 else "%Y-%m")
            painter.drawText(QRectF(x - 50, 4, 100, 18), int(Qt.AlignmentFlag.AlignHCenter), text)
            moment += timedelta(days=step)

    def _stretch(self, painter: QPainter, stretch: Stretch, top: float) -> None:
        ink, ground = CHIPS[stretch.tone]
        left, right = self._x(stretch.begins), self._x(stretch.ends) if stretch.ends else self.width() - _RIGHT
        box = QRectF(left, top, max(right - left, 2.0), _BAND)
        painter.setPen(QPen(QColor(ink), 1))
        painter.setBrush(QColor(ground))
        painter.drawRect(box)
        if QFontMetricsF(painter.font()).horizontalAdvance(stretch.word) + 10 <= box.width():
            painter.drawText(box.adjusted(6, 0, -2, 0), int(Qt.AlignmentFlag.AlignVCenter), stretch.word)

    def _mark(self, painter: QPainter, mark: Mark, top: float, *, on: bool) -> None:
        x = self._x(mark.at)
        painter.setPen(QPen(QColor(INK), 2 if on else 1))
        painter.setBrush(QColor(INK if on else FAINT))
        painter.drawEllipse(QPointF(x, top + _BAND + 8), 5 if on else 4, 5 if on else 4)
