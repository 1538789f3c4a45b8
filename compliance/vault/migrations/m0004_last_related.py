"""Format 4: beside each person stands the last day of a relation with them; what was said of people that ends contact
has a register.

Who is past the end of retention was asked of every consent and basis at the first list after each change. The day is
derived and outside the state sums; it is worked out from the rows here once. The statements stand here as they were on
the day.
"""

from compliance.vault.engine.connection import Connection

NUMBER = 4
STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE people ADD COLUMN last_related INTEGER",
    "CREATE TABLE person_state (statement_id TEXT NOT NULL, hcp INTEGER NOT NULL, state TEXT NOT NULL, said_at INTEGER"
    " NOT NULL, said_by TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, batch TEXT NOT NULL, day TEXT,"
    " evidence TEXT NOT NULL, suspended TEXT NOT NULL, confirmed_at INTEGER, confirmed_by TEXT NOT NULL, lifted_at"
    " INTEGER, lifted_by TEXT NOT NULL, lifted_why TEXT NOT NULL, PRIMARY KEY (statement_id)) WITHOUT ROWID",
    "CREATE INDEX person_state_hcp ON person_state(hcp)",
    "CREATE INDEX basis_recorded_at ON basis(recorded_at)",
    "UPDATE people SET last_related = r.day FROM (SELECT hcp, max(day) AS day FROM (SELECT c.hcp AS hcp, CASE WHEN "
    "c.status IN ('given', 'renewed', 'change_pending') THEN coalesce((c.valid_until + 28799999999) / 86400000000, "
    "2932896) WHEN c.status = 'expired' THEN (c.since + 28799999999) / 86400000000 WHEN c.status IN "
    "('evidence_pending', 'suspended', 'refused', 'withdrawn', 'revoked', 'invalidated', 'superseded') THEN (c.since "
    "+ 28800000000) / 86400000000 END AS day FROM consent_state c UNION ALL SELECT b.hcp AS hcp, "
    "min(coalesce((b.valid_until + 28799999999) / 86400000000, 2932896), coalesce((SELECT min((u.ended_at + "
    "28800000000) / 86400000000) FROM basis_support u WHERE u.hcp = b.hcp AND u.purpose = b.purpose AND u.recorded_at"
    " = b.recorded_at), 2932896)) AS day FROM basis b) WHERE day IS NOT NULL GROUP BY hcp) r WHERE r.hcp = people.hcp",
)


def apply(db: Connection) -> None:
    """Add the register, and the day, worked out."""
    for statement in STATEMENTS:
        db.execute(statement)
