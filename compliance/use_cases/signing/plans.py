"""Recurring work approved once by two: a plan of fixed purpose, recipient, fields, number of people and last day.

Rules: (1) a plan covers one kind of work, lists of people to Excel, a rep's packs or sheets, and only its own scope;
(2) it ends by itself, at the latest ``plan_max_days`` after it was asked for, and one person may end it sooner;
(3) each use is checked anew, person by person and at the border, and its entry names the plan; (4) the fields stand in
the plan as they were when it was approved: a list with other columns is not covered.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import PendingRequest
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import Snapshot

_PREFIX = "plan:"
_MOST_PEOPLE = 1_000_000


class PlanKind(StrEnum):
    """What a plan is for."""

    PEOPLE_LIST = "people_list"
    PACK = "pack"
    SHEETS = "sheets"


#: The act of the duty list that each kind of plan belongs to.
_ACTS = {PlanKind.PEOPLE_LIST: "export_people", PlanKind.PACK: "make_bundle", PlanKind.SHEETS: "make_sheet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An approved plan. ``recipient``: the rep of packs and sheets; of a list one overseas, "" for use at home."""

    plan_id: str
    kind: PlanKind
    purpose: str
    recipient: str
    fields: tuple[str, ...]
    people: int
    until: date


def request_plan(
    session: Session, *, kind: PlanKind, people: int, until: date, purpose: Purpose | None = None, recipient: str = ""
) -> Answer[PendingRequest | Refusal]:
    """Ask for a plan; a second person approves it. InputErrors ``purpose_needed``, ``recipient_needed``,
    ``unknown_rep``, ``unknown_recipient``, ``bad_people``, ``plan_until``."""
    now = session.now()
    if no := barred(session, _ACTS[kind], at=now):
        return no
    most = session.policy.parameter("plan_max_days", now)
    today = shanghai_day(now)
    if not today <= until <= today + timedelta(days=most):
        raise bad_input("plan_until", "until", str(most))
    if not 1 <= people <= _MOST_PEOPLE:
        raise bad_input("bad_people", "people", str(people))
    if kind is not PlanKind.PACK and purpose is None:
        raise bad_input("purpose_needed", "purpose")
    with session.vault.snapshot() as snap:
        if kind is not PlanKind.PEOPLE_LIST:
            if not recipient:
                raise bad_input("recipient_needed", "recipient")
            if snap.reps.get(recipient) is None:
                raise bad_input("unknown_rep", "recipient")
        elif recipient and snap.recipients.get(recipient) is None:
            raise bad_input("unknown_recipient", "recipient")
    plan = Plan(
        plan_id=new_id("PLAN"),
        kind=kind,
        purpose="" if kind is PlanKind.PACK else str(purpose),
        recipient=recipient,
        fields=_fields(kind),
        people=people,
        until=until,
    )
    return ask_second(session, action="plan", at=now, params=_out(plan))


def put_plan(session: Session, params: dict[str, object]) -> dict[str, object]:
    """Put an approved plan in force."""
    now = session.now()
    plan_id = str(params["plan"])
    with session.vault.unit_of_work() as uow:
        uow.settings.set(_PREFIX + plan_id, json.dumps(params, ensure_ascii=False, sort_keys=True))
        settle(session, uow)
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "plan", "value": plan_id}))
    return params


def list_plans(session: Session) -> Answer[tuple[Plan, ...]]:
    """Plans in force, those that end first first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(_in_force(snap, session.now())))


def end_plan(session: Session, *, plan_id: str) -> Answer[str | Refusal]:
    """End a plan before its day; one person suffices. InputErrors ``unknown_plan``."""
    now = session.now()
    if no := barred(session, "export_people", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        if not uow.settings.get(_PREFIX + plan_id):
            raise bad_input("unknown_plan", "plan")
        uow.settings.set(_PREFIX + plan_id, "")
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "plan", "ended": plan_id}))
    return Answer(plan_id, Changes(settings=True, audit=True))


def covering(
    session: Session, *, kind: PlanKind, purpose: str, recipient: str, fields: Sequence[str], people: int
) -> Plan | None:
    """The plan in force that covers exactly this work; None when it takes two people."""
    with session.vault.snapshot() as snap:
        for plan in _in_force(snap, session.now()):
            same = (plan.kind, plan.purpose, plan.recipient) == (kind, purpose, recipient)
            if same and people <= plan.people and set(fields) <= set(plan.fields):
                return plan
    return None


def _in_force(snap: Snapshot, now: datetime) -> list[Plan]:
    texts = [text for key, text in snap.settings.all().items() if key.startswith(_PREFIX) and text]
    plans = sorted((_in(json.loads(text)) for text in texts), key=lambda plan: (plan.until, plan.plan_id))
    return [plan for plan in plans if shanghai_day(now) <= plan.until]


def _fields(kind: PlanKind) -> tuple[str, ...]:
    from compliance.use_cases.seeing.people_export import COLUMNS

    return COLUMNS if kind is PlanKind.PEOPLE_LIST else ()


def _out(plan: Plan) -> dict[str, object]:
    return {
        "plan": plan.plan_id,
        "kind": str(plan.kind),
        "purpose": plan.purpose,
        "recipient": plan.recipient,
        "fields": list(plan.fields),
        "people": plan.people,
        "until": plan.until.isoformat(),
    }


def _in(data: dict[str, object]) -> Plan:
    fields = data["fields"]
    assert isinstance(fields, list)
    return Plan(
        plan_id=str(data["plan"]),
        kind=PlanKind(str(data["kind"])),
        purpose=str(data["purpose"]),
        recipient=str(data["recipient"]),
        fields=tuple(str(key) for key in fields),
        people=int(str(data["people"])),
        until=date.fromisoformat(str(data["until"])),
    )
