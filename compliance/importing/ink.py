"""How much ink is on a page, and how faint: so that no filled page is taken for the empty back of a sheet.

Rules: (1) a page is looked at in blocks, each against the paper of its own block, so that yellowed, mottled or unevenly
lit paper is paper; (2) what counts as ink lies further below the paper than the grain of this page explains; the grain
is measured on the light side of the paper, where ink never is; (3) dust is single dots: a block is marked when several
dots of it are ink, a page when its marked blocks hold enough; (4) the rim, where scanners cast shadows, is left out;
(5) a page whose ink is dark is *inked*, one whose ink is only there for this closer look is *faint*: a person looks at
it, it is never dropped; only a page without either is *blank*.
"""

from enum import StrEnum
from typing import Any


class Ink(StrEnum):
    """What is to be seen on a page."""

    BLANK = "blank"
    FAINT = "faint"
    INKED = "inked"


#: A page with a greater share of dots much darker than its paper is inked.
_DARK_SHARE, _DARK = 0.0004, 24
#: Dots of the scan that become one: grain is evened out, a pen's stroke at 200 dpi just remains.
_EVEN = 4
_BLOCK = 16
_RIM = 6
#: Ink is at least so many shades below its paper, and so many times the grain.
_LEAST, _TIMES = 3.0, 5.0
#: Dots of ink that mark a block, and that a page needs in all.
_BLOCK_DOTS, _PAGE_DOTS = 5, 12
#: Between these shares of a block's dots, by shade, lies the light half of the grain: 1.12 standard deviations.
_PAPER, _LIGHT, _SPREAD = 0.70, 0.95, 1.12


def ink_on(picture: Any) -> Ink:
    """What is to be seen on a grey picture of a page at about 200 dpi."""
    small = picture.reduce(_EVEN)
    if _dark_share(small) >= _DARK_SHARE:
        return Ink.INKED
    blocks = _blocks(small)
    grain = _middle([(_level(b, _LIGHT) - _level(b, _PAPER)) / _SPREAD for b in blocks])
    below = max(_LEAST, _TIMES * grain)
    dots = [_under(b, _level(b, _PAPER) - below) for b in blocks]
    return Ink.FAINT if sum(n for n in dots if n >= _BLOCK_DOTS) >= _PAGE_DOTS else Ink.BLANK


def _dark_share(small: Any) -> float:
    counts = small.histogram()
    light = max(range(256), key=counts.__getitem__)
    return float(sum(counts[: max(light - _DARK, 0)]) / sum(counts))


def _blocks(small: Any) -> list[list[int]]:
    """Shades counted block by block, the rim left out."""
    return [
        small.crop((x, y, x + _BLOCK, y + _BLOCK)).histogram()
        for y in range(_RIM, small.height - _RIM - _BLOCK + 1, _BLOCK)
        for x in range(_RIM, small.width - _RIM - _BLOCK + 1, _BLOCK)
    ]


def _level(counts: list[int], share: float) -> float:
    """The shade below which ``share`` of a block's dots lie, to a fraction of a shade."""
    wanted, seen = share * sum(counts), 0
    for shade, count in enumerate(counts):
        if count and seen + count >= wanted:
            return shade + (wanted - seen) / count
        seen += count
    return 255.0


def _under(counts: list[int], shade: float) -> int:
    return sum(counts[: max(int(shade), 0)])


def _middle(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0
