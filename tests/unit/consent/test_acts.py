"""What may be recorded: answers, checks, withdrawals."""

from dataclasses import replace
from datetime import timedelta

import pytest
from consent_support import VISIT, accepted, at, event, given, line, notice, proven

from compliance.consent.acts import GRADES, NewAct, check_act
from compliance.consent.checks import check_evidence
from compliance.consent.standing import handler_act, items_to_withdraw, withdraw
from compliance.consent.status import act_statuses, line_status
from compliance.errors import InputErrors
from compliance.model.access import Role
from compliance.model.answer import Refusal
from compliance.model.consent import ConsentEvent, EventKind, Grade, Method, NoticeState, Precision
from compliance.model.consent import ConsentStatus as S

NOW = at("2026-11-24T12:00")
ACT = NewAct(
    hcp_id="HCP-AAAAAAAA",
    item="visit",
    answer=EventKind.GIVEN,
    method=Method.PAPER,
    acted_at=at("2026-11-24T10:00"),
    presented_at=at("2026-11-24T09:50"),
    notice="CK-VISIT@1.0",
    evidence_id="EV-1",
    evidence_sha256="ab" * 32,
)


def record(act: NewAct = ACT, *events: ConsentEvent, version: object = notice(), **more: object) -> object:
    fields = {"event_id": "CE-NEW", "terms": VISIT, "now": NOW, "recorder": "zhou", "recorder_role": Role.CLERK}
    return check_act(act, events=events, notice=version, **(fields | more))  # type: ignore[arg-type]


def faults(act: NewAct, **more: object) -> set[tuple[str, str]]:
    with pytest.raises(InputErrors) as caught:
        record(act, **more)
    return {(f.where, f.code) for f in caught.value.faults}


def reason(answer: object) -> str:
    assert isinstance(answer, Refusal)
    return answer.reason


def test_recorded_yes_is_pending_whatever_its_grade() -> None:
    for method, grade in GRADES.items():
        new = record(replace(ACT, method=method))
        assert isinstance(new, ConsentEvent)
        assert (new.grade, new.recorded_at, new.notice_hash) == (grade, NOW, "hash-1.0")
        status = act_statuses([new], terms=VISIT, item="visit", at=NOW)["CE-NEW"]
        assert status.status is S.EVIDENCE_PENDING


def test_yes_without_evidence_has_no_grade() -> None:
    new = record(replace(ACT, evidence_id=None, evidence_sha256=None))
    assert isinstance(new, ConsentEvent)
    assert new.grade is Grade.NONE
    assert act_statuses([new], terms=VISIT, item="visit", at=NOW)["CE-NEW"].code == "PENDING_NO_EVIDENCE"


@pytest.mark.req("REQ-014")
def test_act_before_notice_is_refused() -> None:
    early = replace(ACT, acted_at=at("2026-11-24T09:59:59"), presented_at=at("2026-11-24T10:00:00"))
    refusal = record(early)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "act_before_notice"
    assert ("PIPL", "14(1)") in {(r.statute, r.article) for r in refusal.references}
    assert isinstance(record(replace(early, precision=Precision.DAY)), ConsentEvent)
    assert isinstance(record(replace(early, acted_at=early.presented_at or NOW)), ConsentEvent)


def test_all_faulty_fields_are_named_at_once() -> None:
    bad = replace(
        ACT,
        acted_at=NOW + timedelta(seconds=1),
        presented_at=NOW + timedelta(seconds=1),
        method=Method.IMPORT,
        valid_until=at("2026-11-01"),
    )
    assert faults(bad) == {
        ("acted_at", "in_the_future"),
        ("presented_at", "in_the_future"),
        ("method", "unknown_method"),
        ("valid_until", "end_before_act"),
    }
    assert faults(replace(ACT, notice="X@9"), version=None) == {("notice", "unknown_notice")}
    assert faults(replace(ACT, notice=None, presented_at=None)) == {("notice", "missing"), ("presented_at", "missing")}
    assert faults(replace(ACT, answer=EventKind.CHECK_ACCEPTED)) == {("answer", "unknown_answer")}


