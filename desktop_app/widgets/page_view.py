"""A document on the desk: one page fitted to its room, Left and Right turn pages, Z shows it larger.

It shows pictures and words it is given; it asks nobody. ``wanted`` says that another page, or a larger one, is needed.
"""
# ruff: noqa: N802 - Qt's names

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea

from compliance.i18n import Lang, t
from desktop_app.widgets.basic import button, column, label, row

#: Widths asked for: fitted, and larger for small print.
FITTED, LARGE = 1240, 2200
#: A page fitted by width is no wider than this.
MOST_WIDE = 760


class PageView(QFrame):
    """Picture above, page number and keys below."""

    wanted = Signal()

    def __init__(self, lang: Lang, *, by_width: bool = False) -> None:
        """``by_width``: fitted means as wide as the room, to be scrolled; a text is read so, a scan is seen whole."""
        super().__init__()
        self._by_width = by_width
        self._lang = lang
        self._pixmap = QPixmap()
        self._pages = 0
        self.number = 0
        self.large = False
        self.image = QLabel()
        self.image.setObjectName("checkImage")
        self.image.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.image.setWordWrap(True)
        self.image.setTextFormat(Qt.TextFormat.PlainText)
        self._area = QScrollArea()
        self._area.setObjectName("pageArea")
        self._area.setWidget(self.image)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setMinimumSize(340, 200)
        self._told = label(kind="small", name="checkPage")
        self._told.setWordWrap(False)
        self._before = button("check.page.before", lambda: self.turn(-1), name="checkPageBefore", lang=lang)
        self._after = button("check.page.after", lambda: self.turn(1), name="checkPageAfter", lang=lang)
        self._zoom = button("check.page.large", self.zoom, name="checkZoom", lang=lang)
        for each in (self._before, self._after, self._zoom):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            kept = each.sizePolicy()
            kept.setRetainSizeWhenHidden(True)  # the page keeps its room when the buttons come
            each.setSizePolicy(kept)
        foot = row(self._told, 1, self._before, self._after, self._zoom, spacing=8)
        whole = column(self._area, foot, spacing=10)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.say("")

    @property
    def width_wanted(self) -> int:
        """How wide a page should be drawn now."""
        return LARGE if self.large else FITTED

    def begin(self, text: str) -> None:
        """A new document is on its way."""
        self.number, self.large = 0, False
        self.say(text)

    def say(self, text: str) -> None:
        """Words instead of a picture."""
        self._pixmap = QPixmap()
        self._pages = 0
        self.image.setPixmap(self._pixmap)
        self.image.setText(text)
        self._buttons()

    def show_page(self, image: QImage, pages: int) -> None:
        """A page of ``pages``."""
        self._pixmap, self._pages = QPixmap.fromImage(image), pages
        self._fit()
        self._area.verticalScrollBar().setValue(0)
        self._buttons()

    def turn(self, step: int) -> None:
        """To the next page or the one before."""
        number = min(max(self.number + step, 0), max(self._pages - 1, 0))
        if number != self.number:
            self.number = number
            self.wanted.emit()

    def zoom(self) -> None:
        """Larger, or fitted again."""
        if self._pages:
            self.large = not self.large
            self.wanted.emit()

    def set_lang(self, lang: Lang) -> None:
        """Say the page number again."""
        self._lang = lang
        self._buttons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._pixmap.isNull():
            return
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self._area.setVerticalScrollBarPolicy(needed if self.large else off)
        self._area.setHorizontalScrollBarPolicy(needed if self.large else off)
        if self.large:
            self.image.setPixmap(self._pixmap)
            return
        ratio = self.devicePixelRatioF()
        room = (self._area.size() - QSize(6, 6)) * ratio
        smooth = Qt.TransformationMode.SmoothTransformation
        fitted = self._pixmap
        if self._by_width:
            wide = int(min(room.width() - 4, MOST_WIDE * ratio))
            fitted = fitted.scaledToWidth(max(wide, 100), smooth) if wide < fitted.width() else fitted
        elif room.width() < fitted.width() or room.height() < fitted.height():
            fitted = fitted.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        fitted.setDevicePixelRatio(ratio)
        self.image.setPixmap(fitted)

    def _buttons(self) -> None:
        shown = self._pages > 0
        text = t("check.page", self._lang, at=self.number + 1, of=self._pages) if shown else ""
        self._told.setText(text)
        for each, on in (
            (self._before, self._pages > 1 and self.number > 0),
            (self._after, self._pages > 1 and self.number < self._pages - 1),
            (self._zoom, shown),
        ):
            each.setVisible(shown and (each is self._zoom or self._pages > 1))
            each.setEnabled(on)
