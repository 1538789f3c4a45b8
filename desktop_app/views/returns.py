"""What reps' computers bring back: a file is looked at first, then taken in; below, what came before."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.model.answer import Answer, Changes, Refusal
from desktop_app.models.rows import Column
from desktop_app.operations import exports as ops
from desktop_app.theme import AMBER, GREEN, MUTED, RED
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.rep_return import minute, outcome_words, what_words
from desktop_app.widgets.basic import button, card, empty, label, row
from desktop_app.widgets.figures import figure_row
from desktop_app.widgets.form import DropZone
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table


class ReturnsPart(Page):
    """One file, its preview, the register."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._path: Path | None = None
        self._shown = QVBoxLayout()
        self._take = button("returns.take", self.take, look="primary", name="takeReturn", lang=self.lang)
        self._take.hide()
        notes: list[Column[Any]] = [
            Column("returns.col.at", lambda x, _: minute(x.at), 140),
            Column("returns.col.what", what_words),
            Column("returns.col.subject", lambda x, _: x.subject, 140),
            Column("returns.col.state", lambda x, lang: outcome_words(x.outcome, lang), 220),
        ]
        self.table: Table[Any] = Table(notes, self.lang, name="returnFile")
        self.table.hide()
        listed: list[Column[Any]] = [
            Column("papers.col.rep", lambda x, _: x.made.rep, 120),
            Column("returns.col.number", lambda x, _: str(x.made.sequence), 70),
            Column("returns.col.made", lambda x, _: minute(x.made.made_at), 150),
            Column("returns.col.received", lambda x, _: minute(x.made.received_at), 150),
            Column("returns.col.by", lambda x, _: x.made.received_by, 110),
            Column("returns.col.what", self._sum),
        ]
        self.register: Table[Any] = Table(listed, self.lang, name="returnsReceived")
        layout = scrolled(self, width=980)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=22, spacing=14)
        inside.addWidget(label(key="returns.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="returns.sub", kind="muted", lang=self.lang))
        inside.addWidget(DropZone("returns.dropzone", self.look, name="returnDrop", lang=self.lang))
        inside.addLayout(self._shown)
        inside.addWidget(self.table)
        inside.addLayout(row(1, self._take))
        layout.addWidget(frame)
        below, lines = card(margin=22, spacing=12)
        lines.addWidget(label(key="returns.received", kind="heading", lang=self.lang))
        lines.addWidget(self.register)
        layout.addWidget(below)
        layout.addStretch(1)

    def refresh(self) -> None:
        """What came before."""
        if self.desk.state.may("see_returns"):
            self.run(ops.list_returns(), self._listed)

    def affected(self, changes: Changes) -> bool:
        """A return was taken in."""
        return changes.exports

    def render_words(self) -> None:
        """Headings."""
        self.table.rows.set_lang(self.lang)
        self.register.rows.set_lang(self.lang)

    def look(self, path: Path) -> None:
        """See what would come of a file; nothing is kept."""
        self._path = path
        self._take.hide()
        empty(self._shown)
        self.table.hide()
        self.ask(ops.receive_return(path=path, dry_run=True), self._looked)

    def take(self) -> None:
        """For good."""
        if self._path is not None:
            self.ask(ops.receive_return(path=self._path, dry_run=False), self._taken)

    def _looked(self, made: Any) -> None:
        self._show(made)
        self._take.show()

    def _taken(self, made: Any) -> None:
        self._show(made)
        self._take.hide()
        self._path = None
        self.refresh()

    def _show(self, made: Any) -> None:
        empty(self._shown)
        key = "returns.trial" if made.dry_run else "returns.done"
        text = self.t(key, rep=made.rep, sequence=made.sequence, made=minute(made.made_at))
        self._shown.addWidget(banner(text, tone="blue" if made.dry_run else "green"))
        for warning in made.warnings:
            self._shown.addWidget(banner(self.t(f"returns.warning.{warning}"), tone="amber"))
        counted = (
            ("to_check", made.count("to_check"), AMBER),
            ("recorded", made.count("recorded"), GREEN),
            ("withdrawn", made.count("withdrawn"), RED),
            ("papers", made.count("registered", "ended"), MUTED),
            ("duplicate", made.count("duplicate"), MUTED),
            ("conflict", len(made.conflicts), RED),
        )
        self._shown.addLayout(figure_row((f"got_{k}", self.t(f"returns.count.{k}"), n, tone) for k, n, tone in counted))
        self.table.put(sorted(made.notes, key=lambda n: not n.conflict))
        self.table.fit(8)
        self.table.setVisible(bool(made.notes))

    def _listed(self, answer: "Answer[Any]") -> None:
        if not isinstance(answer.value, Refusal):
            self.register.put(answer.value)
            self.register.fit(6)

    def _sum(self, one: Any, _: object) -> str:
        told: dict[str, int] = {}
        for note in one.notes:
            words = outcome_words(note.outcome, self.lang)
            told[words] = told.get(words, 0) + 1
        return self.t("desk.list_sep").join(f"{words} {n}" for words, n in told.items())
