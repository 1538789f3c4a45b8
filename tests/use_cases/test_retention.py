"""Retention from end to end: found by itself, unreadable at once, held, put off, let go for real, restored without."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pypdf import PdfReader
from support import PASS, STAFF, Desk, Doctor, done, files_with, forms, no, shown

import compliance.verifier.check as checker
from compliance.clock import day_start, shanghai_day
from compliance.errors import Cancelled, InputErrors, VaultError
from compliance.i18n import Lang
from compliance.model.access import Purpose, Section
from compliance.model.audit import Kind
from compliance.model.inspection import HoldGround
from compliance.model.register import PendingRequest
from compliance.model.retention import Extension
from compliance.progress import NoProgress, ProgressSlot
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.ending import holds, retention_certificate, retention_due, retention_extend, retention_runs
from compliance.use_cases.overview import today
from compliance.use_cases.people import duplicates, merging
from compliance.use_cases.people.amendments import amend_person
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seeing import profiles
from compliance.use_cases.signing import two_person
from compliance.use_cases.upkeep import maintenance
from compliance.vault.keys.keyring import RoleKey

BEGIN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PHONES = {"慕容知白": "13777770001", "皇甫清和": "13777770002", "司徒怀瑾": "13777770003", "欧阳若谷": "13777770004"}
KEPT, HELD, LATE, PUT_OFF = PHONES  # with consent; never a basis; withdrew; never a basis, put off


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Four people: one with a consent, one who withdrew, two who never had a basis."""
    made = Desk.create(tmp_path / "d", at=BEGIN, staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    made.bring([Doctor(number=f"P{n}", name=name, phone=phone) for n, (name, phone) in enumerate(PHONES.items())])
    for name in (KEPT, LATE):
        made.consent(made.id_of(name))
    made.wait(hours=1)
    late, now = made.id_of(LATE), made.at.isoformat()
    done(withdrawing.withdraw_consent(made.sit("wu"), hcp_id=late, items=None, received_at=now, channel="phone"))
    yield made
    made.rise()


def ids(desk: Desk) -> dict[str, str]:
    return {name: desk.id_of(name) for name in PHONES}


def released(desk: Desk, **more: object) -> str:
    """A run asked for by chen and signed by zhao."""
    made = done(retention_runs.release(desk.sit("chen"), reason="weekly", **more))  # type: ignore[arg-type]
    done(two_person.approve(desk.sit("zhao"), request_id=made.request.request_id))
    return made.run.run_id


def let_go(desk: Desk, **more: object) -> retention_runs.LetGo:
    return done(retention_runs.carry_on(desk.sit("zhao"), run_id=released(desk, **more), progress=NoProgress()))


@pytest.mark.req("REQ-091")
def test_what_ends_is_found_by_rule_and_person_before_and_after_its_day(desk: Desk) -> None:
    known = ids(desk)
    session = desk.sit("chen")
    nothing = done(retention_due.due(session))
    assert (nothing.values, nothing.people, nothing.unknown) == (0, 0, 0)
    soon = done(retention_due.due(session, within=90))
    by_rule = {(g.rule, g.people) for g in soon.groups}
    assert by_rule == {("held", 2), ("contact", 1)}
    assert {row.hcp_id for row in soon.rows} == {known[HELD], known[LATE], known[PUT_OFF]}
    held = next(row for row in soon.rows if row.hcp_id == known[HELD])
    assert (held.last, held.over, held.whole) == (date(2027, 2, 22), False, True)
    assert "full_name" in held.fields and soon.values == sum(len(row.fields) for row in soon.rows)
    assert done(retention_due.due(session, until=date(2027, 2, 21))).values == 0
    assert done(retention_due.due(session, until=date(2027, 2, 22), rule="contact")).people == 1
    desk.wait(days=91)
    over = done(retention_due.due(desk.sit("chen"), within=0))
    assert {row.over for row in over.rows} == {True} and over.people == 3


@pytest.mark.req("REQ-091")
def test_past_its_end_nobody_of_the_business_reads_a_value_and_it_says_why(desk: Desk) -> None:
    known = ids(desk)
    desk.at = day_start(date(2027, 2, 23)) - timedelta(microseconds=1)
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=known[HELD], purpose=Purpose.MDM))
    assert shown(view)["full_name"] == HELD
    desk.at = day_start(date(2027, 2, 23))
    for who in ("chen", "wu"):
        view = done(profiles.open_profile(desk.sit(who), hcp_id=known[HELD], purpose=Purpose.MDM))
        field = view.field("full_name")
        assert field is not None and (field.value, field.reason) == (None, "retention_ended")
    page = done(profiles.find_people(desk.sit("chen"), text=HELD, purpose=Purpose.MDM))
    assert page.total == 0
    assert done(profiles.find_people(desk.sit("chen"), text=KEPT, purpose=Purpose.MDM)).total == 1
    why = done(profiles.why_field(desk.sit("chen"), hcp_id=known[HELD], key="full_name", purpose=Purpose.MDM))
    assert why.reason == "retention_ended" and "19" in {r.article for r in why.references} and why.lifted_by
    view = done(profiles.open_profile(desk.sit("zhao"), hcp_id=known[HELD], purpose=Purpose.RIGHTS))
    assert shown(view)["full_name"] == HELD  # the privacy officer still answers the person (PIPL 45)


