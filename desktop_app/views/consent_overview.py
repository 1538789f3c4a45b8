"""Consents at a glance: the share of assigned doctors lawfully visible, what waits, and what ends when and where.

A row of the table of territories chooses one: the chart and the lists then speak of it. Every number leads to its list.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from compliance.clock import shanghai_day
from compliance.i18n import Lang, t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.use_cases.consent.worklists import Coverage, WeekEnds, WorkList
from desktop_app.models.rows import Column
from desktop_app.operations import worklists as ops
from desktop_app.theme import GREEN
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.today import TileCard
from desktop_app.widgets.basic import button, card, column, empty, label, row
from desktop_app.widgets.ends_chart import Bar, EndsChart
from desktop_app.widgets.share_bar import ShareDelegate
from desktop_app.widgets.table import Table
from desktop_app.words import time_text

WEEKS, SOON = 13, 30
_TONES = {
    WorkList.TO_CHECK: "amber",
    WorkList.PROOF_MISSING: "amber",
    WorkList.ENDING: "amber",
    WorkList.CHANGE_PENDING: "amber",
    WorkList.WEAK_PROOF: "neutral",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One territory in the table."""

    name: str
    assigned: int
    visible: int
    ends: int

    @property
    def share(self) -> float:
        """Visible of assigned."""
        return self.visible / self.assigned if self.assigned else 0.0


