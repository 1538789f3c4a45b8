"""Scanner PDFs made here: A4 in grey at 200 dpi, JPEG, with noise, turned, skewed, faint, with and without a code."""

import io
import random
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageEnhance
import zxingcpp

from compliance.model.form_code import FormCode, encode

WIDTH, HEIGHT = 1654, 2339


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One scanned page. ``code`` is the text of its QR, None for a page without; ``contrast`` below 1 is faint."""

    code: str | None
    turned: int = 0  # degrees
    skew: float = 0.0
    contrast: float = 1.0
    noise: int = 12
    blank: bool = False
    seed: int = 1


def code(notice_hash: str, hcp: str, *, serial: str = "F-1", items: tuple[str, ...] = ("visit",), page: int = 1,
         pages: int = 1) -> str:  # fmt: skip
    """The text on a printed form."""
    return encode(FormCode(notice_hash=notice_hash, hcp_id=hcp, serial=serial, items=items, page=page, pages=pages))


def draw(sheet: Sheet) -> PIL.Image.Image:
    """The page as the scanner saw it."""
    dice = random.Random(sheet.seed)
    page = PIL.Image.new("L", (WIDTH, HEIGHT), 250)
    if not sheet.blank:
        pen = PIL.ImageDraw.Draw(page)
        for line in range(24):
            pen.line((150, 500 + line * 60, 1500 - dice.randrange(300), 500 + line * 60), fill=40, width=3)
        for box in range(3):
            pen.rectangle((160, 700 + box * 180, 200, 740 + box * 180), outline=20, width=4)
    if sheet.code is not None:
        mark = zxingcpp.create_barcode(sheet.code, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(scale=4)
        stamp = PIL.Image.fromarray(mark) if not isinstance(mark, PIL.Image.Image) else mark
        page.paste(stamp.convert("L"), (1250, 120))
    if sheet.contrast != 1.0:
        page = page.point(lambda dot: int(250 - (250 - dot) * sheet.contrast))
    if sheet.skew:
        page = page.rotate(sheet.skew, fillcolor=245, resample=PIL.Image.Resampling.BILINEAR)
    if sheet.noise:
        grain = PIL.Image.effect_noise((WIDTH // 2, HEIGHT // 2), sheet.noise * 2).resize((WIDTH, HEIGHT))
        page = PIL.Image.blend(page, grain, 0.06)
    return page.rotate(sheet.turned, expand=True) if sheet.turned else page


def pdf(path: Path, sheets: list[Sheet], *, quality: int = 75) -> Path:
    """A scanner's PDF."""
    pages = [draw(sheet) for sheet in sheets]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=200.0, quality=quality)
    path.write_bytes(out.getvalue())
    return path


def small_pdf(path: Path, *, pages: int, seed: int) -> Path:
    """A small PDF that opens, different for every seed."""
    shades = [PIL.Image.new("L", (80, 110), 255 - (seed * 7 + page) % 200) for page in range(pages)]
    out = io.BytesIO()
    shades[0].save(out, "PDF", save_all=True, append_images=shades[1:], title=f"scan {seed}")
    path.write_bytes(out.getvalue())
    return path


def locked_pdf() -> bytes:
    """A PDF that asks for a password."""
    from pypdf import PdfReader, PdfWriter

    shown = io.BytesIO()
    PIL.Image.new("L", (80, 110), 200).save(shown, "PDF")
    writer = PdfWriter(clone_from=PdfReader(shown))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
