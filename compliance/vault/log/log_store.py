"""The audit log in ``main.db``: entries, their tree, and proofs at any size.

Rules: (1) entries are appended inside the transaction they describe, never changed (triggers and guard); (2) the tree
is kept as a compact range in one row and one stored hash per full 256 leaves, so a root or proof reads a few hundred
rows at most; (3) the floor of all instants ever seen lives in the same row, so every commit raises it for nothing.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from compliance.audit import entry as entries
from compliance.audit.tree import (
    TILE,
    CompactRange,
    TileNodes,
    consistency_path,
    inclusion_path,
    leaf_hashes,
    tree_root,
)
from compliance.model.audit import AuditEvent, Kind
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.times import from_micros, micros

#: Binding wants a plain text, and a look-up costs less than the value of a member.
_KINDS = {kind: kind.value for kind in Kind}
#: An insider may have changed the type of a value; bytes are bytes to a check.
_READ = "SELECT idx, CAST(body AS BLOB), CAST(leaf AS BLOB) FROM log_entry"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry as it stands in the log."""

    index: int
    body: bytes
    leaf: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object."""
        return json.loads(self.body)  # type: ignore[no-any-return]


class LogStore:
    """The log over one connection. Reads see what the connection's transaction sees."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._head = CompactRange()
        self._floor = 0
        self._pending: tuple[CompactRange, int] | None = None

    def load(self) -> None:
        """Read the head anew: another connection has committed."""
        row = self._db.one("SELECT CAST(tree AS BLOB), floor FROM log_head WHERE one = 1")
        self._head, self._floor, self._pending = CompactRange(), 0, None
        try:
            if row:
                self._head, self._floor = CompactRange.decode(row[0]), int(row[1])
        except ValueError:
            return  # a head that is none: the check finds entries without a tree

    def forget(self) -> None:
        """Drop what a rolled-back transaction appended."""
        self._pending = None

    def settle(self) -> None:
        """The transaction is committed."""
        if self._pending is not None:
            self._head, self._floor = self._pending
        self._pending = None

    @property
    def size(self) -> int:
        """Number of committed entries."""
        return self._head.size

    @property
    def floor(self) -> datetime:
        """The latest instant any committed entry bears."""
        return from_micros(self._floor)

    def root(self) -> bytes:
        """Root over all committed entries."""
        return self._head.root()

    def append(
        self, events: Sequence[AuditEvent], *, seat: str, state: str, floor: datetime | None = None
    ) -> list[int]:
        """Write entries in the running transaction; their numbers. ``floor`` sets the floor anew (clock put right)."""
        head = self._head.copy()
        lowest = self._floor if floor is None else micros(floor)
        first = head.size
        bodies = entries.encode_all(events, first=first, seat=seat, state=state)
        leaves = leaf_hashes(bodies)
        tiles = list(enumerate(head.extend(leaves), start=first // TILE))
        rows: list[tuple[int, int, str, str, bytearray, bytearray]] = []  # bytes are bound four times slower
        people: list[tuple[str, int]] = []
        instant, at = None, 0
        for index, event, body, leaf in zip(count(first), events, bodies, leaves):
            if event.at is not instant:
                instant, at = event.at, micros(event.at)
                lowest = max(lowest, at)
            rows.append((index, at, _KINDS[event.kind], event.actor, bytearray(body), bytearray(leaf)))
            if event.hcps:
                people += [(hcp_id, index) for hcp_id in dict.fromkeys(event.hcps)]
        self._db.many("INSERT INTO log_entry (idx, at, kind, actor, body, leaf) VALUES (?, ?, ?, ?, ?, ?)", rows)
        if people:
            self._db.many("INSERT INTO log_person (hcp_id, idx) VALUES (?, ?)", people)
        if tiles:
            self._db.many("INSERT INTO log_tile (no, hash) VALUES (?, ?)", tiles)
        self._db.execute("INSERT OR REPLACE INTO log_head (one, tree, floor) VALUES (1, ?, ?)", (head.encode(), lowest))
        self._pending = (head, lowest)
        return list(range(first, head.size))

    def entries(self, start: int, stop: int) -> list[LogEntry]:
        """Entries ``start`` to ``stop - 1`` in order."""
        return [
            LogEntry(*row)
            for row in self._db.execute(f"{_READ} WHERE idx >= ? AND idx < ? ORDER BY idx", (start, stop))
        ]

    def entry(self, index: int) -> LogEntry | None:
        """One entry, None when there is none of that number."""
        row = self._db.one(f"{_READ} WHERE idx = ?", (index,))
        return LogEntry(*row) if row else None

    def stream(self, start: int = 0) -> Iterator[LogEntry]:
        """All entries from ``start`` on, read in blocks."""
        for row in self._db.stream(f"{_READ} WHERE idx >= ? ORDER BY idx", (start,)):
            yield LogEntry(*row)

    def find(
        self,
        *,
        kind: Kind | Sequence[Kind] | None = None,
        hcp: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 200,
        newest_first: bool = True,
    ) -> list[LogEntry]:
        """Entries that meet every given condition; ``since`` included, ``until`` not."""
        kinds = () if kind is None else (kind,) if isinstance(kind, str) else tuple(kind)
        conditions: list[tuple[str, tuple[Any, ...]]] = []
        if kinds:
            conditions.append((f"kind IN ({', '.join('?' * len(kinds))})", tuple(str(k) for k in kinds)))
        if hcp is not None:
            conditions.append(("idx IN (SELECT idx FROM log_person WHERE hcp_id = ?)", (hcp,)))
        if actor is not None:
            conditions.append(("actor = ?", (actor,)))
        if since is not None:
            conditions.append(("at >= ?", (micros(since),)))
        if until is not None:
            conditions.append(("at < ?", (micros(until),)))
        where = " AND ".join(text for text, _ in conditions) or "1"
        order = "DESC" if newest_first else "ASC"
        sql = f"{_READ} WHERE {where} ORDER BY idx {order} LIMIT ?"
        values = [value for _, group in conditions for value in group]
        return [LogEntry(*row) for row in self._db.execute(sql, (*values, limit))]

    def clock_trouble(self) -> LogEntry | None:
        """The last time the clock was found set back, unless somebody has acknowledged it since."""
        last = self.find(kind=(Kind.CLOCK_ANOMALY, Kind.CLOCK_ACKNOWLEDGED), limit=1)
        return last[0] if last and last[0].data["kind"] == Kind.CLOCK_ANOMALY else None

    def people_in(self, kinds: Sequence[Kind]) -> list[str]:
        """Distinct people of all entries of some kinds."""
        marks = ", ".join("?" * len(kinds))
        rows = self._db.execute(
            "SELECT DISTINCT p.hcp_id FROM log_entry e JOIN log_person p ON p.idx = e.idx"  # noqa: S608 - marks only
            f" WHERE e.kind IN ({marks})",
            [str(kind) for kind in kinds],
        )
        return [hcp_id for (hcp_id,) in rows]

    def people_of(self, basis: str) -> int:
        """Distinct people of all entries that name this basis."""
        mark = json.dumps({"basis": basis}, separators=(",", ":"))[1:-1].encode()
        sql = (
            "SELECT COUNT(DISTINCT p.hcp_id) FROM log_person p JOIN log_entry e ON e.idx = p.idx"
            " WHERE instr(CAST(e.body AS BLOB), ?) > 0"
        )
        return int(self._db.execute(sql, (mark,))[0][0])

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that entry ``index`` stands in the log of ``size`` entries. IndexError outside it."""
        return inclusion_path(self._nodes(), index, self.size if size is None else size)

    def inclusions(self, indexes: Sequence[int], size: int) -> Iterator[list[bytes]]:
        """As :meth:`inclusion` for many entries; what one proof reads the next one has."""
        nodes = self._nodes()
        for index in indexes:
            yield inclusion_path(nodes, index, size)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the log of ``new`` entries extends the one of ``old``."""
        return consistency_path(self._nodes(), old, self.size if new is None else new)

    def root_at(self, size: int) -> bytes:
        """Root over the first ``size`` entries. ValueError beyond the log."""
        if not 0 <= size <= self.size:
            raise ValueError("the log is shorter")
        return tree_root(self._nodes(), size)

    def range_at(self, size: int) -> CompactRange:
        """The compact range over the first ``size`` entries, for a check that begins there."""
        nodes, hashes, begin = self._nodes(), [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                hashes.append(nodes(level, begin >> level))
                begin += 1 << level
        return CompactRange(size, hashes)

    def tile(self, number: int) -> bytes | None:
        """Stored hash of a full tile."""
        return self._db.value("SELECT CAST(hash AS BLOB) FROM log_tile WHERE no = ?", (number,))  # type: ignore[no-any-return]

    def leaves(self, begin: int, end: int) -> list[bytes]:
        """Stored leaf hashes of entries ``begin`` to ``end - 1``."""
        rows = self._db.execute(
            "SELECT CAST(leaf AS BLOB) FROM log_entry WHERE idx >= ? AND idx < ? ORDER BY idx", (begin, end)
        )
        return [row[0] for row in rows]

    def _nodes(self) -> TileNodes:
        def fetch(level: int, begin: int, end: int) -> Sequence[bytes]:
            if level == 0:
                return self.leaves(begin, end)
            rows = self._db.execute(
                "SELECT CAST(hash AS BLOB) FROM log_tile WHERE no >= ? AND no < ? ORDER BY no", (begin, end)
            )
            return [row[0] for row in rows]

        return TileNodes(fetch)