def test_paper_of_today_is_not_the_future() -> None:
    evening = replace(ACT, acted_at=at("2026-11-24T23:00"), precision=Precision.DAY)
    assert isinstance(record(evening), ConsentEvent)
    assert faults(replace(evening, acted_at=at("2026-11-25T00:00"))) == {("acted_at", "in_the_future")}


@pytest.mark.req("REQ-019")
def test_identity_check_is_always_in_the_record() -> None:
    assert faults(replace(ACT, identity_check="  ")) == {("identity_check", "identity_check_missing")}
    derived, own = record(), record(replace(ACT, identity_check="work badge"))
    assert isinstance(derived, ConsentEvent) and isinstance(own, ConsentEvent)
    assert (derived.identity_check, own.identity_check) == ("method:paper", "work badge")


def test_notice_must_speak_of_the_item_and_be_in_force() -> None:
    assert reason(record(version=notice("1.0", line("event")))) == "item_not_in_notice"
    assert reason(record(version=notice(active_from=at("2026-11-24T09:51")))) == "notice_not_in_force"
    assert reason(record(version=notice(retired_from=at("2026-11-24T09:50")))) == "notice_not_in_force"
    assert reason(record(version=notice(state=NoticeState.STAGED))) == "notice_not_in_force"
    old = notice(state=NoticeState.HISTORICAL, active_from=None)
    assert isinstance(record(version=old), ConsentEvent)
    assert reason(record(replace(ACT, item="event"), version=old)) == "item_not_in_notice"
    by_day = replace(ACT, precision=Precision.DAY)
    assert isinstance(record(by_day, version=notice(active_from=at("2026-11-24T11:00"))), ConsentEvent)


def test_term_stands_in_the_event_and_only_shortens() -> None:
    ends = [
        record(replace(ACT, valid_until=until)).valid_until  # type: ignore[attr-defined]
        for until in (None, at("2027-01-01"), at("2099-01-01"))
    ]
    assert ends == [at("2028-11-25"), at("2027-01-01"), at("2028-11-25")]


@pytest.mark.req("REQ-023")
def test_ask_lock_forbids_asking_not_what_the_person_offers() -> None:
    no = event(EventKind.REFUSED, "2026-11-01")
    last = {"acted_at": at("2027-04-30T10:00"), "presented_at": at("2027-04-30T09:00")}
    later = at("2027-06-01")
    refusal = record(replace(ACT, **last), no, now=later)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.lifted_by) == ("ask_locked", "2027-05-01")
    assert isinstance(record(replace(ACT, **last, asked_by_hcp=True), no, now=later), ConsentEvent)
    free = {"acted_at": at("2027-05-01T00:10"), "presented_at": at("2027-05-01T00:00")}
    assert isinstance(record(replace(ACT, **free), no, now=later), ConsentEvent)
    assert isinstance(record(replace(ACT, answer=EventKind.REFUSED, **last), no, now=later), ConsentEvent)


def test_a_no_needs_no_notice_in_force() -> None:
    answer = record(replace(ACT, answer=EventKind.REFUSED, notice=None, presented_at=None), version=None)
    assert isinstance(answer, ConsentEvent)
    assert line_status([answer], terms=VISIT, item="visit", at=NOW).status is S.REFUSED


def test_roles_without_business_data_record_nothing() -> None:
    for role in (Role.AUDITOR, Role.SECURITY_ADMIN):
        assert reason(record(recorder_role=role)) == "role_not_allowed"


def check(target: str, *events: ConsentEvent, **more: object) -> object:
    fields = {
        "event_id": "CE-CHECK",
        "accept": True,
        "now": NOW,
        "checker": "chen",
        "checker_role": Role.COMPLIANCE,
    }
    return check_evidence(target, events=events, **(fields | more))  # type: ignore[arg-type]


@pytest.mark.req("REQ-017")
def test_second_person_checks() -> None:
    yes = given("2026-11-01")
    assert reason(check(yes.event_id, yes, checker=yes.recorded_by)) == "same_person"
    assert reason(check(yes.event_id, yes, checker_role=Role.CLERK)) == "role_not_allowed"
    answer = check(yes.event_id, yes)
    assert isinstance(answer, ConsentEvent)
    assert line_status([yes, answer], terms=VISIT, item="visit", at=NOW).open
    assert reason(check(yes.event_id, yes, answer)) == "already_checked"


