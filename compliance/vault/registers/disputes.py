"""Values somebody says are wrong, and how each dispute was settled (PIPL 8, 46). Names of fields, never a value."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros, micros_or_none
from compliance.vault.registers.register import Register

VALUE_DISPUTE = Table.of(
    "value_dispute",
    "hcp INTEGER NOT NULL",
    "field TEXT NOT NULL",
    "said_at INTEGER NOT NULL",
    "said_by TEXT NOT NULL",
    "reason TEXT NOT NULL",
    "stood TEXT NOT NULL",
    "settled_at INTEGER",
    "settled_by TEXT NOT NULL",
    "outcome TEXT NOT NULL",
    keys=3,
)
TABLES: tuple[Table, ...] = (VALUE_DISPUTE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One dispute of one value. ``stood``: the status of the value before it."""

    hcp_id: str
    key: str
    said_at: datetime
    said_by: str
    reason: str
    stood: str
    settled_at: datetime | None = None
    settled_by: str = ""
    outcome: str = ""


class Disputes(Register):
    """Disputed values."""

    def put(self, dispute: Dispute) -> None:
        """Keep or settle one. InputErrors ``unknown_person``."""
        self._tx.put(
            VALUE_DISPUTE,
            (
                self._tx.number(dispute.hcp_id),
                dispute.key,
                micros(dispute.said_at),
                dispute.said_by,
                dispute.reason,
                dispute.stood,
                micros_or_none(dispute.settled_at),
                dispute.settled_by,
                dispute.outcome,
            ),
        )

    def open(self, hcp_id: str, key: str) -> Dispute | None:
        """The dispute of a field that nobody has settled yet."""
        return next((d for d in self.of(hcp_id, key) if d.settled_at is None), None)

    def of(self, hcp_id: str, key: str) -> list[Dispute]:
        """All disputes of a field, newest first."""
        hcp = self._tx.number(hcp_id)
        rows = self._tx.select(VALUE_DISPUTE, "WHERE hcp = ? AND field = ? ORDER BY said_at DESC", (hcp, key))
        return [_dispute(hcp_id, row) for row in rows]


def _dispute(hcp_id: str, row: tuple[Any, ...]) -> Dispute:
    return Dispute(
        hcp_id=hcp_id,
        key=row[1],
        said_at=from_micros(row[2]),
        said_by=row[3],
        reason=row[4],
        stood=row[5],
        settled_at=from_micros(row[6]) if row[6] is not None else None,
        settled_by=row[7],
        outcome=row[8],
    )
