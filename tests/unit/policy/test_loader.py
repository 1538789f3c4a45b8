"""The loader takes nothing on trust: one bad file per mistake, all faults at once, one digest per content."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance.errors import PolicyError, PolicyFileError
from compliance.i18n import has, t
from compliance.model.access import Purpose, Role
from compliance.policy.catalogue import item_terms, required_item
from compliance.policy.loader import load_archived, load_policy

BAD = sorted((Path(__file__).parents[2] / "fixtures" / "policy_bad").glob("*.toml"))


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_bad_file_says_where_what_and_what_would_be_right(texts, path):
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert case["old"] in texts[case["file"]], "the fixture no longer fits the shipped file"
    broken = texts | {case["file"]: texts[case["file"]].replace(case["old"], case["new"], 1)}
    with pytest.raises(PolicyFileError) as caught:
        load_policy(broken)
    expect = case["expect"]
    mine = [f for f in caught.value.faults if f.code == expect["code"]]
    assert mine, caught.value.faults
    fault = mine[0]
    for key in ("where", "value", "nearest"):
        if expect[key] != "*":
            assert getattr(fault, key) == expect[key], key
    assert fault.where.startswith(case["file"])
    assert expect["words"] in t(f"fault.{fault.code}", "en")


def test_a_set_older_than_the_block_closes_a_reported_death_as_it_closes_a_death(texts):
    def without(name, head):
        return re.sub(rf"\[{re.escape(head)}\]\n(?:[^\[\n].*\n|\n)*", "", texts[name])

    older = texts | {
        "policy/blocks.toml": without("policy/blocks.toml", "block.death_reported"),
        "policy/reasons.toml": without("policy/reasons.toml", "blocked_death_reported"),
    }
    assert older["policy/blocks.toml"] != texts["policy/blocks.toml"]
    policy = load_policy(older)
    assert policy.blocks["death_reported"].closes == policy.blocks["deceased"].closes >= {Purpose.VISIT, Purpose.ASK}
    assert policy.reasons["blocked_death_reported"].references == policy.reasons["blocked_deceased"].references


def test_a_number_of_thousands_of_digits_is_a_fault_of_its_file(texts):
    broken = texts | {"policy/parameters.toml": texts["policy/parameters.toml"].replace("180", "9" * 5000, 1)}
    with pytest.raises(PolicyFileError) as caught:
        load_policy(broken)
    assert [(f.where, f.code) for f in caught.value.faults] == [("policy/parameters.toml", "bad_toml")]


def test_a_good_number_of_mistakes_is_kept():
    assert len(BAD) >= 28


def test_all_faults_come_together(texts):
    broken = dict(texts)
    broken["policy/roles.toml"] = texts["policy/roles.toml"].replace("own_people", "own_poeple")
    broken["policy/grants/ask.toml"] = texts["policy/grants/ask.toml"].replace("full_name", "ful_name")
    broken["policy/extra.toml"] = "a = 1"
    del broken["policy/sheets.toml"]
    with pytest.raises(PolicyFileError) as caught:
        load_policy(broken)
    assert {"missing_file", "unknown_file"} <= {f.code for f in caught.value.faults}
    broken["policy/sheets.toml"] = texts["policy/sheets.toml"]
    with pytest.raises(PolicyFileError) as caught:
        load_policy(broken)
    codes = [f.code for f in caught.value.faults]
    assert codes.count("unknown_key") == 8 and "unknown_field" in codes and caught.value.exit_code == 2


def test_every_fault_code_of_the_source_has_words():
    sources = (Path(__file__).parents[3] / "compliance" / "policy").glob("*.py")

    text = "\n".join(
        p.read_text(encoding="utf-8") for p in sources if p.stem.startswith(("load", "tables", "checks", "dated"))
    )
    found = set(re.findall(r'"((?:unknown|bad|missing|wrong|not|too|role|sensitive|shows|basis)_[a-z_]+)"', text))
    known = {code for code in found if has(f"fault.{code}")}
    from compliance.policy.checks import PARAMETERS, REASONS

    assert found - known <= {*PARAMETERS, *REASONS, "bad_input", "basis_missing"} and len(known) > 30


def test_the_digest_is_of_the_content_not_of_blanks_and_comments(texts, policy):
    spaced = texts | {"policy/roles.toml": "# a remark\n\n" + texts["policy/roles.toml"]}
    changed = texts | {"policy/roles.toml": texts["policy/roles.toml"].replace('"Finance"', '"Treasury"')}
    assert load_policy(spaced).digest == policy.digest
    assert load_policy(changed).digest != policy.digest


@pytest.mark.req("REQ-079")
def test_an_archived_text_gives_the_same_set_back(policy, facts, at):
    from compliance.policy.access import decide_access

    again = load_archived(policy.text)
    assert (again.digest, again.text) == (policy.digest, policy.text)
    asked = {"role": Role.REP, "purpose": Purpose.VISIT, "facts": facts("visit"), "at": at}
    assert decide_access(again, **asked) == decide_access(policy, **asked)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"policy/set.toml": {}}'])
def test_a_text_that_is_no_archive_is_refused(text):
    with pytest.raises(PolicyFileError):
        load_archived(text)


def test_files_of_others_are_passed_over(texts, policy):
    more = texts | {"law/requirements.csv": "id,text", "notices/x.toml": "not ours ["}
    assert load_policy(more).digest == policy.digest


@pytest.mark.req("REQ-036")
def test_every_field_has_a_class_and_a_reason_per_purpose(policy):
    assert len(policy.fields) == 110
    for purpose, timeline in policy.grants.items():
        for version in timeline.versions:
            for key, grant in version.value.fields.items():
                assert grant.reason.zh and grant.reason.en and grant.references, (purpose, key)


def test_parameters_are_dated(policy):
    before, after = datetime(2024, 3, 21, 15, 59, tzinfo=UTC), datetime(2024, 3, 21, 16, 0, tzinfo=UTC)
    assert policy.parameter("transfer_assess_ordinary", before) == 100_000
    assert policy.parameter("transfer_assess_ordinary", after) == 1_000_000
    with pytest.raises(PolicyError):
        policy.parameter("transfer_assess_ordinary", datetime(2022, 1, 1, tzinfo=UTC))
    with pytest.raises(PolicyError):
        policy.parameter("no_such_number", after)


@pytest.mark.parametrize(
    ("item", "grade", "separate"),
    [
        ("visit", "E3", False),
        ("digital/wecom", "E4", False),
        ("event", "E3", False),
        ("speaker/sensitive:payment", "E2", True),
        ("event/publish:photo", "E2", True),
        ("medical/overseas:HQ-1", "E2", True),
        ("event/recipient:agency", "E2", True),
    ],
)
def test_terms_of_items(policy, at, item, grade, separate):
    terms = item_terms(policy, item, at)
    assert (terms.least_grade, terms.separate, terms.term_months, terms.ask_lock_days) == (grade, separate, 24, 180)
    assert terms.purpose == item.split("/")[0]


@pytest.mark.parametrize(
    "item", ["visits", "digital/fax", "digital/*", "nobody/overseas:HQ", "event/overseas:", "visit/x:y"]
)
def test_what_is_no_item_is_told(policy, at, item):
    from compliance.errors import InputErrors

    assert not policy.knows_item(item)
    with pytest.raises(InputErrors):
        item_terms(policy, item, at)


def test_required_items(policy):
    assert required_item(policy, Purpose.VISIT) == "visit"
    assert required_item(policy, Purpose.DIGITAL, channel="wecom") == "digital/wecom"
    assert required_item(policy, Purpose.VISIT, channel="f2f_visit") == "visit"
    assert required_item(policy, Purpose.MEDICAL, overseas="HQ") == "medical/overseas:HQ"
    assert required_item(policy, Purpose.SPEAKER, sensitive="travel") == "speaker/sensitive:travel"
    assert required_item(policy, Purpose.RIGHTS) is None
    assert required_item(policy, Purpose.DIGITAL) is None
    assert required_item(policy, Purpose.DIGITAL, channel="fax") is None


def test_look_ups(policy, at):
    assert policy.purposes_for(Role.CLERK, at=at) == (Purpose.MDM,)
    assert policy.purposes_for(Role.AUDITOR) == ()
    assert policy.purposes_for(Role.REP, at=datetime(2020, 1, 1, tzinfo=UTC)) == ()
    assert policy.nearest_field("mobil_phone") == "mobile_phone"
    assert policy.nearest_item("visti") == "visit"
    assert (policy.refresh_days("full_name"), policy.refresh_days("permitted_channels")) == (365, 0)
    assert len(policy.channels()) == 19
    assert policy.words("purpose", "visit", "zh") == "学术拜访与信息传递"
    assert policy.words("field", "no_such", "en") == "no_such"


def test_labels_on_screen_are_those_of_the_rules(policy):
    for kind, keys in (
        ("purpose", policy.purposes),
        ("role", policy.roles),
        ("field", policy.fields),
        ("channel", policy.channel_table),
        ("section", policy.sections),
        ("block", policy.blocks),
        ("basis", policy.bases),
    ):
        for key in keys:
            for lang in ("zh", "en"):
                assert t(f"{kind}.{key}", lang) == policy.words(kind, key, lang)


def test_three_bases_of_the_law_are_told_from_none(policy):
    assert len(policy.bases) == 7
    assert [b.key for b in policy.bases.values() if not b.enabled] == ["news"]
    assert "legitimate_interests" not in policy.bases


def test_the_matrix_holds_words_for_every_code(policy):
    from compliance.model.access import BeforeProof, ValueTest
    from compliance.policy import matrix_words as said
    from compliance.policy.catalogue import Mark
    from compliance.policy.generalise import GENERALISATIONS
    from compliance.policy.masks import MASKS
    from compliance.policy.matrix import render_matrix

    assert set(said.HOW) == {*GENERALISATIONS, *MASKS}
    assert set(said.TESTS) == {*map(str, ValueTest)} and set(said.MARKS) == {*map(str, Mark)}
    assert set(said.BEFORE) == {*map(str, BeforeProof)}
    for lang in ("zh", "en"):
        bare = re.sub(r"`[^`]*`", "", render_matrix(policy, lang))  # codes stand only beside their words
        assert not re.findall(r"\w+_\w+", bare), lang
        assert "[" not in bare and not re.search(r"\b(card|transition|interpretation)\b", bare if lang == "zh" else "")


def test_the_matrix_on_file_is_current(policy):
    from compliance.policy.matrix import render_matrix

    text = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
    assert text == render_matrix(policy, "zh") + "\n---\n\n" + render_matrix(policy, "en")
