"""The two embedded faces (Noto Sans SC Regular and Bold) and what reportlab needs to use them rightly.

Rules: (1) every character that is printed can be copied and searched: reportlab writes a wrong ToUnicode map beyond
U+FFFF (a doctor named 王𬭊 would extract as another name), so the map is written here; (2) a character that no face
has prints as 〓 with its code and is reported, never as a silent blank; (3) widths are cached, because a table of
10,000 rows asks for the same few thousand characters over and over.
"""

from functools import cache, lru_cache
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics, ttfonts

from compliance.resources import resource_path

REGULAR = "NotoSansSC"
BOLD = "NotoSansSC-Bold"
#: Printed in place of a character without a glyph.
GETA = "〓"
_BLOCK = 100  # the CMap format allows at most 100 rows a block


@cache
def set_up() -> None:
    """Register both faces once per process and put the repaired map in place."""
    ttfonts.makeToUnicodeCMap = _to_unicode_map
    rl_config.useA85 = 0  # plain Flate: smaller, faster, and every PDF tool reads it
    pdfmetrics.registerFont(ttfonts.TTFont(REGULAR, str(resource_path("fonts", "NotoSansSC-Regular.ttf"))))
    pdfmetrics.registerFont(ttfonts.TTFont(BOLD, str(resource_path("fonts", "NotoSansSC-Bold.ttf"))))


def printable(text: str, notes: set[str] | None = None) -> str:
    """``text`` as it can be printed: one line, no control characters, 〓U+XXXXX where no glyph exists.

    Codes that had to be replaced are added to ``notes``.
    """
    glyphs = _glyphs()
    if all(ord(c) in glyphs for c in text):
        return text
    return "".join(_one(c, glyphs, notes) for c in text)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of ``text`` in points."""
    widths, default = _widths(bold)
    return sum(widths.get(ord(c), default) for c in text) * size * 0.001


@lru_cache(maxsize=4096)
def char_width(char: str, bold: bool) -> float:
    """Width of one character at 1 point."""
    return width(char, 1.0, bold=bold)


def _one(char: str, glyphs: dict[int, int], notes: set[str] | None) -> str:
    code = ord(char)
    if char.isspace():
        return " "
    if code in glyphs:
        return char
    if code < 0x20 or 0x7F <= code < 0xA0 or 0x200B <= code <= 0x200F or code == 0xFEFF:
        return ""
    if notes is not None:
        notes.add(f"U+{code:04X}")
    return f"{GETA}U+{code:04X}"


@cache
def _glyphs() -> dict[int, int]:
    set_up()
    face: Any = pdfmetrics.getFont(REGULAR).face
    glyphs: dict[int, int] = face.charToGlyph
    return {code: glyph for code, glyph in glyphs.items() if glyph and code >= 0x20}


@cache
def _widths(bold: bool) -> tuple[dict[int, float], float]:
    set_up()
    face: Any = pdfmetrics.getFont(BOLD if bold else REGULAR).face
    return face.charWidths, face.defaultWidth


def _to_unicode_map(fontname: str, subset: list[int]) -> str:
    """A CMap whose targets are UTF-16BE, as ISO 32000-1 9.10.3 asks, surrogate pairs included."""
    head = (
        f"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo\n<< /Registry ({fontname})\n"
        f"/Ordering ({fontname})\n/Supplement 0\n>> def\n/CMapName /{fontname} def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <{len(subset) - 1:02X}>\nendcodespacerange\n"
    )
    rows = [f"<{i:02X}> <{chr(u).encode('utf-16-be').hex().upper()}>" for i, u in enumerate(subset)]
    blocks = (rows[k : k + _BLOCK] for k in range(0, len(rows), _BLOCK))
    body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return head + body + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
