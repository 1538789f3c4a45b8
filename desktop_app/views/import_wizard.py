"""Import in five steps: file, columns, source, preview, run. Nothing is written before the last; stopping is clean."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from compliance.model.answer import Answer
from compliance.model.profile import SourceClass
from compliance.model.register import Source
from compliance.use_cases.imports.imports import ImportPreview, ImportReport, UndoReport
from desktop_app.operations import imports as ops
from desktop_app.views.import_columns import ColumnsStep
from desktop_app.views.import_list import undone_words
from desktop_app.views.import_outcome import show_outcome
from desktop_app.views.import_update import UpdateMode
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, chip, choice, column, empty, fill_choice, hline, label, row, scroll
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.form import DropZone, PathField, field, line
from desktop_app.widgets.refusal import banner
from desktop_app.words import say

_STEPS = ("file", "columns", "source", "trial", "result")
_NEW = ""


class ImportWizard(QDialog):
    """The dialog around :class:`ImportSteps`."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("importWizard")
        self.setWindowTitle("ConsentKeep")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumSize(900, 640)
        self.resize(960, 780)
        self.steps = ImportSteps(desk, self)
        self.setLayout(column(self.steps))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go of what was read."""
        self.deleteLater()
        super().closeEvent(event)


class ImportSteps(Page):
    """The steps and what they found."""

    def __init__(self, desk: Desk, dialog: QDialog) -> None:
        super().__init__(desk)
        self._dialog = dialog
        self.path: Path | None = None
        self._stack = QStackedWidget()
        self._crumbs = row(spacing=18)
        self._columns = ColumnsStep(self.lang, again=self._look, save=self._save_template)
        self.source = choice(name="importSource")
        self._new = QWidget()
        self._code = line("sourceCode", hint="wizard.source.code.hint", lang=self.lang)
        self._name = line("sourceName", lang=self.lang)
        self._class = choice(name="sourceClass")
        self._proof = PathField("sourceProof", mode="open", lang=self.lang)
        self._trial, self._result = QVBoxLayout(), QVBoxLayout()
        self._report = PathField("importReport", mode="save", lang=self.lang, filters="*.xlsx *.csv")
        self._errors = PathField("importErrors", mode="save", lang=self.lang, filters="*.xlsx")
        self._mode = UpdateMode(self.lang)
        self._batch = ""
        self._undo = button("imports.undo", self._take_back, look="danger", name="importUndo", lang=self.lang)
        self._back = button("wizard.back", self._go_back, name="importBack", lang=self.lang)
        self._next = button("wizard.next", self._go_on, look="primary", name="importNext", lang=self.lang)
        self._lay()
        self._at(0)

    def take(self, path: Path) -> None:
        """A file was dropped or chosen: look into it, write nothing."""
        self.path = path
        self._columns.forget()
        self.run(ops.templates(), lambda answer: self._columns.templates(answer.value, None))
        self._look()

    def _look(self) -> None:
        assert self.path is not None
        task = ops.preview(
            path=self.path,
            mapping=self._columns.mapping,
            sheet=self._columns.sheet,
            header_row=self._columns.header_row,
        )
        self.ask(task, self._previewed)

    def _previewed(self, preview: ImportPreview) -> None:
        self._columns.put(preview)
        self._at(1)

    def _save_template(self, name: str, columns: Mapping[str, str]) -> None:
        self.ask(ops.save_template(name=name, columns=columns), self._template_saved)

    def _template_saved(self, name: str) -> None:
        self.notice.tell(self.t("wizard.template.saved", name=name))
        self.run(ops.templates(), lambda answer: self._columns.templates(answer.value, name))
        self._look()

    def _go_on(self) -> None:
        now = self._stack.currentIndex()
        if now == 1:
            self.run(ops.list_sources(), self._got_sources)
            self._at(2)
        elif now == 2:
            self._declare()
        elif now == 3:
            self._run(dry_run=False)
        else:
            self._dialog.close()

    def _go_back(self) -> None:
        self.notice.clear()
        self._at(max(self._stack.currentIndex() - 1, 0))

    def _got_sources(self, answer: Answer[tuple[Source, ...]]) -> None:
        entries: list[tuple[str, object]] = [
            (f"{s.name} · {s.code} · {self.t(f'desk.source.{s.provenance}')}", s.code) for s in answer.value
        ]
        fill_choice(self.source, [*entries, (self.t("wizard.source.new"), _NEW)])
        classes = [c for c in SourceClass if c is not SourceClass.DERIVED]
        fill_choice(self._class, [(self.t(f"desk.source.{c}.long"), c) for c in classes])
        self._source_changed()

    def _source_changed(self) -> None:
        self._new.setVisible(self.source.currentData() == _NEW)

    def _declare(self) -> None:
        if self.source.currentData() != _NEW:
            self._run(dry_run=True)
            return
        task = ops.add_source(
            code=self._code.text().strip(),
            name=self._name.text().strip(),
            provenance=SourceClass(self._class.currentData()),
            proof=self._proof.path,
        )
        self.ask(task, self._declared)

    def _declared(self, source: Any) -> None:
        self.source.insertItem(0, f"{source.name} · {source.code}", source.code)
        self.source.setCurrentIndex(0)
        self._run(dry_run=True)

    def _run(self, *, dry_run: bool) -> None:
        assert self.path is not None
        task = ops.run(
            path=self.path,
            source=str(self.source.currentData()),
            dry_run=dry_run,
            mapping=self._columns.mapping,
            sheet=self._columns.sheet,
            header_row=self._columns.header_row,
            report=None if dry_run else self._report.path,
            errors=None if dry_run else self._errors.path,
            update=self._mode.update_held,
            part=self._mode.part,
            dated=self._mode.dated,
        )
        self.ask(task, self._tried if dry_run else self._imported)

    def _tried(self, report: ImportReport) -> None:
        show_outcome(self._trial, report, self.lang, done=False)
        self._at(3)

    def _imported(self, report: ImportReport) -> None:
        show_outcome(self._result, report, self.lang, done=True)
        self._batch = report.batch or ""
        if report.report is not None:
            self._result.addWidget(label(self.t("wizard.report.made", file=report.report), kind="small"))
        if report.errors is not None:
            made = self.t("wizard.errors.made", file=report.errors, rows=f"{report.errors_rows:,}")
            self._result.addWidget(banner(made, tone="amber"))
        self._at(4)

    def _take_back(self) -> None:
        title, effect = self.t("imports.undo.title"), self.t("wizard.undo.effect", batch=self._batch)
        if confirm(self, self.lang, title=title, effect=effect, act=self.t("imports.undo"), danger=True):
            self.ask(ops.undo(batch=self._batch), self._taken_back)

    def _taken_back(self, report: UndoReport) -> None:
        empty(self._result)
        self.notice.tell(undone_words(report, self.lang))
        self._undo.hide()

    def _at(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        self._back.setVisible(number in (1, 2, 3))
        self._next.setVisible(number > 0)
        self._undo.setVisible(number == 4 and self.desk.state.may("undo_import"))
        words = {2: "wizard.try", 3: "wizard.go", 4: "desk.close"}.get(number, "wizard.next")
        say(self._next, text=words, lang=self.lang)
        empty(self._crumbs)
        for index, name in enumerate(_STEPS):
            tone = "blue" if index == number else "green" if index < number else "grey"
            self._crumbs.addWidget(chip(f"{index + 1}  {self.t(f'wizard.step.{name}')}", tone))
        self._crumbs.addStretch(1)

    def _lay(self) -> None:
        drop = DropZone("wizard.drop", self.take, name="importDrop", lang=self.lang)
        first = column(1, drop, label(key="wizard.drop.more", kind="small", lang=self.lang), 2)
        second = column(self._columns)
        self._new.setLayout(
            column(
                row(
                    field("wizard.source.code", self._code, lang=self.lang),
                    field("wizard.source.name", self._name, lang=self.lang),
                ),
                field("wizard.source.class", self._class, lang=self.lang),
                field("wizard.source.proof", self._proof, lang=self.lang, help_key="wizard.source.proof.help"),
                spacing=14,
            )
        )
        third = column(
            label(key="wizard.source.sub", kind="muted", lang=self.lang),
            field("wizard.source", self.source, lang=self.lang),
            self._new,
            self._mode,
            1,
            spacing=14,
        )
        self.source.currentIndexChanged.connect(lambda _: self._source_changed())
        fourth = column(
            self._trial,
            row(
                field("wizard.report", self._report, lang=self.lang, help_key="wizard.report.help"),
                field("wizard.errors", self._errors, lang=self.lang, help_key="wizard.errors.help"),
                spacing=14,
            ),
        )
        fourth.setStretch(0, 1)
        for step in (first, second, third, fourth, self._result):
            holder = QWidget()
            step.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(step)
            long = step in (fourth, self._result)  # many reasons, in long words: they must not lie over one another
            self._stack.addWidget(scroll(holder) if long else holder)
        head = label(key="wizard.title", kind="title", lang=self.lang)
        foot = row(self._back, self._undo, 1, self._next)
        whole = column(head, self._crumbs, hline(), self.notice, self._stack, foot, margin=26, spacing=14)
        whole.setStretch(4, 1)
        self.setLayout(whole)
