"""Ways of typing a name, from the readings of its parts.

A part is a syllable with its readings, likeliest first, or a Latin word. Rules: (1) a part may be typed whole or cut to
its initial, in any mixture (wxm, wangxm, wxiaom); the last is kept whole, because what is typed is matched as a
beginning; (2) rarer readings of a later part are typed whole, if at all: only spellings of the commonest (lv, lu, lyu)
mix with initials; (3) the number of ways is capped, so that no name can blow up what is kept of it.
"""

from functools import lru_cache
from itertools import islice, product

#: Readings of each part of a name.
Parts = tuple[tuple[str, ...], ...]

#: Most spellings kept of one name.
MOST_SPELLINGS = 16
#: Most ways that are kept, and from a later part on; parts that are mixed with initials.
_MOST_WAYS, _MOST_LATER, _MIXED = 48, 24, 4


def spellings(parts: Parts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whole spellings without blanks, likeliest first, and rows of initials likewise."""
    if not parts:
        return (), ()
    if all(len(part) == 1 for part in parts):  # most names
        spoken = [part[0] for part in parts]
        return ("".join(spoken),), ("".join([part[0] for part in spoken]),)
    spelled = list(islice(product(*parts), MOST_SPELLINGS * 4))
    full = tuple(dict.fromkeys("".join(combo) for combo in spelled))[:MOST_SPELLINGS]
    initials = tuple(dict.fromkeys("".join(part[0] for part in combo) for combo in spelled))[:MOST_SPELLINGS]
    return full, initials


def ways_of_typing(parts: Parts) -> tuple[str, ...]:
    """Every way from the first part on."""
    if len(parts) < 2:
        return parts[0] if parts else ()
    rest = _mixture(tuple(part[: _primary(part)] for part in parts[1:]))
    ways = tuple([head + tail for head in _cut(parts[0]) for tail in rest])[:_MOST_WAYS]
    if all(len(part) == 1 for part in parts):
        return ways
    full, initials = spellings(parts)
    return tuple(dict.fromkeys((*ways, *full, *initials[1:])))


def ways_from_later(parts: Parts) -> tuple[str, ...]:
    """Every way from the second or a later part on, for words typed in another order."""
    found: dict[str, None] = {}
    rest = tuple(part[: _primary(part)] for part in parts[1:])
    for begin in range(len(rest)):
        found.update(dict.fromkeys(_mixture(rest[begin:])))
    return tuple(found)[:_MOST_LATER]


@lru_cache(maxsize=8192)
def _mixture(parts: Parts) -> tuple[str, ...]:
    ways = [_cut(part) if place < _MIXED else part for place, part in enumerate(parts[:-1])]
    return tuple(dict.fromkeys(map("".join, islice(product(*ways, parts[-1]), _MOST_LATER))))


def _primary(part: tuple[str, ...]) -> int:
    return 3 if "v" in part[0] else 1


@lru_cache(maxsize=4096)
def _cut(part: tuple[str, ...]) -> tuple[str, ...]:
    """Whole, or its initial."""
    return tuple(dict.fromkeys((*part, *[spelling[0] for spelling in part])))
