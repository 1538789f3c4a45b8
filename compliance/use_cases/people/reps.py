"""Reps and MSLs: register, roster from Excel, who is responsible for whom. They hold no slot here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from compliance.errors import InputErrors, bad_input
from compliance.i18n import Lang, t
from compliance.importing.rosters import Assignment, RosterRow, read_assignments, read_roster
from compliance.model.access import FIELD_ROLES
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.register import Rep
from compliance.use_cases.people.person_keys import Whom, find_people
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork
from compliance.vault.keys.age_key import is_recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """A line of a table that was not taken."""

    row: int
    code: str
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReport:
    """What became of a roster or assignment table. ``preview`` names reps or pseudonyms, never people."""

    read: int
    accepted: int
    rejected: int
    rows: tuple[RowProblem, ...]
    preview: tuple[str, ...] = ()


def add_rep(session: Session, *, rep: Rep) -> Answer[Rep | Refusal]:
    """Register a rep or MSL, or amend one of the same name."""
    now = session.now()
    if no := barred(session, "register_rep", at=now):
        return no
    _check(rep, now)
    with session.vault.unit_of_work() as uow:
        _no_clash(uow, rep)
        uow.reps.put(rep)
        uow.commit(session.event(Kind.REP_REGISTERED, at=now, detail={"rep": rep.name, "role": str(rep.role)}))
    return Answer(rep, Changes(users=True, audit=True))


def end_rep(session: Session, *, name: str) -> Answer[Rep | Refusal]:
    """Sign a rep off, by one person because it protects. Registering them again takes it back."""
    now = session.now()
    if no := barred(session, "end_rep", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        known = uow.reps.get(name)
        if known is None:
            raise bad_input("unknown_rep", "name")
        ended = replace(known, active=False)
        uow.reps.put(ended)
        uow.commit(session.event(Kind.REP_REGISTERED, at=now, detail={"rep": name, "active": False}))
    return Answer(ended, Changes(users=True, exports=True, audit=True))


def list_reps(session: Session) -> Answer[tuple[Rep, ...]]:
    """The register of reps."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.reps.all()))


def import_roster(session: Session, *, path: Path, dry_run: bool = False) -> Answer[TableReport | Refusal]:
    """Reps from a table: name, employee number, territory, device key, training, filing. Bad lines are named."""
    now = session.now()
    if no := barred(session, "register_rep", at=now):
        return no
    rows = read_roster(path)
    good: list[Rep] = []
    bad: list[RowProblem] = []
    for row in rows:
        problem = _roster_fault(row, now, good)
        if problem is not None:
            bad.append(problem)
        elif row.rep is not None:
            good.append(row.rep)
    if not dry_run and good:
        with session.vault.unit_of_work() as uow:
            for rep in good:
                uow.reps.put(rep)
            uow.commit(session.event(Kind.REP_REGISTERED, at=now, detail={"reps": [r.name for r in good]}))
    return Answer(
        TableReport(
            read=len(rows),
            accepted=len(good),
            rejected=len(bad),
            rows=tuple(bad),
            preview=tuple(_shown(r, session.lang) for r in good[:20]),
        ),
        Changes(users=not dry_run, audit=not dry_run),
    )