class ConsentOverview(Page):
    """Figures first, then where they come from."""

    def __init__(self, desk: Desk, *, show_list: Callable[[WorkList], None]) -> None:
        super().__init__(desk)
        self._show_list = show_list
        self._coverage: Coverage | None = None
        self._ends: tuple[WeekEnds, ...] = ()
        self._counts: Mapping[WorkList, int] = {}
        self.territory = ""
        self.figure = label(kind="number", name="coverageShare")
        self.figure.setStyleSheet(f"font-size: 52px; color: {GREEN};")
        self._figure_words = label(name="coverageWords")
        self._as_of = label(kind="small", name="coverageAt")
        self._tiles = QVBoxLayout()
        self.chart = EndsChart(name="endsChart")
        self._chart_head = label(kind="heading", name="endsHead")
        self._chart_words = label(kind="small", name="endsWords")
        self.table: Table[Line] = Table(
            [
                Column("col.territory", lambda x, lang: x.name or _nobody(lang)),
                Column("col.assigned", lambda x, _: f"{x.assigned:,}", 76),
                Column("col.visible", lambda x, _: f"{x.visible:,}", 72),
                Column("col.share", lambda x, _: f"{x.share:.0%}", 116, share=lambda x: x.share),
                Column("col.ends_soon", lambda x, _: f"{x.ends:,}", 120),
            ],
            self.lang,
            name="territoryTable",
            chosen=self._choose,
        )
        self._delegate = ShareDelegate()
        self.table.setItemDelegateForColumn(3, self._delegate)
        self._all = button("overview.all", self._choose_all, look="link", name="territoryAll", lang=self.lang)
        self._lay()

    def refresh(self) -> None:
        """Count anew."""
        self.notice.clear()
        self.run(ops.coverage(), lambda found: self._take(found, self._got_coverage))
        self.run(ops.counts(within_days=SOON), lambda found: self._take(found, self._got_counts))
        self.run(ops.forecast(weeks=WEEKS), lambda found: self._take(found, self._got_ends))

    def affected(self, changes: Changes) -> bool:
        """Consents and assignments."""
        return changes.consents or changes.people

    def render_words(self) -> None:
        """All of it."""
        self.table.rows.set_lang(Lang(self.lang))
        self._say()

    def _take(self, answer: Answer[Any], done: Callable[[Any], None]) -> None:
        """What one question said stays told, whatever the next answers."""
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
        else:
            done(answer.value)

    def _got_coverage(self, found: Coverage) -> None:
        self._coverage = found
        self._say()

    def _got_counts(self, found: Mapping[WorkList, int]) -> None:
        self._counts = found
        self._say()

    def _got_ends(self, found: tuple[WeekEnds, ...]) -> None:
        self._ends = found
        self._say()

    def _choose(self, line: Line) -> None:
        self.territory = line.name
        self._say_chart()

    def _choose_all(self) -> None:
        self.territory = ""
        self.table.clearSelection()
        self._say_chart()

    def _say(self) -> None:
        whole = self._coverage.whole if self._coverage else None
        none = whole is None or not whole.assigned
        self.figure.setText("—" if none or whole is None else f"{whole.visible / whole.assigned:.0%}")
        self._figure_words.setText(
            self.t("overview.coverage.none")
            if none or whole is None
            else self.t("overview.coverage", visible=f"{whole.visible:,}", assigned=f"{whole.assigned:,}")
        )
        when = time_text(self._coverage.at)[:16] if self._coverage else ""
        self._as_of.setText(self.t("overview.as_of", when=when) if when else "")
        self._say_tiles()
        ends = Counter[str]()
        for one in self._ends:
            ends[one.territory] += one.items
        rows = self._coverage.territories if self._coverage else ()
        self.table.put([Line(x.territory, x.assigned, x.visible, ends[x.territory]) for x in rows])
        self.table.fit(8)
        self._say_chart()

    def _say_tiles(self) -> None:
        empty(self._tiles)
        grid = QGridLayout()
        grid.setSpacing(12)
        for number, kind in enumerate(WorkList):
            count = self._counts.get(kind, 0)
            known = f"{count:,}" if kind in self._counts else "—"
            made = TileCard(
                name=f"list_{kind}",
                number=known,
                title=self.t(f"worklist.{kind}"),
                more=self.t(f"worklist.{kind}.short", days=SOON),
                tone=_TONES[kind] if count else "grey",
                mark="",
            )
            made.chosen.connect(lambda k=kind: self._show_list(k))
            grid.addWidget(made, 0, number)
            grid.setColumnStretch(number, 1)
        self._tiles.addLayout(grid)

    def _say_chart(self) -> None:
        monday = shanghai_day(self.desk.clock.now())
        monday -= timedelta(days=monday.weekday())
        whole, part = Counter[date](), Counter[date]()
        for one in self._ends:
            whole[one.week] += one.items
            if one.territory == self.territory:
                part[one.week] += one.items
        parted = bool(self.territory)
        bars = []
        for number in range(WEEKS):
            week = monday + timedelta(weeks=number)
            words = {"week": week.isoformat(), "count": f"{whole[week]:,}", "part": f"{part[week]:,}"}
            key = "overview.week.part" if parted else "overview.week"
            bars.append(Bar(week=week, whole=whole[week], part=part[week], tip=self.t(key, **words)))
        self.chart.put(bars, parted=parted)
        name = self.territory or self.t("overview.all_territories")
        self._chart_head.setText(self.t("overview.ends", weeks=WEEKS, territory=name))
        total = sum((part if parted else whole).values())
        self._chart_words.setText(
            self.t("overview.ends.sum", count=f"{total:,}") if total else self.t("overview.ends.none", weeks=WEEKS)
        )
        self._all.setVisible(parted)

    def _lay(self) -> None:
        layout = scrolled(self, width=1500)
        layout.setContentsMargins(0, 16, 28, 24)
        layout.addWidget(self._number_card())
        layout.addLayout(self._tiles)
        left, inside = card(margin=18)
        inside.addWidget(label(key="overview.by_territory", kind="heading", lang=self.lang))
        inside.addWidget(self.table)
        inside.addWidget(label(key="overview.by_territory.note", kind="small", lang=self.lang))
        inside.addStretch(1)
        right, body = card(margin=18, spacing=6)
        head = row(self._chart_head, self._all)
        head.setStretch(0, 1)
        body.addLayout(head)
        body.addWidget(self._chart_words)
        body.addWidget(self.chart, 1)
        both = row(left, right, spacing=16)
        both.setStretch(0, 13)
        both.setStretch(1, 11)
        layout.addLayout(both)
        layout.addStretch(1)

    def _number_card(self) -> QFrame:
        frame, inside = card(margin=16)
        words = column(
            label(key="overview.coverage.title", kind="heading", lang=self.lang),
            self._figure_words,
            self._as_of,
            spacing=4,
        )
        self.figure.setWordWrap(False)
        line = row(self.figure, words, spacing=24)
        line.setStretch(1, 1)
        inside.addLayout(line)
        return frame


def _nobody(lang: Lang) -> str:
    return t("overview.no_territory", lang)
