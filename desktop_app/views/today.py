"""Today: what needs this person, each number a way to the list behind it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout

from compliance.i18n import has
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.register import Case
from compliance.model.register import Task as Chore
from compliance.use_cases.overview.today import Tile, Today
from compliance.use_cases.seeing.cases import NEEDS_RECEIPT
from compliance.use_cases.seeing.exceptional import ExceptionalLine
from desktop_app.operations import exceptional, people
from desktop_app.operations import today as ops
from desktop_app.theme import CHIPS, FAINT, INK
from desktop_app.views.exceptional import exceptional_card
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, column, empty, hline, label, row
from desktop_app.widgets.form import line
from desktop_app.widgets.refusal import banner
from desktop_app.words import day_text, items_label, last_day_text

_TONES = {"calm": "neutral", "due": "amber", "alarm": "red"}
_COLUMNS = 3
_MOST_LISTED = 12
#: Tiles whose list stands on this page.
_HERE = {"tasks": "todayTasks", "cases": "todayCases"}


class TodayPage(Page):
    """Tiles, then tasks with their days."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._today: Today | None = None
        self._chores: tuple[Chore, ...] = ()
        self._cases: tuple[Case, ...] = ()
        self._exceptional: tuple[ExceptionalLine, ...] = ()
        self._box = QVBoxLayout()
        self._box.setSpacing(16)
        layout = scrolled(self, width=1480)
        layout.addLayout(self._box)
        layout.addStretch(1)

    def refresh(self) -> None:
        """Count anew."""
        self.run(ops.show_today(), self._got)
        self.run(ops.show_tasks(), self._got_chores)
        if self.desk.state.may("open_case"):
            self.run(people.list_cases(), self._got_cases)
        if self.desk.state.may("ask_exceptional"):
            self.run(exceptional.show(), self._got_exceptional)

    def affected(self, changes: Changes) -> bool:
        """Nearly everything changes the counts; reading alone does not."""
        return any((changes.people, changes.consents, changes.tasks, changes.exports, changes.users, changes.settings))

    def render_words(self) -> None:
        """Say again."""
        if self._today is not None:
            self._draw(self._today)

    def _got(self, answer: Answer[Today]) -> None:
        self._today = answer.value
        if answer.value.last_backup is not None:
            self.desk.state.note_backup(answer.value.last_backup)
        self._draw(answer.value)

    def _got_chores(self, answer: "Answer[tuple[Chore, ...] | Refusal]") -> None:
        self._chores = () if isinstance(answer.value, Refusal) else answer.value
        self.render_words()

    def _got_cases(self, answer: Answer[tuple[Case, ...]]) -> None:
        self._cases = answer.value
        self.render_words()

    def _got_exceptional(self, answer: "Answer[tuple[ExceptionalLine, ...] | Refusal]") -> None:
        self._exceptional = () if isinstance(answer.value, Refusal) else answer.value
        self.render_words()

    def _draw(self, today: Today) -> None:
        empty(self._box)
        waiting = sum(
            tile.count > 0 and tile.severity != "calm" for tile in today.tiles
        )  # people and values do not add up
        head = self.t("today.needs", count=waiting) if waiting else self.t("today.calm")
        self._box.addWidget(label(head, kind="display", name="todayHead"))
        facts = self.t("today.facts", people=f"{today.people:,}", entries=f"{today.log_entries:,}")
        due = self.t("today.next_due", day=last_day_text(today.next_due, self.lang)) if today.next_due else ""
        self._box.addWidget(label("    ".join(x for x in (facts, due) if x), kind="muted", name="todayFacts"))
        if today.people == 0:
            self._box.addWidget(self._welcome())
        grid = QGridLayout()
        grid.setSpacing(14)
        for number, tile in enumerate(_ranked(today.tiles)):
            grid.addWidget(self._tile(tile), number // _COLUMNS, number % _COLUMNS)
        for number in range(_COLUMNS):
            grid.setColumnStretch(number, 1)
        self._box.addLayout(grid)
        if (lent := exceptional_card(self, self._exceptional, ended=self.refresh)) is not None:
            self._box.addWidget(lent)
        if self._chores:
            self._box.addWidget(self._list())
        if self._cases:
            self._box.addWidget(self._case_list())

    def _welcome(self) -> QFrame:
        go = button("people.import", self._import, look="primary", name="welcomeImport", lang=self.lang)
        return banner(self.t("people.empty"), tone="blue", action=go)

    def _import(self) -> None:
        from desktop_app.views.import_wizard import ImportWizard

        ImportWizard(self.desk, self).open()

    def _tile(self, tile: Tile) -> "TileCard":
        made = TileCard(
            name=f"tile_{tile.key}",
            number=f"{tile.count:,}",
            title=self.t(f"tile.{tile.key}"),
            more=self.t(f"tile.{tile.key}.more") if tile.count else self.t(f"tile.{tile.key}.none"),
            tone=_TONES[tile.severity] if tile.count else "grey",
            mark=self.t(f"tile.mark.{tile.severity}") if tile.count else "",
        )
        made.chosen.connect(lambda: self._follow(tile))
        return made

    def _follow(self, tile: Tile) -> None:
        """To the list behind a number: tasks and cases stand on this page."""
        here = self.findChild(QFrame, _HERE.get(tile.key, "-"))
        area = self.findChild(QScrollArea)
        if here is not None and area is not None:
            area.ensureWidgetVisible(here, 0, 60)
            first = here.findChild(QPushButton)
            if first is not None:
                first.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.desk.state.go.emit(tile.target, tile.key)

    def _closer(self, case: Case) -> Callable[[], None]:
        return lambda: self.ask(people.close_case(case_id=case.case_id), lambda _: self.refresh())

    def _list(self) -> QFrame:
        lines: list[QHBoxLayout] = []
        for chore in self._chores[:_MOST_LISTED]:
            kind = self.t(f"task.{chore.kind}") if has(f"task.{chore.kind}") else chore.kind
            subject = items_label(chore.subject, self.lang)
            about = " · ".join(x for x in (chore.hcp_id, subject) if x)
            show = self._shower(chore.hcp_id, chore.task_id) if chore.hcp_id else None
            done = button("today.task_done", self._finisher(chore), name=f"done_{chore.task_id}", lang=self.lang)
            due = chip(day_text(chore.due, self.lang), "amber") if chore.due else None
            lines.append(row(column(label(kind), label(about, kind="small"), spacing=2), due, show, done, spacing=12))
        return self._card("today.tasks", "todayTasks", lines, len(self._chores))

    def _case_list(self) -> QFrame:
        lines: list[QHBoxLayout] = []
        for case in self._cases[:_MOST_LISTED]:
            about = f"{case.hcp_id} · {case.case_id} · {case.opened_by}"
            words = column(label(self.t(f"case.kind.{case.kind}")), label(about, kind="small"), spacing=2)
            close = button("profile.case.close", self._closer(case), name=f"close_{case.case_id}", lang=self.lang)
            since = chip(day_text(case.opened_at, self.lang), "neutral")
            lines.append(row(words, since, self._shower(case.hcp_id, case.case_id), close, spacing=12))
        return self._card("today.cases", "todayCases", lines, len(self._cases))

    def _card(self, title: str, name: str, lines: list[QHBoxLayout], count: int) -> QFrame:
        frame, inside = card(name="card")
        holder = QFrame()
        holder.setObjectName(name)
        body = column(spacing=10)
        for number, one in enumerate(lines):
            if number:
                body.addWidget(hline())
            one.setStretch(0, 1)
            body.addLayout(one)
        holder.setLayout(body)
        inside.addWidget(label(self.t(title), kind="heading"))
        inside.addWidget(holder)
        if count > len(lines):
            inside.addWidget(label(self.t("today.more_tasks", count=count - len(lines)), kind="small"))
        return frame

    def _shower(self, hcp_id: str, about: str) -> QPushButton:
        go = self.desk.state.go
        return button("today.show", lambda: go.emit("people", hcp_id), name=f"show_{about}", lang=self.lang)

    def _finisher(self, chore: Chore) -> Callable[[], None]:
        if chore.kind in NEEDS_RECEIPT:
            return lambda: self._ask_receipt(chore)
        return lambda: self.ask(ops.finish_task(task_id=chore.task_id), lambda _: self.refresh())

    def _ask_receipt(self, chore: Chore) -> None:
        """What proves that it is done: a letter's number, a finding."""
        dialog = ActDialog(
            self.desk,
            self,
            name="receiptDialog",
            title=self.t(f"task.{chore.kind}"),
            effect=self.t("today.receipt.effect"),
            act=self.t("today.task_done"),
        )
        words = dialog.put("today.receipt", line("taskReceipt", lang=self.lang))
        dialog.ask(lambda: ops.finish_task(task_id=chore.task_id, receipt=words.text()), lambda _: self.refresh())


class TileCard(QFrame):
    """A number that is a link; Enter and click both work."""

    chosen = Signal()

    def __init__(self, *, name: str, number: str, title: str, more: str, tone: str, mark: str) -> None:
        super().__init__()
        self.setObjectName("tile")
        self.setAccessibleName(f"{title} {number}")
        self.setProperty("tile", name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        figure = label(number, kind="number", name=name)
        figure.setStyleSheet(f"color: {FAINT if tone == 'grey' else CHIPS[tone][0] if tone != 'neutral' else INK};")
        top = row(figure, 1, chip(mark, tone) if mark else None)
        self.setLayout(column(top, label(title, kind="heading"), label(more, kind="small"), 1, margin=18, spacing=4))
        self.setMinimumHeight(132)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Click."""
        self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)


def _ranked(tiles: tuple[Tile, ...]) -> list[Tile]:
    order = {"alarm": 0, "due": 1, "calm": 2}
    return sorted(tiles, key=lambda tile: (tile.count == 0, order.get(tile.severity, 3)))
