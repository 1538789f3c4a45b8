"""A company's own rules on the shipped ones: narrowing is taken, what the law closes stays closed, faults are told."""

from datetime import date

import pytest

from compliance.errors import PolicyFileError
from compliance.policy.company import merged, placed, read_company_set
from compliance.policy.compare import compare, looser
from compliance.policy.loader import load_archived

DAY = date(2026, 12, 1)
MAY = 'may_loosen = ["strict", "retention"]'
VISIT, NUMBERS, HEAD = "policy/grants/visit.toml", "policy/parameters.toml", "policy/set.toml"


@pytest.fixture(scope="module")
def read(texts, policy):
    def make(*edits, day=DAY, **more):
        mine = {}
        for name, old, new in edits:
            text = mine.get(name, texts[name])
            assert old in text, (name, old)
            mine[name] = text.replace(old, new, 1)
        return read_company_set({**mine, **more}, shipped=policy, day=day)

    return make


def faults(read, *edits, **more):
    with pytest.raises(PolicyFileError) as caught:
        read(*edits, **more)
    return [(f.where, f.code, f.value, f.nearest) for f in caught.value.faults]


NARROWED = [
    ("a field withheld", VISIT, 'rep = "mask:mobile"', 'rep = "withhold:never_on_sheet"'),
    ("a value masked", VISIT, 'treatments = { compliance = "show", rep = "show" }',
     'treatments = { compliance = "mask:hidden", rep = "show" }'),
    ("the ask lock longer", NUMBERS, "value = 180\nreferences = [{ statute = \"NDSR\"",
     "value = 365\nreferences = [{ statute = \"NDSR\""),
    ("sheets live shorter", NUMBERS, "value = 14\nreferences = [{ statute = \"PIPL\", article = \"6\"",
     "value = 7\nreferences = [{ statute = \"PIPL\", article = \"6\""),
    ("a block closes more", "policy/blocks.toml", 'closes = ["ask", "segment", "personalise"]',
     'closes = ["ask", "segment", "personalise", "visit"]'),
    ("stronger proof", "policy/items.toml", 'least_grade = "E3"', 'least_grade = "E1"'),
    ("a shorter sheet", "policy/sheets.toml", ', "visit_acceptance"]', "]"),
    ("a further word", "policy/free_text.toml", '["怀孕", ', '["怀孕", "请假单", '),
    ("no card before proof", "policy/purposes.toml", 'before_proof = ["transition"]', "before_proof = []"),
]  # fmt: skip


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize(("name", "old", "new"), [case[1:] for case in NARROWED], ids=[case[0] for case in NARROWED])
def test_what_narrows_is_taken(read, policy, name, old, new):
    found = read((name, old, new))
    assert found.changes and not looser(found.changes)
    assert found.changes[0].where.startswith(name) and found.policy.digest != policy.digest
    back = compare(policy, found.policy, day=DAY)
    assert looser(back), "taking it back opens again, so it takes two"
    again = merged(found.text, shipped=policy)
    assert again.digest == found.policy.digest == load_archived(found.policy.text).digest


