"""Columns of the retention page: groups, people, and the ends of one person's values."""

from datetime import date

from compliance.i18n import Lang, t
from compliance.use_cases.ending.retention_due import DueGroup, DueRow, ValueEnd
from desktop_app.models.rows import Column
from desktop_app.theme import AMBER, RED

_MOST_FIELDS = 4


def rule_name(key: str, lang: Lang) -> str:
    """A rule in words."""
    return t(f"retention.rule.{key}", lang)


def group_columns() -> list[Column[DueGroup]]:
    """By rule and territory."""
    return [
        Column("col.retention_rule", lambda x, lang: rule_name(x.rule, lang)),
        Column("col.territory", lambda x, lang: x.territory or t("overview.no_territory", lang), 170),
        Column("col.retention_values", lambda x, _: f"{x.values:,}", 90),
        Column("col.retention_people", lambda x, _: f"{x.people:,}", 90),
        Column("col.retention_held", lambda x, _: f"{x.held:,}" if x.held else "—", 100, _held_colour),
        Column("col.retention_action", lambda x, lang: t(f"retention.action.{x.action}", lang), 220),
    ]


def row_columns() -> list[Column[DueRow]]:
    """By person and rule."""
    return [
        Column("col.retention_person", lambda x, _: x.hcp_id, 150),
        Column("col.retention_rule", lambda x, lang: rule_name(x.rule, lang), 240),
        Column("col.retention_fields", _fields),
        Column("col.retention_last", lambda x, _: _day(x.last), 120, lambda x: RED if x.over else None),
        Column(
            "col.retention_state",
            _state,
            130,
            lambda x: RED if x.over and not x.hold_id else AMBER if x.hold_id else None,
        ),
    ]


def end_columns() -> list[Column[ValueEnd]]:
    """By value."""
    return [
        Column("col.retention_field", lambda x, lang: t(f"field.{x.key}", lang), 200),
        Column("col.retention_rule", lambda x, lang: rule_name(x.rule, lang)),
        Column("col.retention_last", lambda x, _: _day(x.last), 120, lambda x: RED if x.over else None),
        Column("col.retention_needed", lambda x, lang: _needed(x, lang), 220),
    ]


def _held_colour(group: DueGroup) -> str | None:
    return AMBER if group.held else None


def _fields(found: DueRow, lang: Lang) -> str:
    if found.whole:
        return t("retention.whole", lang, count=len(found.fields))
    named = [t(f"field.{key}", lang) for key in found.fields[:_MOST_FIELDS]]
    rest = len(found.fields) - len(named)
    words = ("、" if lang is Lang.ZH else ", ").join(named)
    return words + (t("retention.and_more", lang, count=rest) if rest else "")


def _state(found: DueRow, lang: Lang) -> str:
    if found.hold_id:
        return t("retention.state.held", lang)
    return t("retention.state.over" if found.over else "retention.state.soon", lang)


def _needed(end: ValueEnd, lang: Lang) -> str:
    if not end.needed_by:
        return t("retention.needed.none", lang)
    return ("、" if lang is Lang.ZH else ", ").join(t(f"purpose.{purpose}", lang) for purpose in end.needed_by)


def _day(day: date | None) -> str:
    return day.isoformat() if day else "—"
