"""Taking in: scans of a folder, a list of old consents with its documents, or a log of electronic consent.

First a try that writes nothing and says what would come of it, then the same again for good. Stopping leaves nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from compliance.clock import shanghai_day
from compliance.i18n import has
from compliance.use_cases.intake.consent_import import ConsentImportReport
from compliance.use_cases.intake.scans import ScanReport
from desktop_app.operations import stacks as ops
from desktop_app.tasks import Task
from desktop_app.theme import AMBER, GREEN, MUTED, RED
from desktop_app.views.import_outcome import show_rows
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, chip, choice, column, empty, fill_choice, hline, label, row
from desktop_app.widgets.figures import figure_row
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.form import PathField, day_box, day_in, field, line
from desktop_app.widgets.refusal import banner
from desktop_app.words import import_label, say

_SYSTEMS = ("h5", "wecom", "crm")
_STEPS = ("what", "trial", "result")


class IntakeDialog(QDialog):
    """The dialog around :class:`IntakeSteps`. ``kind``: scan, list or log."""

    def __init__(self, desk: Desk, parent: QWidget, *, kind: str) -> None:
        super().__init__(parent)
        self.setObjectName("intakeDialog")
        self.setWindowTitle("ConsentKeep")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumSize(820, 600)
        self.steps = IntakeSteps(desk, self, kind=kind)
        self.setLayout(column(self.steps))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go of what was read."""
        self.deleteLater()
        super().closeEvent(event)


