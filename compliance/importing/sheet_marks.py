"""Cells of an XLSX sheet whose emptiness is not empty (an error, a formula nobody has computed), and rows out of sight.

calamine gives both as empty text, and a phone number that a program wrote as a formula would be lost without a word.
Rules: (1) the sheet is read as bytes, by pattern, never by an XML parser: nothing here follows an entity; (2) what is
not written as spreadsheet programs write it has no marks, and calamine's word stands; (3) a formula whose result is an
empty text is empty; (4) marks are bounded, and so is every pattern: a comment full of beginnings costs no more than its
length.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from compliance.importing.cells import UNCOMPUTED

_CHUNK = 1 << 20
_MOST_MARKS = 200_000
_MOST_INDEX = 4 << 20
#: A cell that is longer than this holds no formula.
_MOST_CELL = 1 << 16
_ERROR = "#N/A"

_SHEET = re.compile(rb"<sheet\s[^>]{0,400}?r:id=\"([^\"]{1,80})\"")
_RELATION = re.compile(rb"<Relationship\s[^>]{0,1000}>")
_ATTRIBUTE = re.compile(rb"(Id|Target)=\"([^\"]{1,300})\"")
_IN_ERROR = re.compile(rb"<c r=\"([A-Z]{1,3})([0-9]{1,7})\"[^>]{0,100}?\st=\"e\"")
_NO_RESULT = re.compile(
    rb"<c r=\"([A-Z]{1,3})([0-9]{1,7})\"([^>]{0,100})>"
    rb"<f(?:\s[^>]{0,200})?(?:/>|>[^<]{0,8192}</f>)(?:<v\s*/>|<v></v>)?</c>"
)

_HIDDEN = re.compile(rb"<row\s[^>]{0,400}?\shidden=\"(?:1|true)\"")

#: Row from 1 → column from 0 → what stands for the cell.
Marks = dict[int, dict[int, str]]


def marks_of(path: Path, place: int) -> tuple[Marks, int]:
    """Marks of the sheet number ``place`` from 0, and how many rows are hidden or filtered away; none where the file is
    not built as usual."""
    found: Marks = {}
    hidden = 0
    try:
        with zipfile.ZipFile(path) as container:
            part = _part(container, place)
            if part is None:
                return {}, 0
            with container.open(part) as sheet:
                count = 0
                for piece in _pieces(sheet):
                    hidden += len(_HIDDEN.findall(piece)) if b"hidden=" in piece else 0
                    if count > _MOST_MARKS:
                        continue
                    for row, column, mark in _marked(piece):
                        found.setdefault(row, {})[column] = mark
                        count += 1
    except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, KeyError, zipfile.BadZipFile):
        return {}, 0  # calamine says what is wrong with it
    return found, hidden


def _part(container: zipfile.ZipFile, place: int) -> str | None:
    """Name of the part that holds a sheet."""
    index = _SHEET.findall(_small(container, "xl/workbook.xml"))
    if place >= len(index):
        return None
    for relation in _RELATION.findall(_small(container, "xl/_rels/workbook.xml.rels")):
        said = dict(_ATTRIBUTE.findall(relation))
        if said.get(b"Id") == index[place]:
            target = said.get(b"Target", b"").decode("ascii", "replace")
            name = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            return name if name in container.NameToInfo else None
    return None


def _small(container: zipfile.ZipFile, name: str) -> bytes:
    with container.open(name) as part:
        return part.read(_MOST_INDEX)


def _pieces(sheet: IO[bytes]) -> Iterator[bytes]:
    """The sheet in pieces that end before a cell begins."""
    rest = b""
    while chunk := sheet.read(_CHUNK):
        piece = rest + chunk
        cut = piece.rfind(b"<c ")
        if cut <= 0 or len(piece) - cut > _MOST_CELL:
            cut = len(piece)
        yield piece[:cut]
        rest = piece[cut:]
    yield rest


def _marked(piece: bytes) -> Iterator[tuple[int, int, str]]:
    if b't="e"' in piece:
        for letters, number in _IN_ERROR.findall(piece):
            yield int(number), _column(letters), _ERROR
    if b"<f" in piece:
        for letters, number, said in _NO_RESULT.findall(piece):
            if b't="str"' not in said and b't="e"' not in said:
                yield int(number), _column(letters), UNCOMPUTED


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
