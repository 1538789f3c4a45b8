"""Two records of one person: which was merged into which, by whom, and whether it was taken apart again (R26).

Rules: (1) nothing of either record is moved or rewritten: the merged one leaves every list, its events are read with
those of the kept one, its identifiers lead there; (2) taking apart restores both; (3) a record that others were merged
into is not merged on: take those apart first, so that a chain never has to be followed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.access import Block
from compliance.vault.engine.codes import block_mask, blocks_of
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros
from compliance.vault.registers.register import Register

MERGE = Table.of(
    "merge_case",
    "case_id TEXT NOT NULL",
    "kept INTEGER NOT NULL",
    "gone INTEGER NOT NULL",
    "merged_at INTEGER NOT NULL",
    "merged_by TEXT NOT NULL",
    "added_blocks INTEGER NOT NULL",
    "undone_at INTEGER",
    index=("kept", "gone"),
)
TABLES: tuple[Table, ...] = (MERGE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCase:
    """One merge. ``added_blocks`` are those the kept record took over."""

    case_id: str
    kept: str
    gone: str
    merged_at: datetime
    merged_by: str
    added_blocks: frozenset[Block]
    undone_at: datetime | None = None


class Merges(Register):
    """Merged records."""

    def add(self, case: MergeCase) -> None:
        """Record a merge; from here on the gone record is in no list."""
        self._tx.insert(
            MERGE,
            (
                case.case_id,
                self._tx.number(case.kept),
                self._tx.number(case.gone),
                micros(case.merged_at),
                case.merged_by,
                block_mask(case.added_blocks),
                None,
            ),
        )
        self._tx.forget_number(case.gone)

    def undo(self, case_id: str, at: datetime) -> None:
        """Take apart; both records are there again."""
        row = self._tx.get(MERGE, case_id)
        assert row is not None
        self._tx.put(MERGE, (*row[:6], micros(at)))

    def get(self, case_id: str) -> MergeCase | None:
        """One merge, standing or not."""
        row = self._tx.get(MERGE, case_id)
        return self._cases([row])[0] if row else None

    def into(self, hcp_id: str) -> list[MergeCase]:
        """Standing merges into a record."""
        return self._cases(
            self._tx.select(MERGE, "WHERE kept = ? AND undone_at IS NULL", (self._tx.number_or_none(hcp_id),))
        )

    def kept_of(self, hcp_id: str) -> str | None:
        """The record a merged one leads to, None for any other id."""
        found = self._tx.db.value(
            "SELECT k.hcp_id FROM merge_case m JOIN people g ON g.hcp = m.gone JOIN people k ON k.hcp = m.kept"
            " WHERE g.hcp_id = ? AND m.undone_at IS NULL",
            (hcp_id,),
        )
        return str(found) if found else None

    def all(self) -> list[MergeCase]:
        """Every merge, newest first."""
        return self._cases(self._tx.select(MERGE, "ORDER BY merged_at DESC, case_id", ()))

    def _cases(self, rows: list[tuple[Any, ...]]) -> list[MergeCase]:
        ids = self._tx.hcp_ids({number for row in rows for number in row[1:3]})
        return [
            MergeCase(
                case_id=row[0],
                kept=ids.get(row[1], ""),
                gone=ids.get(row[2], ""),
                merged_at=from_micros(row[3]),
                merged_by=row[4],
                added_blocks=blocks_of(row[5]),
                undone_at=instant_or_none(row[6]),
            )
            for row in rows
        ]
