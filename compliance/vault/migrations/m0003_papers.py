"""Format 3: papers in the field know all their people and how they ended; acts that wait for a check stand in a queue;
findings of audits, holds for inspections and pairs that are two people have registers; retention knows what is kept
from where.

A day plan and a list of people not to contact name several people; a recalled or expired paper stays somebody's work
until it is reported returned, destroyed or lost. Only tables are added: rows of format 2 keep their columns, and a new
table is empty and counts as none. The queue is derived and outside the state sums; it is filled from the events.
Return files of reps and their notes are kept, and wait in a rep's own vault. What imports changed of values already
held is kept with both values, so that it can be taken back. The statements stand here as they were on the day.
"""

from compliance.vault.engine.connection import Connection

NUMBER = 3
STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE sheet_person (serial TEXT NOT NULL, hcp_id TEXT NOT NULL, purpose TEXT NOT NULL, PRIMARY KEY (serial,"
    " hcp_id)) WITHOUT ROWID",
    "CREATE INDEX sheet_person_hcp_id ON sheet_person(hcp_id)",
    "CREATE TABLE sheet_end (serial TEXT NOT NULL, ended_at INTEGER NOT NULL, how TEXT NOT NULL, reported_by TEXT NOT"
    " NULL, PRIMARY KEY (serial)) WITHOUT ROWID",
    "CREATE TABLE audit_finding (finding_id TEXT NOT NULL, title TEXT NOT NULL, item TEXT NOT NULL, risk TEXT NOT NULL,"
    " ordered INTEGER NOT NULL, opened_at INTEGER NOT NULL, opened_by TEXT NOT NULL, owner TEXT NOT NULL, due TEXT NOT"
    " NULL, action TEXT NOT NULL, evidence TEXT NOT NULL, reference TEXT NOT NULL, rectified_on TEXT, report_due TEXT,"
    " answered_at INTEGER, answered_by TEXT NOT NULL, reported_on TEXT, closed_at INTEGER, closed_by TEXT NOT NULL,"
    " PRIMARY KEY (finding_id)) WITHOUT ROWID",
    "CREATE TABLE inspection_hold (hold_id TEXT NOT NULL, authority TEXT NOT NULL, reason TEXT NOT NULL, people TEXT"
    " NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, set_at INTEGER NOT NULL, set_by TEXT NOT NULL,"
    " lifted_at INTEGER, lifted_by TEXT NOT NULL, lift_reason TEXT NOT NULL, ground TEXT NOT NULL, approver TEXT NOT"
    " NULL, PRIMARY KEY (hold_id)) WITHOUT ROWID",
    "CREATE TABLE distinct_person (hcp INTEGER NOT NULL, other INTEGER NOT NULL, reason TEXT NOT NULL, said_at INTEGER"
    " NOT NULL, said_by TEXT NOT NULL, PRIMARY KEY (hcp, other)) WITHOUT ROWID",
    "CREATE TABLE rep_return (rep TEXT NOT NULL, store TEXT NOT NULL, sequence INTEGER NOT NULL, recipient TEXT NOT"
    " NULL, device BLOB NOT NULL, sha256 TEXT NOT NULL, pack INTEGER NOT NULL, made_at INTEGER NOT NULL, received_at"
    " INTEGER NOT NULL, received_by TEXT NOT NULL, notes INTEGER NOT NULL, PRIMARY KEY (rep, store, sequence)) WITHOUT"
    " ROWID",
    "CREATE TABLE returned_note (note_id TEXT NOT NULL, rep TEXT NOT NULL, store TEXT NOT NULL, sequence INTEGER NOT"
    " NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, item TEXT NOT NULL, answer TEXT NOT NULL, outcome TEXT NOT NULL,"
    " event_id TEXT NOT NULL, PRIMARY KEY (note_id)) WITHOUT ROWID",
    "CREATE INDEX returned_note_rep ON returned_note(rep)",
    "CREATE TABLE value_change (no INTEGER PRIMARY KEY, batch INTEGER NOT NULL, hcp INTEGER NOT NULL, section TEXT NOT"
    " NULL, at INTEGER NOT NULL, digest BLOB NOT NULL, sealed BLOB NOT NULL)",
    "CREATE INDEX value_change_batch ON value_change(batch)",
    "CREATE INDEX value_change_hcp ON value_change(hcp)",
    *(
        f"ALTER TABLE sec_{name} ADD COLUMN kept INTEGER"
        for name in ["directory", "contact", "professional", "preference", "behaviour", "profiling", "fees", "payment"]
    ),
    "CREATE TABLE holding (no INTEGER PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE UNIQUE INDEX holding_body ON holding(body)",
    "CREATE TABLE retention_extension (extension_id TEXT NOT NULL, hcp INTEGER NOT NULL, rule TEXT NOT NULL, until TEXT"
    " NOT NULL, reason TEXT NOT NULL, set_at INTEGER NOT NULL, set_by TEXT NOT NULL, PRIMARY KEY (extension_id))"
    " WITHOUT ROWID",
    "CREATE INDEX retention_extension_hcp ON retention_extension(hcp)",
    "CREATE TABLE retention_run (run_id TEXT NOT NULL, asked_at INTEGER NOT NULL, asked_by TEXT NOT NULL, reason TEXT"
    " NOT NULL, begun_at INTEGER, signed_by TEXT NOT NULL, done_at INTEGER, counts TEXT NOT NULL, policy TEXT NOT NULL,"
    " PRIMARY KEY (run_id)) WITHOUT ROWID",
    "CREATE TABLE retention_item (run_id TEXT NOT NULL, hcp INTEGER NOT NULL, whole INTEGER NOT NULL, fields TEXT NOT"
    " NULL, state TEXT NOT NULL, PRIMARY KEY (run_id, hcp)) WITHOUT ROWID",
    "CREATE INDEX retention_item_hcp ON retention_item(hcp)",
    "CREATE TABLE value_dispute (hcp INTEGER NOT NULL, field TEXT NOT NULL, said_at INTEGER NOT NULL, said_by TEXT NOT"
    " NULL, reason TEXT NOT NULL, stood TEXT NOT NULL, settled_at INTEGER, settled_by TEXT NOT NULL, outcome TEXT NOT"
    " NULL, PRIMARY KEY (hcp, field, said_at)) WITHOUT ROWID",
    "CREATE TABLE tag_validation (field TEXT NOT NULL, validated_on TEXT NOT NULL, sample INTEGER NOT NULL, method TEXT"
    " NOT NULL, said_at INTEGER NOT NULL, said_by TEXT NOT NULL, PRIMARY KEY (field, validated_on)) WITHOUT ROWID",
    "CREATE TABLE exercise (exercise_id TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, held_on TEXT NOT"
    " NULL, reference TEXT NOT NULL, said_at INTEGER NOT NULL, said_by TEXT NOT NULL, PRIMARY KEY (exercise_id))"
    " WITHOUT ROWID",
    "CREATE TABLE saved_view (view_id TEXT NOT NULL, owner TEXT NOT NULL, saved_at INTEGER NOT NULL, digest BLOB NOT"
    " NULL, sealed BLOB NOT NULL, PRIMARY KEY (view_id)) WITHOUT ROWID",
    "CREATE INDEX saved_view_owner ON saved_view(owner)",
    "CREATE TABLE source_terms (code TEXT NOT NULL, scope TEXT NOT NULL, citation TEXT NOT NULL, cited_on TEXT,"
    " switched_on TEXT, switched_by TEXT NOT NULL, PRIMARY KEY (code)) WITHOUT ROWID",
    "CREATE TABLE consent_wait (no INTEGER PRIMARY KEY, hcp INTEGER NOT NULL)",
    "CREATE INDEX consent_wait_hcp ON consent_wait(hcp)",
    "INSERT INTO consent_wait (no, hcp) WITH d AS MATERIALIZED (SELECT target, kind, recorded_by FROM consent_event"
    " WHERE kind IN ('check_accepted', 'check_rejected', 'invalidated') AND target IS NOT NULL) SELECT e.no, e.hcp FROM"
    " consent_event e WHERE e.kind = 'given' AND e.notice > '' AND CASE e.precision WHEN 'day' THEN (e.presented_at"
    " + 28800000000) / 86400000000 <= (e.acted_at + 28800000000) / 86400000000 AND (e.acted_at + 28800000000) /"
    " 86400000000 <= (e.recorded_at + 28800000000) / 86400000000 ELSE e.presented_at <= e.acted_at AND e.acted_at <="
    " e.recorded_at END AND NOT EXISTS (SELECT 1 FROM d WHERE d.target = e.event_id AND (d.kind <> 'check_accepted' OR"
    " d.recorded_by <> e.recorded_by))",
)


#: Of a rep's vault alone: what a pack says beside people, and what waits to go back to the office.
OF_A_REP: tuple[str, ...] = (
    "CREATE TABLE pack_office (one INTEGER PRIMARY KEY, returns_to TEXT NOT NULL, secret TEXT NOT NULL, recalls TEXT"
    " NOT NULL)",
    "CREATE TABLE pack_spoken (notice TEXT NOT NULL, lang TEXT NOT NULL, title TEXT NOT NULL, items TEXT NOT NULL,"
    " PRIMARY KEY (notice, lang)) WITHOUT ROWID",
    "CREATE TABLE note (note_id TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, evidence"
    " TEXT NOT NULL, media_type TEXT NOT NULL, document TEXT NOT NULL, returned INTEGER NOT NULL, outcome TEXT NOT"
    " NULL, PRIMARY KEY (note_id)) WITHOUT ROWID",
    "CREATE TABLE return_made (sequence INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, sha256 TEXT NOT NULL, pack"
    " INTEGER NOT NULL, notes INTEGER NOT NULL)",
)


def apply(db: Connection) -> None:
    """Create what is missing."""
    of_a_rep = db.value("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'pack_person'")
    for statement in (*STATEMENTS, *(OF_A_REP if of_a_rep else ())):
        db.execute(statement)
