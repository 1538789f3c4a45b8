"""Whoever was erased stays out of every list and form until two people let them in again (PIPL 47)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support import PASS, Desk, Doctor, done, files_with, no, write_csv

from compliance.clock import FixedClock
from compliance.errors import InputErrors
from compliance.model.access import Role
from compliance.model.profile import SourceClass
from compliance.progress import NoProgress, Phase
from compliance.use_cases.ending import erasure
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import imports
from compliance.use_cases.people import amendments, readmitting, sources
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import maintenance

GONE = Doctor(number="E1", name="欧阳离去", hospital="示例离去医院", phone="13900008899", licence="113572468919901")
FORM = {"full_name": GONE.name, "institution_name": GONE.hospital}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    done(sources.add_source(desk.sit("zhao"), code="ZERO", name="本人填写", provenance=SourceClass.ZERO))
    desk.bring([GONE])
    yield desk
    desk.rise()


def erase(desk: Desk) -> str:
    hcp = desk.id_of(GONE.name)
    asked = done(erasure.request_erasure(desk.sit("chen"), hcp_id=hcp, reason="PIPL 47"))
    done(approvals.approve(desk.sit("zhao"), request_id=asked.request_id))
    return hcp


@pytest.mark.req("REQ-034")
def test_no_list_and_no_form_takes_in_somebody_erased(desk: Desk) -> None:
    erase(desk)
    rows = (
        ("the same line", GONE, "CRM"),
        ("another system, by licence", replace(GONE, number="Z1", name="写错的名", hospital="别的医院"), "ZERO"),
        ("another system, by name and hospital", replace(GONE, number="Z2", licence="", phone=""), "ZERO"),
        ("no number at all", replace(GONE, number="", licence=""), "CRM"),
    )
    for why, row, source in rows:
        report = desk.bring([row], source=source)
        assert (report.accepted, report.rejected, report.reasons.get("erased_before")) == (0, 1, 1), why
        assert report.read == report.accepted + report.quarantined + report.rejected + report.duplicates
    refused = no(amendments.add_person(desk.sit("wu"), values=FORM, source="ZERO"))
    assert refused.reason == "erased_before" and {r.article for r in refused.references} == {"47", "13"}
    assert refused.lifted_by
    others = [
        replace(GONE, number="E2", licence="113572468919902"),  # a namesake with a licence of their own
        replace(GONE, number="E3", licence=""),  # another number of the same system
        Doctor(number="E4", name=GONE.name, hospital="示例第二医院"),
    ]
    report = desk.bring(others)
    assert report.accepted == 3 and "erased_before" not in report.reasons
    assert files_with([GONE.phone, GONE.licence], desk.vault) == [], "the list holds blind tags only"
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


def test_two_people_let_them_in_again(desk: Desk) -> None:
    erase(desk)
    chen = desk.sit("chen")
    asking = no(readmitting.request_readmission(desk.sit("wu"), values=FORM, reason="本人再次同意"))
    assert asking.reason == "role_not_allowed"
    for values, reason, code in (
        (FORM, " ", "reason_missing"),
        (FORM, "电话 13812345678", "free_text_phone"),
        ({**FORM, "full_name": "别人别人"}, "x", "not_erased"),
        ({"full_name": GONE.name}, "x", "field_missing"),
    ):
        with pytest.raises(InputErrors) as fault:
            readmitting.request_readmission(chen, values=values, reason=reason)
        assert fault.value.code == code
    asked = done(readmitting.request_readmission(chen, values=FORM, reason="本人书面要求"))
    assert GONE.name not in asked.canonical.decode()
    assert no(amendments.add_person(desk.sit("wu"), values=FORM, source="CRM")).reason == "erased_before"
    assert no(approvals.approve(chen, request_id=asked.request_id)).reason == "same_person"
    assert done(approvals.approve(desk.sit("zhao"), request_id=asked.request_id)).result == {"lifted": 1}
    assert desk.bring([GONE]).accepted == 1
    entries = done(evidence.list_entries(desk.sit("zhao"), limit=30))
    assert sum(entry.kind == "person_readmitted" for entry in entries) == 1
    assert erase(desk), "and can be erased again"
    assert desk.bring([GONE]).reasons["erased_before"] == 1


def test_an_erasure_while_a_list_comes_in_stops_it_as_a_whole(desk: Desk, tmp_path: Path) -> None:
    class Meanwhile(NoProgress):
        def phase(self, phase: Phase) -> None:
            if phase is Phase.PUBLISHING:
                erase(desk)

    path = write_csv(tmp_path / "list.csv", [Doctor(number="N1", name="尉迟新")])
    with pytest.raises(InputErrors) as fault:
        imports.import_people(
            desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM"), progress=Meanwhile()
        )
    assert fault.value.code == "objection_meanwhile"


def test_a_restored_store_knows_them_too(desk: Desk, tmp_path: Path) -> None:
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "b"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "k"))
    erase(desk)
    desk.rise()
    made = maintenance.restore(
        tmp_path / "b", tmp_path / "k", into=tmp_path / "back.ckvault", user="zhao", passphrase=PASS,
        clock=FixedClock(desk.at),
    )  # fmt: skip
    assert made.erased_again == 1
    desk.vault = made.vault
    assert desk.bring([GONE]).reasons["erased_before"] == 1
