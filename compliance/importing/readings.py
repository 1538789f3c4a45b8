"""Pinyin of names, for search: every plausible full spelling and every row of initials.

Pure lookups in baked tables (``tools/bake_pinyin.py``), loaded on first use (about 10 ms). Rules: (1) a surname is
indexed under its surname reading first and under its usual readings besides (单 → shan, dan, chan), because people
type both; (2) ü is spelled v, u and yu (lv, lu, lyu), because people type all three; (3) syllables may be cut to their
initial in any mixture (wxm, wangxm, wxiaom), and the last one anywhere, because a search matches beginnings; the same
from every later character on, for words typed in another order; (4) alternates are capped, so that no name can blow up
the index.
"""

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product

from compliance.resources import read_text

#: Most spellings kept for one name.
MOST_SPELLINGS = 16
#: Most ways of typing a name that are kept, and from a later character on; syllables that are mixed with initials.
_MOST_TYPED, _MOST_LATER, _MIXED = 48, 24, 4
#: Readings of a given-name character that are kept; rarer ones only make noise.
MOST_GIVEN = 2


@dataclass(frozen=True, slots=True)
class Readings:
    """``full`` spellings without spaces, likeliest first; ``initials`` likewise. Latin names keep their letters.
    ``typed``: what a name may be typed as, each to be matched by its beginning; ``later``: the same from its second and
    later characters on."""

    full: tuple[str, ...]
    initials: tuple[str, ...]
    typed: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Readings({len(self.full)}, {len(self.initials)})"


@lru_cache(maxsize=4096)
def readings(name: str) -> Readings:
    """All spellings of ``name``; unknown characters are skipped, an unreadable name has no spelling."""
    syllables = _syllables(name)
    if not syllables:
        return Readings((), ())
    typed, later = _typed(syllables), _later(syllables)
    if all(len(part) == 1 for part in syllables):  # most names
        spoken = [part[0] for part in syllables]
        return Readings(("".join(spoken),), ("".join([part[0] for part in spoken]),), typed, later)
    spelled = list(islice(product(*syllables), MOST_SPELLINGS * 4))
    full = tuple(dict.fromkeys("".join(combo) for combo in spelled))[:MOST_SPELLINGS]
    initials = tuple(dict.fromkeys("".join(part[0] for part in combo) for combo in spelled))[:MOST_SPELLINGS]
    return Readings(full, initials, tuple(dict.fromkeys((*typed, *full, *initials[1:]))), later)


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


def _typed(syllables: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Rule 3: every mixture of whole syllables and initials, where the last is whole. Rare readings of a character are
    typed whole, if at all."""
    first = syllables[0]
    if len(syllables) == 1:
        return first
    rest = _mixed(tuple(part[: _primary(part)] for part in syllables[1:]))
    return tuple([head + tail for head in _cut(first) for tail in rest])[:_MOST_TYPED]


@lru_cache(maxsize=8192)
def _mixed(parts: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    ways = [_cut(part) if place < _MIXED else part for place, part in enumerate(parts[:-1])]
    return tuple(dict.fromkeys(map("".join, islice(product(*ways, parts[-1]), _MOST_LATER))))


def _later(syllables: list[tuple[str, ...]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    parts = tuple(part[: _primary(part)] for part in syllables[1:])
    for begin in range(len(parts)):
        found.update(dict.fromkeys(_mixed(parts[begin:])))
    return tuple(found)[:_MOST_LATER]


def _primary(part: tuple[str, ...]) -> int:
    """How many of the spellings are of the commonest reading: lv is also lu and lyu."""
    return 3 if "v" in part[0] else 1


@lru_cache(maxsize=4096)
def _cut(part: tuple[str, ...]) -> tuple[str, ...]:
    """Whole, or its initial."""
    return tuple(dict.fromkeys((*part, *[spelling[0] for spelling in part])))


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
            found.append(_spelled((*spoken, *table.get(head[place], ())[:1])))
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
