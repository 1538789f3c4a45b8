"""Everything in ``main.db``: the tables, gathered from the modules that own them, and what is not a
:class:`Table`.

Rules: (1) a :class:`Table` is authoritative; the log is covered by its tree instead, the queue of checks is derived
(waits.py), and so is each person's last day of a relation (relations.py); (2) consent and transfer metadata
are plain and narrow, and name people by number only; (3) ``shown`` is the only way reads meet people: staged imports
and records merged into another are not in it; (4) a change of what stands here raises ``VERSION`` and comes with a
migration.
"""

from compliance.vault import registers
from compliance.vault.arrivals import batches
from compliance.vault.consent import consent_rows, waits
from compliance.vault.engine.table import Table
from compliance.vault.people import evidence, people, provenances, sections, value_changes

#: ``PRAGMA user_version`` this program writes; migrations lead up to it.
VERSION = 5

TABLES: tuple[Table, ...] = (
    people.PEOPLE,
    people.ERASURE,
    provenances.PROVENANCE,
    *sections.SECTIONS.values(),
    consent_rows.CONSENT_ITEM,
    consent_rows.CONSENT_EVENT,
    consent_rows.CONSENT_STATE,
    evidence.EVIDENCE,
    batches.BATCH,
    value_changes.VALUE_CHANGE,
    *registers.TABLES,
)

#: The log and the counters; the tree, not the set hash, covers the log.
LOG_DDL: tuple[str, ...] = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE log_entry (idx INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,"
    " body BLOB NOT NULL, leaf BLOB NOT NULL)",
    "CREATE INDEX log_entry_kind ON log_entry(kind)",
    "CREATE TABLE log_person (hcp_id TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (hcp_id, idx)) WITHOUT ROWID",
    "CREATE TABLE log_tile (no INTEGER PRIMARY KEY, hash BLOB NOT NULL)",
    "CREATE TABLE log_head (one INTEGER PRIMARY KEY CHECK (one = 1), tree BLOB NOT NULL, floor INTEGER NOT NULL)",
    "CREATE TABLE ledger (name TEXT PRIMARY KEY, total BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TRIGGER log_entry_keep BEFORE UPDATE ON log_entry BEGIN SELECT RAISE(ABORT, 'append only'); END",
    "CREATE TRIGGER log_entry_stay BEFORE DELETE ON log_entry BEGIN SELECT RAISE(ABORT, 'append only'); END",
    "CREATE TRIGGER log_tile_keep BEFORE UPDATE ON log_tile BEGIN SELECT RAISE(ABORT, 'append only'); END",
)
SHOWN = (
    "CREATE VIEW shown AS SELECT * FROM people WHERE batch NOT IN (SELECT no FROM batch WHERE state <> 'published')"
    " AND hcp NOT IN (SELECT gone FROM merge_case WHERE undone_at IS NULL)"
)


def create_statements() -> tuple[str, ...]:
    """All DDL of a new ``main.db``."""
    return (*LOG_DDL, *(statement for table in TABLES for statement in table.ddl), *waits.WAIT_DDL, SHOWN)