@pytest.mark.req("REQ-044", "REQ-091")
def test_a_phone_past_its_end_makes_nobody_like_anybody(desk: Desk) -> None:
    """Who shows the same phone in a masked form would tell it."""
    desk.bring([Doctor(number="P9", name="夏侯明", hospital="示例第九医院", phone=PHONES[LATE])])
    desk.consent(desk.id_of("夏侯明"))
    pair = done(duplicates.find_duplicates(desk.sit("chen"), because="phone"))
    assert (pair.total, pair.counts["phone"]) == (1, 1)
    desk.wait(days=92)
    assert desk.id_of("夏侯明")
    later = done(duplicates.find_duplicates(desk.sit("chen")))
    assert (later.total, later.counts["phone"]) == (0, 0)


def test_a_new_consent_opens_again_and_stops_the_clock(desk: Desk) -> None:
    known = ids(desk)
    desk.wait(days=95)
    desk.consent(known[HELD])
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=known[HELD], purpose=Purpose.VISIT))
    assert shown(view)["full_name"] == HELD
    assert known[HELD] not in {row.hcp_id for row in done(retention_due.due(desk.sit("chen"))).rows}


def test_the_ends_of_a_person_name_rule_day_and_the_purposes_that_still_need_them(desk: Desk) -> None:
    known = ids(desk)
    rows = {row.key: row for row in done(retention_due.ends_of(desk.sit("chen"), hcp_id=known[KEPT]))}
    assert rows["mobile_phone"].rule == "contact" and rows["mobile_phone"].needed_by == ("visit",)
    assert rows["full_name"].last == date(2031, 11, 23)  # 24 months of consent, then 36
    assert rows["mobile_phone"].last == date(2029, 2, 21)
    mine = {row.key: row for row in done(retention_due.ends_of(desk.sit("chen"), hcp_id=known[HELD]))}
    assert {row.rule for row in mine.values()} == {"held"} and mine["full_name"].needed_by == ()
    text = shown(done(profiles.open_profile(desk.sit("zhao"), hcp_id=known[HELD], purpose=Purpose.RIGHTS)))
    assert text["retention_until"] == "held:2027-02-22"
    assert no(retention_due.ends_of(desk.sit("wu"), hcp_id=known[KEPT])).reason == "role_not_allowed"


@pytest.mark.req("REQ-092")
def test_a_hold_needs_ground_people_approver_and_end_and_leaves_storage_alone(desk: Desk) -> None:
    known = ids(desk)
    facts = {"authority": "CC 188", "reason": "dispute 7", "people": (known[KEPT],), "ground": HoldGround.DISPUTE}
    until = datetime(2027, 12, 31, 16, tzinfo=UTC)
    for code, more in (
        ("hold_needs_end", {"until": None, "approver": "zhao"}),
        ("approver_not_officer", {"until": until, "approver": "chen"}),
        ("approver_not_officer", {"until": until, "approver": ""}),
        ("hold_needs_people", {"until": until, "approver": "zhao", "people": ()}),
        ("ends_before_now", {"until": desk.at, "approver": "zhao"}),
    ):
        with pytest.raises(InputErrors, match=code):
            holds.set_hold(desk.sit("chen"), **{**facts, **more})  # type: ignore[arg-type]
    assert shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=known[KEPT], purpose=Purpose.VISIT)))
    hold = done(holds.set_hold(desk.sit("chen"), until=until, approver="zhao", **facts))  # type: ignore[arg-type]
    assert (hold.ground, hold.approver) == (HoldGround.DISPUTE, "zhao")
    for purpose in (Purpose.VISIT, Purpose.MDM):
        refused = no(profiles.open_profile(desk.sit("chen"), hcp_id=known[KEPT], purpose=purpose))
        assert refused.reason == "blocked_held" and refused.references[0].article == "47(2)"
        assert done(profiles.find_people(desk.sit("chen"), text=KEPT, purpose=purpose)).total == 0
    assert shown(done(profiles.open_profile(desk.sit("zhao"), hcp_id=known[KEPT], purpose=Purpose.RIGHTS)))
    desk.at = until
    assert shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=known[KEPT], purpose=Purpose.VISIT)))


