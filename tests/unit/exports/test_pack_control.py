"""A pack's members are attacked in clear: what nobody decided, and what a mask lets through, stops the pack."""

from dataclasses import replace

import pytest
from pack_samples import MOBILE, NOTICES, PEOPLE, person

from compliance.errors import LeakFound
from compliance.exports.pack_content import NOTICES as NOTICES_NAME
from compliance.exports.pack_content import PEOPLE as PEOPLE_NAME
from compliance.exports.pack_content import write_notices, write_people
from compliance.exports.pack_control import Decided, check_members
from compliance.model.access import FieldState
from compliance.model.pack import PackPerson
from compliance.model.profile import ShownField
from compliance.use_cases.seat.spoken import spoken_name

PHONE = "13812345678"


def check(people: tuple[PackPerson, ...], decided: tuple[PackPerson, ...], *hidden: str) -> int:
    members = {PEOPLE_NAME: write_people(people), NOTICES_NAME: write_notices(NOTICES)}
    known = {one.hcp_id: Decided(person=one, hidden=hidden) for one in decided}
    return check_members(members, known, spoken=spoken_name)


def with_field(field: ShownField) -> PackPerson:
    """The sample person with one more field in the view."""
    view = person().views[0]
    return person(views=(replace(view, fields=(*view.fields, field)),))


@pytest.mark.req("REQ-049")
def test_a_pack_of_what_was_decided_passes() -> None:
    assert check(PEOPLE, PEOPLE, PHONE, "女", "张三", "110113199003070011", "示例市") == 2 * 5


@pytest.mark.req("REQ-049")
def test_a_person_or_field_nobody_decided_stops_the_pack() -> None:
    more = with_field(ShownField(key="work_email", state=FieldState.DISCLOSED, value="a@b.example"))
    for people, decided in ((PEOPLE, PEOPLE[:1]), (PEOPLE[:1], PEOPLE), ((more,), (person(),))):
        with pytest.raises(LeakFound):
            check(people, decided)


@pytest.mark.req("REQ-048", "REQ-049")
@pytest.mark.parametrize("value", [PHONE, "1381234****", "13 812345678", "一三八一二三四五六七八"])
def test_a_mask_that_lets_its_value_through_stops_the_pack(value: str) -> None:
    leaky = with_field(replace(MOBILE, key="desk_phone", value=value))
    with pytest.raises(LeakFound):
        check((leaky,), (leaky,), PHONE)


@pytest.mark.req("REQ-049")
def test_a_number_inside_an_open_remark_stops_the_pack() -> None:
    leaky = with_field(ShownField(key="last_visit_note", state=FieldState.DISCLOSED, value=f"请拨 {PHONE}"))
    with pytest.raises(LeakFound):
        check((leaky,), (leaky,), PHONE)
    fine = with_field(ShownField(key="last_visit_note", state=FieldState.DISCLOSED, value="下周再约"))
    assert check((fine,), (fine,), PHONE) == 1
