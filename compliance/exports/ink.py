"""Drawing instructions for one page, and the only place that touches the PDF canvas.

A page is laid out as a list of instructions before anything is painted: so "page 3 of 7" is known, a sheet can be
measured and set smaller until it fits, and the same instructions always give the same bytes.

Rules: (1) y grows downwards from the top edge, in points; (2) every text passes :func:`fonts.printable`; (3) meaning
never hangs on colour alone: marks have shapes, and all tones keep apart in black and white; (4) no unembedded font.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from compliance.exports import fonts
from compliance.exports.qr import qr_path
from compliance.i18n import Lang

A4 = (595.28, 841.89)

INK = (0.10, 0.14, 0.19)
MUTED = (0.36, 0.42, 0.48)
FAINT = (0.62, 0.67, 0.71)
HAIR = (0.80, 0.83, 0.86)
TINT = (0.945, 0.96, 0.968)
ACCENT = (0.05, 0.31, 0.38)
STOP = (0.66, 0.12, 0.10)
STOP_TINT = (0.985, 0.945, 0.94)
CARE = (0.55, 0.36, 0.02)
GOOD = (0.10, 0.40, 0.26)
WHITE = (1.0, 1.0, 1.0)
WATER = (0.925, 0.937, 0.945)

Colour = tuple[float, float, float]
Op = tuple[Callable[..., None], tuple[Any, ...]]


@dataclass(slots=True)
class Ink:
    """Instructions of one page; ``notes`` collects characters that no face has."""

    ops: list[Op] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)

    def text(
        self, x: float, y: float, text: str, size: float, colour: Colour = INK, *, bold: bool = False, at: float = 0.0
    ) -> float:
        """``text`` with its baseline at ``y``; ``at`` 0 begins, 0.5 centres, 1 ends it at ``x``. Returns the width."""
        shown = fonts.printable(text, self.notes)
        wide = fonts.width(shown, size, bold=bold) if at or shown else 0.0
        if shown.strip():
            self.ops.append((_text, (x - wide * at, y, shown, size, colour, bold)))
        return wide

    def box(
        self, x: float, y: float, w: float, h: float, *, fill: Colour | None = None, edge: Colour | None = None,
        radius: float = 0.0, dash: bool = False, edge_width: float = 0.7,
    ) -> None:  # fmt: skip
        """A rectangle with its upper left corner at (x, y)."""
        self.ops.append((_box, (x, y, w, h, fill, edge, radius, dash, edge_width)))

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: Colour = HAIR, width: float = 0.6) -> None:
        """A straight line."""
        self.ops.append((_line, (x1, y1, x2, y2, colour, width)))

    def circle(self, x: float, y: float, r: float, *, fill: Colour | None = None, edge: Colour | None = None) -> None:
        """A circle around (x, y)."""
        self.ops.append((_circle, (x, y, r, fill, edge)))

    def tick(self, x: float, y: float, size: float, colour: Colour = GOOD) -> None:
        """A filled disc with a check mark: allowed."""
        r = size / 2
        self.circle(x + r, y + r, r, fill=colour)
        self.line(x + 0.27 * size, y + 0.52 * size, x + 0.44 * size, y + 0.68 * size, WHITE, size * 0.12)
        self.line(x + 0.44 * size, y + 0.68 * size, x + 0.75 * size, y + 0.33 * size, WHITE, size * 0.12)

    def cross(self, x: float, y: float, size: float, colour: Colour = STOP) -> None:
        """An open ring with a bar: not allowed."""
        r = size / 2
        self.ops.append((_circle, (x + r, y + r, r - 0.5, None, colour)))
        self.line(x + 0.25 * size, y + 0.75 * size, x + 0.75 * size, y + 0.25 * size, colour, size * 0.12)

    def slanted(self, x: float, y: float, text: str, size: float, colour: Colour, angle: float) -> None:
        """``text`` centred at (x, y), turned by ``angle`` degrees."""
        self.ops.append((_slanted, (x, y, fonts.printable(text, self.notes), size, colour, angle)))

    def qr(self, x: float, y: float, size: float, text: str) -> None:
        """A QR code, error correction M, upper left corner at (x, y)."""
        self.ops.append((_qr, (x, y, size, text)))

    def bookmark(self, title: str, level: int, key: str, y: float) -> None:
        """An entry of the outline that leads here."""
        self.ops.append((_bookmark, (fonts.printable(title), level, key, y)))


def paint(
    pages: Sequence[Ink], *, title: str, lang: Lang, tick: Callable[[int, int], None] = lambda _done, _all: None,
    common: tuple[str, str] | None = None,
) -> bytes:  # fmt: skip
    """The PDF of ``pages``. ``title`` is a fixed kind of document, never a value. ``common`` are the characters of a
    template (regular, bold), set apart so that their font programs are made once per process. Deterministic."""
    from reportlab.pdfgen.canvas import Canvas

    fonts.set_up()
    buffer = BytesIO()
    canvas = Canvas(
        buffer, pagesize=A4, pageCompression=1, invariant=1, pdfVersion=(1, 7),
        initialFontName=fonts.REGULAR, lang="zh-CN" if lang is Lang.ZH else "en",
    )  # fmt: skip
    if common:
        fonts.preload(canvas, common)
    canvas.setTitle(title)
    canvas.setAuthor("ConsentKeep")
    canvas.setSubject(title)
    canvas.setCreator("ConsentKeep")
    canvas.setProducer("ConsentKeep")
    for number, page in enumerate(pages, start=1):
        for draw, arguments in page.ops:
            draw(canvas, *arguments)
        canvas.showPage()
        tick(number, len(pages))
    canvas.save()
    return buffer.getvalue()


def _text(canvas: Any, x: float, y: float, text: str, size: float, colour: Colour, bold: bool) -> None:
    shown = fonts.shown(canvas, text, size, bold=bold)
    canvas.addLiteral(f"BT {_rgb(colour)} rg 1 0 0 1 {x:.2f} {A4[1] - y:.2f} Tm {shown} ET")


def _box(
    canvas: Any, x: float, y: float, w: float, h: float, fill: Colour | None, edge: Colour | None, radius: float,
    dash: bool, edge_width: float,
) -> None:  # fmt: skip
    if not radius and not dash:
        pen = f"{_rgb(edge)} RG {edge_width:.2f} w " if edge else ""
        pen += f"{_rgb(fill)} rg " if fill else ""
        stroke = "B" if fill and edge else "f" if fill else "S"
        canvas.addLiteral(f"{pen}{x:.2f} {A4[1] - y - h:.2f} {w:.2f} {h:.2f} re {stroke}")
        return
    if fill:
        canvas.setFillColorRGB(*fill)
    if edge:
        canvas.setStrokeColorRGB(*edge)
        canvas.setLineWidth(edge_width)
        canvas.setDash([2.5, 2.5] if dash else [])
    canvas.roundRect(x, A4[1] - y - h, w, h, radius, stroke=bool(edge), fill=bool(fill))
    if edge and dash:
        canvas.setDash([])


def _line(canvas: Any, x1: float, y1: float, x2: float, y2: float, colour: Colour, width: float) -> None:
    line = f"{x1:.2f} {A4[1] - y1:.2f} m {x2:.2f} {A4[1] - y2:.2f} l S"
    canvas.addLiteral(f"{_rgb(colour)} RG {width:.2f} w {line}")


def _circle(canvas: Any, x: float, y: float, r: float, fill: Colour | None, edge: Colour | None) -> None:
    if fill:
        canvas.setFillColorRGB(*fill)
    if edge:
        canvas.setStrokeColorRGB(*edge)
        canvas.setLineWidth(1)
    canvas.circle(x, A4[1] - y, r, stroke=bool(edge), fill=bool(fill))


def _slanted(canvas: Any, x: float, y: float, text: str, size: float, colour: Colour, angle: float) -> None:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    half = fonts.width(text, size, bold=True) / 2
    place = f"{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x - half * cos:.2f} {A4[1] - y - half * sin:.2f}"
    canvas.addLiteral(f"BT {_rgb(colour)} rg {place} Tm {fonts.shown(canvas, text, size, bold=True)} ET")


def _qr(canvas: Any, x: float, y: float, size: float, text: str) -> None:
    side, path = qr_path(text)
    cell = size / side
    canvas.addLiteral(f"q 0 g {cell:.4f} 0 0 {-cell:.4f} {x:.3f} {A4[1] - y:.3f} cm {path} f Q")


def _bookmark(canvas: Any, title: str, level: int, key: str, y: float) -> None:
    canvas.bookmarkPage(key, fit="XYZ", top=A4[1] - y)
    canvas.addOutlineEntry(title, key, level=level, closed=level == 0)


def _rgb(colour: Colour) -> str:
    return f"{colour[0]:.3f} {colour[1]:.3f} {colour[2]:.3f}"
