"""Order of times, sensitive values, minors and free text, through the use cases (REQ-014, REQ-036 to REQ-042)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support import STAFF, Desk, Doctor, done, files_with, no, shown

from compliance.clock import SHANGHAI
from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.basis import BasisSupport
from compliance.model.register import PendingRequest
from compliance.policy.children import birth_of, under_age
from compliance.policy.id_numbers import is_bank_card
from compliance.use_cases.bases import bases, memos
from compliance.use_cases.bases.bases import BasisRequest
from compliance.use_cases.consent import consent_timeline, recording
from compliance.use_cases.evidence import evidence
from compliance.use_cases.people import amendments
from compliance.use_cases.rules import field_classes
from compliance.use_cases.seeing import cases, profiles
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import maintenance

NUMBER = next(f"622202020011223344{d}" for d in range(10) if is_bank_card(f"622202020011223344{d}"))


PAY = "speaker/sensitive:payment"


def identity(number: str) -> str:
    """17 places with their check place (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return number + "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {k: STAFF[k] for k in ("zhao", "chen", "wu", "qian")}
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=staff, at=datetime(2026, 11, 22, 2, 0, tzinfo=UTC))
    names = ("独孤求是", "轩辕不器", "端木清扬", "闻人知微")
    made.bring([Doctor(number=f"S{n}", name=name) for n, name in enumerate(names)])
    yield made
    made.rise()


@pytest.mark.req("REQ-014")
def test_notice_before_act_before_entry_to_the_second_and_to_the_day(desk: Desk) -> None:
    hcp, wu = desk.id_of("独孤求是"), desk.sit("wu")

    def record(presented: str, acted: str, item: str = "visit"):  # type: ignore[no-untyped-def]
        request = desk.act(hcp, item, presented_at=presented, acted_at=acted)
        return recording.record_consent(wu, request=request)

    early = no(record("2026-11-20T10:00:00+08:00", "2026-11-20T09:59:59+08:00"))
    assert (early.reason, early.references[0].article) == ("act_before_notice", "14(1)")
    done(record("2026-11-20T10:00:00+08:00", "2026-11-20T10:00:00+08:00"))
    # paper knows days: the same day stands, the day before does not, whatever the hour in Shanghai
    done(record("2026-11-20", "2026-11-20", "event"))
    assert no(record("2026-11-20", "2026-11-19", "event")).reason == "act_before_notice"
    done(record("2026-11-19T23:59:59+08:00", "2026-11-19", "medical"))
    assert no(record("2026-11-20T00:00:00+08:00", "2026-11-19", "medical")).reason == "act_before_notice"
    # an act from after its entry: by seconds, and by days only tomorrow in Shanghai
    for acted in ("2026-11-22T10:00:01+08:00", "2026-11-23"):
        with pytest.raises(InputErrors) as fault:
            record("2026-11-20", acted)
        assert "in_the_future" in {f.code for f in fault.value.faults}
    # a month end and a leap day: the day counts as it stands on the paper
    for day in ("2026-02-28", "2026-10-31"):
        done(record(day, day, "digital/email"))
    made = done(consent_timeline.consent_timeline(desk.sit("chen"), hcp_id=hcp, item="visit"))
    for act in made.items[0].acts:
        event = act.event
        assert event.presented_at and event.acted_at and event.presented_at <= event.acted_at <= event.recorded_at


@pytest.mark.req("REQ-041")
def test_a_child_cannot_be_created_and_no_birth_date_is_kept(desk: Desk) -> None:
    wu, base = desk.sit("wu"), {"full_name": "小明明", "institution_name": "示例医院"}
    young = no(amendments.add_person(wu, values=base | {"birth_date": "2012-11-23"}, source="CRM"))
    assert (young.reason, young.references[0].article) == ("under_age", "31")
    with pytest.raises(InputErrors) as fault:
        amendments.add_person(wu, values=base | {"birth_date": "1980-01-01"}, source="CRM")
    assert fault.value.code == "birth_not_collected"
    child = identity("11010120121123001")
    hcp = desk.id_of("独孤求是")
    refused = amendments.amend_person(desk.sit("qian"), hcp_id=hcp, key="id_doc_no", value=child, source="CRM")
    assert no(refused).reason == "under_age"
    (entry, *_) = done(evidence.list_entries(desk.sit("chen"), kind="access_refused", limit=1))
    assert entry.detail["reason"] == "under_age" and "2012" not in str(entry.detail)
    for key in ("companion_name", "child_name", "spouse"):
        with pytest.raises(InputErrors):
            amendments.add_person(wu, values=base | {key: "x"}, source="CRM")


