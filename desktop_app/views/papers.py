"""Papers in the field: who holds what, what must come back, and how each ended."""

from collections.abc import Callable
from typing import Any

from compliance.clock import SHANGHAI
from compliance.i18n import Lang, t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.register import PaperEnd, PaperState, SheetRecord
from desktop_app.models.rows import Column
from desktop_app.operations import exports as ops
from desktop_app.theme import CHIPS
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, choice, column, fill_choice, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.form import field
from desktop_app.widgets.table import Table

_TONES = {PaperState.RECALLED: "red", PaperState.EXPIRED: "amber", PaperState.OUT: "green", PaperState.ENDED: "neutral"}
_SHOWN: tuple[PaperState | None, ...] = (
    None,
    PaperState.RECALLED,
    PaperState.EXPIRED,
    PaperState.OUT,
    PaperState.ENDED,
)


class PapersPart(Page):
    """The register with a filter; recall, or report the marked ones."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.state = choice(name="paperState")
        columns: list[Column[SheetRecord]] = [
            Column("papers.col.serial", lambda x, _: x.serial, 130),
            Column("papers.col.kind", lambda x, lang: t(f"papers.kind.{x.kind}", lang), 130),
            Column("papers.col.rep", lambda x, _: x.rep),
            Column("papers.col.people", lambda x, _: str(len(x.about)), 70),
            Column("papers.col.issued", lambda x, _: _minute(x.issued_at), 150),
            Column("papers.col.expires", lambda x, _: _minute(x.expires_at), 150),
            Column("papers.col.state", self._state_words, 130, colour=lambda x: CHIPS[_TONES[self._state(x)]][0]),
        ]
        self.table: Table[SheetRecord] = Table(columns, self.lang, name="papers", several=True)
        self._count = label(kind="small", name="paperCount")
        acts = [
            button("papers.recall", self.recall, name="recallPapers", lang=self.lang),
            *(button(f"papers.{how}", self._reporter(how), name=f"report_{how}", lang=self.lang) for how in PaperEnd),
        ]
        foot = row(self._count, *acts, spacing=10)
        foot.setStretch(0, 1)
        head = row(field("papers.show", self.state, lang=self.lang), 1)
        whole = column(self.notice, head, self.table, foot, spacing=14)
        whole.setStretch(2, 1)
        whole.setContentsMargins(0, 18, 28, 24)
        self.setLayout(whole)
        self.render_words()
        self.state.currentIndexChanged.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Ask the register."""
        if self.desk.state.may("see_sheets"):
            self.run(ops.list_papers(state=self.state.currentData()), self._got)  # what was told stays

    def affected(self, changes: Changes) -> bool:
        """Papers were made, or people closed."""
        return changes.exports or changes.consents or changes.people

    def render_words(self) -> None:
        """States and headings."""
        entries = [(self.t(f"papers.state.{state or 'waiting'}"), state) for state in _SHOWN]
        fill_choice(self.state, [(text, state) for text, state in entries])
        self.table.rows.set_lang(self.lang)

    def recall(self) -> None:
        """Ask the marked papers back."""
        if serials := self._picked():
            self.ask(ops.recall_papers(serials=serials), self._recalled)

    def report(self, how: PaperEnd) -> None:
        """The marked papers came back, were destroyed, or are lost."""
        serials = self._picked()
        if not serials:
            return
        if how is PaperEnd.LOST:
            effect = self.t("papers.lost.effect", count=len(serials))
            if not confirm(self, self.lang, title=self.t("papers.lost"), effect=effect, act=self.t("papers.lost")):
                return
        done = self.t("papers.done.report", count=len(serials), how=self.t(f"papers.{how}"))
        self.ask(ops.report_papers(serials=serials, how=how), lambda _: self._after(done))

    def _reporter(self, how: PaperEnd) -> Callable[[], None]:
        return lambda: self.report(how)

    def _picked(self) -> tuple[str, ...]:
        serials = tuple(paper.serial for paper in self.table.picked())
        if not serials:
            self.notice.tell(self.t("papers.pick"), tone="red")
        return serials

    def _recalled(self, serials: tuple[str, ...]) -> None:
        self._after(self.t("papers.done.recall", count=len(serials)))

    def _after(self, text: str) -> None:
        self.refresh()
        self.notice.tell(text)

    def _got(self, answer: "Answer[tuple[SheetRecord, ...] | Refusal]") -> None:
        papers = () if isinstance(answer.value, Refusal) else answer.value
        self.table.put(papers)
        self._count.setText(self.t("papers.count", count=len(papers)) if papers else self.t("papers.none"))

    def _state(self, paper: SheetRecord) -> PaperState:
        return paper.state(self.desk.clock.now())

    def _state_words(self, paper: SheetRecord, lang: Lang) -> str:
        state = self._state(paper)
        how = f" · {t(f'papers.{paper.ended_how}', lang)}" if paper.ended_how else ""
        return t(f"papers.state.{state}", lang) + how


def _minute(instant: Any) -> str:
    return str(instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"))
