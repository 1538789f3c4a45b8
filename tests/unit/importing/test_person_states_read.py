"""What a status cell and a remark say of a person; when in doubt the stricter, and never a guess."""

import pytest

from compliance.importing.person_states import read_state, says_deceased, states_said
from compliance.model.person_state import PersonState


@pytest.mark.parametrize(
    ("target", "text", "code"),
    [
        ("person_state", "已故", "state_deceased"),
        ("person_state", "退休后去世", "state_deceased"),
        ("person_state", "停用", "state_do_not_contact"),
        ("person_state", "ＤＮＣ", "state_do_not_contact"),
        ("person_state", "Do Not Contact", "state_do_not_contact"),
        ("person_state", "离职", "state_dormant"),
        ("person_state", "Inactive", "state_dormant"),
        ("person_state", "不活跃", "state_dormant"),
        ("person_state", "在职", None),
        ("person_state", "Active", None),
        ("person_state", "", None),
        ("person_state", "未知", None),
        ("person_state", "待分配", "state_unclear"),
        ("deceased_flag", "Y", "state_deceased"),
        ("deceased_flag", "2026-05-01", "state_deceased"),
        ("deceased_flag", "否", None),
        ("deceased_flag", "-", None),
        ("do_not_contact_flag", "是", "state_do_not_contact"),
        ("do_not_contact_flag", "FALSE", None),
        ("dormant_flag", "2025/12/31", "state_dormant"),
        ("dormant_flag", "1", "state_dormant"),
        ("in_practice_flag", "是", None),
        ("in_practice_flag", "否", "state_dormant"),
        ("in_practice_flag", "已离职", "state_dormant"),
        ("in_practice_flag", "已故", "state_deceased"),
        ("in_practice_flag", "说不好", "state_unclear"),
    ],
)
def test_cells(target: str, text: str, code: str | None) -> None:
    assert read_state(target, text) == code


@pytest.mark.parametrize(
    "note", ["已故", "该医生已去世。", "王主任已退休；已故", "Deceased", "passed away", "已故 2025年"]
)
def test_a_remark_that_says_it_of_the_person(note: str) -> None:
    assert says_deceased(note)


@pytest.mark.parametrize(
    "note", ["其父已去世，情绪低落", "科室老主任已故去多年", "会议已故障取消", "", "患者去世后投诉"]
)
def test_a_remark_about_others_says_nothing(note: str) -> None:
    assert not says_deceased(note)


def test_each_state_once() -> None:
    codes = [("a", "state_dormant"), ("b", "note_deceased"), ("c", "state_deceased"), ("d", "name_missing")]
    assert states_said(codes) == (PersonState.DORMANT, PersonState.DECEASED)
