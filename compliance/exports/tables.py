"""Register exports to Excel that cannot run anything on the machine that opens them.

Rules: (1) every cell is text or a number; a text that a spreadsheet could take for a formula (leading = + - @, tab,
carriage return, NUL) gets a leading apostrophe; no links, no formulas, no macros; (2) control characters that Excel
forbids are dropped; (3) written row by row with constant memory; (4) no value in file properties or sheet names.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from compliance.progress import NoProgress, Phase, Progress

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
MAX_CELL = 32_767
_STEP = 500

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: head rows (a second head row may repeat the first in another language), rows, widths in characters."""

    name: str
    heads: tuple[Sequence[str], ...]
    rows: Iterable[Sequence[Cell]]
    widths: tuple[float, ...] = ()
    total: int | None = None


def new_workbook(title: str) -> tuple[Any, BytesIO]:
    """An empty workbook in memory, in which nothing typed becomes a formula, a link or a number; and its bytes once it
    is closed. ``title`` is a kind of list, never a value."""
    import xlsxwriter

    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
        },
    )
    # A fixed date keeps the same list the same bytes; when it was made stands in the list itself.
    book.set_properties({"title": title, "author": "ConsentKeep", "created": datetime(2000, 1, 1, tzinfo=UTC)})
    return book, buffer


def workbook(sheets: Sequence[Sheet], *, title: str, progress: Progress | None = None) -> bytes:
    """An .xlsx of ``sheets``. ``title`` is a kind of list, never a value. Raises Cancelled."""
    progress = progress or NoProgress()
    progress.phase(Phase.RENDERING)
    book, buffer = new_workbook(title)
    head = book.add_format({"bold": True, "bg_color": "#0D4F61", "font_color": "#FFFFFF", "border": 1, "valign": "top"})
    plain = book.add_format({"valign": "top", "num_format": "@"})
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name), sheet, head, plain, progress)
    book.close()
    return buffer.getvalue()


def safe_text(text: str) -> str:
    """``text`` as a cell that nothing will execute, at most as long as Excel allows."""
    risky = text.startswith(_RISKY) or text.lstrip().startswith(_RISKY)
    clean = _FORBIDDEN.sub("", text)
    return ("'" + clean if risky else clean)[:MAX_CELL]


def _write(page: Any, sheet: Sheet, head: Any, plain: Any, progress: Progress) -> None:
    for column, wide in enumerate(sheet.widths):
        page.set_column(column, column, wide)
    page.freeze_panes(len(sheet.heads), 0)
    number = -1
    for number, words in enumerate(sheet.heads):
        for column, word in enumerate(words):
            page.write_string(number, column, safe_text(word), head)
    for done, row in enumerate(sheet.rows, start=1):
        number += 1
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(number, column, safe_text(cell), plain)
            elif cell is not None:
                page.write_number(number, column, cell)
        if done % _STEP == 0:
            progress.tick(done, sheet.total)
