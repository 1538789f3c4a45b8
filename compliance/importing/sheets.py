"""Spreadsheet files through calamine, after the container was checked.

Rules: (1) an OOXML or ODS file is a zip: number of entries, unpacked bytes and packing ratio are checked before
anything is unpacked (CWE-409, 776); names inside are never used as paths; (2) links to other workbooks are never
followed, calamine reads cached values only; (3) old .xls is read within its own size cap; a file with a password is
named as such, and a file whose name ends as another kind does is what its bytes are; (4) the sheet is the one asked
for, else the first visible one with a header; (5) a cell merged over several rows (one hospital, five people) holds for
each of them; (6) an error and a formula without a result are marked, not empty (sheet_marks.py); hidden rows and
columns of a sheet are read like all others, and the rows counted.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.errors import bad_input
from compliance.importing.sheet_marks import Marks, marks_of

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MOST_FILE = 256 << 20
MOST_ENTRIES = 4_000
MOST_UNPACKED = 2 << 30
#: A sheet of equal rows packs some 60 : 1; beyond this, and past a floor, it is a bomb.
MOST_RATIO = 250
RATIO_FLOOR = 32 << 20
MOST_CELLS = 60_000_000
MOST_MERGED = 5_000

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and its size by its own account."""

    name: str
    rows: int
    columns: int
    hidden: int = 0  # rows out of sight, read like all others


class SpreadsheetFile:
    """An open workbook. InputErrors: zip_bomb, xlsx_broken, xlsx_encrypted, file_too_large, no_rows."""

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > MOST_FILE:
            raise bad_input("file_too_large", "file")
        with path.open("rb") as file:
            self._zip = path if file.read(4) == ZIP_MAGIC else None
        if self._zip:
            _check_container(path)
        self._book = _open(path)

    def sheets(self) -> list[str]:
        """Names of the visible worksheets, in order."""
        return [
            meta.name
            for meta in self._book.sheets_metadata
            if str(meta.visible).endswith(".Visible") and str(meta.typ).endswith("WorkSheet")
        ] or list(self._book.sheet_names)

    def rows(self, name: str) -> tuple[Sheet, Iterator[list[Any]]]:
        """Size and rows of a sheet; cells are str, float, bool, date, time or empty text."""
        try:
            sheet = self._book.get_sheet_by_name(name)
        except Exception as error:  # noqa: BLE001 - calamine raises a family of its own for every broken part
            raise bad_input("xlsx_broken", "file", type(error).__name__) from None
        if sheet.total_height * max(sheet.total_width, 1) > MOST_CELLS:
            raise bad_input("file_too_large", "sheet")
        # calamine leaves out empty columns on the left, in every row alike; rows keep their numbers.
        below = _filled_down(sheet.merged_cell_ranges or [], sheet.start[1] if sheet.start else 0)
        rows = sheet.iter_rows()
        marks, hidden = marks_of(self._zip, self._book.sheet_names.index(name)) if self._zip else ({}, 0)
        if marks:
            rows = _marked(rows, marks, sheet.start[1] if sheet.start else 0)
        facts = Sheet(name, sheet.total_height, sheet.width, hidden)
        return facts, _fill_down(rows, below) if below else rows

    def close(self) -> None:
        """Let the file go."""
        self._book.close()


def is_spreadsheet(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a spreadsheet container."""
    return head.startswith((ZIP_MAGIC, OLE_MAGIC, b"PK\x05\x06"))


def _filled_down(ranges: list[Any], first_column: int) -> dict[int, list[int]]:
    """row index → columns whose value stands in the row above, for cells merged downwards. Wider merges are titles."""
    below: dict[int, list[int]] = {}
    for (top, left), (bottom, right) in ranges:
        if left == right and left >= first_column and bottom - top < MOST_MERGED:
            for row in range(top + 1, bottom + 1):
                below.setdefault(row, []).append(left - first_column)
    return below


def _fill_down(rows: Iterator[list[Any]], below: dict[int, list[int]]) -> Iterator[list[Any]]:
    before: list[Any] = []
    for number, row in enumerate(rows):
        for column in below.get(number, ()):
            if column < len(row) and column < len(before) and row[column] == "":
                row[column] = before[column]
        before = row
        yield row


def _marked(rows: Iterator[list[Any]], marks: Marks, first_column: int) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, 1):
        for column, mark in marks.get(number, {}).items():
            place = column - first_column
            if 0 <= place < len(row) and row[place] == "":
                row[place] = mark
        yield row


def _check_container(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as container:
            entries = container.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, UnicodeDecodeError):
        raise bad_input("xlsx_broken", "file") from None
    if len(entries) > MOST_ENTRIES:
        raise bad_input("zip_bomb", "file", "entries")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise bad_input("zip_bomb", "file", "entries")
    if not any(name.lower().endswith(("workbook.xml", "workbook.bin", "content.xml")) for name in names):
        raise bad_input("file_binary", "file")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > MOST_UNPACKED:
        raise bad_input("zip_bomb", "file", "size")
    if unpacked > RATIO_FLOOR and unpacked // packed > MOST_RATIO:
        raise bad_input("zip_bomb", "file", "ratio")
    if sum(entry.compress_size for entry in entries) > path.stat().st_size:
        raise bad_input("zip_bomb", "file", "overlap")
    # Deflate never shrinks a file below its packed size by much: a directory that says so lies about a bomb. Subtler
    # lies meet the memory and CPU limits of the reading process.
    if any(entry.file_size * 2 < entry.compress_size and entry.compress_size > (1 << 16) for entry in entries):
        raise bad_input("zip_bomb", "file", "size")


def _open(path: Path) -> "CalamineWorkbook":
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        try:
            return CalamineWorkbook.from_path(str(path))
        except PasswordError:
            raise
        except Exception:  # noqa: BLE001 - calamine believes the ending of a name; the bytes may be of another kind
            with path.open("rb") as file:
                return CalamineWorkbook.from_filelike(file)
    except PasswordError:
        raise bad_input("xlsx_encrypted", "file") from None
    except Exception as error:  # noqa: BLE001 - any fault of a foreign file is one coded answer
        raise bad_input("xlsx_broken", "file", type(error).__name__) from None
