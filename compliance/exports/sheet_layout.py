"""The sheet as a whole: the largest setting that fits, head, blocks and foot."""

from compliance.exports.fonts import width
from compliance.exports.ink import A4, ACCENT, CARE, FAINT, HAIR, INK, MUTED, STOP, WATER
from compliance.exports.sheet_blocks import contact, contact_first, guidance, person, plain
from compliance.exports.sheet_data import BlockKind, SheetData
from compliance.exports.sheet_page import FOOT, LEFT, RIGHT, SETTINGS, TOP, Page, Setting
from compliance.exports.stamps import local, seal_words
from compliance.exports.wrap import clip, wrap_at_most
from compliance.i18n import Lang, t

__all__ = ["Page", "Setting", "compose", "local", "qr_text", "seal_words"]


def compose(data: SheetData, lang: Lang, given: Setting | None = None) -> Page | None:
    """The page in the largest setting that fits, None when none does; in the ``given`` one whatever its length."""
    for setting in (given,) if given else SETTINGS:
        page = Page(data, lang, setting)
        _watermark(page)
        _head(page)
        person(page)
        contact(page)
        if data.contact_first:
            contact_first(page)
        else:
            for kind in (BlockKind.WHEN, BlockKind.ABOUT, BlockKind.OPEN, BlockKind.SUGGESTION):
                plain(page, kind)
            guidance(page)
        if given or page.y <= FOOT:
            _foot(page)
            return page
    return None


def qr_text(data: SheetData) -> str:
    """Serial, entry number and root prefix: leads an officer to the log entry, tells a finder nothing."""
    return f"CK1:{data.serial}:{data.audit_index}:{data.root[:16]}"


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
    title = page.say("title_msl" if data.medical else "title", purpose=data.purpose)
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
