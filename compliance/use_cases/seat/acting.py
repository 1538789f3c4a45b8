"""How every use case says no, and checks that a person may do an act at all.

Rules: (1) a refusal leaves one log entry with its reason; (2) its number is the reference code an officer looks up;
(3) the words live in ``reasons.toml`` under ``reason.CODE`` and ``lift.CODE``; (4) whoever's role may not is told whose
may: "ask a colleague" helps nobody who does not know which.
"""

from collections.abc import Mapping
from datetime import datetime

from compliance.i18n import has, t
from compliance.model.access import Purpose, Reference, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.use_cases.seat.duties import duties, may, references
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork


def barred(session: Session, act: str, *, at: datetime, hcp_id: str = "") -> Answer[Refusal] | None:
    """The refusal for an act that is not this role's, already logged; None when it may proceed."""
    if may(session.role, act):
        return None
    return refuse_alone(
        session, at=at, reason="role_not_allowed", hcp_id=hcp_id, detail={"act": act}, because=references()
    )


def refuse_alone(
    session: Session,
    *,
    at: datetime,
    reason: str,
    hcp_id: str = "",
    purpose: Purpose | None = None,
    detail: Mapping[str, Scalar | list[Scalar]] | None = None,
    because: tuple[Reference, ...] = (),
    kind: Kind = Kind.ACCESS_REFUSED,
) -> Answer[Refusal]:
    """Log a refusal in a transaction of its own and return it."""
    with session.vault.unit_of_work() as uow:
        return refuse(
            session,
            uow,
            at=at,
            reason=reason,
            hcp_id=hcp_id,
            purpose=purpose,
            detail=detail,
            because=because,
            kind=kind,
        )


def refuse(
    session: Session,
    uow: UnitOfWork,
    *,
    at: datetime,
    reason: str,
    hcp_id: str = "",
    purpose: Purpose | None = None,
    detail: Mapping[str, Scalar | list[Scalar]] | None = None,
    because: tuple[Reference, ...] = (),
    kind: Kind = Kind.ACCESS_REFUSED,
    lifted_by: str = "",
) -> Answer[Refusal]:
    """Commit the refusal's entry in ``uow`` (whatever was prepared in it must not be: callers refuse first)."""
    index = uow.commit(
        session.event(
            kind,
            at=at,
            hcps=(hcp_id,) if hcp_id else (),
            purpose=str(purpose or ""),
            detail={"reason": reason, **(detail or {})},
        )
    )[0]
    return Answer(
        Refusal(
            reason=reason,
            references=because,
            lifted_by=lifted_by or lift(session, reason, act=str((detail or {}).get("act", "")), purpose=purpose),
            reference_code=f"A{index}",
        ),
        Changes(audit=True),
    )


def lift(session: Session | RepSession, reason: str, *, act: str = "", purpose: Purpose | None = None) -> str:
    """What would lift ``reason``, in the session's language; "" where nothing does. ``act`` and ``purpose``: whose role
    it takes (rule 4)."""
    roles: frozenset[Role] = frozenset()
    if reason == "role_not_allowed":
        roles = duties().get(act, roles)
    elif reason == "role_not_permitted" and purpose is not None and isinstance(session, Session):
        roles = session.policy.purposes[purpose].roles
    if roles:
        names = [t(f"role.{role}", session.lang) for role in Role if role in roles]
        return t("lift.roles", session.lang, roles=t("desk.list_sep", session.lang).join(names))
    key = f"lift.{reason}"
    return t(key, session.lang) if has(key) else ""
