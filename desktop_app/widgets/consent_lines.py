"""Status of consent items, one line each: item, status, since, until, proof, what may be done."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from compliance.i18n import Lang, has, t
from compliance.model.consent import ConsentStatus, Grade, LineStatus
from compliance.model.limits import last_day
from desktop_app.widgets.basic import chip, label
from desktop_app.widgets.field_row import NAME_WIDTH
from desktop_app.words import day_text, item_label, last_day_text

TONES: dict[ConsentStatus, str] = {
    ConsentStatus.GIVEN: "green",
    ConsentStatus.RENEWED: "green",
    ConsentStatus.EVIDENCE_PENDING: "amber",
    ConsentStatus.UNPROVEN: "amber",
    ConsentStatus.CHANGE_PENDING: "amber",
    ConsentStatus.EXPIRED: "amber",
    ConsentStatus.SUSPENDED: "amber",
    ConsentStatus.REFUSED: "red",
    ConsentStatus.WITHDRAWN: "red",
    ConsentStatus.REVOKED: "red",
    ConsentStatus.INVALIDATED: "red",
}


def consent_lines(
    lines: Sequence[LineStatus],
    lang: Lang,
    *,
    least: bool = True,
    act: Callable[[LineStatus], QWidget | None] | None = None,
) -> QGridLayout:
    """A grid of lines; items never asked are left out unless nothing else is there. ``act`` gives each its menu."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(9)
    grid.setColumnStretch(2, 1)
    told = [x for x in lines if x.status is not ConsentStatus.NOT_ASKED] if least else list(lines)
    if not told:
        grid.addWidget(label(t("consents.none", lang), kind="muted"), 0, 0)
    for number, line in enumerate(told):
        name = label(item_label(line.item, lang))
        name.setFixedWidth(NAME_WIDTH)
        status = chip(t(f"status.{line.status}", lang), TONES.get(line.status, "neutral"), name=f"line_{line.item}")
        grid.addWidget(name, number, 0)
        grid.addWidget(status, number, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(label(_more(line, lang), kind="small"), number, 2)
        if (menu := act(line) if act else None) is not None:
            grid.addWidget(menu, number, 3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return grid


def _more(line: LineStatus, lang: Lang) -> str:
    code = t(f"code.{line.code}", lang) if has(f"code.{line.code}") else line.code
    parts = [code.rstrip("。.")]
    if line.ended:
        parts.insert(0, t(f"status.{line.ended}", lang))
    if line.since:
        parts.append(t("consents.since", lang, day=day_text(line.since, lang)))
    if line.archived_since and line.keep_until:
        kept = {"day": day_text(line.archived_since, lang), "until": last_day(line.keep_until).isoformat()}
        parts.append(t("consents.archived", lang, **kept))
    elif line.valid_until:
        parts.append(t("consents.until", lang, day=last_day_text(line.valid_until, lang)))
    if line.grade is not Grade.NONE:
        parts.append(t(f"grade.{line.grade}", lang))
    if line.ask_again_from and not line.may_ask:
        parts.append(t("consents.ask_from", lang, day=day_text(line.ask_again_from, lang)))
    return " · ".join(parts)
