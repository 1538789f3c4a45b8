"""Properties of the decision: told alike, monotone, pure, digested, fast."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cpu import cpu_seconds

from compliance.clock import SHANGHAI, day_start
from compliance.i18n import has
from compliance.model.access import (
    AccessFacts,
    AccessGranted,
    AccessRefused,
    BasisFact,
    BeforeProof,
    Block,
    FieldState,
    Purpose,
    RecordStatus,
    Role,
    Section,
)
from compliance.model.consent import ConsentStatus
from compliance.policy.access import decide_access, rep_action
from compliance.policy.explain import explain


def shown(decision):
    if isinstance(decision, AccessRefused):
        return set()
    return {(r.key, r.state) for r in decision.rulings if r.state is not FieldState.WITHHELD}


@pytest.mark.req("REQ-022")
def test_a_consent_to_the_last_of_december_ends_at_its_midnight(policy, facts, line):
    term = line("visit", valid_until=day_start(date(2027, 1, 1)))
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=SHANGHAI)
    held = decide_access(policy, role=Role.COMPLIANCE, purpose=Purpose.VISIT, facts=facts(lines=[term]), at=last)
    assert isinstance(held, AccessGranted) and held.basis == "visit"
    after = decide_access(
        policy,
        role=Role.COMPLIANCE,
        purpose=Purpose.VISIT,
        facts=facts(lines=[term]),
        at=datetime(2027, 1, 1, tzinfo=SHANGHAI),
    )
    assert after.reason == "consent_expired"


@pytest.mark.req("REQ-023")
@pytest.mark.parametrize(
    ("day", "answer"),
    [(datetime(2027, 4, 30, 23, 59, tzinfo=SHANGHAI), False), (datetime(2027, 5, 1, tzinfo=SHANGHAI), True)],
)
def test_a_refusal_of_1_november_locks_asking_through_30_april(policy, facts, line, day, answer):
    lock = day_start(date(2027, 5, 1))
    no = line("visit", ConsentStatus.REFUSED, ask_again_from=lock, may_ask=day >= lock)
    decision = decide_access(policy, role=Role.REP, purpose=Purpose.ASK, facts=facts(lines=[no]), at=day)
    assert isinstance(decision, AccessGranted) is answer
    assert rep_action({"visit": no}, Purpose.VISIT, BeforeProof.CARD, day) == (
        "may_ask" if answer else "do_not_ask_before:2027-05-01"
    )


@pytest.mark.req("REQ-044")
def test_a_rep_hears_the_same_whatever_the_cause(policy, facts, line, at):
    closed = [
        facts("visit", assigned=False),
        AccessFacts(hcp_id=None),
        facts("visit", record_status=RecordStatus.ERASED),
        facts("visit", blocks=frozenset({Block.DO_NOT_CONTACT})),
        facts(lines=[line("visit", ConsentStatus.WITHDRAWN)]),
        facts(),
    ]
    answers = [decide_access(policy, role=Role.REP, purpose=Purpose.VISIT, facts=f, at=at) for f in closed]
    assert len({a.reason for a in answers}) == 6
    assert {(a.told, a.references, a.lifted_by) for a in answers} == {
        ("no_valid_consent", policy.reasons["no_valid_consent"].references, "lift.no_valid_consent")
    }
    heard = {
        (w.reason, w.references, w.lifted_by, w.detail) for w in (explain(policy, a, "full_name") for a in answers)
    }
    assert len(heard) == 1


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"assigned": False}, "assignment"),
        ({"lines": {}}, "basis"),
        ({"blocks": frozenset({Block.FROZEN})}, "blocks"),
    ],
)
def test_each_factor_turned_off_is_named(policy, facts, at, change, step):
    decision = decide_access(
        policy, role=Role.REP, purpose=Purpose.VISIT, facts=replace(facts("visit"), **change), at=at
    )
    assert decision.step == step


def test_role_and_purpose_turned_off_are_named(policy, facts, at):
    wrong_role = decide_access(policy, role=Role.MSL, purpose=Purpose.VISIT, facts=facts("visit"), at=at)
    before_the_law = decide_access(
        policy, role=Role.REP, purpose=Purpose.VISIT, facts=facts("visit"), at=datetime(2021, 10, 31, tzinfo=UTC)
    )
    assert (wrong_role.step, before_the_law.step) == ("role", "purpose")
    starts = datetime(2021, 11, 1, tzinfo=SHANGHAI)  # Shanghai midnight, not UTC
    assert isinstance(
        decide_access(policy, role=Role.REP, purpose=Purpose.VISIT, facts=facts("visit"), at=starts), AccessGranted
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("purpose", Purpose)
def test_more_against_a_person_never_shows_more(policy, facts, line, at, role, purpose):
    full = facts(
        "visit",
        "digital/wecom",
        "event",
        "medical",
        "segment",
        "personalise",
        "speaker",
        "speaker/sensitive:payment",
        assessments=frozenset({Purpose.SEGMENT, Purpose.PERSONALISE}),
        case_id="CASE-1",
        before_proof=BeforeProof.TRANSITION,
        before_proof_until=at + timedelta(days=1),
    )
    base = shown(decide_access(policy, role=role, purpose=purpose, facts=full, at=at))
    worse = [replace(full, blocks=frozenset({b})) for b in Block]
    worse += [replace(full, adm_optout=True), replace(full, assigned=False), replace(full, assessments=frozenset())]
    worse += [replace(full, lines={**full.lines, item: line(item, ConsentStatus.WITHDRAWN)}) for item in full.lines]
    worse += [replace(full, before_proof=BeforeProof.NOTHING)]
    for facts_against in worse:
        less = shown(decide_access(policy, role=role, purpose=purpose, facts=facts_against, at=at))
        assert less <= base


def test_only_the_named_purposes_unseal_guarded_sections(policy, facts, at):
    full = facts("visit", "speaker", case_id="C", lines=[])
    visit = decide_access(policy, role=Role.COMPLIANCE, purpose=Purpose.MDM, facts=full, at=at)
    assert Section.PAYMENT not in visit.sections and Section.FEES not in visit.sections
    card = decide_access(policy, role=Role.REP, purpose=Purpose.ASK, facts=facts(), at=at)
    assert card.sections == {Section.DIRECTORY}


@pytest.mark.req("REQ-012")
def test_a_registered_basis_with_an_end_stops_there(policy, facts, at):
    def contract(**more):
        fact = BasisFact(**({"basis": "contract", "reference": "C-1", "valid_until": None} | more))
        return decide_access(
            policy, role=Role.FINANCE, purpose=Purpose.SPEAKER, facts=facts(bases={Purpose.SPEAKER: fact}), at=at
        )

    assert contract().basis == "contract"
    assert contract(valid_until=at).reason == "basis_expired"
    assert contract(reference="").reason == "basis_not_usable"
    assert contract(basis="legitimate_interests").reason == "basis_not_usable"


def test_the_digest_binds_every_input_and_the_outcome(policy, facts, line, at):
    base = facts("visit")

    def digest(f=base, role=Role.REP, purpose=Purpose.VISIT, moment=at):
        return decide_access(policy, role=role, purpose=purpose, facts=f, at=moment).digest

    changes = [
        digest(replace(base, hcp_id="HCP-AAAAAAAA")),
        digest(replace(base, adm_optout=True)),
        digest(replace(base, case_id="C")),
        digest(replace(base, assigned=False)),
        digest(replace(base, lines={"visit": line("visit", event_id="E-2")})),
        digest(role=Role.COMPLIANCE),
        digest(purpose=Purpose.ASK),
        digest(moment=at + timedelta(microseconds=1)),
    ]
    assert len({digest(), *changes}) == 9
    assert digest() == digest()


def test_every_reason_has_words_and_a_way_out(policy):
    for code in policy.reasons:
        assert has(f"reason.{code}") and has(f"lift.{code}"), code


def test_an_explanation_names_step_and_event_for_officers_only(policy, facts, line, at):
    gone = facts(lines=[line("visit", ConsentStatus.WITHDRAWN, event_id="E-7", notice="visit@1")])
    officer = decide_access(policy, role=Role.COMPLIANCE, purpose=Purpose.VISIT, facts=gone, at=at)
    why = explain(policy, officer, "full_name")
    assert (why.level, why.step, why.reason) == (2, "basis", "consent_withdrawn")
    assert "event=E-7" in why.detail and "notice=visit@1" in why.detail
    rep = explain(policy, decide_access(policy, role=Role.REP, purpose=Purpose.VISIT, facts=gone, at=at), "full_name")
    assert (rep.level, rep.reason, rep.step, rep.detail) == (1, "no_valid_consent", "", "")
    odd = explain(policy, decide_access(policy, role=Role.REP, purpose=Purpose.VISIT, facts=facts("visit"), at=at), "x")
    assert odd.reason == "unknown_field"


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        (ConsentStatus.GIVEN, {}, "open"),
        (ConsentStatus.NOT_ASKED, {}, "may_ask"),
        (ConsentStatus.EXPIRED, {}, "may_ask"),
        (ConsentStatus.SUSPENDED, {}, "do_not_contact"),
        (ConsentStatus.WITHDRAWN, {"may_ask": False}, "do_not_contact"),
    ],
)
def test_what_a_rep_is_told_first(line, at, status, more, expected):
    lines = {"visit": line("visit", status, **more)}
    assert rep_action(lines, Purpose.VISIT, BeforeProof.CARD, at) == expected
    assert rep_action(lines, Purpose.VISIT, BeforeProof.CARD, at, blocked=True) == "do_not_contact"


def test_without_a_card_nobody_may_be_asked(at):
    assert rep_action({}, Purpose.VISIT, BeforeProof.NOTHING, at) == "do_not_contact"
    assert rep_action({}, Purpose.DIGITAL, BeforeProof.CARD, at) == "may_ask"


def test_a_decision_over_110_fields_takes_less_than_fifty_microseconds(policy, facts, at):
    given = facts("visit", "digital/wecom", "event", "medical")
    calls = 200

    def decide() -> None:
        for _ in range(calls):
            decide_access(policy, role=Role.REP, purpose=Purpose.VISIT, facts=given, at=at)

    assert cpu_seconds(decide, rounds=20) / calls < 50e-6
