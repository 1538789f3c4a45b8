"""Interned provenance: values share a record of where they come from, by number. Rows are never changed or removed."""

from typing import Any

from compliance.model.profile import Provenance, SourceClass, ValueStatus
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import day_or_none, iso_or_none
from compliance.vault.engine.transaction import Transaction

PROVENANCE = Table.of(
    "provenance",
    "no INTEGER",
    "source TEXT NOT NULL",
    "class TEXT NOT NULL",
    "source_date TEXT",
    "collector TEXT NOT NULL",
    "grade TEXT NOT NULL",
    "basis TEXT NOT NULL",
    "status TEXT NOT NULL",
    "cited INTEGER NOT NULL",
)


class ProvenanceCache:
    """Committed records by number and back; numbers never change their meaning."""

    def __init__(self) -> None:
        self.numbers: dict[Provenance, int] = {}
        self.records: dict[int, Provenance] = {}
        self.read_to = 0  # every committed row up to here is known


class Provenances:
    """The interned records inside one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._cache: ProvenanceCache = tx.vault.provenance_cache
        self._new: dict[Provenance, int] = {}

    def number(self, record: Provenance) -> int:
        """The number of a record, made when it is new."""
        known = self._cache.numbers.get(record) or self._new.get(record)
        if known is not None:
            return known
        found = self._find(record)
        if found is not None:
            self._remember(found, record)
            return found
        made = self.reserve(1)
        self._tx.insert(PROVENANCE, (made, *provenance_row(record)))
        self._new[record] = made
        self._tx.after_commit(lambda: self._remember(made, record))
        return made

    def reserve(self, count: int) -> int:
        """Numbers for ``count`` new records; the first. What is reserved stays so, used or not."""
        newest = self._tx.next_no(PROVENANCE)
        return self._tx.take_numbers("next_provenance", count, least=newest)

    def known_of(self, like: Provenance) -> dict[tuple[str, str], int]:
        """(source date, status) → number of the records that are otherwise like ``like``."""
        wanted = provenance_row(like)
        rows = self._tx.select(PROVENANCE, "WHERE source = ? ORDER BY no DESC", (like.source,))
        same = [row for row in rows if (row[2], *row[4:7], row[8]) == (wanted[1], *wanted[3:6], wanted[7])]
        return {(row[3] or "", row[7]): row[0] for row in same}

    def all(self) -> dict[int, Provenance]:
        """Every record by number."""
        self._find_new()
        return {**self._cache.records, **{number: record for record, number in self._new.items()}}

    def record(self, number: int) -> Provenance:
        """The record of a number."""
        known = self._cache.records.get(number)
        if known is None:
            row = self._tx.get(PROVENANCE, number)
            if row is None:
                raise LookupError(f"provenance {number}")
            known = _record(row)
            if number not in self._new.values():
                self._remember(number, known)
        return known

    def _find(self, record: Provenance) -> int | None:
        self._find_new()
        return self._cache.numbers.get(record)

    def _find_new(self) -> None:
        """Catch up with rows other seats committed; none can appear once this transaction has the write lock."""
        if not self._new:
            for row in self._tx.select(PROVENANCE, "WHERE no > ? ORDER BY no", (self._cache.read_to,)):
                self._remember(row[0], _record(row))
                self._cache.read_to = row[0]

    def _remember(self, number: int, record: Provenance) -> None:
        self._cache.numbers[record] = number
        self._cache.records[number] = record


def provenance_row(record: Provenance) -> tuple[Any, ...]:
    """The stored row without its number."""
    return (
        record.source,
        str(record.source_class),
        iso_or_none(record.source_date),
        record.collector,
        record.grade,
        record.basis,
        str(record.status),
        int(record.cited),
    )


def _record(row: tuple[Any, ...]) -> Provenance:
    return Provenance(
        source=row[1],
        source_class=SourceClass(row[2]),
        source_date=day_or_none(row[3]),
        collector=row[4],
        grade=row[5],
        basis=row[6],
        status=ValueStatus(row[7]),
        cited=bool(row[8]),
    )
