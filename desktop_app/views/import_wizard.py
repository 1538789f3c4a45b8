"""Import in five steps: file, columns, source, preview, run. Nothing is written before the last; stopping is clean."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from compliance.i18n import has
from compliance.model.answer import Answer
from compliance.model.profile import SourceClass
from compliance.model.register import Source
from compliance.use_cases.imports import ImportPreview, ImportReport, PreviewColumn
from desktop_app.models.rows import Column
from desktop_app.operations import imports as ops
from desktop_app.theme import AMBER, GREEN, MUTED, RED
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, chip, choice, column, empty, fill_choice, hline, label, row
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.form import DropZone, PathField, field, line
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import field_label, import_label, say

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
        self._columns: Table[PreviewColumn] = Table(self._column_list(), self.lang, name="importColumns")
        self._found = QVBoxLayout()
        self.source = choice(name="importSource")
        self._new = QWidget()
        self._code = line("sourceCode", hint="wizard.source.code.hint", lang=self.lang)
        self._name = line("sourceName", lang=self.lang)
        self._class = choice(name="sourceClass")
        self._proof = PathField("sourceProof", mode="open", lang=self.lang)
        self._trial, self._result = QVBoxLayout(), QVBoxLayout()
        self._back = button("wizard.back", self._go_back, name="importBack", lang=self.lang)
        self._next = button("wizard.next", self._go_on, look="primary", name="importNext", lang=self.lang)
        self._lay()
        self._at(0)

    def take(self, path: Path) -> None:
        """A file was dropped or chosen: look into it, write nothing."""
        self.path = path
        self.ask(ops.preview(path=path), self._previewed)

    def _previewed(self, preview: ImportPreview) -> None:
        self._columns.put(preview.columns)
        empty(self._found)
        rows = f"{preview.sample_rows:,}"
        facts = self.t("wizard.found", encoding=preview.encoding, header=preview.header_row, rows=rows)
        self._found.addWidget(label(facts, kind="muted", name="importFacts"))
        if preview.refused_columns:
            names = self.t("desk.list_sep").join(preview.refused_columns)
            self._found.addWidget(banner(self.t("wizard.never", columns=names), tone="amber"))
        self._at(1)

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
        task = ops.run(path=self.path, source=str(self.source.currentData()), dry_run=dry_run)
        self.ask(task, self._tried if dry_run else self._imported)

    def _tried(self, report: ImportReport) -> None:
        self._show(self._trial, report, done=False)
        self._at(3)

    def _imported(self, report: ImportReport) -> None:
        self._show(self._result, report, done=True)
        self._at(4)

    def _show(self, box: QVBoxLayout, report: ImportReport, *, done: bool) -> None:
        empty(box)
        head = self.t("wizard.done" if done else "wizard.trial", batch=report.batch or "")
        box.addWidget(banner(head, tone="green" if done else "blue"))
        figures = row(spacing=26)
        for key, number, colour in (
            ("read", report.read, MUTED),
            ("accepted", report.accepted, GREEN),
            ("duplicates", report.duplicates, MUTED),
            ("candidates", report.candidates, AMBER),
            ("quarantined", report.quarantined, AMBER),
            ("rejected", report.rejected, RED),
            ("unproven", report.unproven_consents, AMBER),
        ):
            figure = label(f"{number:,}", kind="number", name=f"{'done' if done else 'trial'}_{key}")
            figure.setStyleSheet(f"color: {colour if number else MUTED};")
            figures.addLayout(column(figure, label(self.t(f"wizard.count.{key}"), kind="small"), spacing=0))
        figures.addStretch(1)
        box.addLayout(figures)
        if report.unproven_consents:
            box.addWidget(label(self.t("wizard.unproven_note"), kind="small"))
        if report.reasons:
            box.addWidget(label(self.t("wizard.reasons"), kind="caption"))
            flow = Flow(gap=6)
            for code, count in sorted(report.reasons.items(), key=lambda pair: -pair[1])[:24]:
                flow.add(chip(f"{import_label(code, self.lang)}  {count:,}", "neutral"))
            box.addLayout(flow)
        box.addStretch(1)

    def _column_list(self) -> list[Column[PreviewColumn]]:
        return [
            Column("col.in_file", lambda x, _: x.name, 250),
            Column("col.becomes", lambda x, _: self._target(x.target), 250),
            Column("col.why", lambda x, lang: import_label(x.why, lang) if x.why else ""),
        ]

    def _target(self, key: str) -> str:
        if has(f"import.target.{key}"):
            return self.t(f"import.target.{key}")
        return field_label(key, self.lang) if key else self.t("wizard.stays_out")

    def _at(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        self._back.setVisible(number in (1, 2, 3))
        self._next.setVisible(number > 0)
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
        second = column(self._found, self._columns, label(key="wizard.columns.note", kind="small", lang=self.lang))
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
            1,
            spacing=14,
        )
        self.source.currentIndexChanged.connect(lambda _: self._source_changed())
        for step in (first, second, third, self._trial, self._result):
            holder = QWidget()
            step.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(step)
            self._stack.addWidget(holder)
        head = label(key="wizard.title", kind="title", lang=self.lang)
        foot = row(self._back, 1, self._next)
        whole = column(head, self._crumbs, hline(), self.notice, self._stack, foot, margin=26, spacing=14)
        whole.setStretch(4, 1)
        self.setLayout(whole)
