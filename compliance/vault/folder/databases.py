"""The database files of a vault: their names, how each is made, and how a user's are opened together.

Rules: (1) a file belongs to a vault by its salt and by the id inside it; (2) ``index.db`` is derived: when it is
missing, foreign or stale it is made anew and marked for rebuilding; (3) a role opens what it holds the key of.
"""

from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from compliance.errors import VaultBusy, VaultCorrupt, VaultError, VaultTooNew
from compliance.model.ids import new_id
from compliance.vault import schema
from compliance.vault.engine import files
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.table import Table
from compliance.vault.keys.keyring import Keyring, RoleKey
from compliance.vault.lists import index_tables
from compliance.vault.people import sections
from compliance.vault.people.subject_keys import KEYS_DDL, KeyStore, bring_up

MAIN, KEYS, INDEX = "main.db", "keys.db", "index.db"
_CACHE_MB = 96


def make_main(path: Path, vault_id: str, keyring: Keyring, *, more: Sequence[Table] = ()) -> None:
    """A new ``main.db`` in the folder ``path``; ``more`` are tables of this kind of vault alone."""
    main = Connection.open(path / MAIN, keyring.file_key(RoleKey.MAIN), create=True)
    try:
        main.execute("BEGIN IMMEDIATE")
        main.script((*schema.create_statements(), *(statement for table in more for statement in table.ddl)))
        main.many("INSERT INTO meta (key, value) VALUES (?, ?)", [("vault_id", vault_id), ("origin", new_id("O", 6))])
        main.execute(f"PRAGMA user_version = {schema.VERSION}")
        main.execute("COMMIT")
    finally:
        main.close()
    files.make_private(path / MAIN)


def make_keys(path: Path, vault_id: str, keyring: Keyring) -> None:
    """A new ``keys.db`` in the folder ``path``."""
    keys = Connection.open(path / KEYS, keyring.file_key(RoleKey.KEYS), create=True)
    try:
        keys.script(KEYS_DDL)
        keys.execute("INSERT INTO meta (key, value) VALUES ('vault_id', ?), ('generation', 0)", (vault_id,))
    finally:
        keys.close()
    files.make_private(path / KEYS)


def connect(path: Path, keyring: Keyring, epoch: int) -> tuple[Connection, KeyStore | None, bool, bool]:
    """Open the files a user is entitled to: connection, subject keys, whether there is an index, whether it is new."""
    raise_for_stray(path)
    db = Connection.open(path / MAIN, keyring.file_key(RoleKey.MAIN), cache_mb=_CACHE_MB)
    keys: KeyStore | None = None
    try:
        found = int(db.value("PRAGMA user_version") or 0)
        if found > schema.VERSION:
            raise VaultTooNew(found=found, known=schema.VERSION)
        sections.prepare(db)
        has_index = keyring.has(RoleKey.INDEX)
        fresh = has_index and ready_index(path, keyring.file_key(RoleKey.INDEX))
        if has_index:
            db.attach(path / INDEX, keyring.file_key(RoleKey.INDEX), index_tables.SCHEMA)
        vault_id = str(db.value("SELECT value FROM meta WHERE key = 'vault_id'"))
        if keyring.has(RoleKey.KEYS):
            keys = open_keys(path, keyring, vault_id, epoch)
        db.wait(0.0)
    except BaseException:
        db.close()
        raise
    return db, keys, has_index, fresh


def open_keys(path: Path, keyring: Keyring, vault_id: str, epoch: int) -> KeyStore:
    """The subject keys. VaultCorrupt ``files_swapped`` for those of another vault or epoch."""
    side = Connection.open(path / KEYS, keyring.file_key(RoleKey.KEYS), cache_mb=16)
    try:
        if side.value("SELECT value FROM meta WHERE key = 'vault_id'") != vault_id:
            raise VaultCorrupt("files_swapped", file=KEYS)
        bring_up(side)
        side.lock_down()
        return KeyStore(side, keyring, vault_id, epoch)
    except BaseException:
        side.close()
        raise


def raise_for_stray(path: Path) -> None:
    """VaultCorrupt ``file_missing`` for a WAL without its database: somebody moved files by hand."""
    for name in (MAIN, KEYS):
        if (path / f"{name}-wal").exists() and not (path / name).exists():
            raise VaultCorrupt("file_missing", file=name)


def ready_index(path: Path, key: bytes) -> bool:
    """See that ``index.db`` is there and ours; True when it had to be made anew."""
    file = path / INDEX
    with FileLock(path / "seats" / "index.lock", timeout=10, thread_local=False, mode=0o600):
        try:
            found = Connection.open(file, key, cache_mb=1)
            try:
                if found.value("SELECT value FROM index_meta WHERE key = 'version'") == index_tables.version():
                    return False
            finally:
                found.close()
        except VaultBusy:
            raise
        except VaultError as fault:
            if fault.code in ("read_only", "no_permission", "io_error", "storage_full"):
                raise
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        fresh = Connection.open(file, key, create=True)
        try:
            fresh.script(index_tables.ddl("main"))
        finally:
            fresh.close()
        files.make_private(file)
        return True
