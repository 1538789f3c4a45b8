"""Registered rules that tier or suggest, run with an explanation for each result (PIPL 24, 55(2); REQ-054, R11).

Rules: (1) only what stands in ``resources/duties/rules.toml`` runs, and the entry names its digest; (2) not without an
impact assessment of its purpose in force; (3) it sees of a person what the purpose shows its reader, nothing stale, and
whoever refused automated decisions is not on the list; (4) each result names the case that met, each input with its age
and the consent that carried it; without an input there is no result; (5) it writes nothing: a person decides.
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import AccessGranted, FieldState, Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import Disclosed, ShownField
from compliance.resources import read_text
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.search_words import read_search
from compliance.use_cases.seeing.view_marks import mark_of, marks_of
from compliance.use_cases.seeing.walk import Look, walk

_FILE = ("duties", "rules.toml")
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCase:
    """One line of a rule: met when the field shows one of ``values`` (none: anything)."""

    field: str
    values: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A registered rule. ``digest`` is of its whole text."""

    rule_id: str
    kind: str
    purpose: Purpose
    zh: str
    en: str
    cases: tuple[RuleCase, ...]
    digest: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """Fields it looks at."""
        return tuple(dict.fromkeys(case.field for case in self.cases))


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What a result rests on: a field as it shows, and how old it is."""

    key: str
    value: Disclosed
    source_date: date | None
    freshness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One person's result and its explanation. ``case`` 0: no case met, there is no result."""

    hcp_id: str
    case: int
    zh: str
    en: str
    inputs: tuple[Input, ...]
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRun:
    """A run: the rule, the assessment it ran under, its results; ``mark`` tells later whether they still hold."""

    rule: Rule
    assessment: str
    results: tuple[Result, ...]
    total: int
    audit_index: int
    mark: str = ""


def list_rules() -> tuple[Rule, ...]:
    """The register."""
    return tuple(_register().values())


def registered(rule_id: str) -> Rule | None:
    """One rule of the register."""
    return _register().get(rule_id)


def run_rule(
    session: Session, *, rule_id: str, text: str = "", limit: int = 50, offset: int = 0
) -> Answer[RuleRun | Refusal]:
    """Run a registered rule over the people its purpose shows."""
    now = session.now()
    if not 1 <= limit <= _MOST or offset < 0:
        raise bad_input("bad_limit", "limit", str(limit), str(_MOST))
    if no := barred(session, "run_rule", at=now):
        return no
    rule = registered(rule_id)
    with session.vault.unit_of_work() as uow:
        if rule is None:
            detail = {"rule": rule_id[:20]}
            return refuse(session, uow, at=now, reason="rule_not_registered", detail=detail, because=references())
        assessment = assessment_of(uow, rule.purpose, now)
        if not assessment:
            detail = {"rule": rule_id, "rule_digest": rule.digest}
            return refuse(
                session,
                uow,
                at=now,
                reason="assessment_missing",
                purpose=rule.purpose,
                detail=detail,
                because=references(),
            )
        asked = read_search(text, policy=session.policy, role=session.role, at=now)
        seen = scope(session, uow, purpose=rule.purpose, role=session.role, at=now, rep=None)
        looks: list[Look] = []
        total = 0
        if seen is not None:
            page = uow.index.search(asked.query(scope=seen, at=now, limit=limit, offset=offset))
            total = page.count
            looks = [walk(session, uow, hcp_id=hit.hcp_id, purpose=rule.purpose, at=now) for hit in page.rows]
        looks = [look for look in looks if isinstance(look.decision, AccessGranted)]
        results = tuple(result_of(rule, look) for look in looks)
        mark = marks_of(mark_of(session, look.facts, at=now) for look in looks)
        index = uow.commit(
            session.event(
                Kind.RULE_RUN,
                at=now,
                hcps=tuple(one.hcp_id for one in results),
                purpose=str(rule.purpose),
                fields=rule.inputs,
                detail={
                    "rule": rule.rule_id,
                    "rule_digest": rule.digest,
                    "assessment": assessment,
                    "results": sum(one.case > 0 for one in results),
                },
            )
        )[0]
    run = RuleRun(rule=rule, assessment=assessment, results=results, total=total, audit_index=index, mark=mark)
    return Answer(run, Changes(audit=True))


def references() -> tuple[Reference, ...]:
    """What asks for assessment and explanation."""
    return tuple(Reference(r["statute"], r["article"]) for r in _table()["references"])


def result_of(rule: Rule, look: Look) -> Result:
    """Rule 4: the first case whose field shows a value that is not stale."""
    assert isinstance(look.decision, AccessGranted)
    usable = {key: shown for key in rule.inputs if (shown := look.shown.get(key)) is not None and _usable(shown)}
    inputs = tuple(
        Input(key=key, value=one.value, source_date=one.source_date, freshness=one.freshness or "unknown")
        for key, one in usable.items()
        if one.value is not None
    )
    for number, case in enumerate(rule.cases, start=1):
        shown = usable.get(case.field)
        if shown is not None and (not case.values or str(shown.value) in case.values):
            return Result(
                hcp_id=look.hcp_id, case=number, zh=case.zh, en=case.en, inputs=inputs, basis=look.decision.basis
            )
    return Result(hcp_id=look.hcp_id, case=0, zh="", en="", inputs=inputs, basis=look.decision.basis)


def _usable(shown: ShownField) -> bool:
    return shown.state is FieldState.DISCLOSED and bool(shown.value) and shown.freshness != "stale"


def assessment_of(reader: Reader, purpose: Purpose, at: datetime) -> str:
    """The id of the assessment in force; "" when there is none."""
    day = shanghai_day(at)
    for row in reader.assessments.all():
        if row.purpose == purpose and row.approved_on <= day and (row.valid_until is None or day <= row.valid_until):
            return row.assessment_id
    return ""


@cache
def _register() -> dict[str, Rule]:
    return {key: _rule(key, body) for key, body in _table()["rules"].items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(read_text(*_FILE))


def _rule(key: str, body: dict[str, Any]) -> Rule:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    return Rule(
        rule_id=key,
        kind=body["kind"],
        purpose=Purpose(body["purpose"]),
        zh=body["text"]["zh"],
        en=body["text"]["en"],
        cases=tuple(
            RuleCase(
                field=one["field"], values=tuple(one.get("is", ())), zh=one["result"]["zh"], en=one["result"]["en"]
            )
            for one in body["case"]
        ),
        digest=hashlib.sha256(text).hexdigest(),
    )
