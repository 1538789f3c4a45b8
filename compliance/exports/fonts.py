"""The two embedded faces (Noto Sans SC Regular and Bold) and what reportlab needs to use them rightly.

Rules: (1) every character that is printed can be copied and searched: reportlab writes a wrong ToUnicode map beyond
U+FFFF (a doctor named 王𬭊 would extract as another name), so the map is written here; (2) a character that no face
has prints as 〓 with its code and is reported, never as a silent blank; (3) widths are cached, because a table of
10,000 rows asks for the same few thousand characters over and over; (4) characters of a template stand in subsets of
their own, made once per process (:func:`preload`); what a person brings along is never kept.
"""

import zlib
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc, pdfmetrics, ttfonts

from compliance.resources import resource_path

REGULAR = "NotoSansSC"
BOLD = "NotoSansSC-Bold"
#: Printed in place of a character without a glyph.
GETA = "〓"
_BLOCK = 100  # the CMap format allows at most 100 rows a block
#: Subsets of templates: codes, and once made the font program with its length before packing.
_static: dict[tuple[str, tuple[int, ...]], tuple[int, bytes] | None] = {}


@cache
def set_up() -> None:
    """Register both faces once per process and put the repaired map in place."""
    ttfonts.makeToUnicodeCMap = _to_unicode_map
    rl_config.useA85 = 0  # plain Flate: smaller, faster, and every PDF tool reads it
    for name, file in ((REGULAR, "NotoSansSC-Regular.ttf"), (BOLD, "NotoSansSC-Bold.ttf")):
        font = ttfonts.TTFont(name, str(resource_path("fonts", file)))
        face: Any = font.face
        face.addSubsetObjects = partial(_subset_objects, face)
        face.get_table = partial(_table, face.get_table, _Glyphs(face))
        face.getCharWidth = cache(partial(_written_width, face.charWidths, face.defaultWidth))
        pdfmetrics.registerFont(font)


def preload(canvas: Any, common: tuple[str, str]) -> None:
    """Give the characters of a template (regular, bold) subsets of their own in the document of ``canvas``."""
    for name, text in zip((REGULAR, BOLD), common, strict=True):
        font: Any = pdfmetrics.getFont(name)
        font.splitString(text, canvas._doc)
        state = font.state[canvas._doc]
        state.nextCode = (state.nextCode | 0xFF) + 1  # what follows begins a subset of its own
        for subset in state.subsets:
            _static.setdefault((font.face.filename, tuple(subset)), None)


def template_programs() -> frozenset[bytes]:
    """The packed programs of template subsets: they hold the characters of no person."""
    return frozenset(made[1] for made in _static.values() if made is not None)


def shown(canvas: Any, text: str, size: float, *, bold: bool) -> str:
    """PDF operators that show ``text``."""
    font: Any = pdfmetrics.getFont(BOLD if bold else REGULAR)
    return " ".join(
        f"{font.getSubsetInternalName(subset, canvas._doc)} {size:.2f} Tf <{codes.hex()}> Tj"
        for subset, codes in font.splitString(text, canvas._doc)
    )


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


class _Glyphs:
    """The outlines of a face, cut where asked: reportlab copies all ten megabytes for each subset."""

    def __init__(self, face: Any) -> None:
        self._data, self._start = face._ttf_data, face.get_table_pos("glyf")[0]

    def __getitem__(self, part: slice) -> bytes:
        cut: bytes = self._data[self._start + part.start : self._start + part.stop]
        return cut


def _table(whole: Callable[[str], bytes], glyphs: _Glyphs, tag: str) -> bytes | _Glyphs:
    return glyphs if tag == "glyf" else whole(tag)


def _written_width(widths: dict[int, float], default: float, code: int) -> bytes:
    return f"{widths.get(code, default):g}".encode()


def _subset_objects(face: Any, doc: Any, fontname: str, subset: list[int]) -> Any:
    """As in reportlab, with the packed program of a template's subset made once."""
    length, packed = _program(face, tuple(subset))
    program = pdfdoc.PDFStream()
    program.content = packed
    program.dictionary["Length1"] = length
    program.dictionary["Filter"] = pdfdoc.PDFName("FlateDecode")
    descriptor = pdfdoc.PDFDictionary(
        {
            "Type": "/FontDescriptor",
            "Ascent": face.ascent,
            "CapHeight": face.capHeight,
            "Descent": face.descent,
            "Flags": face.flags & ~ttfonts.FF_NONSYMBOLIC | ttfonts.FF_SYMBOLIC,
            "FontBBox": pdfdoc.PDFArray(face.bbox),
            "FontName": pdfdoc.PDFName(fontname),
            "ItalicAngle": face.italicAngle,
            "StemV": face.stemV,
            "FontFile2": doc.Reference(program, f"fontFile:{face.filename}({fontname})"),
            "MissingWidth": face.defaultWidth,
        }
    )
    return doc.Reference(descriptor, f"fontDescriptor:{fontname}")


def _program(face: Any, subset: tuple[int, ...]) -> tuple[int, bytes]:
    key = (face.filename, subset)
    if (made := _static.get(key)) is not None:
        return made
    program = face.makeSubset(list(subset))
    made = len(program), zlib.compress(program)
    if key in _static:
        _static[key] = made
    return made


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
