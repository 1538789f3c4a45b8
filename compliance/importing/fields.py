"""One cell of one field → (what is kept, codes of what was dropped or doubted).

Rules: (1) a bad value is dropped with its code, never repaired by guessing and never fatal for the row; (2) values that
begin like a formula (= + - @) are never kept in text fields (CWE-1236); (3) free text that holds an identity, phone or
card number is dropped; whether its words are allowed is judged later by the guard the use case brings; (4) words of
closed lists come from ``resources/importing``, so that a new spelling needs no code; (5) a hospital without a letter
is none, one in which a character was lost is kept and marked, as a name is (names.py), and a line broken inside a cell
leaves no blank between Chinese characters.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache

from compliance.importing.answers import channel_labels, read_channels
from compliance.importing.contacts import (
    holds_personal_number,
    is_empty,
    read_bank_account,
    read_email,
    read_id_document,
    read_licence,
    read_mobile,
)
from compliance.importing.names import LOST, read_name
from compliance.importing.words import fold, regions, reverse, table, word_set

#: Pairs to keep and codes. A handler gets clean, non-empty text.
Outcome = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]
Handler = Callable[[str], Outcome]

NOTE_FIELD = "last_visit_note"
MOST_NOTE = 200
MOST_HOSPITAL = 80
MOST_WORD = 40
_ACTIVE = ("=", "+", "-", "@")
_NOTHING: Outcome = ((), ())
_HAN = "[\u3400-\u9fff\uff08\uff09\U00020000-\U000323af]"
_INSIDE_CHINESE = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")

#: Fields whose words are free: the guard reads them before they are kept.
FREE_TEXT = frozenset(
    {
        NOTE_FIELD,
        "academic_background",
        "admin_post",
        "clinic_schedule",
        "info_needs",
        "society_posts",
        "teaching_roles",
    }
)


def handler(key: str) -> Handler:
    """How a field of the dictionary is read; unknown keys are plain text."""
    return _handlers().get(key) or _plain_text(key)


def read_region(province: str, city: str) -> tuple[str, str | None]:
    """``420300 十堰市`` from a province and a city, either may be empty; ``region_unknown`` keeps the words."""
    if is_empty(city) and is_empty(province):
        return "", None
    for name in (city, province):
        row = regions().get(name)
        if row:
            if province and city and name == city and not row[1].startswith(province[:2]):
                return city, "region_conflict"
            return f"{row[0]} {row[2]}", None
    return _plain(" ".join(part for part in (province, city) if part))[:MOST_WORD], "region_unknown"


def hospital_key(name: str) -> str:
    """What two spellings of one hospital have in common: alias resolved, campus in brackets and blanks left out."""
    text = fold(name).replace(" ", "")
    while text.endswith(")") and "(" in text:
        text = text[: text.rindex("(")]
    return hospital_aliases().get(text, text)


@cache
def hospital_aliases() -> dict[str, str]:
    """Folded alias → folded full name."""
    return {word: fold(name) for word, name in reverse("values", "hospital_aliases").items()}


@lru_cache(maxsize=4096)
def aliases_of(hospital: str) -> tuple[str, ...]:
    """Every known name of a hospital, for search."""
    full = hospital_key(hospital)
    named: dict[str, list[str]] = table("values")["hospital_aliases"]
    for name, words in named.items():
        if fold(name) == full:
            return (name, *words)
    return ()


def _one(key: str, read: Callable[[str], tuple[str, str | None]]) -> Handler:
    def handle(text: str) -> Outcome:
        value, code = read(text)
        return (((key, value),) if value else ()), ((code,) if code else ())

    return handle


def _words(key: str, part: str, *, unknown: str | None) -> Handler:
    """A closed list: known words become the list's value, others are ``unknown`` or kept as they are."""

    def handle(text: str) -> Outcome:
        if is_empty(text):
            return _NOTHING
        value = reverse("values", part).get(fold(text).replace(" ", "")) or reverse("values", part).get(fold(text))
        if value:
            return ((key, value),), ()
        if unknown is None:
            return _text(key, text, MOST_WORD)
        return ((key, unknown),) if unknown else (), (f"{key}_unknown",)

    return lru_cache(maxsize=4096)(handle)


def _name(text: str) -> Outcome:
    name, salutation, codes = read_name(text)
    if not salutation:
        return (((("full_name", name),) if name else ()), codes)
    return (("full_name", name), ("salutation", salutation)), codes


@lru_cache(maxsize=8192)
def _hospital(text: str) -> Outcome:
    if is_empty(text):
        return _NOTHING
    if not any(character.isalpha() for character in text):
        return (), ("hospital_unreadable",)
    kept, codes = _text("institution_name", _INSIDE_CHINESE.sub("", text), MOST_HOSPITAL)
    return kept, (*codes, "hospital_question_mark") if kept and not LOST.isdisjoint(text) else codes


