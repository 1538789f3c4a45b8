"""How much ink stands in the boxes and on the lines of a form that was found. In the limited child only.

Rules: (1) each place is looked at straightened, against the paper around it, so that uneven light, yellowed paper and
stains are paper; what is ink is said by the numbers of the day, in shares of the way from paper to printed black, and
lies above the grain; (2) a box is found again by its own outline, because paper stretches; the inside is measured
without the outline; (3) a mark that reaches all four corners of a box may be a cross or a circle, one all over it a
scribble, one that leaves at opposite sides a line struck through: all are told; (4) printed words are weighed: their
mean blackness, which neither blur nor dots change; (5) nothing is judged here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from compliance.importing.form_place import Placed, patch

_DOTS = 3.0  # dots of a look for a point of the page
_AROUND = 7.0  # points of paper around a box
_SLIP = 3.0  # points a box may lie off
_RIM = 1.9  # points of a box left out inside its outline's middle
_NEAR, _FAR = 1.5, 2.9  # ink beside: so many points outside the outline's middle
_CORNER, _CELL, _SIDE = 0.12, 0.06, 0.03  # share of a corner, cell or side that ink covers to count


def measured(
    picture: Any, place: Placed, fields: Sequence[Sequence[Any]], numbers: Mapping[str, float]
) -> list[dict[str, Any]]:
    """What is to be seen in each of ``fields`` (kind; x, y, width, height in points of the page)."""
    found, slip = [], (0.0, 0.0)
    for kind, x, y, width, height in fields:
        at = (float(x), float(y), float(width), float(height))
        if kind in ("given", "refused"):
            told, slip = _box(picture, place, at, numbers)
        elif kind == "words":  # they stand behind a box and slip with it
            moved = (at[0] + slip[0], at[1] + slip[1], at[2], at[3])
            told = _words(picture, place, moved)
        else:
            told = (_rest if kind == "rest" else _line)(picture, place, at, numbers)
        found.append(told)
    return found


def _box(
    picture: Any, place: Placed, at: tuple[float, float, float, float], numbers: Mapping[str, float]
) -> tuple[dict[str, Any], tuple[float, float]]:
    x, y, width, height = at
    look = patch(picture, place.plane, x - _AROUND, y - _AROUND, width + 2 * _AROUND, height + 2 * _AROUND, _DOTS)
    paper, grain = _paper(look.crop(_dots(_AROUND + 1, _AROUND + 1, _AROUND + width - 1, _AROUND + height - 1)), place)
    around, _ = _paper(look, place)
    left, top, frame = _outline(look, width, height, paper, place)
    below = _below(paper, grain, place, numbers)
    inside = look.crop(_dots(left + _RIM, top + _RIM, left + width - _RIM, top + height - _RIM))
    sides = (
        (left - _FAR, top - _NEAR, left - _NEAR, top + height + _NEAR),
        (left + width + _NEAR, top - _NEAR, left + width + _FAR, top + height + _NEAR),
        (left - _NEAR, top - _FAR, left + width + _NEAR, top - _NEAR),
        (left - _NEAR, top + height + _NEAR, left + width + _NEAR, top + height + _FAR),
    )
    beside = [_ink(look.crop(_dots(*side)), below) for side in sides]
    third = (width - 2 * _RIM) / 3
    far_x, far_y = left + width - _RIM - third, top + height - _RIM - third
    corners = sum(
        _ink(look.crop(_dots(cx, cy, cx + third, cy + third)), below) >= _CORNER
        for cx in (left + _RIM, far_x)
        for cy in (top + _RIM, far_y)
    )
    quarter = ((width - 2 * _RIM) / 4, (height - 2 * _RIM) / 4)
    cells = sum(
        _ink(look.crop(_dots(cx, cy, cx + quarter[0], cy + quarter[1])), below) >= _CELL
        for cx in (left + _RIM + n * quarter[0] for n in range(4))
        for cy in (top + _RIM + n * quarter[1] for n in range(4))
    )
    told = _told(
        place,
        paper,
        white=around,
        ink=_ink(inside, below),
        cells=cells,
        dark=_darkest(inside, paper, place),
        beside=max(beside),
        corners=corners,
        through=min(beside[:2]) >= _SIDE or min(beside[2:]) >= _SIDE,
        frame=frame,
    )
    return told, (left - _AROUND, top - _AROUND)


def _line(
    picture: Any, place: Placed, at: tuple[float, float, float, float], numbers: Mapping[str, float]
) -> dict[str, Any]:
    import PIL.Image

    look = patch(picture, place.plane, *at, _DOTS)
    paper, grain = _paper(look, place)
    below = _below(paper, grain, place, numbers)
    dark = look.point(lambda shade: 255 if shade < below else 0)
    columns = dark.resize((max(round(at[2] / 3), 1), 1), PIL.Image.Resampling.BOX).tobytes()
    spread = sum(share >= 6 for share in columns) / len(columns)
    return _told(place, paper, ink=_ink(look, below), dark=_darkest(look, paper, place, 0.003), spread=spread)


def _rest(
    picture: Any, place: Placed, at: tuple[float, float, float, float], numbers: Mapping[str, float]
) -> dict[str, Any]:
    """A large piece of empty paper, looked at coarsely."""
    look = patch(picture, place.plane, *at, 1.0)
    paper, grain = _paper(look, place)
    ink = _ink(look, _below(paper, grain, place, numbers))
    return _told(place, paper, ink=ink, dark=_darkest(look, paper, place))


def _words(picture: Any, place: Placed, at: tuple[float, float, float, float]) -> dict[str, Any]:
    """Rule 4."""
    import PIL.ImageFilter

    look = patch(picture, place.plane, *at, _DOTS)
    counts = look.filter(PIL.ImageFilter.BoxBlur(1)).histogram()
    paper = _at(counts, 0.92)
    mean = sum(min(shade, paper) * n for shade, n in enumerate(counts)) / max(sum(counts), 1)
    black = (paper - mean) / max(place.white - place.black, 1.0)
    return _told(place, paper, ink=black, dark=_darkest(look, paper, place))


def _told(
    place: Placed,
    paper: float,
    *,
    ink: float,
    dark: float,
    beside: float = 0.0,
    corners: int = 0,
    cells: int = 0,
    through: bool = False,
    frame: float = 0.0,
    spread: float = 0.0,
    white: float = 0.0,
) -> dict[str, Any]:
    """As it goes back to the parent."""
    return {
        "ink": _round(ink),
        "dark": _round(dark),
        "paper": _round(((white or place.white) - paper) / (place.white - place.black)),
        "beside": _round(beside),
        "corners": corners,
        "cells": cells,
        "through": through,
        "frame": _round(frame),
        "spread": _round(spread),
    }


def _outline(look: Any, width: float, height: float, paper: float, place: Placed) -> tuple[float, float, float]:
    """(left, top of the outline's middle, how well it was found) in points of the look (rule 2)."""
    import PIL.Image

    _, top0, _, bottom0 = _dots(_AROUND, _AROUND, _AROUND + width, _AROUND + height)
    columns = look.crop((0, top0, look.width, bottom0)).resize((look.width, 1), PIL.Image.Resampling.BOX).tobytes()
    left, upright = _pair(columns, width)
    begin, end = round(left * _DOTS), round((left + width) * _DOTS)
    rows = look.crop((begin, 0, end, look.height)).resize((1, look.height), PIL.Image.Resampling.BOX).tobytes()
    top, flat = _pair(rows, height)
    print_ = max(place.white - place.black, 1.0)
    return left, top, max(0.0, (paper - max(upright, flat)) / print_)


def _pair(shades: bytes, apart: float) -> tuple[float, float]:
    """Where two dark lines stand so far apart, in points, and the shade of the lighter one."""
    gap, slip, begin = round(apart * _DOTS), round(_SLIP * _DOTS), round(_AROUND * _DOTS)
    best, where = 256.0 * 4, begin
    for at in range(begin - slip, begin + slip + 1):
        one = min((shades[at - 1] + shades[at]) / 2, (shades[at] + shades[at + 1]) / 2)
        other = min((shades[at + gap - 1] + shades[at + gap]) / 2, (shades[at + gap] + shades[at + gap + 1]) / 2)
        worth = one + other + 0.01 * abs(at - begin)
        if worth < best:
            best, where = worth, at
    sides = [min(shades[at - 1], shades[at], shades[at + 1]) for at in (where, where + gap)]
    return where / _DOTS + 0.5 / _DOTS, float(max(sides))


def _paper(look: Any, place: Placed) -> tuple[float, float]:
    """(shade of the bare paper here, its grain), from the light side, where ink never is."""
    counts = look.histogram()
    middle, light = _at(counts, 0.70), _at(counts, 0.95)
    return middle, max(light - middle, 0.0) / 1.12


def _below(paper: float, grain: float, place: Placed, numbers: Mapping[str, float]) -> int:
    """Dots darker than this are ink (rule 1)."""
    step = max(numbers["ink_from"] * (place.white - place.black), numbers["grain_times"] * grain)
    return max(int(paper - step), 0)


def _ink(piece: Any, below: int) -> float:
    counts = piece.histogram()
    return float(sum(counts[:below]) / max(sum(counts), 1))


def _darkest(piece: Any, paper: float, place: Placed, share: float = 0.015) -> float:
    """How black the blackest ``share`` of it is, grain evened out."""
    import PIL.ImageFilter

    piece = piece.filter(PIL.ImageFilter.BoxBlur(1))
    return (paper - _at(piece.histogram(), share)) / max(place.white - place.black, 1.0)


def _at(counts: Sequence[int], share: float) -> float:
    wanted, seen = share * sum(counts), 0
    for shade, count in enumerate(counts):
        if count and seen + count >= wanted:
            return shade + (wanted - seen) / count
        seen += count
    return 255.0


def _dots(left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
    return round(left * _DOTS), round(top * _DOTS), round(right * _DOTS), round(bottom * _DOTS)


def _round(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), 4)
