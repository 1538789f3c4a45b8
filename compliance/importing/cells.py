"""A cell of any type → clean text, with the traps of Excel and Unicode taken out before any field looks at it.

Rules: (1) NFC, never NFKC, for what is kept: compatibility folding would change rare characters of names; (2) control
and bidirectional characters refuse a cell, they can show one text and hold another (CWE-451, trojan source); invisible
joiners and marks are removed; (3) private-use characters refuse a cell, unless GB 18030 has since moved them: nobody
can say which was meant; (4) a number of 16 digits or more has already lost digits in the spreadsheet, whatever reads it
(libraries.md 4.5); (5) 12.0 is 12; (6) what a broken formula leaves (#NAME?, #N/A, a column of # too narrow to show a
number) is no value; (7) ``="110101"`` and ``'110101`` are how exports keep Excel from making a number of digits: what
stands inside is the cell.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

from compliance.importing.encoding import PRIVATE_USE

#: Above this a double no longer holds every integer a person may have typed.
DAMAGED_FROM = 1e15
MOST_TEXT = 4_000

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff]"
)
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_SPECIAL = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000"
    "\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff9-\uffff\U000e0000-\U0010ffff]"
)
_NO_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: English and Chinese spreadsheets write the same ones.
_ERROR = re.compile(r"#(NAME\?|N/A|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)", re.IGNORECASE)
_REPLACED = "\ufffd"
#: A formula that is one constant text, and the mark before digits that are text. A formula that works is neither.
_CONSTANT, _MARKED = re.compile(r'="((?:[^"]|"")*)"'), re.compile(r"'(\+?\d[\d ()./:-]*[Xx]?)")
#: Stands for a cell whose formula has no result in the file (sheet_marks.py).
UNCOMPUTED = "#UNCOMPUTED!"


def clean(cell: Any) -> tuple[str, str | None]:
    """Text of a cell and None, or (text or "", code): number_damaged, spreadsheet_error,
    formula_uncomputed, control_character, private_use, cell_too_long."""
    if type(cell) is str:
        text = cell.strip()
        if text[:1] == "=" or text[:1] == "'":
            text = _unguarded(text)
        if text.isascii() and text.isprintable():
            if text[:1] == "#" and _ERROR.fullmatch(text):
                return "", "spreadsheet_error"
            if text == UNCOMPUTED:
                return "", "formula_uncomputed"
            return (text, None) if len(text) <= MOST_TEXT else ("", "cell_too_long")
        return _clean_text(text)
    return _from_typed(cell)


def plain(cell: Any) -> str:
    """Text of a cell for comparison only; anything refused is empty."""
    return clean(cell)[0]


def hidden_controls(text: str) -> str:
    """``text`` for a spreadsheet, which may hold no control character: what stood there stays unreadable."""
    return _NO_CELL.sub(_REPLACED, text)


def _unguarded(text: str) -> str:
    """Rule 7."""
    if found := _CONSTANT.fullmatch(text):
        return found[1].replace('""', '"').strip()
    found = _MARKED.fullmatch(text)
    return found[1] if found else text


def _clean_text(text: str) -> tuple[str, str | None]:
    if len(text) > MOST_TEXT:
        return "", "cell_too_long"
    if _SPECIAL.search(text):
        if _FORBIDDEN.search(text):
            return "", "control_character"
        if _PRIVATE.search(text):
            text = text.translate(PRIVATE_USE)  # a workbook holds them too; of a text file they were moved when decoded
            if _PRIVATE.search(text):
                return "", "private_use"
        if _REPLACED in text:
            return "", "unreadable_character"
        text = " ".join(_INVISIBLE.sub("", text).split())
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text, None


def _from_typed(cell: Any) -> tuple[str, str | None]:
    if cell is None:
        return "", None
    if isinstance(cell, bool):
        return ("TRUE" if cell else "FALSE"), None
    if isinstance(cell, float | int):
        if abs(cell) >= DAMAGED_FROM or cell != cell:
            return "", "number_damaged"
        return (str(int(cell)) if cell == int(cell) else repr(cell)), None
    if isinstance(cell, datetime):
        return cell.date().isoformat(), None
    if isinstance(cell, date | time):
        return cell.isoformat(), None
    if isinstance(cell, timedelta):
        return str(cell), None
    return _clean_text(str(cell))
