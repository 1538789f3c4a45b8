"""Names of people as lists carry them: with titles behind, notes in brackets, blanks inside.

Rules: (1) a title at the end becomes the salutation; (2) a bracketed note (（兼）) is cut off; (3) blanks between
Chinese characters go, the dot of Uyghur and Tibetan names becomes U+00B7, Latin names keep single blanks; (4) "?" is
what Chinese Excel writes for 䶮 or 𬭊 in its own CSV, □ and 〓 what others do: such a name is kept and flagged, as is
one that was covered (王*明); (5) a cell without a letter is no name, nor is what a wrong encoding leaves (锟斤拷).
"""

import re
from functools import cache

from compliance.importing.words import table

MOST_NAME = 40
_COMMON = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U000323af]{2,4}")
_BRACKETS = re.compile(r"[（(\[【][^（）()\[\]【】]{0,20}[）)\]】]")
#: Behind the Latin letters and their accents.
_WIDE = "[^\x00-\u024f]"
_BLANK_IN_CHINESE = re.compile(rf"(?<={_WIDE})\s+(?={_WIDE})")
_DOT = re.compile(rf"\s*[•・‧∙．●.·]\s*(?={_WIDE})")
_LATIN = re.compile(r"[\x00-\u024f\u2019]*")
#: What stands where a character could not be written, and where somebody covered one.
LOST, _COVERED = frozenset("?？□■▯〓"), frozenset("*＊×")
#: UTF-8 and empty memory read as GBK, and UTF-8's mark of a lost character read as Latin-1.
_GARBLED = re.compile("锟斤|斤拷|烫烫|屯屯|ï¿½")
_ACTIVE = ("=", "+", "@", "-", "\t", "\r")


def read_name(text: str) -> tuple[str, str, tuple[str, ...]]:
    """(name, salutation, codes). An empty name means there was none; codes then say why, if there was something."""
    if _COMMON.fullmatch(text) and text[-1] not in _last_characters() and not _GARBLED.search(text):
        return text, "", ()
    if text.startswith(_ACTIVE):
        return "", "", ("formula",)
    codes: list[str] = []
    bare = _BRACKETS.sub("", text).strip()
    if bare != text:
        codes.append("note_in_name")
    bare = _DOT.sub("·", _BLANK_IN_CHINESE.sub("", bare)).strip("·,，;；、 ")
    bare, salutation = _without_title(bare)
    if salutation:
        codes.append("title_in_name")
    if not LOST.isdisjoint(bare):
        codes.append("name_question_mark")
    if not _COVERED.isdisjoint(bare):
        codes.append("name_masked")
    if _GARBLED.search(bare) or not any(character.isalpha() for character in bare):
        return "", "", ("name_unreadable",)
    if len(bare) > MOST_NAME:
        return "", "", ("name_too_long",)
    if any(character.isdigit() for character in bare):
        codes.append("name_digits")
    if len(bare) < 2:
        codes.append("name_short")
    return bare, salutation, tuple(codes)


def join_name(family: str, given: str) -> str:
    """One name from two columns: Chinese without, Latin with a blank and the given name first."""
    if not family or not given:
        return family or given
    return f"{given} {family}" if _LATIN.fullmatch(family + given) else family + given


def _without_title(name: str) -> tuple[str, str]:
    titles: dict[str, str] = table("values")["names"]["titles"]
    for title in sorted(titles, key=len, reverse=True):
        if name.endswith(title) and len(name) > len(title):
            return name[: -len(title)].rstrip(), titles[title]
    lowered = name.lower()
    for title in table("values")["names"]["titles_before"]:
        if lowered.startswith(title + " ") or (title.endswith(".") and lowered.startswith(title)):
            return name[len(title) :].lstrip(), ""
    return name, ""


@cache
def _last_characters() -> frozenset[str]:
    return frozenset(title[-1] for title in table("values")["names"]["titles"])
