"""What repositories stand on: rows of authoritative tables, kept in step with the set hash.

Rules: (1) repositories change authoritative tables only through :meth:`Transaction.insert`, ``put`` and ``remove``;
(2) a snapshot can do none of these; (3) a person who is staged or unknown has no number here; (4) whose consents or
bases change is noted, and their day of relations.py worked out before anybody asks for it or the transaction commits;
(5) what a small table of the company says as a whole is worked out once for as long as the table's sum stays the same,
whichever seat changes it; a transaction that changes the table reads it itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from compliance.errors import VaultError, bad_input
from compliance.vault.engine.columns import Column, insertion
from compliance.vault.engine.connection import Connection, Rows
from compliance.vault.engine.ledger import Ledger
from compliance.vault.engine.table import Table
from compliance.vault.people.relations import PERSON_AT, settle

if TYPE_CHECKING:
    from compliance.vault.session import Vault

T = TypeVar("T")


class Transaction:
    """A running transaction, writing or not."""

    def __init__(self, vault: "Vault", connection: Connection, ledger: Ledger, *, writes: bool) -> None:
        self.vault = vault
        self.db = connection
        self.ledger = ledger
        self.writes = writes
        self.index_touched = False
        self._before: list[Callable[[], None]] = []
        self._after: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []
        self._numbers: dict[str, int] = {}
        self.holdings: dict[str, int] = {}  # numbers of holdings this transaction has met (registers/retention.py)
        self._related: set[int] = set()

    def insert(self, table: Table, row: Sequence[Any], *extra: Any) -> None:
        """A new row; ``extra`` is the column outside the set hash."""
        self.require_writing()
        self.db.execute(table.insert, (*row, *extra))
        self.ledger.add(table.name, row)
        self._note(table, row)

    def insert_all(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Many new rows."""
        self.require_writing()
        if rows:
            self.db.many(*_lean(table, rows))
            self.ledger.add_all(table.name, rows)
            for row in rows if table.name in PERSON_AT else ():
                self._note(table, row)

    def insert_columns(self, table: Table, columns: Mapping[str, Column], total: int) -> None:
        """Many new rows, column by column, whose numbers in the set hash are added up already; people bring their day
        of relations.py along."""
        self.require_writing()
        self.db.many(*insertion(table.name, columns))
        self.ledger.add_sum(table.name, total)

    def put(self, table: Table, row: Sequence[Any], *extra: Any) -> None:
        """A row in place of the one of the same key."""
        self.remove(table, *row[: table.keys])
        self.insert(table, row, *extra)

    def remove(self, table: Table, *key: Any) -> bool:
        """Delete the row of ``key``; whether there was one."""
        self.require_writing()
        old = self.db.one(table.by_key, key)
        if old is None:
            return False
        self.db.execute(table.delete, key)
        self.ledger.remove(table.name, old)
        self._note(table, old)
        return True

    def get(self, table: Table, *key: Any) -> tuple[Any, ...] | None:
        """The row of ``key``."""
        return self.db.one(table.by_key, key)

    def select(self, table: Table, rest: str, values: Sequence[Any] = ()) -> Rows:
        """Rows by a constant condition."""
        return self.db.execute(table.select(rest), values)

    def kept(self, what: str, tables: Sequence[Table], make: Callable[[], T]) -> T:
        """What ``make`` reads from the whole of these tables (rule 5); nobody may change what is given. Behind the
        commit of a unit of work rows may be newer than the sums that are known: nothing is kept then."""
        if not self.db.in_transaction or any(self.ledger.touches(table.name) for table in tables):
            return make()
        sums = tuple(self.ledger.digest(table.name) for table in tables)
        held = self.vault.kept.get(what)
        if held is None or held[0] != sums:
            held = self.vault.kept[what] = sums, make()
        found: T = held[1]
        return found

    def remove_where(self, table: Table, rest: str, values: Sequence[Any]) -> int:
        """Delete every row that meets a constant condition; their number."""
        rows = self.select(table, rest, values)
        for row in rows:
            self.remove(table, *row[: table.keys])
        return len(rows)

    def next_no(self, table: Table) -> int:
        """The next number of a table whose key is a counter."""
        return int(self.db.value(table.next_no))

    def take_numbers(self, counter: str, count: int = 1, *, least: int = 1) -> int:
        """Reserve ``count`` numbers of a counter that never goes back; the first of them, ``least`` or more."""
        self.require_writing()
        first = max(least, int(self.db.value("SELECT value FROM meta WHERE key = ?", (counter,)) or 1))
        self.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (counter, first + count))
        return first

    def number(self, hcp_id: str) -> int:
        """Number of a person this reader can know of. InputErrors ``unknown_person``."""
        found = self.number_or_none(hcp_id)
        if found is None:
            raise bad_input("unknown_person", "hcp_id")
        return found

    def know(self, hcp_id: str, number: int) -> None:
        """The number of a person who was just read."""
        self._numbers[hcp_id] = number

    def number_or_none(self, hcp_id: str) -> int | None:
        """As :meth:`number`, None for an unknown or staged person."""
        if hcp_id not in self._numbers:
            found = self.db.value("SELECT hcp FROM shown WHERE hcp_id = ?", (hcp_id,))
            if found is None:
                return None
            self._numbers[hcp_id] = found
        return self._numbers[hcp_id]

    def reach_merged(self, hcp_id: str) -> int | None:
        """From here on this transaction reaches a record merged into another, which no reader knows of: what is let go
        of a person goes from every record of theirs. Its number, None where it is not merged."""
        self.require_writing()
        sql = (
            "SELECT p.hcp FROM people p JOIN merge_case m ON m.gone = p.hcp AND m.undone_at IS NULL WHERE p.hcp_id = ?"
        )
        found: int | None = self.db.value(sql, (hcp_id,))
        if found is not None:
            self._numbers[hcp_id] = found
        return found

    def forget_number(self, hcp_id: str) -> None:
        """A person left the lists in this transaction."""
        self._numbers.pop(hcp_id, None)

    def merged(self) -> dict[int, int]:
        """Number of a record merged into another → number of the one it was merged into."""
        return dict(self.db.execute("SELECT gone, kept FROM merge_case WHERE undone_at IS NULL"))

    def hcp_ids(self, numbers: Iterable[int]) -> dict[int, str]:
        """Ids of numbers."""
        wanted = list(numbers)
        found: dict[int, str] = {}
        for begin in range(0, len(wanted), 500):
            part = wanted[begin : begin + 500]
            sql = f"SELECT hcp, hcp_id FROM people WHERE hcp IN ({', '.join('?' * len(part))})"  # noqa: S608
            found.update(self.db.execute(sql, part))
        return found

    def relate(self, people: Iterable[int]) -> None:
        """The consents or bases of these people changed by columns (rule 4)."""
        self._related.update(people)

    def settle_relations(self) -> None:
        """Rule 4."""
        if self._related:
            settle(self.db, self._related)
            self._related.clear()

    def before_commit(self, act: Callable[[], None]) -> None:
        """Run ``act`` as the last thing before the commit; when it fails, nothing is committed."""
        self._before.append(act)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Run ``act`` once the commit is durable."""
        self._after.append(act)

    def on_rollback(self, act: Callable[[], None]) -> None:
        """Run ``act`` when the transaction does not commit: take back files."""
        self._undo.append(act)

    def require_writing(self) -> None:
        """VaultError ``read_only_transaction`` in a snapshot."""
        if not self.writes:
            raise VaultError("read_only_transaction")

    def _note(self, table: Table, row: Sequence[Any]) -> None:
        place = PERSON_AT.get(table.name)
        if place is not None:
            self._related.add(row[place])


def _lean(table: Table, rows: Sequence[Sequence[Any]]) -> tuple[str, Iterable[tuple[Any, ...]]]:
    """INSERT without the columns that are NULL in every row, blobs as bytearray: the driver binds both faster, and
    None and bytes are what it binds slowest (0.8 µs each against 0.05)."""
    columns: dict[str, Column] = {}
    for name, values in zip(table.columns, zip(*rows, strict=True), strict=True):
        if values[0] is not None or values.count(None) < len(values):
            columns[name] = list(map(bytearray, values)) if type(values[0]) is bytes else values
    return insertion(table.name, columns)