LOOSER = [
    ("a mask taken off", VISIT, 'rep = "mask:mobile"', 'rep = "show"', "mobile_phone.treatments.rep"),
    ("a test dropped", VISIT, 'tests = { rep = ["fresh_or_identity", "solid_source"] }', "", "tests"),
    ("the ask lock shorter", NUMBERS, 'value = 180\nreferences = [{ statute = "NDSR"',
     'value = 90\nreferences = [{ statute = "NDSR"', "ask_lock_days"),
    ("the wait shorter", NUMBERS, "[[loosening_wait_hours.version]]\nfrom = 2021-11-01\nvalue = 24",
     "[[loosening_wait_hours.version]]\nfrom = 2021-11-01\nvalue = 1", "loosening_wait_hours"),
    ("a fixed number", NUMBERS, "value = 1_000_000\nreferences = [{ statute = \"CBDF\"",
     "value = 999_999\nreferences = [{ statute = \"CBDF\"", "transfer_assess_ordinary"),
    ("a block closes less", "policy/blocks.toml", 'closes = ["ask", "segment", "personalise"]',
     'closes = ["ask", "segment"]', "open_request"),
    ("weaker proof", "policy/items.toml", 'least_grade = "E2"', 'least_grade = "E4"', "grade"),
    ("no assessment", "policy/purposes.toml", "assessment = true", "assessment = false", "assessment"),
    ("a duty of the law", "policy/purposes.toml", "statutory = false", "statutory = true", "statutory"),
    ("a field more on paper", "policy/sheets.toml", '"professional_title", ', '"professional_title", "region", ',
     "visit"),
    ("a separate consent spared", "policy/grants/speaker.toml", 'needs_item = "speaker/sensitive:payment"', "",
     "needs_item"),
]  # fmt: skip


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize("case", LOOSER, ids=[case[0] for case in LOOSER])
def test_what_the_shipped_rules_close_no_company_opens(read, case):
    _, name, old, new, where = case
    found = faults(read, (name, old, new))
    assert any(where in f[0] and f[0].startswith(name) for f in found), found
    assert {f[1] for f in found} <= {"looser_than_law", "sensitive_without_item", "predictive_ungated"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("law/statutes.toml", 'title = { zh = "', 'title = { zh = "x'),
        ("dictionary/fields.csv", "sensitive", "ordinary"),
        ("policy/transfer.toml", 'label = { zh = "', 'label = { zh = "x'),
        ("policy/classes.toml", 'id_doc_no = "ordinary"', 'bank_account_no = "ordinary"'),
    ],
)
def test_the_law_and_the_dictionary_are_fixed(read, name, old, new):
    assert (name, "fixed_by_law", "", "") in faults(read, (name, old, new))


def test_the_same_files_change_nothing(texts, policy):
    whole = read_company_set(texts, shipped=policy, day=DAY)
    assert whole.changes == () and whole.policy.digest == policy.digest
    bare = {name.removeprefix("policy/"): text for name, text in texts.items() if name.startswith("policy/")}
    assert placed(bare) == {f"policy/{name}": bare[name] for name in sorted(bare)}
    assert read_company_set(bare, shipped=policy, day=DAY).policy.digest == policy.digest


def test_strict_mode_is_the_companys_to_leave_and_says_so(read):
    found = read((HEAD, "strict = true", "strict = false"))
    assert [c.key for c in looser(found.changes)] == ["strict"] and not found.policy.strict


NEW_VERSION = """
[[{key}version]]
from = {day}
value = 365
references = [{{ statute = "NDSR", article = "22(5)" }}]
mark = "policy"
"""