class IntakeSteps(Page):
    """What to take in, the try, the result."""

    def __init__(self, desk: Desk, dialog: QDialog, *, kind: str) -> None:
        super().__init__(desk)
        self._dialog, self.kind = dialog, kind
        lang = self.lang
        self.source = PathField("intakeSource", mode="folder" if kind == "scan" else "open", lang=lang)
        self.documents = PathField("intakeDocuments", mode="folder", lang=lang)
        self.index = PathField("intakeIndex", mode="open", lang=lang)
        self.name = line("intakeName", hint="intake.name.hint", lang=lang)
        self.place = line("intakePlace", hint="record.place.hint", lang=lang)
        self.day = day_box("intakeDay")
        self.system = choice(name="intakeSystem")
        self.exporter = line("intakeExporter", hint="intake.exporter.hint", lang=lang)
        self.report = PathField("intakeReport", mode="save", lang=lang)
        fill_choice(self.system, [(self.t(f"intake.system.{x}"), x) for x in _SYSTEMS])
        if kind == "scan":
            today = shanghai_day(desk.clock.now())
            self.name.setText(f"{self.t('intake.stack')} {today:%m-%d}")
        self._stack, self._crumbs = QStackedWidget(), row(spacing=18)
        self._trial, self._result = QVBoxLayout(), QVBoxLayout()
        self._back = button("wizard.back", lambda: self._at(0), name="intakeBack", lang=lang)
        self._next = button("wizard.next", self._go_on, look="primary", name="intakeNext", lang=lang)
        self._lay()
        self._at(0)

    def _go_on(self) -> None:
        at = self._stack.currentIndex()
        if at == 2:
            self._dialog.close()
            return
        missing = self._missing()
        if missing:
            what = self.t("desk.list_sep").join(self.t(key) for key in missing)
            self.notice.tell(self.t("record.missing", what=what), tone="red")
            return
        task: Task[Any] = self._task(dry_run=at == 0)
        self.ask(task, self._tried if at == 0 else self._taken)

    def _missing(self) -> list[str]:
        needed = [("intake.source." + self.kind, self.source.path is not None)]
        if self.kind == "list":
            needed.append(("intake.documents", self.documents.path is not None))
        if self.kind == "scan":
            needed.append(("intake.name", bool(self.name.text().strip())))
        return [key for key, fine in needed if not fine]

    def _task(self, *, dry_run: bool) -> Task[Any]:
        source = self.source.path or Path()
        name, place = self.name.text().strip(), self.place.text().strip()
        if self.kind == "scan":
            return ops.take_in_scans(
                request=ops.ScanRequest(
                    paths=(source,),
                    name=name,
                    index=self.index.path,
                    place=place,
                    offered_on=day_in(self.day),
                    dry_run=dry_run,
                )
            )
        log = ops.LogOrigin(system=str(self.system.currentData()), exporter=self.exporter.text().strip())
        return ops.import_consents(
            request=ops.ConsentImport(
                path=source,
                evidence_dir=self.documents.path if self.kind == "list" else None,
                name=name,
                dry_run=dry_run,
                report=self.report.path,
                place=place,
                log=log if self.kind == "log" else None,
            )
        )

    def _tried(self, made: Any) -> None:
        self._show(self._trial, made, done=False)
        self._at(1)

    def _taken(self, made: Any) -> None:
        self._show(self._result, made, done=True)
        self._at(2)

    def _show(self, box: QVBoxLayout, made: ScanReport | ConsentImportReport, *, done: bool) -> None:
        empty(box)
        key = "intake.done" if done else "intake.trial"
        box.addWidget(banner(self.t(key, stack=made.name), tone="green" if done else "blue"))
        stage = "done" if done else "trial"
        box.addLayout(
            figure_row((f"{stage}_{key}", self.t(f"intake.count.{key}"), n, tone) for key, n, tone in _figures(made))
        )
        reasons: Mapping[str, int] = made.reasons
        if isinstance(made, ScanReport):
            bad = [f"{f.number}. {f.name}：{self._why(f.code)}" for f in made.files if f.code]
            for text in bad[:8]:
                box.addWidget(label(text, kind="error"))
            reasons = {**made.reasons, **made.index_reasons}
        elif made.unknown_columns:
            names = self.t("desk.list_sep").join(made.unknown_columns[:12])
            box.addWidget(label(self.t("intake.unknown_columns", columns=names), kind="muted"))
        if reasons:
            box.addWidget(label(self.t("wizard.reasons"), kind="caption"))
            flow = Flow(gap=6)
            for code, count in sorted(reasons.items(), key=lambda pair: -pair[1])[:24]:
                flow.add(chip(f"{self._why(code)}  {count:,}", "neutral"))
            box.addLayout(flow)
        if self.report.path and self.kind != "scan":
            box.addWidget(label(self.t("intake.report.at", file=self.report.path.name), kind="small"))
        if isinstance(made, ConsentImportReport):
            show_rows(box, made, self.lang, done=done)
        else:
            box.addStretch(1)

    def _why(self, code: str) -> str:
        for key in (f"return.{code}", f"import.code.{code}"):
            if has(key):
                return self.t(key)
        return import_label(code, self.lang)

    def _at(self, number: int) -> None:
        self.notice.clear()
        self._stack.setCurrentIndex(number)
        self._back.setVisible(number == 1)
        say(self._next, text=("intake.try", "intake.go", "desk.close")[number], lang=self.lang)
        empty(self._crumbs)
        for index, name in enumerate(_STEPS):
            tone = "blue" if index == number else "green" if index < number else "grey"
            self._crumbs.addWidget(chip(f"{index + 1}  {self.t(f'intake.step.{name}')}", tone))
        self._crumbs.addStretch(1)

    def _lay(self) -> None:
        lang, kind = self.lang, self.kind
        first = column(
            label(key=f"intake.sub.{kind}", kind="muted", lang=lang),
            field(f"intake.source.{kind}", self.source, lang=lang),
            spacing=14,
        )
        if kind == "list":
            first.addLayout(field("intake.documents", self.documents, lang=lang, help_key="intake.documents.help"))
        if kind == "scan":
            first.addLayout(field("intake.index", self.index, lang=lang, help_key="intake.index.help"))
        if kind == "log":
            both = row(
                field("intake.system", self.system, lang=lang),
                field("intake.exporter", self.exporter, lang=lang),
                spacing=16,
            )
            first.addLayout(both)
        line_ = row(field("intake.name", self.name, lang=lang), spacing=16)
        if kind != "log":
            line_.addLayout(field("record.place", self.place, lang=lang))
        if kind == "scan":
            line_.addLayout(field("intake.day", self.day, lang=lang))
        first.addLayout(line_)
        if kind != "scan":
            first.addLayout(field("intake.report", self.report, lang=lang, help_key="intake.report.help"))
        first.addStretch(1)
        for step in (first, self._trial, self._result):
            holder = QWidget()
            step.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(step)
            self._stack.addWidget(holder)
        head = label(key=f"intake.title.{kind}", kind="title", lang=lang)
        foot = row(self._back, 1, self._next)
        whole = column(head, self._crumbs, hline(), self.notice, self._stack, foot, margin=26, spacing=14)
        whole.setStretch(4, 1)
        self.setLayout(whole)


def _figures(made: ScanReport | ConsentImportReport) -> list[tuple[str, int, str]]:
    if isinstance(made, ScanReport):
        return [
            ("pages", made.pages, MUTED),
            ("forms", made.forms, GREEN),
            ("by_code", made.by_code, GREEN),
            ("by_index", made.by_index, GREEN),
            ("by_hand", made.by_hand, AMBER),
            ("returned", made.returned, RED),
            ("incomplete", made.incomplete, AMBER),
            ("clear", made.clear, GREEN),
            ("blank", made.blank, MUTED),
        ]
    return [
        ("read", made.read, MUTED),
        ("accepted", made.accepted, GREEN),
        ("duplicates", made.duplicates, MUTED),
        ("candidates", made.candidates, AMBER),
        ("rejected", made.rejected, RED),
        ("below_grade", made.below_grade, AMBER),
        ("noes_kept", made.noes_kept, AMBER),
        ("to_check", made.to_check, AMBER),
    ]