def test_rejection_needs_a_defect_code_and_voids() -> None:
    yes = given("2026-11-01")
    with pytest.raises(InputErrors):
        check(yes.event_id, yes, accept=False)
    answer = check(yes.event_id, yes, accept=False, defect="signature_missing")
    assert isinstance(answer, ConsentEvent)
    assert line_status([yes, answer], terms=VISIT, item="visit", at=NOW).status is S.INVALIDATED


def test_only_a_recorded_yes_with_evidence_is_checked() -> None:
    no = event(EventKind.REFUSED, "2026-11-01")
    with pytest.raises(InputErrors, match="unknown_event"):
        check(no.event_id, no)
    bare = given("2026-11-01", evidence_id=None)
    assert reason(check(bare.event_id, bare)) == "no_evidence"


@pytest.mark.req("REQ-027")
@pytest.mark.req("REQ-030")
def test_withdrawal_is_always_taken_item_by_item() -> None:
    out = withdraw(
        "HCP-AAAAAAAA",
        ["visit", "digital/wecom"],
        event_ids=["CE-1", "CE-2"],
        received_at=at("2026-11-20"),
        method=Method.PHONE,
        channel="phone",
        now=NOW,
        recorder="zhou",
    )
    assert [(e.item, e.received_at, e.recorded_at) for e in out] == [
        ("visit", at("2026-11-20"), NOW),
        ("digital/wecom", at("2026-11-20"), NOW),
    ]
    assert line_status([*proven("2026-11-01"), *out], terms=VISIT, item="visit", at=NOW).status is S.WITHDRAWN


def test_withdrawal_from_the_future_or_of_nothing_is_bad_input() -> None:
    more = {"method": Method.PHONE, "channel": "", "now": NOW, "recorder": "zhou"}
    with pytest.raises(InputErrors, match="in_the_future"):
        withdraw("HCP-AAAAAAAA", ["visit"], event_ids=["CE-1"], received_at=NOW + timedelta(seconds=1), **more)  # type: ignore[arg-type]
    with pytest.raises(InputErrors, match="missing"):
        withdraw("HCP-AAAAAAAA", [], event_ids=[], received_at=NOW, **more)  # type: ignore[arg-type]


def test_withdrawal_known_by_day_closes_the_whole_day() -> None:
    events = proven("2026-11-24T10:00")
    (out,) = withdraw(
        "HCP-AAAAAAAA",
        ["visit"],
        event_ids=["CE-1"],
        received_at=at("2026-11-24"),
        method=Method.PHONE,
        channel="phone",
        now=NOW,
        recorder="zhou",
        precision=Precision.DAY,
    )
    for order in ([*events, out], [out, *events]):
        assert line_status(order, terms=VISIT, item="visit", at=NOW).status is S.WITHDRAWN


def test_everything_means_what_was_touched_and_is_not_withdrawn() -> None:
    def status(item: str, *events: ConsentEvent) -> object:
        return line_status(events, terms=replace(VISIT, item=item), item=item, at=NOW)

    yes = proven("2026-11-01")
    gone = event(EventKind.WITHDRAWN, "2026-11-02", item="event", received_at=at("2026-11-02"))
    unproven = event(EventKind.IMPORTED_YES, "2026-11-02", item="medical")
    lines = [status("visit", *yes), status("event", gone), status("medical", unproven), status("segment")]
    assert items_to_withdraw(lines) == ("visit", "medical")  # type: ignore[arg-type]


def test_handler_acts() -> None:
    who = {"hcp_id": "HCP-AAAAAAAA", "item": "visit", "now": NOW, "recorder": "dpo"}
    yes = proven("2026-11-01")
    hold = handler_act(EventKind.SUSPENDED, event_id="CE-9", **who)  # type: ignore[arg-type]
    assert line_status([*yes, hold], terms=VISIT, item="visit", at=NOW).status is S.SUSPENDED
    with pytest.raises(InputErrors):
        handler_act(EventKind.INVALIDATED, event_id="CE-9", **who)  # type: ignore[arg-type]
    with pytest.raises(InputErrors):
        handler_act(EventKind.GIVEN, event_id="CE-9", **who)  # type: ignore[arg-type]
    assert accepted(yes[0], "2026-11-02").target == yes[0].event_id
