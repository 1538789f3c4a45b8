"""One SQLCipher connection: opened, asserted, locked down, its errors in our words.

Rules: (1) the raw 96-digit key is the first statement and never part of an exception; (2) the settings of architecture
section 2 are set and read back, and the library must be 3.51.3 or newer (older ones can corrupt a WAL file with two
connections); (3) files are attached before the authorizer closes, and then ATTACH, DETACH, DDL, loading of extensions
and stray PRAGMAs are refused; (4) SQLite's codes become ComplianceErrors here and nowhere else.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as driver

from compliance.errors import ComplianceError, StorageFull, VaultBusy, VaultCorrupt, VaultError

SALT_BYTES = 16
PAGE = 4096
_OLDEST = (3, 51, 3)
_SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("secure_delete", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("cell_size_check", "ON", "1"),
    ("mmap_size", "0", "0"),
    ("temp_store", "MEMORY", "2"),
    ("recursive_triggers", "ON", "1"),  # else INSERT OR REPLACE takes a row away past the triggers that keep it
    ("wal_autocheckpoint", "1000", "1000"),
)
#: Another process may be recovering or removing the WAL at the moment of opening.
_OPEN_WAIT_SECONDS = 5.0
_FREE_ENOUGH = 1024 * 1024
#: What an open vault may still ask with PRAGMA; FTS5 reads data_version itself.
_PRAGMAS = frozenset(
    {"data_version", "wal_checkpoint", "shrink_memory", "page_count", "freelist_count", "integrity_check"}
)
_FORBIDDEN = frozenset(
    {
        driver.SQLITE_ATTACH,
        driver.SQLITE_DETACH,
        driver.SQLITE_ALTER_TABLE,
        driver.SQLITE_CREATE_TABLE,
        driver.SQLITE_CREATE_VIEW,
        driver.SQLITE_CREATE_TEMP_TABLE,
        driver.SQLITE_CREATE_TEMP_VIEW,
        driver.SQLITE_CREATE_TEMP_TRIGGER,
        driver.SQLITE_CREATE_TEMP_INDEX,
        driver.SQLITE_CREATE_TRIGGER,
        driver.SQLITE_CREATE_INDEX,
        driver.SQLITE_CREATE_VTABLE,
        driver.SQLITE_DROP_TABLE,
        driver.SQLITE_DROP_VIEW,
        driver.SQLITE_DROP_TRIGGER,
        driver.SQLITE_DROP_INDEX,
        driver.SQLITE_DROP_VTABLE,
        driver.SQLITE_DROP_TEMP_TABLE,
        driver.SQLITE_DROP_TEMP_VIEW,
        driver.SQLITE_DROP_TEMP_TRIGGER,
        driver.SQLITE_DROP_TEMP_INDEX,
    }
)
#: To SQLite's authorizer a part that a statement names itself (WITH x AS …) looks like the view of that name.
_NAMES_PARTS = re.compile(r"\bWITH\b", re.ASCII | re.IGNORECASE)

Rows = list[tuple[Any, ...]]
#: Further refusals of a connection: (action, first, second argument, view that asks) → True to refuse. No view is told
#: of in a statement that names parts of its own.
Refuse = Callable[[int, str | None, str | None, str | None], bool]


class Connection:
    """A keyed connection. All statements go through it, so that errors speak our words."""

    def __init__(self, raw: Any, path: Path) -> None:
        self._raw = raw
        self._path = path
        self._asked = ""  # the statement that runs

    def __repr__(self) -> str:
        return f"Connection({self._path.name})"

    @classmethod
    def open(cls, path: Path, key: bytes, *, cache_mb: int = 64, create: bool = False) -> "Connection":
        """Open ``path`` with the raw key (32 bytes and 16 of salt).

        Raises VaultCorrupt ``file_missing``, ``files_swapped``, ``file_truncated``, ``file_damaged``, or another
        VaultError.
        """
        if driver.sqlite_version_info < _OLDEST:
            raise VaultError("library_too_old", found=driver.sqlite_version)
        if not create:
            check_file(path, key)
        mode = "rwc" if create else "rw"
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with translated(path):
            raw = driver.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512)
        self = cls(raw, path)
        try:
            self._set_up(key, cache_mb)
        except BaseException:
            self.close()
            raise
        return self

    def attach(self, path: Path, key: bytes, name: str, *, cache_mb: int = 128) -> None:
        """Attach another keyed file, before :meth:`lock_down`."""
        self._quiet(f"ATTACH DATABASE ? AS {name} KEY \"x'{key.hex()}'\"", (str(path.absolute()),))
        self._assert(f"{name}.journal_mode", "WAL", "wal")
        self._assert(f"{name}.synchronous", "FULL", "2")
        self._assert(f"{name}.secure_delete", "ON", "1")
        self._quiet(f"PRAGMA {name}.cache_size=-{cache_mb * 1024}")

    def detach(self, name: str) -> None:
        """Let go of an attached file. Opens the door; the caller locks it again."""
        self.unlock_for_maintenance()
        self._quiet(f"DETACH DATABASE {name}")

    def lock_down(self, refuse: Refuse | None = None) -> None:
        """Close the door: from now on only rows are read and written. A fresh callback re-checks cached statements."""

        def authorize(action: int, first: str | None, second: str | None, _db: str | None, by: str | None) -> int:
            if action in _FORBIDDEN:
                return int(driver.SQLITE_DENY)
            if action == driver.SQLITE_PRAGMA and first not in _PRAGMAS:
                return int(driver.SQLITE_DENY)
            if action == driver.SQLITE_FUNCTION and second == "load_extension":
                return int(driver.SQLITE_DENY)
            if refuse is not None and refuse(action, first, second, None if by is None or self._parted() else by):
                return int(driver.SQLITE_DENY)
            return int(driver.SQLITE_OK)

        self._raw.set_authorizer(authorize)

    def define(self, name: str, function: Callable[[Any], Any]) -> None:
        """Give SQL a function of one value that always makes the same of it."""
        with translated(self._path):
            self._raw.create_function(name, 1, function, deterministic=True)

    def wait(self, seconds: float) -> None:
        """How long a statement waits for a lock. 0 leaves waiting to the caller."""
        self._raw.set_busy_timeout(seconds)

    def unlock_for_maintenance(self) -> None:
        """Open the door again: migrations and rebuilding only."""
        self._raw.set_authorizer(None)

    def execute(self, sql: str, values: Any = ()) -> Rows:
        """Run one statement and fetch everything: no cursor outlives a guard."""
        self._asked = sql
        with translated(self._path):
            return self._raw.execute(sql, values).fetchall()  # type: ignore[no-any-return]

    def one(self, sql: str, values: Any = ()) -> tuple[Any, ...] | None:
        """The first row or None."""
        self._asked = sql
        with translated(self._path):
            return self._raw.execute(sql, values).fetchone()  # type: ignore[no-any-return]

    def value(self, sql: str, values: Any = ()) -> Any:
        """First column of the first row, or None."""
        row = self.one(sql, values)
        return row[0] if row else None

    def many(self, sql: str, rows: Any) -> None:
        """executemany."""
        self._asked = sql
        with translated(self._path):
            self._raw.executemany(sql, rows)

    def stream(self, sql: str, values: Any = (), *, size: int = 2000) -> Iterator[tuple[Any, ...]]:
        """Rows in blocks, for checks that read everything."""
        self._asked = sql
        with translated(self._path):
            cursor = self._raw.execute(sql, values)
            while block := cursor.fetchmany(size):
                yield from block

    def blocks(self, sql: str, values: Any = (), *, size: int = 2000) -> Iterator[list[tuple[Any, ...]]]:
        """As :meth:`stream`, block by block."""
        self._asked = sql
        with translated(self._path):
            cursor = self._raw.execute(sql, values)
            while block := cursor.fetchmany(size):
                yield block

    def script(self, statements: tuple[str, ...]) -> None:
        """Several statements, one by one."""
        for statement in statements:
            self.execute(statement)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._raw.in_transaction)

    def faults(self, *, index: bool = False) -> list[str]:
        """What SQLite finds wrong with trees and indexes of the main file, or of the search index attached: names and
        numbers, no values. SQLite does not count the entries of an index with a WHERE, so an older page of one may
        hold rows that left it; that is counted here."""
        store = "idx" if index else "main"
        found = [text for (text,) in self.execute(f"PRAGMA {store}.integrity_check(100000)") if text != "ok"]
        partial = f"SELECT name, tbl_name, sql FROM {store}.sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"  # noqa: S608 - constants
        for name, table, made_by in self.execute(partial):
            held = made_by.split(" WHERE ", 1)[1]
            by_index = f"SELECT count(*) FROM {store}.{table} INDEXED BY {name} WHERE {held}"  # noqa: S608 - our own schema
            by_rows = f"SELECT count(*) FROM {store}.{table} WHERE ({held}) = 1"  # noqa: S608 - the index cannot answer it
            if self.value(by_index) != self.value(by_rows):
                found.append(f"wrong # of entries in index {name}")
        return found

    def backup_into(self, target: "Connection") -> None:
        """Copy all pages as of now into ``target``, which has the same key."""
        with translated(self._path):
            self._raw.backup(target._raw)

    def interrupt(self) -> None:
        """Break off the statement that runs on this connection, from another thread."""
        with translated(self._path):
            self._raw.interrupt()

    def close(self) -> None:
        """Close; the last connection to a file removes its WAL."""
        self._raw.close()

    def _parted(self) -> bool:
        return _NAMES_PARTS.search(self._asked) is not None

    def _set_up(self, key: bytes, cache_mb: int) -> None:
        self._quiet(f"PRAGMA key=\"x'{key.hex()}'\"")
        self._quiet("PRAGMA cipher_log_level=NONE")
        self._quiet(f"PRAGMA cache_size=-{cache_mb * 1024}")
        self._raw.set_busy_timeout(_OPEN_WAIT_SECONDS)
        self.value("SELECT count(*) FROM sqlite_master")
        self._assert("journal_mode", "WAL", "wal")
        for name, value, answer in _SETTINGS:
            self._assert(name, value, answer)

    def _assert(self, name: str, value: str, answer: str) -> None:
        got = self._quiet(f"PRAGMA {name}={value}")
        found = str(got[0][0]) if got else str(self.value(f"PRAGMA {name}"))
        if found != answer:
            raise VaultError("setting_refused", setting=name, found=found)

    def _quiet(self, sql: str, values: Any = ()) -> Rows:
        """Run a statement whose text holds a key: no error may quote it."""
        try:
            return self._raw.execute(sql, values).fetchall()  # type: ignore[no-any-return]
        except driver.Error as fault:
            raise error_for(fault, self._path) from None


def check_file(path: Path, key: bytes) -> None:
    """What can be told before opening: is it there, whole pages, and of this vault (by its salt)."""
    try:
        size = path.stat().st_size
        with path.open("rb") as inp:
            salt = inp.read(SALT_BYTES)
    except FileNotFoundError:
        raise VaultCorrupt("file_missing", file=path.name) from None
    except PermissionError:
        raise VaultError("no_permission") from None
    except OSError:
        raise VaultError("io_error", file=path.name) from None
    if size < PAGE or size % PAGE:
        raise VaultCorrupt("file_truncated", file=path.name)
    if salt != key[-SALT_BYTES:]:
        raise VaultCorrupt("files_swapped", file=path.name)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's faults in our words."""
    try:
        yield
    except driver.Error as fault:
        raise error_for(fault, path) from None


