"""What a value was before: each change of it with who, when and why, for whoever may read the field now.

Rules: (1) the walk is that of a profile, for the same purpose: who is refused the person or the field is refused its
past (PIPL 6); (2) every earlier value passes the same ruling, so it is masked or generalised as the value now is, and
one from a source in doubt is withheld with its reason; (3) the look has a log entry of its own, which names the field
and counts; (4) what was changed goes with the person, with the retention of the field and with an objection
(value_changes.py).
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.errors import bad_input
from compliance.model.access import AccessGranted, AccessRefused, FieldState, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import FieldValue, ShownField
from compliance.policy.values import apply_ruling
from compliance.use_cases.people.sources import Settling
from compliance.use_cases.seat.acting import refuse
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.walk import Look, refused, walk
from compliance.vault import Dispute, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: what the field was and what it became, as this reader may see both; None: there was nothing."""

    at: datetime
    by: str
    why: str
    batch: str
    was: ShownField | None
    became: ShownField | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHistory:
    """One field of one person through time, newest first."""

    hcp_id: str
    key: str
    purpose: Purpose
    now: ShownField
    changes: tuple[Change, ...]
    disputes: tuple[Dispute, ...]
    audit_index: int


def field_history(
    session: Session, *, hcp_id: str, key: str, purpose: Purpose, case_id: str | None = None
) -> Answer[FieldHistory | Refusal]:
    """The history of one field (rules 1 to 3). InputErrors ``unknown_field``, ``field_computed``."""
    now = session.now()
    known = session.policy.field(key)
    if known is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    if known.section is None:
        raise bad_input("field_computed", "key", key)
    with session.vault.unit_of_work() as uow:
        found = readable(session, uow, hcp_id=hcp_id, key=key, purpose=purpose, case_id=case_id, at=now)
        if isinstance(found, Answer):
            return found
        look, shown = found
        changes = _changes(session, uow, look, key, now)
        disputes = tuple(uow.disputes.of(hcp_id, key))
        index = uow.commit(
            session.event(
                Kind.HISTORY_SHOWN,
                at=now,
                hcps=(hcp_id,),
                purpose=str(purpose),
                fields=(key,),
                decision=look.decision.digest,
                detail={"changes": len(changes), **({"case": look.facts.case_id} if look.facts.case_id else {})},
            )
        )[0]
    return Answer(
        FieldHistory(
            hcp_id=hcp_id, key=key, purpose=purpose, now=shown, changes=changes, disputes=disputes, audit_index=index
        ),
        Changes(audit=True),
    )


def readable(
    session: Session,
    uow: UnitOfWork,
    *,
    hcp_id: str,
    key: str,
    purpose: Purpose,
    case_id: str | None,
    at: datetime,
) -> tuple[Look, ShownField] | Answer[Refusal]:
    """The person as walked and the field as shown, or the logged refusal of whoever may not read it."""
    look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=at, case_id=case_id)
    if isinstance(look.decision, AccessRefused):
        return refused(session, uow, look.decision)
    shown = look.shown[key]
    if shown.state is FieldState.WITHHELD:
        return refuse(
            session,
            uow,
            at=at,
            reason=shown.reason or "not_for_purpose",
            hcp_id=hcp_id,
            purpose=purpose,
            detail={"field": key},
            because=shown.references,
        )
    return look, shown


def _changes(session: Session, uow: UnitOfWork, look: Look, key: str, at: datetime) -> tuple[Change, ...]:
    decision = look.decision
    assert isinstance(decision, AccessGranted)
    ruling = decision.ruling(key)
    assert ruling is not None
    settling = Settling(session, uow, at=at)

    def show(value: FieldValue | None) -> ShownField | None:
        if value is None:
            return None
        days = session.policy.refresh_days(key)
        return apply_ruling(ruling, settling.value(value), at=at, refresh_days=days, recorded=decision.recorded)

    return tuple(
        Change(at=e.at, by=e.by, why=e.why, batch=e.batch, was=show(e.was), became=show(e.became))
        for e in uow.value_changes.of_field(decision, key)
    )
