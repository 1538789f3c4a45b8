"""Where a printed form lies on a picture: from points of its page to dots of the scan. In the limited child only.

Rules: (1) the code gives a first guess: which way up, how large, about where; (2) from there the four black squares are
sought, the nearest first, each found one sharpens the guess for the next; a square is as dark as print inside and as
light as paper around, so that neither the black rim of a copy nor a line of text is taken for one; (3) four squares
give the plane as it lies, turned, sheared and foreshortened; three or two, with the corners of the code, an even one;
with fewer nothing is read; (4) how far the code lies from where the squares put it is the test of the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

Point = tuple[float, float]
#: A plane's eight numbers: x' = (a x + b y + c) / (g x + h y + 1), y' = (d x + e y + f) / (g x + h y + 1).
Plane = tuple[float, float, float, float, float, float, float, float]

_DOTS = 2.0  # dots of a look for a point of the page
_ROOM = 20.0  # points around the guess where a square is sought
_INSIDE, _AROUND = 0.55, 0.35  # of the way from paper to black: at least inside a square, at most around it


@dataclass(frozen=True, slots=True)
class Placed:
    """The form on its picture: ``black`` and ``white`` are shades of its print and paper."""

    plane: Plane
    marks: int
    off: float
    black: float
    white: float


def placed(
    picture: Any, code: Sequence[Point], *, at: tuple[float, float, float], marks: Sequence[Point], size: float
) -> Placed | None:
    """``code``: its corners on the picture, clockwise from its own upper left; ``at``: where it is printed; ``marks``:
    the upper left corners of the squares, in rows. None where the form cannot be found."""
    x, y, side = at
    own = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    pairs = list(zip(own, code, strict=True))
    guess = _even(pairs)
    if guess is None or not _upright(guess):
        return None
    black, white = _shades(picture, guess, at)
    if white - black < 24:
        return None
    centres = [(mx + size / 2, my + size / 2) for mx, my in marks]
    middle = (x + side / 2, y + side / 2)
    found: dict[Point, Point] = {}
    for centre in sorted(centres, key=lambda c: (c[0] - middle[0]) ** 2 + (c[1] - middle[1]) ** 2):
        seen = _square(picture, guess, centre, size, black, white)
        if seen is not None:
            found[centre] = seen
            guess = _even([*pairs, *found.items()]) or guess
    plane = guess
    if len(found) == 4:
        plane = _through([(c, found[c]) for c in centres]) or guess
    scale = _scale(guess)
    off = max(_far(_to(plane, a), b) for a, b in pairs) / scale
    return Placed(plane, len(found), off, black, white)


def patch(picture: Any, plane: Plane, left: float, top: float, width: float, height: float, dots: float) -> Any:
    """A piece of the page as a picture of its own, straight, ``dots`` to a point; white where the scan ends."""
    import PIL.Image

    a, b, c, d, e, f, g, h = plane
    # out (u, v) -> page (left + u / dots, top + v / dots) -> scan
    w = g * left + h * top + 1.0
    numbers = (
        a / dots / w, b / dots / w, (a * left + b * top + c) / w,
        d / dots / w, e / dots / w, (d * left + e * top + f) / w,
        g / dots / w, h / dots / w,
    )  # fmt: skip
    size = (max(round(width * dots), 1), max(round(height * dots), 1))
    return picture.transform(
        size, PIL.Image.Transform.PERSPECTIVE, numbers, resample=PIL.Image.Resampling.BILINEAR, fillcolor=255
    )


def _shades(picture: Any, plane: Plane, at: tuple[float, float, float]) -> tuple[float, float]:
    """Shades of print and paper, from the code and the paper around it."""
    x, y, side = at
    counts = patch(picture, plane, x - 6, y - 6, side + 12, side + 12, 1.0).histogram()
    return _share(counts, 0.08), _share(counts, 0.85)


def _share(counts: Sequence[int], share: float) -> float:
    wanted, seen = share * sum(counts), 0
    for shade, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return float(shade)
    return 255.0


def _square(picture: Any, plane: Plane, centre: Point, size: float, black: float, white: float) -> Point | None:
    """Where a square lies on the picture (rule 2)."""
    import PIL.ImageChops
    import PIL.ImageFilter

    reach = _ROOM + size
    left, top = centre[0] - reach, centre[1] - reach
    look = patch(picture, plane, left, top, 2 * reach, 2 * reach, _DOTS)
    half = size / 2 * _DOTS
    inside = look.filter(PIL.ImageFilter.BoxBlur(half * 0.85))
    near, step = look.filter(PIL.ImageFilter.BoxBlur(half * 0.35)), round(half * 1.6)
    sides = [PIL.ImageChops.offset(near, *shift) for shift in ((step, 0), (-step, 0), (0, step), (0, -step))]
    around = reduce(PIL.ImageChops.darker, sides)  # light on all four sides: no rim, no line
    score = PIL.ImageChops.subtract(around, inside)
    edge = round(size * _DOTS / 2)
    score.paste(0, (0, 0, score.width, edge))
    score.paste(0, (0, score.height - edge, score.width, score.height))
    score.paste(0, (0, 0, edge, score.height))
    score.paste(0, (score.width - edge, 0, score.width, score.height))
    data = score.tobytes()
    best = max(data)
    if not best:
        return None
    first, last = data.index(best), data.rindex(best)
    u = (first % score.width + last % score.width) / 2
    v = (first // score.width + last // score.width) / 2
    middle = _middle(look, u, v, half, (black + white) / 2)
    if middle is None:
        return None
    u, v = middle
    if not _is_square(look, u, v, half, black, white):
        return None
    return _to(plane, (left + (u + 0.5) / _DOTS, top + (v + 0.5) / _DOTS))


def _middle(look: Any, u: float, v: float, half: float, between: float) -> Point | None:
    """The middle of what is dark around (u, v)."""
    import PIL.Image

    reach = round(half * 1.5)
    left, top = round(u) - reach, round(v) - reach
    dark = look.crop((left, top, left + 2 * reach + 1, top + 2 * reach + 1)).point(
        lambda shade: 255 if shade < between else 0
    )
    columns = dark.resize((dark.width, 1), PIL.Image.Resampling.BOX).tobytes()
    rows = dark.resize((1, dark.height), PIL.Image.Resampling.BOX).tobytes()
    if not sum(columns) or not sum(rows):
        return None
    return (
        left + sum(n * share for n, share in enumerate(columns)) / sum(columns),
        top + sum(n * share for n, share in enumerate(rows)) / sum(rows),
    )


def _is_square(look: Any, u: float, v: float, half: float, black: float, white: float) -> bool:
    def darkness(reach: float) -> tuple[float, int]:
        box = look.crop((round(u - reach), round(v - reach), round(u + reach) + 1, round(v + reach) + 1))
        counts = box.histogram()
        dots = sum(counts)
        return sum(shade * n for shade, n in enumerate(counts)) / dots, dots

    def of_the_way(shade: float) -> float:
        return (white - shade) / (white - black)

    core, _ = darkness(half * 0.7)
    outer, dots = darkness(half * 1.75)
    whole, inner = darkness(half * 1.3)
    ring = (outer * dots - whole * inner) / max(dots - inner, 1)
    return of_the_way(core) >= _INSIDE and of_the_way(ring) <= _AROUND


def _even(pairs: Sequence[tuple[Point, Point]]) -> Plane | None:
    """The plane without foreshortening that fits best (least squares)."""
    n = float(len(pairs))
    sx, sy = sum(p[0][0] for p in pairs), sum(p[0][1] for p in pairs)
    sxx, syy = sum(p[0][0] ** 2 for p in pairs), sum(p[0][1] ** 2 for p in pairs)
    sxy = sum(p[0][0] * p[0][1] for p in pairs)
    left = [[sxx, sxy, sx], [sxy, syy, sy], [sx, sy, n]]
    rows = []
    for axis in (0, 1):
        right = [
            sum(p[0][0] * p[1][axis] for p in pairs),
            sum(p[0][1] * p[1][axis] for p in pairs),
            sum(p[1][axis] for p in pairs),
        ]
        solved = _solve([row[:] for row in left], right)
        if solved is None:
            return None
        rows += solved
    return (rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], 0.0, 0.0)


def _through(pairs: Sequence[tuple[Point, Point]]) -> Plane | None:
    """The plane through four points."""
    left, right = [], []
    for (x, y), (u, v) in pairs:
        left.append([x, y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u])
        left.append([0.0, 0.0, 0.0, x, y, 1.0, -x * v, -y * v])
        right += [u, v]
    solved = _solve(left, right)
    return (*solved,) if solved is not None else None  # type: ignore[return-value]


def _solve(left: list[list[float]], right: list[float]) -> list[float] | None:
    """Gauss with the largest pivot; None where there is no one answer."""
    n = len(right)
    rows = [[*left[i], right[i]] for i in range(n)]
    for column in range(n):
        best = max(range(column, n), key=lambda i: abs(rows[i][column]))
        if abs(rows[best][column]) < 1e-9:
            return None
        rows[column], rows[best] = rows[best], rows[column]
        for i in range(n):
            if i != column:
                share = rows[i][column] / rows[column][column]
                rows[i] = [a - share * b for a, b in zip(rows[i], rows[column], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def _to(plane: Plane, point: Point) -> Point:
    a, b, c, d, e, f, g, h = plane
    x, y = point
    w = g * x + h * y + 1.0
    return (a * x + b * y + c) / w, (d * x + e * y + f) / w


def _far(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _scale(plane: Plane) -> float:
    return float(abs(plane[0] * plane[4] - plane[1] * plane[3]) ** 0.5) or 1.0


def _upright(plane: Plane) -> bool:
    """Seen from its front: a page in a mirror is no page."""
    return plane[0] * plane[4] - plane[1] * plane[3] > 0
