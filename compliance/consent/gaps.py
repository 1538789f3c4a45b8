"""What a notice lacks before it may be used: the gap is named by its slot (REQ-001, REQ-003, REQ-004, REQ-022).

Rules: (1) a slot is filled by a block of the whole notice or by one of the item; both languages, no placeholder text,
no caption with nothing behind it; (2) which slots are needed when stands in ``resources/consent/slots.toml`` with the
article that asks for them; (3) an item that touches sensitive kinds, gives data to another handler or abroad, or
decides by machine needs its own slots, and the first three need separate consent; (4) a recipient is a legal person by
name; (5) every item has a scope, a term, a retention in months, and says plainly what yes and no mean.
"""

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from compliance.errors import Fault
from compliance.model.access import Reference
from compliance.model.consent import NoticeLine, NoticeVersion

_JOINED = re.compile(r"[、，,;；/&及和与]|\band\b|\bor\b", re.IGNORECASE)
#: A caption with nothing behind it fills no slot; where somebody is named, nor does one with a bracket behind it.
_OPEN, _NAMELESS = re.compile(r"[:：]\s*\Z"), re.compile(r"[:：]\s*[（(]")
_NAMED = frozenset({"handler", "contact", "recipient", "recipient_contact"})
_NEEDS = ("always", "sensitive", "provision", "overseas", "automated")


@dataclass(frozen=True, slots=True)
class SlotRules:
    """Needed slots by occasion, with the articles behind each; words that fill nothing."""

    needed: dict[str, tuple[str, ...]]
    references: dict[str, tuple[Reference, ...]]
    automated_purposes: frozenset[str]
    vague_recipients: frozenset[str]
    placeholders: tuple[str, ...]


def slot_rules(text: str) -> SlotRules:
    """The rules in ``text`` (slots.toml). Raises KeyError or ValueError for a file that is not of this shape."""
    source = tomllib.loads(text)
    slots = source["slots"]
    for slot, rule in slots.items():
        if rule["needs"] not in _NEEDS:
            raise ValueError(f"{slot}: {rule['needs']}")
    return SlotRules(
        needed={needs: tuple(s for s, rule in slots.items() if rule["needs"] == needs) for needs in _NEEDS},
        references={
            slot: tuple(Reference(r["statute"], r["article"]) for r in rule["references"])
            for slot, rule in slots.items()
        },
        automated_purposes=frozenset(source["automated"]["purposes"]),
        vague_recipients=frozenset(_plain(x) for x in source["vague"]["recipients"]),
        placeholders=tuple(x.casefold() for x in source["vague"]["placeholders"]),
    )


def completeness(
    notice: NoticeVersion, rules: SlotRules, *, sensitive_kinds: Collection[str] = frozenset()
) -> list[Fault]:
    """Every gap of ``notice``; empty means it may be activated.

    ``where`` is the slot (``retention`` or ``retention@ITEM``), ``code`` one of ``slot_empty``, ``slot_placeholder``,
    ``recipient_not_named``, ``separate_needed``; ``value`` the language or value concerned.
    """
    faults = list(_title(notice, rules))
    for line in notice.lines:
        faults += _scope(line)
        occasions = _occasions(line, rules, frozenset(sensitive_kinds))
        for occasion in occasions:
            for slot in rules.needed[occasion]:
                faults += _slot(notice, slot, line.item, rules)
        if not line.separate and {"sensitive", "provision"} & set(occasions):
            faults.append(Fault(f"separate@{line.item}", "separate_needed"))
        if "provision" in occasions:
            faults += _recipient(line, rules)
    faults += _texts(notice, rules)
    return list(dict.fromkeys(faults))


def _title(notice: NoticeVersion, rules: SlotRules) -> Iterator[Fault]:
    for lang, words in (("zh", notice.title_zh), ("en", notice.title_en)):
        yield from _words("title", lang, words, rules)


def _occasions(line: NoticeLine, rules: SlotRules, sensitive_kinds: frozenset[str]) -> list[str]:
    detail = line.item.partition("/")[2]
    found = ["always"]
    if detail.startswith("sensitive:") or sensitive_kinds & set(line.kinds):
        found.append("sensitive")
    if detail.startswith(("recipient:", "overseas:")) or line.recipient:
        found.append("provision")
    if detail.startswith("overseas:"):
        found.append("overseas")
    if line.purpose in rules.automated_purposes:
        found.append("automated")
    return found


def _slot(notice: NoticeVersion, slot: str, item: str, rules: SlotRules) -> Iterator[Fault]:
    own, whole = f"{slot}@{item}", slot
    for lang, blocks in (("zh", dict(notice.blocks_zh)), ("en", dict(notice.blocks_en))):
        if own in blocks:
            yield from _words(own, lang, blocks[own], rules)
        elif whole in blocks:
            yield from _words(whole, lang, blocks[whole], rules)
        else:
            yield Fault(own, "slot_empty", lang)


def _scope(line: NoticeLine) -> Iterator[Fault]:
    for slot, filled in (
        ("method", line.methods),
        ("kinds", line.kinds),
        ("retention", line.retention_months),
        ("term", line.term_months),
    ):
        if not filled:
            yield Fault(f"{slot}@{line.item}", "slot_empty", "scope")


def _recipient(line: NoticeLine, rules: SlotRules) -> Iterator[Fault]:
    if not line.recipient:
        yield Fault(f"recipient@{line.item}", "slot_empty", "scope")
    elif any(part in rules.vague_recipients for part in _parts(line.recipient)):
        yield Fault(f"recipient@{line.item}", "recipient_not_named", line.recipient)


def _texts(notice: NoticeVersion, rules: SlotRules) -> Iterator[Fault]:
    for line in notice.lines:
        for slot, zh, en in (
            ("text", line.text_zh, line.text_en),
            ("benefit", line.benefit_zh, line.benefit_en),
            ("if_refused", line.if_refused_zh, line.if_refused_en),
        ):
            yield from _words(f"{slot}@{line.item}", "zh", zh, rules)
            yield from _words(f"{slot}@{line.item}", "en", en, rules)


def _words(slot: str, lang: str, words: str, rules: SlotRules) -> Iterator[Fault]:
    if not words.strip() or _OPEN.search(words) or (slot.partition("@")[0] in _NAMED and _NAMELESS.search(words)):
        yield Fault(slot, "slot_empty", lang)
    elif any(x in words.casefold() for x in rules.placeholders):
        yield Fault(slot, "slot_placeholder", lang)


def _parts(recipient: str) -> set[str]:
    """The name as a whole and each of several joined ones: "Example AG and affiliates" names nobody either."""
    return {_plain(recipient), *(_plain(part) for part in _JOINED.split(recipient))}


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
