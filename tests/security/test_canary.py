"""The canary: marked people go through every use case, good and bad; then every trace is searched for their values.

Only files that a person asked for as an approved export may hold a mark.
"""

import contextlib
import logging
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from support import PASS, Desk, Doctor, done, files_with, invent, write_csv

from compliance.clock import FixedClock
from compliance.errors import ComplianceError
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.consent import Method
from compliance.model.register import Assessment
from compliance.progress import NoProgress
from compliance.use_cases.bases import transfers
from compliance.use_cases.consent import checking, recording, withdrawing
from compliance.use_cases.ending import holds, retention_due, retention_runs
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import bundles, rep_capture, returning, returns, sheets
from compliance.use_cases.imports import imports
from compliance.use_cases.notices import notices
from compliance.use_cases.overview import today
from compliance.use_cases.people import disputes, duplicates
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seeing import cases, profiles, value_history
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import maintenance

MARKS = {
    "name": "亓官灵犀",
    "phone": "13988887654",
    "mail": "canary.lingxi@quux.example",
    "licence": "110987654321098",
    "hospital": "金丝雀专科医院",
    "scan": "canary-scan-content-7f3a",
    "wechat": "wx_canary_lingxi",
    "identity": "11010119900307123X",
    "bank": "6222020200112233445",
    "note": "金丝雀备注原文",
}
VALUES = list(MARKS.values())
PERSON = Doctor(
    number="CAN1", name=MARKS["name"], hospital=MARKS["hospital"], phone=MARKS["phone"], email=MARKS["mail"],
    licence=MARKS["licence"], wechat=MARKS["wechat"], identity=MARKS["identity"], bank=MARKS["bank"],
    note=MARKS["note"], consent="Y",
)  # fmt: skip


