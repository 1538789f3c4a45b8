"""Work lists of consent: choose a list by its count, narrow to a territory, open the person with Enter.

A list names people only to who may open what it asks for; each look is logged by the core.
"""

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout

from compliance.i18n import Lang, has, t
from compliance.model.answer import Answer, Changes
from compliance.model.limits import last_day
from compliance.use_cases.consent.standing import DuePage
from compliance.use_cases.consent.worklists import Work, WorkList, WorkPage
from desktop_app.models.rows import Column
from desktop_app.operations import consents
from desktop_app.operations import worklists as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, choice, fill_choice, label, row
from desktop_app.widgets.table import Table
from desktop_app.words import day_text, item_label, last_day_text

SPANS = (30, 60, 90, 180)
_LIMIT = 1000
#: How far ahead the next end is looked for where nothing ends soon.
_FAR = 1100


class WorkLists(Page):
    """Counts above, one list below."""

    def __init__(self, desk: Desk, *, to_check: Callable[[], None]) -> None:
        super().__init__(desk)
        self._to_check = to_check
        self.kind = WorkList.TO_CHECK
        self._page: WorkPage | None = None
        self._counts: Mapping[WorkList, int] = {}
        self._group = QButtonGroup(self)
        self._buttons: dict[WorkList, QPushButton] = {}
        self.territory = choice(name="listTerritory")
        self.span = choice(name="listSpan")
        self._head = label(kind="muted", name="listHead")
        self._foot = label(kind="small", name="listFoot")
        self.table: Table[Work] = Table(self._columns(), self.lang, name="workTable", opened=self._open)
        self._check = button("worklist.go_check", to_check, look="primary", name="listGoCheck", lang=self.lang)
        self._lay()
        self.territory.currentIndexChanged.connect(lambda _: self._narrow())
        self.span.currentIndexChanged.connect(lambda _: self.refresh())
        self.render_words()

    def refresh(self) -> None:
        """Counts and the list in front."""
        self.ask(ops.counts(within_days=self.days), self._got_counts)
        self.ask(ops.show(kind=self.kind, within_days=self.days, limit=_LIMIT), self._got)

    def affected(self, changes: Changes) -> bool:
        """Consents."""
        return changes.consents or changes.people

    @property
    def days(self) -> int:
        """The span of the list of ends."""
        return int(self.span.currentData() or SPANS[0])

    def show_list(self, kind: WorkList) -> None:
        """Bring a list to the front; the caller refreshes."""
        self.kind = kind
        self._buttons[kind].setChecked(True)

    def render_words(self) -> None:
        """Buttons, boxes, table."""
        fill_choice(self.span, [(self.t("worklist.span", days=n), n) for n in SPANS])
        self.table.rows.set_lang(Lang(self.lang))
        self._say_counts()
        self._fill_territories()
        self._narrow()

    def _chosen(self, kind: WorkList) -> None:
        if kind is not self.kind:
            self.kind = kind
            self.refresh()

    def _got_counts(self, found: Mapping[WorkList, int]) -> None:
        self._counts = found
        self._say_counts()

    def _got(self, page: WorkPage) -> None:
        if page.kind is not self.kind:
            return  # the reader has moved on
        self._page = page
        if page.kind is WorkList.ENDING and not page.total:
            self.run(consents.due(within_days=_FAR), self._got_next)
        self._fill_territories()
        self._narrow()

    def _got_next(self, answer: Answer[DuePage]) -> None:
        page = self._page
        if page is None or page.total or page.kind is not WorkList.ENDING:
            return
        ahead = [line for line in answer.value.lines if line.valid_until is not None]
        if ahead:
            first = min(last_day(line.valid_until) for line in ahead)
            count = sum(last_day(line.valid_until) == first for line in ahead)
            self._head.setText(self.t("worklist.ending.next", days=self.days, day=first.isoformat(), count=count))

    def _say_counts(self) -> None:
        for kind, made in self._buttons.items():
            count = self._counts.get(kind)
            words = self.t(f"worklist.{kind}")
            made.setText(words if count is None else f"{words}  {count:,}")

    def _fill_territories(self) -> None:
        found = sorted({x.row.territory for x in self._page.rows}) if self._page else []
        entries: list[tuple[str, object]] = [(self.t("worklist.everywhere"), None)]
        fill_choice(self.territory, [*entries, *((name or self.t("overview.no_territory"), name) for name in found)])

    def _narrow(self) -> None:
        page, where = self._page, self.territory.currentData()
        rows = [x for x in page.rows if where is None or x.row.territory == where] if page else []
        self.table.put(rows)
        self.table.setColumnHidden(2, self.kind is WorkList.ENDING)
        self.table.setColumnHidden(3, self.kind is WorkList.PROOF_MISSING)
        self.span.setVisible(self.kind is WorkList.ENDING)
        self._check.setVisible(self.kind is WorkList.TO_CHECK and bool(rows))
        if page is None:
            self._head.clear()
            return
        key = f"worklist.{self.kind}"
        self._head.setText(self.t(f"{key}.more") if page.total else self.t(f"{key}.none", days=self.days))
        shown, total = f"{len(rows):,}", f"{page.total:,}"
        self._foot.setText(self.t("worklist.shown", shown=shown, total=total) if page.total else "")

    def _open(self, work: Work) -> None:
        self.desk.state.go.emit("people", work.row.hcp_id)

    def _columns(self) -> list[Column[Work]]:
        return [
            Column("col.who_is", lambda x, _: x.display),
            Column("col.item", lambda x, lang: item_label(x.row.item, lang), 220),
            Column("col.since", lambda x, lang: day_text(x.row.since, lang), 216),
            Column("col.ends", lambda x, lang: last_day_text(x.row.until, lang), 216),
            Column("col.proof", lambda x, lang: _grade(x.row.grade, lang), 84),
            Column("col.territory", lambda x, _: " · ".join(y for y in (x.row.territory, x.row.rep) if y) or "—", 150),
        ]

    def _lay(self) -> None:
        picks = row(spacing=8)
        for kind in WorkList:
            made = QPushButton()
            made.setObjectName(f"pick_{kind}")
            made.setProperty("look", "pick")
            made.setCheckable(True)
            made.setAutoDefault(False)
            made.setChecked(kind is self.kind)
            made.clicked.connect(lambda _=False, k=kind: self._chosen(k))
            self._group.addButton(made)
            self._buttons[kind] = made
            picks.addWidget(made)
        picks.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 28, 20)
        layout.setSpacing(12)
        layout.addWidget(self.notice)
        layout.addLayout(picks)
        line = row(self._head, self.span, self.territory, self._check, spacing=10)
        line.setStretch(0, 1)
        layout.addLayout(line)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._foot)


def _grade(grade: str, lang: Lang) -> str:
    return t(f"grade.short.{grade}", lang) if has(f"grade.short.{grade}") and grade != "none" else "—"
