"""Every text somebody can type is read by the guard: refused with kind and place, saved nowhere, named in no log."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from support import NOTICE, NOW, Desk, Doctor, done, files_with

from compliance.errors import InputErrors
from compliance.model.access import Purpose, Role
from compliance.model.basis import BasisSupport
from compliance.model.profile import SourceClass
from compliance.model.register import Assessment
from compliance.use_cases.bases import activities, bases, memos, transfers
from compliance.use_cases.consent import recording, standing, stops, withdrawing
from compliance.use_cases.ending import erasure
from compliance.use_cases.notices import campaigns, presenting
from compliance.use_cases.people import amendments, objections, sources
from compliance.use_cases.seeing import cases

SECRET = "请致电13812345678"
RECIPIENT = {
    "legal_name": "Example Holding AG", "country": "CH", "contact": "dpo@example.ch", "purpose": SECRET,
    "method": "sftp", "kinds": ["identity"], "rights_channel": "post",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("typed"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    desk.bring([Doctor(number="T1", name="欧阳守口")])
    yield desk
    desk.rise()


def ways(desk: Desk) -> dict[str, Callable[[], object]]:
    """Field → an act that types into it."""
    hcp, zhao, chen, wu = desk.id_of("欧阳守口"), desk.sit("zhao"), desk.sit("chen"), desk.sit("wu")
    yes = done(recording.record_consent(wu, request=desk.act(hcp)))
    file = desk.folder / "recipient.json"
    file.write_text(json.dumps(RECIPIENT), encoding="utf-8")
    contract = BasisSupport(contract="C-1", parties=(hcp,), reasons=(("full_name", SECRET),))
    paper = Assessment(
        assessment_id="A-1", purpose="segment", title=SECRET, approved_on=date(2026, 11, 1), valid_until=None,
        author="zhao", approver="chen",
    )  # fmt: skip
    return {
        "last_visit_note": lambda: amendments.amend_person(
            chen, hcp_id=hcp, key="last_visit_note", value=SECRET, source="CRM", held=True
        ),
        "necessity": lambda: memos.add_memo(
            zhao, item="speaker/sensitive:payment", necessity=SECRET, hcp_id=hcp, valid_until=None
        ),
        "reason of a stop": lambda: stops.pause_scope(zhao, scope="event", reason=SECRET),
        "reason of an erasure": lambda: erasure.request_erasure(zhao, hcp_id=hcp, reason=SECRET),
        "defect": lambda: standing.invalidate_consent(chen, event_id=yes.event_id, defect=SECRET),
        "channel of a withdrawal": lambda: withdrawing.withdraw_consent(
            wu, hcp_id=hcp, items=["event"], received_at="2026-11-23", channel=SECRET
        ),
        "channel of a delivery": lambda: campaigns.deliver(wu, campaign_id="CA-X", hcp_id=hcp, channel=SECRET),
        "channel of a notice": lambda: presenting.present_notice(
            wu, request=presenting.Presentation(hcp_id=hcp, notice=NOTICE, channel=SECRET, items=())
        ),
        "channel of an objection": lambda: objections.take_back_objection(
            zhao, hcp_id=hcp, received_at="2026-11-23", channel=SECRET, evidence=desk.paper()
        ),
        "place": lambda: recording.record_consent(wu, request=desk.act(hcp, "event", place_of_original=SECRET)),
        "receipt": lambda: cases.done_task(zhao, task_id="T-X", receipt=SECRET),
        "field of a basis": lambda: bases.record_basis(
            chen, request=bases.BasisRequest(hcp_id=hcp, purpose=Purpose.EVENT, basis="contract", support=contract)
        ),
        "reason of an end": lambda: bases.end_basis(chen, basis_id="B-X", reason=SECRET),
        "name of a source": lambda: sources.add_source(zhao, code="S9", name=SECRET, provenance=SourceClass.FIRST),
        "name of an activity": lambda: activities.save_activity(
            chen, name=SECRET, purpose=Purpose.EVENT, basis="consent", reference="R"
        ),
        "title": lambda: transfers.add_assessment(zhao, assessment=paper),
        "purpose of a recipient": lambda: transfers.add_recipient(zhao, path=file),
    }


@pytest.mark.req("REQ-042")
def test_no_text_gets_past_the_guard(desk: Desk) -> None:
    acts = ways(desk)
    for name, act in acts.items():
        with pytest.raises(InputErrors) as refused:
            act()
        (fault,) = refused.value.faults
        assert (fault.code, fault.value) == ("free_text_phone", "3-14"), name
        assert fault.where == name.partition(" ")[0], name
        assert "138" not in str(refused.value) and "138" not in repr(refused.value), name
    with desk.sit("zhao").vault.snapshot() as snap:
        entries = [entry.data for entry in snap.log.stream()]
    entries = [entry for entry in entries if entry["detail"].get("reason") == "free_text"]
    assert [entry["detail"]["codes"] for entry in entries] == [["phone"]] * len(acts)
    (desk.folder / "recipient.json").unlink()
    desk.rise()
    assert files_with(["13812345678", SECRET], desk.folder) == []


@pytest.mark.req("REQ-042")
def test_a_line_of_a_file_loses_its_cell_or_says_which_line(desk: Desk, tmp_path: Path) -> None:
    hcp, path = desk.id_of("欧阳守口"), tmp_path / "bases.csv"
    path.write_text(
        f"人员编号,用途,合法性基础,合同编号,合同当事人,字段,必要性\n{hcp},event,合同,HT-1,{hcp},full_name,{SECRET}\n",
        encoding="utf-8-sig",
    )
    read = done(bases.import_bases(desk.sit("chen"), path=path))
    assert [(line.row, line.column, line.code) for line in read.rows] == [(2, "field", "free_text_phone")]
    report = desk.bring([Doctor(number="T2", name="司徒守口", note=SECRET)], name="notes.csv")
    assert (report.accepted, report.rejected) == (1, 0), "the note goes, the row stays"
    assert NOW
