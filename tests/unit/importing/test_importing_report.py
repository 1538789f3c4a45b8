"""The report of an import: complete, in words, inert."""

import csv
import random

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from compliance.errors import ExportError
from compliance.i18n import Lang, catalogue
from compliance.importing.report import ReportRow, code_words, inert, target_words, write_report
from compliance.importing.results import RefusedColumn, RowStatus

ROWS = [
    ReportRow(row=3, status=RowStatus.ACCEPTED, codes=(("mobile_phone", "phone_damaged"), ("notes", "formula"))),
    ReportRow(row=4, status=RowStatus.DUPLICATE, codes=(("row", "duplicate_licence"),), first_row=3),
    ReportRow(row=5, status=RowStatus.REJECTED, codes=()),
]


def lines(path):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    return [["" if c is None else str(c) for c in row] for row in openpyxl.load_workbook(path).active.values]


@pytest.mark.parametrize("name", ["r.csv", "r.xlsx"])
def test_every_reason_has_a_line_in_words(name, tmp_path):
    path = tmp_path / name
    refused = [RefusedColumn("性别", "gender")]
    assert write_report(path, ROWS, lang=Lang.ZH, refused=refused, unknown=["=神秘列"]) == 6
    found = lines(path)
    assert found[0][:4] == ["行号", "结果", "字段", "代码"]
    assert found[1][2:4] == ["性别", "gender"] and "神秘列" in found[2][2]
    assert found[3][:4] == ["3", "已接收", "手机号码", "phone_damaged"] and "手机号位数" in found[3][4]
    assert found[5][5] == "3" and found[6][:2] == ["5", "未接收"]


def test_values_only_when_asked(tmp_path):
    row = ReportRow(row=2, status=RowStatus.ACCEPTED, codes=(("work_email", "email_bad"),), raw={"work_email": "=bad"})
    plain, full = tmp_path / "a.csv", tmp_path / "b.csv"
    write_report(plain, [row], lang="en")
    write_report(full, [row], lang="en", with_values=True)
    assert "bad" not in lines(plain)[1][-1] and lines(full)[1][-1] == "'=bad"
    assert "=bad" not in repr(row)


@pytest.mark.parametrize("name", ["r.csv", "r.xlsx"])
def test_no_cell_is_a_formula(name, tmp_path):
    dice = random.Random(1)
    marks = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "|"]
    tails = ["cmd|'/c calc'!A1", 'HYPERLINK("x")', "1+1", ""]
    payloads = [dice.choice(marks) + dice.choice(tails) for _ in range(500)]
    rows = [
        ReportRow(row=n, status=RowStatus.ACCEPTED, codes=(("notes", "formula"),), raw={"notes": text})
        for n, text in enumerate(payloads, 1)
    ]
    path = tmp_path / name
    write_report(path, rows, lang="en", unknown=payloads, with_values=True)
    if name.endswith("csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    else:
        assert all(cell.data_type != "f" for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row)
        assert CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).height == 1001


def test_inert():
    assert [inert(text) for text in ("=1", "a=1", "@x", "")] == ["'=1", "a=1", "'@x", ""]


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(ExportError) as error:
        write_report(tmp_path / "none" / "r.csv", ROWS)
    assert error.value.code == "report_failed"
    with pytest.raises(ExportError):
        write_report(tmp_path / "r.txt", ROWS)

    def breaks():
        yield ROWS[0]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_report(tmp_path / "r.xlsx", breaks())
    assert list(tmp_path.iterdir()) == []


def test_every_code_the_sample_raises_has_words(sample_files, read):
    codes, targets = set(), set()
    for path in sample_files.values():
        for row in read(path)[0]:
            codes |= {code for _, code in row.codes}
            targets |= {target for target, _ in row.codes}
    assert codes and not [code for code in codes if code_words(code, "zh") == code]
    assert targets and not [target for target in targets if target_words(target, "zh") == target]


def test_words_come_in_both_languages():
    own = {key: words for key, words in catalogue().items() if key.startswith("import.")}
    assert len(own) > 100 and all(set(words) == {"zh", "en"} for words in own.values())
