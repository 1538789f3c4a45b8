"""Imports: staged in short transactions nobody sees, published by one.

Rules: (1) a staged person is in the tables but not in ``shown``, so no read, list, count or search meets them; (2)
publishing is one row; (3) what a dead process staged is dropped at the next open; (4) undo is refused, with the list
of people, once anything else has touched one of them, and takes away persons, keys, index and evidence otherwise.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.audit import Kind
from compliance.model.register import Batch, BatchState
from compliance.vault.arrivals.portions import Portion
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.engine.transaction import Transaction
from compliance.vault.lists.index import Index
from compliance.vault.people.holdings import holding_numbers

BATCH = Table.of(
    "batch",
    "no INTEGER",
    "batch TEXT NOT NULL",
    "source TEXT NOT NULL",
    "state TEXT NOT NULL",
    "file_sha256 TEXT NOT NULL",
    "started_at INTEGER NOT NULL",
    "published_at INTEGER",
    "actor TEXT NOT NULL",
    "counts TEXT NOT NULL",
    "seat TEXT NOT NULL",
    unique=("batch",),
)

#: Kinds an import itself writes about its people, and mere looks; anything else is a later touch.
_HARMLESS = frozenset(
    {
        Kind.IMPORT_STARTED,
        Kind.IMPORT_STAGED,
        Kind.IMPORT_PUBLISHED,
        Kind.IMPORT_COMPARED,
        Kind.IMPORT_UNDONE,
        Kind.PROFILE_OPENED,
        Kind.HISTORY_SHOWN,
        Kind.ACCESS_REFUSED,
        Kind.LIST_SHOWN,
        Kind.WHY_SHOWN,
        Kind.VALUE_REVEALED,
    }
)
#: Tables in which a later touch shows besides the log.
_TOUCHING = ("rights_case", "basis", "evidence", "assignment")


@dataclass(frozen=True, slots=True)
class UndoRefused:
    """An import that can no longer be undone: the people something else has touched since."""

    conflicts: tuple[str, ...]


class Batches:
    """Register of imports and the one way in for many people at once."""

    def __init__(self, tx: Transaction, index: Index) -> None:
        self._tx = tx
        self._index = index

    def start(self, batch: Batch) -> None:
        """Begin an import; its seat is this one. InputErrors ``batch_exists``."""
        if self._row(batch.batch) is not None:
            raise bad_input("batch_exists", "batch")
        no = self._tx.next_no(BATCH)
        self._tx.insert(BATCH, (no, *_values(batch), self._tx.vault.seat))

    def get(self, batch: str) -> Batch | None:
        """One import."""
        row = self._row(batch)
        return _batch(row) if row else None

    def all(self) -> list[Batch]:
        """All imports, newest first."""
        return [_batch(row) for row in self._tx.select(BATCH, "ORDER BY started_at DESC, no DESC")]

    def set_counts(self, batch: str, counts: Mapping[str, int]) -> None:
        """Store the counts of the report."""
        row = self._known(batch)
        self._tx.put(BATCH, (*row[:8], json.dumps(dict(counts), sort_keys=True), row[9]))

    def publish(self, batch: str, at: datetime) -> None:
        """Make everything staged under ``batch`` visible with this commit. InputErrors ``batch_state``."""
        self._set_state(batch, BatchState.STAGING, BatchState.PUBLISHED, at)

    def staging_no(self, batch: str) -> int:
        """Number of an import that is staging. InputErrors ``unknown_batch`` or ``batch_state``."""
        row = self._known(batch)
        if row[3] != BatchState.STAGING.value:
            raise bad_input("batch_state", "batch", row[3])
        return int(row[0])

    def write(self, batch: str, portion: Portion) -> None:
        """Store sealed people under a batch that is staging; their keys are the caller's. InputErrors as
        :meth:`staging_no`."""
        if self.staging_no(batch) != portion.batch and portion.hcp:
            raise bad_input("batch_state", "batch")
        tx = self._tx
        portion.keep(holding_numbers(tx, portion.holdings))
        for table, columns in portion.tables():
            tx.insert_columns(table, columns, portion.sums[table.name])
        tx.relate(portion.with_ends())
        if portion.index.hcp and tx.vault.has_index:
            self._index.insert_columns(portion.index)

    def conflicts(self, batch: str) -> list[str]:
        """People of a published batch that something else has touched since."""
        return sorted(self.touches(batch))

    def touches(self, batch: str) -> dict[str, tuple[str, ...]]:
        """Person → what has touched them since: kinds of entries, names of registers, ``answer``. What a later import
        changed and took back does not count."""
        row = self._known(batch)
        no = row[0]
        marks = ", ".join("?" * len(_HARMLESS))
        found = self._tx.db.execute(
            "SELECT DISTINCT p.hcp_id, e.kind FROM people p JOIN log_person l ON l.hcp_id = p.hcp_id"  # noqa: S608
            f" JOIN log_entry e ON e.idx = l.idx WHERE p.batch = ? AND e.kind NOT IN ({marks})"
            " AND (e.kind <> 'people_updated' OR NOT EXISTS (SELECT 1 FROM batch b WHERE b.state = 'undone'"
            " AND instr(CAST(e.body AS BLOB), CAST(b.batch AS BLOB)) > 0))",
            (no, *sorted(str(kind) for kind in _HARMLESS)),
        )
        for table in _TOUCHING:
            found += self._tx.db.execute(
                f"SELECT DISTINCT p.hcp_id, ? FROM people p JOIN {table} t ON t.hcp = p.hcp WHERE p.batch = ?",  # noqa: S608
                (table, no),
            )
        found += self._tx.db.execute(  # the no of a later file, whose entry names nobody
            "SELECT DISTINCT p.hcp_id, 'answer' FROM people p JOIN consent_event t ON t.hcp = p.hcp"
            " WHERE p.batch = ? AND t.recorded_at > ?",
            (no, row[6] or 0),
        )
        why: dict[str, list[str]] = {}
        for hcp_id, kind in found:
            why.setdefault(hcp_id, []).append(kind)
        return {hcp_id: tuple(sorted(kinds)) for hcp_id, kinds in why.items()}

    def undo(self, batch: str) -> UndoRefused | int:
        """Take a published import back: the number of people removed, or who stands in the way."""
        row = self._known(batch)
        if row[3] != BatchState.PUBLISHED.value:
            raise bad_input("batch_state", "batch", row[3])
        in_the_way = self.conflicts(batch)
        if in_the_way:
            return UndoRefused(tuple(in_the_way))
        self._set_state(batch, BatchState.PUBLISHED, BatchState.UNDONE, None)
        return self._sweep_later(row[0])

    def drop(self, batch: str) -> int:
        """Give up a staging import; the number of people removed."""
        no = self._known(batch)[0]
        self._set_state(batch, BatchState.STAGING, BatchState.DROPPED, None)
        return self._sweep_later(no)

    def people_of(self, batch: str) -> list[str]:
        """Everybody a batch brought in, by pseudonym."""
        rows = self._tx.db.execute("SELECT hcp_id FROM people WHERE batch = ? ORDER BY hcp", (self._known(batch)[0],))
        return [hcp_id for (hcp_id,) in rows]

    def keyed_people(self, source: str, *, by_id: bool, by_licence: bool) -> frozenset[str]:
        """Who is held from a source and would be found again: by the source's own number, or, with ``by_licence``, by a
        licence where there is no such number to look for."""
        kind = f"source_id:{source}"
        db, having = self._tx.db, self._index.having
        numbered = {hcp_id for (hcp_id,) in db.execute(_NUMBERED, (having(kind),))}
        found = set(numbered) if by_id else set()
        if by_licence:
            licensed = {hcp_id for (hcp_id,) in db.execute(_LICENSED, (source, having("licence")))}
            with_number = {hcp_id for (hcp_id,) in db.execute(_NUMBERED, (having(kind, "licence"),))}
            found |= (licensed | with_number) - (numbered if by_id else set())
        return frozenset(found)

    def leftover(self, limit: int, at: datetime) -> tuple[str, BatchState, list[int]] | None:
        """An undone or dropped import that still has people, its state and up to ``limit`` of their numbers. While an
        inspection holds anything, what an undone import left stays; a dropped one was never in the store."""
        row = self._tx.db.one(
            "SELECT no, batch, state FROM batch b WHERE EXISTS (SELECT 1 FROM people p WHERE p.batch = b.no) AND"
            " (state = 'dropped' OR state = 'undone' AND NOT EXISTS (SELECT 1 FROM inspection_hold WHERE"
            " starts_at <= ?1 AND ?1 < ends_at AND (lifted_at IS NULL OR ?1 < lifted_at))) LIMIT 1",
            (micros(at),),
        )
        if row is None:
            return None
        numbers = self._tx.db.execute("SELECT hcp FROM people WHERE batch = ? LIMIT ?", (row[0], limit))
        return row[1], BatchState(row[2]), [number for (number,) in numbers]

    def abandoned(self, living: frozenset[str]) -> list[str]:
        """Imports still staging although the seat that stages them is gone."""
        rows = self._tx.db.execute("SELECT batch, seat FROM batch WHERE state = 'staging' ORDER BY no")
        return [batch for batch, seat in rows if seat not in living]

    def _sweep_later(self, no: int) -> int:
        """The rows are invisible from this commit on; they go right after it, in short transactions."""
        self._tx.after_commit(self._clear)
        return int(self._tx.db.value("SELECT count(*) FROM people WHERE batch = ?", (no,)))

    def _clear(self) -> None:
        self._tx.vault.sweep_batches()

    def _set_state(self, batch: str, was: BatchState, becomes: BatchState, at: datetime | None) -> None:
        row = self._known(batch)
        if row[3] != was.value:
            raise bad_input("batch_state", "batch", row[3])
        published = row[6] if at is None else micros(at)
        self._tx.put(BATCH, (*row[:3], becomes.value, *row[4:6], published, *row[7:]))

    def _row(self, batch: str) -> tuple[Any, ...] | None:
        rows = self._tx.select(BATCH, "WHERE batch = ?", (batch,))
        return rows[0] if rows else None

    def _known(self, batch: str) -> tuple[Any, ...]:
        row = self._row(batch)
        if row is None:
            raise bad_input("unknown_batch", "batch")
        return row


#: Everybody with an identifier, in the record they were merged into.
_NUMBERED = (
    "SELECT DISTINCT s.hcp_id FROM idx.grams g LEFT JOIN merge_case m ON m.gone = g.rowid AND m.undone_at IS NULL"
    " JOIN shown s ON s.hcp = coalesce(m.kept, g.rowid) WHERE g.grams MATCH ? AND s.status <> 'erased'"
)
#: Everybody an import of the source brought in, with a licence.
_LICENSED = (
    "SELECT s.hcp_id FROM batch b JOIN shown s ON s.batch = b.no WHERE b.source = ? AND s.status <> 'erased'"
    " AND s.hcp IN (SELECT rowid FROM idx.grams WHERE grams MATCH ?)"
)


def _values(batch: Batch) -> tuple[Any, ...]:
    return (
        batch.batch,
        batch.source,
        batch.state.value,
        batch.file_sha256,
        micros(batch.started_at),
        micros_or_none(batch.published_at),
        batch.actor,
        json.dumps(batch.counts, sort_keys=True),
    )


def _batch(row: Sequence[Any]) -> Batch:
    return Batch(
        batch=row[1],
        source=row[2],
        state=BatchState(row[3]),
        file_sha256=row[4],
        started_at=from_micros(row[5]),
        published_at=instant_or_none(row[6]),
        actor=row[7],
        counts=json.loads(row[8]),
    )
