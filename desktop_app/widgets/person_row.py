"""Paints one person of the list: who, where, and what stands: two lines and at most two chips."""
# ruff: noqa: N802 - Qt's names

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from compliance.i18n import Lang, t
from compliance.model.profile import CrossBorder, PersonRow
from desktop_app.models.people import ROW, field_text
from desktop_app.theme import CARD, CHIPS, FAINT, INK, LINE, MUTED

HEIGHT = 66
_PAD = 16
PLACES = ("institution_name", "department")
ACTION_TONES = {"open": "green", "may_ask": "blue", "do_not_ask_before": "amber", "do_not_contact": "red"}


class PeopleList(QTableView):
    """A list without copying: a value on the clipboard leaves no log entry. A table of one column, because it lays out
    half a million rows without asking for one."""

    def __init__(self) -> None:
        super().__init__()
        across, down = self.horizontalHeader(), self.verticalHeader()
        for header in (across, down):
            header.hide()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        across.setMinimumSectionSize(1)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(HEIGHT)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyboardSearch(self, search: str) -> None:
        """Letters are for the search box: only few of the rows are here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Everything but copying."""
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)


class PersonDelegate(QStyledItemDelegate):
    """Fixed height, so that long lists scroll without measuring."""

    def __init__(self, lang: Lang, accent: str, soft: str) -> None:
        super().__init__()
        self.lang = lang
        self.as_rep = False
        self.places: tuple[str, ...] = PLACES
        self._accent, self._soft = accent, soft

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Always the same."""
        return QSize(280, HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Name and title, hospital and department, chips at the right."""
        row = index.data(ROW)
        box = QRect(option.rect)
        if not isinstance(row, PersonRow):
            self._coming(painter, box)
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.fillRect(box, QColor(self._soft))
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), QColor(self._accent))
        painter.fillRect(QRect(box.left() + _PAD, box.bottom(), box.width() - _PAD, 1), QColor(LINE))
        font = QFont(option.font)
        width = box.width() - 2 * _PAD - self._chips(painter, row, box, font, chosen)
        self._lines(painter, row, box, font, width)
        painter.restore()

    def _coming(self, painter: QPainter, box: QRect) -> None:
        """A row that is asked for: the room its two lines will take."""
        for top, width, height in ((16, 92, 12), (41, 190, 9)):
            painter.fillRect(QRect(box.left() + _PAD, box.top() + top, width, height), QColor(LINE))

    def _lines(self, painter: QPainter, row: PersonRow, box: QRect, font: QFont, width: int) -> None:
        name = field_text(row, "full_name", self.lang)
        title = field_text(row, "professional_title", self.lang)
        place = " · ".join(x for x in (field_text(row, k, self.lang) for k in self.places) if x)
        x, y = box.left() + _PAD, box.top() + 11
        font.setPixelSize(15)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(INK if name else FAINT))
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(name or t("desk.name_hidden", self.lang), Qt.TextElideMode.ElideRight, width)
        painter.drawText(x, y, width, 22, int(Qt.AlignmentFlag.AlignVCenter), shown)
        used = metrics.horizontalAdvance(shown) + 10
        font.setPixelSize(12)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(MUTED))
        small = QFontMetrics(font)
        if width - used > 30:
            rest = small.elidedText(title, Qt.TextElideMode.ElideRight, width - used)
            painter.drawText(x + used, y + 1, width - used, 22, int(Qt.AlignmentFlag.AlignVCenter), rest)
        line = small.elidedText(place or row.hcp_id, Qt.TextElideMode.ElideRight, width)
        painter.drawText(x, y + 24, width, 20, int(Qt.AlignmentFlag.AlignVCenter), line)

    def _chips(self, painter: QPainter, row: PersonRow, box: QRect, font: QFont, chosen: bool) -> int:
        font.setPixelSize(11)
        painter.setFont(font)
        metrics, used, y = QFontMetrics(font), 0, box.top() + 11
        for text, tone in chips_of(row, self.lang, as_rep=self.as_rep):
            width = metrics.horizontalAdvance(text) + 14
            area = QRect(box.right() - _PAD - width, y, width, 19)
            ink, ground = CHIPS[tone]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(CARD if chosen else ground))
            painter.drawRoundedRect(area, 9, 9)
            painter.setPen(QColor(ink))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)
            used, y = max(used, width + 8), y + 23
        return used


#: States that end contact, the gravest first, and how they are painted.
STATE_TONES = {"deceased": "red", "death_reported": "amber", "do_not_contact": "red", "dormant": "grey"}


def state_of(flags: tuple[str, ...]) -> str:
    """The gravest state among standing blocks, "" where there is none."""
    return next((state for state in STATE_TONES if state in flags), "")


def chips_of(row: PersonRow, lang: Lang, *, as_rep: bool) -> list[tuple[str, str]]:
    """What stands with this person: a rep's action or the consent count, and the border state when it is not plain."""
    found: list[tuple[str, str]] = []
    if not as_rep and (state := state_of(row.flags)):
        found.append((t(f"chip.{state}", lang), STATE_TONES[state]))
    if as_rep and row.action:
        kind, _, day = row.action.partition(":")
        tone = {"open": "green", "may_ask": "blue", "do_not_ask_before": "amber", "do_not_contact": "red"}.get(
            kind, "grey"
        )
        found.append((t(f"desk.action.{kind}", lang, day=day), tone))
    elif row.consent_hint:
        items = row.consent_hint.split()
        held = sum(1 for item in items if not item.startswith("?"))
        if held:
            found.append((t("desk.hint.open", lang, count=held), "green"))
        elif items:
            found.append((t("desk.hint.waiting", lang, count=len(items)), "amber"))
    if row.cross_border is not CrossBorder.NEVER_LEFT:
        tone = "red" if row.cross_border is CrossBorder.BLOCKED else "amber"
        found.append((t(f"border.{row.cross_border}", lang), tone))
    return found[:2]
