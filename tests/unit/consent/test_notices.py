"""Notices: reading, hash, gaps, rendering, difference; and the shipped ones."""

import csv
import re
from dataclasses import replace

import pytest
from consent_support import at, given, line, notice, proven

from compliance.consent.gaps import completeness, slot_rules
from compliance.consent.made import outside, owed
from compliance.consent.notice import content_hash, parse_notice, render_notice, rendering_hash
from compliance.consent.scope import ChangeClass, diff, line_class
from compliance.errors import PolicyFileError
from compliance.model.access import Section
from compliance.model.consent import NoticeState, NoticeVersion
from compliance.resources import read_text, read_tree
from compliance.use_cases.notices.notices import matrix_of
from compliance.use_cases.seat.session import shipped_policy

RULES = slot_rules(read_text("consent", "slots.toml"))
SENSITIVE = frozenset({"id_doc_no", "bank_account_no", "fee_paid_ytd"})
SOURCES = read_tree("notices")
SHIPPED = {n.notice: n for n in (parse_notice(text, name) for name, text in SOURCES.items())}


def gaps(version: NoticeVersion) -> set[str]:
    return {f.where for f in completeness(version, rules=RULES, sensitive_kinds=SENSITIVE)}


def without(version: NoticeVersion, slot: str, words: str = "") -> NoticeVersion:
    """``version`` with the Chinese words of ``slot`` replaced."""
    assert slot in dict(version.blocks_zh)
    return replace(version, blocks_zh=tuple((s, words if s == slot else w) for s, w in version.blocks_zh))


def test_shipped_notices_are_complete_and_active_from_2026() -> None:
    items = {x.item for n in SHIPPED.values() for x in n.lines}
    assert items == {
        *("visit", "event", "medical", "speaker", "segment", "personalise"),
        *(f"digital/{c}" for c in ("email", "wecom", "phone", "sms", "online_meeting")),
        *("speaker/sensitive:payment", "speaker/sensitive:travel", "visit/overseas:EXAMPLE-AG"),
    }
    for version in SHIPPED.values():
        assert gaps(version) == set(), version.ref
        assert (version.state, version.active_from) == (NoticeState.ACTIVE, at("2026-01-01"))
        assert version.text in SOURCES.values()


def test_shipped_terms_in_words_and_numbers_agree() -> None:
    for version in SHIPPED.values():
        for x in version.lines:
            assert f"{x.term_months}个月" in x.text_zh and f"{x.term_months} months" in x.text_en
            assert ("单独同意" in x.text_zh) is x.separate
            assert x.separate is ("sensitive:" in x.item or "overseas:" in x.item)


def test_shipped_scopes_use_known_kinds() -> None:
    rows = list(csv.DictReader(read_text("dictionary", "fields.csv").lstrip("\ufeff").splitlines()))
    known = {r["key"] for r in rows} | {r["dimension"] for r in rows} | {"travel_itinerary"}
    for version in SHIPPED.values():
        for x in version.lines:
            assert set(x.kinds) <= known, (x.item, set(x.kinds) - known)


def test_chinese_and_english_have_the_same_parts() -> None:
    for version in SHIPPED.values():
        zh, en = render_notice(version, "zh"), render_notice(version, "en")
        assert len(zh) == len(en)
        for (head_zh, words_zh), (head_en, words_en) in zip(zh, en, strict=True):
            assert bool(head_zh) == bool(head_en) and bool(words_zh) == bool(words_en)
            assert not re.search(r"[\u4e00-\u9fff]", head_en + words_en)
            assert sorted(re.findall(r"\{\w+\}", words_zh)) == sorted(re.findall(r"\{\w+\}", words_en))


@pytest.mark.req("REQ-001")
@pytest.mark.parametrize(
    "slot", ["handler", "contact", "method", "retention", "rights", "purpose@visit", "kinds@visit"]
)
def test_each_mandatory_slot_blocks_and_is_named(slot: str) -> None:
    version = SHIPPED["CK-VISIT"]
    assert gaps(without(version, slot)) == {slot}
    assert gaps(without(version, slot, "待补充")) == {slot}
    gone = replace(version, blocks_zh=tuple(b for b in version.blocks_zh if b[0] != slot))
    element = slot.partition("@")[0]
    assert gaps(gone) and {g.partition("@")[0] for g in gaps(gone)} == {element}


@pytest.mark.req("REQ-001")
def test_english_and_scope_are_mandatory_too() -> None:
    version = SHIPPED["CK-VISIT"]
    silent = tuple((slot, "" if slot == "handler" else words) for slot, words in version.blocks_en)
    assert gaps(replace(version, blocks_en=silent)) == {"handler"}
    bare = replace(version.lines[0], methods=(), kinds=(), retention_months=0, term_months=0, if_refused_en="")
    found = gaps(replace(version, lines=(bare, *version.lines[1:])))
    assert found == {"method@visit", "kinds@visit", "retention@visit", "term@visit", "if_refused@visit"}


