"""The weekly file on screen: how it is taken, what it says of people who are held, line by line, by pseudonym."""

from datetime import date

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from compliance.i18n import Lang, t
from compliance.use_cases.imports.imports import ImportReport, Touched, UpdateReport
from desktop_app.models.rows import Column
from desktop_app.theme import AMBER, CHIPS, GREEN, MUTED, RED
from desktop_app.views.import_columns import target_label
from desktop_app.widgets.basic import column, label, row
from desktop_app.widgets.figures import figure_row
from desktop_app.widgets.form import day_box, day_in, field
from desktop_app.widgets.table import Table
from desktop_app.words import import_label, say

_ORDER = ("moved", "changed", "conflicts", "gone", "closed", "doubtful")
_BLUE = CHIPS["blue"][0]
_TONES = {"moved": _BLUE, "changed": _BLUE, "unchanged": MUTED, "gone": AMBER, "conflicts": RED, "closed": MUTED}

#: The word for what, and of whom.
Line = tuple[str, Touched]


class UpdateMode(QWidget):
    """Whether a file is a later one of a list that is held, whether it is whole, and its own day."""

    def __init__(self, lang: Lang) -> None:
        super().__init__()
        self._update, self._part = QCheckBox(), QCheckBox()
        self._update.setObjectName("importUpdate")
        self._part.setObjectName("importPart")
        say(self._update, text="wizard.update", lang=lang)
        say(self._part, text="wizard.part", lang=lang)
        self._day = day_box("importDated")
        self._part.setEnabled(False)
        self._update.toggled.connect(self._part.setEnabled)
        self.setLayout(
            column(
                self._update,
                label(key="wizard.update.help", kind="small", lang=lang),
                row(
                    field("wizard.dated", self._day, lang=lang, help_key="wizard.dated.help"),
                    field("wizard.part.caption", self._part, lang=lang, help_key="wizard.part.help"),
                    spacing=24,
                ),
                spacing=8,
            )
        )

    @property
    def update_held(self) -> bool:
        """Compare with who is held."""
        return self._update.isChecked()

    @property
    def part(self) -> bool:
        """The file is not the whole list."""
        return self.update_held and self._part.isChecked()

    @property
    def dated(self) -> date | None:
        """The file's own day."""
        return day_in(self._day)


def show_update(box: QVBoxLayout, report: ImportReport, lang: Lang, *, done: bool) -> None:
    """Figures, and one list: the first people of each kind, then the rows of nobody held with something to say."""
    told = report.update
    assert told is not None
    stage = "done" if done else "trial"
    counted = [
        ("read", report.read, MUTED),
        ("new", report.accepted + report.quarantined, GREEN),
        *((key, int(getattr(told, key)), tone) for key, tone in _TONES.items()),
        ("rejected", report.rejected, RED),
    ]
    if told.doubtful:
        counted.append(("doubtful", told.doubtful, AMBER))
    box.addWidget(label(t("wizard.update.held", lang), kind="caption"))
    box.addLayout(
        figure_row(((f"{stage}_update_{key}", t(_word(key), lang), n, tone) for key, n, tone in counted), spacing=20)
    )
    table: Table[Line] = Table(_columns(), lang, name="doneUpdate" if done else "trialUpdate")
    table.put([*_lines(told), *_rows(report)])
    table.setMinimumHeight(150)
    box.addWidget(table, 1)


def _word(key: str) -> str:
    return f"wizard.{'count' if key in ('read', 'rejected') else 'update'}.{key}"


def _lines(told: UpdateReport) -> list[Line]:
    return [(f"wizard.update.{what}", line) for what in _ORDER for line in told.told.get(what, ())]


def _rows(report: ImportReport) -> list[Line]:
    """Rows that are nobody's who is held."""
    return [
        (f"import.status.{told.status}", Touched(hcp_id="", row=told.row, fields=(target,) if target else (), why=code))
        for told in report.told
        for target, code in told.codes
        if not code.startswith("update_")
    ]


def _columns() -> list[Column[Line]]:
    return [
        Column("import.report.row", lambda x, _: f"{x[1].row:,}" if x[1].row else "—", 70),
        Column("col.pseudonym", lambda x, _: x[1].hcp_id or "—", 150),
        Column("import.report.status", lambda x, lang: t(x[0], lang), 120),
        Column("import.report.field", _fields, 150),
        Column("import.report.meaning", _why),
    ]


def _fields(line: Line, lang: Lang) -> str:
    return t("desk.list_sep", lang).join(target_label(key, lang) for key in line[1].fields)


def _why(line: Line, lang: Lang) -> str:
    what, told = line[0].rpartition(".")[2], line[1]
    if what == "gone":
        return t("wizard.update.gone_note", lang)
    return import_label(told.why or f"update_{what}", lang)
