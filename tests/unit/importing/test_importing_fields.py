"""Cells to values: what is kept, what is dropped, with which code."""

from datetime import date

import pytest

from compliance.importing.answers import channel_labels, read_answer, read_channels, read_declines, read_method
from compliance.importing.cells import clean
from compliance.importing.contacts import (
    holds_personal_number,
    read_bank_account,
    read_email,
    read_id_document,
    read_licence,
    read_mobile,
)
from compliance.importing.dates import read_date
from compliance.importing.fields import aliases_of, handler, hospital_key, read_region
from compliance.importing.names import join_name, read_name
from compliance.model.consent import EventKind, Method

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "name", "salutation", "codes"),
    [
        ("林若溪", "林若溪", "", ()),
        ("黄 刚", "黄刚", "", ()),
        ("何　秀华", "何秀华", "", ()),
        ("程红霞主任", "程红霞", "主任", ("title_in_name",)),
        ("强婷医生", "强婷", "医生", ("title_in_name",)),
        ("林 东主任", "林东", "主任", ("title_in_name",)),
        ("赵云副主任医师", "赵云", "主任", ("title_in_name",)),
        ("栗建华（兼）", "栗建华", "", ("note_in_name",)),
        ("李楠(退休)", "李楠", "", ("note_in_name",)),
        ("阿依古丽·买买提", "阿依古丽·买买提", "", ()),
        ("阿依古丽•买买提", "阿依古丽·买买提", "", ()),
        ("龚?", "龚?", "", ("name_question_mark",)),
        ("王□明", "王□明", "", ("name_question_mark",)),
        ("王〓", "王〓", "", ("name_question_mark",)),
        ("王*明", "王*明", "", ("name_masked",)),
        ("锟斤拷", "", "", ("name_unreadable",)),
        ("ï¿½明", "", "", ("name_unreadable",)),
        ("李", "李", "", ("name_short",)),
        ("Dr. John Smith", "John Smith", "", ()),
        ("John  Smith", "John  Smith", "", ()),
        ("??", "", "", ("name_unreadable",)),
        ("5000", "", "", ("name_unreadable",)),
        ("=cmd|'/c calc'!A1", "", "", ("formula",)),
        ("张" * 50, "", "", ("name_too_long",)),
        ("𬭊志远", "𬭊志远", "", ()),
        ("司马相宜", "司马相宜", "", ()),
    ],
)
def test_names(text, name, salutation, codes):
    assert read_name(text) == (name, salutation, codes)


def test_names_of_two_columns():
    assert join_name("欧阳", "明月") == "欧阳明月"
    assert join_name("Smith", "John") == "John Smith"
    assert join_name("", "明月") == "明月"


@pytest.mark.parametrize(
    ("text", "phone", "code"),
    [
        ("13915670308", "13915670308", None),
        ("+86 15996445553", "15996445553", None),
        ("0086-159-9644-5553", "15996445553", None),
        ("8615996445553", "15996445553", None),
        ("158-3701-4082", "15837014082", None),
        ("138 6685 7801", "13866857801", None),
        ("１８８６３００２７８７", "18863002787", None),
        ("1313040454", "", "phone_damaged"),
        ("131304045412", "", "phone_damaged"),
        ("无", "", None),
        ("", "", None),
        ("12345678901", "", "phone_bad"),
        ("010-65432100", "", "phone_landline"),
        ("1.39157E+10", "", "number_damaged"),
        ("13900000000", "", "number_damaged"),
        ("+86 139-0000-0000", "", "number_damaged"),
        ("13900000000.0", "", "number_damaged"),
        ("13900000000/13800138001", "13800138001", "phone_several"),
        ("13900000010", "13900000010", None),
        ("13915670308.0", "13915670308", None),
        ("1391567030.0", "", "phone_damaged"),
        ("13915670308.5", "", "phone_damaged"),
        ("13915670308/13800138001", "13915670308", "phone_several"),
        ("打过了", "", "phone_bad"),
        ("+1 617 555 0100", "", "phone_bad"),
        ("0044 1392 555 0100", "", "phone_bad"),
        ("13900000001（科室）", "13900000001", None),
        ("13900000001 张秘书", "", "phone_of_other"),
        ("١٣٩١٥٦٧٠٣٠٨", "", "phone_bad"),
    ],
)
def test_phones(text, phone, code):
    assert read_mobile(text) == (phone, code)


@pytest.mark.parametrize(
    ("text", "mail", "code"),
    [
        ("a@example.com", "a@example.com", None),
        ("huang＠Example.NET", "huang@example.net", None),
        ("a@example.com,b@example.org", "a@example.com", "email_several"),
        ("坏的; b@example.org", "b@example.org", "email_several"),
        ("a@b", "", "email_bad"),
        ("a..b@example.com", "", "email_bad"),
        ("无", "", None),
        ("=a@example.com", "", "email_bad"),
        ("x" * 300 + "@example.com", "", "email_bad"),
    ],
)
def test_mails(text, mail, code):
    assert read_email(text) == (mail, code)


