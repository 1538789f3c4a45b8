"""The recovery sheet 恢复单: paper for the safe, read once in years, by someone in trouble.

Rules: (1) what is printed extracts exactly: the sheet is read back before it counts; (2) the code stands alone between
two marker lines, in groups, without dashes at line ends; (3) one page; nothing about any person in the store.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath

from pypdfium2 import PdfiumError

from compliance.errors import bad_input
from compliance.exports import document as d
from compliance.exports.pdf import render
from compliance.exports.pdf_text import page_texts
from compliance.exports.stamps import local
from compliance.i18n import Lang, t

_BEGIN, _END = "BEGIN RECOVERY CODE", "END RECOVERY CODE"


class RecoveryFormat(StrEnum):
    """Paper, or a text file for a sealed medium."""

    PDF = "pdf"
    TXT = "txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryData:
    """``code`` is the secret as groups (``CKR1-…``); it is kept out of ``repr``."""

    vault_id: str
    handler: str
    owner: str
    made_at: datetime
    code: str = field(repr=False)
    sandbox: bool = False


def recovery_format(name: str | PurePath) -> RecoveryFormat:
    """The format a file name asks for: ``.txt`` is text, all else PDF."""
    return RecoveryFormat.TXT if PurePath(name).suffix.lower() == ".txt" else RecoveryFormat.PDF


def render_recovery(data: RecoveryData, fmt: str = RecoveryFormat.PDF, *, lang: Lang = Lang.ZH) -> bytes:
    """The sheet in the format asked for. ValueError for an unknown format."""
    if RecoveryFormat(fmt) is RecoveryFormat.TXT:
        return _text(data, lang).encode("utf-8")
    return render(_document(data, lang), lang=lang).pdf


def read_recovery(content: bytes) -> str:
    """The code from a sheet (PDF or text), as ``GROUP-GROUP-…``; of other texts, the whole text.

    Raises InputErrors ``recovery_unreadable`` for a damaged PDF or bytes that are no text.
    """
    if content.startswith(b"%PDF"):
        text = _pdf_text(content)
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise bad_input("recovery_unreadable", "recovery_file") from None
    found = re.search(rf"{_BEGIN}(.*?){_END}", text, re.DOTALL)
    return "-".join(re.split(r"[\s\-\u2010-\u2015\ufffe\x02]+", found[1].strip())) if found else text


def _document(data: RecoveryData, lang: Lang) -> d.Document:
    def say(key: str, **params: object) -> str:
        return t(f"paper.recovery.{key}", lang, **params)

    return d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle=say("subtitle"),
        running="",
        seal=f"{data.vault_id} · {local(data.made_at)}",
        one_page=True,
        stamp=t("paper.sandbox", lang) if data.sandbox else "",
        blocks=(
            d.KeyValues(_facts(data, lang)),
            d.Callout(say("warning"), (say("warning.text"),), d.Tone.STOP),
            d.Paragraph(_BEGIN, small=True),
            d.Code(data.code, size=17, per_line=4),
            d.Paragraph(_END, small=True),
            d.Paragraph(say("reading"), small=True),
            d.Heading(say("use"), level=2),
            d.Steps(tuple(say(f"use.{n}") for n in (1, 2, 3))),
            d.Heading(say("keep"), level=2),
            d.Steps(tuple(say(f"keep.{n}") for n in (1, 2, 3))),
            d.Places((d.Place(say("custodian")), d.Place(say("place")), d.Place(say("date")))),
        ),
    )


def _facts(data: RecoveryData, lang: Lang) -> tuple[tuple[str, str], ...]:
    rows = (
        ("store", data.vault_id),
        ("handler", data.handler),
        ("owner", data.owner),
        ("made", f"{local(data.made_at)} (UTC+8)"),
    )
    return tuple((t(f"paper.recovery.{key}", lang), value) for key, value in rows)


def _text(data: RecoveryData, lang: Lang) -> str:
    lines = [t("paper.recovery.title", lang)]
    if data.sandbox:
        lines.append(t("paper.sandbox", lang))
    lines += [f"{label}: {value}" for label, value in _facts(data, lang)]
    lines += ["", t("paper.recovery.warning.text", lang), "", _BEGIN, data.code, _END, ""]
    lines += [f"{n}. {t(f'paper.recovery.use.{n}', lang)}" for n in (1, 2, 3)]
    return "\n".join(lines) + "\n"


def _pdf_text(content: bytes) -> str:
    try:
        return "\n".join(page_texts(content))
    except PdfiumError:
        raise bad_input("recovery_unreadable", "recovery_file") from None
