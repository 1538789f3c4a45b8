"""The words of the search box: text, and terms like ``hospital:瑞金``, ``tag:主任医师``, ``consent:speaker=refused``.

Rules: (1) a word with a colon is a term when its head is known (``resources/search/words.toml``, both languages, any
width and case), ``-`` before it asks for the opposite; a head nobody knows is bad input, never a silent word, because
an answer to another question misleads; (2) terms beyond the columns a list shows are for people who see the state of
consent anyway (act ``consent_status``): whoever may not, and whoever looks as a rep does, is told so (REQ-044), and
``seen-by`` is of the log: for its readers alone; (3) quotation marks keep blanks together; (4) letters, characters and
mixtures of both are found as a name is typed, and a person's id as such; (5) a tag is searched where a list shows it:
the value of any other field is sealed with its person, and that is said instead of finding nobody.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache

from compliance.errors import bad_input
from compliance.importing.readings import typed_as
from compliance.model.access import FIELD_ROLES, Block, Role
from compliance.model.consent import ConsentStatus
from compliance.model.ids import HCP_ID
from compliance.model.profile import CrossBorder
from compliance.policy.policy_set import PolicySet
from compliance.resources import read_text
from compliance.use_cases.seat.duties import may
from compliance.vault import (
    Abroad,
    Among,
    AssignedTo,
    Blocked,
    Consented,
    InAny,
    InColumn,
    ListScope,
    SearchQuery,
    SeenBy,
    Term,
    Word,
    plain_words,
)

#: Days ahead of an end that count as *expiring*, as on Today.
EXPIRING_DAYS = 30
#: What a term asks about is what this act shows; consent and state else: who may not read them may not search by them.
_READS = {"seen_by": "read_log"}
#: Tags in the order in which a list shows them.
_TAGS = ("department", "professional_title", "region")
_MOST_CHARACTERS, _MOST_WORDS = 500, 20
_TOKEN = re.compile(r'-?[^\s":=]+:(?:[^\s":=]+=)?"[^"]*"|"[^"]*"|\S+')
_TERM = re.compile(r"(-?)([^\s:\"]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read: words and terms."""

    words: tuple[Word, ...]
    terms: tuple[Term, ...]

    def query(self, *, scope: ListScope, at: datetime, limit: int, offset: int = 0) -> SearchQuery:
        """The question to the index, among the people of ``scope``; a page by its place is made of it."""
        return SearchQuery(words=self.words, terms=self.terms, scope=scope, at=at, limit=limit, offset=offset)


def read_search(text: str, *, policy: PolicySet, role: Role, at: datetime) -> Asked:
    """InputErrors ``search_too_long``, ``search_term`` (unknown head), ``search_value`` (unknown value),
    ``search_empty``, ``search_not_yours``, ``search_sealed``. What was typed is in none of them: it may be a name."""
    if len(text) > _MOST_CHARACTERS:
        raise bad_input("search_too_long", "query", "", str(_MOST_CHARACTERS))
    plain: list[str] = []
    terms: list[Term] = []
    whole = text.encode("utf-8", "replace").decode()  # a terminal gives bytes it cannot read as lone surrogates
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", whole)):
        term = None if token.startswith('"') else _TERM.fullmatch(token)
        if HCP_ID.fullmatch(token.upper()):
            terms.append(Among(ids=(token.upper(),)))
            continue
        if term is None:
            plain.append(token[1:-1] if len(token) > 1 and token[0] == token[-1] == '"' else token)
            continue
        sign, head, value = term.groups()
        terms.append(_term(head, value.strip('"'), negated=bool(sign), policy=policy, role=role, at=at))
    if len(plain) + len(terms) > _MOST_WORDS:
        raise bad_input("search_too_long", "query", "", str(_MOST_WORDS))
    return Asked(tuple(_words(plain)), tuple(terms))


def _words(plain: list[str]) -> list[Word]:
    """Rule 4."""
    found = []
    for text in filter(None, plain):
        if any(c.isascii() and c.isalpha() for c in text) and any(ord(c) > 0x2E7F for c in text):
            han = tuple(part for part in re.split(r"[\x00-\x7f]+", text) if part)
            found.append(Word(text=text, typed=typed_as(text), han=han, inside=True))
            continue
        for word in plain_words(text) if " " not in text else [Word(text=text)]:
            found.append(Word(text=word.text, typed=word.typed, inside=len(plain) > 1))
    return found