def versioned(day):
    old = "[no_reply_days]"
    return (NUMBERS, old, NEW_VERSION.format(key="ask_lock_days.", day=day) + "\n" + old)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (versioned("2026-06-01"), "past_date"),
        (versioned("2025-01-01"), "overlap"),
        (versioned("2024-01-01"), "not_in_order"),
        ((VISIT, "from = 2021-11-01", "from = 2021-11-01\nuntil = 2026-12-31"), "gap"),
        ((VISIT, "from = 2021-11-01", "from = 2021-12-01"), "gap"),
        ((VISIT, 'key = "salutation"', 'key = "salutaton"'), "unknown_field"),
        ((VISIT, 'key = "salutation"', 'key = "*"'), "wildcard"),
        ((VISIT, 'article = "6"', 'article = "600"'), "unknown_article"),
        ((VISIT, 'statute = "PIPL"', 'statute = "PIPPL"'), "unknown_statute"),
        ((VISIT, 'compliance = "show"', 'complience = "show"'), "unknown_role"),
        (("policy/purposes.toml", "[visit]", "[visits]"), "unknown_purpose"),
        ((VISIT, "reviewed_on = 2026", 'reviewed_on = "2026'), "bad_toml"),
        ((VISIT, "reviewed_on = ", "revieved_on = "), "unknown_key"),
        ((NUMBERS, 'company = "at_least"', 'company = "at_will"'), "unknown_company_rule"),
        ((HEAD, 'class_rules = "strict"', 'class_rules = "strictest"'), "unknown_rule_set"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_defect_is_named_with_its_place(read, edit, code):
    found = faults(read, edit)
    mine = [f for f in found if f[1] == code]
    assert mine and mine[0][0].startswith(edit[0]), found


def test_all_faults_come_at_once(read):
    found = faults(
        read,
        (VISIT, 'key = "salutation"', 'key = "salutaton"'),
        (VISIT, 'rep = "mask:mobile"', 'rep = "show"'),
        (VISIT, 'compliance = "show"', '"*" = "show"'),
        versioned("2026-06-01"),
        (HEAD, 'version = "', 'revision = "'),
        **{"policy/grants/visits.toml": "a = 1"},
    )
    codes = {f[1] for f in found}
    assert {"unknown_field", "looser_than_law", "wildcard", "past_date", "missing_key", "unknown_file"} <= codes
    assert next(f for f in found if f[1] == "unknown_field")[2:] == ("salutaton", "salutation")


LOCK = 'value = 180\nreferences = [{ statute = "PIPL", article = "16" }]'


@pytest.mark.parametrize(
    ("edit", "where", "code"),
    [
        ((NUMBERS, LOCK, LOCK.replace("180", "0")), "ask_lock_days.version[0]", "past_date"),
        ((NUMBERS, LOCK.replace("PIPL", "NDSR").replace("16", "22(5)"), LOCK.replace("180", str(10**20))
          .replace("PIPL", "NDSR").replace("16", "22(5)")), "ask_lock_days.version[1].value", "too_large"),
        ((HEAD, 'version = "', 'version = "' + "9" * 500), "version", "not_printable"),
        ((HEAD, 'version = "', 'version = "1\\n\\u001b[31m'), "version", "not_printable"),
        ((HEAD, "信守内置规则", "\u202e则规"), "title.zh", "not_printable"),
        ((HEAD, "reviewed_on = 2026-11-27", "reviewed_on = 2099-01-01"), "reviewed_on", "future_date"),
        (("policy/free_text.toml", '["怀孕", ', '["怀孕", " ", '), "health.words[1]", "empty"),
    ],
)  # fmt: skip
def test_what_was_cannot_be_rewritten_and_what_no_date_holds_is_no_number(read, edit, where, code):
    found = faults(read, edit)
    assert (where, code) in {(place.partition(": ")[2], fault) for place, fault, *_ in found}, found


def test_a_name_in_capitals_is_a_fault_and_never_passed_over(read, texts):
    found = faults(read, **{"policy/grants/VISIT.TOML": texts[VISIT]})
    assert [(f[0], f[1]) for f in found] == [("policy/grants/VISIT.TOML", "unknown_file")]


def test_a_phrase_more_that_the_guard_lets_pass_loosens(read):
    found = faults(read, ("policy/free_text.toml", '"系统方"', '"系统方", "女儿"'))
    assert found == [("policy/free_text.toml: allowed.words", "looser_than_law", "女儿", "")]
    read(("policy/free_text.toml", '"系统方", ', ""))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ('["*"]', [("may_loosen[0]", "wildcard", "*")]),
        ('["strict", "grants"]', [("may_loosen[1]", "may_not_loosen", "grants")]),
        ('["strict "]', [("may_loosen[0]", "may_not_loosen", "strict ")]),
    ],
)
def test_what_a_company_says_it_may_loosen_is_what_the_shipped_rules_name(read, names, expected):
    found = faults(read, (HEAD, MAY, f"may_loosen = {names}"))
    assert [(where.partition(": ")[2], code, value) for where, code, value, _ in found] == expected
    assert all(nearest == "retention, strict" for *_, nearest in found)
    read((HEAD, MAY, "may_loosen = []"))


def test_a_changed_law_is_one_fault_not_one_at_each_citation(read, texts):
    law = "law/statutes.toml"
    assert [f[:2] for f in faults(read, (law, "[PIPL]", "[PIPX]"))] == [(law, "fixed_by_law")]
    assert [f[:2] for f in faults(read, **{law: "[PIPL"})] == [(law, "bad_toml")]
    assert [f[:2] for f in faults(read, **{law: ""})] == [(law, "fixed_by_law")]


def test_faults_of_one_cause_come_together_and_none_is_lost(read, texts):
    everywhere = {
        name: text.replace('statute = "PIPL"', 'statute = "PIPLL"') for name, text in texts.items() if "grants" in name
    }
    found = faults(read, **everywhere)
    assert len(found) <= 5 and found[0][1:] == ("unknown_statute", "PIPLL", "PIPL")
    more = [f for f in found if f[1] == "more_alike"]
    assert len(more) == 1 and more[0][3] == "unknown_statute"
    assert int(more[0][2]) + 3 == sum(text.count("PIPLL") for text in everywhere.values())


def test_an_empty_folder_is_no_set(policy):
    with pytest.raises(PolicyFileError) as caught:
        read_company_set({"README.md": "x"}, shipped=policy, day=DAY)
    assert [f.code for f in caught.value.faults] == ["no_rule_files"]