@pytest.mark.req("REQ-003")
@pytest.mark.parametrize("slot", ["necessity", "impact"])
def test_sensitive_items_state_necessity_and_effect(slot: str) -> None:
    where = f"{slot}@speaker/sensitive:payment"
    assert gaps(without(SHIPPED["CK-SPEAKER"], where)) == {where}
    visit = SHIPPED["CK-VISIT"]
    touched = replace(visit.lines[0], kinds=(*visit.lines[0].kinds, "bank_account_no"))
    assert gaps(replace(visit, lines=(touched, *visit.lines[1:]))) == {
        "necessity@visit",
        "impact@visit",
        "separate@visit",
    }


@pytest.mark.req("REQ-004")
@pytest.mark.parametrize(
    "slot", [f"recipient{x}" for x in ("", "_contact", "_purpose", "_method", "_kinds", "_rights")]
)
def test_overseas_items_name_everything_about_the_recipient(slot: str) -> None:
    where = f"{slot}@visit/overseas:EXAMPLE-AG"
    assert gaps(without(SHIPPED["CK-OVERSEAS-EXAMPLE-AG"], where)) == {where}


@pytest.mark.req("REQ-004")
@pytest.mark.parametrize("name", ["affiliates", "Our Affiliates", "关联公司", ""])
def test_recipient_is_a_legal_person_by_name(name: str) -> None:
    version = SHIPPED["CK-OVERSEAS-EXAMPLE-AG"]
    vague = replace(version, lines=(replace(version.lines[0], recipient=name),))
    assert gaps(vague) == {"recipient@visit/overseas:EXAMPLE-AG"}


def test_profiling_items_offer_the_way_out_of_automated_decisions() -> None:
    assert gaps(without(SHIPPED["CK-PROFILE"], "automated")) == {"automated"}


def test_faults_of_a_file_come_all_at_once() -> None:
    text = SOURCES["CK-OVERSEAS-EXAMPLE-AG/1.0.toml"]
    bad = text.replace('state = "active"', 'state = "activ"').replace("separate = true", 'separate = "yes"')
    bad = bad.replace("term_months = 24", "term_month = 24").replace("active_from = 2026-01-01", 'active_from = "soon"')
    with pytest.raises(PolicyFileError) as caught:
        parse_notice(bad, "x.toml")
    found = {(f.where, f.code, f.nearest) for f in caught.value.faults}
    assert found == {
        ("x.toml: state", "not_allowed", "active"),
        ("x.toml: line[1].separate", "not_true_or_false", ""),
        ("x.toml: line[1].term_month", "unknown_key", "term_months"),
        ("x.toml: active_from", "not_a_date", ""),
    }


@pytest.mark.parametrize("text", ["", "notice = ", "line = 3", "notice = 5\nblock = [1]\ntitle = 'x'", "\x00"])
def test_what_is_no_notice_is_a_fault_not_a_crash(text: str) -> None:
    with pytest.raises(PolicyFileError):
        parse_notice(text, "x.toml")


def test_one_slot_or_item_twice_is_a_fault() -> None:
    text = SOURCES["CK-PROFILE/1.0.toml"].replace('item = "personalise"', 'item = "segment"')
    with pytest.raises(PolicyFileError) as caught:
        parse_notice(text, "x.toml")
    assert {f.code for f in caught.value.faults} == {"stands_twice"}


@pytest.mark.req("REQ-005")
def test_hash_covers_every_shown_word_and_not_the_life_of_the_version() -> None:
    text = SOURCES["CK-SPEAKER/1.0.toml"]
    version = parse_notice(text, "a")
    assert version.sha256 == content_hash(version) == parse_notice(text + "\n# a comment\n", "b").sha256
    assert parse_notice(text.replace('"active"', '"retired"'), "a").sha256 == version.sha256
    for part, other in (("银行账号", "银行卡号"), ("A bank transfer", "Bank transfer"), ("您的权利", "您的权益")):
        assert parse_notice(text.replace(part, other, 1), "a").sha256 != version.sha256
    assert parse_notice(text.replace("term_months = 12", "term_months = 13"), "a").sha256 != version.sha256


@pytest.mark.req("REQ-005")
def test_rendering_fills_the_company_and_is_reproducible() -> None:
    page = render_notice(SHIPPED["CK-VISIT"], "zh", handler="示例医药（上海）有限公司", contact="400-000-0000")
    words = "\n".join(h + w for h, w in page)
    assert "示例医药（上海）有限公司" in words and "400-000-0000" in words and "{" not in words
    assert page[0] == ("", "学术拜访与数字化沟通个人信息处理告知书")
    headings = [h for h, _ in page]
    assert headings.index("由您自愿决定") < headings.index("学术拜访") < headings.index("数字化沟通：企业微信")
    again = render_notice(SHIPPED["CK-VISIT"], "zh", handler="示例医药（上海）有限公司", contact="400-000-0000")
    assert rendering_hash(page) == rendering_hash(again)
    assert rendering_hash(page) != rendering_hash(render_notice(SHIPPED["CK-VISIT"], "en"))
    every_line = [x.text_zh for x in SHIPPED["CK-VISIT"].lines]
    assert all(any(x.split("{handler}")[0] in w for _, w in page) for x in every_line)


