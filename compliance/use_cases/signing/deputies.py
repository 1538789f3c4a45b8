"""Naming a deputy who signs while an officer is away, and ending it.

Rules: (1) naming takes two, because it lets one more person sign; ending takes one; (2) the deputy handles data already
(clerk, finance) and never audits or administers; (3) at most ``deputy_max_days`` at once; (4) a deputy signs, and does
not do what only the officer's role may do.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.signers import DEPUTY_ROLES, Deputy, all_deputies, drop_deputy, get_deputy, put_deputy
from compliance.use_cases.signing.two_person import ask_second


def request_deputy(
    session: Session, *, name: str, stands_for: str, begins: date, until: date
) -> Answer[PendingRequest | Refusal]:
    """Ask that ``name`` signs for ``stands_for`` from one day to another. InputErrors ``unknown_user``,
    ``deputy_role``, ``deputy_for``, ``deputy_days``."""
    now = session.now()
    if no := barred(session, "name_deputy", at=now):
        return no
    most = session.policy.parameter("deputy_max_days", now)
    if not shanghai_day(now) <= until or not begins <= until < begins + timedelta(days=most):
        raise bad_input("deputy_days", "until", str(most))
    with session.vault.snapshot() as snap:
        deputy, officer = snap.users.get(name), snap.users.get(stands_for)
    for user, where in ((deputy, "name"), (officer, "for")):
        if user is None or user.removed_at is not None:
            raise bad_input("unknown_user", where)
    assert deputy is not None and officer is not None
    if deputy.role not in DEPUTY_ROLES:
        raise bad_input("deputy_role", "name", str(deputy.role))
    if not may(officer.role, "decide_request"):
        raise bad_input("deputy_for", "for", str(officer.role))
    params = {"name": name, "for": stands_for, "from": begins.isoformat(), "until": until.isoformat()}
    return ask_second(session, action="name_deputy", at=now, params=params)


def put(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put an approved deputyship in force."""
    deputy = Deputy(
        name=params["name"],
        stands_for=params["for"],
        begins=date.fromisoformat(params["from"]),
        until=date.fromisoformat(params["until"]),
    )
    with session.vault.unit_of_work() as uow:
        put_deputy(uow, deputy)
        detail = {"setting": "deputy", "user": deputy.name, "for": deputy.stands_for, "until": params["until"]}
        settle(session, uow)
        uow.commit(session.event(Kind.SETTING_CHANGED, at=session.now(), detail=detail))
    return params


def list_deputies(session: Session) -> Answer[tuple[Deputy, ...]]:
    """Deputies now and to come."""
    today = shanghai_day(session.now())
    with session.vault.snapshot() as snap:
        return Answer(tuple(found for found in all_deputies(snap) if found.until >= today))


def end_deputy(session: Session, *, name: str) -> Answer[str | Refusal]:
    """End a deputyship at once. InputErrors ``unknown_deputy``."""
    now = session.now()
    if no := barred(session, "end_deputy", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        if get_deputy(uow, name) is None:
            raise bad_input("unknown_deputy", "name")
        drop_deputy(uow, name)
        detail = {"setting": "deputy", "user": name, "ended": True}
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail=detail))
    return Answer(name, Changes(users=True, settings=True, audit=True))
