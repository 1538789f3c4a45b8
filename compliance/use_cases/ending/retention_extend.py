"""Putting an end off with a reason: by one person or by two, as the rule says, never further than it says, and not for
ever.

Rules: (1) whoever extends names the person, the rule, the last day and why; (2) the day lies after the end as it stands
and no more than the rule's months beyond the later of that end and today; a rule that says *never* has no way out; (3)
until that day the values are read as before, afterwards they are over at once (PIPL 19); (4) a value in quarantine is
not extended: its source is proven, or it goes; (5) extensions of one person under one rule that follow each other
without a gap are a row: of a row one person decides the first ``extension_alone_times``, then it takes two, and after
``extension_times`` nobody puts it off again: a basis is obtained anew, or a hold names the dispute or statute.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.limits import add_months
from compliance.model.register import PendingRequest
from compliance.model.retention import Extend, Extension, RecordKind, StartEvent
from compliance.policy.catalogue import RetentionRule
from compliance.policy.retention import last_day_of
from compliance.use_cases.seat.acting import barred, refuse, refuse_alone
from compliance.use_cases.seat.facts import Reader, retention_facts
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork

ACTION = "extend_retention"
NEVER, ENOUGH = "retention_no_extension", "retention_extended_enough"
_MOST_WORDS = 120
_BECAUSE = (Reference("PIPL", "19"), Reference("PIPL", "47(1)"))
_CHANGED = Changes(people=True, tasks=True, audit=True)


def extend(
    session: Session, *, hcp_id: str, rule: str, until: date, reason: str
) -> Answer[Extension | PendingRequest | Refusal]:
    """Put the end of a person's values under ``rule`` off to ``until``. InputErrors ``unknown_rule``,
    ``reason_missing``, ``bad_extension`` with the last day possible."""
    now = session.now()
    if no := barred(session, "extend_retention", at=now, hcp_id=hcp_id):
        return no
    found = _rule(session, rule)
    if not reason.strip():
        raise bad_input("reason_missing", "reason")
    guard(session, {"reason": reason})
    words = reason.strip()[:_MOST_WORDS]
    if found.extend is Extend.NEVER:
        detail = {"rule": rule}
        return refuse_alone(session, at=now, reason=NEVER, hcp_id=hcp_id, detail=detail, because=_BECAUSE)
    with session.vault.snapshot() as snap:
        _check(session, snap, hcp_id, found, until, now)
        before = in_a_row(snap, hcp_id, rule, shanghai_day(now))
    if before >= session.policy.parameter("extension_times", now):
        told: dict[str, Scalar | list[Scalar]] = {"rule": rule, "before": before}
        return refuse_alone(session, at=now, reason=ENOUGH, hcp_id=hcp_id, detail=told, because=_BECAUSE)
    params = {"hcp": hcp_id, "rule": rule, "until": until.isoformat(), "reason": words}
    if found.extend is Extend.TWO or before >= session.policy.parameter("extension_alone_times", now):
        return ask_second(session, action=ACTION, at=now, params=params, hcps=(hcp_id,))
    with session.vault.unit_of_work() as uow:
        made = _put(session, uow, params, now)
    return Answer(made, _CHANGED)


def in_a_row(reader: Reader, hcp_id: str, rule: str, today: date) -> int:
    """How many extensions lead without a gap to today (rule 5)."""
    reach, count = today, 0
    for made in reader.retention.extensions():  # newest first
        if (made.hcp_id, made.rule) == (hcp_id, rule):
            if made.until < reach:
                break
            reach, count = shanghai_day(made.set_at), count + 1
    return count


def carry_extension(session: Session, params: Mapping[str, Any]) -> dict[str, str] | Refusal:
    """The second signature."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        before = in_a_row(uow, params["hcp"], params["rule"], shanghai_day(now))
        if before >= session.policy.parameter("extension_times", now):
            detail: dict[str, Scalar | list[Scalar]] = {"rule": params["rule"], "before": before}
            return refuse(
                session, uow, at=now, reason=ENOUGH, hcp_id=params["hcp"], detail=detail, because=_BECAUSE
            ).value
        _check(session, uow, params["hcp"], _rule(session, params["rule"]), date.fromisoformat(params["until"]), now)
        settle(session, uow)
        made = _put(session, uow, params, now)
    return {"extension": made.extension_id, "until": made.until.isoformat()}


def list_extensions(session: Session) -> Answer[tuple[Extension, ...] | Refusal]:
    """All, newest first."""
    now = session.now()
    if no := barred(session, "see_retention", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.retention.extensions()))


def _put(session: Session, uow: UnitOfWork, params: Mapping[str, Any], now: datetime) -> Extension:
    made = Extension(
        extension_id=new_id("EX"),
        hcp_id=params["hcp"],
        rule=params["rule"],
        until=date.fromisoformat(params["until"]),
        reason=params["reason"],
        set_at=now,
        set_by=session.actor,
    )
    uow.retention.extend(made)
    detail = {"extension": made.extension_id, "rule": made.rule, "until": params["until"], "reason": made.reason}
    uow.commit(session.event(Kind.RETENTION_EXTENDED, at=now, hcps=(made.hcp_id,), detail=detail))
    return made


def _check(session: Session, reader: Reader, hcp_id: str, rule: RetentionRule, until: date, now: datetime) -> None:
    """Rule 2."""
    person = known_person(reader, hcp_id)
    today = shanghai_day(now)
    facts = retention_facts(reader, person=person, lines=reader.consents.states(hcp_id).values(), at=now)
    held = session.policy.retention.record(RecordKind.HELD_PERSON)
    term = rule.terms.at(now)
    start = facts.recorded if held and rule.key == held.key else facts.last_of(rule.purposes)
    end = today if term is None or rule.event is StartEvent.SOURCE_DATE else last_day_of(term, start)
    latest = add_months(min(max(end, today), date(2900, 1, 1)), rule.extend_months)
    if not today <= until <= latest:
        raise bad_input("bad_extension", "until", until.isoformat(), latest.isoformat())


def _rule(session: Session, key: str) -> RetentionRule:
    rules = session.policy.retention
    per_person = {*rules.of_field.values(), *(r.key for k in RecordKind if k in _OF_PEOPLE and (r := rules.record(k)))}
    if key not in per_person:
        raise bad_input("unknown_rule", "rule", key, ", ".join(sorted(per_person)))
    return rules.rules[key]


_OF_PEOPLE = (RecordKind.HELD_PERSON, RecordKind.QUARANTINED_VALUE)
