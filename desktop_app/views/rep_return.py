"""Going back to the office: what waits here, one file that carries it, papers asked back, and the pack given up."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from compliance.clock import SHANGHAI, shanghai_day
from compliance.i18n import Lang, has, t
from compliance.model.answer import Changes
from compliance.model.register import PaperEnd
from compliance.model.returned import NoteKind
from compliance.use_cases.field.returning import WaitingNote
from desktop_app.models.rows import Column
from desktop_app.operations import packs as ops
from desktop_app.theme import AMBER, GREEN, MUTED, RED
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, empty, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.figures import figure_row
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import import_label, item_label

#: What the office may say that is no conflict.
_FINE = frozenset({"here", "sent", "to_check", "recorded", "withdrawn", "registered", "ended", "noted", "duplicate"})


class RepReturnPart(Page):
    """Figures, the file, papers asked back, the list."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._notes: tuple[WaitingNote, ...] = ()
        self._asked: tuple[str, ...] = ()
        columns: list[Column[WaitingNote]] = [
            Column("returns.col.at", lambda x, _: minute(x.at), 140),
            Column("returns.col.what", what_words),
            Column("returns.col.subject", lambda x, _: x.subject, 140),
            Column("returns.col.state", lambda x, lang: outcome_words(x.state, lang), 190),
        ]
        self.table: Table[WaitingNote] = Table(columns, self.lang, name="returnNotes")
        self._facts = QVBoxLayout()
        self._papers = QVBoxLayout()
        self._go = button("returns.make", self.make, look="primary", name="makeReturn", lang=self.lang)
        self._drop = button("returns.drop", self.drop, look="danger", name="dropPack", lang=self.lang)
        frame, inside = card(margin=22, spacing=12)
        inside.addWidget(label(key="returns.own", kind="heading", lang=self.lang))
        inside.addWidget(label(key="returns.own.sub", kind="muted", lang=self.lang))
        inside.addLayout(self._facts)
        inside.addLayout(self._papers)
        inside.addWidget(self.table)
        inside.addLayout(row(self._drop, 1, self._go, spacing=12))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.notice)
        layout.addWidget(frame)

    def refresh(self) -> None:
        """What waits here."""
        self.run(ops.notes(), self._got)

    def affected(self, changes: Changes) -> bool:
        """Somebody answered, a paper was printed, a pack came."""
        return changes.consents or changes.exports or changes.people

    def render_words(self) -> None:
        """Say again."""
        self.table.rows.set_lang(self.lang)
        self._draw()

    def make(self) -> None:
        """Ask where the file shall go."""
        name = f"return-{shanghai_day(self.desk.clock.now()).isoformat()}.ckreturn"
        chosen = QFileDialog.getSaveFileName(self, self.t("returns.make"), name, "(*.ckreturn)")[0]
        if chosen:
            self.make_to(Path(chosen))

    def make_to(self, path: Path) -> None:
        """Write the file."""
        self.ask(ops.make_return(path=path), self._made)

    def drop(self) -> None:
        """Give the pack up."""
        act, effect = self.t("returns.drop"), self.t("returns.drop.effect")
        if confirm(self, self.lang, title=act, effect=effect, act=act, danger=True):
            self.ask(ops.drop(), lambda people: self._done("returns.dropped", people=people))

    def report(self, how: PaperEnd) -> None:
        """All papers asked back ended this way."""
        task = ops.report_papers(serials=self._asked, how=how)
        self.ask(task, lambda done: self._done("returns.reported", n=len(done)))

    def _made(self, made: Any) -> None:
        self._done("returns.made", sequence=made.sequence, notes=made.notes, file=made.file.name)

    def _done(self, key: str, **facts: object) -> None:
        self.notice.tell(self.t(key, **facts))
        self.refresh()

    def _got(self, found: Any) -> None:
        self._notes, self._asked = found
        self._draw()

    def _draw(self) -> None:
        empty(self._facts)
        empty(self._papers)
        counted = {state: sum(n.state == state for n in self._notes) for state in ("here", "sent")}
        conflicts = sum(n.state not in _FINE for n in self._notes)
        answered = len(self._notes) - counted["here"] - counted["sent"] - conflicts
        figures = (
            ("here", counted["here"], AMBER),
            ("sent", counted["sent"], MUTED),
            ("answered", answered, GREEN),
            ("conflict", conflicts, RED),
        )
        self._facts.addLayout(figure_row((f"return_{k}", self.t(f"returns.count.{k}"), n, c) for k, n, c in figures))
        if self._asked:
            serials = self.t("desk.list_sep").join(self._asked)
            self._papers.addWidget(banner(self.t("returns.asked", serials=serials), tone="amber"))
            acts = [
                button(f"papers.{how}", partial(self.report, how), name=f"own_{how}", lang=self.lang)
                for how in PaperEnd
            ]
            self._papers.addLayout(row(*acts, 1, spacing=10))
        self.table.put(self._notes)
        self.table.fit(6)
        self.table.setVisible(bool(self._notes))
        self._go.setEnabled(bool(counted["here"] + counted["sent"]))


def what_words(note: Any, lang: Lang) -> str:
    """What a note is about, in words. For notes here and at the office."""
    if note.kind is NoteKind.ACT:
        item = item_label(note.item, lang) if note.item else t("returns.everything", lang)
        return f"{item} · {t(f'returns.answer.{note.answer}', lang)}"
    if note.kind is NoteKind.PAPER_END:
        return f"{t(f'returns.kind.{note.kind}', lang)} · {t(f'papers.{note.answer}', lang)}"
    return t(f"returns.kind.{note.kind}", lang)


def outcome_words(outcome: str, lang: Lang) -> str:
    """What became of a note."""
    key = f"returns.state.{outcome}"
    return t(key, lang) if has(key) else import_label(outcome, lang)


def minute(at: datetime) -> str:
    """A minute of Shanghai."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
