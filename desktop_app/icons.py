"""Our own line icons, tinted when painted. ``resources/icons/NAME.svg`` uses ``currentColor``."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from compliance.resources import read_text


def icon(name: str, colour: str, *, active: str = "", gap: int = 0) -> QIcon:
    """Icon in ``colour``; ``active`` is the colour when chosen; ``gap`` is room kept at its right."""
    made = QIcon(pixmap(name, colour, 20, gap))
    if active:
        made.addPixmap(pixmap(name, active, 20, gap), QIcon.Mode.Normal, QIcon.State.On)
    return made


@cache
def pixmap(name: str, colour: str, size: int, gap: int = 0) -> QPixmap:
    """The icon at ``size`` logical pixels, drawn at double resolution."""
    svg = QSvgRenderer(QByteArray(read_text("icons", f"{name}.svg").replace("currentColor", colour).encode()))
    made = QPixmap(QSize((size + gap) * 2, size * 2))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    svg.render(painter, QRectF(0, 0, size * 2, size * 2))
    painter.end()
    made.setDevicePixelRatio(2.0)
    return made
