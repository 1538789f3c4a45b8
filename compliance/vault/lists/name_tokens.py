"""Tokens by which the full-text table knows a name, and what a question asks of them.

The table keeps of a token only whose it is (``detail=none``), so where a character or syllable stands is part of the
token. Rules: (1) a written name is its characters and its pairs of neighbours (``n林``, ``n林若``): one or two
characters are one token, a longer run is its pairs, and whoever asks looks at the name itself besides; (2) a spoken
name of up to four syllables is each reading with its place (``s1lin``) and the initials from each place on
(``i1lrx``): what is typed is cut into syllables and initials in every way there is, and each way is a few tokens; (3)
other names (Latin words, more syllables) are kept as they may be typed (model/spelling.py); (4) whoever changes a token
changes :data:`FORM`, because a person is taken out by making the same tokens again.
"""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from compliance.model.spelling import Parts, ways_from_later, ways_of_typing
from compliance.resources import read_text

#: Of tokens and the tables beside them; an index of another form is made anew.
FORM = 3
#: Syllables whose places are told apart.
_PLACES = 4
_MOST_INITIALS = 64
#: Syllables of one beginning that are named in a question.
_NAMED = 16
#: ASCII marks part tokens, so they are written as their full-width twins, which no folded text holds.
MARKS = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if not chr(code).isalnum()}


def tokens(plain: str, parts: Parts) -> Iterable[str]:
    """Each token of a name once."""
    return dict.fromkeys((*written(plain), *spoken(parts)))


def written(plain: str) -> list[str]:
    """Rule 1, of a name in its usual form."""
    if not plain.isalnum():
        plain = plain.translate(MARKS)
    found = ["n" + char for char in plain]
    found += ["n" + plain[place : place + 2] for place in range(len(plain) - 1)]
    return found


def spoken(parts: Parts) -> list[str]:
    """Rules 2 and 3."""
    if len(parts) <= _PLACES:
        found: list[str] = []
        rows = [""]
        for place in range(len(parts), 0, -1):
            heard = _heard(place, parts[place - 1])
            if heard is None:
                break
            tokens, initials = heard
            rows = [initial + row for initial in initials for row in rows]
            found += tokens
            found += [f"i{place}{row}" for row in rows[:_MOST_INITIALS]]
        else:
            return found
    later = ways_from_later(parts)
    return [*("w" + way for way in ways_of_typing(parts)), *("x" + way for way in later)]


@lru_cache(maxsize=8192)
def _heard(place: int, part: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]] | None:
    """Tokens and initials of one syllable at its place; None for what is no syllable."""
    if not _syllables().issuperset(part):
        return None
    return [f"s{place}{reading}" for reading in part], tuple(dict.fromkeys(reading[0] for reading in part))


def holding(phrase: str) -> str:
    """What to match for names that hold a phrase in its usual form; of three characters and more also others."""
    found = written(phrase)
    return " AND ".join(f'"{token}"' for token in (found if len(phrase) == 1 else found[len(phrase) :]))


def beginning(word: str, *, inside: bool) -> str:
    """What to match for names that may be typed beginning with ``word``, all letters; ``inside``: also from a later
    character on."""
    ways = [f'"w{word}" *', *([f'"x{word}" *'] if inside else [])]
    cuts = [cut for count in range(1, _PLACES + 1) for cut in _cuts(word, count)]
    for begin in range(1, _PLACES + 1 if inside else 2):
        ways += [_way(cut, begin) for cut in cuts if begin + len(cut) - 1 <= _PLACES]
    return f"({' OR '.join(ways)})"


def _way(cut: tuple[str, ...], begin: int) -> str:
    terms = []
    if any(len(part) == 1 for part in cut):
        terms.append(f'"i{begin}{"".join(part[0] for part in cut)}" *')
    terms += [f'"s{begin + place}{part}"' for place, part in enumerate(cut[:-1]) if len(part) > 1]
    if len(cut[-1]) > 1:
        terms.append(_begun(begin + len(cut) - 1, cut[-1]))
    return f"({' AND '.join(terms)})"


def _begun(place: int, part: str) -> str:
    """Syllables that begin like the last part; few are named, because the table puts a beginning together whole before
    it compares."""
    meant = [syllable for syllable in _syllables() if syllable.startswith(part)]
    if len(meant) > _NAMED:
        return f'"s{place}{part}" *'
    named = [f'"s{place}{syllable}"' for syllable in sorted(meant)]
    return f"({' OR '.join(named)})"


def _cuts(word: str, count: int) -> Iterator[tuple[str, ...]]:
    """Ways to cut a word into so many syllables or initials; the last may be any beginning of a syllable."""
    if count == 1:
        if word in _beginnings():
            yield (word,)
        return
    known = _syllables()
    for end in range(1, min(len(word) - count + 2, _longest() + 1)):
        part = word[:end]
        if (end == 1 and part in _beginnings()) or part in known:
            for rest in _cuts(word[end:], count - 1):
                yield (part, *rest)


@cache
def _syllables() -> frozenset[str]:
    found: set[str] = set()
    for line in read_text("pinyin", "readings.txt").split("\n"):
        found.update(filter(None, line.partition("\t")[0].split(",")))
    found |= {reading.replace("v", other) for reading in found if "v" in reading for other in ("u", "yu")}
    return frozenset(found)


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(syllable[:end] for syllable in _syllables() for end in range(1, len(syllable) + 1))


@cache
def _longest() -> int:
    return max(map(len, _syllables()))
