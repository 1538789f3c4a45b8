"""Conditions for the words of a question, over ``shown s`` and ``idx.indexed i``.

Rules: (1) a word stands in a name, hospital or department as written, or a name may be typed beginning with it; (2) a
column counts only where it can be read, so a hidden value answers like one that is not there (REQ-044); (3) places are
looked up first, by themselves: few texts hold a word, and whoever has one of them has its token; a word that very many
texts hold is asked of every person instead; (4) all words and numbers are bound.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from compliance.vault.index_rows import fold_reading, usual_form
from compliance.vault.list_scope import COLUMNS, ScopeSql, Sql
from compliance.vault.name_tokens import beginning, holding
from compliance.vault.places import Places, token

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


class Words:
    """Makes the conditions of one question, for what one reader can see."""

    def __init__(self, places: Places, scope: ScopeSql) -> None:
        self._places, self._scope = places, scope

    def word(self, word: Word) -> Sql:
        """Rule 1."""
        phrase = usual_form(word.text)
        if not phrase:
            return "1", []
        ways = self._seen(_SEARCHED, phrase)
        when, values = self._scope.visible("full_name")
        if when != "0" and word.typed:
            ways.append(_both(_typed(word), (when, values)))
        return _either(ways)

    def in_text(self, key: str, text: str) -> Sql:
        """Text in the column of a field, which can be read."""
        phrase = usual_form(text)
        return _either(self._held([key], phrase)) if phrase else ("1", [])

    def _seen(self, keys: Sequence[str], phrase: str) -> list[Sql]:
        """Rule 2."""
        shown = {key: self._scope.visible(key) for key in keys}
        ways = self._held([key for key, (when, _) in shown.items() if when == "1"], phrase)
        for key, when in shown.items():
            if when[0] not in ("0", "1") and (held := self._held([key], phrase)):
                ways.append(_both(_either(held), when))
        return ways

    def _held(self, keys: Sequence[str], phrase: str) -> list[Sql]:
        """Ways in which one of these columns holds the phrase."""
        ways: list[Sql] = []
        asked: list[str] = []
        if "full_name" in keys:
            if len(phrase) < _PAIRS:
                asked.append(f"({holding(phrase)})")
            else:
                ways.append(_named(phrase))
        columns = [COLUMNS[key] for key in keys if key != "full_name"]
        texts = self._places.holding(phrase, columns)
        if len(texts) <= _FEW:
            asked += [f'"{token(no)}"' for no in texts]
        else:
            each = json.dumps(texts)
            ways += [(f"i.{column}_no IN (SELECT value FROM json_each(?))", [each]) for column in columns]  # noqa: S608
        return [matching(" OR ".join(asked)), *ways] if asked else ways


def matching(asked: str) -> Sql:
    """People whose tokens match."""
    return "s.hcp IN (SELECT rowid FROM idx.grams WHERE grams MATCH ?)", [asked]


def _named(phrase: str) -> Sql:
    found = matching(holding(phrase))
    return _both(found, ("instr(i.plain, ?) > 0", [phrase])) if len(phrase) >= _PAIRS else found


def _typed(word: Word) -> Sql:
    begins = " OR ".join(beginning(text, inside=word.inside) for text in word.typed)
    held = [holding(usual_form(part)) for part in word.han]
    found = matching(" AND ".join(f"({asked})" for asked in (begins, *held)))
    for part in map(usual_form, word.han):
        if len(part) >= _PAIRS:
            found = _both(found, ("instr(i.plain, ?) > 0", [part]))
    return found


def _both(first: Sql, second: Sql) -> Sql:
    if second[0] == "1":
        return first
    return f"({first[0]} AND {second[0]})", [*first[1], *second[1]]


def _either(ways: Sequence[Sql]) -> Sql:
    return f"({' OR '.join(text for text, _ in ways) or '0'})", [value for _, values in ways for value in values]
