"""Answers about consent, channel wishes and what people hide in remarks.

Rules: (1) a yes without evidence is unproven and opens nothing, a no or a withdrawal closes (architecture section
13); (2) a general yes speaks for the narrowest purpose only, a general no for everything it may have meant; (3) an
answer nobody can read is no answer, with a code, but one that holds a declining word is a no, with a code: a no must
not be lost for its wording; (4) private WeChat is never a channel: 微信 means 企业微信; (5)
"请勿再发短信" in a remark declines that channel, whatever the columns say.
"""

import re
from datetime import date

from compliance.importing.results import ImportedAnswer
from compliance.importing.words import declines, fold, reverse, table, word_set
from compliance.model.consent import EventKind, Method

_BRACKET = re.compile(r"\(([^()]{1,12})\)")
_LISTED = re.compile(r"[;；,，、|/\n]+|\s+(?:and|和|及)\s+")
_STOPS = ".。!;, \ufe0f"
_RANK = re.compile(r"^\d{1,2}[.、)）: ]\s*")
#: A basis no article of PIPL 13 names: the row is not taken.
NOT_LAWFUL = "basis_not_lawful"
#: Characters between a declining word and the channel it declines.
_NEAR = 6


def read_answer(
    text: str, *, item: str | None, answered_on: date | None, method: Method | None
) -> tuple[ImportedAnswer | None, str | None]:
    """The answer in a cell; ``item`` is what the column asked about, None for consent in general.

    (None, None) for blank, 待确认 and the like. With None a code says why: ``consent_unclear`` for words nobody can
    read, ``basis_not_lawful`` for a basis PIPL 13 does not know, ``consent_implied`` for silence taken as a yes. With
    an answer: ``consent_read_as_no`` for unknown words that decline.
    """
    kind, withdrawn, bracket, code = _kind(text)
    if kind is None:
        return None, code
    words: dict[str, str] = table("answers")["channel_items"]
    own = item or words.get(bracket)
    if own:
        items: tuple[str, ...] = (own,)
    else:
        items = tuple(table("answers")["general_yes" if kind is EventKind.IMPORTED_YES else "general_no"])
    return ImportedAnswer(kind=kind, items=items, withdrawn=withdrawn, answered_on=answered_on, method=method), code


def read_basis(text: str) -> str | None:
    """What is wrong with a basis a file claims; a lawful one is registered person by person, never by a list."""
    word = fold(text)
    if not word or word in _words("none"):
        return None
    return _claim(word) or "basis_not_imported"


def read_method(text: str) -> Method | None:
    """How the answer was given, None when the words are unknown."""
    found = reverse("answers", "methods").get(fold(text))
    return Method(found) if found else None


def read_channels(text: str) -> tuple[tuple[str, ...], str | None]:
    """Channel codes in the order given, and ``channel_unknown`` when a word was not understood."""
    codes: dict[str, None] = {}
    unknown = False
    for part in _LISTED.split(fold(text)):
        word = _RANK.sub("", part.strip())
        if not word or word in word_set("channels", "any") or word in word_set("values", "empty"):
            continue
        code = reverse("channels", "words").get(word)
        if code:
            codes[code] = None
        else:
            unknown = True
    return tuple(codes), ("channel_unknown" if unknown else None)


def channel_labels(codes: tuple[str, ...], *, ranked: bool) -> str:
    """The stored form of the dictionary: ``1 企业微信; 2 线上会议`` or ``短信; 电话``."""
    labels: dict[str, str] = table("channels")["labels"]
    return "; ".join(f"{rank} {labels[code]}" if ranked else labels[code] for rank, code in enumerate(codes, 1))


def read_declines(note: str) -> tuple[tuple[str, ...], bool]:
    """Channels a remark declines, and whether it declines contact altogether."""
    text = fold(note)
    words = declines()
    if any(word in text for word in words.no_contact):
        return (), True
    found = []
    for code, channels in words.channels.items():
        pattern = f"(?:{_any(words.words)})[^,;。!]{{0,{_NEAR}}}?(?:{_any(channels)})"
        if re.search(pattern, text):
            found.append(code)
    return tuple(found), False


def _any(words: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, words))


def _kind(text: str) -> tuple[EventKind | None, bool, str, str | None]:
    """(kind, withdrawn, channel in brackets, code)."""
    word = fold(text)
    bracket = ""
    if found := _BRACKET.search(word):
        bracket = found[1].strip()
        word = (word[: found.start()] + word[found.end() :]).strip()
    word = word.rstrip(_STOPS) or word
    if not word or word in _words("none"):
        return None, False, "", None
    if word in _words("withdrawn"):
        return EventKind.IMPORTED_NO, True, bracket, None
    if word in _words("no"):
        return EventKind.IMPORTED_NO, False, bracket, None
    if word in _words("yes"):
        return EventKind.IMPORTED_YES, False, bracket, None
    if claim := _claim(fold(text)):
        return None, False, "", claim
    if any(part in fold(text) for part in _words("declining")):
        return EventKind.IMPORTED_NO, False, "", "consent_read_as_no"
    return None, False, "", "consent_unclear"


def _claim(word: str) -> str | None:
    """A reason given in place of consent (REQ-010, PIPL 13, 14)."""
    if any(part in word for part in _words("unlawful")):
        return NOT_LAWFUL
    return "consent_implied" if any(part in word for part in _words("implied")) else None


def _words(name: str) -> frozenset[str]:
    return word_set("answers", name)
