"""A foreign file as numbered rows of cells, CSV or spreadsheet, with every way it can be broken named.

Rules: (1) rows are numbered as a spreadsheet numbers them, from 1, blank ones included; (2) CSV is read by the csv
module after the encoding ladder, or in an encoding outside it that alone gives a known header; separator found among
``, ; tab | ，``; a quote that is never closed is an error with its row, because everything behind it would land in one
cell; (3) lines, cells, columns and rows have caps; (4) a file that changes while it is read is an error: its second
half may belong to another first half.
"""

import csv
import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from compliance.errors import InputErrors, bad_input
from compliance.importing import encoding
from compliance.importing.headers import best_header, score
from compliance.importing.results import Kind
from compliance.importing.sheets import SpreadsheetFile, is_spreadsheet
from compliance.importing.words import header_words

MOST_COLUMNS = 512
MOST_ROWS = 2_000_000
MOST_CELL = 100_000
MOST_CSV = 4 << 30
#: Rows looked at when the header row is searched.
LOOK_AHEAD = 40
SEPARATORS = (",", "\t", ";", "|", "，")
#: A record that spans more lines than this has an open quote, not a long remark.
MOST_LINES_IN_RECORD = 500
_END = "\x1e\x1eend of file\x1e"

Cell = Any
Row = tuple[int, list[Cell]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size and time of a file, to notice that it changed."""

    size: int
    modified: int


@dataclass(slots=True)
class Table:
    """An open table: what it is, its header, and its rows after the header.

    ``preamble`` are the rows above the header (titles), which may be repeated on every printed page.
    """

    encoding: str
    separator: str
    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    header: list[str]
    preamble: list[list[Cell]]
    rows: Iterator[Row]
    total_rows: int | None
    stamp: Stamp
    sha256: str
    path: Path
    hidden_rows: int = 0

    def ensure_unchanged(self) -> None:
        """InputErrors file_changing when the file is no longer what was read."""
        if stamp(self.path) != self.stamp:
            raise bad_input("file_changing", "file")


def stamp(path: Path) -> Stamp:
    """Size and time of ``path``. InputErrors file_missing when it is not a readable file."""
    try:
        found = path.stat()
        if not path.is_file():
            raise bad_input("file_missing", "file")
    except (OSError, ValueError):
        raise bad_input("file_missing", "file") from None
    return Stamp(found.st_size, found.st_mtime_ns)


def settle(path: Path, seconds: float) -> None:
    """Wait once when the file was touched within ``seconds``; InputErrors file_changing if it then moved on."""
    before = stamp(path)
    if seconds > 0 and abs(time.time_ns() - before.modified) < seconds * 1e9:
        time.sleep(seconds)
        if stamp(path) != before:
            raise bad_input("file_changing", "file")


def open_table(path: Path, *, kind: Kind, sheet: str | None = None, header_row: int | None = None) -> Table:
    """Open ``path`` and find its header.

    ``sheet`` is a number from 1 or a name; ``header_row`` a row number from 1. InputErrors: file_missing, file_empty,
    file_binary, file_nul, file_too_large, encoding_unknown, line_too_long, quote_unclosed, xlsx_broken, xlsx_encrypted,
    zip_bomb, sheet_missing, no_header, too_many_columns, no_rows.
    """
    before = stamp(path)
    if before.size == 0:
        raise bad_input("file_empty", "file")
    try:
        with path.open("rb") as file:
            head = file.read(8)
        if is_spreadsheet(head):
            return _open_spreadsheet(path, kind, sheet, header_row, before)
        if head.lstrip()[:1] == b"<":
            raise bad_input("file_html", "file")
        if before.size > MOST_CSV:
            raise bad_input("file_too_large", "file")
        return _open_text(path, kind, sheet, header_row, before)
    except PermissionError:
        raise bad_input("file_unreadable", "file") from None
    except OSError as error:
        raise bad_input("file_unreadable", "file", str(error.errno or "")) from None


def _open_text(path: Path, kind: Kind, sheet: str | None, header_row: int | None, before: Stamp) -> Table:
    if sheet not in (None, "1"):
        raise bad_input("sheet_missing", "sheet")
    file: encoding.TextFile | None = None
    try:
        file = encoding.recognise(path)
        return _text_table(file, kind, header_row, before)
    except InputErrors as error:
        # A file in UTF-8 is in UTF-8; what decoded as GB18030 by accident, or as nothing, may be in something else.
        unsure = error.code == "encoding_unknown" or (error.code == "no_header" and file and file.codec == "gb18030")
        found = _in_another(path, kind, header_row, before) if unsure else None
        if found is None:
            raise
        return found


def _in_another(path: Path, kind: Kind, header_row: int | None, before: Stamp) -> Table | None:
    """The table in an encoding outside the ladder, where its header says so: a known word that no other spells."""
    words = header_words(kind)
    for file in encoding.others(path):
        try:
            table = _text_table(file, kind, header_row, before)
        except InputErrors:
            continue
        if score([name for name in table.header if not name.isascii()], words):
            return table
    return None


def _text_table(file: encoding.TextFile, kind: Kind, header_row: int | None, before: Stamp) -> Table:
    separator, skipped = _find_separator(file, kind)
    rows = _records(file, separator, skipped)
    looked, found, header, preamble = _look(rows, kind, header_row)
    return Table(
        encoding=file.encoding,
        separator=separator,
        sheet="",
        sheets=(),
        header_row=found,
        header=header,
        preamble=preamble,
        rows=chain(looked, rows),
        total_rows=file.lines,
        stamp=before,
        sha256=file.sha256,
        path=file.path,
    )


def _open_spreadsheet(path: Path, kind: Kind, sheet: str | None, header_row: int | None, before: Stamp) -> Table:
    book = SpreadsheetFile(path)
    names = book.sheets()
    if not names:
        raise bad_input("no_rows", "sheet")
    chosen = _choose(names, sheet)
    sha256 = _digest(path)
    failure: Exception | None = None
    for name in chosen:
        facts, cells = book.rows(name)
        if facts.columns > MOST_COLUMNS and len(chosen) == 1:
            raise bad_input("too_many_columns", "file", str(facts.columns))
        rows = ((number, row) for number, row in enumerate(cells, 1))
        try:
            looked, found, header, preamble = _look(rows, kind, header_row)
        except Exception as error:  # noqa: BLE001 - judged below: the next sheet may have the header
            failure = failure or error
            continue
        return Table(
            encoding="",
            separator="",
            sheet=name,
            sheets=tuple(names),
            header_row=found,
            header=header,
            preamble=preamble,
            rows=_capped(chain(looked, rows)),
            total_rows=facts.rows,
            stamp=before,
            sha256=sha256,
            path=path,
            hidden_rows=facts.hidden,
        )
    raise failure or bad_input("no_header", "file")


def _choose(names: list[str], sheet: str | None) -> list[str]:
    if sheet is None:
        return names
    if sheet in names:
        return [sheet]
    if sheet.isascii() and sheet.isdigit() and 1 <= int(sheet[:6]) <= len(names):
        return [names[int(sheet) - 1]]
    raise bad_input("sheet_missing", "sheet", str(len(names)))


def _look(
    rows: Iterator[Row], kind: Kind, header_row: int | None
) -> tuple[list[Row], int, list[str], list[list[Cell]]]:
    """The header and the rows already read behind it."""
    if header_row is not None and not 1 <= header_row <= MOST_ROWS:
        raise bad_input("no_header", "header_row", str(header_row))
    looked = list(islice(rows, max(LOOK_AHEAD, header_row or 0)))
    if not any(_filled(cells) for _, cells in looked):
        raise bad_input("no_rows", "file")
    place, taken, header = best_header([cells for _, cells in looked], header_words(kind), header_row)
    if len(header) > MOST_COLUMNS:
        raise bad_input("too_many_columns", "file", str(len(header)))
    preamble = [cells for _, cells in looked[:place] if _filled(cells)]
    return looked[place + taken :], looked[place][0] + taken - 1, header, preamble


def _find_separator(file: encoding.TextFile, kind: Kind) -> tuple[str, int]:
    """The separator whose reading knows most headers; a first line ``sep=;`` says it."""
    head = list(islice(encoding.lines(file), LOOK_AHEAD))
    first = head[0].strip().lower() if head else ""
    if first.startswith("sep=") and len(first) == 5 and first[4] in ",;|":
        return first[4], 1
    if first == "sep=":
        return "\t", 1
    words = header_words(kind)
    ranked = []
    for order, separator in enumerate(SEPARATORS):
        try:
            rows = list(csv.reader(head, delimiter=separator))
        except csv.Error:
            continue
        known = max((score(row, words) for row in rows), default=0)
        widest = max(map(len, rows), default=1)
        ranked.append((known, min(widest, 2), -order, separator))
    return (max(ranked)[3] if ranked else ","), 0


def _records(file: encoding.TextFile, separator: str, skipped: int) -> Iterator[Row]:
    csv.field_size_limit(MOST_CELL)
    source: Iterable[str] = chain(encoding.lines(file), ["\n", _END])
    reader = csv.reader(islice(source, skipped, None), delimiter=separator)
    number, line = skipped, 0
    held: Row | None = None  # the blank line put before the end mark is not the file's
    while True:
        number += 1
        try:
            cells = next(reader)
        except csv.Error as error:
            code = "line_too_long" if "limit" in str(error) else "quote_unclosed"
            raise bad_input(code, "row", str(number)) from None
        except StopIteration:
            raise bad_input("quote_unclosed", "row", str(number)) from None
        if cells == [_END]:
            return
        if reader.line_num - line > MOST_LINES_IN_RECORD or (cells and cells[-1].endswith(_END)):
            raise bad_input("quote_unclosed", "row", str(number))
        line = reader.line_num
        if len(cells) > MOST_COLUMNS:
            raise bad_input("too_many_columns", "row", str(number))
        if number > MOST_ROWS:
            raise bad_input("file_too_large", "row", str(number))
        if held is not None:
            yield held
        held = (number, cells)


def _capped(rows: Iterator[Row]) -> Iterator[Row]:
    for number, cells in rows:
        if number > MOST_ROWS:
            raise bad_input("file_too_large", "row", str(number))
        yield number, cells


def _filled(cells: list[Cell]) -> bool:
    return any(cell != "" and not (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