@pytest.mark.req("REQ-041")
@pytest.mark.parametrize(
    ("birth", "instant", "young"),
    [
        ("2012-11-23", "2026-11-22T23:59:59+08:00", True),
        ("2012-11-23", "2026-11-23T12:00:00+08:00", True),  # 满: from the day after the birthday
        ("2012-11-23", "2026-11-24T00:00:00+08:00", False),
        ("2012-02-29", "2026-02-28T23:59:59+08:00", True),
        ("2012-02-29", "2026-03-01T00:00:00+08:00", False),
        ("2012-11-22", "2026-11-23T00:00:00+08:00", False),
    ],
)
def test_fourteen_is_counted_in_shanghai(birth: str, instant: str, young: bool) -> None:
    day = birth_of(birth)
    assert day is not None and under_age(day, years=14, at=datetime.fromisoformat(instant)) is young
    assert birth_of("2012年2月30日") is None and birth_of("主任") is None


@pytest.mark.req("REQ-042")
def test_free_text_is_scanned_and_each_find_is_marked(desk: Desk) -> None:
    hcp, text = desk.id_of("独孤求是"), "党员, 女儿今年高考"
    with pytest.raises(InputErrors) as fault:
        amendments.amend_person(desk.sit("wu"), hcp_id=hcp, key="last_visit_note", value=text, source="CRM")
    marked = {text[int(f.value.split("-")[0]) : int(f.value.split("-")[1])] for f in fault.value.faults}
    assert {"党员", "女儿", "高考"} <= marked
    assert {f.code for f in fault.value.faults} == {"free_text_belief", "free_text_family"}
    (entry, *_) = done(evidence.list_entries(desk.sit("chen"), kind="access_refused", limit=1))
    assert (entry.detail["reason"], entry.detail["codes"]) == ("free_text", ["belief", "family"])
    assert "党员" not in str(entry.detail)
    for other in (f"卡号 {NUMBER}", "糖尿病史", f"身份证 {identity('11010119800101001')}"):
        with pytest.raises(InputErrors):
            amendments.amend_person(desk.sit("wu"), hcp_id=hcp, key="last_visit_note", value=other, source="CRM")
    done(
        amendments.amend_person(
            desk.sit("wu"), hcp_id=hcp, key="last_visit_note", value="对新指南有疑问，下次带资料", source="CRM"
        )
    )


@pytest.mark.req("REQ-036", "REQ-037", "REQ-039", "REQ-040")
def test_an_account_needs_its_consent_and_shows_inside_a_payment_task_alone(desk: Desk, tmp_path: Path) -> None:
    lone, hcp, other = (desk.id_of(name) for name in ("闻人知微", "轩辕不器", "端木清扬"))
    with pytest.raises(InputErrors):
        amendments.amend_person(desk.sit("qian"), hcp_id=hcp, key="favourite_colour", value="x", source="CRM")

    def store(person: str):  # type: ignore[no-untyped-def]
        return amendments.amend_person(
            desk.sit("qian"), hcp_id=person, key="bank_account_no", value=NUMBER, source="CRM"
        )

    desk.consent(lone, "speaker", notice="CK-SPEAKER@1.0")  # general consent only
    assert no(store(lone)).reason == "sensitive_needs_basis"
    for person in (hcp, other):
        support = BasisSupport(contract="HT-7", parties=(person,), reasons=(("bank_account_no", "付款"),))
        request = BasisRequest(hcp_id=person, purpose=Purpose.SPEAKER, basis="contract", support=support)
        done(bases.record_basis(desk.sit("chen"), request=request))
        done(memos.add_memo(desk.sit("zhao"), item=PAY, necessity="支付讲课费所必需", hcp_id=person))
        done(store(person))
    qian = desk.sit("qian")
    closed = done(profiles.open_profile(qian, hcp_id=hcp, purpose=Purpose.SPEAKER))
    rows = done(profiles.find_people(qian, text="", purpose=Purpose.SPEAKER)).rows
    assert rows and not any(row.consent_hint or row.flags for row in rows), "finance does not read consent in a list"
    assert NUMBER not in shown(closed).values()
    task = done(cases.open_case(qian, hcp_id=hcp, kind="payment"))
    opened = done(profiles.open_profile(qian, hcp_id=hcp, purpose=Purpose.SPEAKER, case_id=task.case_id))
    assert shown(opened)["bank_account_no"] == NUMBER
    (entry, *_) = done(evidence.list_entries(desk.sit("chen"), kind="profile_opened", hcp=hcp, limit=1))
    assert entry.detail["case"] == task.case_id
    elsewhere = done(profiles.open_profile(qian, hcp_id=other, purpose=Purpose.SPEAKER, case_id=task.case_id))
    assert NUMBER not in shown(elsewhere).values()
    done(cases.close_case(desk.sit("qian"), case_id=task.case_id))
    after = done(profiles.open_profile(qian, hcp_id=hcp, purpose=Purpose.SPEAKER, case_id=task.case_id))
    assert NUMBER not in shown(after).values()
    assert no(cases.open_case(qian, hcp_id=hcp, kind="complaint")).reason == "role_not_allowed"
    # what is stored lies nowhere in the open, also in a backup (REQ-039)
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "copy"))
    assert files_with([NUMBER], desk.folder, tmp_path) == []


