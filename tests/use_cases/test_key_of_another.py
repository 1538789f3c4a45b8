"""One source id for different people is never a silent duplicate (docs/decisions/0014)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support import Desk, Doctor, done, invent, write_csv

from compliance.model.access import Role
from compliance.progress import NoProgress
from compliance.use_cases.consent import standing
from compliance.use_cases.imports import imports


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("keys"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    yield desk
    desk.rise()


def adds_up(report: imports.ImportReport) -> bool:
    return report.read == report.accepted + report.quarantined + report.rejected + report.duplicates


def test_a_shared_sign_in_sheet_names_every_row_it_does_not_take(desk: Desk) -> None:
    sheet = [replace(p, number="SHARED", licence="", hospital=f"示例第{n}医院", name=f"{p.name}{'甲乙丙丁'[n % 4]}")
             for n, p in enumerate(invent(60, seed=3, first=500))]  # fmt: skip
    report = desk.bring(sheet)
    assert adds_up(report) and report.read == 60
    assert report.duplicates == 0 and report.rejected == 60 - report.accepted == report.reasons["key_of_another"]


@pytest.mark.parametrize("dry", [True, False])
def test_a_key_the_vault_holds_for_somebody_else_is_rejected_and_its_no_is_nobodys(
    desk: Desk, tmp_path: Path, dry: bool
) -> None:
    number, name = f"HELD{dry}", "司徒若水" if dry else "司徒若木"
    desk.bring([Doctor(number=number, name=name, hospital="示例第一医院", consent="Y")])
    hcp = desk.id_of(name) if not dry else ""
    path = write_csv(tmp_path / "again.csv", [
        Doctor(number=number, name=name, hospital="示例第二医院"),  # moved: the same person
        Doctor(number="OWN", name="南宫他人", hospital="示例第三医院"),
    ])  # fmt: skip
    same = done(imports.import_people(
        desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM", dry_run=True), progress=NoProgress()
    ))  # fmt: skip
    assert (same.duplicates, same.rejected) == (1, 0)
    path = write_csv(tmp_path / "other.csv", [
        Doctor(number=number, name="南宫他人", hospital="示例第三医院", consent="已撤回"),
        Doctor(number=number, name="南宫他人", hospital="示例第三医院", consent="已撤回"),
    ])  # fmt: skip
    report = done(imports.import_people(
        desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM", dry_run=dry, report=tmp_path / "r.csv"),
        progress=NoProgress(),
    ))  # fmt: skip
    assert adds_up(report) and report.rejected == 1 and report.reasons["key_of_another"] == 1
    assert "key_of_another" in (tmp_path / "r.csv").read_text("utf-8-sig")
    if hcp:
        lines = done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))
        assert {str(x.status) for x in lines if x.status != "not_asked"} == {"unproven"}, "another's no closes nothing"
