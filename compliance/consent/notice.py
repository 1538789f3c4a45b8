"""Notices 告知书: reading a version from its source, its hash, and its words exactly as a doctor sees them.

One version is one TOML file: head, ``[[block]]`` (slot, heading, words) and ``[[line]]`` (consent item with terms,
scope, words and blocks of its own). Rules: (1) both languages everywhere, Chinese binds; (2) every fault of a file is
reported at once; an empty slot is no fault of reading but a gap (``consent.gaps``), so that drafts can be read; (3) the
hash covers everything that is shown or agreed to, and nothing of the life of the version (state, dates), so that
activation does not change what people signed; lists made by the program are part of it (``consent.made``); (4) no
item is required or a condition of anything else (PIPL 16; REQ-018, REQ-024); (5) headings and labels are words of the
notice, not of the program.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any

from compliance.audit.entry import canonical
from compliance.clock import SHANGHAI
from compliance.consent.made import read_lists, resolved
from compliance.consent.reading import Reader
from compliance.errors import Fault, PolicyFileError
from compliance.model.consent import NoticeLine, NoticeState, NoticeVersion

#: Filled when shown: the name of the company and how to reach it.
PLACEHOLDERS = ("{handler}", "{contact}")


def parse_notice(text: str, name: str) -> NoticeVersion:
    """The version in ``text``; ``name`` is what faults are reported under.

    Raises PolicyFileError with every fault: what, where, nearest known key.
    """
    try:
        source = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileError([Fault(name, "not_toml", str(error))]) from None
    read = Reader(name)
    version = _version(source, text, read)
    if read.faults:
        raise PolicyFileError(read.faults)
    return version


def content_hash(notice: NoticeVersion) -> str:
    """SHA-256 over the canonical content (rule 3)."""
    content: dict[str, object] = {
        "notice": notice.notice,
        "version": notice.version,
        "predecessor": notice.predecessor,
        "title": [notice.title_zh, notice.title_en],
        "headings": {"zh": _pairs(notice.headings_zh), "en": _pairs(notice.headings_en)},
        "blocks": {"zh": _pairs(notice.blocks_zh), "en": _pairs(notice.blocks_en)},
        "lines": [_line_content(line) for line in notice.lines],
    }
    if notice.lists is not None:
        content["lists"] = notice.lists.sha256
    return sha256(canonical(content)).hexdigest()


def render_notice(notice: NoticeVersion, lang: str, *, handler: str = "", contact: str = "") -> list[tuple[str, str]]:
    """(heading, words) from top to bottom, exactly as shown, with the company filled in. ``lang``: zh or en.

    Whole-notice blocks first, then each item: its own blocks, then the sentence agreed to with what follows from yes
    and no. An empty ``handler`` or ``contact`` leaves the placeholder standing.
    """
    zh = str(lang) == "zh"
    headings = dict(notice.headings_zh if zh else notice.headings_en)
    blocks = notice.blocks_zh if zh else notice.blocks_en

    def shown(slot: str, words: str) -> tuple[str, str]:
        return fill(headings.get(slot, ""), handler, contact), fill(words, handler, contact)

    page = [("", fill(notice.title_zh if zh else notice.title_en, handler, contact))]
    page += [shown(slot, words) for slot, words in blocks if "@" not in slot]
    for line in notice.lines:
        page.append(shown(f"line@{line.item}", ""))
        page += [shown(slot, words) for slot, words in blocks if slot.endswith(f"@{line.item}")]
        own = (
            (line.text_zh, line.benefit_zh, line.if_refused_zh)
            if zh
            else (line.text_en, line.benefit_en, line.if_refused_en)
        )
        page.append(("", fill("\n".join(x for x in own if x), handler, contact)))
    return page


def rendering_hash(page: list[tuple[str, str]]) -> str:
    """SHA-256 over a rendering, to bind what was shown to the consent (REQ-005)."""
    return sha256(canonical([list(part) for part in page])).hexdigest()


def fill(words: str, handler: str, contact: str) -> str:
    """``words`` with the company's name and contact where they are known."""
    for placeholder, value in zip(PLACEHOLDERS, (handler, contact), strict=True):
        if value:
            words = words.replace(placeholder, value)
    return words