@pytest.mark.req("REQ-092")
def test_what_a_hold_keeps_is_listed_with_it_and_passed_over(desk: Desk) -> None:
    known = ids(desk)
    desk.wait(days=91)
    run = released(desk)
    until = desk.at + timedelta(days=30)
    hold = done(
        holds.set_hold(
            desk.sit("chen"), authority="court", reason="case 8", until=until, people=(known[HELD],),
            ground=HoldGround.STATUTE, approver="zhao",
        )
    )  # fmt: skip
    due = done(retention_due.due(desk.sit("chen"), rule="held"))
    assert {row.hold_id for row in due.rows if row.hcp_id == known[HELD]} == {hold.hold_id}
    assert [g.held for g in due.groups] == [len(next(r for r in due.rows if r.hcp_id == known[HELD]).fields)]
    made = done(retention_runs.carry_on(desk.sit("zhao"), run_id=run, progress=NoProgress()))
    assert made.done and made.people == 2 and made.passed_over > 0
    with desk.sit("zhao").vault.unit_of_work() as uow:
        person = uow.people.get(known[HELD])
        assert person is not None and person.status == "active"
    with pytest.raises(InputErrors, match="nothing_due"):
        retention_runs.release(desk.sit("chen"), reason="again")


def test_an_end_is_put_off_by_one_or_two_as_the_rule_says(desk: Desk) -> None:
    known = ids(desk)
    ask = {"hcp_id": known[PUT_OFF], "rule": "held", "reason": "contract is being signed"}
    with pytest.raises(InputErrors, match="bad_extension"):
        retention_extend.extend(desk.sit("chen"), **ask, until=date(2027, 5, 23))
    with pytest.raises(InputErrors, match="unknown_rule"):
        retention_extend.extend(desk.sit("chen"), **{**ask, "rule": "log"}, until=date(2027, 3, 1))
    with pytest.raises(InputErrors, match="reason_missing"):
        retention_extend.extend(desk.sit("chen"), **{**ask, "reason": " "}, until=date(2027, 3, 1))
    refused = no(retention_extend.extend(desk.sit("chen"), **{**ask, "rule": "tags"}, until=date(2027, 3, 1)))
    assert refused.reason == "retention_no_extension" and refused.lifted_by
    assert no(retention_extend.extend(desk.sit("wu"), **ask, until=date(2027, 3, 1))).reason == "role_not_allowed"
    asked = done(retention_extend.extend(desk.sit("chen"), **ask, until=date(2027, 5, 22)))
    assert isinstance(asked, PendingRequest) and done(retention_extend.list_extensions(desk.sit("chen"))) == ()
    done(two_person.approve(desk.sit("zhao"), request_id=asked.request_id))
    (made,) = done(retention_extend.list_extensions(desk.sit("chen")))
    assert (made.hcp_id, made.until, made.set_by) == (known[PUT_OFF], date(2027, 5, 22), "zhao")
    one = done(
        retention_extend.extend(
            desk.sit("chen"), hcp_id=known[KEPT], rule="behaviour", reason="study", until=date(2027, 1, 31)
        )
    )
    assert isinstance(one, Extension)
    desk.wait(days=91)
    due = done(retention_due.due(desk.sit("chen")))
    assert known[PUT_OFF] not in {row.hcp_id for row in due.rows}
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=known[PUT_OFF], purpose=Purpose.MDM))
    assert shown(view)["full_name"] == PUT_OFF


