"""Overseas recipients, and who was sent to them."""

import json
from datetime import datetime
from typing import Any

from compliance.model.profile import CrossBorder, CrossBorderState
from compliance.model.register import Recipient
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.registers.register import Register

RECIPIENT = Table.of(
    "recipient",
    "recipient_id TEXT NOT NULL",
    "legal_name TEXT NOT NULL",
    "country TEXT NOT NULL",
    "contact TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "method TEXT NOT NULL",
    "kinds TEXT NOT NULL",
    "rights_channel TEXT NOT NULL",
    "registered_at INTEGER NOT NULL",
)
TRANSFER = Table.of(
    "transfer",
    "hcp_id TEXT NOT NULL",  # outlives the person: the meter of the year counts who was sent (law.md 2.3)
    "at INTEGER NOT NULL",
    "recipient TEXT NOT NULL",
    "sensitive INTEGER NOT NULL",
    keys=3,
    index=("at",),
)
TABLES: tuple[Table, ...] = (RECIPIENT, TRANSFER)


class Recipients(Register):
    """Overseas recipients."""

    def add(self, recipient: Recipient) -> None:
        """Register or replace."""
        self._tx.put(
            RECIPIENT,
            (
                recipient.recipient_id,
                recipient.legal_name,
                recipient.country,
                recipient.contact,
                recipient.purpose,
                recipient.method,
                json.dumps(list(recipient.kinds), ensure_ascii=False),
                recipient.rights_channel,
                micros(recipient.registered_at),
            ),
        )

    def get(self, recipient_id: str) -> Recipient | None:
        """One recipient."""
        row = self._tx.get(RECIPIENT, recipient_id)
        return _recipient(row) if row else None

    def all(self) -> list[Recipient]:
        """All, by id."""
        return [_recipient(row) for row in self._tx.select(RECIPIENT, "ORDER BY recipient_id")]


class Transfers(Register):
    """Who was sent to whom overseas: the meter counts people, not records (law.md 2.3)."""

    def add(self, hcp_id: str, recipient: str, at: datetime, *, sensitive: bool) -> None:
        """Note that a person was sent."""
        self._tx.put(TRANSFER, (hcp_id, micros(at), recipient, int(sensitive)))

    def tally(self, year_start: datetime, year_end: datetime) -> tuple[int, int]:
        """(people sent without sensitive data only, people sent with sensitive data) in a span, each counted once.
        A person sent both ways counts as sensitive."""
        row = self._tx.db.one(
            "SELECT coalesce(sum(1 - s), 0), coalesce(sum(s), 0) FROM"
            " (SELECT max(sensitive) AS s FROM transfer WHERE at >= ? AND at < ? GROUP BY hcp_id)",
            (micros(year_start), micros(year_end)),
        )
        assert row is not None
        return int(row[0]), int(row[1])

    def people(self, year_start: datetime, year_end: datetime) -> dict[str, bool]:
        """Person id → whether sensitive data was sent, for a span."""
        rows = self._tx.db.execute(
            "SELECT hcp_id, max(sensitive) FROM transfer WHERE at >= ? AND at < ? GROUP BY hcp_id",
            (micros(year_start), micros(year_end)),
        )
        return {hcp_id: bool(sensitive) for hcp_id, sensitive in rows}

    def of(self, hcp_id: str) -> list[tuple[str, datetime, bool]]:
        """(recipient, when, sensitive) of a person, oldest first."""
        rows = self._tx.select(TRANSFER, "WHERE hcp_id = ? ORDER BY at", (hcp_id,))
        return [(row[2], from_micros(row[1]), bool(row[3])) for row in rows]

    def states(self, hcp_id: str) -> tuple[CrossBorderState, ...]:
        """Recipients a person was sent to, each since the first time."""
        first: dict[str, datetime] = {}
        for recipient, at, _ in self.of(hcp_id):
            first.setdefault(recipient, at)
        return tuple(CrossBorderState(recipient=r, state=CrossBorder.SENT, since=at) for r, at in first.items())


def _recipient(row: tuple[Any, ...]) -> Recipient:
    return Recipient(
        recipient_id=row[0],
        legal_name=row[1],
        country=row[2],
        contact=row[3],
        purpose=row[4],
        method=row[5],
        kinds=tuple(json.loads(row[6])),
        rights_channel=row[7],
        registered_at=from_micros(row[8]),
    )
