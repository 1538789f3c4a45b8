"""Format 3: papers in the field know all their people and how they ended.

A day plan and a list of people not to contact name several people; a recalled or expired paper stays somebody's work
until it is reported returned, destroyed or lost. Only tables are added: rows of format 2 keep their columns, and a new
table is empty and counts as none. The statements stand here as they were on the day.
"""

from compliance.vault.connection import Connection

NUMBER = 3
STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE sheet_person (serial TEXT NOT NULL, hcp_id TEXT NOT NULL, purpose TEXT NOT NULL, PRIMARY KEY (serial,"
    " hcp_id)) WITHOUT ROWID",
    "CREATE INDEX sheet_person_hcp_id ON sheet_person(hcp_id)",
    "CREATE TABLE sheet_end (serial TEXT NOT NULL, ended_at INTEGER NOT NULL, how TEXT NOT NULL, reported_by TEXT NOT"
    " NULL, PRIMARY KEY (serial)) WITHOUT ROWID",
)


def apply(db: Connection) -> None:
    """Create what is missing."""
    for statement in STATEMENTS:
        db.execute(statement)
