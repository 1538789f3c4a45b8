"""The guard over free text, and the numbers it knows."""

import pytest
from cpu import cpu_seconds
from hypothesis import given
from hypothesis import strategies as st

from compliance.policy.free_text import codes, scan
from compliance.policy.id_numbers import (
    is_bank_card,
    is_citizen_id,
    is_credit_code,
    is_licence_number,
    is_mobile,
    is_old_citizen_id,
)

ID = "11010519491231002X"
CARD = "6222020200112233446"


def found(policy, text):
    return codes(scan(text, policy.free_text))


@pytest.mark.req("REQ-042")
def test_the_note_of_the_catalogue_is_refused_with_its_terms_marked(policy):
    text = "党员, 女儿今年高考"
    marked = {(f.code, text[f.start : f.end]) for f in scan(text, policy.free_text)}
    assert marked == {("belief", "党员"), ("family", "女儿"), ("family", "高考")}


@pytest.mark.req("REQ-042")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"身份证{ID}", ("id_number",)),
        ("身份证１１０１０５１９４９１２３１００２Ｘ", ("id_number",)),
        ("电话 138 1234 5678", ("phone",)),
        ("+86-138-1234-5678", ("phone",)),
        (f"卡号{CARD}", ("bank_card",)),
        (f"号码{CARD[:-1]}5", ()),
        ("2026-11-24 拜访, 主题安全性", ()),
        ("下周三 14:00 再访, 资料 CT-2026-118", ()),
    ],
)
def test_numbers(policy, text, expected):
    assert found(policy, text) == expected


@pytest.mark.req("REQ-114")
@pytest.mark.parametrize("text", ["本月上量30盒", "处方量很大", "每月 20 支", "TRx 数据", "上个月开了15盒", "统方"])
def test_prescribing_figures_are_refused(policy, text):
    assert "prescribing" in found(policy, text)


@pytest.mark.req("REQ-115")
@pytest.mark.parametrize("text", ["患者王某某 住院号 12345", "病人李女士复诊", "床号 12"])
def test_patient_data_are_refused(policy, text):
    assert "patient" in found(policy, text)


@pytest.mark.parametrize(
    "text", ["主题:安全性; 待办:发送说明书", "对心衰指南更新感兴趣", "希望了解患者教育工具", "建议周三上午拜访"]
)
def test_ordinary_notes_pass(policy, text):
    assert found(policy, text) == ()


@pytest.mark.req("REQ-042")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("身份证 110105 19491231 002X", "id_number"),
        ("证件110105-1949-1231-002x", "id_number"),
        ("老证 110105491231002", "id_number"),
        ("一一零一零五一九四九一二三一零零二X", "id_number"),
        ("护照 E12345678", "id_number"),
        ("港澳居民来往内地通行证H1234567801", "id_number"),
        ("台胞证号12345678", "id_number"),
        ("1 3 8 1 2 3 4 5 6 7 8", "phone"),
        ("138.1234.5678", "phone"),
        ("138，1234，5678", "phone"),
        ("（138）1234/5678", "phone"),
        ("138*1234*5678", "phone"),
        ("一三八一二三四五六七八", "phone"),
        ("幺三八 一二三四 五六七八", "phone"),
        ("壹叁捌壹贰叁肆伍陆柒捌", "phone"),
        ("I38l2345678", "phone"),
        ("13O12345678", "phone"),
        ("1\u200b38\u200b1234\u200b5678", "phone"),
        ("①③⑧①②③④⑤⑥⑦⑧", "phone"),
        ("2026-11-24, 13812345678", "phone"),
        ("2026 11 24 138 1234 5678", "phone"),
        ("008613812345678", "phone"),
        ("021-62345678", "phone"),
        ("(0571) 8765 4321", "phone"),
        ("+86 21 6234 5678", "phone"),
        ("+852 9123 4567", "phone"),
        ("+853 6612 3456", "phone"),
        ("+886 912 345 678", "phone"),
        ("办公室电话：62345678", "phone"),
        (f"卡 {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}", "bank_card"),
        ("4111-1111-1111-1111", "bank_card"),
        ("请发到 zhang.san@example.com.cn", "email"),
        ("张某某，男，56岁，诊断肺癌", "patient"),
        ("女 43 岁，二线治疗后进展", "patient"),
        ("the patient Zhang came back", "patient"),
        ("a 56-year-old with HF", "patient"),
        ("每月约三十盒", "prescribing"),
        ("a fine prescriber: prescribes about 20", "prescribing"),
        ("30 boxes per month", "prescribing"),
        ("回-扣", "gift"),
        ("党 员", "belief"),
        ("女\u200b儿", "family"),
        ("His wife works here", "family"),
    ],
)
def test_what_is_written_another_way_is_found_all_the_same(policy, text, expected):
    assert expected in found(policy, text)


