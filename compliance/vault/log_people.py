"""Who is named in which entry, collected while a log is read, against the table it is looked up in.

Rules: (1) the table must hold exactly the pairs the entries name: one row exchanged for another hides a reading from a
person's timeline and keeps every count; (2) the entry of the first difference is named.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from itertools import zip_longest
from json import encoder

from compliance.vault.connection import Connection

_PEOPLE = "SELECT DISTINCT hcp_id FROM log_person"


def quoted(text: str) -> bytes:
    """A text as it stands in an entry."""
    return encoder.encode_basestring(text).encode("utf-8", "replace")  # a lone surrogate stands in none


class PeopleSeen:
    """Pairs of person and entry, in the order of the entries."""

    def __init__(self) -> None:
        self._seen: defaultdict[bytes, array[int]] = defaultdict(lambda: array("Q"))

    def take(self, texts: Iterable[bytes], first: int) -> None:
        """The members of ``hcps`` of neighbouring entries, as they stand between the brackets."""
        seen = self._seen
        for index, hcps in enumerate(texts, first):
            if b"," in hcps:
                for hcp in dict.fromkeys(hcps.split(b",")):
                    seen[hcp].append(index)
            elif hcps:
                seen[hcps].append(index)

    def first_difference(self, db: Connection) -> int | None:
        """The smallest entry that names somebody the table does not, or the other way round; -1 for a row that names
        no entry. None when both agree."""
        different: list[int] = []
        found = 0
        for hcp_id, numbers in db.stream(
            "SELECT hcp_id, group_concat(idx, ',') FROM (SELECT hcp_id, idx FROM log_person ORDER BY hcp_id, idx)"
            " GROUP BY hcp_id"
        ):
            seen = self._seen.get(quoted(str(hcp_id)))
            found += seen is not None
            try:
                stored = array("Q", map(int, numbers.split(",")))
            except (ValueError, OverflowError, AttributeError):
                return -1
            if stored != seen:
                different.append(_first(stored, seen or ()))
        if found < len(self._seen):  # somebody stands in no row at all
            rows = {quoted(str(hcp_id)) for (hcp_id,) in db.stream(_PEOPLE)}
            different.extend(numbers[0] for hcp, numbers in self._seen.items() if hcp not in rows)
        return min(different, default=None)


def _first(one: Iterable[int], other: Iterable[int]) -> int:
    """The smallest number that is in one ascending row alone."""
    return next(min(n for n in pair if n is not None) for pair in zip_longest(one, other) if pair[0] != pair[1])
