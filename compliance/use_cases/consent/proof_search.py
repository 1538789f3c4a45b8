"""A proof pack read as a stranger would before it goes out: nothing of another person, no account of a colleague.

Rules: (1) no pseudonym but the person's own stands in any text; (2) no account of a colleague stands as a word in any
text, unless the pack may name them; (3) an account that is also a word of our own papers (``compliance``, ``audit``,
``officer``: of the catalogue of words, of a code or member name, of a notice shown to the person) cannot be told from
that word; of such a one only the members that name somebody are looked at; (4) the checkers and the rules, the same in
every pack, are not looked at.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from compliance.errors import ExportError
from compliance.exports.pdf_text import page_texts
from compliance.i18n import catalogue
from compliance.model.ids import HCP_ID

_WORD = re.compile(r"[\w.@/-]+")
_CODE = re.compile(r"[A-Za-z]+")
_NOTICE = re.compile(r"/1-notice-[^/]+$")


def search_pack(files: Mapping[str, bytes], *, hcp_id: str, colleagues: Collection[str], same: Collection[str]) -> None:
    """``colleagues``: accounts that must not stand in the pack; ``same``: files that are the same in every pack.

    Raises ExportError ``proof_leak`` (another person) or ``proof_names_colleague``, each with the file.
    """
    texts = {name: _text(name, content) for name, content in files.items() if not _left(name, same)}
    shown = {word for name, text in texts.items() if _NOTICE.search(name) for word in words_of(text)}
    sought = telling(colleagues, also=shown)
    for file, text in texts.items():
        if set(HCP_ID.findall(text)) - {hcp_id}:
            raise ExportError("proof_leak", file=file)
        named = set(_named(json.loads(text))) if file.endswith(".json") else set()
        if not named.isdisjoint(colleagues) or any(_stands(text, name) for name in sought):
            raise ExportError("proof_names_colleague", file=file)


def telling(names: Iterable[str], *, also: Collection[str] = ()) -> list[str]:
    """Those of ``names`` that are no words of our own papers, nor of ``also`` (rule 3)."""
    ordinary = own_words().union(also)
    return [name for name in names if not words_of(name) <= ordinary]


@cache
def own_words() -> frozenset[str]:
    """Words of the catalogue, its codes among them."""
    words = catalogue()
    said = {word for entry in words.values() for text in entry.values() for word in words_of(text)}
    return frozenset(said | {word for key in words for word in (*_CODE.findall(key), *key.lower().split("."))})


def words_of(text: str) -> set[str]:
    """Words as :func:`word_pattern` tells them apart, in small letters, with and without the marks at their ends."""
    found = {word.lower() for word in _WORD.findall(text)}
    return found | {word.strip("./-@") for word in found}


def word_pattern(name: str) -> re.Pattern[str]:
    """``name`` as a word of its own."""
    return re.compile(rf"(?<![\w.@/-]){re.escape(name)}(?![\w.@/-])")


def _left(name: str, same: Collection[str]) -> bool:
    return name.startswith("policies/") or name in same


def _text(name: str, content: bytes) -> str:
    return "\n".join(page_texts(content)) if name.endswith(".pdf") else content.decode("utf-8")


def _named(told: Any, member: str = "") -> Iterator[str]:
    """Values of the members that name somebody."""
    if isinstance(told, dict):
        for key, value in told.items():
            yield from _named(value, key)
    elif isinstance(told, list):
        for value in told:
            yield from _named(value, member)
    elif isinstance(told, str) and (member == "by" or member.endswith("_by")):
        yield told


def _stands(text: str, name: str) -> bool:
    """Whether a name stands in a text as a word of its own, as JSON would write it."""
    quoted = json.dumps(name, ensure_ascii=False)
    return quoted in text or word_pattern(name).search(text) is not None