@pytest.mark.req("REQ-090")
def test_an_end_is_not_put_off_for_ever(desk: Desk) -> None:
    known = ids(desk)
    ask = {"hcp_id": known[KEPT], "rule": "behaviour", "reason": "study"}
    begin = shanghai_day(desk.at)

    def extend(days: int):  # type: ignore[no-untyped-def]
        return retention_extend.extend(desk.sit("chen"), **ask, until=begin + timedelta(days=days))

    assert isinstance(done(extend(30)), Extension), "one person decides the first"
    desk.wait(days=20)
    second = done(extend(60))
    third = done(extend(70))
    assert isinstance(second, PendingRequest) and isinstance(third, PendingRequest), "then it takes two"
    assert done(two_person.approve(desk.sit("zhao"), request_id=second.request_id)).result["until"]
    assert no(two_person.approve(desk.sit("zhao"), request_id=third.request_id)).reason == "retention_extended_enough"
    refused = no(extend(90))
    assert refused.reason == "retention_extended_enough" and refused.lifted_by
    other = {**ask, "rule": "contact"}
    assert done(retention_extend.extend(desk.sit("chen"), **other, until=begin + timedelta(days=99))), "another row"
    desk.wait(days=60)
    assert isinstance(done(extend(120)), Extension), "after a gap it is another row"


def pages(desk: Desk) -> bytes:
    """Every page of the databases as they lie on disk, free ones too, with their encryption taken off: AES-256-CBC, the
    vector of a page in its last 80 bytes, the salt in the first 16 of the file."""
    keyring = desk.sit("zhao").vault.keyring
    found = b""
    for name, role in (("main.db", RoleKey.MAIN), ("index.db", RoleKey.INDEX), ("keys.db", RoleKey.KEYS)):
        key, data = keyring.file_key(role)[:32], (desk.vault / name).read_bytes()
        for begin in range(0, len(data), 4096):
            page = data[begin : begin + 4096]
            opened = Cipher(algorithms.AES(key), modes.CBC(page[4016:4032])).decryptor()
            found += opened.update(page[0 if begin else 16 : 4016]) + opened.finalize()
    return found


@pytest.mark.req("REQ-093")
def test_what_is_let_go_is_in_no_file_and_in_no_page(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    known = ids(desk)
    desk.sit("zhao").vault.empty_journals()
    before = pages(desk)
    assert any(shape in before for shape in forms(HELD)), "the index holds names: the look below could find one"
    with desk.sit("zhao").vault.unit_of_work() as uow:
        phone = uow.sections.read_for(retention_due.Maintenance.CHECK, known[LATE], [Section.CONTACT])
        assert phone[Section.CONTACT]["mobile_phone"].value == PHONES[LATE]
        batch = uow.batches.all()[0].batch  # an import that changed the value keeps what it was
        before_it = {"mobile_phone": (None, phone[Section.CONTACT]["mobile_phone"])}
        uow.value_changes.add(batch, known[LATE], Section.CONTACT, before_it, desk.at)
        uow.commit(desk.sit("zhao").event(Kind.PERSON_AMENDED, at=desk.at, hcps=(known[LATE],)))
    desk.wait(days=91)
    made = let_go(desk)
    assert made.done and (made.people, made.left) == (3, 0)
    assert made.run.counts["contact"] == len(phone[Section.CONTACT])
    after = pages(desk)
    for mark in (HELD, PUT_OFF, *PHONES.values()):
        assert not any(shape in after for shape in forms(mark)), mark
    assert files_with([HELD, PUT_OFF, *PHONES.values()], tmp_path) == []
    for wal in desk.vault.glob("*-wal"):
        assert wal.stat().st_size == 0, wal
    with desk.sit("zhao").vault.unit_of_work() as uow:
        late = uow.sections.read_for(retention_due.Maintenance.CHECK, known[LATE], list(Section))
        assert list(uow.value_changes.of_batch(batch)) == []
        assert Section.CONTACT not in late and late[Section.DIRECTORY]["full_name"].value == LATE
        assert uow.index.find("phone", PHONES[LATE]) == []
        assert [uow.people.get(known[name]).status for name in (HELD, PUT_OFF)] == ["erased"] * 2  # type: ignore[union-attr]
        kept = uow.sections.read_for(retention_due.Maintenance.CHECK, known[KEPT], [Section.CONTACT])
        assert kept[Section.CONTACT]["mobile_phone"].value == PHONES[KEPT]
    assert desk.sit("zhao").vault.check(full=True).ok


@pytest.mark.req("REQ-094")
def test_last_weeks_backup_comes_back_without_what_was_let_go(desk: Desk, tmp_path: Path) -> None:
    known = ids(desk)
    desk.wait(days=88)
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "copy"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "keys.db"))
    desk.wait(days=7)
    let_go(desk)
    made = maintenance.restore(
        tmp_path / "copy", tmp_path / "keys.db", into=tmp_path / "back.ckvault", user="zhao", passphrase=PASS,
        clock=desk.clock(),
    )  # fmt: skip
    assert (made.erased_again, made.let_go_again) == (2, 1)
    found = sessions.open_session(made.vault, user="zhao", passphrase=PASS, clock=desk.clock())
    assert isinstance(found, sessions.Session)
    try:
        with found.vault.unit_of_work() as uow:
            late = uow.sections.read_for(retention_due.Maintenance.CHECK, known[LATE], list(Section))
            assert Section.CONTACT not in late and uow.index.find("phone", PHONES[LATE]) == []
            assert uow.people.get(known[HELD]).status == "erased"  # type: ignore[union-attr]
        assert found.vault.check(full=True).ok
    finally:
        sessions.close_session(found)