@pytest.mark.req("REQ-042")
@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24 2026-12-24 复访", "2026/11/24 14:00-15:30", "20261124", "批号 20261124001", "ISBN 9787117000000",
        "医院总机 400-820-1234", "执业证书编码 110000000000001", "执业证书 141105491231002", "资料 CT-2026-118, CT-119",
        "NCT01234567 与 NCT07654321", "doi 10.1000/182", "剂量 100/25/5 mg", "LVEF 35-40, NT-proBNP 1250", "2026年会",
        "系统方案已更新", "与医生日程一致", "医生 日程已确认", "患者教育材料", "关注化疗方案与抗抑郁治疗进展",
        "女孩子病房的宣教", "三十而立", "一二三区", "见面一次", "person of contact", "season 2", "the sonography paper",
        "30 boxes of leaflets", "G20 2026 11 24", "宁夏回族自治区医学会委员", "CK-VISIT@1.0",
        "ACT-7 CK-SPEAKER@2.0 第3项", "合同 HT-2026-0912 第5条", "邮寄单号 SF1234567890123",
    ],
)  # fmt: skip
def test_what_is_no_secret_passes(policy, text):
    assert found(policy, text) == ()


@pytest.mark.req("REQ-042")
def test_the_place_is_that_of_the_text_as_typed(policy):
    text = "ｘ\u200b 电话１３８ １２３４ ５６７８ 再联系"
    (hit,) = scan(text, policy.free_text)
    assert text[hit.start : hit.end] == "１３８ １２３４ ５６７８"


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.lists(st.sampled_from(["", " ", "-", ".", "·", "，"]), min_size=10, max_size=10),
    st.sampled_from(["", "2026-11-24 ", "见面后，", "约"]),
)
def test_a_mobile_is_found_however_it_is_cut(number, cuts, before):
    text = before + "".join(digit + cut for digit, cut in zip(number, [*cuts, ""], strict=True))
    assert {"phone", "bank_card", "id_number"} & set(codes(scan(text, {})))


@given(st.text(max_size=80))
def test_places_lie_inside_the_text(policy, text):
    for finding in scan(text, policy.free_text):
        assert 0 <= finding.start < finding.end <= len(text)


def test_citizen_ids():
    assert is_citizen_id(ID) and is_citizen_id(ID.lower())
    for wrong in ("110105194912310021", "11010519491331002X", "1101051949123100", "01010519491231002X", ""):
        assert not is_citizen_id(wrong)


def test_old_citizen_ids():
    assert is_old_citizen_id("110105491231002")
    for wrong in ("110105491331002", "110000000000001", "991231491231002", "11010549123100", ""):
        assert not is_old_citizen_id(wrong)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_citizen_id_is_found(place, step):
    changed = ID[:place] + str((int(ID[place]) + step) % 10) + ID[place + 1 :]
    assert not is_citizen_id(changed)


def test_other_numbers():
    assert is_mobile("13812345678") and is_mobile("+86 138 1234 5678") and not is_mobile("12812345678")
    assert is_licence_number("110000000000001") and not is_licence_number("11000000000000")
    assert is_bank_card(CARD) and not is_bank_card(CARD[:-1] + "5")
    assert is_credit_code("91350100M000100Y43") and not is_credit_code("91350100M000100Y44")
    assert not is_credit_code("91350100M0001OOY43")


@pytest.mark.parametrize("text", ["TEL13812345678", "加vx13812345678", "V13812345678。", "13812345678wx"])
def test_a_mobile_glued_to_what_it_is_called_is_found(policy, text):
    (one,) = scan(text, policy.free_text)
    assert (one.code, text[one.start : one.end]) == ("phone", "13812345678")


@pytest.mark.parametrize(
    "text",
    [
        "订单AB13812345678",
        "MEET13812345678",
        "母亲节义诊",
        "化疗中心主任",
        "化疗科",
        "中国残疾人联合会",
        "释放门诊号源",
        "大公公司",
    ],
)
def test_codes_of_things_and_names_of_places_pass(policy, text):
    assert found(policy, text) == ()


def test_what_his_wife_is_called_is_family(policy):
    assert found(policy, "他太太也在这家医院") == found(policy, "媳妇是护士") == ("family",)


def test_a_long_row_of_digits_is_read_in_one_pass(policy):
    short, long = (cpu_seconds(lambda n=n: scan("1 " * n, policy.free_text), rounds=2) for n in (2_000, 20_000))
    assert long < 20 * short  # ten times the text; a hundred times the work before
