"""Labels, buttons, cards and rows in the few looks the program has."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from compliance.i18n import Lang
from desktop_app.icons import pixmap
from desktop_app.words import say


def label(text: str = "", *, kind: str = "", key: str = "", lang: Lang = Lang.ZH, name: str = "") -> QLabel:
    """A wrapping label; ``key`` gives it catalogue words that follow the language."""
    made = QLabel(text)
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if kind:
        made.setProperty("kind", kind)
    if name:
        made.setObjectName(name)
    if key:
        say(made, text=key, lang=lang)
    return made


def button(
    key: str, clicked: Callable[[], object], *, look: str = "", name: str = "", lang: Lang = Lang.ZH, tip: str = ""
) -> QPushButton:
    """A button that says what it does with what."""
    made = QPushButton()
    made.setObjectName(name or key.replace(".", "_"))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if look:
        made.setProperty("look", look)
    say(made, text=key, tip=tip, lang=lang)
    made.clicked.connect(lambda: clicked())
    return made


def chip(text: str, tone: str = "neutral", *, name: str = "", tip: str = "") -> QLabel:
    """A short word on a tinted ground."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("chip", tone)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    made.setToolTip(tip)
    if name:
        made.setObjectName(name)
    return made


def card(*, name: str = "card", margin: int = 20, spacing: int = 12) -> tuple[QFrame, QVBoxLayout]:
    """A white box and its layout."""
    frame = QFrame()
    frame.setObjectName(name)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(margin, margin - 2, margin, margin)
    layout.setSpacing(spacing)
    return frame, layout


def column(*parts: QWidget | QLayout | int | None, margin: int = 0, spacing: int = 12) -> QVBoxLayout:
    """Parts below each other; a number is a stretch of that weight, None is left out."""
    layout = QVBoxLayout()
    _fill(layout, parts, margin, spacing)
    return layout


def row(*parts: QWidget | QLayout | int | None, margin: int = 0, spacing: int = 10) -> QHBoxLayout:
    """Parts beside each other; a number is a stretch of that weight, None is left out."""
    layout = QHBoxLayout()
    _fill(layout, parts, margin, spacing)
    return layout


def hline() -> QFrame:
    """A thin rule."""
    made = QFrame()
    made.setObjectName("hline")
    return made


def picture(name: str, colour: str, size: int = 20) -> QLabel:
    """An icon as a label."""
    made = QLabel()
    made.setPixmap(pixmap(name, colour, size))
    made.setFixedSize(size + 2, size + 2)
    return made


def choice(*, name: str) -> QComboBox:
    """A drop-down list; texts shown, keys kept as data."""
    made = QComboBox()
    made.setObjectName(name)
    made.setMinimumWidth(160)
    return made


def fill_choice(box: QComboBox, entries: list[tuple[str, object]]) -> None:
    """Put (text, key) pairs, keeping the chosen key where it still exists."""
    kept = box.currentData()
    box.blockSignals(True)
    box.clear()
    for text, key in entries:
        box.addItem(text, key)
    index = next((i for i, (_, key) in enumerate(entries) if key == kept), 0)
    box.setCurrentIndex(index if entries else -1)
    box.blockSignals(False)


def scroll(inner: QWidget) -> QScrollArea:
    """``inner`` in a vertical scroll area on the window's ground."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    inner.setObjectName(inner.objectName() or "ground")
    area.setWidget(inner)
    if inner.objectName() == "plain":  # on a card, whose ground shows through
        inner.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
    return area


def empty(layout: QLayout) -> None:
    """Take everything out of ``layout`` and let it go at once: a locked window keeps no text."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            empty(inner)


def restyle(widget: QWidget) -> None:
    """Let a changed property show."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _fill(layout: QBoxLayout, parts: tuple[QWidget | QLayout | int | None, ...], margin: int, spacing: int) -> None:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            layout.addStretch(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
