"""Format 2: tables of consent work (notices as shown, intake, campaigns, stops, feeds, merges) join those of format 1.

Only tables and the indexes of lists are added, and ``shown`` leaves merged records out: rows of format 1 keep their
columns, so their state sums stay what the log says they were, and a new table is empty and counts as none. The
statements stand here as they were on the day: a later change of a table is a later step.
"""

from compliance.vault.engine.connection import Connection

NUMBER = 2
STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE notice_lock (ref TEXT NOT NULL, sha256 TEXT NOT NULL, predecessor TEXT NOT NULL, matrix"
    " TEXT NOT NULL, locked_at INTEGER NOT NULL, locked_by TEXT NOT NULL, PRIMARY KEY (ref)) WITHOUT ROWID",
    "CREATE TABLE notice_rendering (sha256 TEXT NOT NULL, ref TEXT NOT NULL, lang TEXT NOT NULL, body TEXT"
    " NOT NULL, made_at INTEGER NOT NULL, PRIMARY KEY (sha256)) WITHOUT ROWID",
    "CREATE INDEX notice_rendering_ref ON notice_rendering(ref)",
    "CREATE TABLE consent_shown (event_id TEXT NOT NULL, rendering TEXT NOT NULL, channel TEXT NOT NULL,"
    " PRIMARY KEY (event_id)) WITHOUT ROWID",
    "CREATE INDEX consent_shown_rendering ON consent_shown(rendering)",
    "CREATE TABLE notice_file (ref TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL, data BLOB"
    " NOT NULL, PRIMARY KEY (ref)) WITHOUT ROWID",
    "CREATE TABLE notice_exception (exception_id TEXT NOT NULL, code TEXT NOT NULL, purpose TEXT NOT NULL,"
    " hcp_id TEXT NOT NULL, citation TEXT NOT NULL, approver TEXT NOT NULL, recorded_by TEXT NOT NULL,"
    " recorded_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, PRIMARY KEY (exception_id)) WITHOUT ROWID",
    "CREATE TABLE printed_form (serial TEXT NOT NULL, hcp_id TEXT NOT NULL, notice TEXT NOT NULL, lang TEXT"
    " NOT NULL, items TEXT NOT NULL, rep TEXT NOT NULL, printed_at INTEGER NOT NULL, pages INTEGER NOT NULL,"
    " boxes TEXT NOT NULL, PRIMARY KEY (serial)) WITHOUT ROWID",
    "CREATE INDEX printed_form_hcp_id ON printed_form(hcp_id)",
    "CREATE TABLE campaign (campaign_id TEXT NOT NULL, notice TEXT NOT NULL, predecessor TEXT NOT NULL,"
    " change TEXT NOT NULL, started_at INTEGER NOT NULL, started_by TEXT NOT NULL, due INTEGER,"
    " old_scope_ends INTEGER, closed_at INTEGER, PRIMARY KEY (campaign_id)) WITHOUT ROWID",
    "CREATE TABLE campaign_person (campaign_id TEXT NOT NULL, hcp_id TEXT NOT NULL, action TEXT NOT NULL,"
    " items TEXT NOT NULL, rep TEXT NOT NULL, task_id TEXT NOT NULL, delivered_at INTEGER, channel TEXT NOT"
    " NULL, result TEXT NOT NULL, PRIMARY KEY (campaign_id, hcp_id)) WITHOUT ROWID",
    "CREATE INDEX campaign_person_hcp_id ON campaign_person(hcp_id)",
    "CREATE INDEX campaign_person_task_id ON campaign_person(task_id)",
    "CREATE TABLE purpose_stop (stop_id TEXT NOT NULL, scope TEXT NOT NULL, kind TEXT NOT NULL, acts_from"
    " INTEGER NOT NULL, reason TEXT NOT NULL, recorded_at INTEGER NOT NULL, recorded_by TEXT NOT NULL,"
    " PRIMARY KEY (stop_id)) WITHOUT ROWID",
    "CREATE TABLE intake_stack (stack_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, state TEXT"
    " NOT NULL, opened_at INTEGER NOT NULL, opened_by TEXT NOT NULL, seat TEXT NOT NULL, facts TEXT NOT NULL,"
    " PRIMARY KEY (stack_id)) WITHOUT ROWID",
    "CREATE UNIQUE INDEX intake_stack_name ON intake_stack(name)",
    "CREATE TABLE intake_form (form_id TEXT NOT NULL, stack_id TEXT NOT NULL, place INTEGER NOT NULL, state"
    " TEXT NOT NULL, filed TEXT NOT NULL, reason TEXT NOT NULL, hcp INTEGER NOT NULL, evidence_id TEXT NOT"
    " NULL, sha256 TEXT NOT NULL, serial TEXT NOT NULL, sampled INTEGER NOT NULL, decided_by TEXT NOT NULL,"
    " decided_at INTEGER, facts TEXT NOT NULL, PRIMARY KEY (form_id)) WITHOUT ROWID",
    "CREATE INDEX intake_form_stack_id_state_place ON intake_form(stack_id, state, place)",
    "CREATE INDEX intake_form_hcp ON intake_form(hcp)",
    "CREATE INDEX intake_form_sha256 ON intake_form(sha256)",
    "CREATE INDEX intake_form_serial ON intake_form(serial)",
    "CREATE TABLE signature_check (evidence_id TEXT NOT NULL, checked_at INTEGER NOT NULL, hcp INTEGER NOT"
    " NULL, result TEXT NOT NULL, report_id TEXT NOT NULL, PRIMARY KEY (evidence_id, checked_at)) WITHOUT"
    " ROWID",
    "CREATE INDEX signature_check_hcp ON signature_check(hcp)",
    "CREATE TABLE feed (feed_id TEXT NOT NULL, source TEXT NOT NULL, since INTEGER NOT NULL, made_at INTEGER"
    " NOT NULL, made_by TEXT NOT NULL, rows INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (feed_id))"
    " WITHOUT ROWID",
    "CREATE TABLE feed_row (feed_id TEXT NOT NULL, no INTEGER NOT NULL, hcp INTEGER NOT NULL, item TEXT NOT"
    " NULL, closes INTEGER NOT NULL, due INTEGER NOT NULL, answer TEXT NOT NULL, answered_at INTEGER, PRIMARY"
    " KEY (feed_id, no)) WITHOUT ROWID",
    "CREATE INDEX feed_row_hcp ON feed_row(hcp)",
    "CREATE TABLE merge_case (case_id TEXT NOT NULL, kept INTEGER NOT NULL, gone INTEGER NOT NULL, merged_at"
    " INTEGER NOT NULL, merged_by TEXT NOT NULL, added_blocks INTEGER NOT NULL, undone_at INTEGER, PRIMARY"
    " KEY (case_id)) WITHOUT ROWID",
    "CREATE INDEX merge_case_kept ON merge_case(kept)",
    "CREATE INDEX merge_case_gone ON merge_case(gone)",
    "CREATE TABLE basis_support (basis_id TEXT NOT NULL, hcp INTEGER NOT NULL, purpose TEXT NOT NULL,"
    " recorded_at INTEGER NOT NULL, support TEXT NOT NULL, ended_at INTEGER, ended_by TEXT NOT NULL,"
    " end_reason TEXT NOT NULL, PRIMARY KEY (basis_id)) WITHOUT ROWID",
    "CREATE INDEX basis_support_hcp ON basis_support(hcp)",
    "CREATE TABLE necessity_memo (memo_id TEXT NOT NULL, item TEXT NOT NULL, hcp_id TEXT NOT NULL, necessity"
    " TEXT NOT NULL, recorded_at INTEGER NOT NULL, recorded_by TEXT NOT NULL, valid_until INTEGER, ended_at"
    " INTEGER, ended_by TEXT NOT NULL, PRIMARY KEY (memo_id)) WITHOUT ROWID",
    "CREATE TABLE activity (activity_id TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, purpose"
    " TEXT NOT NULL, basis TEXT NOT NULL, reference TEXT NOT NULL, recorded_at INTEGER NOT NULL, recorded_by"
    " TEXT NOT NULL, until INTEGER, PRIMARY KEY (activity_id, version)) WITHOUT ROWID",
    "CREATE TABLE suppression (entry TEXT NOT NULL, hcp_id TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY"
    " (entry)) WITHOUT ROWID",
    "CREATE TABLE suppression_tag (kind TEXT NOT NULL, tag TEXT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY"
    " (kind, tag, entry)) WITHOUT ROWID",
    "CREATE TABLE suppression_key (wrapped_by TEXT NOT NULL, wrapped TEXT NOT NULL, PRIMARY KEY (wrapped_by))"
    " WITHOUT ROWID",
    "CREATE INDEX consent_state_ends ON consent_state(valid_until, status, notice, since) WHERE valid_until"
    " IS NOT NULL",
    "CREATE INDEX consent_state_waits ON consent_state(status, since) WHERE status IN ('evidence_pending',"
    " 'unproven', 'change_pending')",
    "CREATE INDEX consent_state_weak ON consent_state(since, status, valid_until, notice) WHERE grade IN ('E3', 'E4')",
    "DROP VIEW shown",
    "CREATE VIEW shown AS SELECT * FROM people WHERE batch NOT IN (SELECT no FROM batch WHERE state <>"
    " 'published') AND hcp NOT IN (SELECT gone FROM merge_case WHERE undone_at IS NULL)",
)


def apply(db: Connection) -> None:
    """Create what is missing."""
    for statement in STATEMENTS:
        db.execute(statement)
