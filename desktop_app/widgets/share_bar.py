"""A share as a bar in a table cell; the figure beside it says the same."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.models.rows import SHARE
from desktop_app.theme import GREEN, INK, LINE

_WORDS = 62


class ShareDelegate(QStyledItemDelegate):
    """The figure at the left, the bar takes the rest."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """One cell."""
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        words, own.text = own.text, ""
        QApplication.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, own, painter, own.widget)
        share = index.data(SHARE)
        box = QRectF(own.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(INK))
        painter.drawText(box.adjusted(10, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), words)
        if isinstance(share, float):
            whole = QRectF(box.left() + _WORDS, box.center().y() - 4, max(box.width() - _WORDS - 14, 10), 8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(LINE))
            painter.drawRoundedRect(whole, 4, 4)
            painter.setBrush(QColor(GREEN))
            painter.drawRoundedRect(QRectF(whole.left(), whole.top(), whole.width() * min(share, 1.0), 8), 4, 4)
        painter.restore()
