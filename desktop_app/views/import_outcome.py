"""What became of the rows of an import: figures, reasons, the first rows with something to say. Codes, no values."""

from PySide6.QtWidgets import QVBoxLayout

from compliance.i18n import Lang, t
from compliance.use_cases.imports.imports import ImportReport
from compliance.use_cases.intake.consent_import import ConsentImportReport
from desktop_app.models.rows import Column
from desktop_app.theme import AMBER, GREEN, MUTED, RED
from desktop_app.views.import_columns import target_label
from desktop_app.views.import_update import show_update
from desktop_app.widgets.basic import chip, empty, label
from desktop_app.widgets.figures import figure_row
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import import_label

_MOST_REASONS = 6  # the table below names them all
#: A head and two rows.
_ROWS_HEIGHT = 130


def show_outcome(box: QVBoxLayout, report: ImportReport, lang: Lang, *, done: bool) -> None:
    """Fill ``box``. ``done``: it is written; else it was tried."""
    empty(box)
    head = t("wizard.done" if done else "wizard.trial", lang, batch=report.batch or "")
    box.addWidget(banner(head, tone="green" if done else "blue"))
    if report.other_worksheets:
        names = t("desk.list_sep", lang).join(report.other_worksheets)
        box.addWidget(banner(t("wizard.other_worksheets", lang, read=report.worksheet, others=names), tone="amber"))
    if report.update is not None:
        show_update(box, report, lang, done=done)
        return
    counted = (
        ("read", report.read, MUTED),
        ("accepted", report.accepted, GREEN),
        ("duplicates", report.duplicates, MUTED),
        ("candidates", report.candidates, AMBER),
        ("quarantined", report.quarantined, AMBER),
        ("rejected", report.rejected, RED),
        ("unproven", report.unproven_consents, AMBER),
    )
    stage = "done" if done else "trial"
    box.addLayout(figure_row((f"{stage}_{key}", t(f"wizard.count.{key}", lang), n, tone) for key, n, tone in counted))
    if report.unproven_consents:
        box.addWidget(label(t("wizard.unproven_note", lang), kind="small"))
    if report.hidden_rows:
        box.addWidget(label(t("wizard.hidden_note", lang, count=f"{report.hidden_rows:,}"), kind="small"))
    if report.reasons:
        box.addWidget(label(t("wizard.reasons", lang), kind="caption"))
        flow = Flow(gap=6)
        for code, count in sorted(report.reasons.items(), key=lambda pair: -pair[1])[:_MOST_REASONS]:
            flow.add(chip(f"{import_label(code, lang)}  {count:,}", "neutral"))
        box.addLayout(flow)
    show_rows(box, report, lang, done=done)


def show_rows(box: QVBoxLayout, report: ImportReport | ConsentImportReport, lang: Lang, *, done: bool) -> None:
    """The first rows with something to say, a line for each thing said."""
    if not report.told:
        box.addStretch(1)
        return
    box.addWidget(label(t("wizard.rows", lang, count=len(report.told)), kind="caption"))
    shown: Table[tuple[int, str, str, str]] = Table(_columns(), lang, name="doneRows" if done else "trialRows")
    shown.put(_rows(report, lang))
    shown.setMinimumHeight(_ROWS_HEIGHT)
    box.addWidget(shown, 1)


def _rows(report: ImportReport | ConsentImportReport, lang: Lang) -> list[tuple[int, str, str, str]]:
    """A line for each thing said of a row."""
    found = []
    for told in report.told:
        status = t(f"import.status.{told.status}", lang)
        for target, code in told.codes or (("", ""),):
            first = told.first_row if target == "row" else None
            words = import_label(code, lang) if code else ""
            found.append((
                told.row,
                status,
                target_label(target, lang) if target else "",
                words + (t("wizard.rows.first", lang, row=first) if first else ""),
            ))  # fmt: skip
    return found


def _columns() -> list[Column[tuple[int, str, str, str]]]:
    return [
        Column("import.report.row", lambda x, _: f"{x[0]:,}", 80),
        Column("import.report.status", lambda x, _: x[1], 90),
        Column("import.report.field", lambda x, _: x[2], 150),
        Column("import.report.meaning", lambda x, _: x[3]),
    ]
