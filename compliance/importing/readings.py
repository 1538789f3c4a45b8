"""Pinyin of names, for search: every plausible full spelling and every row of initials.

Pure lookups in baked tables (``tools/bake_pinyin.py``), loaded on first use (about 10 ms). Rules: (1) a surname is
indexed under its surname reading first and under its usual readings besides (单 → shan, dan, chan), because people
type both; (2) ü is spelled v, u and yu (lv, lu, lyu), because people type all three; (3) syllables may be cut to their
initial in any mixture, and the last one anywhere, because a search matches beginnings (model/spelling.py); (4)
alternates are capped, so that no name can blow up the index.
"""

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product

from compliance.model.spelling import MOST_SPELLINGS, Parts, spellings, ways_of_typing
from compliance.resources import read_text

#: Readings of a given-name character that are kept; rarer ones only make noise.
MOST_GIVEN = 2


@dataclass(frozen=True, slots=True)
class Readings:
    """``full`` spellings without spaces, likeliest first; ``initials`` likewise. Latin names keep their letters.
    ``parts``: readings of each character or Latin word, likeliest first."""

    full: tuple[str, ...]
    initials: tuple[str, ...]
    parts: Parts = ()

    @property
    def typed(self) -> tuple[str, ...]:
        """What a name may be typed as, each to be matched by its beginning."""
        return ways_of_typing(self.parts)

    def __repr__(self) -> str:
        return f"Readings({len(self.full)}, {len(self.initials)})"


@lru_cache(maxsize=4096)
def readings(name: str) -> Readings:
    """All spellings of ``name``; unknown characters are skipped, an unreadable name has no spelling."""
    parts = parts_of(name)
    full, initials = spellings(parts)
    return Readings(full, initials, parts)


def parts_of(name: str) -> Parts:
    """Readings of each character or Latin word alone: what an index is made of."""
    return tuple(_syllables(name))


def typed_as(word: str) -> tuple[str, ...]:
    """Characters with letters between them, all in letters: "王xm" → "wangxm". Empty when a character is unknown or a
    mark stands in it."""
    parts: list[tuple[str, ...]] = []
    for letter in word:
        if letter.isascii():
            if not letter.isalpha():
                return ()
            parts.append((letter.lower(),))
        else:
            parts.append(_first(letter))
    return tuple(dict.fromkeys(map("".join, islice(product(*parts), MOST_SPELLINGS)))) if all(parts) else ()


def character_readings(character: str) -> tuple[str, ...]:
    """Usual readings of one character, commonest first, without tone; empty when unknown."""
    return _table().get(character, ())


def _syllables(name: str) -> list[tuple[str, ...]]:
    plain = _plain(name)
    if plain is not None:
        return plain
    letters = [c if c.isalnum() else " " for c in name]
    table, single, compound = _table(), _surnames()[0], _surnames()[1]
    found: list[tuple[str, ...]] = []
    start = 0
    head = "".join(letters[:2])
    if head in compound and len(letters) > 2:
        pairs = [reading.split(" ") for reading in compound[head]]
        for place in range(2):
            spoken = [pair[place] for pair in pairs]
            found.append(_spelled((*spoken, *table.get(head[place], ())[:MOST_GIVEN])))
        start = 2
    word = ""
    for place in range(start, len(letters)):
        letter = letters[place]
        if letter.isascii() and letter != " ":
            word += letter.lower()
            continue
        if word:
            found.append((word,))
            word = ""
        if letter == " ":
            continue
        usual = table.get(letter, ())
        chosen = (*single.get(letter, ()), *usual) if place == 0 else usual[:MOST_GIVEN]
        if chosen:
            found.append(_spelled(chosen))
    if word:
        found.append((word,))
    return found


def _plain(name: str) -> list[tuple[str, ...]] | None:
    """Syllables of a name of two or three known characters with a simple surname, as most are; None for any other."""
    if not 2 <= len(name) <= 3 or name[:2] in _surnames()[1]:
        return None
    found = [_first(name[0]), *map(_given, name[1:])]
    return found if all(found) else None


@lru_cache(maxsize=8192)
def _first(letter: str) -> tuple[str, ...]:
    if letter.isascii() or not letter.isalnum():
        return ()
    return _spelled((*_surnames()[0].get(letter, ()), *_table().get(letter, ())))


@lru_cache(maxsize=8192)
def _given(letter: str) -> tuple[str, ...]:
    if letter.isascii() or not letter.isalnum():
        return ()
    return _spelled(_table().get(letter, ())[:MOST_GIVEN])


def _spelled(chosen: tuple[str, ...]) -> tuple[str, ...]:
    every: dict[str, None] = {}
    for reading in chosen:
        every[reading] = None
        if "v" in reading:
            every[reading.replace("v", "u")] = None
            every[reading.replace("v", "yu")] = None
    return tuple(every)


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in read_text("pinyin", "readings.txt").split("\n"):
        spelled, _, characters = line.partition("\t")
        if characters:
            table.update(dict.fromkeys(characters, tuple(spelled.split(","))))
    return table


@cache
def _surnames() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    words = tomllib.loads(read_text("pinyin", "surnames.toml"))
    single = {key: tuple(value) for key, value in words["single"].items()}
    compound = {key: tuple(value) for key, value in words["compound"].items()}
    return single, compound
