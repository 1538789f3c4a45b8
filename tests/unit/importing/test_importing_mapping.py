"""Headers, noise rows, templates and refused columns."""

import json

import pytest

from compliance.errors import InputErrors
from compliance.importing.headers import best_header
from compliance.importing.mapping import IGNORE, Mapping, plan_columns, refusal
from compliance.importing.noise import Noise, NoiseFilter
from compliance.importing.results import Kind, RefusedColumn
from compliance.importing.words import header_words, people_targets, refused_rules

TEMPLATE = '{"format": "consentkeep-mapping-1", "name": "a", "columns": {"x": %s}}'
PEOPLE = header_words("people")


def used(header, **options):
    return {column.header: column.target for _, column in plan_columns(header, **options).used}


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("医院名称/Hospital", "institution_name"),
        ("Title 职称", "professional_title"),
        ("姓名\nFull Name", "full_name"),
        ("手机 Mobile（必填）", "mobile_phone"),
        ("单位|医院", "institution_name"),
        ("所属医院", "institution_name"),
    ],
)
def test_a_header_in_two_languages_is_read_when_both_mean_the_same(header: str, target: str) -> None:
    assert used([header]) == {header: target}
    assert best_header([["客户编号", header], ["1", "x"]], PEOPLE, None)[2] == ["客户编号", " ".join(header.split())]


@pytest.mark.parametrize("header", ["姓名/电话", "省/市", "医院/Ward", "职称备注 Title", "/", "Hospital/"])
def test_words_that_differ_or_are_not_known_are_not_guessed_at(header: str) -> None:
    plan = plan_columns([header])
    assert (plan.used, plan.refused, plan.unknown) == ((), (), (header,))


@pytest.mark.req("REQ-114")
def test_a_refused_fact_is_refused_in_two_languages() -> None:
    headers = ["等级/Tier", "性别 Sex", "身份证 ID card", "Gender/性别"]
    assert [x.header for x in plan_columns(headers).refused] == headers


@pytest.mark.req("REQ-114")
@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("月处方量(盒)", "prescribing"),
        ("TRx", "prescribing"),
        ("NRx_2025", "prescribing"),
        ("本月上量", "prescribing"),
        ("产品用量", "prescribing"),
        ("性别", "gender"),
        ("Gender", "gender"),
        ("潜力", "potential"),
        ("客户等级", "potential"),
        ("Tier", "potential"),
        ("微信号", "private_wechat"),
        ("个人微信", "private_wechat"),
        ("WeChat ID", "private_wechat"),
        ("身份证号", "identity_number"),
        ("身份证号码(必填)", "identity_number"),
        ("银行卡号", "bank_account"),
        ("开户行", "bank_account"),
        ("生日", "birth_age"),
        ("出生日期", "birth_age"),
        ("Age", "birth_age"),
        ("家庭住址", "family_home"),
        ("手机(家属)", "family_home"),
        ("配偶姓名", "family_home"),
        ("爱好", "hobby_gift"),
        ("宗教信仰", "belief"),
        ("政治面貌", "belief"),
        ("民族", "belief"),
        ("健康状况", "own_health"),
        ("照片", "biometrics"),
        ("GPS定位", "whereabouts"),
        ("IMEI", "device"),
        ("MBTI", "personality"),
        ("积分", "reward"),
        ("患者数", "patient"),
        ("竞品关系", "rumour"),
        ("Rx volume", "prescribing"),
        ("盒/月", "prescribing"),
        ("采购金额", "prescribing"),
        ("Target tier", "potential"),
        ("男/女", "gender"),
        ("weixin", "private_wechat"),
        ("ID Card No.", "identity_number"),
        ("bank a/c", "bank_account"),
        ("私人手机", "family_home"),
        ("助理手机", "family_home"),
        ("每日门诊量", "patient"),
    ],
)
def test_refused_headers(header, reason):
    plan = plan_columns(["姓名", "医院", header])
    assert plan.refused == (RefusedColumn(header, reason),)
    assert plan.targets == {"full_name", "institution_name"}


@pytest.mark.parametrize(
    "header", ["职称", "医院等级", "语言", "Language", "Title", "企微好友", "邮箱", "Hospital level"]
)
def test_innocent_headers_are_not_refused(header):
    assert not plan_columns(["姓名", "医院", header]).refused


def test_no_synonym_is_refused_by_mistake():
    for word, (target, _) in PEOPLE.targets.items():
        if target not in ("id_doc_no", "bank_account_no"):
            header = dict.fromkeys(["姓名", "医院", word])
            assert not plan_columns(list(header)).refused, word


