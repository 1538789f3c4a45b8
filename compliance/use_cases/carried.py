"""What a second signature carries out: action → function. One entry per act that takes two."""

import base64
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from compliance.model.access import BeforeProof, Purpose
from compliance.model.answer import Refusal
from compliance.model.audit import Kind
from compliance.progress import NoProgress
from compliance.use_cases import accounts, erasure, people_export, settings, standing, stops
from compliance.use_cases.session import Session
from compliance.use_cases.two_person import Carry


def _add_user(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    user = accounts.put_slot(session, base64.b64decode(params["slot"]), kind=Kind.USER_ADDED)
    return {"user": user.name, "role": str(user.role)}


def _reset_user(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    user = accounts.put_slot(session, base64.b64decode(params["slot"]), kind=Kind.USER_RESET)
    return {"user": user.name, "role": str(user.role)}


def _before_proof(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    until = date.fromisoformat(params["until"]) if params["until"] else None
    return settings.put_before_proof(session, choice=BeforeProof(params["choice"]), until=until)


def _export_people(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    made = people_export.write_export(
        session,
        purpose=Purpose(params["purpose"]),
        path=Path(params["path"]),
        text="",
        ids=tuple(params["ids"]),
        refused=int(params["refused"]),
        progress=NoProgress(),
    )
    return made if isinstance(made, Refusal) else made.as_json()


def _erase(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return erasure.carry_out(session, hcp_id=params["hcp"], reason=params["reason"])


def _invalidate(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return standing.carry_invalidation(session, event_id=params["event"], defect=params["defect"])


def _lift_scope(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return stops.carry_lift(session, scope=params["scope"], reason=params["reason"])


CARRIED: Mapping[str, Carry] = {
    "add_user": _add_user,
    "reset_user": _reset_user,
    "before_proof": _before_proof,
    "export_people": _export_people,
    "erase": _erase,
    "invalidate": _invalidate,
    "lift_scope": _lift_scope,
}
