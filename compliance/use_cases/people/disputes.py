"""A value somebody says is wrong is used for nothing until a second person has looked (PIPL 8, 46).

Rules: (1) whoever may read a value may dispute it: it protects, one suffices, and it acts at the next read: no purpose
but those that check shows it, no sheet and no pack holds it; (2) somebody other than who disputed it settles: it
stands, or it is removed; amending it settles it too, under the same rule (amendments.py); (3) the reason is one of a
closed list, so that no log holds what the person said; (4) an import leaves a disputed value as it is.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from compliance.errors import bad_input
from compliance.model.access import Purpose, Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.profile import FieldValue, ValueStatus
from compliance.model.register import Task
from compliance.use_cases.people.dispute_end import TASK, settle
from compliance.use_cases.people.indexing import SECTIONS, reindex
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.value_history import readable
from compliance.vault import Dispute, Maintenance, UnitOfWork

REASONS = ("person_says", "sources_differ", "outdated", "other_person", "origin_unknown")
OUTCOMES = ("stands", "removed")


def dispute_value(
    session: Session,
    *,
    hcp_id: str,
    key: str,
    reason: str,
    purpose: Purpose = Purpose.MDM,
    case_id: str | None = None,
) -> Answer[Dispute | Refusal]:
    """Say that a value is wrong. InputErrors ``unknown_reason``, ``field_computed``, ``nothing_to_dispute``,
    ``disputed_already``."""
    now = session.now()
    if no := barred(session, "dispute_value", at=now, hcp_id=hcp_id):
        return no
    if reason not in REASONS:
        raise bad_input("unknown_reason", "reason", reason, ", ".join(REASONS))
    section = _section(session, key)
    with session.vault.unit_of_work() as uow:
        found = readable(session, uow, hcp_id=hcp_id, key=key, purpose=purpose, case_id=case_id, at=now)
        if isinstance(found, Answer):
            return found
        if uow.disputes.open(hcp_id, key) is not None:
            raise bad_input("disputed_already", "key", key)
        stood = _mark(uow, hcp_id, section, key, ValueStatus.DISPUTED)
        if stood is None:
            raise bad_input("nothing_to_dispute", "key", key)
        dispute = Dispute(
            hcp_id=hcp_id, key=key, said_at=now, said_by=session.actor, reason=reason, stood=str(stood)
        )  # fmt: skip
        uow.disputes.put(dispute)
        uow.tasks.add(
            Task(
                task_id=new_id("TK"), kind=TASK, hcp_id=hcp_id, subject=key,
                due=now + timedelta(days=session.policy.parameter("rights_answer_days", now)),
                opened_at=now, done_at=None, done_by="",
            )
        )  # fmt: skip
        detail = {"reason": reason}
        uow.commit(session.event(Kind.VALUE_DISPUTED, at=now, hcps=(hcp_id,), fields=(key,), detail=detail))
    return Answer(dispute, Changes(people=True, tasks=True, audit=True))


def settle_dispute(
    session: Session,
    *,
    hcp_id: str,
    key: str,
    outcome: str,
    purpose: Purpose = Purpose.MDM,
    case_id: str | None = None,
) -> Answer[Dispute | Refusal]:
    """The second look: the value stands, or it is removed. InputErrors ``unknown_outcome``, ``not_disputed``."""
    now = session.now()
    if no := barred(session, "settle_dispute", at=now, hcp_id=hcp_id):
        return no
    if outcome not in OUTCOMES:
        raise bad_input("unknown_outcome", "outcome", outcome, ", ".join(OUTCOMES))
    section = _section(session, key)
    with session.vault.unit_of_work() as uow:
        found = readable(session, uow, hcp_id=hcp_id, key=key, purpose=purpose, case_id=case_id, at=now)
        if isinstance(found, Answer):
            return found
        dispute = uow.disputes.open(hcp_id, key)
        if dispute is None:
            raise bad_input("not_disputed", "key", key)
        if dispute.said_by == session.actor:
            return refuse(
                session, uow, at=now, reason="second_person_needed", hcp_id=hcp_id, detail={"field": key}
            )  # fmt: skip
        if outcome == "stands":
            _mark(uow, hcp_id, section, key, ValueStatus(dispute.stood))
        else:
            _remove(uow, hcp_id, section, key, now, by=session.actor)
        settled = settle(uow, dispute, outcome, now, by=session.actor)
        detail = {"outcome": outcome}
        uow.commit(session.event(Kind.DISPUTE_SETTLED, at=now, hcps=(hcp_id,), fields=(key,), detail=detail))
    return Answer(settled, Changes(people=True, tasks=True, audit=True))


def _mark(uow: UnitOfWork, hcp_id: str, section: Section, key: str, status: ValueStatus) -> ValueStatus | None:
    """Give a value another standing; the one it had, None where there is no value."""
    fields = dict(uow.sections.read_for(Maintenance.AMEND, hcp_id, [section]).get(section, {}))
    held = fields.get(key)
    if held is None:
        return None
    fields[key] = FieldValue(held.value, replace(held.provenance, status=status))
    _write(uow, hcp_id, section, fields)
    return held.provenance.status


def _remove(uow: UnitOfWork, hcp_id: str, section: Section, key: str, now: datetime, *, by: str) -> None:
    fields = dict(uow.sections.read_for(Maintenance.AMEND, hcp_id, [section]).get(section, {}))
    gone = fields.pop(key, None)
    if gone is not None:
        uow.value_changes.add_by_hand(hcp_id, section, {key: (gone, None)}, now, by=by, why="dispute")
        _write(uow, hcp_id, section, fields)


def _write(uow: UnitOfWork, hcp_id: str, section: Section, fields: dict[str, FieldValue]) -> None:
    uow.sections.write(hcp_id, section, fields)
    if section in SECTIONS:
        reindex(uow, hcp_id)


def _section(session: Session, key: str) -> Section:
    known = session.policy.field(key)
    if known is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    if known.section is None:
        raise bad_input("field_computed", "key", key)
    return known.section
