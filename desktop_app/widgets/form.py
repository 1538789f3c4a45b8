"""Forms: a caption over each field, files by button or drop, the fault beside its field."""
# ruff: noqa: N802 - Qt's names

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QIntValidator
from PySide6.QtWidgets import QDateEdit, QFileDialog, QFrame, QLineEdit, QVBoxLayout, QWidget

from compliance.i18n import Lang, t
from desktop_app.theme import MUTED
from desktop_app.widgets.basic import button, column, label, picture, restyle, row
from desktop_app.words import say

_NO_DAY = QDate(1990, 1, 1)


def line(name: str, *, hint: str = "", secret: bool = False, lang: Lang = Lang.ZH) -> QLineEdit:
    """A one-line input."""
    made = QLineEdit()
    made.setObjectName(name)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
        made.setInputMethodHints(Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhNoPredictiveText)
    if hint:
        say(made, hint=hint, lang=lang)
    return made


def count_line(name: str) -> QLineEdit:
    """An input for a number of people."""
    made = line(name)
    made.setValidator(QIntValidator(0, 999_999_999, made))
    made.setText("0")
    made.setFixedWidth(150)
    return made


def count_of(box: QLineEdit) -> int:
    """The number typed; nothing typed is 0."""
    return int(box.text()) if box.text().isdecimal() else 0


def day_edit(name: str, day: date) -> QDateEdit:
    """An input for a day, with a calendar."""
    made = QDateEdit()
    made.setObjectName(name)
    made.setDisplayFormat("yyyy-MM-dd")
    made.setCalendarPopup(True)
    made.setDate(QDate(day.year, day.month, day.day))
    return made


def day_of(box: QDateEdit) -> date:
    """The day chosen."""
    day = box.date()
    return date(day.year(), day.month(), day.day())


def day_box(name: str, day: date | None = None) -> QDateEdit:
    """An input for a day; it may stay empty when it began so."""
    made = QDateEdit()
    made.setObjectName(name)
    made.setCalendarPopup(True)
    made.setDisplayFormat("yyyy-MM-dd")
    made.setMinimumWidth(150)
    if day is None:
        made.setMinimumDate(_NO_DAY)
        made.setSpecialValueText("—")
        made.setDate(_NO_DAY)
    else:
        made.setDate(QDate(day.year, day.month, day.day))
    return made


def day_in(box: QDateEdit) -> date | None:
    """The day put in, None while it is empty."""
    day = box.date()
    return None if day == _NO_DAY else date(day.year(), day.month(), day.day())


def field(key: str, inner: QWidget, *, lang: Lang = Lang.ZH, help_key: str = "") -> QVBoxLayout:
    """Caption, input, and a line of help."""
    caption = label(key=key, kind="caption", lang=lang)
    caption.setBuddy(inner)
    made = column(caption, inner, label(key=help_key, kind="small", lang=lang) if help_key else None, spacing=5)
    made.setAlignment(Qt.AlignmentFlag.AlignTop)
    return made


class PathField(QWidget):
    """A path typed or chosen. ``mode``: open, save or folder."""

    def __init__(self, name: str, *, mode: str, lang: Lang, filters: str = "") -> None:
        super().__init__()
        self._mode, self._filters, self._lang = mode, filters, lang
        self.edit = line(name, hint=f"desk.path.{mode}", lang=lang)
        pick = button("desk.path.choose", self.choose, name=f"{name}Choose", lang=lang)
        self.setLayout(row(self.edit, pick, spacing=8))

    @property
    def path(self) -> Path | None:
        """What stands there, None when empty."""
        text = self.edit.text().strip()
        return Path(text).expanduser() if text else None

    def set_path(self, path: Path | None) -> None:
        """Put a path."""
        self.edit.setText(str(path) if path else "")

    def choose(self) -> None:
        """Ask with the system's dialog."""
        here = self.edit.text().strip()
        if self._mode == "folder":
            found = QFileDialog.getExistingDirectory(self, t("desk.path.folder", self._lang), here)
        elif self._mode == "save":
            found = QFileDialog.getSaveFileName(self, t("desk.path.save", self._lang), here, self._filters)[0]
        else:
            found = QFileDialog.getOpenFileName(self, t("desk.path.open", self._lang), here, self._filters)[0]
        if found:
            self.edit.setText(found)


class DropZone(QFrame):
    """Drop one file here, or choose one."""

    def __init__(self, key: str, dropped: Callable[[Path], object], *, name: str, lang: Lang) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.setAccessibleName(name)
        self.setAcceptDrops(True)
        self._dropped, self._lang = dropped, lang
        words = label(key=key, kind="muted", lang=lang)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        pick = button("desk.path.choose", self._choose, name=f"{name}Choose", lang=lang)
        inner = column(row(1, picture("file", MUTED, 30), 1), words, row(1, pick, 1), margin=22, spacing=10)
        self.setLayout(inner)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files only."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._mark(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The file left again."""
        self._mark(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first local file."""
        self._mark(False)
        local = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if local:
            event.acceptProposedAction()
            self._dropped(local[0])

    def _choose(self) -> None:
        found = QFileDialog.getOpenFileName(self, t("desk.path.open", self._lang))[0]
        if found:
            self._dropped(Path(found))

    def _mark(self, over: bool) -> None:
        self.setProperty("over", "true" if over else "false")
        restyle(self)
