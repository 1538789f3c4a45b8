"""Deceased, do not contact, dormant: said by one, closed at once, undone with more care (PIPL 44, 49; REQ-089)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from support import Desk, done, invent, no, shown

from compliance.errors import InputErrors
from compliance.i18n import Lang
from compliance.model.access import Block, Purpose, Role
from compliance.model.person_state import PersonState
from compliance.model.register import PendingRequest
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding, standing, withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import sheets
from compliance.use_cases.people import feeds, merging, person_state_end, person_states
from compliance.use_cases.seeing import cases, people_list, profiles
from compliance.use_cases.signing import two_person
from compliance.use_cases.upkeep import maintenance

DEAD, DNC, DORMANT = PersonState.DECEASED, PersonState.DO_NOT_CONTACT, PersonState.DORMANT
CONTACT = (Purpose.ASK, Purpose.VISIT, Purpose.DIGITAL, Purpose.EVENT, Purpose.PERSONALISE)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("states"))
    made.bring(invent(4))
    yield made
    made.rise()


def people_of(desk: Desk) -> list[str]:
    return [row.hcp_id for row in done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows]


def mark(desk: Desk, who: str, hcp: str, state: PersonState, reason: str, **more):  # type: ignore[no-untyped-def]
    return person_states.mark_state(desk.sit(who), hcp_id=hcp, state=state, reason=reason, **more)


def unmark(desk: Desk, who: str, hcp: str, state: PersonState, reason: str, **more):  # type: ignore[no-untyped-def]
    return person_state_end.unmark_state(desk.sit(who), hcp_id=hcp, state=state, reason=reason, **more)


def approve(desk: Desk, who: str, asked: PendingRequest):  # type: ignore[no-untyped-def]
    return done(two_person.approve(desk.sit(who), request_id=asked.request_id)).result


def blocks(desk: Desk, hcp: str) -> frozenset[Block]:
    with desk.sit("chen").vault.snapshot() as snap:
        person = snap.people.get(hcp)
    assert person is not None
    return person.blocks


def status(desk: Desk, hcp: str, item: str = "visit") -> str:
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))
    return next(str(line.status) for line in lines if line.item == item)


def reason(desk: Desk, hcp: str, purpose: Purpose = Purpose.VISIT, who: str = "chen") -> str:
    return no(profiles.open_profile(desk.sit(who), hcp_id=hcp, purpose=purpose)).reason


def tasks(desk: Desk, hcp: str) -> set[str]:
    return {task.kind for task in done(cases.list_tasks(desk.sit("chen"))) if task.hcp_id == hcp}


def whole(desk: Desk) -> None:
    assert done(rebuilding.rebuild_states(desk.sit("chen"), mend=False, progress=NoProgress())).differing == 0
    assert desk.sit("chen").vault.check(full=True).ok


@pytest.mark.req("REQ-089")
def test_a_reported_death_closes_contact_at_once_and_waits_for_a_second_look(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    desk.consent(hcp)
    desk.consent(hcp, "digital/phone")
    desk.assign(hcp)
    sheet = done(sheets.make_sheets(
        desk.sit("chen"), hcp_ids=[hcp], purpose=Purpose.VISIT, rep="liming", out=desk.folder / "s",
        progress=NoProgress(),
    ))  # fmt: skip
    assert sheet.sheets
    made = done(mark(desk, "wu", hcp, DEAD, "colleague", day="2026-11-20"))
    assert (made.confirmed, set(made.suspended)) == (False, {"visit", "digital/phone"})
    assert blocks(desk, hcp) == {Block.DEATH_REPORTED}
    assert status(desk, hcp) == "suspended"
    for purpose in CONTACT:
        assert reason(desk, hcp, purpose) == "blocked_death_reported", purpose
    assert no(profiles.open_profile(
        desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep="liming"
    )).reason == "no_valid_consent"  # fmt: skip
    assert tasks(desk, hcp) >= {"death_report", "recall_sheet", "tell_source"}
    assert "review_deletion" not in tasks(desk, hcp)
    (waiting,) = done(person_states.reported_deaths(desk.sit("chen")))
    assert (waiting.hcp_id, waiting.said_by, str(waiting.day)) == (hcp, "wu", "2026-11-20")
    whole(desk)


@pytest.mark.req("REQ-089")
def test_whoever_reported_it_does_not_confirm_it_but_somebody_else_does(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    done(mark(desk, "chen", hcp, DEAD, "colleague"))
    assert no(mark(desk, "chen", hcp, DEAD, "hospital")).reason == "second_person_needed"
    assert no(mark(desk, "wu", hcp, DEAD, "hospital")).reason == "role_not_allowed", "a clerk only reports"
    assert blocks(desk, hcp) == {Block.DEATH_REPORTED}
    desk.wait(minutes=1)
    made = done(mark(desk, "zhao", hcp, DEAD, "document", evidence=desk.paper("notice")))
    assert made.confirmed and blocks(desk, hcp) == {Block.DECEASED}
    assert reason(desk, hcp) == "blocked_deceased"
    assert "death_report" not in tasks(desk, hcp) and "review_deletion" in tasks(desk, hcp)
    assert done(person_states.reported_deaths(desk.sit("chen"))) == ()
    with pytest.raises(InputErrors, match="state_stands"):
        mark(desk, "sun", hcp, DEAD, "hospital")
    said = done(person_states.person_states(desk.sit("wu"), hcp_id=hcp)).said
    assert [(one.said_by, one.confirmed_by, bool(one.evidence)) for one in said] == [
        ("chen", "zhao", False), ("zhao", "zhao", True),
    ]  # fmt: skip
    whole(desk)


@pytest.mark.req("REQ-089")
def test_two_sources_of_the_register_confirm_a_death_for_one_person(desk: Desk) -> None:
    from compliance.model.profile import SourceClass
    from compliance.use_cases.people import sources

    done(sources.add_source(desk.sit("zhao"), code="WEB", name="医院网站", provenance=SourceClass.PUBLIC))
    hcp = people_of(desk)[0]
    done(mark(desk, "chen", hcp, DEAD, "colleague", source="CRM"))
    assert no(mark(desk, "chen", hcp, DEAD, "colleague", source="CRM")).reason == "second_person_needed"
    assert no(mark(desk, "chen", hcp, DEAD, "colleague")).reason == "second_person_needed"
    assert done(mark(desk, "chen", hcp, DEAD, "public_notice", source="WEB")).confirmed


def test_a_wrong_report_is_corrected_by_another_and_what_was_in_force_is_in_force_again(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    desk.consent(hcp)
    desk.consent(hcp, "digital/phone")
    done(mark(desk, "wu", hcp, DEAD, "colleague"))
    desk.wait(minutes=5)
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=hcp, items=["digital/phone"], received_at=desk.at.isoformat(), channel="phone"
    ))  # fmt: skip
    assert no(unmark(desk, "wu", hcp, DEAD, "mistake")).reason == "role_not_allowed"
    made = done(unmark(desk, "chen", hcp, DEAD, "other_person"))
    assert made.resumed == ("visit",), "what was withdrawn meanwhile stays so"
    assert blocks(desk, hcp) == frozenset() and status(desk, hcp) == "given"
    assert status(desk, hcp, "digital/phone") == "withdrawn"
    assert "death_report" not in tasks(desk, hcp)
    assert shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)))
    with pytest.raises(InputErrors, match="state_not_there"):
        unmark(desk, "chen", hcp, DEAD, "mistake")
    whole(desk)


def test_the_reporter_alone_takes_a_death_back_with_a_second_signature(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    done(mark(desk, "chen", hcp, DEAD, "colleague"))
    asked = done(unmark(desk, "chen", hcp, DEAD, "mistake"))
    assert isinstance(asked, PendingRequest) and blocks(desk, hcp) == {Block.DEATH_REPORTED}
    approve(desk, "zhao", asked)
    assert blocks(desk, hcp) == frozenset()


@pytest.mark.req("REQ-089")
def test_a_confirmed_death_is_undone_by_two_people_and_never_by_one(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    desk.consent(hcp)
    done(mark(desk, "wu", hcp, DEAD, "hospital"))
    done(mark(desk, "chen", hcp, DEAD, "document"))
    asked = done(unmark(desk, "sun", hcp, DEAD, "other_person"))
    assert isinstance(asked, PendingRequest) and blocks(desk, hcp) == {Block.DECEASED}
    assert no(two_person.approve(desk.sit("sun"), request_id=asked.request_id)).reason == "same_person"
    assert approve(desk, "zhao", asked)["resumed"] == ["visit"]
    assert blocks(desk, hcp) == frozenset() and status(desk, hcp) == "given"
    whole(desk)


def test_do_not_contact_closes_asking_too_and_ends_by_the_persons_own_word(desk: Desk, tmp_path: Path) -> None:
    hcp = people_of(desk)[0]
    desk.consent(hcp)
    made = done(mark(desk, "qian", hcp, DNC, "person_says", day="2026-11-24"))
    assert made.confirmed and made.suspended == ("visit",)
    for purpose in CONTACT:
        assert reason(desk, hcp, purpose) == "blocked_do_not_contact", purpose
    with pytest.raises(InputErrors, match="state_stands"):
        mark(desk, "wu", hcp, DNC, "complaint")
    session = desk.sit("chen")
    for more, code in (
        ({}, "bad_time"),
        ({"received_at": "2026-11-24"}, "channel_missing"),
        ({"received_at": "2026-11-24", "channel": "phone"}, "evidence_missing"),
        ({"received_at": "2099-01-01", "channel": "phone", "evidence": desk.paper()}, "in_the_future"),
    ):
        with pytest.raises(InputErrors, match=code):
            unmark(desk, "chen", hcp, DNC, "person_says", **more)
    assert blocks(desk, hcp) == {Block.DO_NOT_CONTACT}
    word = {"received_at": "2026-11-24", "channel": "letter", "evidence": desk.paper("x")}
    done(unmark(desk, "chen", hcp, DNC, "person_says", **word))
    assert blocks(desk, hcp) == frozenset() and status(desk, hcp) == "given"
    entry = next(e for e in done(evidence.list_entries(desk.sit("zhao"), limit=5)) if e.kind == "person_blocked")
    assert entry.detail["on"] is False and entry.detail["evidence"].startswith("E")
    assert session.vault.check(full=True).ok


def test_a_mistaken_do_not_contact_takes_two(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    done(mark(desk, "wu", hcp, DNC, "precaution"))
    asked = done(unmark(desk, "chen", hcp, DNC, "mistake"))
    assert isinstance(asked, PendingRequest) and blocks(desk, hcp) == {Block.DO_NOT_CONTACT}
    for lang, words in ((Lang.ZH, ("请勿联系", "登记有误")), (Lang.EN, ("Do not contact", "entered by mistake"))):
        told = two_person.request_words(asked, lang)
        assert hcp in told and all(word in told for word in words), told
    approve(desk, "sun", asked)
    assert blocks(desk, hcp) == frozenset()


def test_what_another_state_still_closes_waits_for_that_one(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    desk.consent(hcp)
    done(mark(desk, "wu", hcp, DEAD, "colleague"))
    done(mark(desk, "wu", hcp, DNC, "relative"))
    assert done(unmark(desk, "chen", hcp, DEAD, "mistake")).resumed == ()
    assert status(desk, hcp) == "suspended" and reason(desk, hcp) == "blocked_do_not_contact"
    asked = done(unmark(desk, "chen", hcp, DNC, "mistake"))
    assert approve(desk, "sun", asked)["resumed"] == ["visit"]
    assert status(desk, hcp) == "given"
    whole(desk)


def test_dormant_closes_and_leaves_the_consents_as_they_are(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    desk.consent(hcp)
    made = done(mark(desk, "wu", hcp, DORMANT, "retired", day="2026-06-30"))
    assert made.suspended == () and status(desk, hcp) == "given"
    for purpose in CONTACT:
        assert reason(desk, hcp, purpose) == "blocked_dormant", purpose
    card = shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.MDM)))
    assert card["record_status"] == "dormant"
    done(unmark(desk, "chen", hcp, DORMANT, "back"))
    assert blocks(desk, hcp) == frozenset()
    assert shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)))


@pytest.mark.parametrize("who", [name for name, role in (("zhou", Role.AUDITOR), ("zheng", Role.SECURITY_ADMIN))])
def test_who_has_nothing_to_do_with_people_says_nothing_of_them(desk: Desk, who: str) -> None:
    hcp = people_of(desk)[0]
    assert no(mark(desk, who, hcp, DNC, "precaution")).reason == "role_not_allowed"
    assert no(person_states.person_states(desk.sit(who), hcp_id=hcp)).reason == "role_not_allowed"
    assert no(unmark(desk, who, hcp, DNC, "mistake")).reason == "role_not_allowed"


def test_bad_input_changes_nothing(desk: Desk) -> None:
    hcp = people_of(desk)[0]
    for state, why, more, code in (
        (DEAD, "retired", {}, "unknown_reason"),
        (DNC, "person_says", {"day": "gestern"}, "bad_date"),
        (DNC, "person_says", {"day": "2026-11-25"}, "in_the_future"),
        (DNC, "person_says", {"source": "NOPE"}, "unknown_source"),
        (DEAD, "document", {"evidence": desk.folder / "none.pdf"}, "file_missing"),
    ):
        with pytest.raises(InputErrors, match=code):
            mark(desk, "wu", hcp, state, why, **more)
    with pytest.raises(InputErrors, match="unknown_person"):
        mark(desk, "wu", "HCP-AAAAAAAA", DNC, "precaution")
    with pytest.raises(InputErrors, match="state_not_there"):
        unmark(desk, "chen", hcp, DORMANT, "back")
    assert blocks(desk, hcp) == frozenset()


def test_a_feed_tells_the_source_what_stands_and_not_who_only_may_be_dead(desk: Desk) -> None:
    dead, quiet, reported, back = people_of(desk)
    since = desk.at - timedelta(seconds=1)
    desk.wait(minutes=1)
    since = desk.at
    done(mark(desk, "wu", dead, DEAD, "hospital"))
    done(mark(desk, "chen", dead, DEAD, "document"))
    done(mark(desk, "wu", quiet, DNC, "person_says"))
    done(mark(desk, "wu", reported, DEAD, "colleague"))
    done(mark(desk, "wu", back, DORMANT, "retired"))
    done(unmark(desk, "chen", back, DORMANT, "mistake"))
    path = desk.folder / "changes.xlsx"
    sent = done(feeds.send_changes(desk.sit("chen"), source="CRM", since=since, path=path, progress=NoProgress()))
    assert (sent.rows, sent.people) == (4, 4)
    rows = {row[2]: row for row in load_workbook(path).active.iter_rows(min_row=2, values_only=True)}
    told = {hcp: (row[3], row[4]) for hcp, row in rows.items()}
    assert told[dead][0] == "已故：停止一切联系" and told[quiet][0] == told[reported][0] == "请勿联系：停止一切联系"
    assert told[back][1] != told[dead][1], "who is back may be contacted again"


def test_a_merge_keeps_what_was_said_of_either_record(desk: Desk) -> None:
    kept, gone = people_of(desk)[:2]
    done(mark(desk, "wu", gone, DNC, "person_says"))
    request = done(merging.merge_people(desk.sit("chen"), kept=kept, gone=gone))
    case = done(two_person.approve(desk.sit("sun"), request_id=request.request_id)).result["case"]
    desk.wait(minutes=5)
    assert blocks(desk, kept) == {Block.DO_NOT_CONTACT} and reason(desk, kept) == "blocked_do_not_contact"
    assert [one.state for one in done(person_states.person_states(desk.sit("chen"), hcp_id=kept)).said] == [DNC]
    done(mark(desk, "wu", kept, DORMANT, "retired"))
    request = done(merging.unmerge_people(desk.sit("sun"), case_id=case))
    done(two_person.approve(desk.sit("chen"), request_id=request.request_id))
    assert blocks(desk, kept) == {Block.DORMANT}
    assert blocks(desk, gone) == {Block.DO_NOT_CONTACT, Block.DORMANT}, "said of the person while they were one"
    whole(desk)


def test_undoing_it_for_merged_records_undoes_what_the_other_record_brought(desk: Desk) -> None:
    kept, gone = people_of(desk)[:2]
    done(mark(desk, "wu", gone, DEAD, "colleague"))
    request = done(merging.merge_people(desk.sit("chen"), kept=kept, gone=gone))
    done(two_person.approve(desk.sit("sun"), request_id=request.request_id))
    done(unmark(desk, "chen", kept, DEAD, "other_person"))
    assert blocks(desk, kept) == frozenset()
    assert not [s for s in done(person_states.person_states(desk.sit("chen"), hcp_id=kept)).said if s.stands]
    assert done(person_states.reported_deaths(desk.sit("chen"))) == ()
    whole(desk)


@pytest.mark.parametrize("word", ["dnc", "已故", "dormant", "reported-deceased"])
def test_the_search_box_finds_each_state(desk: Desk, word: str) -> None:
    dead, quiet, reported, resting = people_of(desk)
    done(mark(desk, "wu", dead, DEAD, "hospital"))
    done(mark(desk, "chen", dead, DEAD, "document"))
    done(mark(desk, "wu", quiet, DNC, "person_says"))
    done(mark(desk, "wu", reported, DEAD, "colleague"))
    done(mark(desk, "wu", resting, DORMANT, "retired"))
    wanted = {"dnc": quiet, "已故": dead, "dormant": resting, "reported-deceased": reported}[word]
    page = done(people_list.find_people(desk.sit("chen"), text=f"is:{word}", purpose=Purpose.MDM))
    assert [row.hcp_id for row in page.rows] == [wanted] and page.total == 1


def test_a_restore_of_an_older_backup_says_it_again(desk: Desk, tmp_path: Path) -> None:
    dead, quiet, back = people_of(desk)[:3]
    done(mark(desk, "wu", back, DORMANT, "retired"))
    zhao = desk.sit("zhao")
    done(maintenance.backup(zhao, path=tmp_path / "copy"))
    done(maintenance.backup_keys(zhao, path=tmp_path / "keys.bin"))
    desk.wait(minutes=10)
    done(mark(desk, "wu", dead, DEAD, "hospital"))
    done(mark(desk, "chen", dead, DEAD, "document"))
    done(mark(desk, "wu", quiet, DNC, "person_says"))
    desk.rise()
    from support import PASS

    copy, keys, again = tmp_path / "copy", tmp_path / "keys.bin", tmp_path / "again"
    restored = maintenance.restore(copy, keys, into=again, user="zhao", passphrase=PASS, clock=desk.clock())
    assert restored.standing_again == 2
    from compliance.use_cases.seat import session as sessions

    opened = sessions.open_session(restored.vault, user="zhao", passphrase=PASS, clock=desk.clock())
    try:
        with opened.vault.snapshot() as snap:
            found = {hcp: snap.people.get(hcp).blocks for hcp in (dead, quiet, back)}  # type: ignore[union-attr]
        assert found == {dead: {Block.DECEASED}, quiet: {Block.DO_NOT_CONTACT}, back: {Block.DORMANT}}
    finally:
        sessions.close_session(opened)


def test_replay_of_a_read_before_and_after_gives_the_same_answer(desk: Desk) -> None:
    from compliance.use_cases.rules import replay

    hcp = people_of(desk)[0]
    desk.consent(hcp)
    profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)
    done(mark(desk, "wu", hcp, DEAD, "colleague"))
    profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)
    done(mark(desk, "chen", hcp, DEAD, "document"))
    profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)
    entries = [
        e for e in done(evidence.list_entries(desk.sit("zhao"), limit=30))
        if e.kind in ("profile_opened", "access_refused") and e.purpose == "visit"
    ]  # fmt: skip
    assert len(entries) == 3
    for entry in entries:
        one = done(replay.replay_decision(desk.sit("zhao"), index=entry.index))
        assert one.outcome == "same", one
