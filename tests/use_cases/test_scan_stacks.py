"""A scanner's files become forms in the right tray, and the checking desk makes consents of them."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import PIL.Image
import pytest
import scans
from scans import Sheet
from support import NOTICE, Desk, done, files_with, invent, no

from compliance.errors import Cancelled, InputErrors
from compliance.i18n import has
from compliance.importing.documents import Document
from compliance.model.access import Role
from compliance.model.intake import Form, FormState, StackKind
from compliance.progress import NoProgress, Phase
from compliance.use_cases.consent import checking, recording, standing
from compliance.use_cases.ending import erasure
from compliance.use_cases.intake import check_desk, stacks
from compliance.use_cases.intake.check_desk import AcceptForm
from compliance.use_cases.intake.scans import ScanReport, ScanRequest, take_in_scans
from compliance.use_cases.intake.stack_filling import Filling, Waiting
from compliance.use_cases.intake.stacks import AssignForm
from compliance.use_cases.seat.clock_trouble import acknowledge_clock
from compliance.use_cases.seat.session import known_notices
from compliance.use_cases.signing import two_person

PEOPLE = invent(8)
STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "sun": Role.COMPLIANCE, "wu": Role.CLERK}
ITEMS = ("visit", "digital/wecom")
DAY = date(2026, 11, 20)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff=STAFF)
    desk.bring(PEOPLE)
    yield desk
    desk.rise()


def person(desk: Desk, number: int) -> str:
    return desk.id_of(PEOPLE[number].name, PEOPLE[number].hospital)


def notice_hash(desk: Desk) -> str:
    return known_notices(desk.sit("chen"))[NOTICE].sha256


def sheet(desk: Desk, number: int, *, serial: str = "", page: int = 1, pages: int = 1, **more: object) -> Sheet:
    text = scans.code(
        notice_hash(desk), person(desk, number), serial=serial or f"F-{number}", items=ITEMS, page=page, pages=pages
    )
    return Sheet(code=text, seed=number * 10 + page, **more)  # type: ignore[arg-type]


def take(desk: Desk, *paths: Path, name: str = "box 1", who: str = "wu", **more: object) -> ScanReport:
    request = ScanRequest(paths=paths, name=name, **{"place": "柜 3-1", **more})  # type: ignore[arg-type]
    made: ScanReport = done(take_in_scans(desk.sit(who), request=request, progress=NoProgress()))
    assert made.forms == made.by_code + made.by_index + made.by_hand + made.returned, made
    return made


def status(desk: Desk, number: int, item: str = "visit") -> str:
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=person(desk, number)))
    return next((str(x.status) for x in lines if x.item == item), "not_asked")


def test_turned_faint_blank_and_missing_codes_land_in_their_trays(desk: Desk) -> None:
    h = notice_hash(desk)
    right = scans.code(h, person(desk, 1), serial="X-5")
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    pile = [
        sheet(desk, 0),
        sheet(desk, 1, turned=90),
        sheet(desk, 2, turned=180, skew=3.0),
        sheet(desk, 3, turned=270, contrast=0.25),
        Sheet(code=None, blank=True),
        sheet(desk, 4, page=2, pages=2),
        sheet(desk, 5, noise=50),
        sheet(desk, 4, page=1, pages=2),  # the pages of one form lay apart
        Sheet(code=None, seed=5),  # nothing says whose it is
        sheet(desk, 6, page=1, pages=2),  # page 2 never came
        sheet(desk, 0),  # scanned twice
        Sheet(code=scans.code("0" * 64, person(desk, 0), serial="X-1")),  # another notice
        Sheet(code=scans.code(h, "HCP-ZZZZZZZZ", serial="X-2")),  # nobody of ours
        Sheet(code=scans.code("0" * 64, "HCP-ZZZZZZZZ", serial="X-3")),  # another vault
        Sheet(code=scans.code(h, person(desk, 1), serial="X-4", items=("speaker",))),
        Sheet(code=wrong),  # misread
    ]
    made = take(desk, scans.pdf(desk.folder / "pile.pdf", pile))
    assert (made.pages, made.blank, made.by_code, made.by_hand, made.returned) == (16, 1, 7, 2, 5), made
    assert made.incomplete == 1
    assert made.reasons == {
        "form_code_damaged": 1, "form_of_another_vault": 1, "form_twice": 1, "item_not_in_notice": 1,
        "notice_unknown": 1, "pages_missing": 1, "person_unknown": 1,
    }  # fmt: skip
    _, rows = done(stacks.show_stack(desk.sit("chen"), name="box 1"))
    whole = next(r.form for r in rows if r.form.serial == "F-4" and r.form.state is FormState.TO_CHECK)
    assert (whole.pages, whole.source_pages) == (2, ((1, 8), (1, 6)))
    assert list((desk.vault / "evidence").iterdir())
    marks = [PEOPLE[0].name, "%PDF"]
    assert files_with(marks, desk.vault / "evidence") == []
    assert desk.sit("chen").vault.check(full=True).ok


def test_a_page_too_faint_for_its_code_goes_to_a_hand_and_says_so(desk: Desk) -> None:
    pile = [
        sheet(desk, 0),
        sheet(desk, 1, contrast=0.10),  # its code is still read
        sheet(desk, 2, contrast=0.03, noise=24),
        Sheet(code=None, contrast=0.05, turned=90),
        *(Sheet(code=None, blank=True, noise=noise, seed=noise) for noise in (0, 24)),
    ]
    made = take(desk, scans.pdf(desk.folder / "faint.pdf", pile))
    assert (made.pages, made.blank, made.by_code, made.by_hand, made.returned) == (6, 2, 2, 2, 0), made
    assert made.reasons == {"faint": 2}
    _, rows = done(stacks.show_stack(desk.sit("chen"), name="box 1"))
    faint = [r.form for r in rows if "faint" in r.form.findings]
    assert [(f.state, f.source_pages) for f in faint] == [(FormState.SPLIT, ((1, 3),)), (FormState.SPLIT, ((1, 4),))]


@pytest.mark.req("REQ-017")
def test_a_clean_form_is_accepted_item_by_item_by_somebody_else(desk: Desk) -> None:
    take(desk, scans.pdf(desk.folder / "a.pdf", [sheet(desk, 0)]), who="chen", offered_on=DAY)
    assert status(desk, 0) == "not_asked"  # a scan alone says nothing
    assert no(check_desk.next_form(desk.sit("chen"), stack="box 1")).reason == "same_person"
    shown = done(check_desk.next_form(desk.sit("sun"), stack="box 1"))
    assert shown.data.startswith(b"%PDF") and shown.offered_on == DAY and shown.left == 1
    assert {c.code: c.ok for c in shown.checklist}["pages"] is True
    form = shown.form.form_id
    mine = AcceptForm(form_id=form, answers=(("visit", "given"), ("digital/wecom", "refused")), signed_on=DAY)
    assert no(check_desk.accept_form(desk.sit("chen"), request=mine)).reason == "same_person"
    with pytest.raises(InputErrors) as caught:  # nothing is preset
        check_desk.accept_form(desk.sit("sun"), request=replace(mine, answers=(("visit", "given"),)))
    assert caught.value.code == "answer_every_item"
    with pytest.raises(InputErrors) as caught:
        check_desk.accept_form(desk.sit("sun"), request=replace(mine, signed_on=None))
    assert caught.value.code == "signed_on_missing"
    made = done(check_desk.accept_form(desk.sit("sun"), request=mine))
    assert made.lines == (("visit", "given", "VALID_LATEST"), ("digital/wecom", "refused", "REFUSED_BY_SUBJECT"))
    assert done(check_desk.next_form(desk.sit("sun"), stack="box 1")) is None
    assert no(check_desk.accept_form(desk.sit("sun"), request=mine)).reason == "already_checked"
    who = person(desk, 0)
    with desk.sit("chen").vault.snapshot() as snap:
        acts = snap.consents.events(who)
    given = next(e for e in acts if str(e.kind) == "given")
    accepted = next(e for e in acts if str(e.kind) == "check_accepted")
    assert (given.recorded_by, accepted.recorded_by) == ("chen", "sun")
    assert (given.page_count, given.place_of_original, str(given.precision)) == (1, "柜 3-1", "day")
    assert given.evidence_sha256 == shown.form.sha256
    closed = done(stacks.close_stack(desk.sit("sun"), name="box 1"))
    assert (closed.accepted, closed.returned) == (1, 0)


@pytest.mark.req("REQ-021")
def test_two_of_three_pages_are_not_accepted(desk: Desk) -> None:
    pile = [sheet(desk, 0, page=n, pages=3) for n in (1, 2)]
    take(desk, scans.pdf(desk.folder / "a.pdf", pile))
    shown = done(check_desk.next_form(desk.sit("sun"), stack="box 1"))
    assert {c.code: (c.ok, c.detail) for c in shown.checklist}["pages"] == (False, "2/3")
    request = AcceptForm(form_id=shown.form.form_id, answers=tuple((i, "given") for i in ITEMS), signed_on=DAY)
    assert no(check_desk.accept_form(desk.sit("sun"), request=request)).reason == "pages_missing"
    assert status(desk, 0) == "not_asked"
    # the third page comes later, without its code, and is joined by hand
    take(desk, scans.pdf(desk.folder / "b.pdf", [Sheet(code=None, seed=7)]), name="box 2")
    _, rows = done(stacks.show_stack(desk.sit("wu"), name="box 2"))
    joined = done(stacks.join_form(desk.sit("wu"), form_id=rows[0].form.form_id, to=shown.form.form_id))
    assert (joined.pages, joined.findings) == (3, ())
    assert done(check_desk.accept_form(desk.sit("sun"), request=request)).lines[0][1] == "given"


@pytest.mark.req("REQ-021")
def test_an_uploaded_document_with_too_few_pages_stays_pending(desk: Desk) -> None:
    two = scans.small_pdf(desk.folder / "two.pdf", pages=2, seed=1)
    made = done(recording.record_consent(desk.sit("wu"), request=desk.act(person(desk, 0), evidence=two, page_count=3)))
    refused = checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=True)
    assert no(refused).reason == "pages_missing"
    assert status(desk, 0) == "evidence_pending"
    whole = done(
        recording.record_consent(desk.sit("wu"), request=desk.act(person(desk, 1), evidence=two, page_count=2))
    )
    assert done(checking.check_evidence(desk.sit("chen"), event_id=whole.event_id, accept=True)).status == "given"


def test_the_list_files_pages_without_a_code(desk: Desk) -> None:
    pages = [Sheet(code=None, seed=n) for n in range(4)]
    scans.pdf(desk.folder / "old.pdf", pages)
    index = desk.folder / "index.csv"
    with index.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(
            [
                ["文件", "页码", "客户编号", "告知书", "同意事项", "签署日期"],
                ["OLD.pdf", "1-2", PEOPLE[0].number, NOTICE, "visit", "2026-03-01"],
                ["OLD.pdf", "1-2", PEOPLE[0].number, NOTICE, "企业微信", "2026-03-01"],
                ["OLD.pdf", "3", "K999999", NOTICE, "visit", "2026-03-01"],
                ["OLD.pdf", "9", PEOPLE[1].number, NOTICE, "visit", "2026-03-01"],
            ]
        )
    made = take(desk, desk.folder / "old.pdf", index=index)
    assert (made.by_index, made.by_hand, made.index_reasons, made.index_unused) == (1, 2, {"unknown_person": 1}, 1)
    shown = done(check_desk.next_form(desk.sit("sun"), stack="box 1"))
    assert (shown.form.pages, shown.offered_on) == (2, date(2026, 3, 1))
    request = AcceptForm(form_id=shown.form.form_id, answers=tuple((i, "given") for i in ITEMS), take_offered=True)
    assert done(check_desk.accept_form(desk.sit("sun"), request=request)).lines[0][1] == "given"


def test_a_form_assigned_by_hand_moves_under_its_person_and_not_to_its_assigner(desk: Desk) -> None:
    take(desk, scans.pdf(desk.folder / "a.pdf", [Sheet(code=None, seed=3)]))
    _, rows = done(stacks.show_stack(desk.sit("chen"), name="box 1"))
    form = rows[0].form
    with pytest.raises(InputErrors) as caught:
        stacks.assign_form(desk.sit("chen"), request=AssignForm(form_id=form.form_id, hcp_id=person(desk, 0)))
    assert caught.value.code == "items_and_notice_needed"
    request = AssignForm(form_id=form.form_id, hcp_id=person(desk, 0), notice=NOTICE, items=("visit",))
    moved = done(stacks.assign_form(desk.sit("chen"), request=request))
    assert (moved.hcp_id, moved.sha256) == (person(desk, 0), form.sha256)
    assert len(list((desk.vault / "evidence").iterdir())) == 1
    accept = AcceptForm(form_id=form.form_id, answers=(("visit", "given"),), signed_on=DAY)
    assert no(check_desk.accept_form(desk.sit("chen"), request=accept)).reason == "same_person"
    assert done(check_desk.accept_form(desk.sit("sun"), request=accept)).lines == (("visit", "given", "VALID_LATEST"),)


def test_returned_forms_carry_a_reason_of_the_list_and_leave_no_act(desk: Desk) -> None:
    take(desk, scans.pdf(desk.folder / "a.pdf", [sheet(desk, 0)]))
    form = done(check_desk.next_form(desk.sit("sun"), stack="box 1", with_data=False)).form.form_id
    with pytest.raises(InputErrors):
        check_desk.return_form(desk.sit("sun"), form_id=form, reason="because")
    assert done(check_desk.return_form(desk.sit("sun"), form_id=form, reason="no_signature")).state == "returned"
    assert status(desk, 0) == "not_asked"
    summary, _ = done(stacks.show_stack(desk.sit("sun"), name="box 1"))
    assert summary.reasons == {"no_signature": 1}


def test_pictures_of_one_page_and_bad_files_beside_them(desk: Desk) -> None:
    folder = desk.folder / "scans"
    folder.mkdir()
    scans.draw(sheet(desk, 0)).save(folder / "1.jpg", quality=80, dpi=(200, 200))
    frames = [scans.draw(sheet(desk, 1, page=n, pages=2)) for n in (2, 1)]
    frames[0].save(folder / "2.tif", save_all=True, append_images=frames[1:], compression="tiff_deflate")
    (folder / "3.pdf").write_bytes(b"")
    (folder / "4.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "5.pdf").write_bytes(scans.locked_pdf())
    (folder / "6.txt").write_text("words")
    (folder / "7.pdf").symlink_to(folder / "1.jpg")
    PIL.Image.new("1", (60_000, 60_000)).save(folder / "8.png")
    (folder / "9.jpg").write_bytes((folder / "1.jpg").read_bytes())
    made = take(desk, folder)
    assert made.by_code == 2
    assert [f.code for f in made.files] == [
        "", "", "file_empty", "picture_unreadable", "picture_locked", "file_no_scan", "file_symlink",
        "picture_too_large", "file_already_taken",
    ]  # fmt: skip
    _, rows = done(stacks.show_stack(desk.sit("chen"), name="box 1"))
    assert [(r.form.pages, r.form.media_type) for r in rows] == [(1, "image/jpeg"), (2, "application/pdf")]


def test_files_of_which_none_can_be_read_make_no_stack(desk: Desk) -> None:
    folder = desk.folder / "bad"
    folder.mkdir()
    (folder / "1.pdf").write_bytes(b"")
    (folder / "2.pdf").write_bytes(b"%PDF-1.7 broken")
    with pytest.raises(InputErrors) as fault:
        take(desk, folder)
    assert [(f.where, f.code) for f in fault.value.faults] == [("file", "file_empty"), ("file", "picture_unreadable")]
    assert done(stacks.list_stacks(desk.sit("sun"))) == ()
    good = scans.pdf(folder / "3.pdf", [sheet(desk, 0)])
    take(desk, good)
    with pytest.raises(InputErrors) as again:
        take(desk, good, name="box 2")
    assert [f.code for f in again.value.faults] == ["file_already_taken"] and has("error.file_already_taken")


@pytest.mark.parametrize("phase", [Phase.READING, Phase.PUBLISHING])
def test_a_broken_off_scan_leaves_nothing(desk: Desk, phase: Phase) -> None:
    class Stop:
        def phase(self, now: Phase) -> None:
            if now is phase is Phase.PUBLISHING:
                raise Cancelled

        def tick(self, done: int, total: int | None) -> None:
            if phase is Phase.READING and done:
                raise Cancelled

    path = scans.pdf(desk.folder / "a.pdf", [sheet(desk, 0), Sheet(code=None)])
    with pytest.raises(Cancelled):
        take_in_scans(desk.sit("wu"), request=ScanRequest(paths=(path,), name="half"), progress=Stop())
    assert done(stacks.list_stacks(desk.sit("chen"))) == ()
    assert list((desk.vault / "evidence").iterdir()) == []
    assert take(desk, path, name="half").forms == 2


def test_a_dry_run_counts_and_writes_nothing(desk: Desk) -> None:
    path = scans.pdf(desk.folder / "a.pdf", [sheet(desk, 0), Sheet(code=None)])
    made = take(desk, path, dry_run=True)
    assert (made.stack, made.by_code, made.by_hand) == (None, 1, 1)
    assert done(stacks.list_stacks(desk.sit("chen"))) == ()
    assert list((desk.vault / "evidence").iterdir()) == []


def test_what_a_dead_process_took_in_is_taken_out_at_the_next_opening(desk: Desk) -> None:
    owner = person(desk, 0)
    alive = Filling(desk.sit("chen"), name="alive", kind=StackKind.SCAN, now=desk.at)
    dead = desk.fresh("wu")
    gone = Filling(dead, name="gone", kind=StackKind.SCAN, now=desk.at)
    for number, filling in enumerate((alive, gone)):
        form = Form(form_id=f"FM-{number}", stack_id=filling.stack.stack_id, place=1, state=FormState.TO_CHECK,
                    hcp_id=owner)  # fmt: skip
        filling.add([Waiting(form=form, document=Document(b"%PDF-1.7 one", "application/pdf"))])
    assert len(list((desk.vault / "evidence").iterdir())) == 2
    dead.vault.abandon()
    assert done(stacks.list_stacks(desk.fresh("zhao"))) == ()
    with desk.sit("chen").vault.snapshot() as snap:
        assert [s.name for s in snap.stacks.all()] == ["alive"]  # somebody still fills it
    assert len(list((desk.vault / "evidence").iterdir())) == 1
    assert desk.sit("chen").vault.check(full=True).ok
    alive.drop()
    assert list((desk.vault / "evidence").iterdir()) == []


def test_erasure_takes_forms_and_their_documents_along(desk: Desk) -> None:
    owner = person(desk, 0)
    take(desk, scans.pdf(desk.folder / "a.pdf", [sheet(desk, 0), sheet(desk, 1)]))
    done(two_person.approve(desk.sit("chen"), request_id=done(
        erasure.request_erasure(desk.sit("zhao"), hcp_id=owner, reason="asked")).request_id))  # fmt: skip
    _, rows = done(stacks.show_stack(desk.sit("chen"), name="box 1"))
    assert [r.form.serial for r in rows] == ["F-1"]
    assert len(list((desk.vault / "evidence").iterdir())) == 1
    assert desk.sit("chen").vault.check(full=True).ok


@pytest.mark.req("REQ-104")
def test_a_clock_set_back_holds_a_form_that_says_yes_and_no_other(desk: Desk) -> None:
    take(desk, scans.pdf(desk.folder / "a.pdf", [sheet(desk, 0), sheet(desk, 1), sheet(desk, 2)]), offered_on=DAY)
    desk.clock_set_back()
    shown = [done(check_desk.next_form(desk.sit("sun"), stack="box 1")).form.form_id]
    for _ in range(2):
        shown.append(done(check_desk.next_form(desk.sit("sun"), stack="box 1", after=shown[-1])).form.form_id)
    said = AcceptForm(form_id=shown[0], answers=(("visit", "given"), ("digital/wecom", "refused")), signed_on=DAY)
    assert no(check_desk.accept_form(desk.sit("sun"), request=said)).reason == "clock_trouble"
    refused = AcceptForm(form_id=shown[1], answers=(("visit", "refused"), ("digital/wecom", "empty")), signed_on=DAY)
    assert done(check_desk.accept_form(desk.sit("sun"), request=refused)).lines[0][1] == "refused"
    assert done(check_desk.return_form(desk.sit("sun"), form_id=shown[2], reason="no_signature")).state == "returned"
    done(acknowledge_clock(desk.sit("chen")))
    assert done(check_desk.accept_form(desk.sit("sun"), request=said)).lines[0][1] == "given"