def assign(session: Session, *, hcp_ids: Sequence[str], rep: str) -> Answer[int | Refusal]:
    """Make a rep responsible for people. All ids are known, or nothing is done."""
    now = session.now()
    if no := barred(session, "assign", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        if uow.reps.get(rep) is None:
            raise bad_input("unknown_rep", "rep")
        for hcp_id in hcp_ids:
            if uow.people.get(hcp_id) is None:
                raise bad_input("unknown_person", "hcp")
            uow.assignments.assign(hcp_id, rep, now)
        uow.commit(
            session.event(Kind.ASSIGNED, at=now, hcps=tuple(hcp_ids), detail={"rep": rep, "people": len(hcp_ids)})
        )
    return Answer(len(hcp_ids), Changes(people=True, audit=True))


def import_assignments(session: Session, *, path: Path, dry_run: bool = False) -> Answer[TableReport | Refusal]:
    """Who is responsible for whom, from a table: HCP id, source id, licence, or name and hospital → rep."""
    now = session.now()
    if no := barred(session, "assign", at=now):
        return no
    rows = read_assignments(path)
    bad: list[RowProblem] = []
    good: list[tuple[str, str]] = []
    with session.vault.unit_of_work() as uow:
        by_key = {key: r.name for r in uow.reps.all() for key in (r.name, r.employee_no) if key}
        people = find_people(uow, [_key_of(row) for row in rows], at=now)
        for row, whom in zip(rows, people, strict=True):
            rep = by_key.get(row.rep)
            person, unclear = _one_of(uow, row, whom)
            code = row.code or ("unknown_rep" if rep is None else "") or unclear
            if code:
                bad.append(RowProblem(row=row.row, code=code))
            elif rep is not None:
                good.append((person, rep))
        if not dry_run and good:
            for hcp_id, rep in good:
                uow.assignments.assign(hcp_id, rep, now)
            uow.commit(
                session.event(
                    Kind.ASSIGNED,
                    at=now,
                    detail={"people": len(good), "reps": sorted({rep for _, rep in good}), "rejected": len(bad)},
                )
            )
    return Answer(
        TableReport(
            read=len(rows),
            accepted=len(good),
            rejected=len(bad),
            rows=tuple(bad),
            preview=tuple(f"{hcp_id} → {rep}" for hcp_id, rep in good[:20]),
        ),
        Changes(people=not dry_run, audit=not dry_run),
    )


def _check(rep: Rep, now: datetime) -> None:
    if rep.role not in FIELD_ROLES:
        raise bad_input("not_a_field_role", "role", str(rep.role), ", ".join(FIELD_ROLES))
    if not rep.name.strip():
        raise bad_input("name_missing", "name")
    if not rep.employee_no.strip():
        raise bad_input("employee_no_missing", "employee_no")
    if rep.recipient and not is_recipient(rep.recipient):
        raise bad_input("bad_recipient", "recipient")
    for field, day in (("trained_on", rep.trained_on), ("filing_checked_on", rep.filing_checked_on)):
        if day is not None and day > now.date():
            raise bad_input("in_the_future", field)


def _no_clash(uow: UnitOfWork, rep: Rep) -> None:
    if any(r.employee_no == rep.employee_no and r.name != rep.name for r in uow.reps.all()):
        raise bad_input("employee_no_taken", "employee_no")


def _shown(rep: Rep, lang: Lang) -> str:
    return " · ".join(part for part in (rep.name, t(f"role.{rep.role}", lang), rep.territory) if part)


def _roster_fault(row: RosterRow, now: datetime, good: list[Rep]) -> RowProblem | None:
    if row.rep is None or row.code:
        return RowProblem(row=row.row, code=row.code or "unreadable", column=row.column)
    if any(r.employee_no == row.rep.employee_no or r.name == row.rep.name for r in good):
        return RowProblem(row=row.row, code="duplicate_row")
    try:
        _check(row.rep, now)
    except InputErrors as fault:
        return RowProblem(row=row.row, code=fault.code, column=fault.faults[0].where)
    return None


def _key_of(row: Assignment) -> dict[str, str]:
    """What a row names its person by: the first that is filled counts alone, name and hospital last."""
    for key, value in (("hcp_id", row.hcp_id), ("licence", row.licence), ("source_id", row.source_id)):
        if value:
            return {key: value}
    return {"name": row.name, "hospital": row.hospital}


def _one_of(uow: UnitOfWork, row: Assignment, whom: Whom) -> tuple[str, str]:
    """The person, or "" and why not. One person of exactly that name at that hospital is enough to be assigned."""
    if whom.hcp_id is not None:
        return whom.hcp_id, ""
    listed = uow.index.get_many(whom.candidates)
    exact = [i for i, hit in listed.items() if (hit.name, hit.hospital) == (row.name, row.hospital)]
    if len(exact) == 1:
        return exact[0], ""
    return "", "ambiguous_person" if exact or whom.code == "ambiguous_key" else "unknown_person"
