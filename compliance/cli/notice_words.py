"""Gaps of a notice in words: each by the name of its slot, with the code beside it, for the text output."""

from collections.abc import Iterable

from compliance.errors import Fault
from compliance.i18n import Lang, has, t

#: Refusals whose ``lifted_by`` names slots.
OF_GAPS = "notice_incomplete"


def gap_names(named: str, lang: Lang) -> str:
    """``retention, necessity@ITEM`` → the names of the slots, each with its code."""
    return ", ".join(f"{_name(one, lang)} ({one})" for one in named.split(", "))


def gap_lines(faults: Iterable[Fault], lang: Lang) -> list[str]:
    """One sentence for each gap."""
    return [f"  {_sentence(fault, lang)} ({fault.where})" for fault in faults]


def _sentence(fault: Fault, lang: Lang) -> str:
    key = f"notice.gap.{fault.code}"
    if not has(key):
        return fault.code
    language = t(f"lang.{fault.value}", lang) if has(f"lang.{fault.value}") else fault.value
    return t(key, lang, slot=_name(fault.where, lang), language=language)


def _name(where: str, lang: Lang) -> str:
    slot = where.partition("@")[0]
    return t(f"notice.slot.{slot}", lang) if has(f"notice.slot.{slot}") else slot