@pytest.mark.parametrize(
    ("text", "licence", "code"),
    [
        ("110000000000001", "110000000000001", None),
        ("１１００００００００００００１", "110000000000001", None),
        ("95859855066465", "", "licence_bad"),
        ("1100000000000012", "", "licence_bad"),
        ("000000000000000", "", "licence_bad"),
        ("1.1E+14", "", "number_damaged"),
        ("110000000000001.0", "110000000000001", None),
        ("95859855066465.0", "", "licence_bad"),
        ("", "", None),
    ],
)
def test_licences(text, licence, code):
    assert read_licence(text) == (licence, code)


@pytest.mark.req("REQ-037")
def test_identity_and_bank_numbers_check():
    assert read_id_document("11010519491231002X") == ("11010519491231002X", None)
    assert read_id_document("110105194912310021") == ("", "id_bad")
    assert read_bank_account("6222 0202 0011 2233 445") == ("6222020200112233445", "bank_unchecked")  # REQ-039
    assert read_bank_account("4111111111111111") == ("4111111111111111", None)
    assert read_bank_account("4111111111111112") == ("4111111111111112", "bank_unchecked")
    for bad in ("41111111111", "41111111111111111111", "4111x11111111111"):
        assert read_bank_account(bad) == ("", "bank_bad")


@pytest.mark.parametrize(
    "text",
    ["2024-12-03", "2024/12/3", "2024.12.3", "2024年12月3日", "45629", "45629.0", "20241203", "03-Dec-24",
     "2024-12-03 10:22:33", "2024/12/3 9:05", "3 December 2024", "December 3, 2024", "２０２４－１２－０３",
     "2024-12-03T08:00:00Z"],
)  # fmt: skip
def test_one_day_in_many_dresses(text):
    assert read_date(text, today=TODAY) == (date(2024, 12, 3), None)


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("不详", None, None),
        ("", None, None),
        ("2026-11-24", TODAY, None),
        ("2026-11-25", None, "date_future"),
        ("2024-02-30", None, "date_bad"),
        ("45", None, "date_bad"),
        ("3/4/2025", None, "date_ambiguous"),
        ("13/4/2025", date(2025, 4, 13), None),
        ("4/13/2025", date(2025, 4, 13), None),
        ("2024年10月", date(2024, 10, 1), "date_month_only"),
        ("99999", None, "date_future"),
        ("9" * 4300, None, "date_bad"),
        ("去年", None, "date_bad"),
    ],
)
def test_days_that_are_none(text, day, code):
    assert read_date(text, today=TODAY) == (day, code)


@pytest.mark.parametrize(
    ("text", "kind", "items", "withdrawn"),
    [
        *[(word, EventKind.IMPORTED_YES, ("visit",), False) for word in ("Y", "y", "TRUE", "是", "同意", "口头同意")],
        ("是(微信)", EventKind.IMPORTED_YES, ("digital/wecom",), False),
        ("同意（短信）", EventKind.IMPORTED_YES, ("digital/sms",), False),
        *[(word, EventKind.IMPORTED_NO, None, False) for word in ("N", "否", "拒绝", "FALSE", "不同意")],
        *[(word, EventKind.IMPORTED_YES, ("visit",), False) for word in ("✔️", "✅", "是的", "1.0", "同意。", "T")],
        *[(word, EventKind.IMPORTED_NO, None, False) for word in ("❌", "已拒绝", "No.", "不同意。", "F", "0.0")],
        ("已撤回", EventKind.IMPORTED_NO, None, True),
        ("Withdrew", EventKind.IMPORTED_NO, None, True),
    ],
)
@pytest.mark.req("REQ-064")
def test_answers(text, kind, items, withdrawn):
    answer, code = read_answer(text, item=None, answered_on=TODAY, method=Method.PAPER)
    assert code is None and answer is not None
    assert (answer.kind, answer.withdrawn, answer.answered_on) == (kind, withdrawn, TODAY)
    if items is None:
        assert {"visit", "digital/sms", "digital/wecom"} <= set(answer.items)
    else:
        assert answer.items == items


def test_answers_that_are_none():
    for text in ("待确认", "", "不详", "-"):
        assert read_answer(text, item=None, answered_on=None, method=None) == (None, None)
    assert read_answer("大概吧", item=None, answered_on=None, method=None) == (None, "consent_unclear")
    assert read_method("会议签到") is Method.PAPER and read_method("飞鸽") is None


@pytest.mark.parametrize("text", ["短信不同意，其他再说", "客户拒收", "He declined", "refuses all calls", "请勿联系我"])
def test_a_no_is_not_lost_for_its_wording(text):
    answer, code = read_answer(text, item=None, answered_on=None, method=None)
    assert answer is not None and not answer.positive and code == "consent_read_as_no"


