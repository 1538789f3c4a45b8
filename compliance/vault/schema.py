"""Tables of ``main.db`` and the SQL made from them.

Rules: (1) a :class:`Table` is authoritative: every row of it counts in the state set hash (ledger.py), over exactly
the listed columns; (2) instants are integer microseconds since 1970 UTC, days are integer proleptic ordinals or ISO
text, small closed sets are text; (3) consent and transfer metadata are plain and narrow, and name people by number
only; (4) ``shown`` is the only way reads meet people: staged imports are not in it.
"""

from dataclasses import dataclass

from compliance.model.access import Section

#: ``PRAGMA user_version`` this program writes; migrations lead up to it.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Table:
    """An authoritative table: name, columns in order, how many lead the key."""

    name: str
    columns: tuple[str, ...]
    stored: tuple[str, ...]  # with the column outside the set hash
    keys: int
    ddl: tuple[str, ...]
    insert: str
    by_key: str
    delete: str
    every: str
    next_no: str  # for a table whose key is a counter

    def select(self, rest: str) -> str:
        """A SELECT of the columns with a constant WHERE or ORDER."""
        return f"SELECT {', '.join(self.columns)} FROM {self.name} {rest}"  # noqa: S608 - names are constants


def _table(
    name: str, *columns: str, keys: int = 1, unique: tuple[str, ...] = (), index: tuple[str, ...] = (), extra: str = ""
) -> Table:
    """``columns`` are SQL definitions. A single INTEGER key is the rowid; any other key clusters the table.

    ``extra`` is a column outside the set hash whose digest is among ``columns``.
    """
    names = tuple(column.split()[0] for column in columns)
    rowid = keys == 1 and "INTEGER" in columns[0]
    tail = ")" if rowid else ") WITHOUT ROWID"
    definitions = [*columns, *([extra] if extra else [])]
    if rowid:
        definitions[0] = f"{names[0]} INTEGER PRIMARY KEY"
    else:
        definitions.append(f"PRIMARY KEY ({', '.join(names[:keys])})")
    stored = (*names, extra.split()[0]) if extra else names
    where = " AND ".join(f"{column}=?" for column in names[:keys])
    listed, marks = ", ".join(names), ", ".join("?" * len(stored))
    return Table(
        name=name,
        columns=names,
        stored=stored,
        keys=keys,
        ddl=(
            f"CREATE TABLE {name} ({', '.join(definitions)}{tail}",
            *(f"CREATE UNIQUE INDEX {name}_{column} ON {name}({column})" for column in unique),
            *(f"CREATE INDEX {name}_{column.replace(', ', '_')} ON {name}({column})" for column in index),
        ),
        insert=f"INSERT INTO {name} ({', '.join(stored)}) VALUES ({marks})",  # noqa: S608 - names are constants
        by_key=f"SELECT {listed} FROM {name} WHERE {where}",  # noqa: S608
        delete=f"DELETE FROM {name} WHERE {where}",  # noqa: S608
        every=f"SELECT {listed} FROM {name}",  # noqa: S608
        next_no=f"SELECT coalesce(max({names[0]}), 0) + 1 FROM {name}",  # noqa: S608
    )


