"""The control page of a sheet: same template, reader, serial and dates, and nothing the reader may not have.

Rules: (1) what is openly disclosed stays, because a hidden word that is part of it (the city in a hospital's name) is
no leak; (2) masked values are blanked, so a mask that lets its value through is found; (3) long numbers and addresses
inside open values are blanked as well: a phone that stands in a shown remark is a leak; (4) blanks are as wide as what
they replace, and the page is set in the same degree of thrift, so template and open words stand on both alike; (5) the
file name is made here anew, of serial and pseudonym alone.
"""

import re
from dataclasses import replace

from compliance.exports.files import file_name
from compliance.exports.leak_check import ControlPage
from compliance.exports.sheet_data import ChannelLine, SheetBlock, SheetData, SheetField
from compliance.exports.sheet_layout import Setting, compose
from compliance.exports.sheet_paint import paint_sheet
from compliance.i18n import Lang
from compliance.model.access import FieldState
from compliance.model.profile import Disclosed

_CONTACTS = re.compile(r"(?:\d[\s\-()]*){9,}|[^\s@|;；,，、]+@[^\s@|;；,，、]+")
_WIDE, _NARROW = "某", "x"


def control_page(data: SheetData, *, lang: Lang, setting: Setting) -> ControlPage:
    """The page to weigh a sheet of ``data`` against."""
    page = compose(_emptied(data), lang, setting)
    assert page is not None  # a given setting always gives a page
    return ControlPage(paint_sheet(page, lang), file_name(data.serial, data.hcp_id, suffix=".pdf"))


def blanked(text: str, *, masked: bool) -> str:
    """What stands on a control page in place of a value: nothing of a masked one, no contacts of an open one."""
    return _blank(text) if masked else _open(text)


def _emptied(data: SheetData) -> SheetData:
    return replace(
        data,
        blocks=tuple(SheetBlock(b.kind, tuple(_field(f) for f in b.fields)) for b in data.blocks),
        channels=tuple(ChannelLine(_open(c.label), _open(c.reason)) for c in data.channels),
        do_not_contact=tuple(_open(text) for text in data.do_not_contact),
    )


def _field(item: SheetField) -> SheetField:
    hide = _blank if item.field.state is FieldState.MASKED else _open
    value = item.field.value
    shown = replace(item.field, value=None if value is None else Disclosed(hide(value)))
    return SheetField(item.label, shown, tuple(hide(word) for word in item.words))


def _open(text: str) -> str:
    return _CONTACTS.sub(lambda hit: _blank(hit[0]), text)


def _blank(text: str) -> str:
    return "".join(c if c in "| " else _WIDE if ord(c) > 0x2E7F else _NARROW for c in text)
