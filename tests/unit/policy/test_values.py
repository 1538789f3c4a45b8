"""A ruling meets a value: tests, masks, generalisations, reveal."""

from datetime import date, timedelta

import pytest

from compliance.model.access import FieldRuling, FieldState, Purpose, Role, Section, ValueTest
from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.policy.access import decide_access
from compliance.policy.values import apply_ruling, reveal_ruling

TODAY = date(2026, 11, 24)


def value(text, age=10, **more):
    usual = {
        "source": "CRM",
        "source_class": SourceClass.ZERO,
        "source_date": TODAY - timedelta(days=age) if age is not None else None,
        "collector": "u1",
        "grade": "A",
        "basis": "visit",
    }
    return FieldValue(text, Provenance(**usual | more))


def ruling(state=FieldState.DISCLOSED, **more):
    return FieldRuling(key="content_topics", section=Section.PREFERENCE, state=state, **more)


def test_a_shown_value_carries_its_source(at):
    shown = apply_ruling(ruling(), value("心衰指南更新"), at, 180)
    assert (shown.state, shown.value, shown.freshness) == (FieldState.DISCLOSED, "心衰指南更新", "fresh")
    assert (shown.source, shown.source_class) == ("CRM", SourceClass.ZERO)


def test_withheld_stays_withheld_whatever_the_value(at):
    shown = apply_ruling(ruling(FieldState.WITHHELD, reason="not_for_role"), value("secret"), at, 180)
    assert (shown.state, shown.value, shown.reason) == (FieldState.WITHHELD, None, "not_for_role")


def test_nothing_stored_is_not_collected(at):
    shown = apply_ruling(ruling(), None, at, 180)
    assert (shown.value, shown.reason) == (None, "not_collected")


@pytest.mark.req("REQ-048")
def test_an_unknown_mask_or_form_withholds(at):
    for broken in (ruling(FieldState.MASKED, mask="nmae"), ruling(FieldState.GENERALISED, generalisation="topcis")):
        shown = apply_ruling(broken, value("心衰指南更新"), at, 180)
        assert (shown.state, shown.value) == (FieldState.WITHHELD, None)


def test_a_short_list_under_a_limit_is_shown_whole_and_a_long_one_cut(at):
    limited = ruling(generalisation="up_to_2")
    whole = apply_ruling(limited, value("甲; 乙"), at, 180)
    cut = apply_ruling(limited, value("甲; 乙; 丙"), at, 180)
    assert (whole.state, whole.value, whole.reason) == (FieldState.DISCLOSED, "甲; 乙", None)
    assert (cut.state, cut.value, cut.reason) == (FieldState.GENERALISED, "甲; 乙", "generalised_for_role")


@pytest.mark.parametrize(
    ("age", "state"), [(180, "disclosed"), (225, "disclosed"), (226, "withheld"), (None, "withheld")]
)
def test_stale_values_and_values_without_a_date_leave_sheets(at, age, state):
    fresh = ruling(tests=frozenset({ValueTest.FRESH_OR_IDENTITY}))
    assert str(apply_ruling(fresh, value("x", age), at, 180).state) == state


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "disclosed"),
        ({"source_class": SourceClass.THIRD}, "withheld"),
        ({"grade": "D"}, "withheld"),
        ({"status": ValueStatus.QUARANTINED}, "withheld"),
        ({"status": ValueStatus.DISPUTED}, "withheld"),
        ({"source_class": SourceClass.SECOND, "grade": "C"}, "disclosed"),
    ],
)
def test_only_solid_sources_leave_the_house(at, more, state):
    tested = ruling(tests=frozenset({ValueTest.SOLID_SOURCE}))
    assert str(apply_ruling(tested, value("x", **more), at, 180).state) == state


@pytest.mark.req("REQ-013")
@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"source_class": SourceClass.PUBLIC, "cited": True}, "disclosed"),
        ({"source_class": SourceClass.PUBLIC, "cited": False}, "withheld"),
        ({"source_class": SourceClass.ZERO, "cited": True}, "withheld"),
        ({"source_class": SourceClass.PUBLIC, "cited": True, "source_date": None}, "withheld"),
        ({"source_class": SourceClass.PUBLIC, "cited": True, "status": ValueStatus.DISPUTED}, "withheld"),
    ],
)
def test_the_work_card_shows_public_cited_dated_values_only(policy, facts, at, more, state):
    card = decide_access(policy, role=Role.REP, purpose=Purpose.ASK, facts=facts(), at=at)
    shown = apply_ruling(card.ruling("full_name"), value("林若溪", **more), at, 365)
    assert (str(shown.state), shown.value) == (state, "林若溪" if state == "disclosed" else None)


def test_name_hospital_and_department_stay_on_a_sheet_when_stale(policy, facts, at):
    sheet = decide_access(policy, role=Role.REP, purpose=Purpose.VISIT, facts=facts("visit"), at=at)
    for key in ("full_name", "institution_name", "department"):
        old = apply_ruling(sheet.ruling(key), value("某某", 3_000), at, 180)
        assert (str(old.state), old.freshness) == ("disclosed", "stale")
        undated = apply_ruling(sheet.ruling(key), value("某某", None), at, 180)
        assert (str(undated.state), undated.freshness) == ("disclosed", "unknown")
    assert str(apply_ruling(sheet.ruling("content_topics"), value("某某", 3_000), at, 180).state) == "withheld"


def test_no_shown_field_prints_its_value(at):
    shown = apply_ruling(ruling(), value("林若溪-canary"), at, 180)
    assert "canary" not in repr(shown) and "canary" not in repr(value("林若溪-canary"))


def test_a_phone_is_revealed_only_with_a_consent_to_call_or_text(policy, facts, at):
    view = decide_access(policy, role=Role.COMPLIANCE, purpose=Purpose.VISIT, facts=facts("visit"), at=at)
    assert reveal_ruling(policy, view, "mobile_phone", lines={"visit"}) == "reveal_needs_consent"
    opened = reveal_ruling(policy, view, "mobile_phone", lines={"visit", "digital/phone"})
    shown = apply_ruling(opened, value("13812345678"), at, 365)
    assert (shown.state, shown.value) == (FieldState.DISCLOSED, "13812345678")
    assert reveal_ruling(policy, view, "full_name", lines=()) == "not_masked"
    assert reveal_ruling(policy, view, "bank_account_no", lines=()) == "not_for_purpose"
    assert reveal_ruling(policy, view, "no_such", lines=()) == "unknown_field"


def test_neither_a_rep_nor_audit_reveals(policy, facts, at):
    rep = decide_access(policy, role=Role.REP, purpose=Purpose.VISIT, facts=facts("visit"), at=at)
    assert reveal_ruling(policy, rep, "mobile_phone", lines={"digital/phone"}) == "reveal_not_allowed"
    audit = decide_access(policy, role=Role.DPO, purpose=Purpose.AUDIT, facts=facts(), at=at)
    assert reveal_ruling(policy, audit, "fee_paid_ytd", lines=()) == "reveal_not_allowed"


def test_a_duty_reveals_without_a_channel(policy, facts, at):
    view = decide_access(policy, role=Role.COMPLIANCE, purpose=Purpose.MDM, facts=facts(), at=at)
    assert reveal_ruling(policy, view, "practice_licence_no", lines=()).state is FieldState.DISCLOSED
