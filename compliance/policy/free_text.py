"""A guard over free text before it is saved (REQ-042, 114, 115; domain.md R20, R21).

Rules: (1) it finds identity numbers, phones, bank cards, e-mail addresses, patient data, prescribing figures, family,
belief, health, gifts, accounts, number plates and homes; (2) words are data (``free_text.toml``), words in a certain
company are shapes (:mod:`free_text_patterns`), numbers with checksums are code; (3) it reads what a person would read:
full-width and Chinese numerals, letters that stand for digits, numbers cut by blanks, dashes or dots, words cut the
same way; (4) a number counts only between the borders of its groups, so that a date beside it neither hides it nor
makes one; what lies inside a phrase of ``[allowed]`` is no finding, numbers apart; (5) it gives codes and places, never
the text; (6) it is a help against slips, not a proof of absence.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compliance.policy.free_text_patterns import HAN, SHAPES
from compliance.policy.id_numbers import is_bank_card, is_citizen_id, is_old_citizen_id

#: Code whose words are harmless phrases that hold a forbidden word ("系统方案" holds "统方").
ALLOWED = "allowed"

_NUMERALS = "〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺"
_HAN_DIGITS = str.maketrans(_NUMERALS, "001234567891234567891")
_HAN_RUN = re.compile(rf"[{_NUMERALS}](?:[ \-.·]?[{_NUMERALS}]){{6,}}")
_LIKE_DIGITS = re.compile(r"(?<![A-Za-z])[0-9OoIl|]{11,18}(?![A-Za-z])")
_LETTERS = str.maketrans("OoIl|", "00111")
_BETWEEN = r"[ \-._/\\·,，、*~()（）]{0,3}"
_RUN = re.compile(rf"(?<![0-9A-Za-z])\+?\d(?:{_BETWEEN}\d){{6,}}(?:{_BETWEEN}[Xx])?(?![0-9A-Za-z])")
_GROUP = re.compile(r"\d+[Xx]?|[Xx]")
_MOST_DIGITS, _BEFORE = 21, 60
#: A mobile written against the letters that say what it is ("vx13900001234"); any other letters are a code's own.
_CALL = "(?:tel|phone|mobile|mob|call|wechat|weixin|wx|vx|v|t|m)"
_GLUED = re.compile(
    rf"(?<![0-9A-Za-z]){_CALL}(1[3-9]\d{{9}})(?![0-9A-Za-z])|(?<![0-9A-Za-z])(1[3-9]\d{{9}}){_CALL}(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?:62|4|5[1-5]|2[2-7]|3[4-7]|60|65|68|9\d)\d+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_ABROAD = re.compile(r"(?:00)?(?:852[5679]\d{7}|853(?:6\d{7}|28\d{6})|886(?:0?9\d{8}|0?[2-8]\d{7,8}))")
_CALLED = re.compile(r"(?:电话|手机|座机|致电|来电|号码|tel|phone|mobile|call)\D{0,6}$", re.IGNORECASE)
_PAPERS = re.compile(
    r"(?:护照|通行证|回乡证|台胞证|军官证|passport|permit)\D{0,8}?([A-Za-z]{0,2}\d{7,10}[A-Za-z]?)", re.IGNORECASE
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+ ?@ ?(?:[\w-]+\.)+[A-Za-z]{2,}(?![\w])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Finding:
    """What kind of thing stands where (half-open character range of the text as given)."""

    code: str
    start: int
    end: int


def scan(text: str, words: Mapping[str, tuple[str, ...]]) -> tuple[Finding, ...]:
    """All findings in order of place. ``words`` is ``PolicySet.free_text``."""
    plain, places = _normal(text)
    harmless = _harmless(plain, words)
    said = (
        (code, start, end)
        for part in (_sentences(plain), _words(plain, words))
        for code, start, end in part
        if not any(begin <= start and end <= stop for begin, stop in harmless)
    )
    found = {Finding(code, places[start], places[end - 1] + 1) for code, start, end in (*_numbers(plain), *said)}
    return tuple(sorted(found, key=lambda f: (f.start, f.end, f.code)))


def codes(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The distinct codes, in order of first appearance."""
    return tuple(dict.fromkeys(f.code for f in findings))


def _numbers(plain: str) -> Iterator[tuple[str, int, int]]:
    digits = _HAN_RUN.sub(lambda m: m[0].translate(_HAN_DIGITS), plain)
    digits = _LIKE_DIGITS.sub(lambda m: m[0].translate(_LETTERS) if sum(map(str.isdigit, m[0])) > 7 else m[0], digits)
    for run in _RUN.finditer(digits):
        yield from _in_run(digits, *run.span())
    for glued in _GLUED.finditer(digits):
        yield "phone", *glued.span(glued.lastindex or 0)
    for paper in _PAPERS.finditer(digits):
        yield "id_number", *paper.span(1)


