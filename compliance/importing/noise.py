"""Rows of a list that are no entries: blank ones, repeated headers and titles, totals. They are never counted as read.

Rules: (1) a repeated header has the header's words under at least three quarters of its filled cells, at least two, or
under all of them (a header merged over two rows);
(2) a row above the header that comes again (a title on every printed page) is a header too; (3) a total says so in its
first filled cells and names no hospital.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from compliance.importing.cells import plain
from compliance.importing.reading import Table
from compliance.importing.results import Counts
from compliance.importing.words import fold, fold_header, word_set

_FIGURE = re.compile(r"[\s:：=()（）\d,.人条行个例位名rows]*")


class Noise(StrEnum):
    """Kinds of rows that are not read."""

    BLANK = "blank"
    HEADER = "header"
    TOTAL = "total"


def entries(opened: Table, *, keep_clear: int | None, counts: Counts) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells) of every entry of a table, in order; noise is counted on the way. ``keep_clear`` is the
    column (hospital, or what else an entry must have) that a total leaves empty."""
    noise = NoiseFilter(opened.header, opened.preamble, keep_clear)
    for row, cells in opened.rows:
        kind = noise.kind(cells)
        if kind is None:
            yield row, cells
        elif kind is Noise.BLANK:
            counts.blank += 1
        elif kind is Noise.HEADER:
            counts.headers += 1
        else:
            counts.totals += 1


class NoiseFilter:
    """Tells entries from noise for one table."""

    def __init__(self, header: Sequence[str], preamble: Sequence[Sequence[Any]], keep_clear: int | None) -> None:
        """``keep_clear`` is the column (hospital, or what else an entry must have) that a total leaves empty."""
        self._header = [fold_header(name) for name in header]
        self._titles = {_key(cells) for cells in preamble}
        self._keep_clear = keep_clear
        self._totals = word_set("values", "total")
        self._names = lru_cache(maxsize=8192)(self._named)  # a list says the same again and again
        self._first_headers = {name for name in self._header if name}

    def kind(self, cells: Sequence[Any]) -> Noise | None:
        """What kind of noise a row is, None for an entry."""
        for first in cells:
            if first != "" and not (isinstance(first, str) and first.isspace()):
                break
        else:
            return Noise.BLANK
        if not isinstance(first, str):
            return None
        text = first.strip()
        if not plain(text) and all(not plain(cell) and not _unclean(cell) for cell in cells):
            return Noise.BLANK
        if fold_header(text) in self._first_headers and self._repeats(cells):
            return Noise.HEADER
        if len(text) <= 40 and self._is_total(cells):
            return Noise.TOTAL
        if self._titles and _key(cells) in self._titles:
            return Noise.HEADER
        return None

    def _repeats(self, cells: Sequence[Any]) -> bool:
        filled = equal = 0
        for place, cell in enumerate(cells):
            name = fold_header(cell) if isinstance(cell, str) else "?" if cell != "" else ""
            if name:
                filled += 1
                equal += place < len(self._header) and name == self._header[place]
        return equal == filled or (equal >= 2 and equal * 4 >= filled * 3)

    def _is_total(self, cells: Sequence[Any]) -> bool:
        if self._keep_clear is not None and len(cells) > self._keep_clear:
            there = cells[self._keep_clear]
            if isinstance(there, str) and self._names(there):
                return False
        filled = [cell for cell in cells if cell != ""][:3]
        return any(isinstance(cell, str) and self._says(cell) for cell in filled)

    def _named(self, there: str) -> bool:
        """Whether the column that a total leaves clear holds a name."""
        return bool(there.strip()) and not _FIGURE.fullmatch(there) and not self._says(there)

    def _says(self, cell: str) -> bool:
        text = fold(cell)
        if text in self._totals:
            return True
        word = text[:2] if not text.isascii() else text.split(":")[0].split(" ")[0]
        return word in self._totals and _FIGURE.fullmatch(text[len(word) :]) is not None


def _key(cells: Sequence[Any]) -> tuple[str, ...]:
    found = [plain(cell) for cell in cells]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _unclean(cell: Any) -> bool:
    """A cell that holds something, even if it may not be kept."""
    return not isinstance(cell, str) or any(not c.isspace() and c.isprintable() for c in cell)
