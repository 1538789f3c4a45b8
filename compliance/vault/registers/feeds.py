"""Feeds of consent changes to source systems (CRM, WeCom …) and what those answered, row by row.

A row is about one item of one person as it stood when the feed was written. Rules: (1) a row is answered once with
*done*; a *failed* one may be answered again; (2) rows go when the person is erased, the feed's own record stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros
from compliance.vault.registers.register import Register

FEED = Table.of(
    "feed",
    "feed_id TEXT NOT NULL",
    "source TEXT NOT NULL",
    "since INTEGER NOT NULL",
    "made_at INTEGER NOT NULL",
    "made_by TEXT NOT NULL",
    "rows INTEGER NOT NULL",
    "sha256 TEXT NOT NULL",
)
FEED_ROW = Table.of(
    "feed_row",
    "feed_id TEXT NOT NULL",
    "no INTEGER NOT NULL",
    "hcp INTEGER NOT NULL",
    "item TEXT NOT NULL",
    "closes INTEGER NOT NULL",
    "due INTEGER NOT NULL",
    "answer TEXT NOT NULL",
    "answered_at INTEGER",
    keys=2,
    index=("hcp",),
)
TABLES: tuple[Table, ...] = (FEED, FEED_ROW)
DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One file of changes that left for a source system."""

    feed_id: str
    source: str
    since: datetime
    made_at: datetime
    made_by: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One change in a feed. ``answer`` is "", ``done`` or ``failed``."""

    feed_id: str
    no: int
    hcp_id: str
    item: str
    closes: bool
    due: datetime
    answer: str
    answered_at: datetime | None


class Feeds(Register):
    """What was sent and what came back."""

    def add(self, feed: Feed, rows: Sequence[FeedRow]) -> None:
        """Record a feed with its rows."""
        self._tx.insert(
            FEED,
            (
                feed.feed_id,
                feed.source,
                micros(feed.since),
                micros(feed.made_at),
                feed.made_by,
                feed.rows,
                feed.sha256,
            ),
        )
        for row in rows:
            self._tx.insert(
                FEED_ROW,
                (
                    row.feed_id,
                    row.no,
                    self._tx.number(row.hcp_id),
                    row.item,
                    int(row.closes),
                    micros(row.due),
                    "",
                    None,
                ),
            )

    def get(self, feed_id: str) -> Feed | None:
        """One feed."""
        row = self._tx.get(FEED, feed_id)
        return _feed(row) if row else None

    def all(self) -> list[Feed]:
        """All feeds, newest first."""
        return [_feed(row) for row in self._tx.select(FEED, "ORDER BY made_at DESC, feed_id", ())]

    def row(self, feed_id: str, no: int) -> FeedRow | None:
        """One row, None also when its person is gone."""
        found = self._rows("WHERE feed_id = ? AND no = ?", (feed_id, no))
        return found[0] if found else None

    def unanswered(self, *, hcp_id: str | None = None) -> list[FeedRow]:
        """Closing rows that no *done* has come back for, the ones due first in front."""
        if hcp_id is not None:
            return self._rows(
                "WHERE closes = 1 AND answer <> 'done' AND hcp = ? ORDER BY due", (self._tx.number_or_none(hcp_id),)
            )
        return self._rows("WHERE closes = 1 AND answer <> 'done' ORDER BY due, feed_id, no", ())

    def overdue(self, at: datetime) -> int:
        """How many of them are past their time."""
        return int(
            self._tx.db.value(
                "SELECT count(*) FROM feed_row WHERE closes = 1 AND answer <> 'done' AND due < ?", (micros(at),)
            )
        )

    def answer(self, feed_id: str, no: int, answer: str, at: datetime) -> None:
        """Note what came back for a row that is known."""
        row = self._tx.get(FEED_ROW, feed_id, no)
        assert row is not None
        self._tx.put(FEED_ROW, (*row[:6], answer, micros(at)))

    def _rows(self, rest: str, values: Sequence[Any]) -> list[FeedRow]:
        rows = self._tx.select(FEED_ROW, rest, values)
        ids = self._tx.hcp_ids({row[2] for row in rows})
        return [
            FeedRow(
                feed_id=row[0],
                no=row[1],
                hcp_id=ids.get(row[2], ""),
                item=row[3],
                closes=bool(row[4]),
                due=from_micros(row[5]),
                answer=row[6],
                answered_at=instant_or_none(row[7]),
            )
            for row in rows
        ]


def _feed(row: tuple[Any, ...]) -> Feed:
    return Feed(
        feed_id=row[0],
        source=row[1],
        since=from_micros(row[2]),
        made_at=from_micros(row[3]),
        made_by=row[4],
        rows=row[5],
        sha256=row[6],
    )
