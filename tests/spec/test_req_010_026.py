"""Acceptance tests REQ-010 to REQ-026 as law.md 9.2 words them: legal basis and consent.

Proven elsewhere to the letter, and not told twice: see test_req_list.py.
"""

from collections.abc import Iterator

import pytest
from spec_desk import HANDS, answer, at, batch, day_yes, scan
from support import Desk, done, invent, no

from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.use_cases.consent import recording, standing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.notices import presenting
from compliance.use_cases.seeing import people_list, profiles


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), at=at("2026-11-01T09:00:00"), staff=HANDS)
    made.bring(invent(10))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def people(desk: Desk) -> list[str]:
    rows = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=20)).rows
    return [row.hcp_id for row in rows]


@pytest.mark.req("REQ-014")
def test_req_014_act_a_second_before_its_notice(desk: Desk, people: list[str]) -> None:
    desk.at = at("2026-11-02T12:00:00")
    base = ["consent", "record", people[0], "--line", "visit", "--answer", "given", "--method", "wechat", "--notice",
            "CK-VISIT@1.0", "--evidence", scan(desk, "r014")]  # fmt: skip
    early, fair = (
        [*base, "--presented-at", "2026-11-02T10:00:00+08:00", "--acted-at", acted]
        for acted in ("2026-11-02T09:59:59+08:00", "2026-11-02T10:00:00+08:00")
    )
    refused, made, future = batch(
        desk,
        "wu",
        [
            early,
            fair,
            [*base, "--presented-at", "2026-11-02T10:00:00+08:00", "--acted-at", "2026-11-02T12:00:01+08:00"],
        ],
    )
    assert (refused["exit_code"], refused["refused"]) == (1, "act_before_notice")
    assert made["status"] == "evidence_pending"  # equal counts: notice ≤ act
    assert future["exit_code"] == 2  # act ≤ entry
    kinds = [str(e.kind) for e in done(evidence.list_entries(desk.sit("chen"), limit=4))]
    assert kinds.count("consent_refused_entry") == 1


@pytest.mark.req("REQ-023")
def test_req_023_refusal_on_the_first_of_november(desk: Desk, people: list[str]) -> None:
    hcp, offers = people[1:3]
    desk.at = at("2026-11-01T12:00:00")
    for one in (hcp, offers):
        done(answer(desk, one, "refused", "2026-11-01T10:00:00"))

    def ask(one: str, **more: object) -> object:
        request = presenting.Presentation(hcp_id=one, notice="CK-VISIT@1.0", channel="wechat", items=("visit",), **more)  # type: ignore[arg-type]
        return presenting.present_notice(desk.sit("wu"), request=request)

    desk.at = at("2026-11-02T09:00:00")
    done(ask(offers, asked_by_hcp=True))  # asked by the HCP: earlier, and with proof the act counts
    day_yes(desk, offers, "2026-11-02", asked_by_hcp=True)
    done(profiles.open_profile(desk.sit("chen"), hcp_id=offers, purpose=Purpose.VISIT))
    desk.at = at("2027-04-30T23:59:59")
    refused = no(ask(hcp))
    assert (refused.reason, refused.lifted_by) == ("ask_locked", "2027-05-01")
    desk.at = at("2027-05-01T00:00:00")
    done(ask(hcp))


@pytest.mark.req("REQ-022")
def test_req_022_read_in_the_last_second_and_in_the_next(desk: Desk, people: list[str]) -> None:
    hcp = people[3]
    desk.at = at("2026-11-03T09:00:00")
    words = ["consent", "record", hcp, "--line", "visit", "--answer", "given", "--method", "paper", "--notice",
             "CK-VISIT@1.0", "--presented-at", "2026-11-03", "--acted-at", "2026-11-03", "--evidence",
             scan(desk, "r022"), "--valid-until", "2026-12-31"]  # fmt: skip
    (made,) = batch(desk, "wu", [words])
    batch(desk, "chen", [["consent", "check", made["event_id"], "--accept"]])
    read = [["people", "show", hcp, "--purpose", "visit"]]
    (last,) = batch(desk, "chen", read, when=at("2026-12-31T23:59:59"))
    assert last["exit_code"] == 0 and last["fields"]["full_name"]["state"] == "disclosed"
    (first,) = batch(desk, "chen", read, when=at("2027-01-01T00:00:00"))
    assert (first["exit_code"], first["refused"]) == (1, "consent_expired")


@pytest.mark.req("REQ-024")
def test_req_024_refusing_marketing_leaves_safety_letters_and_registration(desk: Desk, people: list[str]) -> None:
    hcp = people[4]
    desk.at = at("2026-11-05T09:00:00")
    for item in ("digital/email", "digital/wecom", "digital/phone", "digital/sms", "visit"):
        done(answer(desk, hcp, "refused", "2026-11-05T08:00:00", item=item, evidence=scan(desk, f"r024{item[8:]}")))
    day_yes(desk, hcp, "2026-11-05", item="event")  # registration for an event
    for purpose in (Purpose.MEDINFO, Purpose.EVENT):
        done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=purpose))
    for purpose in (Purpose.DIGITAL, Purpose.VISIT):
        assert isinstance(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=purpose).value, Refusal)
    policy = desk.sit("chen").policy
    assert policy.purposes[Purpose.MEDINFO].statutory and not policy.purposes[Purpose.MEDINFO].items_any


@pytest.mark.req("REQ-017")
def test_req_017_the_uploader_cannot_approve_the_own_upload(desk: Desk, people: list[str]) -> None:
    desk.at = at("2026-11-06T09:00:00")
    made = done(recording.record_consent(desk.sit("sun"), request=desk.act(people[5])))
    (own,) = batch(desk, "sun", [["consent", "check", made.event_id, "--accept"]])
    assert (own["exit_code"], own["refused"]) == (1, "same_person")
    (second,) = batch(desk, "chen", [["consent", "check", made.event_id, "--accept"]])
    assert second["status"] == "given"
    assert [str(x.status) for x in done(standing.consent_status(desk.sit("chen"), hcp_id=people[5]))] == ["given"]


@pytest.mark.req("REQ-010")
def test_req_010_no_basis_disabled_basis_and_legitimate_interests(desk: Desk, people: list[str]) -> None:
    lines = [["basis", "add", people[6], "--purpose", "speaker", "--basis", kind, "--reference", "R-1"]
             for kind in ("", "legitimate_interests", "news", "legitimate interests")]  # fmt: skip
    assert all(said["exit_code"] in (1, 2) for said in batch(desk, "chen", lines))