def _in_run(plain: str, begin: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Every number that begins and ends with a group of the run; the longest from each place."""
    groups = [m.span() for m in _GROUP.finditer(plain, begin, end)]
    taken = begin
    for first, (start, _) in enumerate(groups):
        if start < taken:
            continue
        number, best = "", None
        for group_begin, stop in groups[first : first + _MOST_DIGITS + 1]:
            number += plain[group_begin:stop].upper()
            if len(number) > _MOST_DIGITS:
                break
            code = _code(number, plain[max(0, begin - 12, start - _BEFORE) : start])
            best = (code, start, stop) if code else best
        if best is not None:
            yield best
            taken = best[2]


def _code(number: str, before: str) -> str | None:
    """What a run of digits is. Dates and short numbers are nothing."""
    if is_citizen_id(number) or (is_old_citizen_id(number) and "证书" not in before and "执业" not in before):
        return "id_number"
    local = re.sub(r"^(?:00)?86(?=[1-9])", "", number)
    if _MOBILE.fullmatch(local) or _ABROAD.fullmatch(number):
        return "phone"
    if _LANDLINE.fullmatch(number) or (local != number and _LANDLINE.fullmatch(f"0{local}")):
        return "phone"
    if 7 <= len(number) <= 8 and _CALLED.search(before):
        return "phone"
    if 16 <= len(number) <= 19 and _CARD.fullmatch(number) and is_bank_card(number):
        return "bank_card"
    return None


def _sentences(plain: str) -> Iterator[tuple[str, int, int]]:
    for code, gate, patterns in SHAPES:
        if gate.search(plain):
            yield from ((code, *match.span()) for pattern in patterns for match in pattern.finditer(plain))
    if "@" in plain:
        yield from (("email", *match.span()) for match in _EMAIL.finditer(plain))


def _harmless(plain: str, words: Mapping[str, tuple[str, ...]]) -> list[tuple[int, int]]:
    """Where phrases of ``[allowed]`` stand: what lies inside one is no finding."""
    level = plain.lower() if len(plain.lower()) == len(plain) else plain
    here = (low for phrase in words.get(ALLOWED, ()) if (low := phrase.lower()) in level)
    return [m.span() for phrase in here for m in re.finditer(re.escape(phrase), level)]


def _words(plain: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, int, int]]:
    cut, level = any(a in plain for a in _CUTS), plain.casefold()
    for code, terms in words.items():
        if code == ALLOWED:
            continue
        for term in terms:
            if term.isascii():
                if term.casefold() not in level:
                    continue
                matches = re.finditer(rf"\b{re.escape(term)}\b", plain, re.IGNORECASE)
            elif term in plain:
                matches = re.finditer(re.escape(term), plain)
            elif cut and all(character in plain for character in term):
                matches = re.finditer(_apart(term), plain)
            else:
                continue
            yield from ((code, *match.span()) for match in matches if not _is_name(code, match))


def _is_name(code: str, match: re.Match[str]) -> bool:
    """A word of belief written large before or behind another large word is somebody's name: Christian Bernard."""
    if code != "belief" or not match[0].isascii() or " " in match[0] or not match[0].istitle():
        return False
    behind, before = match.string[match.end() :], match.string[: match.start()]
    named = re.match(r"[ -][A-Z][a-z]+(?!\w)", behind) or re.search(r"(?<!\w)[A-Z][a-z]+[ -]$", before)
    return named is not None


#: What people put between the characters of a word to slip it past a guard.
_CUTS = (" ", "-", "_", ".", "·", "*", "/")


def _apart(term: str) -> str:
    """The word with each of its characters alone; two words that only touch ("医生 日程") are not it."""
    inside = r"[ \-_.·*/]{1,3}".join(map(re.escape, term))
    return rf"(?<![{HAN}]){inside}(?![{HAN}])"


def _normal(text: str) -> tuple[str, list[int]]:
    """Full-width folded text without invisible characters and, for each character, its place in the original."""
    out: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        if unicodedata.category(character) in ("Cf", "Mn", "Me"):
            continue
        folded = character if character.isascii() else unicodedata.normalize("NFKC", character)
        out.append(folded)
        places.extend([index] * len(folded))
    return "".join(out), places