@pytest.mark.req("REQ-094")
def test_a_value_collected_again_after_it_was_let_go_survives_a_restore(desk: Desk, tmp_path: Path) -> None:
    known = ids(desk)
    desk.wait(days=91)
    let_go(desk)
    desk.consent(known[LATE], asked_by_hcp=True)
    done(
        amend_person(
            desk.sit("wu"), hcp_id=known[LATE], key="mobile_phone", value="13777770099", source="CRM", held=True
        )
    )
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "copy"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "keys.db"))
    made = maintenance.restore(
        tmp_path / "copy", tmp_path / "keys.db", into=tmp_path / "back.ckvault", user="zhao", passphrase=PASS,
        clock=desk.clock(),
    )  # fmt: skip
    assert (made.erased_again, made.let_go_again) == (0, 0)


@pytest.mark.req("REQ-093")
def test_the_past_of_a_field_somebody_emptied_ends_with_its_rule_and_a_hold_keeps_it(desk: Desk) -> None:
    known = ids(desk)
    for name in (LATE, KEPT):
        done(amend_person(desk.sit("wu"), hcp_id=known[name], key="mobile_phone", value="", source="CRM"))
    done(amend_person(desk.sit("wu"), hcp_id=known[LATE], key="department", value="儿科", source="CRM"))

    def past(name: str) -> set[str]:
        with desk.sit("zhao").vault.unit_of_work() as uow:
            number = uow.number(known[name])
            rows = uow.db.execute("SELECT no, section FROM value_change WHERE hcp = ?", (number,))
            read = uow.value_changes._open
            return {key for no, section in rows for key in read(no, number, known[name], Section(section))}

    assert past(LATE) == {"mobile_phone", "department"}
    until = desk.at + timedelta(days=100)
    done(holds.set_hold(desk.sit("zhao"), authority="CAC", reason="7", people=(known[LATE],), until=until))
    desk.wait(days=95)
    let_go(desk)
    assert past(LATE) == {"mobile_phone", "department"}
    desk.wait(days=6)
    desk.bring([Doctor(number="P9", name="夏侯明", phone="13777770009")])
    desk.wait(days=91)
    assert let_go(desk).done
    assert past(LATE) == {"department"}, "the phone's rule is over, the practice is kept beside the record of consent"
    assert past(KEPT) == {"mobile_phone"}
    assert desk.sit("zhao").vault.check(full=True).ok


TWICE = ("13777770021", "13777770022")


