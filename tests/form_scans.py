"""Printed consent forms filled in by an invented hand and spoilt in known ways: what a scanner, a copier and a busy
doctor do to paper. Everything follows from a seed."""

import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import PIL.Image
import PIL.ImageChops
import PIL.ImageDraw
import PIL.ImageFilter
import pypdfium2

from compliance.exports.consent_form import FormData, FormItem, FormMade, forms_pdf, lay_out
from compliance.i18n import Lang
from compliance.model.form_layout import Field, FieldKind

PAPER = 250
Image = PIL.Image.Image


@cache
def form(items: int = 3, *, separate: int = 0, lang: Lang = Lang.ZH, words: int = 2) -> FormMade:
    """A form with so many ordinary and separate items."""
    text = {
        Lang.ZH: "我们会处理您的姓名、医院、科室、职称，用于安排拜访并记录所谈内容。",
        Lang.EN: "We process your name, hospital and department to arrange visits and note what was said. ",
    }[lang]
    made = tuple(
        FormItem(
            item=f"item/{n}",
            heading=("拜访与当面沟通" if lang is Lang.ZH else "Visits and talks in person") + f" {n}",
            text=text * words,
            benefit="您会收到与您专业相关的资料。",
            if_refused="不同意不影响您获得基本的医学信息。",
            separate=n >= items,
        )
        for n in range(items + separate)
    )
    data = FormData(
        serial="FM-ABCDE12345", hcp_id="HCP-7QK4M2XA", person=("王小明  HCP-7QK4M2XA", "示例医院  心内科"),
        handler="示例医药有限公司", title="专业拜访告知书", notice="CK-VISIT@1.0", notice_hash="5a" * 32,
        contact="privacy@example.cn", items=made,
    )  # fmt: skip
    return lay_out(data, lang=lang)


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How a form is filled in. ``marks``: item → mark in (its yes box, its no box), each a name of ``MARKS`` or "".

    ``pen`` is the shade of the ink, ``stroke`` its width in points."""

    marks: Mapping[str, tuple[str, str]]
    pen: int = 45
    stroke: float = 1.1
    signed: bool = True
    dated: bool = True
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Spoil:
    """What happened to a page between pen and file."""

    dpi: int = 200
    faint: float = 1.0  # what is left of the contrast
    skew: float = 0.0
    turned: int = 0
    noise: float = 0.0
    blur: float = 0.0
    keystone: float = 0.0  # share the upper edge is narrower
    stretch: float = 1.0  # height against width: a feeder that slips
    cut: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # points lost left, top, right, bottom
    border: float = 0.0  # points of black around, as a copier with its lid open leaves
    stain: tuple[float, float, float] | None = None  # x, y, radius in points
    shade: int = 0  # uneven light: so much darker on one side
    copied: bool = False  # a copy of a copy: hard contrast
    after: Callable[[Image], Image] = field(default=lambda page: page)


def _tick(pen: "Pen", x: float, y: float, size: float) -> None:
    d = pen.dice
    low = (x + size * (0.36 + 0.1 * d.random()), y + size * (0.78 + 0.2 * d.random()))
    pen.line((x + size * (0.08 + 0.15 * d.random()), y + size * (0.4 + 0.15 * d.random())), low)
    pen.line(low, (x + size * (0.9 + 0.3 * d.random()), y + size * (0.1 - 0.3 * d.random())))


def _cross(pen: "Pen", x: float, y: float, size: float) -> None:
    pen.line((x + size * 0.12, y + size * 0.12), (x + size * 0.88, y + size * 0.88))
    pen.line((x + size * 0.88, y + size * 0.12), (x + size * 0.12, y + size * 0.88))


def _scribble(pen: "Pen", x: float, y: float, size: float) -> None:
    _tick(pen, x, y, size)
    for n in range(9):
        at = y + size * n / 8
        pen.line((x - 1, at), (x + size + 1, at + pen.dice.uniform(-2, 2)))


def _filled(pen: "Pen", x: float, y: float, size: float) -> None:
    pen.draw.rectangle([v * pen.scale for v in (x, y, x + size, y + size)], fill=pen.shade)


def _struck(pen: "Pen", x: float, y: float, size: float) -> None:
    """Ticked, then struck out with the word behind it."""
    _tick(pen, x, y, size)
    pen.line((x - 6, y + size * 0.55), (x + 52, y + size * 0.4))


def _through(pen: "Pen", x: float, y: float, size: float) -> None:
    """A line through an empty box and its word."""
    pen.line((x - 6, y + size * 0.5), (x + 52, y + size * 0.45))


def _beside(pen: "Pen", x: float, y: float, size: float) -> None:
    """A tick beside the box, on its left."""
    _tick(pen, x - size * 1.25, y, size)


def _on_word(pen: "Pen", x: float, y: float, size: float) -> None:
    """A tick on the word behind the box."""
    _tick(pen, x + size * 1.8, y - 1, size)


def _dot(pen: "Pen", x: float, y: float, size: float) -> None:
    """The pen rested on the box."""
    pen.line((x + size * 0.45, y + size * 0.45), (x + size * 0.55, y + size * 0.5))


def _slash(pen: "Pen", x: float, y: float, size: float) -> None:
    """A short stroke within the box."""
    pen.line((x + size * 0.25, y + size * 0.8), (x + size * 0.8, y + size * 0.2))


MARKS: dict[str, Callable[["Pen", float, float, float], None]] = {
    "tick": _tick, "cross": _cross, "scribble": _scribble, "filled": _filled, "struck": _struck, "through": _through,
    "beside": _beside, "on_word": _on_word, "dot": _dot, "slash": _slash,
}  # fmt: skip


@dataclass
class Pen:
    """A pen on one page."""

    draw: PIL.ImageDraw.ImageDraw
    scale: float
    shade: int
    width: float
    dice: random.Random

    def line(self, a: tuple[float, float], b: tuple[float, float]) -> None:
        """From a to b, in points."""
        at = (a[0] * self.scale, a[1] * self.scale, b[0] * self.scale, b[1] * self.scale)
        self.draw.line(at, fill=self.shade, width=max(round(self.width * self.scale), 1))


_BARE: dict[tuple[str, int, int], tuple[Image, ...]] = {}


def _bare(made: FormMade, dpi: int, lang: Lang) -> tuple[Image, ...]:
    key = (f"{lang}{made.codes}", sum(round(10 * f.y) for f in made.fields), dpi)
    if key not in _BARE:
        _BARE[key] = _drawn(made, dpi, lang)
    return _BARE[key]


def _drawn(made: FormMade, dpi: int, lang: Lang) -> tuple[Image, ...]:
    document = pypdfium2.PdfDocument(forms_pdf([made], lang=lang))
    try:
        return tuple(page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document)
    finally:
        document.close()


def filled(made: FormMade, hand: Hand, *, dpi: int = 200, lang: Lang = Lang.ZH) -> list[Image]:
    """The pages of a form as its hand left them."""
    return [
        written_on(bare, [f for f in made.fields if f.page == number], hand, dpi=dpi)
        for number, bare in enumerate(_bare(made, dpi, lang), 1)
    ]


def written_on(bare: Image, fields: Sequence[Field], hand: Hand, *, dpi: int) -> Image:
    """One page with what its hand wrote."""
    page = bare.point(lambda dot: min(dot, PAPER))
    pen = Pen(PIL.ImageDraw.Draw(page), dpi / 72, hand.pen, hand.stroke, random.Random(hand.seed))
    for one in fields:
        _fill(pen, one, hand)
    return page


def scanned(path: Path, pages: Sequence[Image], *, dpi: int) -> Path:
    """A scanner's PDF."""
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=float(dpi), quality=75)
    path.write_bytes(out.getvalue())
    return path


