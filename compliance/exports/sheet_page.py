"""A sheet page being laid out: its room, its degree of thrift, and how values become words on it.

Rules: (1) four settings, each smaller and more frugal than the one before; (2) a list that is cut says how many entries
are missing; a field beyond the limit of 18 is counted, never squeezed in.
"""

from dataclasses import dataclass, field

from compliance.exports.ink import A4, Ink
from compliance.exports.sheet_data import MAX_FIELDS, SheetBlock, SheetData, SheetField
from compliance.i18n import Lang, t
from compliance.model.access import FieldState

LEFT, RIGHT, TOP, FOOT = 42.0, A4[0] - 42.0, 40.0, A4[1] - 74.0
BODY = LEFT + 92.0
ROOM = RIGHT - BODY


@dataclass(frozen=True, slots=True)
class Setting:
    """One degree of thrift: type scale, entries of a list, lines of a value, lines of talking guidance."""

    scale: float
    entries: int
    lines: int
    talks: int


SETTINGS = (
    Setting(1.0, 8, 4, 5),
    Setting(0.94, 6, 3, 4),
    Setting(0.88, 5, 2, 3),
    Setting(0.8, 3, 1, 2),
    Setting(0.7, 2, 1, 1),  # eighteen values of a line each, with all warnings
)


@dataclass(slots=True)
class Page:
    """A page being laid out."""

    data: SheetData
    lang: Lang
    setting: Setting
    ink: Ink = field(default_factory=Ink)
    y: float = TOP
    budget: int = MAX_FIELDS
    left_out: int = 0

    def say(self, key: str, **params: object) -> str:
        """Words of the sheet."""
        return t(f"paper.sheet.{key}", self.lang, **params)

    def pt(self, size: float) -> float:
        """A size in the present setting."""
        return size * self.setting.scale


def spend(page: Page, *blocks: SheetBlock) -> tuple[SheetField, ...]:
    """The fields that still have room under the limit of a sheet; the others are counted."""
    fields = printed(*blocks)
    kept = fields[: max(page.budget, 0)]
    page.budget -= len(kept)
    page.left_out += len(fields) - len(kept)
    return kept


def printed(*blocks: SheetBlock) -> tuple[SheetField, ...]:
    """The fields of blocks that are not withheld."""
    return tuple(f for b in blocks for f in b.fields if f.field.state is not FieldState.WITHHELD)


def joined(page: Page, item: SheetField | None) -> str:
    """A value as one line of words, cut with a count when the setting is thrifty."""
    if item is None:
        return ""
    words = item.words or tuple((item.field.value or "").split("|"))
    words = tuple(w.strip() for w in words if w.strip())
    if not words:
        return page.say("masked") if item.field.state is FieldState.MASKED else page.say("none")
    kept = words[: page.setting.entries]
    text = separator(page).join(kept)
    return text + (" " + page.say("more", count=len(words) - len(kept)) if len(kept) < len(words) else "")


def date_mark(page: Page, item: SheetField | None) -> str:
    """The date of a value that is old, or that it has none."""
    if item is None or item.field.freshness not in ("stale", "unknown"):
        return ""
    day = item.field.source_date
    return page.say("as_of", day=day.isoformat()) if day else page.say("date_unknown")


def separator(page: Page) -> str:
    """What stands between the words of a list."""
    return "、" if page.lang is Lang.ZH else "; "
