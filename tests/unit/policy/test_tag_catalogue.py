"""The tag catalogue: a field without class, purpose, necessity, formula or gate is a fault of the rules; a guess stays
shut until consent and assessment for profiling stand before it."""

import csv
import io

import pytest

from compliance.errors import PolicyFileError
from compliance.model.access import FieldState, Purpose, Role
from compliance.policy.access import decide_access
from compliance.policy.loader import load_archived, load_policy

TAGS, FIELDS, HEAD = "dictionary/tags.toml", "dictionary/fields.csv", "dictionary/dictionary.toml"
GATE = '[fields.next_content_theme]\nalso_needs = ["item:personalise", "assessment:personalise", "no_adm_optout"]'


def faults(texts, name, before, after):
    assert before in texts[name], before
    with pytest.raises(PolicyFileError) as caught:
        load_policy({**texts, name: texts[name].replace(before, after, 1)})
    return {(f.code, f.value) for f in caught.value.faults}


def field(texts, key, column, value):
    """The dictionary with one cell changed."""
    rows = list(csv.DictReader(io.StringIO(texts[FIELDS])))
    next(row for row in rows if row["key"] == key)[column] = value
    out = io.StringIO()
    table = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return {**texts, FIELDS: out.getvalue()}


def test_every_field_of_the_dictionary_is_in_the_catalogue(policy):
    assert set(policy.tags.tags) == set(policy.fields) and len(policy.fields) == 110
    assert policy.tags.version and policy.tags.from_day.year == 2021
    assert len(policy.predictive) == 9
    assert all(policy.tags.tags[key].formula for key, f in policy.fields.items() if f.default_provenance == "derived")


@pytest.mark.req("REQ-036")
@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("data_class", "", "unknown_class"),
        ("purposes", "", "unknown_purpose"),
        ("key", "shoe_size", "field_without_necessity"),
    ],
)
def test_a_field_without_class_purpose_or_necessity_is_a_fault(texts, column, value, code):
    with pytest.raises(PolicyFileError) as caught:
        load_policy(field(texts, "preferred_language", column, value))
    codes = {f.code for f in caught.value.faults}
    assert code in codes or (code == "field_without_necessity" and "unknown_field" in codes)


@pytest.mark.req("REQ-036")
def test_a_new_field_that_nothing_grants_has_no_necessity(texts):
    rows = texts[FIELDS].splitlines(keepends=True)
    copy = next(r for r in rows if r.startswith("preferred_language,")).replace("preferred_language", "shoe_size", 1)
    with pytest.raises(PolicyFileError) as caught:
        load_policy({**texts, FIELDS: texts[FIELDS].rstrip("\n") + "\n" + copy})
    assert ("field_without_necessity", "shoe_size") in {(f.code, f.value) for f in caught.value.faults}


@pytest.mark.req("REQ-036")
def test_a_set_without_a_catalogue_is_none_but_an_archived_one_still_reads(texts, policy):
    with pytest.raises(PolicyFileError) as caught:
        load_policy({name: text for name, text in texts.items() if name != TAGS})
    assert [(f.where, f.code) for f in caught.value.faults] == [(TAGS, "missing_file")]
    assert load_archived(policy.text).tags == policy.tags


def test_a_derived_field_without_formula_and_an_open_guess_are_faults(texts):
    formula = 'formula = { zh = "按医院所在地区与等级，每家医院一个值"'
    line = next(x for x in texts[TAGS].splitlines() if x.startswith(formula))
    assert ("derived_without_formula", "market_tier") in faults(texts, TAGS, line + "\n", "")
    assert faults(texts, HEAD, GATE, "") == {("predictive_ungated", "visit"), ("predictive_ungated", "digital")}
    for need in ('"item:personalise", ', '"assessment:personalise", ', ', "no_adm_optout"'):
        assert ("predictive_ungated", "visit") in faults(texts, HEAD, GATE, GATE.replace(need, ""))
    assert ("unknown_field", "shoe_size") in faults(texts, TAGS, "[fields.fmv_tier]", "[fields.shoe_size]")


#: What each factor alone withholds, and the reason an officer hears.
FACTORS = [
    ("item", "personalise_consent_missing"),
    ("assessment", "assessment_missing"),
    ("optout", "adm_optout"),
    ("scope", "outside_consented_scope"),
]


@pytest.mark.req("REQ-036")
@pytest.mark.parametrize("key", ["next_content_theme", "next_best_channel", "next_best_time", "suggestion_reason"])
def test_a_guess_opens_only_with_every_factor_and_says_which_is_missing(policy, facts, line, at, key):
    def ruled(*, item=True, assessment=True, optout=False, scope=True, role=Role.COMPLIANCE):
        kinds = {} if scope else {"kinds": frozenset({"identity", "practice"})}
        lines = [line("visit", kinds=frozenset({"identity"}))]
        lines += [line("personalise", **kinds)] if item else []
        found = decide_access(
            policy,
            role=role,
            purpose=Purpose.VISIT,
            facts=facts(
                lines=lines,
                assessments=frozenset({Purpose.PERSONALISE} if assessment else ()),
                adm_optout=optout,
            ),
            at=at,
        )
        return found.ruling(key)

    for role in (Role.COMPLIANCE, Role.REP):
        given = policy.grants[Purpose.VISIT].versions[-1].value.fields[key].treatments
        if role not in given:
            continue
        assert ruled(role=role).state is not FieldState.WITHHELD
        for factor, reason in FACTORS:
            shut = ruled(**{factor: factor == "optout"}, role=role)
            assert shut.state is FieldState.WITHHELD, factor
            assert shut.reason == (reason if role is Role.COMPLIANCE else "no_valid_consent")


@pytest.mark.req("REQ-036")
@pytest.mark.parametrize("purpose", [Purpose.SEGMENT, Purpose.PERSONALISE])
def test_profiling_itself_needs_consent_naming_it_and_an_assessment(policy, facts, line, at, purpose):
    key = "product_affinity" if purpose is Purpose.SEGMENT else "inferred_active_slot"

    def ruled(kinds, assessments):
        given = facts(lines=[line(str(purpose), kinds=frozenset(kinds))], assessments=frozenset(assessments))
        return decide_access(policy, role=Role.COMPLIANCE, purpose=purpose, facts=given, at=at)

    dimension = policy.fields[key].dimension
    assert ruled([dimension], [purpose]).ruling(key).state is not FieldState.WITHHELD
    assert ruled([dimension], []).reason == "assessment_missing"
    assert ruled(["identity"], [purpose]).ruling(key).reason == "outside_consented_scope"
    none = decide_access(policy, role=Role.COMPLIANCE, purpose=purpose, facts=facts(), at=at)
    assert none.reason.startswith(("consent_", "basis_"))
