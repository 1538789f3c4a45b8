"""Conditions for the words of a question, over ``shown s`` and ``idx.indexed i``.

Rules: (1) a word stands in a name, hospital or department as written, or a name may be typed beginning with it; (2) a
column counts only where it can be read, so a hidden value answers like one that is not there (REQ-044); (3) places are
looked up first, by themselves: few texts hold a word, and whoever has one of them has its token; a word that very many
texts hold is asked of every person instead; (4) all words and numbers are bound.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from compliance.vault.lists.index_rows import fold_reading, usual_form
from compliance.vault.lists.list_scope import COLUMNS, ScopeSql, Sql
from compliance.vault.lists.name_tokens import beginning, holding
from compliance.vault.lists.places import Places, token

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

    def words(self, words: Sequence[Word]) -> list[Sql]:
        """All of them; those that tokens alone answer are looked up together, so that the rare one leads."""
        together: list[str] = []
        apart: list[Sql] = []
        for word in words:
            phrase = usual_form(word.text)
            if not phrase:
                continue
            ways = self._word(word, phrase)
            if len(ways) == 1 and ways[0][1][0] == "1" and ways[0][0].plain:
                together.append(f"({' OR '.join(ways[0][0].matches)})")
            else:
                apart.append(_either([_both(one, when) for found, when in ways for one in found.ways()]))
        if not together:
            return apart
        return [(f"s.hcp IN ({_MATCH})", [" AND ".join(together)]), *apart]

    def _word(self, word: Word, phrase: str) -> "list[tuple[_Ways, Sql]]":
        """Rule 1, for columns that show alike."""
        ways = []
        for keys, when in self._alike(_SEARCHED):
            found = self._held(keys, phrase)
            if "full_name" in keys and word.typed:
                found.typed(word)
            ways.append((self._looked(found), when))
        return ways

    def _looked(self, found: "_Ways") -> "_Ways":
        """Looks that find nobody are left out: hardly a name holds what a hospital is called."""
        found.looks = [look for look in found.looks if self._places.db.value(f"{look[0]} LIMIT 1", look[1])]
        return found

    def in_text(self, key: str, text: str) -> Sql:
        """Text in the column of a field, which can be read."""
        phrase = usual_form(text)
        return _either(self._looked(self._held([key], phrase)).ways()) if phrase else ("1", [])

    def _alike(self, keys: Sequence[str]) -> list[tuple[list[str], Sql]]:
        """Rule 2: columns that always show, together, and each that shows under a condition."""
        shown = {key: self._scope.visible(key) for key in keys}
        always = [key for key, (when, _) in shown.items() if when == "1"]
        each = [([key], when) for key, when in shown.items() if when[0] not in ("0", "1")]
        return [(always, ("1", [])), *each] if always else each

    def _held(self, keys: Sequence[str], phrase: str) -> "_Ways":
        """Ways in which one of these columns holds the phrase."""
        ways = _Ways()
        if "full_name" in keys:
            ways.named(holding(phrase), [phrase])
        columns = [COLUMNS[key] for key in keys if key != "full_name"]
        texts = self._places.holding(phrase, columns)
        if len(texts) <= _FEW:
            ways.matches += [f'"{token(no)}"' for no in texts]
        else:
            each = json.dumps(texts)
            ways.tests += [(f"i.{column}_no IN (SELECT value FROM json_each(?))", [each]) for column in columns]  # noqa: S608
        return ways


@dataclass(slots=True)
class _Ways:
    """Ways to be found: by tokens, by tokens and a look at the name, by a test of every person."""

    matches: list[str] = field(default_factory=list)
    looks: list[Sql] = field(default_factory=list)
    tests: list[Sql] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        """Whether tokens alone answer."""
        return bool(self.matches) and not self.looks and not self.tests

    def named(self, asked: str, phrases: Sequence[str]) -> None:
        """Names that match and hold each phrase; of short ones the tokens are enough."""
        long = [phrase for phrase in phrases if len(phrase) >= _PAIRS]
        if not long:
            self.matches.append(f"({asked})")
            return
        self.looks.append((_LOOK + " AND instr(coalesce(p.usual, p.name), ?) > 0" * len(long), [asked, *long]))

    def typed(self, word: Word) -> None:
        """Names that may be typed like the word and hold its characters."""
        begins = " OR ".join(beginning(text, inside=word.inside) for text in word.typed)
        held = list(map(usual_form, word.han))
        self.named(" AND ".join(f"({asked})" for asked in (begins, *map(holding, held))), held)

    def ways(self) -> list[Sql]:
        """One condition for all that tokens lead to, and the tests."""
        picks = [(_MATCH, [" OR ".join(self.matches)])] if self.matches else []
        picks += self.looks
        if not picks:
            return self.tests
        among = f"s.hcp IN ({' UNION ALL '.join(text for text, _ in picks)})"
        return [(among, [value for _, values in picks for value in values]), *self.tests]


_MATCH = "SELECT rowid FROM idx.grams WHERE grams MATCH ?"
_LOOK = "SELECT g.rowid FROM idx.grams g CROSS JOIN idx.person p ON p.hcp = g.rowid WHERE g.grams MATCH ?"


def _both(first: Sql, second: Sql) -> Sql:
    if second[0] == "1":
        return first
    return f"({first[0]} AND {second[0]})", [*first[1], *second[1]]


def _either(ways: Sequence[Sql]) -> Sql:
    return f"({' OR '.join(text for text, _ in ways) or '0'})", [value for _, values in ways for value in values]
