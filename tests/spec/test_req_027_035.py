"""Acceptance tests REQ-027 to REQ-035 as law.md 9.3 words them: withdrawal, change, objection.

Proven elsewhere to the letter, and not told twice: REQ-027 steps on screen (gui/test_consents_desk.py), REQ-030
(test_transitions.py, C18), REQ-032 and REQ-033 (use_cases/test_campaigns.py).
"""

import inspect
from collections.abc import Iterator

import pytest
from spec_desk import HANDS, at, batch, day_yes, speak, withdraw
from support import Desk, done, invent, no

from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.progress import NoProgress
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.field import sheets
from compliance.use_cases.people import merging
from compliance.use_cases.seeing import cases, people_list, profiles, view_marks
from compliance.use_cases.signing import two_person


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), at=at("2026-06-01T09:00:00"), staff=HANDS)
    made.bring(invent(12))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def people(desk: Desk) -> list[str]:
    rows = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=20)).rows
    return [row.hcp_id for row in rows]


@pytest.mark.req("REQ-027")
def test_req_027_withdrawing_takes_no_more_steps_than_giving_and_no_reason(desk: Desk, people: list[str]) -> None:
    """On the command line: giving takes a record and a check by somebody else; withdrawing one command, fewer facts."""
    hcp = people[0]
    paper = desk.paper("027")
    give = [
        "consent",
        "record",
        hcp,
        "--line",
        "visit",
        "--answer",
        "given",
        "--method",
        "paper",
        "--notice",
        "CK-VISIT@1.0",
        "--presented-at",
        "2026-06-01",
        "--acted-at",
        "2026-06-01",
        "--evidence",
        paper,
    ]
    (made,) = batch(desk, "wu", [give])
    (checked,) = batch(desk, "chen", [["consent", "check", made["event_id"], "--accept"]])
    assert checked["status"] == "given"
    desk.wait(minutes=5)
    take = ["consent", "withdraw", hcp, "--line", "visit", "--received-at", desk.at.isoformat(), "--channel", "电话"]
    said = speak(desk, "wu", *take)  # the clerk alone: anyone of staff may enter it
    assert (said.exit_code, said.json["withdrawn"]) == (0, ["visit"])
    assert len(take) < len(give)
    assert "reason" not in inspect.signature(withdrawing.withdraw_consent).parameters


@pytest.mark.req("REQ-028")
def test_req_028_the_sheet_a_second_later_is_denied_and_the_open_view_is_told(desk: Desk, people: list[str]) -> None:
    hcp = people[1]
    desk.at = at("2026-06-02T09:00:00")
    day_yes(desk, hcp, "2026-06-01")
    desk.assign(hcp)
    done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    mark = done(view_marks.view_mark(desk.sit("chen"), hcp_id=hcp))
    desk.at = at("2026-06-02T10:00:00")
    withdraw(desk, hcp, desk.at.isoformat())
    desk.at = at("2026-06-02T10:00:01")
    out = desk.folder / "sheets"
    made = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=[hcp], purpose=Purpose.VISIT, rep="liming", out=out, progress=NoProgress()
        )
    )
    assert made.sheets == () and [r.hcp_id for r in made.refused] == [hcp]
    assert not out.exists() or not list(out.iterdir())
    assert no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)).reason == "consent_withdrawn"
    assert done(view_marks.view_mark(desk.sit("chen"), hcp_id=hcp)) != mark


@pytest.mark.req("REQ-031")
def test_req_031_two_recipients_two_notices_one_deletion_task(desk: Desk, people: list[str]) -> None:
    hcp = people[2]
    desk.at = at("2026-06-03T09:00:00")
    day_yes(desk, hcp, "2026-06-02")
    with desk.sit("zhao").vault.unit_of_work() as uow:  # what two exports leave behind
        for recipient in ("R-ONE", "R-TWO"):
            uow.transfers.add(hcp, recipient, desk.at, sensitive=False)
        uow.commit(desk.sit("zhao").event(Kind.EXPORT_WRITTEN, at=desk.at, hcps=(hcp,)))
    desk.wait(minutes=5)
    made = withdraw(desk, hcp, desk.at.isoformat())
    mine = [t for t in done(cases.list_tasks(desk.sit("chen"))) if t.hcp_id == hcp]
    kinds = sorted(t.kind for t in mine)
    assert kinds.count("tell_recipient") == 2 and kinds.count("review_deletion") == 1
    assert {t.subject for t in mine if t.kind == "tell_recipient"} == {"R-ONE", "R-TWO"}
    assert {t.task_id for t in mine} == set(made.tasks)
    for task in mine:
        if task.kind in ("tell_recipient", "review_deletion"):
            assert no(cases.done_task(desk.sit("chen"), task_id=task.task_id)).reason == "receipt_missing"
            done(cases.done_task(desk.sit("chen"), task_id=task.task_id, receipt="回执 2026-061"))


@pytest.mark.req("REQ-035")
@pytest.mark.parametrize("kept_gave", [True, False])
def test_req_035_given_in_may_merged_with_withdrawn_in_march(desk: Desk, people: list[str], kept_gave: bool) -> None:
    gave, gone = people[3:5] if kept_gave else people[5:7]
    desk.at = at("2026-06-05T09:00:00")
    withdraw(desk, gone, "2026-03-15T10:00:00+08:00")
    day_yes(desk, gave, "2026-05-20")
    kept, other = (gave, gone) if kept_gave else (gone, gave)
    request = done(merging.merge_people(desk.sit("chen"), kept=kept, gone=other))
    done(two_person.approve(desk.sit("sun"), request_id=request.request_id))
    desk.wait(days=1)
    assert no(profiles.open_profile(desk.sit("chen"), hcp_id=kept, purpose=Purpose.VISIT))
    (said,) = batch(desk, "chen", [["consent", "status", kept]])
    line = next(x for x in said["lines"] if x["line"] == "visit")
    assert line["status"] in ("revoked", "withdrawn")
    desk.wait(days=1)
    day_yes(desk, kept, desk.at.date().isoformat(), asked_by_hcp=True)  # a new act
    done(profiles.open_profile(desk.sit("chen"), hcp_id=kept, purpose=Purpose.VISIT))
