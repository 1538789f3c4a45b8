"""The cards of a person's page: dimension, consents, border, history. They show a view, they decide nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from compliance.i18n import Lang, t
from compliance.model.access import FieldState
from compliance.model.consent import LineStatus
from compliance.model.profile import CrossBorder, CrossBorderState, ProfileView, ShownField
from compliance.use_cases.field.rep_missing import ONE_REASON
from desktop_app.widgets.basic import card, chip, label, row
from desktop_app.widgets.consent_lines import consent_lines
from desktop_app.widgets.field_row import NAME_WIDTH, add_field
from desktop_app.widgets.hidden_names import HiddenNames
from desktop_app.words import dimension_of, field_label, item_label, policy_label, time_text

BORDER_TONES = {
    CrossBorder.NEVER_LEFT: "green",
    CrossBorder.CONSENTED: "blue",
    CrossBorder.SENT: "amber",
    CrossBorder.BLOCKED: "red",
}
_MOST_HISTORY = 60
#: What was worked out stands right below what the person said, and never instead of it (R29).
_BESIDE = {"channel_pref_inferred": "channel_pref_ranked", "inferred_active_slot": "preferred_slots"}


def by_dimension(view: ProfileView) -> dict[str, list[ShownField]]:
    """Fields of a view under their dimensions, in the order of the dictionary."""
    groups: dict[str, list[ShownField]] = {}
    for field in view.fields:
        if field.key != "hcp_id":
            groups.setdefault(dimension_of(field.key) or "identity", []).append(field)
    return {dimension: _beside(fields) for dimension, fields in groups.items()}


def _beside(fields: list[ShownField]) -> list[ShownField]:
    inferred = {_BESIDE[f.key]: f for f in fields if f.key in _BESIDE}
    if not inferred or not inferred.keys() <= {f.key for f in fields}:
        return fields
    said = [f for f in fields if f.key not in _BESIDE]
    return [one for f in said for one in (f, *([inferred[f.key]] if f.key in inferred else []))]


def counts_line(view: ProfileView, lang: Lang) -> str:
    """How much shows, how much is masked, how much does not show; and the log entry of this look."""
    counts = t(
        "profile.counts",
        lang,
        shown=sum(f.state in (FieldState.DISCLOSED, FieldState.GENERALISED) for f in view.fields),
        masked=sum(f.state is FieldState.MASKED for f in view.fields),
        hidden=sum(f.state is FieldState.WITHHELD for f in view.fields),
    )
    return f"{counts}    {t('profile.logged', lang, hcp=view.hcp_id, index=view.audit_index)}"


def dimension_card(
    dimension: str,
    fields: Sequence[ShownField],
    lang: Lang,
    *,
    revealed: Mapping[str, ShownField],
    why: Callable[[str], None] | None,
    narrow: bool = False,
) -> QWidget:
    """Values that show, then what is not on file, then the names of what does not show for this purpose."""
    heading, not_shown = policy_label("dimension", dimension, lang), t("profile.not_shown", lang)
    if all(f.state is FieldState.WITHHELD for f in fields):
        return HiddenNames(fields, lang, why=why, title=not_shown, heading=heading)
    frame, inside = _titled(heading, spacing=8)
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(9)
    grid.setColumnMinimumWidth(0, NAME_WIDTH)
    grid.setColumnStretch(1, 1)
    open_ = [f for f in fields if f.state is not FieldState.WITHHELD]
    shown, blank = [f for f in open_ if f.value], [f for f in open_ if not f.value]
    for field in shown:
        add_field(grid, revealed.get(field.key, field), lang, why=why, narrow=narrow)
    if shown:
        inside.addLayout(grid)
    if blank:
        names = t("desk.list_sep", lang).join(field_label(f.key, lang) for f in blank)
        inside.addWidget(label(t("profile.blank", lang, names=names), kind="small"))
    hidden = [f for f in fields if f.state is FieldState.WITHHELD]
    if hidden:
        inside.addWidget(HiddenNames(hidden, lang, why=why, title=not_shown))
    return frame


def missing_card(keys: Sequence[str], lang: Lang, *, why: Callable[[str], None]) -> QFrame:
    """What a rep's work may show and this pack does not hold: one reason for all of it, and a code each."""
    frame, inside = _titled(t("rep.missing", lang), spacing=8)
    inside.addWidget(label(t("rep.missing.note", lang), kind="small", name="missingNote"))
    hidden = [ShownField(key=key, state=FieldState.WITHHELD, value=None, reason=ONE_REASON) for key in keys]
    inside.addWidget(HiddenNames(hidden, lang, why=why))
    return frame


def consents_card(
    lines: Sequence[LineStatus],
    lang: Lang,
    *,
    act: Callable[[LineStatus], QWidget | None] | None = None,
    then: date | None = None,
    past: QWidget | None = None,
) -> QFrame:
    """Status of each item, now or as it stood ``then``; ``past`` leads to another day, ``act`` gives an item's menu."""
    frame, inside = card(name="card", spacing=12)
    title = t("profile.consents.then", lang, day=then.isoformat()) if then else t("profile.consents", lang)
    inside.addLayout(row(label(title, kind="heading", name="consentsTitle"), 1, past))
    inside.addLayout(consent_lines(lines, lang, act=None if then else act))
    return frame


def border_card(states: Sequence[CrossBorderState], lang: Lang) -> QFrame:
    """The person towards each recipient abroad."""
    frame, inside = _titled(t("profile.border", lang))
    for state in states:
        named = t("profile.border.to", lang, recipient=state.recipient)
        to = named if state.recipient else t("profile.border.all", lang)
        inside.addLayout(row(label(to), 1, chip(t(f"border.{state.state}", lang), BORDER_TONES[state.state])))
    return frame


def history_card(items: Sequence[Any], lang: Lang) -> QFrame:
    """What happened, newest first as the core gives it."""
    frame, inside = _titled(t("profile.history", lang))
    for item in items[:_MOST_HISTORY]:
        params = {k: item_label(str(v), lang) if k == "item" else v for k, v in dict(item.params).items()}
        when = label(time_text(item.at), kind="small")
        when.setFixedWidth(150)
        what = label(t(item.text_key, lang, **params))
        line = row(when, what, label(f"{item.actor} · #{item.index}", kind="small"), spacing=12)
        line.setStretch(1, 1)
        inside.addLayout(line)
    return frame


def _titled(title: str, *, spacing: int = 12) -> tuple[QFrame, QVBoxLayout]:
    frame, inside = card(name="card", spacing=spacing)
    inside.addWidget(label(title, kind="heading"))
    return frame, inside