def _term(head: str, value: str, *, negated: bool, policy: PolicySet, role: Role, at: datetime) -> Term:
    known = _known()
    key = known.columns.get(_fold(head))
    if key is not None:
        _some(value)
        return InColumn(key=key, text=value, negated=negated)
    if _fold(head) in known.tags:
        return _tag(value, negated=negated, policy=policy)
    ask = known.asks.get(_fold(head))
    if ask is None:
        names = [*known.columns, *known.tags, *known.asks]
        near = get_close_matches(_fold(head), names, n=1, cutoff=0.5)
        raise bad_input("search_term", "query", "", near[0] if near else next(iter(known.columns)))
    if role in FIELD_ROLES or not may(role, _READS.get(ask, "consent_status")):
        raise bad_input("search_not_yours", "query", "", next(iter(known.columns)))
    _some(value)
    match ask:
        case "is":
            return _state(value, negated=negated, at=at)
        case "consent":
            return _consent(value, negated=negated, policy=policy, at=at)
        case "border":
            return Abroad(state=CrossBorder(_one(known.borders, value)), negated=negated)
        case "rep":
            return AssignedTo(rep=value, negated=negated)
        case _:
            return SeenBy(actor=value, negated=negated)


def _tag(value: str, *, negated: bool, policy: PolicySet) -> Term:
    """Rule 5."""
    named, mark, text = value.partition("=")
    text = text.strip('"') if mark else value
    _some(text)
    if not mark:
        return InAny(keys=_TAGS, text=text, negated=negated)
    columns = _known().columns
    known = policy.fields.items()
    fields = {_fold(word): key for key, field in known for word in (key, field.label.zh, field.label.en)}
    key = columns.get(_fold(named)) or fields.get(_fold(named))
    if key in columns.values():
        return InColumn(key=str(key), text=text, negated=negated)
    near = get_close_matches(_fold(named), list(columns), n=1, cutoff=0.5)
    raise bad_input("search_sealed" if key else "search_value", "query", "", near[0] if near else next(iter(columns)))


def _state(value: str, *, negated: bool, at: datetime) -> Term:
    known = _known()
    word = _one({**known.blocks, **known.statuses, **known.special}, value)
    if word in set(Block):
        return Blocked(block=Block(word), negated=negated)
    return _consented("", word, negated=negated, at=at)


def _consent(value: str, *, negated: bool, policy: PolicySet, at: datetime) -> Term:
    known = _known()
    item, mark, state = value.partition("=")
    if policy.item_rule(item) is None:
        names = [rule.pattern for rule in policy.items if "{" not in rule.pattern]
        near = get_close_matches(item, names, n=1, cutoff=0.5)
        raise bad_input("search_value", "query", "", near[0] if near else names[0])
    if not mark:
        return Consented(item=item, never=True, negated=not negated)
    return _consented(item, _one({**known.statuses, **known.special}, state), negated=negated, at=at)


def _consented(item: str, word: str, *, negated: bool, at: datetime) -> Consented:
    match word:
        case "expiring":
            return Consented(item=item, until=at + timedelta(days=EXPIRING_DAYS), negated=negated)
        case "open":
            return Consented(item=item, carries=True, negated=negated)
        case "none":
            return Consented(item=item, never=True, negated=negated)
        case _:
            return Consented(item=item, statuses=frozenset({ConsentStatus(word)}), negated=negated)


def _one(words: Mapping[str, str], value: str) -> str:
    found = words.get(_fold(value))
    if found is None:
        near = get_close_matches(_fold(value), list(words), n=1, cutoff=0.4)
        raise bad_input("search_value", "query", "", near[0] if near else next(iter(words)))
    return found


def _some(value: str) -> None:
    if not value.strip():
        raise bad_input("search_empty", "query")


@dataclass(frozen=True, slots=True)
class _Known:
    """Folded word → code, by table."""

    columns: Mapping[str, str]
    tags: Mapping[str, str]
    asks: Mapping[str, str]
    blocks: Mapping[str, str]
    statuses: Mapping[str, str]
    special: Mapping[str, str]
    borders: Mapping[str, str]


@cache
def _known() -> _Known:
    tables = tomllib.loads(read_text("search", "words.toml"))
    return _Known(
        **{name: {_fold(w): code for code, words in of.items() for w in words} for name, of in tables.items()}
    )


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().replace("_", "-")
