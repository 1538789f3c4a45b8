"""A thin guard over free text before it is saved (REQ-042, 114, 115; domain.md R20, R21).

Rules: (1) it finds identity numbers, phones, bank cards, patient data, prescribing figures, family, belief, health and
gifts; (2) words are data (``free_text.toml``), numbers with checksums are code; (3) it gives codes and places, never
the text; (4) it is a help against slips, not a proof of absence.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from compliance.policy.id_numbers import is_bank_card, is_citizen_id

_RUN = re.compile(r"(?<![0-9A-Za-z])\+?\d[\d \-]{5,28}[\dXx](?![0-9A-Za-z])")
_PATIENT = re.compile(r"(?:患者|病人|病友)\s*(?:姓名)?[:：]?\s*[\u3400-\u9fff]{1,3}(?:某{1,2}|先生|女士|[,，、\s]|$)")
_FIGURE = re.compile(
    r"(?:(?:每|本|上|当|一个?)?(?:月|周|季度?|年)[^。;；\n]{0,8}?|(?:处方|开方|上量|用量|开了|开出|消耗|产出|单产)[^。;；\n]{0,6}?)"
    r"\d+(?:\.\d+)?\s*(?:盒|支|瓶|片|单|张处方|张方|例用药|万元?(?:销量|产出))"
)
_RX = re.compile(r"\b(?:TRx|NRx|Rx\s*count)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """What kind of thing stands where (half-open character range of the text as given)."""

    code: str
    start: int
    end: int


def scan(text: str, words: Mapping[str, tuple[str, ...]]) -> tuple[Finding, ...]:
    """All findings in order of place. ``words`` is ``PolicySet.free_text``."""
    plain, places = _normal(text)
    found: set[Finding] = set()

    def add(code: str, start: int, end: int) -> None:
        found.add(Finding(code, places[start], places[end - 1] + 1))

    for run in _RUN.finditer(plain):
        code = _number_code(run[0])
        if code:
            add(code, *run.span())
    for code, pattern in (("patient", _PATIENT), ("prescribing", _FIGURE), ("prescribing", _RX)):
        for match in pattern.finditer(plain):
            add(code, *match.span())
    for code, terms in words.items():
        for term in terms:
            if term not in plain:
                continue
            for match in re.finditer(re.escape(term), plain):
                add(code, *match.span())
    return tuple(sorted(found, key=lambda f: (f.start, f.end, f.code)))


def codes(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The distinct codes, in order of first appearance."""
    return tuple(dict.fromkeys(f.code for f in findings))


def _number_code(run: str) -> str | None:
    """What a run of digits is. Dates and short numbers are nothing."""
    number = re.sub(r"[ \-+]", "", run).upper()
    if is_citizen_id(number):
        return "id_number"
    local = re.sub(r"^(?:0086|86)(?=1\d{10}$)", "", number)
    if re.fullmatch(r"1[3-9]\d{9}", local) or re.fullmatch(r"0\d{2,3}[ -]?\d{7,8}", run.strip()):
        return "phone"
    if len(number) >= 16 and is_bank_card(number):
        return "bank_card"
    return None


def _normal(text: str) -> tuple[str, list[int]]:
    """Full-width folded text and, for each of its characters, the place in the original."""
    out: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        folded = unicodedata.normalize("NFKC", character)
        out.append(folded)
        places.extend([index] * len(folded))
    return "".join(out), places
