"""Rows about how the store is cared for: items 14 and 19 to 27 of the Audit Guide (law.md 3.2).

Items 21 to 27 were not read: their headings are from memory and the report says so. What the company keeps elsewhere
(plans, drills, incident files, appointments) is named in ``guide.bring`` words, never counted as nothing.
"""

from compliance.clock import shanghai_day, stamp
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.policy.limits import months_before
from compliance.use_cases.evidence.audit_rows import Period, Row, Rows, day_of, of_kind
from compliance.use_cases.overview.by_number import board_at
from compliance.use_cases.seat.duties import duties
from compliance.use_cases.seat.training import DRILL_MONTHS, register_at
from compliance.use_cases.upkeep.backup_state import read_state


def minors(p: Period) -> Rows:
    """Nobody under age is kept and a date of birth is no field: what was refused for it, which may be nothing."""
    return Rows(
        [
            {"entry": index, "day": e["at"][:10], "refused": "under_age"}
            for index, e in p.entries
            if e["detail"].get("reason") == "under_age"
        ]
    )


def roles(p: Period) -> Rows:
    users = [
        {"user": u.name, "role": str(u.role), "since": day_of(u.added_at), "until": day_of(u.removed_at)}
        for u in p.snap.users.all()
    ]
    return Rows([*users, *({"act": act, "roles": sorted(map(str, r))} for act, r in sorted(duties().items()))])


def training(p: Period) -> Rows:
    rows = [
        {"rep": r.name, "role": str(r.role), "trained": r.trained_on.isoformat() if r.trained_on else None,
         "filing": bool(r.filing_no)}
        for r in p.snap.reps.all()
        if r.active
    ]  # fmt: skip
    return Rows(rows, gaps=sum(row["trained"] is None for row in rows))


def configuration(p: Period) -> Rows:
    vault, copies = p.session.vault, read_state(p.snap)
    params = vault.header.params
    row = {
        "argon2_kib": params.memory_kib,
        "argon2_passes": params.passes,
        "argon2_lanes": params.lanes,
        "key_epoch": vault.header.epoch,
        "solo": vault.solo,
        "backup": stamp(copies.last) if copies.last else None,
        "backup_proven": copies.proven,
    }
    return Rows([row], gaps=0 if copies.proven or not copies.data_dir else 1)


def integrity(p: Period) -> Rows:
    row = {"entries": p.size, "root": p.root, "problem": p.log_problem or None}
    return Rows([row], gaps=1 if p.log_problem else 0)


def assessments(p: Period) -> Rows:
    day = shanghai_day(p.until)
    rows = [
        {"assessment": a.assessment_id, "covers": a.purpose, "approved": a.approved_on.isoformat(),
         "valid_until": a.valid_until.isoformat() if a.valid_until else None, "author": a.author,
         "approver": a.approver, "in_force": a.valid_until is None or day <= a.valid_until}
        for a in p.snap.assessments.all()
    ]  # fmt: skip
    alive = {row["covers"] for row in rows if row["in_force"]}
    return Rows(rows, gaps=len({row["covers"] for row in rows} - alive))


def officers(p: Period) -> Rows:
    """Privacy officers of the store, and how many people it holds; a time without one is a gap."""
    rows: list[Row] = [
        {"user": u.name, "since": day_of(u.added_at), "until": day_of(u.removed_at)}
        for u in p.snap.users.all()
        if u.role is Role.DPO
    ]
    without = not any(row["until"] is None for row in rows)
    return Rows([*rows, {"people_on_file": p.snap.people.count()}], gaps=int(without))


def trainings(p: Period) -> Rows:
    """Trainings of accounts that read personal data; whoever has none that holds is a gap."""
    stands = register_at(p.session, p.snap, p.until).trainings
    rows = [
        {
            "user": x.user,
            "role": str(x.role),
            "trained": x.trained_on.isoformat() if x.trained_on else None,
            "over": x.over,
        }
        for x in stands
    ]
    return Rows(rows, gaps=sum(x.over or x.trained_on is None for x in stands))


def drills(p: Period) -> Rows:
    """Drills held by the end of the period; none within a year is a gap."""
    day = shanghai_day(p.until)
    rows = [
        {"drill": x.exercise_id, "day": x.held_on.isoformat(), "what": x.subject, "reference": x.reference}
        for x in register_at(p.session, p.snap, p.until).drills
        if x.held_on <= day
    ]
    oldest = months_before(day, DRILL_MONTHS).isoformat()
    return Rows(rows, gaps=int(not any(row["day"] >= oldest for row in rows)))


def by_number(p: Period) -> Rows:
    """Duties that hang on how many people the company handles in all; without a number stated they are a gap."""
    board = board_at(p.session, p.snap, p.until)
    count: Row = {
        "people_in_all": board.count.people if board.count else None,
        "on": board.count.on.isoformat() if board.count else None,
        "people_on_file": board.here,
    }
    rows = [
        {"duty": x.line.key, "people": x.line.people, "reached": x.reached,
         "since": x.since.isoformat() if x.since else None, "due": x.due.isoformat() if x.due else None}
        for x in board.duties
    ]  # fmt: skip
    return Rows([count, *rows], gaps=int(board.count is None or board.too_few))


def alarms(p: Period) -> Rows:
    """What the program itself saw that may be an incident, and the rehearsals and restores that answer one. An alarm is
    no finding: whether it was an incident stands in the company's files."""
    seen = (Kind.CLOCK_ANOMALY, Kind.UNLOCK_FAILED, Kind.REHEARSED, Kind.RESTORED, Kind.RECOVERED)
    failed = [
        {"entry": index, "kind": str(Kind.VERIFIED), "day": e["at"][:10], "problems": list(e["detail"]["problems"])}
        for index, e in p.entries
        if e["kind"] == Kind.VERIFIED and not e["detail"].get("ok")
    ]
    return Rows([*of_kind(p, seen), *failed], gaps=len(failed))
