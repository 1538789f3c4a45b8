"""The guard over free text, and the numbers it knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.policy.free_text import codes, scan
from compliance.policy.id_numbers import (
    is_bank_card,
    is_citizen_id,
    is_credit_code,
    is_licence_number,
    is_mobile,
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


@given(st.text(max_size=80))
def test_places_lie_inside_the_text(policy, text):
    for finding in scan(text, policy.free_text):
        assert 0 <= finding.start < finding.end <= len(text)


def test_citizen_ids():
    assert is_citizen_id(ID) and is_citizen_id(ID.lower())
    for wrong in ("110105194912310021", "11010519491331002X", "1101051949123100", "01010519491231002X", ""):
        assert not is_citizen_id(wrong)


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