@lru_cache(maxsize=4096)
def _title(text: str) -> Outcome:
    if is_empty(text):
        return _NOTHING
    word = fold(text).replace(" ", "")
    value = reverse("values", "titles").get(word) or reverse("values", "titles").get(fold(text))
    if value:
        return (("professional_title", value),), ()
    if word in word_set("values", "posts", "words"):
        return (("admin_post", text[:MOST_WORD]),), ("title_is_post",)
    for part in word.replace("／", "/").replace("、", "/").split("/"):
        value = reverse("values", "titles").get(part)
        if value:
            return (("professional_title", value),), ("title_several",)
    return (("professional_title", "其他"),), ("title_unknown",)


@lru_cache(maxsize=4096)
def _preferred_channels(text: str) -> Outcome:
    codes, code = read_channels(text)
    label = channel_labels(codes[:3], ranked=True)
    return (((("channel_pref_ranked", label),) if label else ()), ((code,) if code else ()))


@lru_cache(maxsize=4096)
def _declined_channels(text: str) -> Outcome:
    codes, code = read_channels(text)
    label = channel_labels(codes, ranked=False)
    return (((("channel_optout", label),) if label else ()), ((code,) if code else ()))


def _listed(key: str, most: int = 12) -> Handler:
    """Entries split on | ， 、 ; and line ends, joined by "; " as the dictionary stores lists."""

    def handle(text: str) -> Outcome:
        if is_empty(text):
            return _NOTHING
        if text.startswith(_ACTIVE):
            return (), ("formula",)
        wide = text
        for mark in "；;，、|\n":
            wide = wide.replace(mark, ";")
        if ";" not in wide and ", " in wide:
            wide = wide.replace(", ", ";")
        parts = [part.strip() for part in wide.split(";")]
        kept = list(dict.fromkeys(part for part in parts if part and not part.startswith(_ACTIVE)))
        codes = []
        if len(kept) > most or any(len(part) > MOST_WORD * 2 for part in kept):
            codes.append("list_cut")
            kept = [part[: MOST_WORD * 2] for part in kept[:most]]
        value = "; ".join(kept)
        if holds_personal_number(value):
            return (), ("personal_number",)
        return (((key, value),) if value else ()), tuple(codes)

    return lru_cache(maxsize=4096)(handle)


def _truth(key: str) -> Handler:
    def handle(text: str) -> Outcome:
        word = fold(text)
        if word in word_set("values", "yes"):
            return ((key, "true"),), ()
        if word in word_set("values", "no"):
            return ((key, "false"),), ()
        return _NOTHING if is_empty(text) else ((), (f"{key}_unknown",))

    return handle


def _count(key: str) -> Handler:
    def handle(text: str) -> Outcome:
        if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 500:
            return ((key, str(int(text))),), ()
        return _NOTHING if is_empty(text) else ((), ("number_bad",))

    return handle


def _plain_text(key: str) -> Handler:
    return lru_cache(maxsize=1024)(lambda text: _text(key, text, MOST_NOTE))


def _text(key: str, text: str, most: int) -> Outcome:
    if is_empty(text):
        return _NOTHING
    if text.startswith(_ACTIVE):
        return (), ("formula",)
    if holds_personal_number(text):
        return (), ("personal_number",)
    return ((key, text[:most].rstrip()),), (("text_cut",) if len(text) > most else ())


def _plain(text: str) -> str:
    return "" if text.startswith(_ACTIVE) else text


@cache
def _handlers() -> dict[str, Handler]:
    lists = (
        "sub_specialty practice_sites clinic_schedule research_interests key_publications society_posts "
        "guideline_roles teaching_roles therapeutic_areas disease_focus procedures info_needs content_topics "
        "content_types content_formats preferred_days preferred_slots"
    )
    return {
        **{key: _listed(key) for key in lists.split()},
        "full_name": _name,
        "mobile_phone": _one("mobile_phone", read_mobile),
        "work_email": _one("work_email", read_email),
        "practice_licence_no": _one("practice_licence_no", read_licence),
        "id_doc_no": _one("id_doc_no", read_id_document),
        "bank_account_no": _one("bank_account_no", read_bank_account),
        "institution_name": _hospital,
        "institution_level": _words("institution_level", "levels", unknown=""),
        "department": _words("department", "departments", unknown=None),
        "professional_title": _title,
        "salutation": _words("salutation", "salutations", unknown=""),
        "preferred_language": _words("preferred_language", "languages", unknown=""),
        "visit_acceptance": _words("visit_acceptance", "visit_acceptance", unknown=""),
        "channel_pref_ranked": _preferred_channels,
        "channel_optout": _declined_channels,
        "wecom_bound": _truth("wecom_bound"),
        "publications_3y": _count("publications_3y"),
    }
