"""Who is named in which entry, collected while a log is read, against the table it is looked up in.

Rules: (1) the table must hold exactly the pairs the entries name: one row exchanged for another hides a reading from a
person's timeline and keeps every count; (2) the entry of the first difference is named.
"""

import json
from array import array
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from itertools import count, zip_longest
from json import encoder
from operator import call

from compliance.vault.engine.connection import Connection

#: SQLite joins numbers in the order of the table's key, though it does not promise to.
_ENTRIES = "SELECT hcp_id, group_concat(idx, ',') FROM log_person GROUP BY hcp_id"
_PEOPLE = "SELECT DISTINCT hcp_id FROM log_person"


def quoted(text: str) -> bytes:
    """A text as it stands in an entry."""
    return encoder.encode_basestring(text).encode("utf-8", "replace")  # a lone surrogate stands in none


class PeopleSeen:
    """Pairs of person and entry, in the order of the entries."""

    def __init__(self) -> None:
        self._seen: defaultdict[bytes, array[int]] = defaultdict(lambda: array("Q"))
        self._adds = _Adds(self._seen)

    def take(self, texts: Iterable[bytes], first: int) -> None:
        """The members of ``hcps`` of neighbouring entries, as they stand between the brackets."""
        deque(map(call, map(self._adds.__getitem__, texts), count(first)), maxlen=0)

    def first_difference(self, db: Connection) -> int | None:
        """The smallest entry that names somebody the table does not, or the other way round; -1 for a row that names
        no entry. None when both agree."""
        different: list[int] = []
        found = 0
        for hcp_id, numbers in db.stream(_ENTRIES):
            seen = self._seen.get(quoted(str(hcp_id)))
            found += seen is not None
            try:
                stored = array("Q", json.loads(f"[{numbers}]"))
            except (ValueError, OverflowError, TypeError):
                return -1
            if stored != seen and (ascending := array("Q", sorted(stored))) != seen:
                different.append(_first(ascending, seen or ()))
        if found < len(self._seen):  # somebody stands in no row at all
            rows = {quoted(str(hcp_id)) for (hcp_id,) in db.stream(_PEOPLE)}
            different.extend(numbers[0] for hcp, numbers in self._seen.items() if hcp not in rows)
        return min(different, default=None)


class _Adds(dict[bytes, Callable[[int], None]]):
    """What to do with the number of an entry, by its members: most name one person, and most of those come again."""

    def __init__(self, seen: "defaultdict[bytes, array[int]]") -> None:
        super().__init__({b"": lambda _: None})
        self._seen = seen

    def __missing__(self, hcps: bytes) -> Callable[[int], None]:
        if b"," not in hcps:
            self[hcps] = self._seen[hcps].append
            return self[hcps]
        several, seen = dict.fromkeys(hcps.split(b",")), self._seen

        def add(index: int) -> None:
            for hcp in several:
                seen[hcp].append(index)

        return add


def _first(one: Iterable[int], other: Iterable[int]) -> int:
    """The smallest number that is in one ascending row alone."""
    return next(min(n for n in pair if n is not None) for pair in zip_longest(one, other) if pair[0] != pair[1])
