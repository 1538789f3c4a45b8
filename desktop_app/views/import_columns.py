"""The columns of a file: which sheet and header row, what each column becomes and why, and the template that says so.

A template is chosen, or made here: mark a column (J, K, Enter), say what it becomes, save under a name. Whatever is
changed, the file is looked at again; nothing is written but the template.
"""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from compliance.i18n import Lang, has, t
from compliance.use_cases.imports.import_templates import template_targets
from compliance.use_cases.imports.imports import ImportPreview, PreviewColumn
from desktop_app.models.rows import Column
from desktop_app.widgets.basic import button, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.form import count_line, count_of, field, line
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import field_label, import_label

_IGNORE = "ignore"


class ColumnsStep(QWidget):
    """``again`` is called when the file must be looked at anew, ``save`` with a name and column → target."""

    def __init__(
        self, lang: Lang, *, again: Callable[[], object], save: Callable[[str, Mapping[str, str]], object]
    ) -> None:
        super().__init__()
        self._lang, self._again, self._save = lang, again, save
        self._putting = False
        self._rows = 0  # the header row looked at last
        self._targets: dict[str, str] = {}
        self._facts = QVBoxLayout()
        self._sheet, self._template = choice(name="importSheet"), choice(name="importTemplate")
        self._header = count_line("importHeaderRow")
        self.table: Table[PreviewColumn] = Table(
            self._list(), lang, name="importColumns", chosen=self._chosen, opened=lambda _: self._becomes.setFocus()
        )
        self._which = label(kind="caption", name="importColumn")
        self._becomes = choice(name="importBecomes")
        self._name = line("importTemplateName", hint="wizard.template.hint", lang=lang)
        self._lay()

    @property
    def sheet(self) -> str | None:
        """The sheet chosen, None for a file without."""
        return self._sheet.currentData() or None

    @property
    def header_row(self) -> int | None:
        """The row given, None where it is looked for."""
        return count_of(self._header) or None

    @property
    def mapping(self) -> str | None:
        """The template chosen."""
        return self._template.currentData() or None

    def forget(self) -> None:
        """Another file: what was chosen for the last one does not count."""
        self._putting = True
        fill_choice(self._sheet, [])
        self._template.setCurrentIndex(0)
        self._header.clear()
        self._rows = 0
        self._putting = False

    def put(self, preview: ImportPreview) -> None:
        """Show what was found."""
        self._putting = True
        self.table.put(preview.columns)
        self._targets = {x.name: x.target or _IGNORE for x in preview.columns if x.name not in preview.refused_columns}
        empty(self._facts)
        rows = f"{preview.sample_rows:,}"
        found = t("wizard.found", self._lang, encoding=preview.encoding, header=preview.header_row, rows=rows)
        if preview.separator:
            found += t("wizard.found.separator", self._lang, separator=_visible(preview.separator, self._lang))
        self._facts.addWidget(label(found, kind="muted", name="importFacts"))
        if preview.refused_columns:
            names = t("desk.list_sep", self._lang).join(preview.refused_columns)
            self._facts.addWidget(banner(t("wizard.never", self._lang, columns=names), tone="amber"))
        sheets: list[tuple[str, object]] = [(name, name) for name in preview.worksheets]
        fill_choice(self._sheet, sheets or [(t("wizard.sheet.one", self._lang), "")])
        self._sheet.setCurrentIndex(max(self._sheet.findData(preview.worksheet), 0))
        self._sheet.setEnabled(len(preview.worksheets) > 1)
        self._putting = False
        self.table.selectRow(0)

    def templates(self, names: tuple[str, ...], chosen: str | None) -> None:
        """Templates to choose from."""
        self._putting = True
        none = (t("wizard.template.none", self._lang), "")
        fill_choice(self._template, [none, *((name, name) for name in names)])
        self._template.setCurrentIndex(max(self._template.findData(chosen or ""), 0))
        self._putting = False

    def _chosen(self, column_: PreviewColumn) -> None:
        self._which.setText(t("wizard.becomes.of", self._lang, column=column_.name))
        taken = column_.name in self._targets
        self._becomes.setEnabled(taken)
        self._putting = True
        self._becomes.setCurrentIndex(max(self._becomes.findData(self._targets.get(column_.name, _IGNORE)), 0))
        self._putting = False

    def _became(self) -> None:
        now = self.table.current()
        if not self._putting and now is not None and now.name in self._targets:
            self._targets[now.name] = str(self._becomes.currentData())
            self.table.viewport().update()

    def _changed(self) -> None:
        if not self._putting:
            self._again()

    def _list(self) -> list[Column[PreviewColumn]]:
        return [
            Column("col.in_file", lambda x, _: x.name, 250),
            Column("col.becomes", lambda x, lang: target_label(self._targets.get(x.name, ""), lang), 250),
            Column("col.why", self._why),
        ]

    def _why(self, x: PreviewColumn, lang: Lang) -> str:
        if self._targets.get(x.name, x.target) != (x.target or _IGNORE) and x.name in self._targets:
            return t("wizard.why.changed", lang)
        if x.why:
            return import_label(x.why, lang)
        return t("wizard.why.template" if self.mapping else "wizard.why.known", lang)

    def _lay(self) -> None:
        lang = self._lang
        fill_choice(self._becomes, [(target_label(key, lang), key) for key in template_targets()])
        self._becomes.setAccessibleName(t("col.becomes", lang))
        self._header.setFixedWidth(90)
        self._header.clear()
        self._header.setPlaceholderText(t("wizard.header.found", lang))
        self._header.setToolTip(t("wizard.header.help", lang))
        self._sheet.currentIndexChanged.connect(lambda _: self._changed())
        self._template.currentIndexChanged.connect(lambda _: self._changed())
        self._header.editingFinished.connect(self._typed)
        self._becomes.currentIndexChanged.connect(lambda _: self._became())
        keep = button("wizard.template.save", self._keep, name="importTemplateSave", lang=lang)
        top = row(
            field("wizard.sheet", self._sheet, lang=lang),
            field("wizard.header", self._header, lang=lang),
            field("wizard.template", self._template, lang=lang),
            spacing=14,
        )
        top.setStretch(0, 1)
        top.setStretch(2, 1)
        named = field("wizard.template.name", self._name, lang=lang)
        below = row(column(self._which, self._becomes, spacing=5), named, keep)
        below.setAlignment(keep, Qt.AlignmentFlag.AlignBottom)
        below.setStretch(0, 1)
        below.setStretch(1, 1)
        whole = column(
            top, self._facts, self.table, below, label(key="wizard.columns.note", kind="small", lang=lang), spacing=10
        )
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _typed(self) -> None:
        if count_of(self._header) != self._rows:
            self._rows = count_of(self._header)
            self._changed()

    def _keep(self) -> None:
        self._save(self._name.text().strip(), dict(self._targets))


def target_label(key: str, lang: Lang) -> str:
    """What a column becomes, in words."""
    if not key or key == _IGNORE:
        return t("wizard.stays_out", lang)
    if key.startswith("consent:"):
        return f"{t('import.target.consent', lang)} · {key.partition(':')[2]}"
    return t(f"import.target.{key}", lang) if has(f"import.target.{key}") else field_label(key, lang)


def _visible(separator: str, lang: Lang) -> str:
    return t("wizard.separator.tab", lang) if separator == "\t" else separator
