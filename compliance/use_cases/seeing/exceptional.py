"""Exceptional access 例外查阅: asked for with a reason, approved by another, minutes long, logged, reviewed afterwards.

Rules (35273 7.1 d; REQ-047): (1) it is asked for one person, one purpose and at most ``exceptional_max_minutes``; (2)
the clock starts when the second person has signed, and the review's task is opened in the same transaction; (3) whoever
had the access cannot review it, and a review says what was found; (4) anybody who may act may end it sooner, a review
ends it too; (5) each read under it names it in the log, and so do the refusals.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from compliance.clock import stamp
from compliance.errors import bad_input
from compliance.model.access import Purpose, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.ids import new_id
from compliance.model.register import PendingRequest, Task
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.lending import REVIEW, Exceptional, lent_roles, read_all, read_one, reasons, store
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.signers import may_sign
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork

ACTION = "exceptional_access"
_READS = (Kind.PROFILE_OPENED, Kind.ACCESS_REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionalLine:
    """One line of the register: the access, how often it was used and turned away, and its review (id, open or not)."""

    access: Exceptional
    is_open: bool
    reads: int
    refused: int
    review: str
    reviewed_by: str


def ask_exceptional(
    session: Session, *, hcp_id: str, purpose: Purpose, minutes: int, reason: str
) -> Answer[PendingRequest | Refusal]:
    """Ask for it; another person approves. InputErrors ``exceptional_purpose``, ``exceptional_not_needed``,
    ``exceptional_minutes``, ``exceptional_reason``, ``unknown_person``."""
    now = session.now()
    if no := barred(session, "ask_exceptional", at=now, hcp_id=hcp_id):
        return no
    lends = lent_roles()
    if purpose not in lends:
        raise bad_input("exceptional_purpose", "purpose", str(purpose), ", ".join(lends))
    if session.role in session.policy_at(now).purposes[purpose].roles:
        raise bad_input("exceptional_not_needed", "purpose", str(purpose))
    most = session.policy_at(now).parameter("exceptional_max_minutes", now)
    if not 1 <= minutes <= most:
        raise bad_input("exceptional_minutes", "minutes", str(minutes), str(most))
    if reason not in reasons():
        raise bad_input("exceptional_reason", "reason", "", ", ".join(reasons()))
    with session.vault.snapshot() as snap:
        known_person(snap, hcp_id)
    params = {
        "access": new_id("EX"),
        "user": session.actor,
        "user_role": str(session.role),
        "hcp": hcp_id,
        "purpose": str(purpose),
        "role": str(lends[purpose]),
        "minutes": minutes,
        "why": reason,
    }
    return ask_second(session, action=ACTION, at=now, params=params, hcps=(hcp_id,))


def put(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rule 2: what two have signed begins now."""
    now = session.now()
    assert session.carrying is not None
    one = Exceptional(
        exceptional_id=params["access"],
        user=params["user"],
        hcp_id=params["hcp"],
        purpose=Purpose(params["purpose"]),
        role=Role(params["role"]),
        reason=params["why"],
        begins=now,
        until=now + timedelta(minutes=int(params["minutes"])),
        approved_by=session.carrying.signer,
    )
    days = session.policy_at(now).parameter("exceptional_review_days", now)
    task = Task(
        task_id=new_id("TK"),
        kind=REVIEW,
        hcp_id=one.hcp_id,
        subject=one.exceptional_id,
        due=one.until + timedelta(days=days),
        opened_at=now,
        done_at=None,
        done_by="",
    )
    with session.vault.unit_of_work() as uow:
        store(uow, one)
        uow.tasks.add(task)
        settle(session, uow)
        uow.commit(_entry(session, Kind.EXCEPTIONAL_GRANTED, one, now))
    return {"access": one.exceptional_id, "until": stamp(one.until), "review": task.task_id}


def list_exceptional(session: Session) -> Answer[tuple[ExceptionalLine, ...] | Refusal]:
    """The register, newest first: a signer sees all, everybody else their own."""
    now = session.now()
    if no := barred(session, "ask_exceptional", at=now):
        return no
    with session.vault.snapshot() as snap:
        every = may_sign(snap, name=session.actor, role=session.role, at=now)
        mine = [one for one in read_all(snap) if every or one.user == session.actor]
        tasks = {task.subject: task for one in mine for task in snap.tasks.of(one.hcp_id) if task.kind == REVIEW}
        lines = []
        for one in mine:
            found = snap.log.find(kind=_READS, actor=one.user, hcp=one.hcp_id, since=one.begins, limit=10_000)
            used = [e.data["kind"] for e in found if e.data["detail"].get("exceptional") == one.exceptional_id]
            task = tasks.get(one.exceptional_id)
            lines.append(
                ExceptionalLine(
                    access=one,
                    is_open=one.open_at(now),
                    reads=used.count(str(Kind.PROFILE_OPENED)),
                    refused=used.count(str(Kind.ACCESS_REFUSED)),
                    review=task.task_id if task else "",
                    reviewed_by=task.done_by if task else "",
                )
            )
    return Answer(tuple(lines))


def end_exceptional(session: Session, *, exceptional_id: str) -> Answer[str | Refusal]:
    """End it before its time; one person suffices. InputErrors ``unknown_exceptional``."""
    now = session.now()
    if no := barred(session, "end_exceptional", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        one = read_one(uow, exceptional_id)
        if one is None or not one.open_at(now):
            raise bad_input("unknown_exceptional", "access")
        store(uow, replace(one, ended=True))
        uow.commit(_entry(session, Kind.EXCEPTIONAL_ENDED, one, now))
    return Answer(exceptional_id, Changes(tasks=True, audit=True, people=True))


def cannot_review(session: Session, uow: UnitOfWork, exceptional_id: str, *, at: datetime) -> str:
    """Rule 3: why this user cannot close the review; "" when they can."""
    one = read_one(uow, exceptional_id)
    if one is not None and one.user == session.actor:
        return "exceptional_review_other"
    return "" if may_sign(uow, name=session.actor, role=session.role, at=at) else "role_not_allowed"


def end_reviewed(session: Session, uow: UnitOfWork, exceptional_id: str, *, at: datetime) -> None:
    """Rule 4: a review ends what is still running. The caller commits."""
    one = read_one(uow, exceptional_id)
    if one is not None and one.open_at(at):
        store(uow, replace(one, ended=True))
        uow.queue(_entry(session, Kind.EXCEPTIONAL_ENDED, one, at))


def _entry(session: Session, kind: Kind, one: Exceptional, at: datetime) -> AuditEvent:
    detail = {
        "exceptional": one.exceptional_id,
        "user": one.user,
        "lent_role": str(one.role),
        "reason": one.reason,
        "until": stamp(one.until),
    }
    return session.event(kind, at=at, hcps=(one.hcp_id,), purpose=str(one.purpose), detail=detail)
