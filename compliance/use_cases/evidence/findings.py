"""Findings of compliance audits: who puts them right until when, what proves it, and who agrees (REQ-107).

Rules: (1) a finding has an owner and a last day from the start: the one named, else so many working days as the rule
set says, by the shipped holiday tables; a year without a table asks for a day; (2) the owner answers with what was done
and what shows it: the hash of files, a reference, or both; (3) closing without proof is refused, and so is closing by
the owner or by whoever answered; a finding sent back is assigned anew and its answer falls away; (4) of an audit an
authority ordered the report on the rectification is due 15 working days after it (AUD 11), and closing needs the day it
went out; (5) files stay where they are: only their hash comes in, never their names.
"""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.inspection import AuditFinding, FindingState, Risk
from compliance.policy.limits import MissingYear, add_working_days
from compliance.resources import read_text
from compliance.use_cases.evidence.audit_guide import guide
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot, UnitOfWork

_MOST_WORDS = 200
_MOST_FILES = 20
_CHANGED = Changes(tasks=True, audit=True)


def open_finding(
    session: Session,
    *,
    title: str,
    owner: str = "",
    due: date | None = None,
    item: str = "",
    risk: Risk = Risk.MEDIUM,
    ordered: bool = False,
) -> Answer[AuditFinding | Refusal]:
    """Enter what an audit found; without ``owner`` it is the acting user's."""
    now = session.now()
    if no := barred(session, "open_finding", at=now):
        return no
    words = _words(session, "title", title)
    if item and item not in {x.no for x in guide().items}:
        raise bad_input("unknown_guide_item", "item", item, ", ".join(x.no for x in guide().items))
    last = due or _working_days(session, shanghai_day(now), "audit_finding_working_days", now, field="due")
    _not_over(last, now)
    with session.vault.unit_of_work() as uow:
        finding = AuditFinding(
            finding_id=new_id("FD"),
            title=words,
            item=item,
            risk=risk,
            ordered=ordered,
            opened_at=now,
            opened_by=session.actor,
            owner=_owner(uow, owner or session.actor),
            due=last,
        )
        _keep(session, uow, finding, "opened", now)
    return Answer(finding, _CHANGED)


def assign_finding(
    session: Session, *, finding_id: str, owner: str, due: date | None = None
) -> Answer[AuditFinding | Refusal]:
    """Give a finding to somebody, also back to whoever answered it: the answer falls away and is in the log."""
    now = session.now()
    if no := barred(session, "open_finding", at=now):
        return no
    if due is not None:
        _not_over(due, now)
    with session.vault.unit_of_work() as uow:
        found = _still_open(uow, finding_id)
        given = replace(
            found,
            owner=_owner(uow, owner),
            due=due or found.due,
            answered_at=None,
            answered_by="",
            rectified_on=None,
            report_due=None,
        )
        _keep(session, uow, given, "assigned", now)
    return Answer(given, _CHANGED)


def answer_finding(
    session: Session,
    *,
    finding_id: str,
    action: str,
    evidence: Sequence[Path] = (),
    reference: str = "",
    rectified_on: date | None = None,
) -> Answer[AuditFinding | Refusal]:
    """What was done and what shows it. Refused to everybody but the owner."""
    now = session.now()
    if no := barred(session, "answer_finding", at=now):
        return no
    words = _words(session, "action", action)
    guard(session, {"reference": reference})
    done = rectified_on or shanghai_day(now)
    if done > shanghai_day(now):
        raise bad_input("in_the_future", "rectified_on")
    hashes = tuple(dict.fromkeys(_hash(path) for path in evidence))
    if len(hashes) > _MOST_FILES:
        raise bad_input("too_many_files", "evidence", str(_MOST_FILES))
    with session.vault.unit_of_work() as uow:
        found = _still_open(uow, finding_id)
        if found.owner != session.actor:
            return _no(session, uow, "not_the_owner", found, now)
        report_due = (
            _working_days(session, done, "audit_report_working_days", now, field="rectified_on")
            if found.ordered
            else None
        )
        answered = replace(
            found,
            action=words,
            evidence=hashes,
            reference=reference.strip()[:_MOST_WORDS],
            rectified_on=done,
            report_due=report_due,
            answered_at=now,
            answered_by=session.actor,
        )
        _keep(session, uow, answered, "answered", now)
    return Answer(answered, _CHANGED)


