"""One field of a profile: label, value as this reader may see it, where it comes from, how fresh, and "why"."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from compliance.i18n import Lang, t
from compliance.model.access import FieldState
from compliance.model.profile import ShownField, ValueStatus
from compliance.use_cases.seeing.value_words import value_words as coded
from desktop_app.widgets.basic import chip, row
from desktop_app.words import field_label, shown_text

#: One column of names down the whole page.
NAME_WIDTH = 168
_DOUBTS = {ValueStatus.QUARANTINED: "amber", ValueStatus.DISPUTED: "red"}
_FRESH = {"fresh": "green", "due": "amber", "stale": "red", "unknown": "grey", "not_validated": "red"}


def add_field(
    grid: QGridLayout, shown: ShownField, lang: Lang, *, why: Callable[[str], None] | None, narrow: bool = False
) -> None:
    """Append one shown field to ``grid``; in a ``narrow`` window its marks stand below the value."""
    line = grid.rowCount()
    name = QLabel(field_label(shown.key, lang))
    name.setProperty("kind", "muted")
    name.setWordWrap(True)
    name.setAlignment(Qt.AlignmentFlag.AlignTop)
    name.setFixedWidth(NAME_WIDTH)
    grid.addWidget(name, line, 0)
    if shown.state is FieldState.MASKED:
        grid.addLayout(row(value_label(shown, lang), 1), line, 1)
    else:
        grid.addWidget(value_label(shown, lang), line, 1)
    marks = row(*_marks(shown, lang), _why_button(shown.key, lang, why) if why else None, spacing=6)
    place, side = ((line + 1, 1), Qt.AlignmentFlag.AlignLeft) if narrow else ((line, 2), Qt.AlignmentFlag.AlignRight)
    grid.addLayout(marks, *place, side | Qt.AlignmentFlag.AlignTop)


def value_label(shown: ShownField, lang: Lang) -> QLabel:
    """The value; masked and generalised ones look different and say so."""
    made = QLabel(value_words(shown, lang))
    made.setObjectName(f"value_{shown.key}")
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    if shown.state is FieldState.MASKED:
        made.setProperty("masked", "true")
        made.setWordWrap(False)
        made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        made.setToolTip(t("desk.state.masked.tip", lang))
    return made


def value_words(shown: ShownField, lang: Lang) -> str:
    """The value in words: codes of closed lists are translated, the rest stands as it is."""
    return coded(shown.key, shown_text(shown, lang), lang)


def _marks(shown: ShownField, lang: Lang) -> list[QWidget]:
    marks: list[QWidget] = []
    if shown.state is FieldState.MASKED:
        marks.append(chip(t("desk.state.masked", lang), "grey"))
    if shown.state is FieldState.GENERALISED:
        marks.append(chip(t("desk.state.generalised", lang), "blue"))
    if "inferred" in shown.key:
        marks.append(chip(t("desk.inferred", lang), "amber", tip=t("desk.inferred.tip", lang)))
    if shown.freshness and shown.freshness != "fresh":
        marks.append(chip(t(f"desk.fresh.{shown.freshness}", lang), _FRESH.get(shown.freshness, "grey")))
    if shown.status in _DOUBTS:
        marks.append(chip(t(f"value.status.{shown.status}", lang), _DOUBTS[shown.status], name=f"doubt_{shown.key}"))
    if shown.source_class is not None and shown.source != "core":
        day = shown.source_date.isoformat() if shown.source_date else t("desk.date_unknown", lang)
        tip = t("desk.source.tip", lang, source=shown.source or "—", day=day)
        marks.append(chip(t(f"desk.source.{shown.source_class}", lang), "neutral", tip=tip))
    return marks


def _why_button(key: str, lang: Lang, why: Callable[[str], None]) -> QPushButton:
    made = QPushButton("?")
    made.setObjectName(f"why_{key}")
    made.setProperty("look", "mark")
    made.setFixedWidth(22)
    made.setToolTip(t("why.ask", lang))
    made.setAccessibleName(f"{t('why.ask', lang)} {field_label(key, lang)}")
    made.clicked.connect(lambda: why(key))
    return made
