"""What a paper says, before anyone decides where it stands on a page.

Rules: (1) frozen and plain: texts, numbers and order, already in the reader's language; (2) the renderer knows no
statute, field or person, so the same model could be set by another renderer; (3) pseudonyms only in reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a callout or bar speaks. Every tone also has a shape, because paper may be black and white."""

    PLAIN = "plain"
    GOOD = "good"
    CARE = "care"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 1 stands in the outline and may begin a page, 2 stands above a block."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; ``small`` for remarks."""

    text: str
    small: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Label and value side by side, in one or two columns; ``ruled`` sets them as a ledger with hairlines."""

    rows: tuple[tuple[str, str], ...]
    columns: int = 1
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Small labels over their values, so many side by side: the head of a report."""

    items: tuple[tuple[str, str], ...]
    columns: int = 3


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads that repeat on every page. ``widths`` are shares of the line, ``right`` columns of numbers."""

    heads: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    widths: tuple[float, ...]
    right: frozenset[int] = frozenset()
    empty: str = ""
    size: float = 8.0
    strong: frozenset[int] = frozenset()  # rows of totals


@dataclass(frozen=True, slots=True)
class Callout:
    """A box that must not be missed."""

    title: str
    lines: tuple[str, ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that stand on one page, unless they are longer than one."""

    blocks: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class Figures:
    """A strip of large numbers with their labels."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars: per row a label and one count per series."""

    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Stacked columns over time: per column a label and one count per series."""

    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Gauges:
    """Counts against their limits: label, count, limit."""

    rows: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """The headings of level 1 with their pages."""

    title: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Numbered steps, with a heading of their own where they stand beside something."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two narrow blocks side by side."""

    left: "Callout"
    right: "Places"


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be copied exactly, in groups; whitespace is for the eye only."""

    text: str
    size: float = 13.0
    per_line: int = 6


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code with a caption."""

    text: str
    caption: str = ""
    size: float = 96.0


@dataclass(frozen=True, slots=True)
class Place:
    """A place for ink: a line to sign on, or a frame for the company chop 盖章处."""

    label: str
    chop: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Places for ink side by side; ``stacked`` puts the chop above the lines to sign on, for half a page."""

    items: tuple[Place, ...]
    stacked: bool = False


Block = (
    Heading
    | Paragraph
    | KeyValues
    | Grid
    | Table
    | Callout
    | Together
    | Figures
    | Bars
    | Columns
    | Gauges
    | Contents
    | Steps
    | Pair
    | Code
    | Qr
    | Places
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """``metadata_title`` is the kind of paper and never holds a value. ``running`` stands at the head of every page,
    ``seal`` at its foot beside "page x of y"; ``stamp`` marks sandboxes; ``one_page`` asks for exactly one page;
    ``report`` has a full first page, which leads the outline.
    """

    metadata_title: str
    title: str
    subtitle: str
    running: str
    seal: str
    blocks: tuple[Block, ...]
    stamp: str = ""
    watermark: str = ""
    one_page: bool = False
    report: bool = False
