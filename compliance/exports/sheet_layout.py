"""Where things stand on the rep sheet.

Rules: (1) four settings, each smaller and more frugal than the one before; the first that fits is used; (2) the eye
finds first who, then whether contact is allowed, then everything else: headings stand in a left column of their own;
(3) a list that is cut says how many entries are missing; a field beyond the limit of 18 is counted, never squeezed in.
"""

from dataclasses import dataclass, field
from datetime import datetime

from compliance.clock import SHANGHAI
from compliance.exports.fonts import width
from compliance.exports.ink import (
    A4,
    ACCENT,
    CARE,
    FAINT,
    HAIR,
    INK,
    MUTED,
    STOP,
    STOP_TINT,
    TINT,
    WATER,
    Ink,
)
from compliance.exports.sheet_data import MAX_FIELDS, BlockKind, SheetBlock, SheetData, SheetField
from compliance.exports.wrap import clip, wrap, wrap_at_most
from compliance.i18n import Lang, t
from compliance.model.access import FieldState

LEFT, RIGHT, TOP, FOOT = 42.0, A4[0] - 42.0, 40.0, A4[1] - 74.0
BODY = LEFT + 92.0
_ROOM = RIGHT - BODY
_STOPS = 19  # as many as there are channels (domain.md appendix E)
_HEAD_KEYS = ("full_name", "salutation", "professional_title", "department", "institution_name")


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


def compose(data: SheetData, lang: Lang, given: Setting | None = None) -> Page | None:
    """The page in the largest setting that fits, None when none does; in the ``given`` one whatever its length."""
    for setting in (given,) if given else SETTINGS:
        page = Page(data, lang, setting)
        _watermark(page)
        _head(page)
        _person(page)
        _contact(page)
        if data.contact_first:
            _contact_first(page)
        else:
            for kind in (BlockKind.WHEN, BlockKind.ABOUT, BlockKind.OPEN, BlockKind.SUGGESTION):
                _plain(page, kind)
            _guidance(page)
        if given or page.y <= FOOT:
            _foot(page)
            return page
    return None


