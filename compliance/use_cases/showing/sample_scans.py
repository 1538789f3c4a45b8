"""Scans of the sample: the program's own printed forms, ticked and signed by an invented hand, as a scanner gives them.

Rules: (1) the same forms and seed give the same pictures; (2) the dirt is that of a scanner: grey, a little askew, one
upside down, one whose code cannot be read; (3) only forms made by this program are drawn, never a foreign file.
"""

import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.model.form_layout import Field, FieldKind
from compliance.model.notice import PrintedForm

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_DPI = 110
_SCALE = _DPI / 72
_PAPER, _INK = 247, 60


def scan_forms(forms: Sequence[tuple[PrintedForm, bytes]], out: Path, *, signed: str, unread: int, turned: int) -> None:
    """A scanner's PDF of filled-in forms (record and PDF of each): yes everywhere, a no to every third last item. The
    form at ``turned`` lies upside down, the code of the one at ``unread`` is smudged; ``signed``: the day written."""
    pages = [
        page
        for number, (form, pdf) in enumerate(forms)
        for page in _filled(form, pdf, number, signed=signed, smudged=number == unread, over=number == turned)
    ]
    data = io.BytesIO()
    pages[0].save(data, "PDF", save_all=True, append_images=pages[1:], resolution=_DPI, quality=70)
    out.write_bytes(data.getvalue())


def _filled(form: PrintedForm, pdf: bytes, number: int, *, signed: str, smudged: bool, over: bool) -> "list[Image]":
    import pypdfium2
    from PIL import Image, ImageDraw

    dice = random.Random(number)  # noqa: S311
    no_to = form.items[-1] if number % 3 == 2 and len(form.items) > 1 else ""
    opened = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.render(scale=_SCALE, grayscale=True).to_pil().convert("L") for page in opened]
    finally:
        opened.close()
    for at, page in enumerate(pages, 1):
        pen = ImageDraw.Draw(page)
        for one in form.fields:
            if one.page != at:
                continue
            if one.kind is (FieldKind.REFUSED if one.item == no_to else FieldKind.GIVEN):
                _tick(pen, dice, one.x * _SCALE, one.y * _SCALE, one.width * _SCALE)
            elif one.kind in (FieldKind.SIGNATURE, FieldKind.DATE):
                _write(pen, dice, one, signed)
        if smudged:
            pen.rectangle((page.width * 0.6, 0, page.width, page.height * 0.2), fill=_PAPER)
    made = []
    for page in pages:
        grey = page.point(lambda dot: min(dot, _PAPER))
        askew = grey.rotate(dice.uniform(-0.7, 0.7), fillcolor=_PAPER, resample=Image.Resampling.BILINEAR)
        made.append(askew.rotate(180) if over else askew)
    return made


def _tick(pen: "ImageDraw", dice: random.Random, x: float, y: float, size: float) -> None:
    low = (x + size * 0.4, y + size * (0.85 + dice.random() * 0.2))
    pen.line((x + size * 0.1, y + size * 0.45, *low), fill=_INK, width=3)
    pen.line((*low, x + size * 1.15, y - size * dice.random() * 0.3), fill=_INK, width=3)


def _write(pen: "ImageDraw", dice: random.Random, place: Field, signed: str) -> None:
    """A squiggle where to sign, the day where it goes."""
    x, line = place.x * _SCALE, (place.y + place.height) * _SCALE
    if place.kind is FieldKind.DATE:
        pen.text((x + 10, line - 22), signed, fill=_INK, font_size=20)
    else:
        dots = [(x + 20 + 5 * step, line - dice.randrange(2, 30)) for step in range(22)]
        pen.line(dots, fill=_INK, width=2, joint="curve")