def _version(source: Mapping[str, Any], text: str, read: Reader) -> NoticeVersion:
    read.known(
        source,
        "",
        "notice",
        "version",
        "state",
        "active_from",
        "retired_from",
        "predecessor",
        "title",
        "block",
        "line",
        "made",
    )
    title_zh, title_en = read.both(source, "title", "")
    blocks: list[tuple[str, str, str]] = []
    headings: list[tuple[str, str, str]] = []
    for where, block in read.tables(source, "block", ""):
        _block(block, where, "", blocks, headings, read)
    lines = [_line(line, where, blocks, headings, read) for where, line in read.tables(source, "line", "")]
    read.unique([line.item for line in lines], "line", "item")
    read.unique([slot for slot, _, _ in blocks], "block", "slot")
    if not lines:
        read.fault("line", "missing")
    lists_made, predecessor = read_lists(source, read)
    draft = NoticeVersion(
        notice=read.text(source, "notice", ""),
        version=read.text(source, "version", ""),
        state=_state(source, read),
        active_from=_instant(source, "active_from", read),
        retired_from=_instant(source, "retired_from", read),
        lines=tuple(resolved(line, lists_made) for line in lines),
        blocks_zh=tuple((slot, zh) for slot, zh, _ in blocks),
        blocks_en=tuple((slot, en) for slot, _, en in blocks),
        sha256="",
        predecessor=read.text(source, "predecessor", "", optional=True) or predecessor or None,
        title_zh=title_zh,
        title_en=title_en,
        headings_zh=tuple((slot, zh) for slot, zh, _ in headings),
        headings_en=tuple((slot, en) for slot, _, en in headings),
        text=text,
        lists=lists_made,
    )
    if "@" in draft.notice or "@" in draft.version:
        read.fault("notice", "bad_name", draft.ref)
    return replace(draft, sha256=content_hash(draft))


def _state(source: Mapping[str, Any], read: Reader) -> NoticeState:
    """A file need not say its state: it is a draft until the program puts it in force."""
    named = read.choice(source, "state", "", [str(s) for s in NoticeState]) if "state" in source else ""
    return NoticeState(named or NoticeState.DRAFT)


def _block(
    block: Mapping[str, Any],
    where: str,
    item: str,
    blocks: list[tuple[str, str, str]],
    headings: list[tuple[str, str, str]],
    read: Reader,
) -> None:
    read.known(block, where, "slot", "heading", "zh", "en")
    slot = read.text(block, "slot", where) + (f"@{item}" if item else "")
    headings.append((slot, *read.both(block, "heading", where)))
    blocks.append((slot, read.words(block, "zh", where), read.words(block, "en", where)))


def _line(
    line: Mapping[str, Any],
    where: str,
    blocks: list[tuple[str, str, str]],
    headings: list[tuple[str, str, str]],
    read: Reader,
) -> NoticeLine:
    read.known(
        line,
        where,
        "item",
        "purpose",
        "separate",
        "term_months",
        "retention_months",
        "methods",
        "kinds",
        "recipient",
        "heading",
        "text",
        "benefit",
        "if_refused",
        "block",
        "required",
        "condition_of",
    )
    for tie in ("required", "condition_of"):
        if line.get(tie):
            read.fault(f"{where}.{tie}", "consent_is_no_condition", str(line[tie]))
    item = read.text(line, "item", where)
    headings.append((f"line@{item}", *read.both(line, "heading", where)))
    for inner, block in read.tables(line, "block", where):
        _block(block, inner, item, blocks, headings, read)
    text_zh, text_en = read.both(line, "text", where)
    benefit_zh, benefit_en = read.both(line, "benefit", where)
    refused_zh, refused_en = read.both(line, "if_refused", where)
    return NoticeLine(
        item=item,
        purpose=read.text(line, "purpose", where),
        separate=read.flag(line, "separate", where),
        term_months=read.number(line, "term_months", where),
        text_zh=text_zh,
        text_en=text_en,
        benefit_zh=benefit_zh,
        benefit_en=benefit_en,
        if_refused_zh=refused_zh,
        if_refused_en=refused_en,
        methods=read.names(line, "methods", where),
        kinds=read.names(line, "kinds", where),
        recipient=read.text(line, "recipient", where, optional=True),
        retention_months=read.number(line, "retention_months", where),
    )


def _instant(source: Mapping[str, Any], key: str, read: Reader) -> datetime | None:
    value = source.get(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, date):
        return datetime.combine(value, time(), SHANGHAI)
    read.fault(key, "not_a_date", str(value))
    return None


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [list(pair) for pair in pairs]


def _line_content(line: NoticeLine) -> dict[str, object]:
    return {
        "item": line.item,
        "purpose": line.purpose,
        "separate": line.separate,
        "term_months": line.term_months,
        "retention_months": line.retention_months,
        "methods": list(line.methods),
        "kinds": list(line.kinds),
        "recipient": line.recipient,
        "text": [line.text_zh, line.text_en],
        "benefit": [line.benefit_zh, line.benefit_en],
        "if_refused": [line.if_refused_zh, line.if_refused_en],
    }