PEOPLE = _table(
    "people",
    "hcp INTEGER",
    "hcp_id TEXT NOT NULL",
    "status TEXT NOT NULL",
    "blocks INTEGER NOT NULL",
    "created_at INTEGER NOT NULL",
    "batch INTEGER NOT NULL",  # 0: none
    "cross_border TEXT NOT NULL",
    "adm_optout INTEGER NOT NULL",
    unique=("hcp_id",),
    index=("batch",),
)
PROVENANCE = _table(
    "provenance",
    "no INTEGER",
    "source TEXT NOT NULL",
    "class TEXT NOT NULL",
    "source_date TEXT",
    "collector TEXT NOT NULL",
    "grade TEXT NOT NULL",
    "basis TEXT NOT NULL",
    "status TEXT NOT NULL",
    "cited INTEGER NOT NULL",
)
SECTIONS = {
    section: _table(
        f"sec_{section.value}",
        "hcp INTEGER",
        "version INTEGER NOT NULL",
        "origin TEXT NOT NULL",
        "sequence INTEGER NOT NULL",
        "digest BLOB NOT NULL",
        extra="sealed BLOB NOT NULL",
    )
    for section in Section
}
CONSENT_ITEM = _table("consent_item", "no INTEGER", "item TEXT NOT NULL", "purpose TEXT NOT NULL", unique=("item",))
CONSENT_EVENT = _table(
    "consent_event",
    "no INTEGER",  # appended in order: a rowid table splits no pages, where a clustered one costs four times as much
    "hcp INTEGER NOT NULL",
    "event_id TEXT NOT NULL",
    "item INTEGER NOT NULL",
    "kind TEXT NOT NULL",
    "method TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "recorded_by TEXT NOT NULL",
    "acted_at INTEGER",
    "presented_at INTEGER",
    "received_at INTEGER",
    "precision TEXT NOT NULL",
    "notice TEXT",
    "notice_hash TEXT",
    "valid_until INTEGER",
    "evidence_id TEXT",
    "evidence_sha256 TEXT",
    "grade TEXT NOT NULL",
    "identity_check TEXT",
    "asked_by_hcp INTEGER NOT NULL",
    "target TEXT",
    "defect TEXT",
    "place_of_original TEXT",
    "page_count INTEGER",
    "order_on_form INTEGER NOT NULL",
    "origin TEXT NOT NULL",
    "sequence INTEGER NOT NULL",
    unique=("event_id",),
    index=("hcp",),
)
CONSENT_STATE = _table(
    "consent_state",
    "item INTEGER NOT NULL",
    "hcp INTEGER NOT NULL",
    "status TEXT NOT NULL",
    "valid_until INTEGER",
    "code TEXT NOT NULL",
    "since INTEGER",
    "notice TEXT",
    "grade TEXT NOT NULL",
    "event_id TEXT",
    "ask_again_from INTEGER",
    "may_ask INTEGER NOT NULL",
    keys=2,
    index=("hcp",),
)
EVIDENCE = _table(
    "evidence",
    "evidence_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "file TEXT NOT NULL",
    "sha256 TEXT NOT NULL",
    "sealed_sha256 TEXT NOT NULL",
    "size INTEGER NOT NULL",
    "media_type TEXT NOT NULL",
    index=("hcp",),
)
BATCH = _table(
    "batch",
    "no INTEGER",
    "batch TEXT NOT NULL",
    "source TEXT NOT NULL",
    "state TEXT NOT NULL",
    "file_sha256 TEXT NOT NULL",
    "started_at INTEGER NOT NULL",
    "published_at INTEGER",
    "actor TEXT NOT NULL",
    "counts TEXT NOT NULL",
    "seat TEXT NOT NULL",
    unique=("batch",),
)
NOTICE = _table("notice", "ref TEXT NOT NULL", "data TEXT NOT NULL", "source TEXT NOT NULL")
SOURCE = _table(
    "source",
    "code TEXT NOT NULL",
    "name TEXT NOT NULL",
    "provenance TEXT NOT NULL",
    "status TEXT NOT NULL",
    "grade TEXT NOT NULL",
    "basis_proof TEXT NOT NULL",
    "reviewed_on TEXT",
    "registered_at INTEGER NOT NULL",
)
USER = _table(
    "user",
    "name TEXT NOT NULL",
    "role TEXT NOT NULL",
    "added_at INTEGER NOT NULL",
    "removed_at INTEGER",
    "ed25519 BLOB NOT NULL",
    "x25519 BLOB NOT NULL",
)
REP = _table(
    "rep",
    "name TEXT NOT NULL",
    "role TEXT NOT NULL",
    "employee_no TEXT NOT NULL",
    "territory TEXT NOT NULL",
    "recipient TEXT NOT NULL",
    "trained_on TEXT",
    "filing_no TEXT NOT NULL",
    "filing_checked_on TEXT",
    "active INTEGER NOT NULL",
)
ASSIGNMENT = _table(
    "assignment", "hcp INTEGER NOT NULL", "rep TEXT NOT NULL", "since INTEGER NOT NULL", keys=2, index=("rep",)
)
SETTING = _table("setting", "key TEXT NOT NULL", "value TEXT NOT NULL")
CASE = _table(
    "rights_case",
    "case_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "kind TEXT NOT NULL",
    "opened_at INTEGER NOT NULL",
    "opened_by TEXT NOT NULL",
    "closed_at INTEGER",
    index=("hcp",),
)
TASK = _table(
    "task",
    "task_id TEXT NOT NULL",
    "kind TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "subject TEXT NOT NULL",
    "due INTEGER",
    "opened_at INTEGER NOT NULL",
    "done_at INTEGER",
    "done_by TEXT NOT NULL",
    index=("hcp_id",),
)
BASIS = _table(
    "basis",
    "hcp INTEGER NOT NULL",
    "purpose TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "basis TEXT NOT NULL",
    "reference TEXT NOT NULL",
    "valid_until INTEGER",
    "recorded_by TEXT NOT NULL",
    keys=3,
)
ASSESSMENT = _table(
    "assessment",
    "assessment_id TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "title TEXT NOT NULL",
    "approved_on TEXT NOT NULL",
    "valid_until TEXT",
    "author TEXT NOT NULL",
    "approver TEXT NOT NULL",
)
RECIPIENT = _table(
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
TRANSFER = _table(
    "transfer",
    "hcp_id TEXT NOT NULL",  # outlives the person: the meter of the year counts who was sent (law.md 2.3)
    "at INTEGER NOT NULL",
    "recipient TEXT NOT NULL",
    "sensitive INTEGER NOT NULL",
    keys=3,
    index=("at",),
)
REQUEST = _table(
    "request",
    "request_id TEXT NOT NULL",
    "action TEXT NOT NULL",
    "canonical BLOB NOT NULL",
    "requested_by TEXT NOT NULL",
    "requested_at INTEGER NOT NULL",
    "state TEXT NOT NULL",
    "decided_by TEXT NOT NULL",
    "not_before INTEGER",
)
SHEET = _table(
    "sheet",
    "serial TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "rep TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "issued_at INTEGER NOT NULL",
    "expires_at INTEGER NOT NULL",
    "sha256 TEXT NOT NULL",
    "recalled_at INTEGER",
    index=("hcp_id",),
)
BUNDLE = _table(
    "bundle",
    "rep TEXT NOT NULL",
    "sequence INTEGER NOT NULL",
    "issued_at INTEGER NOT NULL",
    "expires_at INTEGER NOT NULL",
    "sha256 TEXT NOT NULL",
    "people INTEGER NOT NULL",
    "previous_sha256 TEXT NOT NULL",
    keys=2,
)
POLICY_TEXT = _table("policy_text", "digest TEXT NOT NULL", "text TEXT NOT NULL")
MAPPING = _table("mapping", "name TEXT NOT NULL", "json TEXT NOT NULL")
ERASURE = _table("erasure", "hcp_id TEXT NOT NULL", "begun_at INTEGER NOT NULL", "done_at INTEGER")

TABLES: tuple[Table, ...] = (
    PEOPLE, PROVENANCE, *SECTIONS.values(), CONSENT_ITEM, CONSENT_EVENT, CONSENT_STATE, EVIDENCE, BATCH, NOTICE,
    SOURCE, USER, REP, ASSIGNMENT, SETTING, CASE, TASK, BASIS, ASSESSMENT, RECIPIENT, TRANSFER, REQUEST, SHEET,
    BUNDLE, POLICY_TEXT, MAPPING, ERASURE,
)  # fmt: skip

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
_SHOWN = (
    "CREATE VIEW shown AS SELECT * FROM people WHERE batch NOT IN (SELECT no FROM batch WHERE state <> 'published')"
)


def create_statements() -> tuple[str, ...]:
    """All DDL of a new ``main.db``."""
    return (*LOG_DDL, *(statement for table in TABLES for statement in table.ddl), _SHOWN)


KEYS_DDL = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE subject_key (hcp INTEGER NOT NULL, kind INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " wrapped BLOB NOT NULL, PRIMARY KEY (hcp, kind)) WITHOUT ROWID",
)
