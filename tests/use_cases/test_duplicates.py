"""Likely duplicates: what makes a pair, what it shows, and that nothing is joined by itself (R26, REQ-035, REQ-044)."""

from collections.abc import Iterator

import pytest
from support import Desk, Doctor, done, no

from compliance.errors import InputErrors
from compliance.model.access import Purpose, Role
from compliance.use_cases.people import amendments, duplicates, merging
from compliance.use_cases.people.duplicates import (
    LICENCE,
    NAME,
    PHONE,
    find_duplicates,
    say_distinct,
    take_back_distinct,
)
from compliance.use_cases.seeing import people_list
from compliance.use_cases.signing import approvals

PEOPLE = [
    Doctor(number="A1", name="王小明", hospital="四川大学华西医院", phone="13900000001", licence="110000000000001"),
    Doctor(number="A2", name="王小明", hospital="四川大学华西医院", phone="13900000002", licence="110000000000002"),
    Doctor(number="A3", name="欧阳曉", hospital="北京协和医院", phone="13900000003"),
    Doctor(number="A4", name="李娜", hospital="示例第一医院", phone="13900000004"),
    Doctor(number="A5", name="李哪", hospital="示例第一医院", phone="13900000005"),
    Doctor(number="A6", name="赵明远", hospital="示例第二医院", phone="13900000006"),
    Doctor(number="A7", name="钱思齐", hospital="示例第三医院", phone="13900000006"),
    Doctor(number="A8", name="王小明", hospital="示例第四医院", phone="13900000008"),
]
LATER = [Doctor(number="B3", name="欧阳晓", hospital="协和医院", phone="13900000013")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "sun": Role.COMPLIANCE, "wu": Role.CLERK, "zhou": Role.AUDITOR}
    desk = Desk.create(tmp_path_factory.mktemp("alike"), staff=staff)
    desk.bring(PEOPLE)
    desk.bring(LATER)
    yield desk
    desk.rise()


def pairs(desk: Desk, **more: object) -> dict[frozenset[str], tuple[str, ...]]:
    """Numbers in the source of both → why."""
    found = done(find_duplicates(desk.sit("chen"), limit=200, **more))  # type: ignore[arg-type]
    assert found.total == len(found.pairs)
    return {
        frozenset(
            next(f.value or "" for f in side.fields if f.key == "source_system_ids").removeprefix("CRM:")
            for side in (pair.one, pair.other)
        ): pair.because
        for pair in found.pairs
    }


def test_a_pair_is_likely_by_a_key_or_by_name_and_place_and_by_nothing_else(desk: Desk) -> None:
    assert pairs(desk) == {
        frozenset({"A1", "A2"}): (NAME,),
        frozenset({"A3", "B3"}): (NAME,),  # 曉 is 晓, and 协和医院 is the Peking Union hospital
        frozenset({"A6", "A7"}): (PHONE,),  # two names, one phone: a likeness, never more
    }
    assert pairs(desk, because=PHONE) == {frozenset({"A6", "A7"}): (PHONE,)}
    assert pairs(desk, because=LICENCE) == {}


def test_the_two_stand_side_by_side_and_what_reads_alike_is_named(desk: Desk) -> None:
    found = done(find_duplicates(desk.sit("chen"), because=NAME))
    assert found.counts == {LICENCE: 0, PHONE: 1, NAME: 2}
    pair = next(p for p in found.pairs if {f.value for f in p.one.fields} & {"王小明"})
    assert {"full_name", "institution_name"} <= set(pair.same)
    assert "practice_licence_no" not in pair.same, "masked values that look alike say nothing"
    assert done(find_duplicates(desk.sit("chen"), limit=1)).total == 3
    assert len(done(find_duplicates(desk.sit("chen"), limit=1, offset=2)).pairs) == 1


@pytest.mark.req("REQ-044")
def test_whoever_may_not_be_seen_is_in_no_pair_and_no_count(desk: Desk) -> None:
    chen = desk.sit("chen")
    hidden = desk.id_of("钱思齐")
    done(amendments.freeze_person(chen, hcp_id=hidden))
    try:
        assert frozenset({"A6", "A7"}) not in pairs(desk)
        assert done(find_duplicates(chen)).counts[PHONE] == 0
    finally:
        done(amendments.unfreeze_person(desk.sit("zhao"), hcp_id=hidden))
    assert frozenset({"A6", "A7"}) in pairs(desk)


def test_two_people_are_not_listed_again_until_the_word_is_taken_back(desk: Desk) -> None:
    chen = desk.sit("chen")
    one, other = desk.id_of("赵明远"), desk.id_of("钱思齐")
    done(say_distinct(chen, one=one, other=other, reason="shared_phone"))
    assert frozenset({"A6", "A7"}) not in pairs(desk)
    kept = done(duplicates.list_distinct(chen))
    assert [(p.reason, p.said_by) for p in kept] == [("shared_phone", "chen")]
    assert done(take_back_distinct(desk.sit("sun"), one=other, other=one)) is True
    assert frozenset({"A6", "A7"}) in pairs(desk)
    assert desk.sit("chen").vault.check(full=True).ok


def test_a_merge_takes_two_people_and_the_pair_is_gone_and_comes_back_apart(desk: Desk) -> None:
    found = done(find_duplicates(desk.sit("chen"), because=NAME))
    pair = next(p for p in found.pairs if any(f.value == "欧阳晓" for f in (*p.one.fields, *p.other.fields)))
    kept, gone = pair.one.hcp_id, pair.other.hcp_id
    asked = done(merging.merge_people(desk.sit("chen"), kept=kept, gone=gone))
    assert frozenset({"A3", "B3"}) in pairs(desk), "one person alone joins nothing"
    done(approvals.approve(desk.sit("sun"), request_id=asked.request_id))
    assert frozenset({"A3", "B3"}) not in pairs(desk)
    case = done(merging.list_merges(desk.sit("chen")))[0].case_id
    asked = done(merging.unmerge_people(desk.sit("sun"), case_id=case))
    done(approvals.approve(desk.sit("chen"), request_id=asked.request_id))
    assert frozenset({"A3", "B3"}) in pairs(desk)
    assert done(people_list.find_people(desk.sit("chen"), text="欧阳", purpose=Purpose.MDM)).total == 2


def test_bad_input_and_other_roles(desk: Desk) -> None:
    chen = desk.sit("chen")
    one, other = desk.id_of("赵明远"), desk.id_of("李娜")
    for call, code in (
        (lambda: find_duplicates(chen, because="soul"), "unknown_likeness"),
        (lambda: find_duplicates(chen, limit=0), "bad_limit"),
        (lambda: say_distinct(chen, one=one, other=other, reason="x"), "unknown_reason"),
        (lambda: say_distinct(chen, one=one, other=one, reason="namesake"), "same_record"),
        (lambda: say_distinct(chen, one=one, other="HCP-AAAAAAAA", reason="namesake"), "unknown_person"),
        (lambda: take_back_distinct(chen, one=one, other=other), "not_distinct"),
    ):
        with pytest.raises(InputErrors) as caught:
            call()
        assert caught.value.faults[0].code == code
    for user in ("wu", "zhou"):
        assert no(find_duplicates(desk.sit(user))).reason == "role_not_allowed"
        assert no(say_distinct(desk.sit(user), one=one, other=other, reason="namesake")).reason == "role_not_allowed"


def test_a_role_that_may_look_at_nobody_is_refused_and_not_told_that_there_are_none(desk: Desk) -> None:
    assert no(find_duplicates(desk.sit("zhao"))).reason == "role_not_permitted"  # may merge what others found