def merged(folder: Path, *, withdrew: bool) -> tuple[Desk, str, str]:
    """One person in two records, one merged into the other; either withdrew or never had a basis."""
    made = Desk.create(folder, at=BEGIN, staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    made.bring([Doctor(number=f"T{n}", name="闻人不二", phone=phone) for n, phone in enumerate(TWICE)])
    with made.sit("chen").vault.snapshot() as snap:
        kept, gone = snap.people.ids()
    if withdrew:
        made.consent(kept)
        made.wait(hours=1)
        now = made.at.isoformat()
        done(withdrawing.withdraw_consent(made.sit("wu"), hcp_id=kept, items=None, received_at=now, channel="phone"))
    asked = done(merging.merge_people(made.sit("chen"), kept=kept, gone=gone))
    done(two_person.approve(made.sit("sun"), request_id=asked.request_id))
    return made, kept, gone


def left(session: sessions.Session, hcp_id: str) -> set[str]:
    """Fields that lie under an id, seen by no reader or by some."""
    with session.vault.unit_of_work() as uow:
        number = uow.db.value("SELECT hcp FROM people WHERE hcp_id = ?", (hcp_id,))
        try:
            found = uow.sections.read_hidden(retention_due.Maintenance.CHECK, number, hcp_id, list(Section))
        except VaultError:
            return {"unreadable"}
    return {key for group in found.values() for key in group}


@pytest.mark.req("REQ-093", "REQ-094")
@pytest.mark.parametrize("withdrew", [True, False])
def test_a_record_merged_into_a_person_goes_with_them_also_after_a_restore(tmp_path: Path, withdrew: bool) -> None:
    desk, kept, gone = merged(tmp_path / "d", withdrew=withdrew)
    desk.wait(days=88)
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "copy"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "keys.db"))
    desk.wait(days=7)
    (row,) = done(retention_due.due(desk.sit("chen"))).rows
    assert (row.hcp_id, row.whole, row.over) == (kept, not withdrew, True)
    assert let_go(desk).done

    def nothing_left(session: sessions.Session) -> None:
        for hcp_id in (kept, gone):
            stays = left(session, hcp_id)
            assert ("full_name" in stays) is withdrew and "mobile_phone" not in stays, (hcp_id, stays)
        with session.vault.snapshot() as snap:
            assert [snap.index.find("phone", phone) for phone in TWICE] == [[], []]
        assert session.vault.check(full=True).ok

    nothing_left(desk.sit("zhao"))
    made = maintenance.restore(
        tmp_path / "copy", tmp_path / "keys.db", into=tmp_path / "back.ckvault", user="zhao", passphrase=PASS,
        clock=desk.clock(),
    )  # fmt: skip
    found = sessions.open_session(made.vault, user="zhao", passphrase=PASS, clock=desk.clock())
    assert isinstance(found, sessions.Session)
    try:
        nothing_left(found)
    finally:
        sessions.close_session(found)
        desk.rise()


@pytest.mark.req("REQ-092")
def test_a_hold_over_a_record_keeps_the_person_it_was_merged_into(tmp_path: Path) -> None:
    desk, kept, gone = merged(tmp_path / "d", withdrew=True)
    asked = done(
        merging.unmerge_people(desk.sit("chen"), case_id=done(merging.list_merges(desk.sit("chen")))[0].case_id)
    )
    done(two_person.approve(desk.sit("sun"), request_id=asked.request_id))
    until = desk.at + timedelta(days=400)
    done(holds.set_hold(desk.sit("zhao"), authority="CAC", reason="inspection 7", people=(gone,), until=until))
    again = done(merging.merge_people(desk.sit("chen"), kept=kept, gone=gone))
    done(two_person.approve(desk.sit("sun"), request_id=again.request_id))
    desk.wait(days=95)
    (row,) = done(retention_due.due(desk.sit("chen"))).rows
    assert row.hcp_id == kept and row.hold_id
    with pytest.raises(InputErrors, match="nothing_due"):
        retention_runs.release(desk.sit("chen"), reason="weekly")
    desk.rise()


def test_a_run_needs_a_second_person_and_the_privacy_officer(desk: Desk) -> None:
    desk.wait(days=91)
    assert no(retention_runs.release(desk.sit("wu"), reason="x")).reason == "role_not_allowed"
    made = done(retention_runs.release(desk.sit("chen"), reason="weekly", rule="contact"))
    assert made.people == 1
    with pytest.raises(InputErrors, match="run_not_released"):
        retention_runs.carry_on(desk.sit("zhao"), run_id=made.run.run_id, progress=NoProgress())
    assert no(two_person.approve(desk.sit("chen"), request_id=made.request.request_id)).reason == "same_person"
    done(two_person.approve(desk.sit("sun"), request_id=made.request.request_id))
    assert no(retention_runs.carry_on(desk.sit("chen"), run_id=made.run.run_id, progress=NoProgress())).reason == (
        "role_not_allowed"
    )
    with pytest.raises(InputErrors, match="unknown_run"):
        retention_runs.carry_on(desk.sit("zhao"), run_id="RUN-NONE", progress=NoProgress())
    ended = done(retention_runs.carry_on(desk.sit("zhao"), run_id=made.run.run_id, progress=NoProgress()))
    assert ended.done and ended.people == 1
    again = done(retention_runs.carry_on(desk.sit("zhao"), run_id=made.run.run_id, progress=NoProgress()))
    assert again == ended  # a run that is done does nothing more