@pytest.mark.req("REQ-039", "REQ-052", "REQ-103")
def test_no_trace_holds_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    temp, state, exports, given = (tmp_path / n for n in ("temp", "state", "exports", "given"))
    for folder in (temp, state, exports, given):
        folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(temp))
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    monkeypatch.setenv("CONSENTKEEP_STATE_DIR", str(state))
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    desk = Desk.create(tmp_path / "desk")
    clock = FixedClock(desk.at)
    path = write_csv(given / "crm.csv", [PERSON, *invent(5)])
    scan = given / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\n" + MARKS["scan"].encode() + MARKS["name"].encode() + b"\n%%EOF\n")

    def tried(act: Callable[[], object]) -> object:
        """Run an act that may refuse or fail; keep what it said."""
        try:
            answer = act()
        except ComplianceError as fault:
            told.append(f"{fault} {fault!r} {fault.args} {fault.params}")
            return None
        value = getattr(answer, "value", answer)
        if isinstance(value, Refusal):
            told.append(repr(value))
        return value

    def bring(source: str = "CRM", user: str = "wu", **more: object) -> object:
        request = imports.ImportRequest(path=path, source=source, **more)  # type: ignore[arg-type]
        return tried(lambda: imports.import_people(desk.sit(user), request=request, progress=NoProgress()))

    bring(dry_run=True, report=given / "dry.csv")
    bring(source=MARKS["name"])
    bring(user="zhou")
    bring(report=given / "report.csv", save_mapping="canary")
    bring(report=given / "again.csv")
    tried(lambda: imports.preview_import(desk.sit("wu"), path=path))
    hcp = desk.id_of(MARKS["name"])
    desk.assign(hcp)

    # refusals and faults that carry values in
    request = desk.act(hcp, evidence=scan)
    for change in (
        {"item": MARKS["phone"]}, {"notice": MARKS["name"]}, {"answer": MARKS["name"]}, {"acted_at": MARKS["phone"]},
        {"hcp_id": MARKS["name"]}, {"evidence": given / f"{MARKS['name']}.pdf"}, {"identity_check": ""},
        {"method": Method.IMPORT},
        {"presented_at": "2026-11-23T23:59:00+08:00", "acted_at": "2026-11-23T01:00:00+08:00"},
    ):  # fmt: skip
        bad = desk.act(**{"hcp_id": hcp, **change})  # type: ignore[arg-type]
        tried(lambda bad=bad: recording.record_consent(desk.sit("wu"), request=bad))
    for text in (MARKS["name"], MARKS["phone"], MARKS["hospital"], f'"{MARKS["mail"]}'):
        for user in ("zhao", "chen", "wu", "qian", "zhou", "zheng"):
            for purpose in (Purpose.VISIT, Purpose.MDM, Purpose.RIGHTS):
                tried(lambda u=user, p=purpose, t=text: profiles.find_people(desk.sit(u), text=t, purpose=p))
    for value in (MARKS["phone"] + "x", "女儿今年高考 " + MARKS["name"]):
        for key in ("mobile_phone", "professional_background", MARKS["name"], "bank_account"):
            tried(
                lambda k=key, v=value: profiles.amend_person(desk.sit("wu"), hcp_id=hcp, key=k, value=v, source="CRM")
            )
    tried(lambda: profiles.add_person(desk.sit("wu"), values={"full_name": MARKS["name"]}, source="CRM"))
    tried(lambda: profiles.why_field(desk.sit("chen"), hcp_id=hcp, key=MARKS["name"], purpose=Purpose.VISIT))
    tried(lambda: profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep=MARKS["name"]))
    tried(lambda: accounts.add_user(desk.sit("wu"), name="x", role=Role.DPO, passphrase="long enough 123"))
    tried(lambda: cases.open_case(desk.sit("zhao"), hcp_id=hcp, kind=MARKS["name"]))
    tried(
        lambda: transfers.assess_transfer(desk.sit("zhao"), facts={"recipient": MARKS["name"], "n_ord": MARKS["phone"]})
    )
    tried(lambda: notices.check_notice_file(path))

    # the good way, to every output
    made = done(recording.record_consent(desk.sit("wu"), request=request))
    tried(lambda: checking.check_evidence(desk.sit("wu"), event_id=made.event_id, accept=True))
    done(checking.open_evidence(desk.sit("chen"), event_id=made.event_id))
    done(checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=True))
    desk.consent(hcp, "digital/phone")
    for purpose in Purpose:
        for user in ("chen", "zhao", "wu", "qian"):
            tried(lambda u=user, p=purpose: profiles.open_profile(desk.sit(u), hcp_id=hcp, purpose=p))
    tried(lambda: profiles.reveal_field(desk.sit("chen"), hcp_id=hcp, key="mobile_phone", purpose=Purpose.DIGITAL))
    tried(lambda: profiles.timeline(desk.sit("chen"), hcp_id=hcp))
    tried(lambda: profiles.why_field(desk.sit("chen"), hcp_id=hcp, key="mobile_phone", purpose=Purpose.VISIT))
    tried(lambda: today.today(desk.sit("chen")))
    case = done(cases.open_case(desk.sit("zhao"), hcp_id=hcp, kind="access"))
    tried(lambda: profiles.open_profile(desk.sit("zhao"), hcp_id=hcp, purpose=Purpose.RIGHTS, case_id=case.case_id))
    batch = done(sheets.make_sheets(
        desk.sit("chen"), hcp_ids=[hcp], purpose=Purpose.VISIT, rep="liming", out=exports, progress=NoProgress()
    ))  # fmt: skip
    assert batch.sheets and MARKS["name"] not in batch.sheets[0].path.name
    done(
        profiles.export_people(
            desk.sit("chen"), purpose=Purpose.VISIT, path=exports / "list.xlsx", progress=NoProgress()
        )
    )
    report = done(evidence.make_audit_report(desk.sit("chen"), path=exports / "audit.pdf"))
    done(evidence.prove_entry(desk.sit("chen"), index=3, path=exports / "entry.proof"))
    rep = bundles.init_rep(tmp_path / "rep.ckvault", passphrase="a rep's passphrase", clock=clock)
    desk.rep("liming", "E001", rep.recipient)
    done(bundles.make_bundle(desk.sit("chen"), rep="liming", path=exports / "liming.pack"))
    laptop = sessions.open_session(tmp_path / "rep.ckvault", user="rep", passphrase="a rep's passphrase", clock=clock)
    assert isinstance(laptop, sessions.RepSession)
    done(bundles.open_bundle(laptop, path=exports / "liming.pack"))
    assert done(bundles.rep_profile(laptop, hcp, Purpose.VISIT))

    # the rep asks, offline, types what does not belong there, and the office takes it in
    spoken = {"hcp_id": hcp, "item": "event", "answer": "given", "evidence": scan, "asked_by_hcp": True}
    for change in (
        {}, {"identity_check": MARKS["phone"]}, {"place_of_original": MARKS["mail"]}, {"item": MARKS["name"]},
        {"notice": MARKS["name"]}, {"hcp_id": MARKS["name"]}, {"evidence": given / f"{MARKS['name']}.pdf"},
    ):  # fmt: skip
        answer = desk.act(**{**spoken, **change})  # type: ignore[arg-type]
        tried(lambda a=answer: rep_capture.capture_answer(laptop, request=a))
    for channel in ("当面", MARKS["phone"]):
        tried(
            lambda c=channel: rep_capture.capture_withdrawal(
                laptop, hcp_id=hcp, items=["event"], received_at=desk.at.isoformat(), channel=c
            )
        )
    back = done(returning.make_return(laptop, path=exports / "liming.ckreturn"))
    assert back.acts == 2
    told.append(str(done(returning.list_notes(laptop))))
    taken = done(returns.receive_return(desk.sit("chen"), path=back.file))
    assert taken.count("to_check") == 1
    told.append(str(taken) + str(done(returns.list_returns(desk.sit("chen")))))
    tried(lambda: returns.receive_return(desk.sit("chen"), path=back.file))
    tried(lambda: returns.receive_return(desk.sit("chen"), path=scan))
    sessions.close_session(laptop)

    # what waits, what ends, what is held, what looks alike, what was before: pseudonyms and codes
    for text in (f"name:{MARKS['name']}", f"{MARKS['name']}:x", f"consent:{MARKS['name']}", f"is:{MARKS['phone']}"):
        for user in ("chen", "wu"):
            tried(lambda u=user, t=text: profiles.find_people(desk.sit(u), text=t, purpose=Purpose.MDM))
    told.append(repr(bring(errors=exports / "mend.xlsx")))
    assert (exports / "mend.xlsx").is_file()
    told.append(repr(bring(update=True)))
    tried(lambda: profiles.amend_person(desk.sit("wu"), hcp_id=hcp, key="work_email", value="", source="CRM"))
    tried(lambda: value_history.field_history(desk.sit("chen"), hcp_id=hcp, key="work_email", purpose=Purpose.MDM))
    tried(lambda: disputes.dispute_value(desk.sit("wu"), hcp_id=hcp, key="mobile_phone", reason=MARKS["name"]))
    tried(lambda: duplicates.find_duplicates(desk.sit("chen"), because=MARKS["name"]))
    tried(lambda: duplicates.say_distinct(desk.sit("chen"), one=hcp, other=MARKS["name"], reason="namesake"))
    told.append(str(tried(lambda: duplicates.find_duplicates(desk.sit("chen")))))
    told.append(str(tried(lambda: retention_due.due(desk.sit("chen"), within=3650))))
    told.append(str(tried(lambda: retention_due.ends_of(desk.sit("chen"), hcp_id=hcp))))
    tried(lambda: retention_runs.release(desk.sit("chen"), reason=f"{MARKS['phone']} 13900000000"))
    tried(lambda: retention_runs.release(desk.sit("chen"), rule=MARKS["name"], reason="weekly"))
    until = datetime(2027, 12, 31, 16, tzinfo=UTC)
    tried(lambda: holds.set_hold(desk.sit("zhao"), authority="CAC", reason=MARKS["phone"], until=until, people=(hcp,)))
    tried(lambda: holds.set_hold(desk.sit("zhao"), authority="CAC", reason="7", until=until, people=(MARKS["name"],)))
    told.append(str(tried(lambda: holds.list_holds(desk.sit("zhao")))))
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "backup"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "keys.copy"))
    assert maintenance.rehearse(
        tmp_path / "backup", tmp_path / "keys.copy", user="zhao", passphrase=PASS, clock=clock
    ).ok
    tried(lambda: transfers.add_assessment(desk.sit("zhao"), assessment=Assessment(
        assessment_id="PIA-1", purpose="segment", title="画像", approved_on=date(2026, 11, 1), valid_until=None,
        author="zhao", approver="zhao",
    )))  # fmt: skip
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=None, received_at=desk.at.isoformat(), channel="电话"
        )
    )
    asked = done(approvals.request_erasure(desk.sit("chen"), hcp_id=desk.id_of(invent(5)[0].name), reason="PIPL 47"))
    done(approvals.approve(desk.sit("zhao"), request_id=asked.request_id))

    # open vault (write-ahead files and all), then closed
    private = (desk.vault, tmp_path / "rep.ckvault", tmp_path / "backup", temp, state)
    assert files_with(VALUES, *private) == []
    entries = done(evidence.list_entries(desk.sit("zhou"), limit=10_000))
    assert len(entries) > 60
    desk.rise()
    assert files_with(VALUES, *private) == []
    assert files_with(VALUES, tmp_path / "keys.copy") == []

    out, err = capfd.readouterr()
    heard = "\n".join([*told, caplog.text, out, err, str(entries)])
    assert len(told) > 30
    # reports of an import name rows and codes; an audit report knows pseudonyms; a proof is an entry
    quiet = "\n".join(
        (given / name).read_bytes().decode("utf-8-sig") for name in ("dry.csv", "report.csv", "again.csv")
    )
    with contextlib.closing(PdfReader(exports / "audit.pdf")) as pdf:
        audit = "\n".join(p.extract_text() for p in pdf.pages) + str(pdf.metadata)
        attached = [data for files in pdf.attachments.values() for data in files]
    assert report.entries > 0 and attached
    for mark in VALUES:
        assert mark not in heard, mark
        assert mark not in quiet, mark
        assert mark not in audit, mark
        assert all(mark.encode() not in data for data in attached), mark
    with contextlib.closing(PdfReader(batch.sheets[0].path)) as pdf:
        assert not any(mark in str(pdf.metadata) for mark in VALUES)
    assert not any(mark in name for _, _, names in os.walk(exports) for name in names for mark in VALUES)
    assert files_with(VALUES, exports) == []  # pack encrypted, list and sheets compressed
