"""Conditions for the words of a question, over ``shown s`` and ``idx.indexed i``.

Rules: (1) a word stands in a name, hospital or department as written, or a name may be typed beginning with it; (2) a
column counts only where it can be read, so a hidden value answers like one that is not there (REQ-044); (3) places are
looked up first, by themselves: few texts hold a word, and whoever has one of them has its token; a word that very many
texts hold is asked of every person instead; (4) all words and numbers are bound; (5) where tokens find everybody whom
words can fit, the list is led by them as they come, and what else is to ask is asked of the row beside: nobody is put
aside for a question that wants one page.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compliance.vault.lists.index_rows import fold_reading, usual_form
from compliance.vault.lists.list_scope import COLUMNS, Sql
from compliance.vault.lists.name_tokens import beginning, holding
from compliance.vault.lists.places import Places, token
from compliance.vault.lists.scope_sql import ScopeSql

#: Columns whose characters are searched.
_SEARCHED = ("full_name", "institution_name", "department")
#: Texts whose people are looked up by token; more are asked of every person.
_FEW = 250
#: From so many characters on the pairs of a phrase may stand in a name apart from each other.
_PAIRS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a question: ``text`` stands in a column, or the name holds each of ``han`` and may be typed beginning
    with one of ``typed``; ``inside``: also from a later character on."""

    text: str
    typed: tuple[str, ...] = ()
    han: tuple[str, ...] = ()
    inside: bool = False


def plain_words(text: str) -> tuple[Word, ...]:
    """Words as they stand; of several, letters may also begin at a later character of a name ("ruoxi lin")."""
    words = text.split()
    found = []
    for word in words:
        reading = fold_reading(word)
        typed = (reading,) if reading.isascii() and reading.isalpha() else ()
        found.append(Word(text=word, typed=typed, inside=len(words) > 1))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """``match`` finds everybody whom words can fit, and maybe more; ``asked``: what is left to ask of them. ``alone``:
    what to ask of anybody, without tokens, None where letters are typed; ``placed`` matches those whom the words fit by
    their places, "" where one fits names alone."""

    match: str
    asked: tuple[Sql, ...]
    alone: tuple[Sql, ...] | None
    placed: str


