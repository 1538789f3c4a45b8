"""Imports so far, each with what became of its rows, and a way to take a whole one back.

An undo is only offered after its conflicts are known: people something else has touched since stand in the way, and
are named by pseudonym, with what touched them, so that they can be looked at first. After its days are over an
import is taken back no more.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from compliance.i18n import Lang, t
from compliance.model.answer import Answer
from compliance.model.register import Batch, BatchState
from compliance.use_cases.imports.import_words import touch_words
from compliance.use_cases.imports.imports import Standing, UndoLook, UndoReport
from desktop_app.models.rows import Column
from desktop_app.operations import imports as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, column, empty, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import time_text

_COUNTS = ("accepted", "duplicates", "quarantined", "rejected")
_UPDATE_COUNTS = ("moved", "changed", "unchanged", "conflicts", "gone", "closed")


class ImportList(QDialog):
    """The dialog around :class:`ImportsPart`."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("importList")
        self.setWindowTitle("ConsentKeep")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumSize(1080, 640)
        self.part = ImportsPart(desk, self.close)
        self.setLayout(column(self.part))
        self.part.refresh()


class ImportsPart(Page):
    """Table on the left, the chosen import on the right."""

    def __init__(self, desk: Desk, close: Callable[[], object]) -> None:
        super().__init__(desk)
        self._batch: Batch | None = None
        self._changed = 0
        self._detail = QVBoxLayout()
        columns: list[Column[Batch]] = [
            Column("col.time", lambda x, _: time_text(x.started_at)[:16], 150),
            Column("col.source", lambda x, _: x.source),
            Column("col.who", lambda x, _: x.actor, 100),
            Column("col.accepted", lambda x, _: f"{x.counts.get('accepted', 0):,}", 100),
            Column("col.state", lambda x, _: self.t(f"imports.state.{x.state}"), 110),
        ]
        self.table: Table[Batch] = Table(columns, self.lang, name="importsTable", chosen=self.choose)
        side, inside = card(name="card", margin=18)
        side.setFixedWidth(440)
        inside.addLayout(self._detail)
        both = row(self.table, side, spacing=14)
        both.setStretch(0, 1)
        head = label(key="imports.title", kind="title", lang=self.lang)
        sub = label(key="imports.sub", kind="muted", lang=self.lang)
        foot = row(1, button("desk.close", close, name="importsClose", lang=self.lang))
        whole = column(head, sub, self.notice, both, foot, margin=26, spacing=12)
        whole.setStretch(3, 1)
        self.setLayout(whole)
        self._invite()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.batches(), self._got)

    def choose(self, batch: Batch) -> None:
        """Show one import; for a published one ask who stands in the way of an undo."""
        self._batch = batch
        self._facts(batch)
        if batch.state is BatchState.PUBLISHED:
            self.ask(ops.conflicts(batch=batch.batch), lambda look: self._conflicts(batch, look))

    def undo(self) -> None:
        """Take the chosen import back, after saying what goes."""
        batch = self._batch
        if batch is None:
            return
        people = batch.counts.get("accepted", 0) + batch.counts.get("quarantined", 0)
        title, effect = self.t("imports.undo.title"), self.t("imports.undo.effect", people=f"{people:,}")
        if self._changed:
            effect += self.t("imports.undo.changed", count=f"{self._changed:,}")
        if confirm(self, self.lang, title=title, effect=effect, act=self.t("imports.undo"), danger=True):
            self.ask(ops.undo(batch=batch.batch), self._undone)

    def _undone(self, report: Any) -> None:
        self.notice.tell(undone_words(report, self.lang))
        self._batch = None
        self._invite()
        self.refresh()

    def _got(self, answer: Answer[tuple[Batch, ...]]) -> None:
        self.table.put(answer.value)
        if not answer.value:
            empty(self._detail)
            self._detail.addWidget(label(self.t("imports.none"), kind="muted"))
            self._detail.addStretch(1)

    def _invite(self) -> None:
        empty(self._detail)
        self._detail.addWidget(label(self.t("imports.choose"), kind="muted"))
        self._detail.addStretch(1)

    def _facts(self, batch: Batch) -> None:
        empty(self._detail)
        self._detail.addWidget(label(batch.batch, kind="heading"))
        for key in (*_COUNTS, *(key for key in _UPDATE_COUNTS if batch.counts.get("update"))):
            area = "count" if key in _COUNTS else "update"
            name = label(self.t(f"wizard.{area}.{key}"), kind="muted")
            self._detail.addLayout(row(name, 1, label(f"{batch.counts.get(key, 0):,}")))
        self._detail.addStretch(1)

    def _conflicts(self, batch: Batch, look: UndoLook) -> None:
        if batch is not self._batch:
            return
        self._changed = look.changed
        self._facts(batch)
        if look.late:
            self._detail.insertWidget(0, banner(self.t("imports.late", day=time_text(look.until)[:10]), tone="amber"))
        elif look.conflicts:
            text = self.t("imports.conflicts", count=len(look.conflicts))
            self._detail.insertWidget(0, banner(text, tone="amber"))
            columns: list[Column[Standing]] = [
                Column("col.pseudonym", lambda x, _: x.hcp_id, 150),
                Column("col.since_touched", _touches),
            ]
            table: Table[Standing] = Table(columns, self.lang, name="importConflicts")
            table.put(look.conflicts)
            self._detail.addWidget(table, 3)
        else:
            if look.changed_again:
                again = self.t("imports.changed_again", count=f"{len(look.changed_again):,}")
                self._detail.addWidget(banner(again, tone="amber"))
            self._detail.addWidget(label(self.t("imports.until", day=time_text(look.until)[:16]), kind="small"))
            undo = button("imports.undo", self.undo, look="danger", name="importsUndo", lang=self.lang)
            self._detail.addLayout(row(1, undo))


def undone_words(report: UndoReport, lang: Lang) -> str:
    """What came of an undo."""
    said = t("imports.undone", lang, people=f"{report.people:,}")
    if report.restored or report.kept:
        said += t("imports.undone.values", lang, restored=f"{report.restored:,}", kept=f"{len(report.kept):,}")
    return said


def _touches(one: Standing, lang: Lang) -> str:
    return t("desk.list_sep", lang).join(touch_words(why, lang) for why in one.why)
