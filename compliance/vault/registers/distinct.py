"""Pairs of records that somebody looked at and found to be two people, so that nobody is asked again (R26).

Rules: (1) a pair stands in both directions, so that the erasure of either takes its word along; (2) it can be taken
back; (3) a merge of the two is still possible: the word only keeps the pair out of the list of likely duplicates.
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.registers.register import Register

DISTINCT = Table.of(
    "distinct_person",
    "hcp INTEGER NOT NULL",
    "other INTEGER NOT NULL",
    "reason TEXT NOT NULL",
    "said_at INTEGER NOT NULL",
    "said_by TEXT NOT NULL",
    keys=2,
)
TABLES: tuple[Table, ...] = (DISTINCT,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctPair:
    """Two records of two people, and who said so."""

    one: str
    other: str
    reason: str
    said_at: datetime
    said_by: str


class DistinctPairs(Register):
    """Pairs that are no duplicates."""

    def put(self, pair: DistinctPair) -> None:
        """Keep the word. InputErrors ``unknown_person``."""
        one, other = self._tx.number(pair.one), self._tx.number(pair.other)
        for left, right in ((one, other), (other, one)):
            self._tx.put(DISTINCT, (left, right, pair.reason, micros(pair.said_at), pair.said_by))

    def take_back(self, one: str, other: str) -> bool:
        """Whether there was such a word; it is gone afterwards."""
        numbers = self._tx.number_or_none(one), self._tx.number_or_none(other)
        found = self._tx.get(DISTINCT, *numbers) is not None
        for pair in (numbers, numbers[::-1]):
            self._tx.remove_where(DISTINCT, "WHERE hcp = ? AND other = ?", pair)
        return found

    def known(self) -> frozenset[tuple[str, str]]:
        """Every pair, in both directions."""
        rows = self._tx.select(DISTINCT, "", ())
        ids = self._tx.hcp_ids({number for row in rows for number in row[:2]})
        return frozenset((ids[row[0]], ids[row[1]]) for row in rows if row[0] in ids and row[1] in ids)

    def all(self) -> list[DistinctPair]:
        """Every pair once, newest first."""
        rows = self._tx.select(DISTINCT, "WHERE hcp < other ORDER BY said_at DESC, hcp", ())
        ids = self._tx.hcp_ids({number for row in rows for number in row[:2]})
        return [
            DistinctPair(
                one=ids[row[0]], other=ids[row[1]], reason=row[2],
                said_at=from_micros(row[3]), said_by=row[4],
            )
            for row in rows
            if row[0] in ids and row[1] in ids
        ]  # fmt: skip