def drawn(path: Path, *, dpi: int) -> list[Image]:
    """The pages of a PDF of ours."""
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()


def _fill(pen: Pen, one: Field, hand: Hand) -> None:
    if one.kind.is_box:
        mark = hand.marks.get(one.item, ("", ""))[one.kind is FieldKind.REFUSED]
        if mark:
            MARKS[mark](pen, one.x, one.y, one.width)
    elif (one.kind is FieldKind.SIGNATURE and hand.signed) or (one.kind is FieldKind.DATE and hand.dated):
        steps = 22 if one.kind is FieldKind.SIGNATURE else 10
        at = [(one.x + 10 + 4 * n, one.y + one.height - pen.dice.uniform(0, 18)) for n in range(steps)]
        for a, b in pairwise(at):
            pen.line(a, b)


def spoilt(page: Image, how: Spoil) -> Image:
    """The page as the file has it."""
    scale = how.dpi / 72
    bi = PIL.Image.Resampling.BILINEAR
    if how.stain is not None:
        page = _stained(page, how.stain, scale)
    if how.copied:
        page = page.filter(PIL.ImageFilter.GaussianBlur(0.6)).point(lambda d: max(min((d - 110) * 3, PAPER), 8))
    if how.faint != 1.0:
        page = page.point(lambda d: int(PAPER - (PAPER - d) * how.faint))
    if how.shade:
        light = PIL.Image.linear_gradient("L").rotate(90).resize(page.size).point(lambda d: d * how.shade // 255)
        page = PIL.ImageChops.subtract(page, light)
    if how.keystone:
        slip = page.width * how.keystone / 2
        corners = (-slip, 0, 0, page.height, page.width, page.height, page.width + slip, 0)
        page = page.transform(page.size, PIL.Image.Transform.QUAD, corners, resample=bi, fillcolor=PAPER)
    if how.stretch != 1.0:
        page = page.resize((page.width, round(page.height * how.stretch)), bi)
    if how.skew:
        page = page.rotate(how.skew, expand=True, fillcolor=PAPER, resample=PIL.Image.Resampling.BICUBIC)
    if any(how.cut):
        left, top, right, bottom = (round(v * scale) for v in how.cut)
        page = page.crop((left, top, page.width - right, page.height - bottom))
    if how.border:
        rim = round(how.border * scale)
        framed = PIL.Image.new("L", page.size, 12)
        framed.paste(page.crop((rim, rim, page.width - rim, page.height - rim)), (rim, rim))
        page = framed
    if how.blur:
        page = page.filter(PIL.ImageFilter.GaussianBlur(how.blur * scale / 2.8))
    if how.noise:
        grain = PIL.Image.effect_noise(page.size, how.noise * 4)
        page = PIL.Image.blend(page, grain, 0.25).point(lambda d: min(max(int((d - 32) / 0.75), 0), 255))
    page = how.after(page)
    return page.rotate(how.turned, expand=True) if how.turned else page


def _stained(page: Image, stain: tuple[float, float, float], scale: float) -> Image:
    """The ring of a cup: a dark edge, brown within."""
    x, y, radius = (v * scale for v in stain)
    layer = PIL.Image.new("L", page.size, 0)
    pen = PIL.ImageDraw.Draw(layer)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=28)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=85, width=max(round(2.4 * scale), 1))
    return PIL.ImageChops.subtract(page, layer.filter(PIL.ImageFilter.GaussianBlur(0.5 * scale)))


def yes_to(made: FormMade, *, no: tuple[int, ...] = ()) -> dict[str, tuple[str, str]]:
    """A tick in every yes box, in the no box of the items numbered ``no``."""
    items = list(dict.fromkeys(f.item for f in made.boxes))
    return {item: ("", "tick") if n in no else ("tick", "") for n, item in enumerate(items)}
