"""State set hash: one number per authoritative table that changes with every row, and one digest over all of them.

Rules: (1) a row counts as SHAKE256(table, row; 256 bytes) and a table is the sum of its rows mod 2^2048, so adding and
removing a row cost the same whatever the size of the table; (2) sums are kept in the transaction that changes the rows
and their digest stands in every audit entry of it; (3) a full check adds the tables up anew. An older page, file or
WAL put back shows, because the sums cannot be those of the newest entry. Why a wide modulus: sums over small groups
fall to generalised birthday attacks (Wagner 2002); 2048 bits keep them beyond reach.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256, shake_256
from typing import Any

from compliance.vault.engine.connection import Connection
from compliance.vault.engine.fast_json import compact

#: Size of a stored sum.
BYTES = 256
_MASK = (1 << 8 * BYTES) - 1
#: ASCII JSON is one text per row on every Python and platform; blobs are hex.
_encode = compact(ascii_only=True)


def row_text(table: str, row: Sequence[Any]) -> str:
    """The text a row is counted by."""
    return _encode((table, *row))


def text_number(text: str) -> int:
    """The number the row of this text counts as."""
    return int.from_bytes(shake_256(text.encode()).digest(BYTES))


def texts_number(texts: Iterable[str]) -> int:
    """The numbers of many rows, added up."""
    number, digest = int.from_bytes, shake_256
    return sum([number(digest(text.encode()).digest(BYTES)) for text in texts])


def row_number(table: str, row: Sequence[Any]) -> int:
    """The number a row counts as."""
    return text_number(_encode((table, *row)))


def pack(number: int) -> bytes:
    """A sum as it is stored and sent."""
    return (number & _MASK).to_bytes(BYTES)


class Ledger:
    """The committed sums of one connection's view, and the changes of the running transaction."""

    def __init__(self) -> None:
        self._totals: dict[str, int] = {}
        self._digests: dict[str, bytes] = {}
        self._changes: dict[str, int] = {}
        self._pending: dict[str, int] = {}

    def load(self, connection: Connection) -> None:
        """Read the sums anew: another connection has committed."""
        rows = connection.execute("SELECT name, CAST(total AS BLOB) FROM ledger")
        self._totals = {name: int.from_bytes(total) for name, total in rows}
        self._digests = {name: _digest(name, total) for name, total in self._totals.items()}
        self.forget()

    def forget(self) -> None:
        """Drop the changes of a rolled-back transaction."""
        self._changes = {}
        self._pending = {}

    @property
    def changed(self) -> bool:
        """Whether the running transaction changed an authoritative row."""
        return bool(self._changes)

    def touches(self, table: str) -> bool:
        """Whether the running transaction changed rows of the table."""
        return table in self._changes or table in self._pending

    def add(self, table: str, row: Sequence[Any]) -> None:
        """A row was inserted."""
        self._changes[table] = self._changes.get(table, 0) + row_number(table, row)

    def add_all(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Rows were inserted."""
        total = self._changes.get(table, 0)
        for row in rows:
            total += row_number(table, row)
        self._changes[table] = total

    def add_sum(self, table: str, total: int) -> None:
        """Rows were inserted whose numbers are already added up."""
        self._changes[table] = self._changes.get(table, 0) + total

    def remove(self, table: str, row: Sequence[Any]) -> None:
        """A row was deleted."""
        self._changes[table] = self._changes.get(table, 0) - row_number(table, row)

    def write(self, connection: Connection) -> None:
        """Store the new sums of changed tables in the running transaction."""
        self._pending = {
            name: (self._totals.get(name, 0) + change) & _MASK for name, change in self._changes.items() if change
        }
        connection.many(
            "INSERT INTO ledger (name, total) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET total = excluded.total",
            [(name, total.to_bytes(BYTES)) for name, total in self._pending.items()],
        )

    def state(self) -> str:
        """Digest over all tables, changes of this transaction included once written."""
        digests = self._digests | {name: _digest(name, total) for name, total in self._pending.items()}
        return digest_of(digests)

    def digest(self, table: str) -> str:
        """Digest of one table's committed rows, hex."""
        return (self._digests.get(table) or _digest(table, 0)).hex()

    def settle(self) -> None:
        """The transaction is committed."""
        self._totals |= self._pending
        self._digests |= {name: _digest(name, total) for name, total in self._pending.items()}
        self.forget()

    def recompute(self, table: str, rows: Iterable[Sequence[Any]]) -> bool:
        """Whether ``rows``, all of ``table``, add up to the stored sum."""
        total = sum(row_number(table, row) for row in rows) & _MASK
        return total == self._totals.get(table, 0)


def digest_of(digests: dict[str, bytes]) -> str:
    """The state digest of per-table digests; an empty table counts as none."""
    return sha256(b"".join(digests[name] for name in sorted(digests))).hexdigest()


def _digest(name: str, total: int) -> bytes:
    return sha256(name.encode() + b"\0" + total.to_bytes(BYTES)).digest()
