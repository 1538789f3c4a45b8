"""The register of processing activities 个人信息处理活动记录: one legal basis each, with history (REQ-010).

Rules: (1) an activity is saved only with a purpose of the register and a basis that purpose may stand on; (2) a change
of basis adds a version and ends the one before; (3) basis (5) is not ours and "legitimate interests" is no basis.
"""

from dataclasses import replace

from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.basis import Activity
from compliance.model.ids import new_id
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session


def save_activity(
    session: Session, *, name: str, purpose: Purpose, basis: str, reference: str, activity_id: str = ""
) -> Answer[Activity | Refusal]:
    """A new activity, or with ``activity_id`` its next version. The version before ends now."""
    now = session.now()
    if no := barred(session, "save_activity", at=now):
        return no
    policy = session.policy
    rule = policy.bases.get(basis)
    if not basis:
        raise bad_input("basis_missing", "basis")
    if rule is None:
        raise bad_input("basis_not_available", "basis", basis, ", ".join(policy.bases))
    if not name.strip() and not activity_id:
        raise bad_input("name_missing", "name")
    if not reference.strip():
        raise bad_input("reference_missing", "reference")
    guard(session, {"name": name, "reference": reference})
    known = policy.purposes[purpose]
    with session.vault.unit_of_work() as uow:
        before = uow.activities.of(activity_id) if activity_id else []
        if not rule.enabled or basis not in {known.basis, *known.bases, *(["consent"] if known.items_any else [])}:
            return refuse(
                session,
                uow,
                at=now,
                reason="basis_disabled" if not rule.enabled else "basis_not_for_purpose",
                purpose=purpose,
                detail={"basis": basis, "activity": activity_id},
                because=(rule.reference,),
            )
        last = before[-1] if before else None
        if last is not None:
            uow.activities.put(replace(last, until=now))
        made = Activity(
            activity_id=activity_id or new_id("AC"),
            version=last.version + 1 if last else 1,
            name=name.strip() or (last.name if last else ""),
            purpose=purpose,
            basis=basis,
            reference=reference.strip(),
            recorded_at=now,
            recorded_by=session.actor,
        )
        uow.activities.put(made)
        uow.commit(
            session.event(
                Kind.ACTIVITY_RECORDED,
                at=now,
                purpose=str(purpose),
                detail={"activity": made.activity_id, "version": made.version, "basis": basis},
            )
        )
    return Answer(made, Changes(settings=True, audit=True))


def list_activities(session: Session) -> Answer[tuple[Activity, ...] | Refusal]:
    """Every version of every activity, by activity, oldest first."""
    now = session.now()
    if no := barred(session, "read_settings", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.activities.all()))
