"""Setting a document model on A4 pages.

Rules: (1) first everything is laid out, then painted, so every foot can say "page x of y"; (2) nothing is cut in a
table cell: rows grow; a row never splits across pages; heads repeat; (3) a heading never stays alone at the foot of a
page; (4) long tables report progress every 200 rows and stop when asked; (5) same model, same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from compliance.errors import ExportError
from compliance.exports import document as d
from compliance.exports.blocks import DRAW, Flow, draw_head, draw_row, row_lines, wanted_height
from compliance.exports.fonts import width
from compliance.exports.ink import A4, ACCENT, HAIR, INK, MUTED, STOP, WATER, Ink, paint
from compliance.exports.wrap import clip, wrap
from compliance.i18n import Lang, t
from compliance.progress import NoProgress, Phase, Progress

LEFT, RIGHT, TOP, BOTTOM = 51.0, A4[0] - 51.0, 62.0, A4[1] - 56.0
_STEP = 200
#: A report has no running head on its first page and much to say there.
_REPORT_TOP = 42.0
_CONTENTS_STEP = 17.0
#: Most of the room that is left empty above a heading for the sake of what follows it.
_LED = 160.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """PDF bytes, number of pages, and codes of characters without a glyph."""

    pdf: bytes
    pages: int
    notes: tuple[str, ...]


def render(document: d.Document, *, lang: Lang = Lang.ZH, progress: Progress | None = None) -> Rendered:
    """The PDF of ``document``. Raises Cancelled, and ExportError ``too_long`` when one page was asked for."""
    progress = progress or NoProgress()
    progress.phase(Phase.RENDERING)
    rows = sum(len(b.rows) for b in document.blocks if isinstance(b, d.Table))
    # Laying out and painting take about as long as each other: each counts every row once.
    setter = _Setter(document, lang, lambda done: progress.tick(done, 2 * rows))
    setter.set()
    if document.one_page and len(setter.pages) > 1:
        raise ExportError("too_long", pages=len(setter.pages))
    setter.feet()
    notes = tuple(sorted({note for page in setter.pages for note in page.notes}))
    progress.tick(rows, 2 * rows)

    def painted(done: int, pages: int) -> None:
        progress.tick(rows + rows * done // pages, 2 * rows)

    pdf = paint(setter.pages, title=document.metadata_title, lang=lang, tick=painted)
    return Rendered(pdf, len(setter.pages), notes)


def page_count(document: d.Document, lang: Lang) -> int:
    """How many pages ``document`` takes, without painting it."""
    setter = _Setter(document, lang, lambda _: None)
    setter.set()
    return len(setter.pages)


@dataclass(slots=True)
class _Setter:
    document: d.Document
    lang: Lang
    tick: Callable[[int], None]
    pages: list[Ink] = field(default_factory=list)
    flow: Flow = field(init=False)
    headings: int = 0
    done: int = 0
    firsts: list[tuple[str, int]] = field(default_factory=list)
    contents: tuple[Ink, float] | None = None

    def __post_init__(self) -> None:
        self.flow = Flow(ink=Ink(), left=LEFT, right=RIGHT, bottom=BOTTOM, y=TOP, lang=self.lang, turn=self.turn)
        self.turn()

    def turn(self) -> None:
        """Begin a page."""
        page = Ink()
        self.pages.append(page)
        self.flow.ink, self.flow.y = page, TOP
        if self.document.watermark:
            for row in range(4):
                page.slanted(A4[0] / 2, 190 + row * 170, self.document.watermark, 20, WATER, 28)
        page.box(0, 0, A4[0], 6, fill=ACCENT)
        if len(self.pages) > 1:
            page.text(LEFT, 38, clip(self.document.running, 8, RIGHT - LEFT - 130), 8, MUTED)
            page.line(LEFT, 46, RIGHT, 46, HAIR)
        if self.document.stamp:
            wide = width(self.document.stamp, 9, bold=True) + 14
            page.box(RIGHT - wide, 22, wide, 18, edge=STOP, radius=3, edge_width=1.1)
            page.text(RIGHT - wide / 2, 34.5, self.document.stamp, 9, STOP, bold=True, at=0.5)

    def set(self) -> None:
        """Everything, page after page."""
        blocks = self.document.blocks
        self.title()
        for place, block in enumerate(blocks):
            self.block(block, blocks[place + 1 : place + 3])

    def title(self) -> None:
        """Title and subtitle on the first page."""
        flow = self.flow
        room = RIGHT - LEFT
        if self.document.report:
            flow.y = _REPORT_TOP
            self.headings += 1
            flow.ink.bookmark(self.document.title, 0, "h1", flow.y)
        for line in wrap(self.document.title, 20, room, bold=True):
            flow.y += 20
            flow.ink.text(LEFT, flow.y, line, 20, ACCENT, bold=True)
            flow.y += 6
        for line in wrap(self.document.subtitle, 9.5, room) if self.document.subtitle else ():
            flow.y += 10
            flow.ink.text(LEFT, flow.y, line, 9.5, MUTED)
            flow.y += 4
        flow.y += 4
        flow.ink.line(LEFT, flow.y, RIGHT, flow.y, ACCENT, 1.2)
        flow.y += 10

    def block(self, block: d.Block, after: Sequence[d.Block]) -> None:
        """One block; headings look ahead so that they never stand alone."""
        if isinstance(block, d.Heading):
            self._heading(block, after)
        elif isinstance(block, d.Table):
            self._table(block)
        elif isinstance(block, d.Contents):
            self._contents(block)
        elif isinstance(block, d.Together):
            self._together(block.blocks)
        else:
            if self.flow.y + wanted_height(block, self.flow) > BOTTOM:
                self.turn()
            DRAW[type(block)](block, self.flow)

    def feet(self) -> None:
        """Log seal and page number on every page, now that the number of pages is known; and the contents."""
        if self.contents is not None:
            ink, y = self.contents
            for title, number in self.firsts:
                y += _CONTENTS_STEP
                wide = ink.text(LEFT, y, clip(title, 9, RIGHT - LEFT - 60), 9)
                ink.line(LEFT + wide + 8, y - 2, RIGHT - 20, y - 2, HAIR, 0.4)
                ink.text(RIGHT, y, str(number), 9, MUTED, at=1)
        for number, page in enumerate(self.pages, start=1):
            y = A4[1] - 30
            page.line(LEFT, y - 12, RIGHT, y - 12, HAIR)
            page.text(LEFT, y, clip(self.document.seal, 7.5, 380), 7.5, MUTED)
            page.text(RIGHT, y, t("paper.page", self.lang, page=number, pages=len(self.pages)), 7.5, MUTED, at=1)

    def _contents(self, block: d.Contents) -> None:
        """Room for one line per part; the lines are set in :meth:`feet`."""
        lines = sum(isinstance(b, d.Heading) and b.level == 1 for b in self.document.blocks)
        self.turn()
        DRAW[d.Contents](block, self.flow)
        self.contents = (self.flow.ink, self.flow.y)
        self.flow.y += lines * _CONTENTS_STEP + 18

    def _together(self, blocks: tuple[d.Block, ...]) -> None:
        need = sum(wanted_height(block, self.flow) for block in blocks)
        if self.flow.y > TOP + 1 and self.flow.y + need > BOTTOM and need <= BOTTOM - TOP:
            self.turn()
        for place, block in enumerate(blocks):
            self.block(block, blocks[place + 1 : place + 3])

    def _heading(self, block: d.Heading, after: Sequence[d.Block]) -> None:
        flow = self.flow
        need = (46 if block.level == 1 else 34) + self._led_to(after)
        fresh = flow.y <= TOP + 1
        if not fresh and (block.new_page or flow.y + need > BOTTOM):
            self.turn()
            fresh = True
        size = 13.0 if block.level == 1 else 10.5
        flow.y += (0 if fresh else 14 if block.level == 1 else 8) + size
        self.headings += 1
        flow.ink.bookmark(block.text, block.level - 1 if self.headings > 1 else 0, f"h{self.headings}", flow.y - size)
        flow.ink.text(LEFT, flow.y, block.text, size, ACCENT if block.level == 1 else INK, bold=True)
        flow.y += 8
        if block.level == 1:
            self.firsts.append((block.text, len(self.pages)))
            flow.ink.line(LEFT, flow.y - 2, RIGHT, flow.y - 2, ACCENT, 0.8)
            flow.y += 7

    def _led_to(self, after: Sequence[d.Block]) -> float:
        """Room below a heading for what it leads to: a remark above a table is not yet that, the table is."""
        room = 0.0
        for block, below in zip_longest(after, after[1:]):
            room += min(wanted_height(block, self.flow), _LED)
            if not (isinstance(block, d.Paragraph) and isinstance(below, d.Table)):
                break
        return min(room, _LED)

    def _table(self, table: d.Table) -> None:
        flow = self.flow
        if not table.rows:
            DRAW[d.Paragraph](d.Paragraph(table.empty or t("paper.nothing", self.lang), small=True), flow)
            return
        first = row_lines(table, table.rows[0], flow)[1]
        if flow.y + max(60.0, 30 + min(first, _LED)) > BOTTOM:
            self.turn()
        draw_head(table, flow)
        for number, row in enumerate(table.rows):
            lines, high = row_lines(table, row, flow)
            if flow.y + high > BOTTOM:
                self.turn()
                draw_head(table, flow)
            draw_row(table, lines, high, number, flow)
            self.done += 1
            if self.done % _STEP == 0:
                self.tick(self.done)
        flow.y += 10
