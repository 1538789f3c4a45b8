"""Redacted sheets: choose a rep and a purpose, mark people, look at a page, make them all."""

from pathlib import Path
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from compliance.model.access import FIELD_ROLES, Purpose
from compliance.model.profile import PersonRow
from compliance.model.register import Rep
from desktop_app.models.people import field_text
from desktop_app.models.rows import Column
from desktop_app.operations import exports as ops
from desktop_app.operations import people
from desktop_app.views.page import Desk, Page
from desktop_app.views.sheet_preview import SheetPreviewDialog
from desktop_app.widgets.basic import button, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.form import PathField, field
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.refused_rows import refused_rows
from desktop_app.widgets.table import Table
from desktop_app.words import day_text, purpose_label

_SHEETS = (Purpose.VISIT, Purpose.EVENT, Purpose.MEDICAL)


class SheetsPart(Page):
    """Choose a rep and a purpose, mark people the rep may see, make their one-page sheets."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.rep, self.purpose = choice(name="sheetRep"), choice(name="sheetPurpose")
        self.out = PathField("sheetOut", mode="folder", lang=self.lang)
        columns: list[Column[PersonRow]] = [
            Column("col.name", lambda x, lang: field_text(x, "full_name", lang) or x.hcp_id, 150),
            Column("col.hospital", lambda x, lang: field_text(x, "institution_name", lang)),
            Column("col.department", lambda x, lang: field_text(x, "department", lang), 190),
        ]
        self.table: Table[PersonRow] = Table(columns, self.lang, name="sheetPeople", several=True)
        self._all: tuple[PersonRow, ...] = ()
        self._result = QVBoxLayout()
        self._lay()
        self.render_words()
        QShortcut(QKeySequence("Ctrl+P"), self).activated.connect(self.preview)
        self.rep.currentIndexChanged.connect(lambda _: self.look())
        self.purpose.currentIndexChanged.connect(lambda _: self.look())

    def put_reps(self, reps: tuple[Rep, ...]) -> None:
        """Reps to choose from."""
        fill_choice(self.rep, [(r.name, r.name) for r in reps if r.role in FIELD_ROLES])
        self.look()

    def render_words(self) -> None:
        """Purposes and headings."""
        fill_choice(self.purpose, [(purpose_label(p, self.lang), p) for p in _SHEETS])
        self.table.rows.set_lang(self.lang)

    def look(self) -> None:
        """People this rep may see for this purpose."""
        rep, purpose = self.rep.currentData(), self.purpose.currentData()
        if rep and purpose:
            self.ask(people.find(text="", purpose=Purpose(purpose), as_rep=str(rep)), self._got)

    def preview(self) -> None:
        """The page of one person as the rep would hold it, beside what I read."""
        person, rep = self.table.current() or next(iter(self._all), None), self.rep.currentData()
        if person is None or not rep:
            self.notice.tell(self.t("preview.choose"), tone="red")
            return
        purpose = Purpose(self.purpose.currentData())
        SheetPreviewDialog(self.desk, self, hcp_id=person.hcp_id, purpose=purpose, rep=str(rep)).open()

    def make(self) -> None:
        """Make the sheets of the marked people, of all when none is marked."""
        marked = self.table.picked() or tuple(self._all)
        out = self.out.path
        if out is None or not marked:
            key = "create.path.missing" if out is None else "exports.nobody"
            self.notice.tell(self.t(key), tone="red")
            return
        task = ops.make_sheets(
            hcp_ids=[r.hcp_id for r in marked],
            purpose=Purpose(self.purpose.currentData()),
            rep=str(self.rep.currentData()),
            out=out,
        )
        self.ask(task, self._made)

    def _ask_closed(self) -> None:
        if self.rep.currentData():
            chosen = QFileDialog.getSaveFileName(self, self.t("exports.closed"), "", "PDF (*.pdf)")[0]
            if chosen:
                self.write_closed(Path(chosen))

    def write_closed(self, path: Path) -> None:
        """One page of the rep's people who must not be contacted."""
        path = path if path.suffix.lower() == ".pdf" else path.with_name(f"{path.name}.pdf")
        done = self.t("exports.closed.done", file=path.name)
        task = ops.do_not_contact(rep=str(self.rep.currentData()), path=path)
        self.ask(task, lambda _: self.notice.tell(done))

    def _got(self, page: Any) -> None:
        self._all = page.rows
        self.table.put(page.rows)
        self._count.setText(self.t("exports.people", count=page.total))

    def _made(self, batch: Any) -> None:
        empty(self._result)
        if self.waits(batch):
            return
        text = self.t("exports.sheets.done", made=len(batch.sheets), refused=len(batch.refused))
        until = day_text(batch.sheets[0].expires, self.lang) if batch.sheets else ""
        more = self.t("exports.sheets.until", day=until) if until else ""
        tone = "red" if batch.leaks else "green" if batch.sheets else "amber"
        self._result.addWidget(banner(text, tone=tone, more=more))
        for part in refused_rows(batch.refused, self.lang):
            self._result.addWidget(part)

    def _lay(self) -> None:
        self._count = label(kind="small", name="sheetCount")
        self._count.setWordWrap(False)
        head = row(
            field("exports.rep", self.rep, lang=self.lang),
            field("exports.purpose", self.purpose, lang=self.lang),
            field("exports.folder", self.out, lang=self.lang),
            spacing=14,
        )
        head.setStretch(2, 1)
        go = button("exports.sheets.go", self.make, look="primary", name="makeSheets", lang=self.lang)
        closed = button("exports.closed", self._ask_closed, name="makeClosedList", lang=self.lang)
        hint = label(key="exports.sheets.hint", kind="small", lang=self.lang)
        look = button("preview.go", self.preview, name="previewSheet", lang=self.lang)
        foot = row(self._count, hint, closed, look, go, spacing=14)
        foot.setStretch(1, 1)
        whole = column(self.notice, head, self.table, self._result, foot, spacing=14)
        whole.setStretch(2, 1)
        whole.setContentsMargins(0, 18, 28, 24)
        self.setLayout(whole)
