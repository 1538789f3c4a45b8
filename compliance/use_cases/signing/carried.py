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
from compliance.use_cases.consent import standing, stops
from compliance.use_cases.ending import erasure, holds, retention_extend, retention_runs
from compliance.use_cases.field import packing, sheets
from compliance.use_cases.intake import stack_sampling
from compliance.use_cases.people import merging, person_state_end, readmitting
from compliance.use_cases.rules import company_rules, field_classes
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import exceptional, people_export
from compliance.use_cases.signing import deputies, plans
from compliance.use_cases.signing.two_person import Carry
from compliance.use_cases.upkeep import settings


def _add_user(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    user = accounts.put_slot(session, base64.b64decode(params["slot"]), kind=Kind.USER_ADDED)
    return {"user": user.name, "role": str(user.role)}


def _reset_user(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    user = accounts.put_slot(session, base64.b64decode(params["slot"]), kind=Kind.USER_RESET)
    return {"user": user.name, "role": str(user.role)}


def _before_proof(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    until = date.fromisoformat(params["until"]) if params["until"] else None
    return settings.put_before_proof(session, choice=BeforeProof(params["choice"]), until=until)


def _ask_lock(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return settings.put_ask_lock(session, days=int(params["days"]))


def _class_rules(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    day = date.fromisoformat(params["from"])
    return field_classes.put_class_rules(session, rule_set=params["rule_set"], from_day=day)


def _export_people(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    made = people_export.carry_export(session, params)
    return made if isinstance(made, Refusal) else made.as_json()


def _make_bundle(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    made = packing.write_bundle(session, rep=params["rep"], path=Path(params["path"]), days=int(params["days"]))
    if isinstance(made, Refusal):
        return made
    return {"file": str(made.file), "people": made.people, "sha256": made.sha256}


def _make_sheets(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    made = sheets.write_sheets(
        session,
        hcp_ids=tuple(params["ids"]),
        purpose=Purpose(params["purpose"]),
        rep=params["rep"],
        out=Path(params["path"]),
        progress=NoProgress(),
    )
    return made if isinstance(made, Refusal) else _count(made)


def _count(made: sheets.SheetBatch) -> Mapping[str, int]:
    return {"sheets": len(made.sheets), "refused": len(made.refused), "leaks": made.leaks}


def _erase(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return erasure.carry_out(session, hcp_id=params["hcp"], reason=params["reason"])


def _invalidate(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return standing.carry_invalidation(session, event_id=params["event"], defect=params["defect"])


def _merge(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return merging.carry_merge(session, kept=params["kept"], gone=params["gone"])


def _unmerge(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return merging.carry_unmerge(session, case_id=params["case"])


def _lift_scope(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return stops.carry_lift(session, scope=params["scope"], reason=params["reason"])


def _sample_check(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    return stack_sampling.put_sample_check(session, on=bool(params["on"]))


CARRIED: Mapping[str, Carry] = {
    "add_user": _add_user,
    "reset_user": _reset_user,
    "before_proof": _before_proof,
    "ask_lock": _ask_lock,
    "class_rules": _class_rules,
    company_rules.ACTIVATE: company_rules.put_rules,
    company_rules.CALL_OFF: company_rules.drop_rules,
    "sample_check": _sample_check,
    "export_people": _export_people,
    "export_without": _export_people,
    "make_bundle": _make_bundle,
    "make_sheets": _make_sheets,
    "plan": lambda session, params: plans.put_plan(session, dict(params)),
    "name_deputy": deputies.put,
    "erase": _erase,
    exceptional.ACTION: exceptional.put,
    "invalidate": _invalidate,
    "lift_scope": _lift_scope,
    holds.LIFT: lambda session, params: holds.carry_lift(session, hold_id=params["hold"], reason=params["reason"]),
    retention_extend.ACTION: retention_extend.carry_extension,
    retention_runs.ACTION: retention_runs.carry_release,
    person_state_end.ACTION: person_state_end.carry_lift_state,
    readmitting.ACTION: readmitting.carry_readmission,
    "merge": _merge,
    "unmerge": _unmerge,
}

#: Acts that only a role with this duty can carry out: a deputy signs them by file, or another signer does.
NEEDS: Mapping[str, str] = {
    "export_people": "export_people",
    "export_without": "export_people",
    "make_bundle": "make_bundle",
    "make_sheets": "make_sheet",
}
