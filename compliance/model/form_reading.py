"""What a machine read off a scanned form: the measurements as taken, and what they say by the numbers of the day.

Rules: (1) measurements are kept beside what was made of them, with the number of the reader, the layout of the form and
the day of the numbers, so that anybody can judge them again, and read the kept document again; (2) what is not clear is
*unsure*, and unsure is never a yes; (3) a reading proposes: at the desk a person decides, in a sample a second person's
eyes carry it; (4) of the date it is known only whether something is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compliance.model.form_layout import FieldKind


class Said(StrEnum):
    """What the two boxes of an item say."""

    YES = "yes"
    NO = "no"
    BOTH = "both"
    NONE = "none"
    UNSURE = "unsure"


class Presence(StrEnum):
    """Whether something is written on a line."""

    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One place, in shares from 0 to 1: ``ink`` of its dots (of words: how black they are in the mean), ``dark`` the
    blackest of it (1: as black as print), ``paper`` how dark the bare paper is there (in a box: against the paper
    around it). Of a box: ``beside`` ink close around it, ``corners`` of its four and ``cells`` of its sixteen that ink
    reaches, ``through`` ink leaves it at opposite sides, ``frame`` how well its outline was found. Of a line:
    ``spread`` of its width that bears ink."""

    page: int
    item: str
    kind: FieldKind
    ink: float
    dark: float
    paper: float
    beside: float = 0.0
    corners: int = 0
    cells: int = 0
    through: bool = False
    frame: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """One page: ``marks`` of its four squares were found, ``off`` points lay the code from where they put it; without
    ``measures`` the form could not be found on the picture."""

    page: int
    marks: int
    off: float
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRead:
    """One item as read."""

    item: str
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class FormReading:
    """A whole form. ``signed`` and ``dated`` are those of the ordinary items; ``faults`` are codes of what keeps the
    reading from speaking for the form."""

    reader: int
    layout: int
    numbers: str  # ISO day from which the numbers held
    lang: str
    items: tuple[ItemRead, ...]
    signed: Presence
    dated: Presence
    faults: tuple[str, ...]
    pages: tuple[PageRead, ...]

    def said(self, item: str) -> Said | None:
        """What the boxes of an item say, None for an item that is not on the form."""
        return next((one.said for one in self.items if one.item == item), None)

    @property
    def clear(self) -> bool:
        """Nothing keeps the reading from speaking for the form."""
        return not self.faults


def reading_to_json(reading: FormReading) -> Any:
    """As a form keeps it."""
    return {
        "reader": reading.reader,
        "layout": reading.layout,
        "numbers": reading.numbers,
        "lang": reading.lang,
        "items": [[one.item, str(one.said)] for one in reading.items],
        "signed": str(reading.signed),
        "dated": str(reading.dated),
        "faults": reading.faults,
        "pages": [[p.page, p.marks, p.off, [_measure_row(m) for m in p.measures]] for p in reading.pages],
    }


def reading_of_json(kept: Any) -> FormReading:
    """What a form keeps."""
    return FormReading(
        reader=kept["reader"],
        layout=kept["layout"],
        numbers=kept["numbers"],
        lang=kept["lang"],
        items=tuple(ItemRead(item=item, said=Said(said)) for item, said in kept["items"]),
        signed=Presence(kept["signed"]),
        dated=Presence(kept["dated"]),
        faults=tuple(kept["faults"]),
        pages=tuple(
            PageRead(page=page, marks=marks, off=off, measures=tuple(_measure(page, row) for row in rows))
            for page, marks, off, rows in kept["pages"]
        ),
    )


def _measure_row(m: Measure) -> list[Any]:
    shares = [m.ink, m.dark, m.paper, m.beside, m.corners, m.cells, int(m.through), m.frame, m.spread]
    while shares and not shares[-1]:
        shares.pop()
    return [m.item, str(m.kind), *shares]


def _measure(page: int, row: Sequence[Any]) -> Measure:
    item, kind, *shares = row
    whole: list[Any] = [*shares, *([0] * (9 - len(shares)))]
    ink, dark, paper, beside, corners, cells, through, frame, spread = whole
    return Measure(
        page=page, item=item, kind=FieldKind(kind), ink=ink, dark=dark, paper=paper, beside=beside, corners=corners,
        cells=cells, through=bool(through), frame=frame, spread=spread,
    )  # fmt: skip
