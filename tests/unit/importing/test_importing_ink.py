"""Faint pages are never taken for empty backs: contrast levels, noise, papers, turns, marks and true blanks."""

import io
import random

import PIL.Image
import PIL.ImageChops
import PIL.ImageDraw
import pytest
import scans
from scans import HEIGHT, WIDTH, Sheet

from compliance.importing.ink import Ink, ink_on


def scanned(page: PIL.Image.Image, quality: int = 75) -> PIL.Image.Image:
    """As it comes out of a scanner's JPEG."""
    out = io.BytesIO()
    page.save(out, "JPEG", quality=quality)
    return PIL.Image.open(io.BytesIO(out.getvalue())).convert("L")


def empty(*, noise: int = 12, seed: int = 1) -> PIL.Image.Image:
    return scans.draw(Sheet(code=None, blank=True, noise=noise, seed=seed))


@pytest.mark.parametrize("contrast", [0.25, 0.15, 0.10, 0.06, 0.04])
@pytest.mark.parametrize("noise", [0, 12, 24])
def test_a_filled_page_is_seen_however_faint(contrast: float, noise: int) -> None:
    page = scanned(scans.draw(Sheet(code=None, contrast=contrast, noise=noise)))
    assert ink_on(page) in (Ink.FAINT, Ink.INKED)
    assert contrast > 0.1 or ink_on(page) is Ink.FAINT


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turning_changes_nothing(turned: int) -> None:
    assert ink_on(scanned(scans.draw(Sheet(code=None, contrast=0.06, turned=turned, skew=3.0)))) is Ink.FAINT
    assert ink_on(scanned(scans.draw(Sheet(code=None, blank=True, turned=turned)))) is Ink.BLANK


@pytest.mark.parametrize("noise", [0, 12, 24, 40, 60])
@pytest.mark.parametrize("quality", [40, 75, 95])
def test_grain_is_not_ink(noise: int, quality: int) -> None:
    assert ink_on(scanned(empty(noise=noise, seed=noise), quality)) is Ink.BLANK


def yellowed(page: PIL.Image.Image) -> PIL.Image.Image:
    """Old paper: darker towards one corner and stained in the middle."""
    shade = PIL.Image.linear_gradient("L").resize(page.size).point(lambda dot: 225 - dot // 10)
    stain = PIL.Image.radial_gradient("L").resize(page.size).point(lambda dot: 246 - max(0, 60 - dot) // 8)
    made = PIL.Image.new("L", page.size)
    made.paste(shade)
    return PIL.ImageChops.multiply(PIL.ImageChops.multiply(page, made), stain)


def test_yellowed_and_unevenly_lit_paper_is_paper() -> None:
    assert ink_on(scanned(yellowed(empty(noise=24)))) is Ink.BLANK
    written = scans.draw(Sheet(code=None, contrast=0.08, noise=12))
    assert ink_on(scanned(yellowed(written))) is Ink.FAINT


def test_a_faint_signature_or_a_tick_on_an_empty_back_is_seen() -> None:
    for points, width, shade in (
        ([(300 + 40 * n, 1900 + (-1) ** n * 30) for n in range(12)], 5, 225),  # a dry pen
        ([(400, 700), (420, 730), (470, 640)], 7, 60),  # one tick
    ):
        page = empty()
        PIL.ImageDraw.Draw(page).line(points, fill=shade, width=width)
        assert ink_on(scanned(page)) is not Ink.BLANK


def test_dust_and_the_shadow_at_the_rim_are_no_ink() -> None:
    page, dice = empty(), random.Random(3)
    pen = PIL.ImageDraw.Draw(page)
    for _ in range(25):
        x, y = dice.randrange(WIDTH), dice.randrange(HEIGHT)
        pen.rectangle((x, y, x + dice.randrange(1, 4), y + dice.randrange(1, 4)), fill=190)
    pen.rectangle((0, 0, 12, HEIGHT), fill=235)
    assert ink_on(scanned(page)) is Ink.BLANK


def test_small_pictures_are_judged_too() -> None:
    assert ink_on(PIL.Image.new("L", (80, 110), 200)) is Ink.BLANK
    assert ink_on(PIL.Image.new("L", (9, 9), 200)) is Ink.BLANK
