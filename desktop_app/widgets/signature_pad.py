"""A place to sign on the screen, with a pen, a finger or the mouse; what is signed stands above the name.

Rules: (1) nothing is written to disk: the picture goes into the store as bytes; (2) the picture holds the words that
were agreed or refused, the notice and the instant, because a signature alone says nothing; (3) a touch is no signature.
"""
# ruff: noqa: N802 - Qt's names

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame

_INK, _WIDE, _LINE, _HIGH = QColor("#1b2430"), 1000, 44, 320
#: Fewer dots than this are a slip of the hand.
_LEAST = 8


class SignaturePad(QFrame):
    """Strokes. ``signed`` is told after each."""

    signed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(name)
        self.setMinimumHeight(150)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setStyleSheet(f"#{name} {{ background: white; border: 1px solid #c9d2dc; border-radius: 8px; }}")
        self._strokes: list[list[QPoint]] = []

    @property
    def empty(self) -> bool:
        """Whether nobody has signed."""
        return sum(len(stroke) for stroke in self._strokes) < _LEAST

    def clear(self) -> None:
        """Begin again."""
        self._strokes = []
        self.update()

    def png(self, words: Sequence[str]) -> bytes:
        """The picture: ``words`` line by line, the strokes below."""
        top = _LINE * (len(words) + 1)
        image = QImage(_WIDE, top + _HIGH, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        pen = QPainter(image)
        font = pen.font()
        font.setPixelSize(24)
        pen.setFont(font)
        pen.setPen(_INK)
        for number, text in enumerate(words):
            pen.drawText(QRect(24, 16 + number * _LINE, _WIDE - 48, _LINE), Qt.AlignmentFlag.AlignVCenter, text)
        scale = min((_WIDE - 48) / max(self.width(), 1), _HIGH / max(self.height(), 1))
        pen.translate(24, top)
        pen.scale(scale, scale)
        self._draw(pen)
        pen.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A stroke begins."""
        self._strokes.append([event.position().toPoint()])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """And goes on."""
        if self._strokes:
            self._strokes[-1].append(event.position().toPoint())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """And ends."""
        self.signed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """What is there so far."""
        super().paintEvent(event)
        pen = QPainter(self)
        self._draw(pen)
        pen.end()

    def _draw(self, pen: QPainter) -> None:
        pen.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen.setPen(QPen(_INK, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        for stroke in self._strokes:
            pen.drawPolyline(stroke)
