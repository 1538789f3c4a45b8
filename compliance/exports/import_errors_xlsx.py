"""The workbook of rows an import did not take 未导入行, to be mended and imported again by itself.

Rules: (1) the first sheet begins with the header row of the file, after two columns of ours (row number, reasons), so
that the same template reads it; (2) cells hold what stood in the file, each as text in a cell of the format "text":
nothing is a formula, nothing becomes one when it is edited, and no number loses digits (CWE-1236); unlike in a register
export no apostrophe is put before "+86 …", because the file is read back; (3) cells with a reason are marked; (4) a
second sheet says what it is, for whom, for what, and which log entry records it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.exports.stamps import local
from compliance.exports.tables import MAX_CELL, new_workbook, safe_text
from compliance.i18n import Lang, t
from compliance.progress import NoProgress, Phase, Progress

#: Rows of a worksheet beside its header.
MOST_ROWS = 1_048_575
_STEP = 500
_WIDTHS = (12, 56)


@dataclass(frozen=True, slots=True)
class MendRow:
    """One row: its number in the file, why it was not taken, its cells, and the indexes of those with a reason."""

    row: int
    reasons: str
    cells: Sequence[str]
    marked: frozenset[int]

    def __repr__(self) -> str:
        return f"MendRow({self.row})"


@dataclass(frozen=True, slots=True, kw_only=True)
class MendMeta:
    """What the second sheet says. ``audit_index``: the entry that records the workbook."""

    serial: str
    purpose: str
    reader: str
    handler: str
    source: str
    made_at: datetime
    audit_index: int
    rows: int
    sandbox: bool


def render_errors(
    header: Sequence[str], rows: Iterable[MendRow], meta: MendMeta, *, lang: Lang, progress: Progress | None = None
) -> bytes:
    """The .xlsx. Raises Cancelled."""
    progress = progress or NoProgress()
    progress.phase(Phase.RENDERING)
    book, buffer = new_workbook(t("paper.mend.title", lang))
    head = book.add_format(
        {"bold": True, "bg_color": "#0D4F61", "font_color": "#FFFFFF", "border": 1, "num_format": "@"}
    )
    text = book.add_format({"valign": "top", "num_format": "@"})
    wrapped = book.add_format({"valign": "top", "num_format": "@", "text_wrap": True, "font_color": "#7A2E0E"})
    marked = book.add_format({"valign": "top", "num_format": "@", "bg_color": "#FCE4D6"})
    page = book.add_worksheet(t("paper.mend.sheet", lang))
    for column, wide in enumerate(_WIDTHS):
        page.set_column(column, column, wide, text)
    page.set_column(len(_WIDTHS), len(_WIDTHS) + max(len(header), 1) - 1, 20, text)
    page.freeze_panes(1, len(_WIDTHS))
    for column, word in enumerate((*ours(lang), *header)):
        page.write_string(0, column, word[:MAX_CELL], head)
    for done, row in enumerate(rows, start=1):
        page.write_string(done, 0, str(row.row), text)
        page.write_string(done, 1, row.reasons[:MAX_CELL], wrapped)
        for place, cell in enumerate(row.cells):
            form = marked if place in row.marked else text
            if cell:
                page.write_string(done, len(_WIDTHS) + place, cell[:MAX_CELL], form)
            elif form is marked:
                page.write_blank(done, len(_WIDTHS) + place, None, marked)
        if done % _STEP == 0:
            progress.tick(done, meta.rows)
    _about(book, meta, lang, head, text)
    book.close()
    return buffer.getvalue()


def ours(lang: Lang) -> tuple[str, str]:
    """Headers of the columns that are not the file's; an import leaves them out."""
    return t("paper.mend.row", lang), t("paper.mend.reasons", lang)


def _about(book: Any, meta: MendMeta, lang: Lang, head: Any, text: Any) -> None:
    page = book.add_worksheet(t("paper.people.about", lang))
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 90)
    lines = [
        (t("paper.people.item", lang), t("paper.people.content", lang)),
        *(((t("paper.people.stamp", lang), t("paper.sandbox", lang)),) if meta.sandbox else ()),
        (t("paper.people.serial", lang), meta.serial),
        (t("paper.people.purpose", lang), meta.purpose),
        (t("paper.people.reader", lang), meta.reader),
        (t("paper.people.handler", lang), meta.handler),
        (t("paper.mend.source", lang), meta.source),
        (t("paper.people.made", lang), f"{local(meta.made_at)} (UTC+8)"),
        (t("paper.mend.entry", lang), f"A{meta.audit_index}"),
        (t("paper.mend.rows", lang), str(meta.rows)),
        (t("paper.mend.how", lang), t("paper.mend.how_text", lang)),
        (t("paper.people.rule", lang), t("paper.mend.rule_text", lang)),
    ]
    for number, line in enumerate(lines):
        for column, word in enumerate(line):
            page.write_string(number, column, safe_text(word), text if number else head)
