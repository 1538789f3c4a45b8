"""Access cases a lawyer can read (``cases/*.toml``): each must say what it promises and nothing of what it denies."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from compliance.clock import day_start
from compliance.model.access import (
    AccessFacts,
    AccessGranted,
    BasisFact,
    BeforeProof,
    Block,
    FieldState,
    Purpose,
    RecordStatus,
    Role,
)
from compliance.model.consent import ConsentStatus, Grade, LineStatus
from compliance.policy.access import decide_access
from compliance.policy.loader import load_policy
from compliance.resources import read_tree

CASES = Path(__file__).parent / "cases"
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FILES = ("visit", "duties", "speaker", "before_proof")
KEYS = {
    "name",
    "role",
    "purpose",
    "open",
    "lines",
    "graded",
    "blocks",
    "assigned",
    "assessments",
    "adm_optout",
    "case",
    "basis",
    "memos",
    "before_proof",
    "before_proof_until",
    "kinds",
    "ask_again_from",
    "record_status",
    "shows",
    "masks",
    "hides",
    "why",
    "tested",
    "refused",
    "told",
    "reference",
    "req",
}


def all_cases():
    for name in FILES:
        for case in tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["case"]:
            marks = [pytest.mark.req(case["req"])] if "req" in case else []
            yield pytest.param(case, id=f"{name}: {case['name']}", marks=marks)


@pytest.fixture(scope="module")
def rules():
    return load_policy(read_tree() | read_tree(suffix=".csv"))


#: Unless a case names kinds, its consents cover every field.
EVERY_KIND = frozenset(load_policy(read_tree() | read_tree(suffix=".csv")).fields)


def line(item, status, grade="E1", again=None, kinds=EVERY_KIND):
    return LineStatus(
        item=item,
        purpose=item.split("/")[0],
        status=ConsentStatus(status),
        code="X",
        kinds=frozenset(kinds),
        grade=Grade(grade),
        ask_again_from=again,
        may_ask=again is None or again <= AT,
    )


def facts_of(case):
    again = day_start(case["ask_again_from"]) if "ask_again_from" in case else None
    lines = {item: line(item, "given") for item in case.get("open", [])}
    lines |= {item: line(item, status, again=again) for item, status in case.get("lines", {}).items()}
    lines |= {item: line(item, "given", grade) for item, grade in case.get("graded", {}).items()}
    for item, kinds in case.get("kinds", {}).items():
        lines[item] = replace(lines[item], kinds=frozenset(kinds))
    until = case.get("before_proof_until")
    assert until is None or isinstance(until, date)
    return AccessFacts(
        hcp_id="HCP-7QK4M2XA",
        record_status=RecordStatus(case.get("record_status", "active")),
        blocks=frozenset(map(Block, case.get("blocks", []))),
        lines=lines,
        bases={
            Purpose(p): BasisFact(basis=b, reference="C-2026-001", valid_until=None)
            for p, b in case.get("basis", {}).items()
        },
        assessments=frozenset(map(Purpose, case.get("assessments", []))),
        assigned=case.get("assigned", True),
        case_id=case.get("case"),
        before_proof=BeforeProof(case.get("before_proof", "card")),
        before_proof_until=day_start(until) if until else None,
        adm_optout=case.get("adm_optout", False),
        memos=case.get("memos", {}),
    )


@pytest.mark.parametrize("case", list(all_cases()))
def test_case(rules, case):
    assert set(case) <= KEYS, "a key of the case file has no meaning"
    decision = decide_access(
        rules, role=Role(case["role"]), purpose=Purpose(case["purpose"]), facts=facts_of(case), at=AT
    )
    if "refused" in case:
        assert not isinstance(decision, AccessGranted)
        assert decision.reason == case["refused"]
        assert decision.told == case.get("told", decision.told)
        cited = {f"{r.statute} {r.article}" for r in decision.references}
        assert case.get("reference", next(iter(cited))) in cited
        return
    assert isinstance(decision, AccessGranted), decision.reason
    states = {r.key: r for r in decision.rulings}
    for key in case.get("shows", []):
        assert states[key].state is FieldState.DISCLOSED, key
    for key in case.get("masks", []):
        assert states[key].state is FieldState.MASKED, key
    for key in case.get("hides", []):
        assert states[key].state is FieldState.WITHHELD, key
    for key, reason in case.get("why", {}).items():
        assert states[key].reason == reason
    if "tested" in case:
        assert all(case["tested"] in states[key].tests for key in case["shows"])
