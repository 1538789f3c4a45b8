"""The rep sheet 代表速览单: one A4 page about one person for one purpose (domain.md appendices A and B).

Rules: (1) it is composed from already ruled fields, so what is withheld is not covered up but absent; (2) exactly one
page: longer content is set smaller, then lists are cut with a count; (3) at most 18 value fields in blocks 2 to 6, a
suggestion is one block, the head does not count (architecture section 13); (4) no value in metadata or file name;
(5) serial, reader, purpose, view-until date, watermark and log seal on the page; (6) legible in black and white.
"""

from dataclasses import dataclass

from compliance.errors import ExportError
from compliance.exports.sheet_data import (
    MAX_FIELDS,
    BlockKind,
    ChannelLine,
    SheetBlock,
    SheetData,
    SheetField,
    Talk,
)
from compliance.exports.sheet_layout import Setting, compose
from compliance.exports.sheet_paint import paint_sheet
from compliance.i18n import Lang

__all__ = [
    "MAX_FIELDS",
    "BlockKind",
    "ChannelLine",
    "Rendered",
    "SheetBlock",
    "SheetData",
    "SheetField",
    "Talk",
    "render_sheet",
]


@dataclass(frozen=True, slots=True)
class Rendered:
    """PDF bytes; ``notes`` lists codes of characters without a glyph, ``left_out`` counts fields beyond the limit,
    ``setting`` is the degree of thrift the page needed."""

    pdf: bytes
    notes: tuple[str, ...]
    left_out: int
    setting: Setting


def render_sheet(data: SheetData, *, lang: Lang = Lang.ZH) -> Rendered:
    """One A4 page. Raises :class:`ExportError` ``sheet_too_long`` should even the smallest setting not fit."""
    page = compose(data, lang)
    if page is None:
        raise ExportError("sheet_too_long")
    pdf = paint_sheet(page, lang)
    return Rendered(pdf=pdf, notes=tuple(sorted(page.ink.notes)), left_out=page.left_out, setting=page.setting)