def close_finding(
    session: Session, *, finding_id: str, reported_on: date | None = None
) -> Answer[AuditFinding | Refusal]:
    """A second person agrees that it is right. ``reported_on``: the day the report on an ordered audit went out."""
    now = session.now()
    if no := barred(session, "close_finding", at=now):
        return no
    if reported_on is not None and reported_on > shanghai_day(now):
        raise bad_input("in_the_future", "reported_on")
    with session.vault.unit_of_work() as uow:
        found = _still_open(uow, finding_id)
        if found.state is not FindingState.ANSWERED:
            return _no(session, uow, "finding_unanswered", found, now)
        if not found.proven:
            return _no(session, uow, "finding_unproven", found, now)
        if session.actor in (found.owner, found.answered_by):
            return _no(session, uow, "second_person_needed", found, now)
        if found.ordered and reported_on is None:
            return _no(session, uow, "report_not_sent", found, now)
        closed = replace(found, closed_at=now, closed_by=session.actor, reported_on=reported_on)
        _keep(session, uow, closed, "closed", now)
    return Answer(closed, _CHANGED)


def list_findings(session: Session) -> Answer[tuple[AuditFinding, ...] | Refusal]:
    """Open ones with the nearest day first, then the closed, newest first."""
    now = session.now()
    if no := barred(session, "see_findings", at=now):
        return no
    with session.vault.snapshot() as snap:
        waiting = snap.findings.open()
        closed = [f for f in snap.findings.all() if f.closed_at is not None]
    return Answer((*waiting, *reversed(closed)))


@cache
def inspection_references(of: str) -> tuple[Reference, ...]:
    """What asks for it: ``finding`` or ``hold``."""
    table = tomllib.loads(read_text("duties", "inspection.toml"))
    return tuple(Reference(r["statute"], r["article"]) for r in table[of])


def _keep(session: Session, uow: UnitOfWork, finding: AuditFinding, act: str, now: datetime) -> None:
    uow.findings.put(finding)
    detail: dict[str, Scalar | list[Scalar]] = {
        "finding": finding.finding_id,
        "act": act,
        "owner": finding.owner,
        "due": finding.next_due.isoformat(),
        "item": finding.item,
    }
    if act == "answered":
        detail |= {"hashes": list(finding.evidence), "reference": finding.reference, "action": finding.action}
    uow.commit(session.event(Kind.FINDING_CHANGED, at=now, detail=detail))


def _no(session: Session, uow: UnitOfWork, reason: str, finding: AuditFinding, now: datetime) -> Answer[Refusal]:
    detail: dict[str, Scalar | list[Scalar]] = {"finding": finding.finding_id}
    return refuse(session, uow, at=now, reason=reason, detail=detail, because=inspection_references("finding"))


def _still_open(uow: UnitOfWork, finding_id: str) -> AuditFinding:
    found = uow.findings.get(finding_id)
    if found is None or found.closed_at is not None:
        raise bad_input("unknown_finding", "finding")
    return found


def _owner(reader: UnitOfWork | Snapshot, name: str) -> str:
    user = reader.users.get(name.strip())
    if user is None or user.removed_at is not None:
        raise bad_input("unknown_user", "owner")
    return user.name


def _words(session: Session, field: str, text: str) -> str:
    if not text.strip():
        raise bad_input("words_missing", field)
    guard(session, {field: text})
    return text.strip()[:_MOST_WORDS]


def _working_days(session: Session, start: date, parameter: str, now: datetime, *, field: str) -> date:
    due = add_working_days(start, session.policy.parameter(parameter, now), session.policy.holidays)
    if isinstance(due, MissingYear):
        raise bad_input("no_holiday_table", field, str(due.year))
    return due


def _not_over(due: date, now: datetime) -> None:
    if due < shanghai_day(now):
        raise bad_input("ends_before_now", "due")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
