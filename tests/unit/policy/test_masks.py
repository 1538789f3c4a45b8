"""Masks of law.md 5.4: shape, and never a clear value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.policy.generalise import GENERALISATIONS, generalise
from compliance.policy.masks import MASKS, mask


@pytest.mark.req("REQ-048")
@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("name", "张伟", "张*"),
        ("name", "林若溪", "林**"),
        ("name", "欧阳明月", "欧阳**"),
        ("name", "欧阳", "欧*"),
        ("name", "司马光", "司马*"),
        ("name", "歐陽明月", "歐陽**"),
        ("name", "阿依古丽·买买提", "阿***·买**"),
        ("name", "阿依古丽•买买提", "阿***·买**"),
        ("name", "John Doe", "J. D."),
        ("name", "Zhang Wei-Min", "Z. W. M."),
        ("name", "𠮷田", "𠮷*"),
        ("name", "王𬸚", "王*"),
        ("name", "", "***"),
        ("mobile", "13812345678", "138****5678"),
        ("mobile", "+86 138 1234 5678", "138****5678"),
        ("mobile", "0086-13812345678", "138****5678"),
        ("mobile", "１３８１２３４５６７８", "138****5678"),
        ("mobile", "138-1234-5678", "138****5678"),
        ("mobile", "021-12345678", "021-******78"),
        ("mobile", "abc", "***"),
        ("landline", "021-12345678", "021-******78"),
        ("landline", "0571 8765432", "0571-*****32"),
        ("landline", "(010) 12345678转801", "010-******78"),
        ("id_number", "11010519491231002X", "1****************X"),
        ("id_number", "11010519491231002x", "1****************X"),
        ("bank", "6222020200112236222", "**** 6222"),
        ("bank", "6222 0202 0011 2236", "**** 2236"),
        ("bank", "123", "****"),
        ("email", "zhang@example.com", "z***@example.com"),
        ("email", "not an address", "***"),
        ("wechat", "wxid_abc", "w****"),
        ("wechat", "abc", "***"),
        ("account_ids", "wecom:wm-EXAMPLE-01; service_account:oAbC123", "wecom:w****; service_account:o****"),
        ("address", "上海市徐汇区某路1号", "上海市***"),
        ("address", "浙江省杭州市西湖区某路1号", "浙江省杭州市***"),
        ("address", "某路1号", "***"),
        ("licence", "110000000000123", "***********0123"),
        ("licence", "1234567", "*******"),
        ("birth_year", "1978-05-06", "1978"),
        ("birth_year", "19780506", "1978"),
        ("birth_year", "May 1978", "***"),
        ("by_length", "abc", "***"),
        ("by_length", "abcde", "a***e"),
        ("hidden", "anything at all", "***"),
    ],
)
def test_shape(kind, value, expected):
    assert mask(kind, value) == expected


def test_an_unknown_mask_gives_nothing():
    assert mask("nmae", "林若溪") is None


@pytest.mark.req("REQ-048")
@given(st.sampled_from(sorted(MASKS)), st.text(min_size=4, max_size=40))
def test_no_mask_ever_shows_a_whole_value(kind, value):
    shown = mask(kind, value)
    assert shown is not None
    plain = "".join(value.split())
    assert plain == "" or kind == "name" or shown != value or "*" in value


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_the_middle_of_a_mobile_is_never_shown(number):
    assert mask("mobile", number) == number[:3] + "****" + number[7:]


@given(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_the_birth_date_of_an_id_number_is_never_shown(number):
    assert mask("id_number", number).strip("*") == number[0] + number[-1] or "*" * 16 in mask("id_number", number)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("up_to_3", "a; b; c; d", "a; b; c"),
        ("up_to_2", "a", "a"),
        ("month", "2026-10-22", "2026-10"),
        ("month", "unknown", None),
        ("city", "330100 杭州市", "杭州市"),
        ("city", "浙江省杭州市西湖区", "浙江省杭州市"),
        ("main_site_count", "甲医院; 乙医院; 丙医院", "甲医院 +2"),
        ("main_site_count", "甲医院", "甲医院"),
        ("one_line", "医学博士;主要从事心衰临床研究", "医学博士"),
        ("publication_band", "0", "0"),
        ("publication_band", "5", "1-5"),
        ("publication_band", "6", "6-20"),
        ("publication_band", "20", "6-20"),
        ("publication_band", "21", "20+"),
        ("publication_band", "many", None),
        ("building_department", "示例市第一人民医院 内科楼 心内科", "内科楼 心内科"),
        ("building_department", "示例市第一人民医院", None),
        ("verified_badge", "matched", "verified"),
        ("verified_badge", "conflict", None),
        ("interaction_band", "拜访:1; 企微:2", "some"),
        ("interaction_band", "拜访:3; 企微:3", "frequent"),
        ("interaction_band", "拜访:0", "none"),
        ("event_count", "EV-1 听众; EV-2 讲者", "2"),
        ("prepare_material", "safety", "prepare:safety"),
        ("prepare_material", "none", None),
        ("survey_topics", "Q12:B; Q13:A", "Q12; Q13"),
        ("ask_feedback", "3", "ask_feedback"),
        ("ask_feedback", "4", None),
        ("contact_compliance", "true", "contact_compliance"),
        ("contact_compliance", "none", None),
        ("topics_2", "心衰指南 0.6; 安全性 0.3; 医保 0.1", "心衰指南; 安全性"),
        ("half_days", "周三 9:30", "周三 上午"),
        ("half_days", "周二上午; 周四下午", "周二上午; 周四下午"),
        ("earliest_date", "digital:2028-09-18; visit:2027-01-31", "2027-01-31"),
        ("follow_up_line", "主题:安全性; 待办:发送说明书", "发送说明书"),
        ("hidden_theme", "considers", None),
        ("no_such_form", "x", None),
    ],
)
def test_generalisation(kind, value, expected):
    assert generalise(kind, value) == expected


@given(st.sampled_from(sorted(GENERALISATIONS)), st.text(max_size=60))
def test_a_generalisation_takes_any_text(kind, value):
    said = generalise(kind, value)
    assert said is None or said != ""
