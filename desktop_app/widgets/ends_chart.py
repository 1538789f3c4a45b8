"""How many consents end in which week: bars with their numbers, drawn here, readable at arm's length.

Rules: (1) every bar carries its number and its week, colour repeats only what the words say; (2) with a territory
chosen its share stands before the whole; (3) the same figures are the accessible text and the tool tip.
"""
# ruff: noqa: N802 - Qt's names

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.state import Frame
from desktop_app.theme import FRAMES, INK, LINE, MUTED

_LABELS, _NUMBERS, _LEAST = 40, 24, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One week: all ends, those of the chosen territory, and what to say about it."""

    week: date
    whole: int
    part: int
    tip: str


class EndsChart(QWidget):
    """Bars over weeks."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._bars: tuple[Bar, ...] = ()
        self._parted = False
        self.setMinimumHeight(210)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def put(self, bars: Sequence[Bar], *, parted: bool) -> None:
        """Show these weeks; ``parted``: a territory is chosen."""
        self._bars, self._parted = tuple(bars), parted
        self.setAccessibleName("\n".join(bar.tip for bar in bars if bar.whole))
        self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(520, 230)

    def event(self, event: QEvent) -> bool:
        """The week under the pointer in words."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._bars:
            at = int(event.pos().x() / (self.width() / len(self._bars)))
            QToolTip.showText(event.globalPos(), self._bars[min(max(at, 0), len(self._bars) - 1)].tip, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw."""
        if not self._bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tones = FRAMES[Frame.NORMAL]
        small, figure = QFont(self.font()), QFont(self.font())
        small.setPixelSize(12)
        figure.setPixelSize(14)
        figure.setBold(True)
        ground = self.height() - _LABELS
        most = max(_LEAST, *(bar.whole for bar in self._bars))
        slot = self.width() / len(self._bars)
        wide = min(slot * 0.62, 44.0)
        every = _label_step(slot, QFontMetricsF(small).horizontalAdvance("00-00") + 6)
        painter.setPen(QPen(QColor(LINE), 1))
        painter.drawLine(QPointF(0, ground + 0.5), QPointF(self.width(), ground + 0.5))
        for number, bar in enumerate(self._bars):
            left = number * slot + (slot - wide) / 2
            room = ground - _NUMBERS
            for count, colour in ((bar.whole, tones.accent_soft if self._parted else tones.accent),
                                  (bar.part if self._parted else 0, tones.accent)):  # fmt: skip
                if count:
                    tall = max(room * count / most, 3.0)
                    painter.setPen(QPen(QColor(tones.accent), 1))
                    painter.setBrush(QColor(colour))
                    painter.drawRoundedRect(QRectF(left, ground - tall, wide, tall), 3, 3)
            shown = bar.part if self._parted else bar.whole
            if shown or bar.whole:
                top = ground - max(room * bar.whole / most, 3.0)
                painter.setFont(figure)
                painter.setPen(QColor(INK if shown else MUTED))
                painter.drawText(
                    QRectF(number * slot - 10, top - _NUMBERS, slot + 20, _NUMBERS - 2),
                    int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom),
                    f"{shown:,}",
                )
            if number % every == 0:
                painter.setFont(small)
                painter.setPen(QColor(MUTED))
                painter.drawText(
                    QRectF(number * slot - 20, ground + 8, slot + 40, 20),
                    int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop),
                    bar.week.strftime("%m-%d"),
                )
        painter.end()


def _label_step(slot: float, label: float) -> int:
    step = 1
    while slot * step < label:
        step += 1
    return step
