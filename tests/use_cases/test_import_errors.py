"""Rows an import does not take go into a workbook, are mended there and come in by themselves, once."""

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from support import Desk, done, no

from compliance.errors import InputErrors
from compliance.model.access import Role
from compliance.progress import NoProgress
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import imports

HEAD = ["客户编号", "姓名", "医院", "科室", "手机", "执业证书编号", "性别", "备注二"]
ROWS = [
    ["M1", "欧阳一诺", "示例第一医院", "心内科", "13900000001", "", "女", "甲"],
    ["M2", "欧阳二诺", "", "心内科", "1390000002", "", "女", "=1+1"],  # no hospital, phone short of a digit
    ["M3", "", "示例第二医院", "骨科", "+86 13900000003", "1.10105E+14", "男", "乙"],  # no name
    ["M1", "欧阳一诺", "示例第一医院", "心内科", "13900000001", "", "女", "甲"],  # a duplicate
    ["M5", "欧阳五诺", "示例第二医院", "骨科", "13900000005", "", "男", ""],
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("mend"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    yield desk
    desk.rise()


def bring(desk: Desk, path: Path, *, user: str = "wu", **more: object) -> imports.ImportReport:
    request = imports.ImportRequest(path=path, source="CRM", **more)  # type: ignore[arg-type]
    return done(imports.import_people(desk.sit(user), request=request, progress=NoProgress()))


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    path = tmp_path / "dirty.csv"
    with path.open("w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows([HEAD, *ROWS])
    return path


@pytest.mark.req("REQ-040")
def test_rows_not_taken_are_mended_and_come_in_once(desk: Desk, dirty: Path, tmp_path: Path) -> None:
    book = tmp_path / "mend.xlsx"
    report = bring(desk, dirty, errors=book)
    assert (report.read, report.accepted, report.rejected, report.duplicates) == (5, 2, 2, 1)
    assert (report.errors, report.errors_rows) == (book, 3)
    opened = openpyxl.load_workbook(book)
    sheet = opened.worksheets[0]
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert cells[0][2:] == ["客户编号", "姓名", "医院", "科室", "手机", "执业证书编号", "备注二"], (
        "refused columns stay out"
    )
    assert [row[0] for row in cells[1:]] == ["3", "4", "5"]
    assert cells[1][2:] == ["M2", "欧阳二诺", "", "心内科", "1390000002", "", "=1+1"]
    assert cells[2][2:] == ["M3", "", "示例第二医院", "骨科", "+86 13900000003", "1.10105E+14", "乙"]
    assert "医院" in cells[1][1] and "手机" in cells[1][1] and "2" in cells[3][1]
    assert sheet["G2"].fill.fgColor.rgb == "FFFCE4D6" and sheet["F2"].fill.fgColor.rgb != "FFFCE4D6"
    assert {cell.number_format for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} == {"@"}
    with zipfile.ZipFile(book) as packed:
        for name in packed.namelist():
            assert b"<f>" not in packed.read(name) and b"<f " not in packed.read(name)
    assert book.stat().st_mode & 0o077 == 0

    sheet["E2"], sheet["G2"], sheet["D3"] = "示例第三医院", "13900000002", "欧阳三诺"
    opened.save(book)
    mended = bring(desk, book)
    assert (mended.read, mended.accepted, mended.rejected, mended.duplicates) == (3, 2, 0, 1)
    assert mended.reasons.get("number_damaged") == 1, "a number that lost digits is still not taken for whole"
    again = bring(desk, book)
    assert (again.read, again.accepted, again.duplicates) == (3, 0, 3)
    with desk.sit("chen").vault.snapshot() as snap:
        told = [entry.data["detail"] for entry in snap.log.find(kind="export_written")]
        assert [detail["rows"] for detail in told if detail["what"] == "import_errors"] == [3]
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


def test_numbers_of_a_spreadsheet_are_text_and_damaged_ones_stay_damaged(desk: Desk, tmp_path: Path) -> None:
    path, out = tmp_path / "typed.xlsx", tmp_path / "out.xlsx"
    made = openpyxl.Workbook()
    made.active.append(["姓名", "医院", "手机", "执业证书编号"])  # type: ignore[union-attr]
    made.active.append(["上官甲", None, 13900000009, 110105190001011234])  # type: ignore[union-attr]
    made.save(path)
    report = bring(desk, path, errors=out)
    assert (report.rejected, report.reasons["number_damaged"]) == (1, 1)
    cells = [cell.value for cell in openpyxl.load_workbook(out).worksheets[0][2]]
    assert cells[2:] == ["上官甲", None, "13900000009", cells[5]] and "E+" in cells[5]
    assert bring(desk, out).reasons["number_damaged"] == 1


def test_a_workbook_is_refused_before_anything_is_read(desk: Desk, dirty: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.xlsx"
    taken.write_bytes(b"mine")
    for path, code in (
        (taken, "file_exists"), (tmp_path / "x.csv", "not_xlsx"), (tmp_path / "no" / "x.xlsx", "folder_missing")
    ):  # fmt: skip
        with pytest.raises(InputErrors) as fault:
            bring(desk, dirty, errors=path)
        assert fault.value.code == code
    assert taken.read_bytes() == b"mine"
    request = imports.ImportRequest(path=dirty, source="CRM", errors=tmp_path / "dpo.xlsx")
    refused = no(imports.import_people(desk.sit("zhao"), request=request, progress=NoProgress()))
    assert refused.reason == "role_not_permitted", "the privacy officer has no purpose of checking data"


def test_all_taken_makes_no_workbook_and_a_trial_makes_one(desk: Desk, dirty: Path, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("客户编号,姓名,医院\nM77,欧阳新诺,示例第一医院\n", encoding="utf-8")
    report = bring(desk, good, errors=tmp_path / "none.xlsx")
    assert (report.accepted, report.errors) == (1, None) and not (tmp_path / "none.xlsx").exists()
    trial = bring(desk, dirty, errors=tmp_path / "trial.xlsx", dry_run=True)
    assert trial.batch is None and trial.errors_rows == 5, "all of them are held by now, or rejected again"


def test_a_failed_publication_takes_the_workbook_away(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = tmp_path / "fresh.csv", tmp_path / "fresh.xlsx"
    path.write_text("客户编号,姓名,医院\nM90,欧阳九诺,示例第一医院\nM91,欧阳十诺,\n", encoding="utf-8")
    monkeypatch.setattr("compliance.use_cases.imports.import_run.settle_states", lambda *_, **__: None)

    def full(*_: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("compliance.use_cases.imports.import_run.Run._close", full)
    with pytest.raises(OSError, match="full"):
        bring(desk, path, errors=out)
    assert not out.exists()
    monkeypatch.undo()
    assert bring(desk, path).accepted == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_file_without_names_or_hospitals_is_told_so_before_a_row_is_read(
    desk: Desk, tmp_path: Path, dry_run: bool
) -> None:
    path = tmp_path / "bare.csv"
    before = len(done(imports.list_batches(desk.sit("wu"))))
    for head, codes in (
        ("客户编号,姓名,就诊医院", ["no_hospital_column"]),
        ("客户编号,医院,大名", ["no_name_column"]),
        ("客户编号,科室", ["no_name_column", "no_hospital_column"]),
    ):
        path.write_text(f"{head}\nB1,甲,乙\n", encoding="utf-8")
        with pytest.raises(InputErrors) as found:
            bring(desk, path, dry_run=dry_run)
        assert [fault.code for fault in found.value.faults] == codes
        look = done(imports.preview_import(desk.sit("wu"), path=path))
        assert len(look.columns) == len(head.split(",")), "the columns can still be looked at"
    assert len(done(imports.list_batches(desk.sit("wu")))) == before


def test_worksheets_that_were_not_read_are_named(desk: Desk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for number, title in enumerate(("华东", "华南", "旧")):
        sheet = book.active if not number else book.create_sheet()
        assert isinstance(sheet, openpyxl.worksheet.worksheet.Worksheet)
        sheet.title = title
        sheet.append(HEAD[:3])
        sheet.append([f"S{number}", f"司徒{title}", "示例第一医院"])
    book["旧"].sheet_state = "hidden"
    path = tmp_path / "regions.xlsx"
    book.save(path)
    report = bring(desk, path, dry_run=True)
    assert (report.read, report.worksheet, report.other_worksheets) == (1, "华东", ("华南",))
    assert report.as_json()["other_worksheets"] == ["华南"]
    assert bring(desk, path, dry_run=True, sheet="华南").other_worksheets == ("华东",)
    del book["华南"], book["旧"]
    book.save(path)
    assert "other_worksheets" not in bring(desk, path, dry_run=True).as_json()