def local(instant: datetime) -> str:
    """Minute in Shanghai, as people read it."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def seal_words(root: str, index: int) -> str:
    """The log seal 日志封签 in short: number of the entry and the first 16 hexadecimal digits of the root."""
    return f"#{index} · {root[:16]}"


def _watermark(page: Page) -> None:
    for row in range(5):
        for column in range(2):
            x = 170 + column * 270 + (row % 2) * -50
            page.ink.slanted(x, 170 + row * 145, page.data.watermark, 17, WATER, 28)


def _head(page: Page) -> None:
    data, ink = page.data, page.ink
    ink.box(0, 0, A4[0], 7, fill=ACCENT)
    room = RIGHT - LEFT - 76
    if data.sandbox:
        stamp = t("paper.sandbox", page.lang)
        wide = width(stamp, 10, bold=True) + 16
        ink.box(RIGHT - 76 - wide, TOP - 1, wide, 20, edge=STOP, radius=3, edge_width=1.2)
        ink.text(RIGHT - 76 - wide / 2, TOP + 13, stamp, 10, STOP, bold=True, at=0.5)
        room -= wide
    title = page.say("title", purpose=data.purpose)
    # A long title shrinks; it never runs under the stamp or the code.
    size = min(21.0, max(12.0, 21.0 * (room - 10) / width(title, 21, bold=True)))
    ink.text(LEFT, TOP + 16, clip(title, size, room - 10, bold=True), size, ACCENT, bold=True)
    for place, line in enumerate(wrap_at_most(page.say("rule", handler=data.handler), 8, room, 2)):
        ink.text(LEFT, TOP + 33 + place * 11, line, 8, MUTED)
    ink.qr(RIGHT - 60, TOP - 8, 60, qr_text(data))
    facts = (
        ("serial", data.serial),
        ("reader", f"{data.issued_to} {data.employee_no}".strip()),
        ("issued", local(data.issued_at)),
        ("until", local(data.expires_at)),
    )
    top, step = TOP + 62, (RIGHT - LEFT) / 4
    ink.line(LEFT, top - 6, RIGHT, top - 6, ACCENT, 1.2)
    for place, (key, value) in enumerate(facts):
        x = LEFT + place * step
        ink.text(x, top + 7, page.say(key), 7.5, MUTED)
        ink.text(x, top + 20, clip(value, 10, step - 8, bold=True), 10, bold=True)
    ink.line(LEFT, top + 28, RIGHT, top + 28, HAIR)
    page.y = top + 40
    for warning in data.warnings[:2]:
        ink.text(LEFT, page.y + 4, clip("! " + warning, 8.5, RIGHT - LEFT), 8.5, CARE, bold=True)
        page.y += 14


def qr_text(data: SheetData) -> str:
    """Serial, entry number and root prefix: leads an officer to the log entry, tells a finder nothing."""
    return f"CK1:{data.serial}:{data.audit_index}:{data.root[:16]}"


def _person(page: Page) -> None:
    data, ink = page.data, page.ink
    who = next((b for b in data.blocks if b.kind is BlockKind.WHO), SheetBlock(BlockKind.WHO, ()))
    shown = {f.field.key: f for f in _spend(page, who)}
    heads = {key: shown.pop(key) for key in _HEAD_KEYS if key in shown}
    name = _joined(page, heads.get("full_name")) or data.hcp_id
    page.y += page.pt(22)
    size = page.pt(24)
    at = LEFT + ink.text(LEFT, page.y, clip(name, size, 300, bold=True), size, bold=True)
    call = _joined(page, heads.get("salutation"))
    if call:
        ink.text(at + 10, page.y, clip(call, page.pt(12), 110), page.pt(12), MUTED)
    ink.text(RIGHT, page.y, data.hcp_id, 9, MUTED, at=1)
    page.y += page.pt(18)
    for keys in (("institution_name",), ("department", "professional_title")):
        parts = [x for x in (_joined(page, heads.get(key)) for key in keys) if x]
        marks = [m for m in (_date_mark(page, heads.get(key)) for key in keys) if m]
        if parts:
            bold = keys[0] == "institution_name"
            line = clip("  ·  ".join(parts), page.pt(11.5), RIGHT - LEFT - 110, bold=bold)
            wide = ink.text(LEFT, page.y, line, page.pt(11.5), bold=bold)
            if marks:
                ink.text(LEFT + wide + 8, page.y, clip(marks[0], page.pt(8), 100), page.pt(8), CARE)
            page.y += page.pt(16)
    page.y += 2
    if shown:
        _grid(page, tuple(shown.values()), LEFT, RIGHT - LEFT)


def _contact(page: Page) -> None:
    data, ink = page.data, page.ink
    page.budget -= bool(data.channels) + bool(data.do_not_contact)
    fields = _spend(page, *(b for b in data.blocks if b.kind is BlockKind.CONTACT))
    _section(page, "contact")
    if data.do_not_contact:
        _stops(page)
    size = page.pt(10)
    if not data.channels:
        ink.cross(BODY, page.y - size + 1, size)
        ink.text(BODY + size + 6, page.y, page.say("no_channel"), size, STOP, bold=True)
        page.y += page.pt(16)
    half = _ROOM / 2
    shown = data.channels[: page.setting.entries + 2]
    for place, line in enumerate(shown):
        x = BODY + (place % 2) * half
        ink.tick(x, page.y - size + 1, size)
        used = ink.text(x + size + 6, page.y, clip(line.label, size, half - 24, bold=True), size, bold=True)
        left = half - size - 22 - used
        if line.reason and left > 30:
            ink.text(x + size + 12 + used, page.y, clip(line.reason, page.pt(8), left), page.pt(8), MUTED)
        if place % 2 or place == len(shown) - 1:
            page.y += page.pt(16)
    if len(data.channels) > len(shown):
        _more(page, len(data.channels) - len(shown))
    if fields:
        page.y += 2
        _grid(page, fields, BODY, _ROOM)


def _stops(page: Page) -> None:
    ink, size = page.ink, page.pt(9.5)
    page.y += page.pt(2)
    # The one list that thrift must not shorten: what is missing here would be used.
    entries = _separator(page).join(page.data.do_not_contact[:_STOPS])
    if len(page.data.do_not_contact) > _STOPS:
        entries += page.say("more", count=len(page.data.do_not_contact) - _STOPS)
    title = page.say("do_not_use")
    indent = width(title, size, bold=True) + 30
    lines = wrap_at_most(entries, size, _ROOM - indent - 10, 5, bold=True)
    high = len(lines) * size * 1.45 + 9
    ink.box(BODY, page.y - size - 4, _ROOM, high, fill=STOP_TINT, edge=STOP, radius=3, edge_width=1)
    ink.cross(BODY + 8, page.y - size + 1.5, size)
    ink.text(BODY + 22, page.y, title, size, STOP, bold=True)
    for line in lines:
        ink.text(BODY + indent, page.y, line, size, STOP, bold=True)
        page.y += size * 1.45
    page.y += page.pt(12)


def _contact_first(page: Page) -> None:
    ink = page.ink
    page.y += 8
    lines = wrap(page.say("contact_first_text"), 10.5, RIGHT - LEFT - 40)
    ink.box(LEFT, page.y, RIGHT - LEFT, 40 + 16 * len(lines), fill=STOP_TINT, edge=STOP, radius=4, edge_width=1.4)
    ink.text(LEFT + 20, page.y + 24, page.say("contact_first"), 13, STOP, bold=True)
    page.y += 44
    for line in lines:
        ink.text(LEFT + 20, page.y, line, 10.5)
        page.y += 16
    page.y += 16


def _plain(page: Page, kind: BlockKind) -> None:
    blocks = [b for b in page.data.blocks if b.kind is kind]
    fields = _printed(*blocks) if kind is BlockKind.SUGGESTION else _spend(page, *blocks)
    if fields:
        _section(page, str(kind))
        _grid(page, fields, BODY, _ROOM)


def _section(page: Page, key: str) -> None:
    page.y += page.pt(3)
    page.ink.line(LEFT, page.y, RIGHT, page.y, HAIR)
    page.y += page.pt(18)
    for place, line in enumerate(wrap_at_most(page.say(f"block.{key}"), page.pt(10), 84, 2, bold=True)):
        page.ink.text(LEFT, page.y + place * page.pt(13), line, page.pt(10), ACCENT, bold=True)


def _grid(page: Page, fields: tuple[SheetField, ...], x: float, room: float) -> None:
    """Two columns of label over value; a long value takes the whole width."""
    size, small, half = page.pt(10), page.pt(8), room / 2
    column, row_high = 0, 0.0
    for item in fields:
        text = _joined(page, item)
        mark = _date_mark(page, item)
        wide = width(text, size) > half - 14
        if wide and column:
            page.y, column, row_high = page.y + row_high, 0, 0.0
        left = x + column * half
        space = room if wide else half - 14
        used = page.ink.text(left, page.y, clip(item.label, small, space - 4), small, MUTED)
        note = mark or (page.say("generalised") if item.field.state is FieldState.GENERALISED else "")
        if note:
            page.ink.text(left + used + 6, page.y, clip(note, page.pt(7), space - used - 8), page.pt(7), CARE)
        lines = wrap_at_most(text, size, space, page.setting.lines)
        for place, line in enumerate(lines):
            page.ink.text(left, page.y + page.pt(13) + place * page.pt(14), line, size)
        row_high = max(row_high, page.pt(13) + len(lines) * page.pt(14) + page.pt(5))
        column += 2 if wide else 1
        if column >= 2:
            page.y, column, row_high = page.y + row_high, 0, 0.0
    page.y += row_high


def _guidance(page: Page) -> None:
    talks = page.data.guidance[: page.setting.talks]
    if not talks:
        return
    ink, size = page.ink, page.pt(9)
    column = (RIGHT - LEFT - 44) / 2
    rows = [
        (
            wrap_at_most(talk.say, size, column, page.setting.lines),
            wrap_at_most(talk.avoid or "–", size, column, page.setting.lines),
        )
        for talk in talks
    ]
    high = page.pt(34) + sum(max(len(a), len(b)) * size * 1.4 + page.pt(5) for a, b in rows)
    page.y += page.pt(6)
    ink.box(LEFT, page.y, RIGHT - LEFT, high, fill=TINT, radius=4)
    ink.box(LEFT, page.y, 3, high, fill=ACCENT)
    page.y += page.pt(18)
    second = LEFT + 16 + column + 12
    ink.text(LEFT + 16, page.y, page.say("ask"), size, ACCENT, bold=True)
    ink.text(second, page.y, page.say("avoid"), size, MUTED, bold=True)
    page.y += page.pt(16)
    for say, avoid in rows:
        for place, line in enumerate(say):
            ink.text(LEFT + 16, page.y + place * size * 1.4, line, size, INK)
        for place, line in enumerate(avoid):
            ink.text(second, page.y + place * size * 1.4, line, size, MUTED)
        page.y += max(len(say), len(avoid)) * size * 1.4 + page.pt(5)
    page.y += page.pt(4)


def _foot(page: Page) -> None:
    data, ink, y = page.data, page.ink, A4[1] - 58.0
    ink.line(LEFT, y - 14, RIGHT, y - 14, ACCENT, 1.2)
    rights = page.say("rights", channel=data.rights_channel) if data.rights_channel else page.say("rights_short")
    for place, line in enumerate(wrap_at_most(rights, 8.5, RIGHT - LEFT, 2)):
        ink.text(LEFT, y + place * 12, line, 8.5, INK)
    notes = []
    if page.left_out:
        notes.append(page.say("left_out", count=page.left_out))
    notes.append(page.say("handling"))
    ink.text(LEFT, y + 25, clip("  ".join(notes), 7.5, RIGHT - LEFT), 7.5, MUTED)
    seal = page.say("seal", seal=seal_words(data.root, data.audit_index))
    ink.text(LEFT, y + 38, clip(seal, 7.5, 380), 7.5, MUTED)
    ink.text(RIGHT, y + 38, f"{data.serial} · 1/1", 7.5, FAINT, at=1)


def _spend(page: Page, *blocks: SheetBlock) -> tuple[SheetField, ...]:
    fields = _printed(*blocks)
    kept = fields[: max(page.budget, 0)]
    page.budget -= len(kept)
    page.left_out += len(fields) - len(kept)
    return kept


def _printed(*blocks: SheetBlock) -> tuple[SheetField, ...]:
    return tuple(f for b in blocks for f in b.fields if f.field.state is not FieldState.WITHHELD)


def _joined(page: Page, item: SheetField | None) -> str:
    if item is None:
        return ""
    words = item.words or tuple((item.field.value or "").split("|"))
    words = tuple(w.strip() for w in words if w.strip())
    if not words:
        return page.say("masked") if item.field.state is FieldState.MASKED else page.say("none")
    kept = words[: page.setting.entries]
    text = _separator(page).join(kept)
    return text + (" " + page.say("more", count=len(words) - len(kept)) if len(kept) < len(words) else "")


def _date_mark(page: Page, item: SheetField | None) -> str:
    if item is None or item.field.freshness not in ("stale", "unknown"):
        return ""
    day = item.field.source_date
    return page.say("as_of", day=day.isoformat()) if day else page.say("date_unknown")


def _separator(page: Page) -> str:
    return "、" if page.lang is Lang.ZH else "; "


def _more(page: Page, count: int) -> None:
    page.ink.text(BODY, page.y, page.say("more", count=count), page.pt(8), MUTED)
    page.y += page.pt(14)
