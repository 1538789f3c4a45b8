"""The boundary cases of law.md 2.6 (``cases/transfer.toml``) and the yearly count."""

import tomllib
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from compliance.policy.loader import load_policy
from compliance.policy.transfer import (
    Export,
    TransferFacts,
    Tri,
    decide_transfer,
    tally,
    transfer_facts,
)
from compliance.resources import read_tree

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SHANGHAI = timezone(timedelta(hours=8))
USUAL = {
    "has_pi": "yes",
    "has_important": "no",
    "is_ciio": "no",
    "claim": "none",
    "recipient": "HQ",
    "notice_names_recipient": "yes",
    "consent_names_recipient": "yes",
    "consents_missing": 0,
    "pipia_approved": "yes",
    "pipia_covers": "yes",
    "fields_within_purpose": "yes",
    "sensitive_encrypted": "yes",
    "restricted_list_checked_on": "2026-11-20",
}


def all_cases():
    text = (Path(__file__).parent / "cases" / "transfer.toml").read_text(encoding="utf-8")
    for case in tomllib.loads(text)["case"]:
        marks = [pytest.mark.req(case["req"])] if "req" in case else []
        yield pytest.param(case, id=case["name"], marks=marks)


@pytest.fixture(scope="module")
def rules():
    return load_policy(read_tree() | read_tree(suffix=".csv"))


def counted(case):
    """``exported``, ``batch`` and ``already`` as real acts of the year."""
    march, now = datetime(2026, 3, 2, tzinfo=UTC), AT
    acts = [Export(march, f"P{n}") for n in range(case["exported"])]
    new = case["batch"] - case.get("already", 0)
    acts += [Export(now, f"P{n}") for n in range(case.get("already", 0))]
    acts += [Export(now, f"N{n}") for n in range(new)]
    counts = tally(acts, at=now)
    return {"n_ord": counts.ordinary, "n_sens": counts.sensitive}


@pytest.mark.parametrize("case", list(all_cases()))
def test_case(rules, case):
    stated = counted(case) if "exported" in case else case["facts"]
    facts = transfer_facts({**USUAL, **stated})
    assert isinstance(facts, TransferFacts), facts
    decision = decide_transfer(rules, facts, at=case.get("at", AT))
    expect = case["expect"]
    assert (decision.result, decision.row) == (expect["result"], expect["row"])
    assert decision.missing == tuple(expect.get("missing", ()))
    assert decision.notes == tuple(expect.get("notes", ()))
    if "allowed" in expect:
        assert decision.allowed is expect["allowed"]
    if decision.result not in ("FREE", "BLOCK"):
        assert [k for k, g in decision.gates.items() if g.ok is False] == expect.get("failed", [])
    for gate in expect.get("open", []):
        assert decision.gates[gate].ok is None and decision.gates[gate].applies
    for gate, why in expect.get("why", {}).items():
        assert decision.gates[gate].why == why
    if "n_ord" in expect:
        assert facts.n_ord == expect["n_ord"]


@pytest.mark.req("REQ-067")
def test_xt30_the_count_starts_on_the_first_of_january_in_shanghai():
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=SHANGHAI)
    first = datetime(2027, 1, 1, 0, 0, 0, tzinfo=SHANGHAI)
    acts = [Export(last, "A"), Export(first, "B")]
    assert (tally(acts, at=last).year, tally(acts, at=last).persons) == (2026, {"A"})
    assert (tally(acts, at=first).year, tally(acts, at=first).ordinary) == (2027, 1)


@pytest.mark.req("REQ-068")
def test_a_person_with_both_kinds_counts_in_both_and_exempt_acts_in_none():
    acts = [Export(AT, "A"), Export(AT, "A"), Export(AT, "A", sensitive=True), Export(AT, "B", exempt=True)]
    counts = tally(acts, at=AT)
    assert (counts.ordinary, counts.sensitive, counts.persons) == (1, 1, {"A"})


@pytest.mark.req("REQ-070")
@pytest.mark.parametrize("fact", ["has_important", "is_ciio", "foreign_judicial", "on_restricted_list", "has_pi"])
def test_every_unknown_fact_holds_and_is_named(rules, fact):
    facts = transfer_facts({**USUAL, "n_ord": 1, "n_sens": 0, fact: "unknown"})
    decision = decide_transfer(rules, facts, at=AT)
    assert (decision.result, decision.missing, decision.allowed) == ("HOLD", (fact,), False)


@pytest.mark.req("REQ-074")
@pytest.mark.parametrize(
    ("fact", "gate"),
    [
        ("notice_names_recipient", "G1"),
        ("consents_missing", "G2"),
        ("pipia_approved", "G3"),
        ("fields_within_purpose", "G7"),
        ("restricted_list_checked_on", "G8"),
    ],
)
def test_what_nobody_stated_keeps_the_export_closed(rules, fact, gate):
    stated = {k: v for k, v in {**USUAL, "n_ord": 1, "n_sens": 0}.items() if k != fact}
    decision = decide_transfer(rules, transfer_facts(stated), at=AT)
    assert decision.row == "X14" and decision.gates[gate].ok is not True and not decision.allowed


def test_faults_of_an_assess_file_come_all_at_once_with_the_nearest_name():
    faults = transfer_facts(
        {"n_odr": 1, "is_ciio": "maybe", "n_ord": -1, "claim": "contarct", "contract_filed_on": "soon"}
    )
    assert {(f.where, f.code, f.nearest) for f in faults} == {
        ("n_odr", "unknown_key", "n_ord"),
        ("is_ciio", "not_tristate", "yes|no|unknown"),
        ("n_ord", "negative", ""),
        ("claim", "unknown_claim", "contract"),
        ("contract_filed_on", "bad_date", "2026-11-24"),
    }


def test_booleans_are_read_as_yes_and_no():
    facts = transfer_facts({"has_pi": True, "on_restricted_list": False})
    assert (facts.has_pi, facts.on_restricted_list, facts.is_ciio) == (Tri.YES, Tri.NO, Tri.UNKNOWN)


def test_every_field_of_the_facts_can_be_stated():
    kinds = {"Tri": "yes", "frozenset": ["name"], "date": "2026-01-05", "bool": False, "int": 1}
    stated = {f.name: next((v for k, v in kinds.items() if k in str(f.type)), "x") for f in fields(TransferFacts)}
    read = transfer_facts(stated | {"claim": "none"})
    assert isinstance(read, TransferFacts), read
    assert read.restricted_list_checked_on == read.result_letter_on is not None