class Words:
    """Makes the conditions of one question, for what one reader can see."""

    def __init__(self, places: Places, scope: ScopeSql) -> None:
        self._places, self._scope = places, scope

    def words(self, words: Sequence[Word]) -> tuple[Lead | None, list[Sql]]:
        """All of them: those that tokens lead to, and conditions of the others. Rule 5."""
        each = [self._word(word, phrase) for word in words if (phrase := usual_form(word.text))]
        led = [ways for ways in each if ways and all(way.match for way, _ in ways)]
        apart = [_any(ways) for ways in each if ways not in led]
        if not led:
            return None, apart
        placed = [_match(way for way, _ in ways if way.of_places) for ways in led]
        written = all(way.alone[0] for ways in led for way, _ in ways)
        lead = Lead(
            match=" AND ".join(_match(way for way, _ in ways) for ways in led),  # the rare one leads
            asked=tuple(left for ways in led if (left := _left(ways))[0] != "1"),
            alone=tuple(_any(ways, alone=True) for ways in led) if written else None,
            placed=" AND ".join(placed) if all(placed) else "",
        )
        return lead, apart

    def in_text(self, key: str, text: str) -> Sql:
        """Text in the column of a field, which can be read."""
        phrase = usual_form(text)
        return _any([(way, _ALWAYS) for way in self._held([key], phrase)]) if phrase else _ALWAYS

    def _word(self, word: Word, phrase: str) -> "list[tuple[_Way, Sql]]":
        """Rule 1: the ways to fit, each with when it can be seen."""
        ways = []
        for keys, when in self._alike(_SEARCHED):
            found = self._held(keys, phrase)
            if "full_name" in keys and word.typed:
                found += self._seen([_typed(word)])
            ways += [(way, when) for way in found]
        return ways

    def _alike(self, keys: Sequence[str]) -> list[tuple[list[str], Sql]]:
        """Rule 2: columns that always show, together, and each that shows under a condition."""
        shown = {key: self._scope.visible(key) for key in keys}
        always = [key for key, (when, _) in shown.items() if when == "1"]
        each = [([key], when) for key, when in shown.items() if when[0] not in ("0", "1")]
        return [(always, _ALWAYS), *each] if always else each

    def _held(self, keys: Sequence[str], phrase: str) -> "list[_Way]":
        """Ways in which one of these columns holds the phrase."""
        ways = []
        if "full_name" in keys:
            alone: Sql = _HOLDS, [phrase]
            ways.append(_Way(match=holding(phrase), rest=alone if len(phrase) >= _PAIRS else _ALWAYS, alone=alone))
        columns = [COLUMNS[key] for key in keys if key != "full_name"]
        texts = self._places.holding(phrase, columns)
        if texts:
            each = json.dumps(texts)
            tests = " OR ".join(f"i.{column}_no IN (SELECT value FROM json_each(?))" for column in columns)  # noqa: S608 - constants
            test = f"({tests})", [each] * len(columns)
            match = " OR ".join(f'"{token(no)}"' for no in texts) if len(texts) <= _FEW else ""
            ways.append(_Way(match=match, rest=_ALWAYS if match else test, alone=test, of_places=True))
        return self._seen(ways)

    def _seen(self, ways: "list[_Way]") -> "list[_Way]":
        """Without those that lead to nobody: hardly a name holds what a hospital is called."""
        return [way for way in ways if not way.match or way.rest[0] == "1" or self._places.db.one(*_somebody(way))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """``match`` leads to all it can find, "" where everybody is asked; ``rest``: what is to ask of them; ``alone``: the
    whole, asked of a row without tokens, "" where that cannot be."""

    match: str
    rest: Sql
    alone: Sql
    of_places: bool = False


def _typed(word: Word) -> _Way:
    """Names that may be typed like the word and hold its characters."""
    begins = " OR ".join(beginning(text, inside=word.inside) for text in word.typed)
    held = list(map(usual_form, word.han))
    long = [phrase for phrase in held if len(phrase) >= _PAIRS]
    return _Way(
        match=" AND ".join(f"({asked})" for asked in (begins, *map(holding, held))),
        rest=(" AND ".join([_HOLDS] * len(long)), [*long]) if long else _ALWAYS,
        alone=("", []),
    )


_ALWAYS: Sql = ("1", [])
_HOLDS = "instr(i.plain, ?) > 0"
_MATCH = "SELECT rowid FROM idx.grams WHERE grams MATCH ?"


def _somebody(way: _Way) -> Sql:
    rest, values = way.rest
    look = "SELECT 1 FROM idx.grams g CROSS JOIN idx.indexed i ON i.hcp = g.rowid WHERE g.grams MATCH ?"
    return f"{look} AND {rest} LIMIT 1", [way.match, *values]


def _match(ways: Iterable[_Way]) -> str:
    """Tokens of any of these ways, "" of none."""
    matches = [f"({way.match})" for way in ways if way.match]
    return f"({' OR '.join(matches)})" if matches else ""


def _left(ways: "list[tuple[_Way, Sql]]") -> Sql:
    """What is left to ask of whom the tokens of one word led to."""
    (first, when), *others = ways
    if not others:
        return _both(first.rest, when)
    if all(way.rest[0] == "1" and one == when for way, one in ways):
        return when
    return _any(ways, alone=True)


def _any(ways: "list[tuple[_Way, Sql]]", *, alone: bool = False) -> Sql:
    """One of the ways: by its tokens where it has some, or ``alone``, of the row, where that can be."""
    each = [_both(way.alone if way.alone[0] and (alone or not way.match) else _among(way), when) for way, when in ways]
    return f"({' OR '.join(text for text, _ in each) or '0'})", [value for _, values in each for value in values]


def _among(way: _Way) -> Sql:
    return _both((f"s.hcp IN ({_MATCH})", [way.match]), way.rest)


def _both(first: Sql, second: Sql) -> Sql:
    if second[0] == "1":
        return first
    if first[0] == "1":
        return second
    return f"({first[0]} AND {second[0]})", [*first[1], *second[1]]
