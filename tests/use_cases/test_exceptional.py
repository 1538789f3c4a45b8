"""Exceptional access: approved by another, minutes long, logged, reviewed; it lends a role and nothing else."""

from collections.abc import Iterator

import pytest
from support import Desk, done, invent, no, shown

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.evidence import audit_access
from compliance.use_cases.rules import replay
from compliance.use_cases.seeing import cases, exceptional, profiles
from compliance.use_cases.signing import approvals


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three people; two agreed to visits."""
    made = Desk.create(tmp_path_factory.mktemp("exceptional"))
    people = invent(3)
    made.bring(people)
    made.ids = [made.id_of(p.name, p.hospital) for p in people]  # type: ignore[attr-defined]
    for hcp_id in made.ids[:2]:  # type: ignore[attr-defined]
        made.consent(hcp_id)
    yield made
    made.rise()


def grant(desk: Desk, hcp_id: str, *, who: str = "wu", purpose: Purpose = Purpose.VISIT, minutes: int = 30) -> str:
    """An approved access of ``who``."""
    asked = exceptional.ask_exceptional(
        desk.sit(who), hcp_id=hcp_id, purpose=purpose, minutes=minutes, reason="complaint"
    ).value
    assert isinstance(asked, PendingRequest), asked
    done_ = done(approvals.approve(desk.sit("chen"), request_id=asked.request_id))
    return str(done_.result["access"])


def look(desk: Desk, hcp_id: str, access: str | None, *, who: str = "wu", purpose: Purpose = Purpose.VISIT):  # type: ignore[no-untyped-def]
    return profiles.open_profile(desk.sit(who), hcp_id=hcp_id, purpose=purpose, exceptional=access)


def entries(desk: Desk, access: str, *kinds: Kind) -> list[dict]:  # type: ignore[type-arg]
    with desk.sit("zhao").vault.snapshot() as snap:
        found = snap.log.find(kind=kinds, limit=500)
    return [e.data for e in found if e.data["detail"].get("exceptional") == access]


@pytest.mark.req("REQ-047")
def test_an_approved_access_of_30_minutes_is_denied_at_minute_31_and_waits_for_its_review(desk: Desk) -> None:
    hcp_id = desk.ids[0]  # type: ignore[attr-defined]
    assert no(look(desk, hcp_id, None)).reason == "role_not_permitted"
    access = grant(desk, hcp_id)
    view = done(look(desk, hcp_id, access))
    assert shown(view)["full_name"]
    desk.wait(minutes=29, seconds=59)
    done(look(desk, hcp_id, access))
    desk.wait(seconds=1)
    assert no(look(desk, hcp_id, access)).reason == "exceptional_over", "the 30th minute is over"
    desk.wait(minutes=1)
    refused = no(look(desk, hcp_id, access))
    assert (refused.reason, refused.references[0].as_json()) == (
        "exceptional_over",
        {"statute": "35273", "article": "7.1 d"},
    )
    review = [t for t in done(cases.list_tasks(desk.sit("zhao"))) if t.kind == "review_exceptional"]
    assert [(t.hcp_id, t.subject, t.done_at) for t in review] == [(hcp_id, access, None)]
    line = done(exceptional.list_exceptional(desk.sit("sun")))[0]
    assert (line.reads, line.refused, line.review, line.reviewed_by) == (2, 2, review[0].task_id, "")
    assert (line.access.user, line.access.approved_by, line.is_open) == ("wu", "chen", False)
    reads = entries(desk, access, Kind.PROFILE_OPENED)
    assert {(e["actor"], e["role"], e["detail"]["lent_role"], e["purpose"]) for e in reads} == {
        ("wu", "clerk", "compliance", "visit")
    }
    assert len(entries(desk, access, Kind.EXCEPTIONAL_GRANTED)) == 1

    # the review: not by the one who looked, not without a finding
    task = review[0].task_id
    assert no(cases.done_task(desk.sit("wu"), task_id=task, receipt="fine")).reason == "exceptional_review_other"
    assert no(cases.done_task(desk.sit("qian"), task_id=task, receipt="fine")).reason == "role_not_allowed"
    assert no(cases.done_task(desk.sit("sun"), task_id=task)).reason == "receipt_missing"
    done(cases.done_task(desk.sit("sun"), task_id=task, receipt="justified, 2 reads"))
    assert done(exceptional.list_exceptional(desk.sit("sun")))[0].reviewed_by == "sun"

    # law.md 3.3 part 9: the audit names it with who approved and who reviewed it
    chen = desk.sit("chen")
    with chen.vault.snapshot() as snap:
        log = [(e.index, e.data) for e in snap.log.find(limit=1000, newest_first=False)]
        told = audit_access.exceptional(snap, log, log)
    assert [(x.user, x.approver, x.purpose, x.hcp, x.reads, x.reviewed_by) for x in told] == [
        ("wu", "chen", "visit", hcp_id, 2, "sun")
    ]


@pytest.mark.req("REQ-047", "REQ-045")
def test_it_takes_another_person_and_nothing_opens_before(desk: Desk) -> None:
    hcp_id = desk.ids[0]  # type: ignore[attr-defined]
    asked = exceptional.ask_exceptional(
        desk.sit("zhao"), hcp_id=hcp_id, purpose=Purpose.VISIT, minutes=10, reason="authority"
    ).value
    assert isinstance(asked, PendingRequest)
    assert no(approvals.approve(desk.sit("zhao"), request_id=asked.request_id)).reason == "same_person"
    assert no(look(desk, hcp_id, "EX-none", who="zhao")).reason == "exceptional_not_covering"
    done(approvals.reject(desk.sit("chen"), request_id=asked.request_id))
    assert done(exceptional.list_exceptional(desk.sit("zhao"))) == () or all(
        line.access.user != "zhao" for line in done(exceptional.list_exceptional(desk.sit("zhao")))
    )


@pytest.mark.req("REQ-047")
def test_it_covers_one_user_one_person_one_purpose(desk: Desk) -> None:
    one, other = desk.ids[:2]  # type: ignore[attr-defined]
    access = grant(desk, one)
    for who, hcp_id, purpose in (
        ("qian", one, Purpose.VISIT),
        ("wu", other, Purpose.VISIT),
        ("wu", one, Purpose.DIGITAL),
    ):
        assert no(look(desk, hcp_id, access, who=who, purpose=purpose)).reason == "exceptional_not_covering"
    done(look(desk, one, access))
    assert [line.access.user for line in done(exceptional.list_exceptional(desk.sit("qian")))] == [], "own ones only"
    done(exceptional.end_exceptional(desk.sit("qian"), exceptional_id=access))
    assert no(look(desk, one, access)).reason == "exceptional_over"
    with pytest.raises(InputErrors, match="unknown_exceptional"):
        exceptional.end_exceptional(desk.sit("qian"), exceptional_id=access)


@pytest.mark.req("REQ-047", "REQ-044")
def test_it_lends_a_role_and_neither_consent_nor_keys(desk: Desk) -> None:
    asked_no, open_one = desk.ids[2], desk.ids[1]  # type: ignore[attr-defined]
    assert no(look(desk, asked_no, grant(desk, asked_no))).reason == "consent_not_asked"
    access = grant(desk, open_one)
    view = done(look(desk, open_one, access))
    own = {
        f.key: f for f in done(profiles.open_profile(desk.sit("sun"), hcp_id=open_one, purpose=Purpose.VISIT)).fields
    }
    guarded = {
        key
        for key, spec in desk.sit("wu").policy.fields.items()
        if str(spec.section) in ("profiling", "fees", "payment")
    }
    assert {f.key for f in view.fields if f.key in guarded and f.state != "withheld"} == set()
    assert {f.key for f in view.fields if f.key not in guarded and f.state != own[f.key].state} == set()
    last = entries(desk, access, Kind.PROFILE_OPENED)[0]
    with desk.sit("zhao").vault.snapshot() as snap:
        index = next(e.index for e in snap.log.find(kind=Kind.PROFILE_OPENED, limit=9) if e.data == last)
    assert done(replay.replay_decision(desk.sit("zhao"), index=index)).outcome == "same"
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=open_one, items=("visit",), received_at=desk.at.isoformat(), channel="phone"
        )
    )
    assert no(look(desk, open_one, access)).reason == "consent_withdrawn"


@pytest.mark.req("REQ-047")
def test_a_review_ends_what_still_runs(desk: Desk) -> None:
    hcp_id = desk.ids[0]  # type: ignore[attr-defined]
    access = grant(desk, hcp_id)
    done(look(desk, hcp_id, access))
    task = next(t for t in done(cases.list_tasks(desk.sit("sun"))) if t.subject == access)
    done(cases.done_task(desk.sit("sun"), task_id=task.task_id, receipt="not justified, told wu"))
    assert no(look(desk, hcp_id, access)).reason == "exceptional_over"


@pytest.mark.req("REQ-047")
def test_bad_input_names_what_is_possible(desk: Desk) -> None:
    good = {"hcp_id": desk.ids[0], "purpose": Purpose.VISIT, "minutes": 30, "reason": "safety"}  # type: ignore[attr-defined]
    for change, code in (
        ({"minutes": 61}, "exceptional_minutes"),
        ({"minutes": 0}, "exceptional_minutes"),
        ({"reason": "curious"}, "exceptional_reason"),
        ({"purpose": Purpose.RIGHTS}, "exceptional_purpose"),
        ({"purpose": Purpose.MDM}, "exceptional_not_needed"),
        ({"hcp_id": "H-nobody"}, "unknown_person"),
    ):
        with pytest.raises(InputErrors, match=code):
            exceptional.ask_exceptional(desk.sit("wu"), **{**good, **change})
    for who in ("zhou", "zheng"):
        assert no(exceptional.ask_exceptional(desk.sit(who), **good)).reason == "role_not_allowed"