class _Stops(ProgressSlot):
    """Cancels, or dies, once so many people are done."""

    def __init__(self, at: int, fault: BaseException) -> None:
        super().__init__()
        self._at, self._fault = at, fault

    def tick(self, done: int, total: int | None) -> None:
        if done >= self._at:
            raise self._fault


@pytest.mark.req("REQ-093")
@pytest.mark.parametrize("fault", [Cancelled(), VaultError("write_failed")])
def test_a_run_that_stops_in_the_middle_leaves_whole_people_and_goes_on(desk: Desk, fault: BaseException) -> None:
    desk.wait(days=91)
    run = released(desk)
    with pytest.raises(type(fault)):
        retention_runs.carry_on(desk.sit("zhao"), run_id=run, progress=_Stops(1, fault))
    (half,) = done(retention_runs.list_runs(desk.sit("chen")))
    assert (half.done, half.people, half.left) == (False, 1, 2)
    with pytest.raises(InputErrors, match="run_not_done"):
        retention_certificate.issue_certificate(desk.sit("chen"), run_id=run, fmt="pdf", path=desk.folder / "no.pdf")
    ended = done(retention_runs.carry_on(desk.sit("zhao"), run_id=run, progress=NoProgress()))
    assert ended.done and (ended.people, ended.left) == (3, 0)
    assert desk.sit("zhao").vault.check(full=True).ok


@pytest.mark.req("REQ-093")
@pytest.mark.parametrize("lang", [Lang.ZH, Lang.EN])
def test_the_certificate_names_rules_people_and_signatures_and_verifies(desk: Desk, tmp_path: Path, lang: Lang) -> None:
    known = ids(desk)
    desk.wait(days=91)
    made = let_go(desk)
    desk.sit("chen").lang = lang
    for fmt in ("pdf", "json"):
        path = tmp_path / f"certificate.{fmt}"
        done(retention_certificate.issue_certificate(desk.sit("chen"), run_id=made.run.run_id, fmt=fmt, path=path))
        assert checker.verify_file(path)["ok"]
    desk.sit("chen").lang = Lang.ZH
    record = json.loads((tmp_path / "certificate.json").read_bytes())
    assert record["schema_version"] == "consentkeep-let-go/1" and record["people"] == 3
    gone = {row["person"]: row for row in record["let_go"]}
    assert set(gone) == {known[name] for name in (HELD, LATE, PUT_OFF)}
    assert gone[known[LATE]]["fields"] and not gone[known[LATE]]["whole"]
    assert {row["rule"] for row in record["rules"]} == {"contact", "held"}
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "certificate.pdf").pages)
    assert known[LATE] in text and ("到期删除证明" in text or "Certificate of letting go" in text)
    for mark in (*PHONES, *PHONES.values(), "chen", "zhao"):
        assert mark not in text, mark
    with pytest.raises(InputErrors, match="file_exists"):
        retention_certificate.issue_certificate(
            desk.sit("chen"), run_id=made.run.run_id, fmt="pdf", path=tmp_path / "certificate.pdf"
        )


def test_today_counts_what_ends_this_week(desk: Desk) -> None:
    def tile() -> tuple[int, str]:
        found = next(t for t in done(today.today(desk.sit("chen"))).tiles if t.key == "retention")
        return found.count, found.severity

    assert not [t for t in done(today.today(desk.sit("chen"))).tiles if t.key == "retention"]
    desk.wait(days=85)
    count, severity = tile()
    assert severity == "due" and count == done(retention_due.due(desk.sit("chen"))).people == 3
    desk.wait(days=10)
    assert tile()[1] == "alarm"
