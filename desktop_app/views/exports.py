"""Sheets and packs: what a rep may take along, made from what that rep may see."""

from typing import Any

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from compliance.model.answer import Answer, Changes
from compliance.model.register import Rep
from desktop_app.operations import exports as ops
from desktop_app.views.day_plan import DayPlanPart
from desktop_app.views.export_list import ListPart
from desktop_app.views.leak_check import LeakPart
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.papers import PapersPart
from desktop_app.views.returns import ReturnsPart
from desktop_app.views.sheets import SheetsPart
from desktop_app.widgets.basic import button, card, choice, fill_choice, label, row
from desktop_app.widgets.form import PathField, field
from desktop_app.words import away_text, day_text

_TABS = ("sheets", "plan", "papers", "packs", "returns", "list", "leak")
_DAYS = (3, 7, 14, 30)


class ExportsPage(Page):
    """Tabs that share the reps."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.sheets, self.packs = SheetsPart(desk), PacksPart(desk)
        self.plan, self.papers = DayPlanPart(desk), PapersPart(desk)
        self.list, self.leak = ListPart(desk), LeakPart(desk)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("exportTabs")
        self._tabs.setDocumentMode(True)
        self.returns = ReturnsPart(desk)
        self._parts: tuple[Page, ...] = (
            self.sheets,
            self.plan,
            self.papers,
            self.packs,
            self.returns,
            self.list,
            self.leak,
        )
        for part, name in zip(self._parts, _TABS, strict=True):
            self._tabs.addTab(part, self.t(f"exports.tab.{name}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 10, 0, 0)
        layout.addWidget(self._tabs)

    def refresh(self) -> None:
        """Reps, and recipients abroad."""
        self.run(ops.list_reps(), self._got)
        self.list.refresh()
        self.papers.refresh()
        self.returns.refresh()

    def open_at(self, what: object) -> None:
        """A tab by name."""
        if what in _TABS:
            self._tabs.setCurrentIndex(_TABS.index(str(what)))

    def affected(self, changes: Changes) -> bool:
        """Reps and assignments."""
        return changes.users or changes.people or self.papers.affected(changes) or self.returns.affected(changes)

    def render_words(self) -> None:
        """Tabs and parts."""
        for number, name in enumerate(_TABS):
            self._tabs.setTabText(number, self.t(f"exports.tab.{name}"))
        for part in self._parts:
            part.render_words()

    def _got(self, answer: Answer[tuple[Rep, ...]]) -> None:
        reps = tuple(sorted((r for r in answer.value if r.active), key=lambda r: (not r.recipient, r.name)))
        self.sheets.put_reps(reps)
        self.plan.put_reps(reps)
        self.packs.put_reps(reps)


class PacksPart(Page):
    """An encrypted pack for one rep's own computer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.rep, self.days = choice(name="packRep"), choice(name="packDays")
        self.path = PathField("packPath", mode="save", lang=self.lang, filters="(*.ckpack)")
        self._facts = label(kind="small", name="packRepFacts")
        self._reps: dict[str, Rep] = {}
        layout = scrolled(self, width=760)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="exports.pack.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="exports.pack.sub", kind="muted", lang=self.lang))
        inside.addLayout(field("exports.rep", self.rep, lang=self.lang))
        inside.addWidget(self._facts)
        inside.addLayout(field("exports.days", self.days, lang=self.lang))
        inside.addLayout(field("exports.file", self.path, lang=self.lang))
        go = button("exports.pack.go", self.make, look="primary", name="makePack", lang=self.lang)
        inside.addLayout(row(1, go))
        layout.addWidget(frame)
        layout.addStretch(1)
        self.render_words()
        self.rep.currentIndexChanged.connect(lambda _: self._say_rep())

    def put_reps(self, reps: tuple[Rep, ...]) -> None:
        """Reps to choose from."""
        self._reps = {r.name: r for r in reps}
        fill_choice(self.rep, [(f"{r.name} · {r.territory}" if r.territory else r.name, r.name) for r in reps])
        self._say_rep()

    def render_words(self) -> None:
        """Days and the rep's facts."""
        kept = self.days.currentData()
        fill_choice(self.days, [(away_text(d, self.lang), d) for d in _DAYS])
        if kept is None:
            self.days.setCurrentIndex(_DAYS.index(14))
        self._say_rep()

    def make(self) -> None:
        """Make it."""
        path, rep = self.path.path, self.rep.currentData()
        if path is None or not rep:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        self.ask(ops.make_pack(rep=str(rep), path=path, days=int(self.days.currentData())), self._made)

    def _made(self, made: Any) -> None:
        if self.waits(made):
            return
        text = self.t("exports.pack.done", sequence=made.sequence, people=made.people, file=made.file.name)
        self.notice.tell(text, more=self.t("exports.sheets.until", day=day_text(made.expires, self.lang)))

    def _say_rep(self) -> None:
        rep = self._reps.get(str(self.rep.currentData()))
        if rep is None:
            self._facts.setText("")
            return
        trained = day_text(rep.trained_on, self.lang) if rep.trained_on else self.t("exports.not_trained")
        key = self.t("exports.key" if rep.recipient else "exports.no_key")
        self._facts.setText(f"{key} · {self.t('exports.trained', day=trained)}")
