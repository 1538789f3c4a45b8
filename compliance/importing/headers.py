"""Which row is the header: the one that knows most words; titles above it and two-row headers are normal.

Rules: (1) among the first rows the earliest with the highest score wins, a score being the number of different known
or refused headers; (2) at least two are needed, else the file has no header and is not read; (3) a header in two rows
(联系方式 above 手机 and 邮箱) is joined when that explains more columns and its second row holds no data; (4) a row
that the user gives is taken as it is; (5) a header in two languages is known when all its words mean the same.
"""

import re
from collections.abc import Sequence
from typing import Any

from compliance.errors import bad_input
from compliance.importing.words import HeaderWords, fold_header, refused_rules

#: Where one word of a folded header ends and another begins: at a stroke, or where the script changes.
_BETWEEN = re.compile(r"[/|\\]|(?<=[\u3400-\u9fff])(?=[a-z])|(?<=[a-z])(?=[\u3400-\u9fff])")
#: Fewest known headers of a header row.
FEWEST = 2


def score(cells: Sequence[Any], words: HeaderWords) -> int:
    """How many different targets or refused facts the cells of a row name."""
    known = set()
    for cell in cells:
        if isinstance(cell, str) and cell and len(cell) <= 60:
            name = fold_header(cell)
            found = words.targets.get(name)
            if found:
                known.add(found[0])
            elif any(name in rule.exact for rule in refused_rules()):
                known.add(name)
            elif found := within(name, words):
                known.add(found[0])
    return len(known)


def best_header(rows: Sequence[Sequence[Any]], words: HeaderWords, given: int | None) -> tuple[int, int, list[str]]:
    """(index of the row, rows taken, header texts). InputErrors: no_header."""
    if given is not None:
        if given > len(rows):
            raise bad_input("no_header", "header_row", str(given))
        header = texts(rows[given - 1])
        if score(header, words) < 1:
            raise bad_input("no_header", "header_row", str(given))
        return given - 1, 1, header
    scores = [score(row, words) for row in rows]
    best = max(scores, default=0)
    place = scores.index(best) if scores else 0
    joined = _joined(rows, place, words, best)
    if joined is not None:
        return joined
    if best < FEWEST:
        raise bad_input("no_header", "file", str(best))
    return place, 1, texts(rows[place])


def texts(cells: Sequence[Any]) -> list[str]:
    """Header cells as text, trailing empty ones cut off."""
    found = [" ".join(cell.split()) if isinstance(cell, str) else str(cell) for cell in cells]
    while found and not found[-1]:
        found.pop()
    return found


def within(name: str, words: HeaderWords) -> tuple[str, int] | None:
    """What a folded header that is no known word is read as: without its bracketed part, or by two words that mean the
    same (``医院名称/hospital``, ``title职称``). Words that mean different things (``姓名/电话``) are not guessed at."""
    bare = without_brackets(name)
    if found := words.targets.get(bare):
        return found
    meant = [words.targets.get(part) for part in parts(bare)]
    first = meant[0] if meant else None
    return first if first and all(one and one[0] == first[0] for one in meant) else None


def parts(name: str) -> list[str]:
    """The words of a header in two languages, or with a stroke between; none when it is one word."""
    found = [part for part in _BETWEEN.split(name) if part]
    return found if len(found) > 1 else []


def without_brackets(name: str) -> str:
    """``手机(必填)`` → ``手机``."""
    for opening, closing in (("(", ")"), ("[", "]"), ("【", "】"), ("<", ">")):
        start = name.find(opening)
        end = name.find(closing, start)
        if 0 <= start < end:
            name = name[:start] + name[end + 1 :]
    return name


def _joined(
    rows: Sequence[Sequence[Any]], place: int, words: HeaderWords, best: int
) -> tuple[int, int, list[str]] | None:
    for upper, lower in ((place, place + 1), (place - 1, place)):
        if upper < 0 or lower >= len(rows):
            continue
        above, below = texts(rows[upper]), texts(rows[lower])
        width = max(len(above), len(below))
        above += [""] * (width - len(above))
        below += [""] * (width - len(below))
        filled = [cell for cell in below if cell]
        if len(filled) < 2 or score(below, words) * 2 < len(filled) or sum(map(bool, above)) < 2:
            continue  # the lower row holds data, or the upper one is a title
        both = [low or high for high, low in zip(above, below, strict=True)]
        if score(both, words) > best:
            return upper, 2, both
    return None
