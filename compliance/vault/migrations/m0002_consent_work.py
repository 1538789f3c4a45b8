"""Format 2: tables of consent work (notices as shown, intake, campaigns, stops, feeds) join those of format 1.

Only tables and the indexes of lists are added: rows of format 1 keep their columns, so their state sums stay what the
log says they were, and a new table is empty and counts as none. The names are listed here because later formats add
more.
"""

from compliance.vault import consents, schema
from compliance.vault.connection import Connection

NUMBER = 2
#: Tables that format 1 did not have.
ADDED: tuple[str, ...] = (
    "notice_lock",
    "notice_rendering",
    "consent_shown",
    "notice_file",
    "notice_exception",
    "printed_form",
    "campaign",
    "campaign_person",
    "purpose_stop",
    "intake_stack",
    "intake_form",
    "signature_check",
    "feed",
    "feed_row",
    "merge_case",
    "basis_support",
    "necessity_memo",
    "activity",
    "suppression",
    "suppression_tag",
    "suppression_key",
)


def apply(db: Connection) -> None:
    """Create what is missing."""
    for table in schema.TABLES:
        if table.name in ADDED:
            for statement in table.ddl:
                db.execute(statement)
    for statement in consents.STATE_LISTS:
        db.execute(statement)
    db.execute("DROP VIEW shown")
    db.execute(schema.SHOWN)
