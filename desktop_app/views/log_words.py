"""An entry of the log in words: its kind, whom it names, and the members of its detail."""

from collections.abc import Mapping
from typing import Any

from compliance.i18n import Lang, has, t
from compliance.use_cases.evidence.evidence import LogLine
from compliance.use_cases.evidence.log_codes import code_words, member_words
from desktop_app.words import item_label, reason_label

_HEX = frozenset("0123456789abcdef")
#: Members whose codes have words, and the groups of the catalogue these stand in.
_WORDS = {
    "answer": ("answer", "record.answer"),
    "defect": ("defect",),
    "method": ("method",),
    "role": ("role",),
    "status": ("status",),
}


def kind_words(kind: str, lang: Lang) -> str:
    """A log kind in words."""
    for key in (f"kind.{kind}", f"paper.kind.{kind}", f"paper.audit.kind.{kind}"):
        if has(key):
            return t(key, lang)
    return kind


def people_words(entry: LogLine) -> str:
    """The first person of an entry, and how many more."""
    if not entry.hcps:
        return ""
    return entry.hcps[0] if len(entry.hcps) == 1 else f"{entry.hcps[0]} +{len(entry.hcps) - 1}"


#: What a replay reads back; nobody else has to.
_FOR_MACHINES = frozenset({"inputs", "inputs_whole"})


def detail_words(detail: Mapping[str, Any], lang: Lang) -> list[str]:
    """Members of an entry in words where the catalogue has them; hashes are cut, the command line shows them whole."""
    colon, lines = t("cli.colon", lang), []
    for key, value in detail.items():
        if value is None or value == "" or value == [] or key in _FOR_MACHINES:
            continue
        lines.append(f"{member_words(key, lang)}{colon}{_value(key, value, lang)}")
    return lines


def _value(key: str, value: Any, lang: Lang) -> str:
    if isinstance(value, list | tuple):
        return t("desk.list_sep", lang).join(_value(key, one, lang) for one in value)
    if isinstance(value, bool):
        return t("cli.yes" if value else "cli.no", lang)
    text = str(value)
    if key in ("item", "items"):
        return item_label(text, lang)
    if key in ("reason", "full_reason") and has(f"reason.{text}"):
        return reason_label(text, lang)
    if said := code_words(key, text, lang):
        return said
    for group in _WORDS.get(key, ()):
        if has(f"{group}.{text}"):
            return t(f"{group}.{text}", lang)
    return f"{text[:16]}…" if len(text) > 40 and _HEX.issuperset(text) else text
