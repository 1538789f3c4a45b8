"""Consents that end soon, to be asked for again in time; nothing is extended without a new act of the person."""

from PySide6.QtWidgets import QVBoxLayout

from compliance.i18n import Lang
from compliance.model.answer import Answer
from compliance.use_cases.standing import DueLine
from desktop_app.models.rows import Column
from desktop_app.operations import consents as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import label, row
from desktop_app.widgets.table import Table
from desktop_app.words import day_text, item_label

_DAYS = 90


class DueList(Page):
    """A table by day of end."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._head = label(kind="muted", name="dueHead")
        columns: list[Column[DueLine]] = [
            Column("col.person", lambda x, _: x.hcp_id, 170),
            Column("col.item", lambda x, lang: item_label(x.item, lang)),
            Column("col.ends", lambda x, lang: day_text(x.valid_until, lang), 240),
        ]
        self.table: Table[DueLine] = Table(columns, self.lang, name="dueTable", opened=self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 28, 24)
        layout.setSpacing(12)
        layout.addWidget(self.notice)
        layout.addLayout(row(self._head, 1))
        layout.addWidget(self.table)

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.due(within_days=_DAYS), self._got)

    def render_words(self) -> None:
        """Table and head."""
        self.table.rows.set_lang(Lang(self.lang))
        self._say(self.table.rows.rowCount())

    def _got(self, answer: Answer[tuple[DueLine, ...]]) -> None:
        self.table.put(answer.value)
        self._say(len(answer.value))

    def _say(self, count: int) -> None:
        self._head.setText(self.t("due.head", count=count, days=_DAYS) if count else self.t("due.none", days=_DAYS))

    def _open(self, line: DueLine) -> None:
        self.desk.state.go.emit("people", line.hcp_id)