@pytest.mark.req("REQ-032")
@pytest.mark.parametrize(
    ("change", "element", "cls"),
    [
        ({"kinds": ("full_name", "mobile_phone")}, "kinds", ChangeClass.RECONSENT),
        ({"kinds": ()}, "kinds", ChangeClass.INFORM),
        ({"methods": ("collect", "store", "send")}, "method", ChangeClass.RECONSENT),
        ({"purpose": "digital"}, "purpose", ChangeClass.RECONSENT),
        ({"recipient": "Other Group AG"}, "recipient", ChangeClass.RECONSENT),
        ({"retention_months": 61}, "retention", ChangeClass.RECONSENT),
        ({"retention_months": 59}, "retention", ChangeClass.INFORM),
        ({"separate": True}, "separate", ChangeClass.RECONSENT),
        ({"term_months": 36}, "term", ChangeClass.INFORM),
        ({"text_zh": "本人同意。"}, "wording", ChangeClass.NONE),
    ],
)
def test_difference_by_element(change: dict[str, object], element: str, cls: ChangeClass) -> None:
    found = diff(notice("1.0"), notice("2.0", line(**change)))
    assert (found.cls, [c.element for c in found.elements]) == (cls, [element])
    assert found.items_to_ask == (("visit",) if cls is ChangeClass.RECONSENT else ())
    assert line_class(notice("1.0"), notice("2.0", line(**change)), given("2026-11-01")) is (
        ChangeClass.NONE if element == "wording" else cls
    )


@pytest.mark.req("REQ-032")
@pytest.mark.parametrize(
    ("change", "added", "removed"),
    [
        ({"retention_months": 61}, ("61",), ("60",)),
        ({"term_months": 36}, ("36",), ("24",)),
        ({"purpose": "digital"}, ("digital",), ("visit",)),
        ({"recipient": "Other Group AG"}, ("Other Group AG",), ()),
    ],
)
def test_a_difference_says_what_was_and_what_is(
    change: dict[str, object], added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    found = diff(notice("1.0"), notice("2.0", line(**change))).elements[0]
    assert (found.added, found.removed) == (added, removed)


@pytest.mark.req("REQ-007")
def test_contact_and_items_added_or_dropped_are_told() -> None:
    moved = notice("2.0", blocks_zh=(("contact", "电话 800"),))
    assert [(c.element, c.cls) for c in diff(notice("1.0"), moved).elements] == [("contact", ChangeClass.INFORM)]
    more = diff(notice("1.0"), notice("2.0", line(), line("event")))
    assert [(c.element, c.item, c.cls) for c in more.elements] == [("line_added", "event", ChangeClass.INFORM)]
    fewer = diff(notice("1.0", line(), line("event")), notice("2.0"))
    assert [(c.element, c.item) for c in fewer.elements] == [("line_removed", "event")]
    assert diff(notice("1.0"), notice("1.0")).cls is ChangeClass.NONE


def test_consent_under_another_notice_has_nothing_to_compare_with() -> None:
    old_paper, _ = proven("2026-11-01", notice="OLD-2019@1")
    assert line_class(None, notice("2.0", line(kinds=("mobile_phone",))), old_paper) is ChangeClass.NONE


@pytest.mark.req("REQ-002")
def test_shipped_items_name_what_the_matrix_grants_and_nothing_else() -> None:
    fields = matrix_of(shipped_policy(), at("2026-11-26"))
    granted = {p: {f.key for f in fields if p in f.purposes and f.stored} for p in ("visit", "digital", "speaker")}
    for version in SHIPPED.values():
        assert outside(version, fields) == ()
        for x in version.lines:
            if needed := owed(x, fields):
                assert x.kinds == needed, (x.item, "run tools/notice_kinds.py")
    named = {x.item: set(x.kinds) for n in SHIPPED.values() for x in n.lines}
    assert named["visit"] == granted["visit"] - {
        *("next_best_channel", "next_best_content", "next_best_time", "suggestion_reason"),  # the item personalise's
        "next_content_theme",  # a guess: of the same item
    }
    channels = [kinds for item, kinds in named.items() if item.startswith("digital/")]
    assert set().union(*channels) == granted["digital"] - {"next_content_theme"}
    assert "mobile_phone" not in named["digital/email"] and "work_email" not in named["digital/phone"]
    assert named["speaker"] | named["speaker/sensitive:payment"] == granted["speaker"]


def test_a_visit_asks_for_no_judgement_of_the_person() -> None:
    policy = shipped_policy()
    mine = {f.key for f in matrix_of(policy, at("2026-11-26")) if "visit" in f.purposes and not f.carriers.get("visit")}
    judged = {key for key, f in policy.fields.items() if f.section is Section.PROFILING}
    assert mine & judged == {"key_messages_delivered"}  # what we told, not what we think
