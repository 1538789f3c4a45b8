"""The word tables of the importer: ``resources/importing/*.toml``, read once, folded for comparison."""

import csv
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from compliance.resources import read_text

_NOISE = dict.fromkeys(map(ord, " \t\r\n\u00a0\u3000\u200b\ufeff*＊:：_-‐–—'\"“”’="))


def fold(text: str) -> str:
    """How cells are compared with words: NFKC, no case, single blanks."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold().split())


def fold_header(text: str) -> str:
    """How headers are compared: like :func:`fold`, without blanks and the marks of ``_NOISE``, traditional characters
    as simplified ones."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_header_folding())


@dataclass(frozen=True, slots=True)
class RefusedRule:
    """Headers of one kind of fact that is never collected."""

    reason: str
    exact: frozenset[str]
    contains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeaderWords:
    """Known headers of one kind of list: folded header → (target, rank); a lower rank is the better word."""

    targets: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Declines:
    """Words that decline a channel in a remark."""

    words: tuple[str, ...]
    no_contact: tuple[str, ...]
    channels: Mapping[str, tuple[str, ...]]


@cache
def table(name: str) -> dict[str, Any]:
    """One TOML table of ``resources/importing``."""
    return tomllib.loads(read_text("importing", f"{name}.toml"))


@cache
def _header_folding() -> dict[int, int | None]:
    pairs = table("headers")["variants"]
    return {**dict(zip(map(ord, pairs["traditional"]), map(ord, pairs["simplified"]), strict=True)), **_NOISE}


@cache
def header_words(kind: str) -> HeaderWords:
    """Known headers of ``people``, ``roster`` or ``assignments``."""
    part = table("headers")[kind]
    targets: dict[str, tuple[str, int]] = {}
    for group in ("fields", "roles", "finance"):
        for target, words in part.get(group, {}).items():
            for rank, word in enumerate((*words, target)):
                targets.setdefault(fold_header(word), (target, rank))
    for item, words in part.get("consent_items", {}).items():
        for rank, word in enumerate(words):
            targets.setdefault(fold_header(word), (f"consent:{item}", rank))
    return HeaderWords(targets)


@cache
def consent_targets() -> frozenset[str]:
    """Everything a column of a consent list, a form index or an e-consent log may be read as."""
    kinds = ("consents", "form_index", "consent_log")
    return frozenset(target for kind in kinds for target in table("headers")[kind]["roles"])


@cache
def people_targets() -> frozenset[str]:
    """Everything a template may map a column to."""
    part = table("headers")["people"]
    items = {f"consent:{item}" for item in part["consent_items"]}
    return frozenset(part["fields"]) | frozenset(part["roles"]) | frozenset(part["finance"]) | items


@cache
def finance_targets() -> frozenset[str]:
    """Fields that only a finance import may fill."""
    return frozenset(table("headers")["people"]["finance"])


@cache
def refused_rules() -> tuple[RefusedRule, ...]:
    """Columns that are never collected, in the order of the table."""
    return tuple(
        RefusedRule(
            rule["reason"],
            frozenset(map(fold_header, rule["exact"])),
            tuple(map(fold_header, rule["contains"])),
        )
        for rule in table("refused")["refused"]
    )


@cache
def finance_reasons() -> frozenset[str]:
    """Reasons a finance import lifts."""
    return frozenset(table("refused")["finance"])


@cache
def reverse(name: str, part: str) -> dict[str, str]:
    """word → value for a table of the form ``value = [words]``."""
    return {fold(word): value for value, words in table(name)[part].items() for word in (*words, value)}


@cache
def word_set(name: str, *path: str) -> frozenset[str]:
    """A list of words as a folded set."""
    found: Any = table(name)
    for step in path:
        found = found[step]
    return folded(found)


def folded(words: Iterable[str]) -> frozenset[str]:
    """Words as a folded set."""
    return frozenset(map(fold, words))


@cache
def declines() -> Declines:
    """Words that decline contact in remarks."""
    part = table("channels")["declines"]
    return Declines(
        tuple(map(fold, part["words"])),
        tuple(map(fold, part["no_contact"])),
        {code: tuple(map(fold, words)) for code, words in part["channels"].items()},
    )


@cache
def regions() -> Mapping[str, tuple[str, str, str]]:
    """City name, with and without 市, → (code, province, city). Names that stand twice are left out."""
    found: dict[str, tuple[str, str, str]] = {}
    twice: set[str] = set()
    for code, province, city in list(csv.reader(read_text("importing", "regions.csv").splitlines()))[1:]:
        for name in {city, city.removesuffix("市")}:
            if name in found:
                twice.add(name)
            found[name] = (code, province, city)
    return {name: row for name, row in found.items() if name not in twice}