@pytest.mark.req("REQ-038")
def test_the_stricter_class_holds_until_a_list_is_chosen_from_a_day(desk: Desk) -> None:
    hcp = desk.id_of("端木清扬")
    card = identity("11010119800101001")

    def store() -> object:
        return amendments.amend_person(desk.sit("qian"), hcp_id=hcp, key="id_doc_no", value=card, source="CRM")

    support = BasisSupport(contract="HT-8", parties=(hcp,), reasons=(("full_name", "收款人"),))
    request = BasisRequest(hcp_id=hcp, purpose=Purpose.SPEAKER, basis="contract", support=support)
    done(bases.record_basis(desk.sit("chen"), request=request))
    zhao, before = desk.sit("zhao"), desk.at
    assert done(field_classes.field_class(zhao, key="id_doc_no")).data_class == "sensitive"
    assert no(store()).reason == "sensitive_needs_basis"
    for change, code in (({"rule_set": "GDPR"}, "unknown_rule_set"), ({"from_day": date(2026, 11, 1)}, "in_the_past")):
        with pytest.raises(InputErrors) as fault:
            field_classes.choose_class_rules(zhao, **({"rule_set": "GB45574", "from_day": date(2026, 12, 1)} | change))  # type: ignore[arg-type]
        assert fault.value.code == code
    choice = {"rule_set": "GB45574", "from_day": date(2026, 12, 1)}
    assert no(field_classes.choose_class_rules(desk.sit("chen"), **choice)).reason == "role_not_allowed"  # type: ignore[arg-type]
    waiting = field_classes.choose_class_rules(zhao, **choice).value  # type: ignore[arg-type]
    assert isinstance(waiting, PendingRequest)
    done(approvals.approve(desk.sit("chen"), request_id=waiting.request_id))
    assert no(store()).reason == "sensitive_needs_basis", "the choice begins on its day"
    desk.at = datetime(2026, 12, 1, 0, 0, tzinfo=SHANGHAI)
    now = done(field_classes.field_class(desk.sit("zhao"), key="id_doc_no"))
    assert (now.data_class, now.rule_set.partition("/")[0]) == ("ordinary", "GB45574")
    assert done(field_classes.field_class(desk.sit("zhao"), key="id_doc_no", as_of=before)).data_class == "sensitive"
    assert done(field_classes.field_class(desk.sit("zhao"), key="bank_account_no")).data_class == "sensitive"
    done(store())
    (entry, *_) = done(evidence.list_entries(desk.sit("chen"), kind="person_amended", hcp=hcp, limit=1))
    assert (entry.detail["class"], entry.detail["rule_set"]) == ("ordinary", now.rule_set)
    done(field_classes.choose_class_rules(desk.sit("zhao"), rule_set="strict", from_day=date(2026, 12, 1)))
    assert no(store()).reason == "sensitive_needs_basis"
