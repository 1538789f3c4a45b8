"""What only shows in a vault that is no sandbox: its clock never goes back, its gates refuse instead of warning."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support import PASS, Desk, Doctor, done, no

from compliance.errors import ExportError, InputErrors
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.model.consent import NoticeState
from compliance.model.register import Assessment, Rep
from compliance.progress import NoProgress
from compliance.use_cases.bases import transfers
from compliance.use_cases.consent import recording
from compliance.use_cases.field import sheets
from compliance.use_cases.notices import notice_life
from compliance.use_cases.people import reps
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat.session import known_notices
from compliance.use_cases.signing import two_person

RECIPIENT = {
    "recipient": "EXAMPLE-AG", "legal_name": "Example Group AG", "country": "CH", "contact": "privacy@example.ch",
    "purpose": "visit", "method": "encrypted file", "kinds": ["full_name"], "rights_channel": "privacy@example.ch",
}  # fmt: skip
STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("real"), staff=STAFF, sandbox=False)
    yield desk
    desk.rise()


def make(desk: Desk, hcp: str, out: Path):  # type: ignore[no-untyped-def]
    return sheets.make_sheets(
        desk.sit("chen"), hcp_ids=(hcp,), purpose=Purpose.VISIT, rep="liming", out=out, progress=NoProgress()
    )


@pytest.mark.req("REQ-118")
def test_an_untrained_or_unfiled_rep_gets_nothing_and_hears_why(desk: Desk) -> None:
    desk.bring([Doctor(number="R1", name="长孙真实")])
    hcp = desk.id_of("长孙真实")
    desk.consent(hcp)
    desk.assign(hcp)
    for changes, reason in (({}, "training_missing"), ({"trained_on": date(2026, 10, 1)}, "filing_missing")):
        rep = Rep(name="liming", role=Role.REP, employee_no="E001")
        done(reps.add_rep(desk.sit("zhao"), rep=replace(rep, **changes)))
        told = no(make(desk, hcp, desk.folder))
        assert (told.reason, bool(told.references), bool(told.lifted_by)) == (reason, True, True)


def test_a_sheet_that_cannot_be_written_is_a_file_fault_with_an_entry(desk: Desk) -> None:
    filed = {"trained_on": date(2026, 10, 1), "filing_no": "F1", "filing_checked_on": date(2026, 10, 2)}
    done(reps.add_rep(desk.sit("zhao"), rep=Rep(name="liming", role=Role.REP, employee_no="E001", **filed)))
    hcp = desk.id_of("长孙真实")
    file = desk.folder / "file"
    file.write_text("no folder")
    with pytest.raises(ExportError, match="not_a_folder"):
        make(desk, hcp, file)
    with desk.sit("zhao").vault.snapshot() as snap:
        assert snap.log.entries(snap.log.size - 1, snap.log.size)[0].data["kind"] == Kind.EXPORT_FAILED
    assert len(done(make(desk, hcp, desk.folder)).sheets) == 1


def test_a_second_privacy_officer_after_the_first_import(desk: Desk) -> None:
    asked = done(accounts.add_user(desk.sit("zhao"), name="qian", role=Role.DPO, passphrase=f"{PASS} qian"))
    done(two_person.approve(desk.sit("chen"), request_id=asked.request_id))
    assert desk.fresh("qian").role is Role.DPO


def test_a_file_that_cannot_be_looked_into_is_never_called_clean(desk: Desk) -> None:
    broken = desk.folder / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4\n% nothing\n%%EOF\n")
    with pytest.raises(InputErrors, match="pdf_unreadable"):
        sheets.leak_check(broken, values=None)
    values = desk.folder / "values.txt"
    values.write_bytes("长孙真实".encode("gb18030"))
    made = done(make(desk, desk.id_of("长孙真实"), desk.folder)).sheets[0].path
    with pytest.raises(InputErrors, match="values_not_text"):
        sheets.leak_check(made, values=values)
    values.write_text("13900000000", encoding="utf-8")
    assert sheets.leak_check(made, values=values).clean


@pytest.mark.req("REQ-004")
def test_the_overseas_notice_is_a_draft_until_its_recipient_is_registered_and_assessed(
    desk: Desk, tmp_path: Path
) -> None:
    ref, zhao = "CK-OVERSEAS-EXAMPLE-AG@1.0", desk.sit("zhao")

    def state() -> NoticeState:
        return known_notices(zhao)[ref].state

    assert state() is NoticeState.DRAFT
    assert {n.state for r, n in known_notices(zhao).items() if r != ref} == {NoticeState.ACTIVE}
    hcp = desk.bring([Doctor(number="R9", name="司徒境外")]) and desk.id_of("司徒境外")
    told = no(recording.record_consent(zhao, request=desk.act(hcp, "visit/overseas:EXAMPLE-AG", notice=ref)))
    assert told.reason == "notice_not_in_force"
    gap = no(notice_life.activate_notice(zhao, target=ref))
    assert (gap.reason, gap.lifted_by) == ("notice_incomplete", "recipient@visit/overseas:EXAMPLE-AG")
    path = tmp_path / "recipient.json"
    path.write_text(json.dumps(RECIPIENT), "utf-8")
    done(transfers.add_recipient(zhao, path=path))
    assert state() is NoticeState.DRAFT  # a real store: the privacy officer decides
    assert no(notice_life.activate_notice(zhao, target=ref)).reason == "assessment_missing"
    done(transfers.add_assessment(zhao, assessment=Assessment(
        assessment_id="PIA-R", purpose="overseas:EXAMPLE-AG", title="出境评估", approved_on=date(2026, 11, 1),
        valid_until=None, author="chen", approver="zhao",
    )))  # fmt: skip
    made = done(notice_life.activate_notice(zhao, target=ref)).notice
    assert state() is NoticeState.ACTIVE and made.active_from is not None and made.active_from >= zhao.now()