def test_channels():
    assert read_channels("邮件;微信") == (("email", "wecom"), None)
    assert read_channels("电话、面对面") == (("phone", "f2f_visit"), None)
    assert read_channels("都可以") == ((), None)
    assert read_channels("飞鸽") == ((), "channel_unknown")
    assert channel_labels(("email", "wecom"), ranked=True) == "1 电子邮件; 2 企业微信"


def test_remarks_that_decline():
    assert read_declines("请勿再发短信！") == (("sms",), False)
    assert read_declines("不要打电话, 可微信") == (("phone",), False)
    assert read_declines("请勿打扰") == ((), True)
    assert read_declines("喜欢短信") == ((), False)


def test_titles_departments_lists():
    title = handler("professional_title")
    assert title("主任医师/教授")[0] == (("professional_title", "主任医师"),)
    assert title("教授")[0] == (("professional_title", "主任医师"),)
    assert title("副高")[0] == (("professional_title", "副主任医师"),)
    assert title("主任") == ((("admin_post", "主任"),), ("title_is_post",))
    assert handler("department")(" 心内科 ".strip())[0] == (("department", "心血管内科"),)
    assert handler("department")("ICU")[0] == (("department", "重症医学科"),)
    assert handler("department")("中医科")[0] == (("department", "中医科"),)
    assert handler("content_topics")("罕见病|基因治疗")[0] == (("content_topics", "罕见病; 基因治疗"),)
    assert handler("content_topics")("糖尿病 CGM")[0] == (("content_topics", "糖尿病 CGM"),)


def test_formulas_and_numbers_in_text_fields_are_dropped():
    for text in ("=1+1", "+cmd", "-2", "@SUM(1)"):
        assert handler("academic_background")(text) == ((), ("formula",))
    assert handler("academic_background")("电话13800138000") == ((), ("personal_number",))
    assert holds_personal_number("身份证 11010519491231002X") and not holds_personal_number("2024年7月 12人")


def test_hospitals_and_regions():
    assert hospital_key("泥城社区卫生服务中心（东院区）（东院区）") == hospital_key("泥城社区卫生服务中心")
    assert hospital_key("重医附一院") == hospital_key("重庆医科大学附属第一医院")
    assert "重医附一院" in aliases_of("重庆医科大学附属第一医院") and aliases_of("无名医院") == ()
    assert read_region("湖北省", "十堰市") == ("420300 十堰市", None)
    assert read_region("重庆市", "重庆市") == ("500100 重庆市", None)
    assert read_region("湖北省", "杭州市") == ("杭州市", "region_conflict")
    assert read_region("", "") == ("", None)


@pytest.mark.parametrize(
    ("cell", "text", "code"),
    [
        (12.0, "12", None),
        (12.5, "12.5", None),
        (13915670308.0, "13915670308", None),
        (1.1e17, "", "number_damaged"),
        (float("nan"), "", "number_damaged"),
        (True, "TRUE", None),
        (date(2024, 3, 4), "2024-03-04", None),
        ("a\u202eb", "", "control_character"),
        ("a\u2066b", "", "control_character"),
        ("a\x07b", "", "control_character"),
        ("\u200b张\ufeff三\u00a0", "张三", None),
        ("张\ufffd", "", "unreadable_character"),
        ("e\u0301", "é", None),
        ("x" * 5000, "", "cell_too_long"),
        ("一\n二\t三", "一 二 三", None),
        ('="110101123456789"', "110101123456789", None),
        ("张\ue81e", "张\u9fb4", None),
        ("张\ue000", "", "private_use"),
        ('="姓""名"', '姓"名', None),
        ('=" K1 "', "K1", None),
        ('="#N/A"', "", "spreadsheet_error"),
        ("'13912345678", "13912345678", None),
        ("'+86 139-1234-5678", "+86 139-1234-5678", None),
        ('=HYPERLINK("x","y")', '=HYPERLINK("x","y")', None),
        ('="1"&"2"', '="1"&"2"', None),
        ("'t Hooft", "'t Hooft", None),
        ("'=1+1", "'=1+1", None),
    ],
)
def test_cells(cell, text, code):
    assert clean(cell) == (text, code)


@pytest.mark.parametrize(
    ("reader", "text", "said"),
    [
        (read_bank_account, "6222020200112230000", ("", "number_damaged")),
        (read_bank_account, "6222020200112240", ("", "number_damaged")),
        (read_bank_account, "6.22202E+18", ("", "number_damaged")),
        (read_bank_account, "6222020200112233445", ("6222020200112233445", "bank_unchecked")),
        (read_id_document, "110101199003071000", ("", "number_damaged")),
        (read_id_document, "1.10101E+17", ("", "number_damaged")),
    ],
)
def test_noughts_behind_the_fifteenth_digit_are_lost_digits(reader, text, said):
    assert reader(text) == said


@pytest.mark.parametrize("cell", ["#NAME?", "#N/A", "#ref!", "#DIV/0!", "########", " #VALUE! "])
def test_an_error_of_a_formula_is_no_value_and_nobodys_name(cell):
    assert clean(cell) == ("", "spreadsheet_error")
    assert clean("#7 Building") == ("#7 Building", None)
