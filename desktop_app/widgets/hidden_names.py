"""The names of the fields that do not show, as chips painted by one widget: a page has about ninety of them.

1. A widget each would cost more time to lay out, style and let go than everything else on the page together.
2. A click asks why; so do Enter and space on the chip that the arrow keys, Home and End have reached.
3. The widget names itself for a screen reader by the chip that has the keys and its reason, else by all names.
"""
# ruff: noqa: N802 - Qt's names

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from compliance.i18n import Lang, t
from compliance.model.profile import ShownField
from desktop_app.theme import CARD, INK, LINE, MUTED
from desktop_app.words import field_label, reason_label

_GAP, _SIDE, _UPRIGHT, _ROUND, _LEAST, _BELOW_TITLE = 6, 9, 2, 9.0, 16, 8
_GROUND, _GROUND_ON, _WORDS = "#EEF1F5", "#E2E7EE", "#6B788C"
_CORNER, _CARD = 10.0, (21, 19, 21, 21)  # left, top, right, below: those of ``card`` and its border
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class HiddenNames(QWidget):
    """``title`` and below it a chip for each field; with a ``heading``, a card of its own.

    Without ``why`` the names are there to be read alone.
    """

    def __init__(
        self,
        fields: Sequence[ShownField],
        lang: Lang,
        *,
        why: Callable[[str], None] | None,
        title: str = "",
        heading: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName("hiddenNames")
        self.keys = tuple(field.key for field in fields)
        self.names = tuple(field_label(field.key, lang) for field in fields)
        self._reasons, self._lang = tuple(field.reason or "" for field in fields), lang
        self._title, self._heading, self._why = title, heading, why
        self._on = self._under = self._pressed = -1
        self._said = t("desk.list_sep", lang).join(self.names)
        self._places: tuple[int, list[QRect]] = (-1, [])
        self._font = QFont(self.font())
        self._font.setPixelSize(12)
        metrics = QFontMetrics(self._font)
        sizes = [metrics.size(0, name) for name in self.names]
        self._line = metrics.height() + 1
        self._high = max(self._line, _LEAST) + 2 * _UPRIGHT
        self._bold = QFont(self.font())
        self._bold.setPixelSize(15)
        self._bold.setBold(True)
        self._margin = _CARD if heading else (0, 0, 0, 0)
        self._tall = QFontMetrics(self._bold).height() + 1 if heading else 0
        self._wide = [size.width() + 2 * _SIDE for size in sizes]
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if why else Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self._name()

    @property
    def current(self) -> str:
        """Key of the chip that has the keys, "" when none has."""
        return self.keys[self._on] if self._on >= 0 else ""

    def place(self, key: str) -> QRect:
        """Where the chip of a field is."""
        return self._rects(self.width())[self.keys.index(key)]

    def heightForWidth(self, width: int) -> int:
        """Narrow means tall."""
        return self._rects(width)[-1].bottom() + 1 + self._margin[3]

    def sizeHint(self) -> QSize:
        """As wide as the widest chip: the layout gives more."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Room for the widest chip."""
        left, _, right, below = self._margin
        return QSize(left + max(self._wide) + right, self._top() + self._high + below)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The title and the chips."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top, right, _ = self._margin
        across = self.width() - left - right
        if self._heading:
            painter.setPen(QColor(LINE))
            painter.setBrush(QColor(CARD))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _CORNER, _CORNER)
            painter.setPen(QColor(INK))
            painter.setFont(self._bold)
            painter.drawText(QRect(left, top, across, self._tall), Qt.AlignmentFlag.AlignVCenter, self._heading)
            top += self._tall + _BELOW_TITLE
        painter.setFont(self._font)
        if self._title:
            painter.setPen(QColor(MUTED))
            painter.drawText(QRect(left, top, across, self._line), Qt.AlignmentFlag.AlignVCenter, self._title)
        for number, rect in enumerate(self._rects(self.width())):
            lit = number in (self._on, self._under)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(_GROUND_ON if lit else _GROUND))
            painter.drawRoundedRect(rect, _ROUND, _ROUND)
            painter.setPen(QColor(INK if lit else _WORDS))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.names[number])
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The chips have moved from under the pointer."""
        super().resizeEvent(event)
        self._under = -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light the chip under the pointer; its reason is the tip."""
        self._light(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer has gone."""
        super().leaveEvent(event)
        self._light(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click begins and ends on one chip."""
        self._pressed = self._at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Rule 2."""
        number = self._at(event.position())
        if (
            number >= 0
            and number == self._pressed
            and self._why is not None
            and event.button() == Qt.MouseButton.LeftButton
        ):
            self._step_to(number)
            self._why(self.keys[number])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Rule 2."""
        key, last = Qt.Key(event.key()), len(self.keys) - 1
        if key in _STEPS:
            self._step_to(min(max(self._on + _STEPS[key], 0), last))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._step_to(0 if key == Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._why is not None and self.current:
            self._why(self.current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keys begin at the first chip, backwards at the last one."""
        super().focusInEvent(event)
        if self._on < 0 and event.reason() != Qt.FocusReason.MouseFocusReason:
            self._step_to(len(self.keys) - 1 if event.reason() == Qt.FocusReason.BacktabFocusReason else 0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No chip has the keys, unless a window in front took them for a moment."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self._on = -1
            self._name()
            self.update()

    def _step_to(self, number: int) -> None:
        self._on = number
        self._name()
        self.update()

    def _light(self, number: int) -> None:
        if number != self._under:
            self._under = number
            self.setToolTip(self._tip(number) if number >= 0 else "")
            clickable = number >= 0 and self._why is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)
            self.update()

    def _name(self) -> None:
        """Rule 3."""
        said = (
            f"{self.names[self._on]} · {self._tip(self._on)}"
            if self._on >= 0
            else f"{self._heading} {self._title} {self._said}"
        )
        self.setAccessibleName(said.strip())

    def _tip(self, number: int) -> str:
        return f"{t('desk.withheld', self._lang)} · {reason_label(self._reasons[number], self._lang)}"

    def _at(self, where: QPoint | QPointF) -> int:
        point = where.toPoint() if isinstance(where, QPointF) else where
        rects = self._rects(self.width())
        return next((number for number, rect in enumerate(rects) if rect.contains(point)), -1)

    def _top(self) -> int:
        heads = [
            high + _BELOW_TITLE for high, there in ((self._tall, self._heading), (self._line, self._title)) if there
        ]
        return self._margin[1] + sum(heads)

    def _rects(self, width: int) -> list[QRect]:
        if self._places[0] != width:
            start, end = self._margin[0], width - self._margin[2]
            x, y, rects = start, self._top(), []
            for wide in self._wide:
                if x > start and x + wide > end:
                    x, y = start, y + self._high + _GAP
                rects.append(QRect(x, y, wide, self._high))
                x += wide + _GAP
            self._places = (width, rects)
        return self._places[1]
