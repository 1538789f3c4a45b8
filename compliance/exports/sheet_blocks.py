"""The blocks of a sheet, from who it is about to what not to say.

Rules: (1) the eye finds first who, then whether contact is allowed, then everything else: headings stand in a left
column of their own; (2) what must not be used is never shortened.
"""

from compliance.exports.fonts import width
from compliance.exports.ink import ACCENT, CARE, HAIR, INK, MUTED, STOP, STOP_TINT, TINT
from compliance.exports.sheet_data import BlockKind, SheetBlock, SheetField
from compliance.exports.sheet_page import BODY, LEFT, RIGHT, ROOM, Page, date_mark, joined, printed, separator, spend
from compliance.exports.wrap import clip, wrap, wrap_at_most
from compliance.model.access import FieldState

_STOPS = 19  # as many as there are channels (domain.md appendix E)
_HEAD_KEYS = ("full_name", "salutation", "professional_title", "department", "institution_name")


def person(page: Page) -> None:
    """Who: name, hospital, department, title."""
    data, ink = page.data, page.ink
    who = next((b for b in data.blocks if b.kind is BlockKind.WHO), SheetBlock(BlockKind.WHO, ()))
    shown = {f.field.key: f for f in spend(page, who)}
    heads = {key: shown.pop(key) for key in _HEAD_KEYS if key in shown}
    name = joined(page, heads.get("full_name")) or data.hcp_id
    page.y += page.pt(22)
    size = page.pt(24)
    at = LEFT + ink.text(LEFT, page.y, clip(name, size, 300, bold=True), size, bold=True)
    call = joined(page, heads.get("salutation"))
    if call:
        ink.text(at + 10, page.y, clip(call, page.pt(12), 110), page.pt(12), MUTED)
    ink.text(RIGHT, page.y, data.hcp_id, 9, MUTED, at=1)
    page.y += page.pt(18)
    for keys in (("institution_name",), ("department", "professional_title")):
        parts = [x for x in (joined(page, heads.get(key)) for key in keys) if x]
        marks = [m for m in (date_mark(page, heads.get(key)) for key in keys) if m]
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


def contact(page: Page) -> None:
    """Whether contact is allowed, and through which channels."""
    data, ink = page.data, page.ink
    page.budget -= bool(data.channels) + bool(data.do_not_contact)
    fields = spend(page, *(b for b in data.blocks if b.kind is BlockKind.CONTACT))
    _section(page, "contact")
    if data.do_not_contact:
        _stops(page)
    size = page.pt(10)
    if not data.channels:
        ink.cross(BODY, page.y - size + 1, size)
        ink.text(BODY + size + 6, page.y, page.say("no_channel"), size, STOP, bold=True)
        page.y += page.pt(16)
    half = ROOM / 2
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
        _grid(page, fields, BODY, ROOM)


def _stops(page: Page) -> None:
    ink, size = page.ink, page.pt(9.5)
    page.y += page.pt(2)
    # The one list that thrift must not shorten: what is missing here would be used.
    entries = separator(page).join(page.data.do_not_contact[:_STOPS])
    if len(page.data.do_not_contact) > _STOPS:
        entries += page.say("more", count=len(page.data.do_not_contact) - _STOPS)
    title = page.say("do_not_use")
    indent = width(title, size, bold=True) + 30
    lines = wrap_at_most(entries, size, ROOM - indent - 10, 5, bold=True)
    high = len(lines) * size * 1.45 + 9
    ink.box(BODY, page.y - size - 4, ROOM, high, fill=STOP_TINT, edge=STOP, radius=3, edge_width=1)
    ink.cross(BODY + 8, page.y - size + 1.5, size)
    ink.text(BODY + 22, page.y, title, size, STOP, bold=True)
    for line in lines:
        ink.text(BODY + indent, page.y, line, size, STOP, bold=True)
        page.y += size * 1.45
    page.y += page.pt(12)


def contact_first(page: Page) -> None:
    """The box that replaces everything else while a request or objection is open."""
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


def plain(page: Page, kind: BlockKind) -> None:
    """A block of label and value."""
    blocks = [b for b in page.data.blocks if b.kind is kind]
    fields = printed(*blocks) if kind is BlockKind.SUGGESTION else spend(page, *blocks)
    if fields:
        _section(page, str(kind))
        _grid(page, fields, BODY, ROOM)


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
        text = joined(page, item)
        mark = date_mark(page, item)
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


def guidance(page: Page) -> None:
    """What to ask, and what not to say."""
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


def _more(page: Page, count: int) -> None:
    page.ink.text(BODY, page.y, page.say("more", count=count), page.pt(8), MUTED)
    page.y += page.pt(14)
