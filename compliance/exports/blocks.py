"""Drawing of each kind of block, and how much room it wants.

Rules: (1) a block draws downwards from ``flow.y`` and leaves ``flow.y`` below itself; (2) ``wanted_height`` is what the
same block takes, found by drawing it on paper that is thrown away, so the two can never differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.exports import document as d
from compliance.exports.fonts import width
from compliance.exports.ink import (
    ACCENT,
    CARE,
    FAINT,
    GOOD,
    HAIR,
    INK,
    MUTED,
    STOP,
    STOP_TINT,
    TINT,
    WHITE,
    Colour,
    Ink,
)
from compliance.exports.wrap import clip, wrap
from compliance.i18n import Lang

_TONES: dict[d.Tone, tuple[Colour, Colour, str]] = {
    d.Tone.PLAIN: (ACCENT, TINT, ""),
    d.Tone.GOOD: (GOOD, (0.94, 0.975, 0.955), "tick"),
    d.Tone.CARE: (CARE, (0.995, 0.97, 0.92), "!"),
    d.Tone.STOP: (STOP, STOP_TINT, "cross"),
}
_SERIES: tuple[Colour, ...] = (ACCENT, (0.42, 0.62, 0.67), (0.88, 0.82, 0.62), (0.66, 0.12, 0.10), (0.80, 0.83, 0.86),
                               (0.30, 0.30, 0.34))  # fmt: skip
#: Frame for a company chop, in points: 42 mm and a little.
_CHOP = 122.0
Lines = list[tuple[str, ...]]


@dataclass(slots=True)
class Flow:
    """Where the next thing goes. ``turn`` begins a page."""

    ink: Ink
    left: float
    right: float
    bottom: float
    y: float
    lang: Lang
    turn: Callable[[], None]

    @property
    def room(self) -> float:
        """Width of a line."""
        return self.right - self.left


def wanted_height(block: d.Block, flow: Flow) -> float:
    """Room a block takes; of tables and headings, what must stay together."""
    if isinstance(block, d.Table):
        return 72.0
    if isinstance(block, d.Heading):
        return 40.0
    trial = Flow(Ink(), flow.left, flow.right, 1e9, 0.0, flow.lang, lambda: None)
    DRAW[type(block)](block, trial)
    return trial.y


def row_lines(table: d.Table, row: Sequence[str], flow: Flow) -> tuple[Lines, float]:
    """Wrapped cells of a row and its height."""
    size, total = table.size, sum(table.widths)
    lines = [wrap(cell, size, flow.room * share / total - 8) for cell, share in zip(row, table.widths, strict=True)]
    return lines, max(len(cell) for cell in lines) * size * 1.38 + 5


def draw_head(table: d.Table, flow: Flow) -> None:
    """Column heads on a dark band."""
    size = table.size
    lines = [
        wrap(head, size, flow.room * share / sum(table.widths) - 8, bold=True)
        for head, share in zip(table.heads, table.widths, strict=True)
    ]
    high = max(len(cell) for cell in lines) * size * 1.38 + 7
    flow.ink.box(flow.left, flow.y, flow.room, high, fill=ACCENT)
    _cells(table, lines, flow, WHITE, bold=True, top=flow.y + size + 2)
    flow.y += high


def draw_row(table: d.Table, lines: Lines, high: float, number: int, flow: Flow) -> None:
    """One row; every second one is tinted, a hairline below each."""
    if number % 2:
        flow.ink.box(flow.left, flow.y, flow.room, high, fill=TINT)
    _cells(table, lines, flow, INK, bold=number in table.strong, top=flow.y + table.size + 1.5)
    flow.y += high
    flow.ink.line(flow.left, flow.y, flow.right, flow.y, HAIR, 0.4)


def _cells(table: d.Table, lines: Lines, flow: Flow, colour: Colour, *, bold: bool, top: float) -> None:
    x, total = flow.left, sum(table.widths)
    for column, cell in enumerate(lines):
        wide = flow.room * table.widths[column] / total
        for place, line in enumerate(cell):
            y = top + place * table.size * 1.38
            if column in table.right:
                flow.ink.text(x + wide - 4, y, line, table.size, colour, bold=bold, at=1)
            else:
                flow.ink.text(x + 4, y, line, table.size, colour, bold=bold)
        x += wide


def _paragraph(block: d.Paragraph, flow: Flow) -> None:
    size = 8.0 if block.small else 9.5
    for line in wrap(block.text, size, flow.room, bold=block.bold):
        flow.y += size * 1.2
        flow.ink.text(flow.left, flow.y, line, size, MUTED if block.small else INK, bold=block.bold)
        flow.y += size * 0.35
    flow.y += 6


def _ledger(block: d.KeyValues, flow: Flow) -> None:
    size, step, gap = 8.5, flow.room / block.columns, 18.0 if block.columns > 1 else 0.0
    label_room = min(max((width(k, size) for k, _ in block.rows), default=0) + 16, step * 0.42)
    flow.ink.line(flow.left, flow.y, flow.right, flow.y, FAINT, 0.7)
    for start in range(0, len(block.rows), block.columns):
        cells = [
            (wrap(key, size, label_room - 8), wrap(value, size, step - label_room - gap))
            for key, value in block.rows[start : start + block.columns]
        ]
        high = max(max(len(keys), len(lines)) for keys, lines in cells) * size * 1.4 + 4.2
        for column, (keys, lines) in enumerate(cells):
            x = flow.left + column * step
            for place, line in enumerate(keys):
                flow.ink.text(x, flow.y + size + 2.2 + place * size * 1.4, line, size, MUTED)
            for place, line in enumerate(lines):
                flow.ink.text(x + label_room, flow.y + size + 2.2 + place * size * 1.4, line, size)
        flow.y += high
        flow.ink.line(flow.left, flow.y, flow.right, flow.y, HAIR, 0.4)
    flow.y += 9


def _grid(block: d.Grid, flow: Flow) -> None:
    size, step = 9.0, flow.room / block.columns
    for start in range(0, len(block.items), block.columns):
        cells = [
            (label, wrap(value, size, step - 14, bold=True))
            for label, value in block.items[start : start + block.columns]
        ]
        for column, (label, lines) in enumerate(cells):
            x = flow.left + column * step
            flow.ink.text(x, flow.y + 8, clip(label, 7.5, step - 14), 7.5, MUTED)
            for place, line in enumerate(lines):
                flow.ink.text(x, flow.y + 20 + place * size * 1.35, line, size, bold=True)
        flow.y += 15 + max(len(lines) for _, lines in cells) * size * 1.35 + 3
    flow.y += 1
    flow.ink.line(flow.left, flow.y, flow.right, flow.y, FAINT, 0.7)
    flow.y += 10


def _key_values(block: d.KeyValues, flow: Flow) -> None:
    if block.ruled:
        _ledger(block, flow)
        return
    size, step = 8.5, flow.room / block.columns
    label_room = min(max((width(k, size) for k, _ in block.rows), default=0) + 14, step * 0.5)
    for start in range(0, len(block.rows), block.columns):
        cells = [
            (key, wrap(value, size, step - label_room - 12, bold=True))
            for key, value in block.rows[start : start + block.columns]
        ]
        for column, (key, lines) in enumerate(cells):
            x = flow.left + column * step
            flow.ink.text(x, flow.y + size, clip(key, size, label_room - 4), size, MUTED)
            for place, line in enumerate(lines):
                flow.ink.text(x + label_room, flow.y + size + place * size * 1.4, line, size, bold=True)
        flow.y += max(len(lines) for _, lines in cells) * size * 1.4 + 3.5
    flow.y += 6


def _callout(block: d.Callout, flow: Flow) -> None:
    edge, tint, mark = _TONES[block.tone]
    size, inset = 9.0, 14.0
    lines = [line for text in block.lines for line in wrap(text, size, flow.room - inset * 2)]
    high = len(lines) * size * 1.5 + (22 if block.title else 8) + 8
    flow.ink.box(flow.left, flow.y, flow.room, high, fill=tint, radius=3)
    flow.ink.box(flow.left, flow.y, 3.5, high, fill=edge)
    y = flow.y + 4
    if block.title:
        x = flow.left + inset
        y += 14
        if mark in ("tick", "cross"):
            (flow.ink.tick if mark == "tick" else flow.ink.cross)(x, y - 10, 11, edge)
            x += 17
        elif mark:
            x += flow.ink.text(x, y, mark, 11, edge, bold=True) + 8
        flow.ink.text(x, y, clip(block.title, 11, flow.right - x - 8, bold=True), 11, edge, bold=True)
        y += 4
    for line in lines:
        y += size * 1.5
        flow.ink.text(flow.left + inset, y - 2, line, size)
    flow.y += high + 8


def _figures(block: d.Figures, flow: Flow) -> None:
    step = flow.room / max(len(block.items), 1)
    labels = [wrap(label, 8, step - 12) for _, label in block.items]
    high = 30 + max((len(x) for x in labels), default=1) * 10.5 + 4
    for place, (number, _label) in enumerate(block.items):
        x = flow.left + place * step
        if place:
            flow.ink.line(x - 1, flow.y + 4, x - 1, flow.y + high - 6, HAIR)
        flow.ink.text(x + 8 * bool(place), flow.y + 20, clip(number, 17, step - 14, bold=True), 17, ACCENT, bold=True)
        for row, line in enumerate(labels[place]):
            flow.ink.text(x + 8 * bool(place), flow.y + 33 + row * 10.5, line, 8, MUTED)
    flow.y += high + 6


def _bars(block: d.Bars, flow: Flow) -> None:
    label_room = min(max((width(label, 8.5) for label, _ in block.rows), default=0) + 12, flow.room * 0.35)
    most = max((sum(counts) for _, counts in block.rows), default=0) or 1
    room = flow.room - label_room - 46
    _legend(block.series, flow)
    for label, counts in block.rows:
        flow.ink.text(flow.left, flow.y + 9.5, clip(label, 8.5, label_room - 6), 8.5)
        x = flow.left + label_room
        for place, count in enumerate(counts):
            wide = room * count / most
            if count:
                _swatch(flow.ink, x, flow.y + 1, wide, 11, place)
                if wide > width(str(count), 7) + 4:
                    dark = place in (0, 3, 5)
                    flow.ink.text(x + wide / 2, flow.y + 9.2, str(count), 7, WHITE if dark else INK, bold=True, at=0.5)
            x += wide
        flow.ink.text(x + 5, flow.y + 9.5, str(sum(counts)), 8, MUTED)
        flow.y += 17
    flow.y += 6


def _columns(block: d.Columns, flow: Flow) -> None:
    _legend(block.series, flow)
    high, foot = 78.0, 14.0
    most = max((sum(counts) for _, counts in block.rows), default=0) or 1
    room = flow.room - 34
    step = room / max(len(block.rows), 1)
    wide = min(step * 0.62, 34.0)
    base = flow.y + high
    for share in (0.5, 1.0):
        y = base - (high - 8) * share
        flow.ink.line(flow.left + 30, y, flow.right, y, HAIR, 0.4)
        flow.ink.text(flow.left + 26, y + 2.5, f"{round(most * share):,}", 7, MUTED, at=1)
    flow.ink.line(flow.left + 30, base, flow.right, base, FAINT, 0.7)
    shown = max(len(block.rows) // 14 + (len(block.rows) % 14 > 0), 1)  # every label, or every so many
    for number, (label, counts) in enumerate(block.rows):
        x, y = flow.left + 34 + number * step + (step - wide) / 2, base
        for place, count in enumerate(counts):
            tall = (high - 8) * count / most
            if count:
                _swatch(flow.ink, x, y - tall, wide, tall, place)
            y -= tall
        if number % shown == 0:
            flow.ink.text(x + wide / 2, base + 10, label, 7, MUTED, at=0.5)
    flow.y = base + foot + 8


def _gauges(block: d.Gauges, flow: Flow) -> None:
    label_room = min(max((width(label, 8.5) for label, *_ in block.rows), default=0) + 14, flow.room * 0.45)
    figures = max((width(f"{count:,} / {limit:,}", 8) for _, count, limit in block.rows), default=0) + 12
    room = flow.room - label_room - figures
    for label, count, limit in block.rows:
        x = flow.left + label_room
        flow.ink.text(flow.left, flow.y + 9.5, clip(label, 8.5, label_room - 6), 8.5)
        flow.ink.box(x, flow.y + 2.5, room, 8, fill=TINT, edge=HAIR, edge_width=0.4)
        share = min(count / limit, 1.0) if limit else 0.0
        if share:
            flow.ink.box(x, flow.y + 2.5, max(room * share, 1.0), 8, fill=STOP if count >= limit else ACCENT)
        flow.ink.text(flow.right, flow.y + 9.5, f"{count:,} / {limit:,}", 8, MUTED, at=1)
        flow.y += 17
    flow.y += 6


def _contents(block: d.Contents, flow: Flow) -> None:
    """Only its title: the lines are set when the pages are known (see pdf)."""
    flow.y += 13
    flow.ink.text(flow.left, flow.y, block.title, 13, ACCENT, bold=True)
    flow.y += 8
    flow.ink.line(flow.left, flow.y, flow.right, flow.y, ACCENT, 0.8)
    flow.y += 8


def _legend(series: Sequence[str], flow: Flow) -> None:
    x = flow.left
    for place, name in enumerate(series):
        _swatch(flow.ink, x, flow.y + 1, 8, 8, place)
        x += flow.ink.text(x + 12, flow.y + 8.5, name, 8, MUTED) + 26
    flow.y += 18


def _swatch(ink: Ink, x: float, y: float, w: float, h: float, place: int) -> None:
    ink.box(x, y, w, h, fill=_SERIES[place % len(_SERIES)], edge=WHITE, edge_width=0.5)


def _pair(block: d.Pair, flow: Flow) -> None:
    gap, ends = 18.0, []
    middle = flow.left + (flow.room - gap) / 2
    for part, left, right in ((block.left, flow.left, middle), (block.right, middle + gap, flow.right)):
        half = Flow(flow.ink, left, right, flow.bottom, flow.y, flow.lang, flow.turn)
        DRAW[type(part)](part, half)
        ends.append(half.y)
    flow.y = max(ends)


def _steps(block: d.Steps, flow: Flow) -> None:
    size = 8.5
    if block.title:
        flow.y += 13
        flow.ink.text(flow.left, flow.y, block.title, 10.5, INK, bold=True)
        flow.y += 6
    for number, text in enumerate(block.items, start=1):
        flow.ink.circle(flow.left + 7, flow.y + 7, 7, fill=ACCENT)
        flow.ink.text(flow.left + 7, flow.y + 10.2, str(number), 8.5, WHITE, bold=True, at=0.5)
        for line in wrap(text, size, flow.room - 24):
            flow.ink.text(flow.left + 22, flow.y + 10, line, size)
            flow.y += size * 1.4
        flow.y += 4
    flow.y += 3


def groups(text: str) -> tuple[str, ...]:
    """Groups of a code as they are written (blanks or dashes), else of four characters.

    Dashes are not printed: PDF readers take a dash at the end of a line for a hyphen and drop it.
    """
    words = text.replace("-", " ").split()
    return tuple(words) if len(words) > 1 else tuple(text[k : k + 4] for k in range(0, len(text), 4))


def _code(block: d.Code, flow: Flow) -> None:
    parts = groups(block.text)
    size = block.size
    wide = max((width(part, size, bold=True) for part in parts), default=0) + size * 0.9
    per_line = max(min(block.per_line, int((flow.room - 56) // wide)), 1)
    rows = [parts[k : k + per_line] for k in range(0, len(parts), per_line)]
    high = len(rows) * size * 1.75 + 16
    flow.ink.box(flow.left, flow.y, flow.room, high, edge=FAINT, radius=3)
    y = flow.y + 8
    for row in rows:
        y += size * 1.75
        for place, part in enumerate(row):
            flow.ink.text(flow.left + 20 + place * wide, y - size * 0.5, part, size, bold=True)
    flow.y += high + 10


def _qr(block: d.Qr, flow: Flow) -> None:
    flow.ink.qr(flow.left, flow.y, block.size, block.text)
    lines = wrap(block.caption, 8.5, flow.room - block.size - 20)
    for place, line in enumerate(lines):
        flow.ink.text(flow.left + block.size + 16, flow.y + 12 + place * 13, line, 8.5, MUTED)
    flow.y += max(block.size, len(lines) * 13) + 10


def _stacked(block: d.Places, flow: Flow) -> None:
    """A company chop is 42 mm across and its frame holds one; the lines to sign on stand beside it."""
    lines = [place for place in block.items if not place.chop]
    chops = [place for place in block.items if place.chop]
    wide = flow.room - (_CHOP + 14 if chops else 0)
    for place in chops:
        flow.ink.box(flow.right - _CHOP, flow.y, _CHOP, _CHOP, edge=FAINT, dash=True, radius=3)
        flow.ink.text(flow.right - _CHOP + 7, flow.y + 13, place.label, 8, MUTED)
    for number, place in enumerate(lines, start=1):
        y = flow.y + _CHOP * number / len(lines) - 20
        flow.ink.line(flow.left, y, flow.left + wide, y, INK, 0.7)
        for row, text in enumerate(wrap(place.label, 7.5, wide)):
            flow.ink.text(flow.left, y + 10 + row * 9.5, text, 7.5, MUTED)
    flow.y += _CHOP + 8


def _places(block: d.Places, flow: Flow) -> None:
    if block.stacked:
        _stacked(block, flow)
        return
    step = flow.room / max(len(block.items), 1)
    chops = any(place.chop for place in block.items)
    high = 76.0 if chops else 46.0
    for number, place in enumerate(block.items):
        x, wide = flow.left + number * step, step - 14
        if place.chop:
            flow.ink.box(x, flow.y, wide, high - 8, edge=FAINT, dash=True, radius=3)
            flow.ink.text(x + 8, flow.y + 14, place.label, 8.5, MUTED)
        else:
            flow.ink.line(x, flow.y + high - 10, x + wide, flow.y + high - 10, INK, 0.7)
            flow.ink.text(x, flow.y + high, clip(place.label, 8.5, wide), 8.5, MUTED)
    flow.y += high + 8


DRAW: dict[type, Callable[[Any, Flow], None]] = {
    d.Paragraph: _paragraph,
    d.KeyValues: _key_values,
    d.Callout: _callout,
    d.Figures: _figures,
    d.Bars: _bars,
    d.Columns: _columns,
    d.Gauges: _gauges,
    d.Contents: _contents,
    d.Grid: _grid,
    d.Steps: _steps,
    d.Pair: _pair,
    d.Code: _code,
    d.Qr: _qr,
    d.Places: _places,
}
