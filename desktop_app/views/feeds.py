"""Consent changes on their way to source systems: written, answered, and what stays open beyond its time."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout

from compliance.clock import day_start, shanghai_day
from compliance.i18n import Lang, has
from compliance.model.answer import Answer, Changes
from desktop_app.models.rows import Column
from desktop_app.operations import feeds as ops
from desktop_app.operations import imports
from desktop_app.theme import RED
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, choice, fill_choice, label, row
from desktop_app.widgets.form import PathField, day_box, day_in
from desktop_app.widgets.table import Table
from desktop_app.words import item_label, time_text


class Feeds(Page):
    """What is open first, then what was sent."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        now = desk.clock.now()
        self.open: Table[Any] = Table(
            [
                Column("col.person", lambda x, _: x.hcp_id, 150),
                Column("col.item", lambda x, lang: item_label(x.item, lang)),
                Column("col.due", lambda x, _: self._due(x), 220, colour=lambda x: RED if x.due < now else None),
                Column("col.change", lambda x, _: f"{x.feed_id}/{x.no}", 190),
            ],
            self.lang,
            name="unansweredTable",
            opened=lambda x: desk.state.go.emit("people", x.hcp_id),
        )
        self.sent: Table[Any] = Table(
            [
                Column("col.made", lambda x, _: time_text(x.made_at)[:16], 160),
                Column("col.source_system", lambda x, _: x.source, 140),
                Column("col.rows", lambda x, _: f"{x.rows:,}", 80),
                Column("col.since", lambda x, _: time_text(x.since)[:16], 160),
                Column("col.who", lambda x, _: x.made_by),
            ],
            self.lang,
            name="feedTable",
        )
        self._open_none = label(key="feeds.open.none", kind="muted", lang=self.lang)
        self._sent_none = label(key="feeds.sent.none", kind="muted", lang=self.lang)
        self._problems = label(kind="error", name="feedProblems")
        self._lay()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.unanswered(), lambda found: self._got(self.open, self._open_none, found))
        self.run(ops.list_feeds(), lambda found: self._got(self.sent, self._sent_none, found))

    def affected(self, changes: Changes) -> bool:
        """Consents and exports."""
        return changes.consents or changes.exports or changes.tasks

    def render_words(self) -> None:
        """Tables."""
        for table in (self.open, self.sent):
            table.rows.set_lang(Lang(self.lang))

    def _due(self, found: Any) -> str:
        late = found.due < self.desk.clock.now()
        return time_text(found.due)[:16] + (f"  {self.t('feeds.overdue')}" if late else "")

    def _got(self, table: Table[Any], none: Any, answer: Answer[Any]) -> None:
        table.put(answer.value)
        table.fit(7)
        table.setVisible(bool(answer.value))
        none.setVisible(not answer.value)

    def make(self) -> None:
        """Ask for system, day and file."""
        self.run(imports.list_sources(), self._make)

    def _make(self, found: Any) -> None:
        dialog = self._dialog("make")
        source, since = choice(name="feedSource"), day_box("feedSince", shanghai_day(self.desk.clock.now()))
        fill_choice(source, [(f"{x.name} · {x.code}", x.code) for x in found.value])
        dialog.pair(("feeds.source", source), ("feeds.since", since))
        out = dialog.put("feeds.file", PathField("feedFile", mode="save", lang=self.lang, filters="Excel (*.xlsx)"))

        def make() -> Any:
            day = day_in(since)
            if out.path is None or day is None:
                return dialog.missing("feeds.file")
            path = out.path if out.path.suffix else out.path.with_suffix(".xlsx")
            return ops.send(source=str(source.currentData() or ""), since=day_start(day), path=path)

        dialog.ask(make, self._made)

    def _made(self, made: Any) -> None:
        words = self.t("feeds.made", rows=made.rows, people=made.people, file=Path(made.file).name)
        self.notice.tell(words, more=self.t("feeds.unknown", count=made.unknown) if made.unknown else "")
        self.refresh()

    def take(self) -> None:
        """Ask for the file of answers."""
        dialog = self._dialog("take")
        file = dialog.put("feeds.file", PathField("answersFile", mode="open", lang=self.lang))

        def make() -> Any:
            return ops.take_answers(path=file.path) if file.path else dialog.missing("feeds.file")

        dialog.ask(make, self._taken)

    def _taken(self, made: Any) -> None:
        figures = {"done": made.done, "failed": made.failed, "open": made.open, "rejected": made.rejected}
        self.notice.tell(self.t("feeds.taken", **figures), tone="amber" if made.rejected else "green")
        lines = [self.t("feeds.problem", row=at, why=self._why(code)) for at, _, code in made.problems[:12]]
        self._problems.setText("\n".join(lines))
        self.refresh()

    def _why(self, code: str) -> str:
        key = next((k for k in (f"import.code.{code}", f"error.{code}") if has(k)), "")
        return self.t(key, value="", nearest="", where="") if key else code

    def _dialog(self, name: str) -> ActDialog:
        return ActDialog(
            self.desk,
            self,
            name=f"feed_{name}Dialog",
            title=self.t(f"feeds.{name}.title"),
            effect=self.t(f"feeds.{name}.effect"),
            act=self.t(f"feeds.{name}.go"),
        )

    def _lay(self) -> None:
        layout: QVBoxLayout = scrolled(self, width=1180)
        layout.setContentsMargins(0, 16, 28, 24)
        frame: QFrame
        frame, inside = card(margin=22)
        inside.addWidget(label(key="feeds.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="feeds.sub", kind="muted", lang=self.lang))
        if self.desk.state.may("send_changes"):
            make = button("feeds.make", self.make, look="primary", name="feedMake", lang=self.lang)
            inside.addLayout(row(make, button("feeds.take", self.take, name="feedTake", lang=self.lang), 1))
        inside.addWidget(self._problems)
        layout.addWidget(frame)
        for key, table, none in (("open", self.open, self._open_none), ("sent", self.sent, self._sent_none)):
            each, body = card(margin=22)
            body.addWidget(label(key=f"feeds.{key}", kind="heading", lang=self.lang))
            body.addWidget(table)
            body.addWidget(none)
            layout.addWidget(each)
        layout.addStretch(1)