def test_refused_words_and_header_words_do_not_overlap_for_finance():
    assert refusal("身份证号", finance=True) is None and refusal("性别", finance=True) == "gender"
    plan = plan_columns(["姓名", "医院", "身份证号", "银行卡号", "性别"], finance=True)
    assert {"id_doc_no", "bank_account_no"} <= plan.targets and [c.header for c in plan.refused] == ["性别"]


def test_every_refused_reason_has_words_in_both_languages():
    from compliance.i18n import catalogue

    for rule in refused_rules():
        assert {"zh", "en"} <= catalogue()[f"import.refused.{rule.reason}"].keys()


def test_known_headers_in_two_languages_and_dresses():
    assert used(["*姓名", "医院名称（全称）", "手 机", "E-Mail", "Dept."[:-1]]) == {
        "*姓名": "full_name",
        "医院名称（全称）": "institution_name",
        "手 机": "mobile_phone",
        "E-Mail": "work_email",
        "Dept": "department",
    }


def test_unknown_columns_stay_out_and_are_named():
    plan = plan_columns(["姓名", "医院", "神秘列", "序号"])
    assert plan.unknown == ("神秘列", "序号")


def test_the_better_word_wins_when_two_columns_say_the_same():
    plan = plan_columns(["姓名", "医院", "联系电话", "手机"])
    assert used(["姓名", "医院", "联系电话", "手机"])["手机"] == "mobile_phone"
    assert plan.unknown == ("联系电话",)


def test_templates():
    mapping = Mapping("weekly", (("神秘列", "department"), ("科室", IGNORE), ("性别", "department")))
    again = Mapping.from_json(mapping.as_json())
    assert again == mapping
    plan = plan_columns(["姓名", "医院", "神秘列", "科室", "性别"], mapping=again)
    assert {c.header: c.target for _, c in plan.used}["神秘列"] == "department"
    assert plan.unknown == ("科室",) and plan.refused == (RefusedColumn("性别", "gender"),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "mapping_broken"),
        ("[]", "mapping_broken"),
        (json.dumps({"format": "x", "name": "a", "columns": {}}), "mapping_broken"),
        (TEMPLATE % '"potential_tier"', "mapping_target"),
        (TEMPLATE % '["y"]', "mapping_target"),
        ("[" * 100_000, "mapping_broken"),
    ],
)
def test_broken_templates(text, code):
    with pytest.raises(InputErrors) as error:
        Mapping.from_json(text)
    assert error.value.faults[0].code == code


def test_computed_and_judged_fields_are_no_targets():
    assert not people_targets() & {"potential_tier", "hcp_id", "consent_purposes_active", "kol_level", "record_status"}


def test_header_below_titles_and_in_two_rows():
    rows = [
        ["2026年签到表"],
        [],
        ["姓名", "医院", "联系方式", ""],
        ["", "", "手机", "邮箱"],
        ["张三", "甲医院", "1", "2"],
    ]
    assert best_header(rows, PEOPLE, None) == (2, 2, ["姓名", "医院", "手机", "邮箱"])
    assert best_header(rows[:3] + rows[4:], PEOPLE, None)[:2] == (2, 1)
    assert best_header(rows, PEOPLE, 3) == (2, 1, ["姓名", "医院", "联系方式"])
    with pytest.raises(InputErrors):
        best_header([["a", "b"], ["c", "d"]], PEOPLE, None)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([], Noise.BLANK),
        (["", " ", "\u3000"], Noise.BLANK),
        (["编号", "姓名", "医院"], Noise.HEADER),
        (["编号 ", "姓 名", "医院"], Noise.HEADER),
        (["内部资料", "", ""], Noise.HEADER),
        (["合计", "5000", ""], Noise.TOTAL),
        (["", "合计：5000人", ""], Noise.TOTAL),
        (["Total", "", "12"], Noise.TOTAL),
        (["Grand Total", "", ""], Noise.TOTAL),
        (["1", "合计", "甲医院"], None),
        (["1", "姓名", "甲医院"], None),
        (["1", "张三", "甲医院"], None),
        (["", "张三", ""], None),
        ([7.0, "", ""], None),
    ],
)
def test_noise(cells, kind):
    noise = NoiseFilter(["编号", "姓名", "医院"], [["内部资料"]], 2)
    assert noise.kind(cells) is kind


def test_roster_headers_do_not_follow_the_rules_for_people():
    plan = plan_columns(["姓名", "工号", "区域", "等级"], kind=Kind.ROSTER)
    assert plan.targets == {"name", "employee_no", "territory"} and not plan.refused
