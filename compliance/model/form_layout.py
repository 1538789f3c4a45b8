"""Where things stand on a printed consent form, in points from the upper left corner of its page.

One source for whoever prints a form and whoever reads its scan: the printer draws the marks and the code where the
:class:`Layout` says and notes every place a pen may go as a :class:`Field`; both are kept with the printed form.

Rules: (1) a layout has a number and never changes once printed: a form printed today is read years later by the layout
it was printed with; (2) layout 1 knew boxes alone; 2 knows where to sign, where the date goes, which paper must stay
clear and how black the words beside a box are; (3) a box is a square, its outline runs along its edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: A4 in points.
PAGE = (595.28, 841.89)


class FieldKind(StrEnum):
    """What a place on the form is for."""

    GIVEN = "given"
    REFUSED = "refused"
    SIGNATURE = "signature"
    DATE = "date"
    CLEAR = "clear"  # beside the boxes of an item: nothing is printed there, ink strikes out or corrects
    WORDS = "words"  # the printed words of a box: blacker than printed, they were ticked or struck out
    REST = "rest"  # the empty rest of the page: ink is a note

    @property
    def is_box(self) -> bool:
        """Whether it is a box to tick."""
        return self in (FieldKind.GIVEN, FieldKind.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One place: page from 1, ``item`` it belongs to ("" for all ordinary items of its page). ``printed``: how black
    its words are in the mean, 0 to 1."""

    page: int
    item: str
    kind: FieldKind
    x: float
    y: float
    width: float
    height: float
    printed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What every page of a form bears: four black squares of ``mark`` points, their corners, and the code."""

    number: int
    mark: float
    marks: tuple[tuple[float, float], ...]  # upper left, upper right, lower left, lower right
    code: tuple[float, float, float]  # x, y, side of the QR without its quiet zone


_EDGE, _MARK, _CODE = 20.0, 12.0, 96.0
_FAR_X, _FAR_Y = PAGE[0] - _EDGE - _MARK, PAGE[1] - _EDGE - _MARK
_SQUARES = ((_EDGE, _EDGE), (_FAR_X, _EDGE), (_EDGE, _FAR_Y), (_FAR_X, _FAR_Y))
_AT = (PAGE[0] - 48.0 - _CODE, 42.0, _CODE)

LAYOUTS = {number: Layout(number=number, mark=_MARK, marks=_SQUARES, code=_AT) for number in (1, 2)}
#: What is printed now.
LAYOUT = LAYOUTS[2]


def fields_to_json(layout: int, fields: Sequence[Field]) -> Any:
    """As a printed form keeps them."""
    rows = [[f.page, f.item, str(f.kind), f.x, f.y, f.width, f.height, f.printed] for f in fields]
    return {"layout": layout, "fields": rows}


def fields_of_json(kept: Any) -> tuple[int, tuple[Field, ...]]:
    """(layout, fields); layout 1 was a bare list of square boxes."""
    if isinstance(kept, list):
        return 1, tuple(_field(page, item, kind, x, y, size, size) for page, item, kind, x, y, size in kept)
    return int(kept["layout"]), tuple(_field(*row) for row in kept["fields"])


def _field(
    page: int, item: str, kind: str, x: float, y: float, width: float, height: float, printed: float = 0.0
) -> Field:
    return Field(page=page, item=item, kind=FieldKind(kind), x=x, y=y, width=width, height=height, printed=printed)