def error_for(fault: Any, path: Path) -> ComplianceError:
    """The one mapping of SQLite result codes."""
    code = int(getattr(fault, "sqlite_errorcode", 0) or 0) & 0xFF
    name = path.name
    if code == driver.SQLITE_FULL:
        return StorageFull()
    if code in (driver.SQLITE_BUSY, driver.SQLITE_LOCKED):
        return VaultBusy(holder="")
    if code == driver.SQLITE_NOTADB:
        return VaultCorrupt("file_damaged", file=name)
    if code == driver.SQLITE_CORRUPT:
        return VaultCorrupt("file_damaged", file=name)
    if code in (driver.SQLITE_READONLY, driver.SQLITE_PERM):
        return VaultError("read_only")
    if code == driver.SQLITE_CANTOPEN:
        return VaultError("cannot_open", file=name)
    if code == driver.SQLITE_IOERR:
        return StorageFull() if _no_space(path) else VaultError("io_error", file=name)
    if code == driver.SQLITE_AUTH:
        return VaultError("not_allowed")
    if code == driver.SQLITE_CONSTRAINT:
        return VaultError("constraint", text=str(fault)[:120])
    if str(fault).startswith("Could not decode"):  # the driver quotes the value
        return VaultError("statement", number=code, text="a text that is none")
    # A wrong statement is a bug; the text of SQLite names tables and columns, never a value.
    return VaultError("statement", number=code, text=str(fault)[:120])


def _no_space(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _FREE_ENOUGH
    except OSError:
        return False
