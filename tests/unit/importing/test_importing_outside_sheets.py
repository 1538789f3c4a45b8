"""Workbooks as outsiders send them, counted beside openpyxl and pandas: the right result, or one coded fault."""

import json
import shutil
import struct
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from compliance.errors import InputErrors
from compliance.importing import codec, sheet_marks
from compliance.importing.mapping import plan_columns
from compliance.importing.reading import open_table
from compliance.importing.results import Kind
from compliance.importing.rows import file_facts

HEAD = ["客户编号", "姓名", "医院", "手机", "执业证书编码", "最近更新"]
ROWS = [
    ["K1", "张三丰", "甲医院", "13812345678", "110000000000001", "2026-01-05"],
    ["K2", "李四光", "乙医院", "13812345679", "110000000000002", "2026-01-06"],
    ["K3", "王五一", "丙医院", "13812345670", "110000000000003", "2026-01-07"],
]


def workbook(rows: list[list[object]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    return made


def save(made: openpyxl.Workbook, path: Path) -> Path:
    made.save(path)
    return path


def fault(path: Path) -> str:
    with pytest.raises(InputErrors) as error:
        for _ in open_table(path, kind=Kind.PEOPLE).rows:
            pass
    return error.value.faults[0].code


def test_hidden_rows_columns_and_filters_hide_nobody(tmp_path, read):
    made = workbook([HEAD, *ROWS])
    sheet = made.active
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet.auto_filter.ref = "A1:F4"
    sheet.auto_filter.add_filter_column(1, ["张三丰"])
    path = save(made, tmp_path / "hidden.xlsx")
    rows, counts = read(path)
    beside = pandas.read_excel(path, dtype=str, engine="openpyxl")
    assert counts.read == counts.accepted == len(beside)
    assert [r.values["full_name"] for r in rows] == list(beside["姓名"])
    assert [r.values["mobile_phone"] for r in rows] == list(beside["手机"])
    opened = open_table(path, kind=Kind.PEOPLE)
    facts = codec.load_facts(json.loads(codec.dump_facts(file_facts(opened, plan_columns(opened.header))))["facts"])
    assert facts.hidden_rows == 1


def test_a_hidden_sheet_is_read_only_when_asked_for(tmp_path, read):
    made = workbook([HEAD, ROWS[0]])
    made.active.title = "旧"
    made.active.sheet_state = "hidden"
    seen = made.create_sheet("新")
    seen.append(HEAD)
    seen.append(ROWS[1])
    path = save(made, tmp_path / "sheets.xlsx")
    assert [r.values["full_name"] for r in read(path)[0]] == ["李四光"]
    assert fault_of_sheet(path, "旧") == "sheet_missing"


def fault_of_sheet(path: Path, sheet: str) -> str:
    with pytest.raises(InputErrors) as error:
        open_table(path, kind=Kind.PEOPLE, sheet=sheet)
    return error.value.faults[0].code


def test_headers_merged_over_two_rows_under_a_title(tmp_path, read):
    made = workbook([
        ["2026年专家名单"],
        ["客户编号", "姓名", "医院", "联系方式", "", "证书"],
        ["", "", "", "手机", "邮箱", "执业证书编码"],
        ["K1", "张三丰", "甲医院", "13812345678", "a@example.com", "110000000000001"],
        ["K2", "李四光", "乙医院", "", "", ""],
        ["合计：2人"],
    ])  # fmt: skip
    for cells in ("A1:F1", "A2:A3", "B2:B3", "C2:C3", "D2:E2"):
        made.active.merge_cells(cells)
    path = save(made, tmp_path / "merged.xlsx")
    rows, counts = read(path)
    beside = pandas.read_excel(path, header=None, skiprows=3, dtype=str, engine="openpyxl")
    assert counts.read == len(beside) - 1 == 2 and counts.totals == 1
    assert rows[0].values["work_email"] == beside.iloc[0, 4]
    assert rows[0].values["practice_licence_no"] == beside.iloc[0, 5]


def test_errors_and_formulas_without_a_result_are_told_apart_from_empty_cells(tmp_path, read):
    made = workbook([
        HEAD,
        ["K1", "张三丰", "甲医院", "#N/A", "#REF!", "2026-01-05"],
        ["K2", "李四光", '="乙"&"医院"', "=13812345678", "", ""],
        ["K3", "王五一", "丙医院", "", "", ""],
    ])  # fmt: skip
    for cell in ("D2", "E2"):
        made.active[cell].data_type = "e"
    path = save(made, tmp_path / "formulas.xlsx")
    rows, counts = read(path)
    beside = openpyxl.load_workbook(path, data_only=True).active
    assert counts.read == beside.max_row - 1
    assert rows[0].codes == (("mobile_phone", "spreadsheet_error"), ("practice_licence_no", "spreadsheet_error"))
    assert beside["C3"].value is None and beside["D3"].value is None
    said = (("institution_name", "formula_uncomputed"), ("mobile_phone", "formula_uncomputed"))
    assert rows[1].codes[:2] == said and counts.rejected == 1
    assert rows[2].codes == ()


def test_a_formula_with_its_result_is_its_result(tmp_path, read):
    xml = (
        '<c r="B3" t="str"><f>A1&amp;"光"</f><v>李四光</v></c><c r="C3" t="str"><f>T(1)</f><v></v></c>'
        '<c r="D3"><f>1+1</f><v>2</v></c><c r="E3"><f t="shared" si="0"/><v/></c><c r="F3" t="e"><v>#N/A</v></c>'
    )
    found = list(sheet_marks._marked(xml.encode()))
    assert found == [(3, 5, "#N/A"), (3, 4, "#UNCOMPUTED!")], "an empty text is a result"


def test_a_sheet_full_of_beginnings_costs_no_more_than_its_length():
    begun = time.process_time()
    for start in (b'<c r="A1" ', b'<c r="A1"><f ', b'<c r="A1"><f>'):
        assert list(sheet_marks._marked(b"<!--" + start * 5_000 + b't="e"-->')) in ([], [(1, 0, "#N/A")])
    assert len(sheet_marks._SHEET.findall(b"<sheet " * 20_000)) == 0
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_days_are_days_in_both_calendars(epoch, tmp_path, read):
    made = workbook([HEAD])
    if epoch == 1904:
        made.epoch = CALENDAR_MAC_1904
    made.active.append([*ROWS[0][:5], datetime(2026, 1, 5)])  # noqa: DTZ001 - a cell has no zone
    made.active.append([*ROWS[1][:5], date(2026, 1, 6)])
    path = save(made, tmp_path / "days.xlsx")
    beside = openpyxl.load_workbook(path, data_only=True).active
    assert [r.source_date for r in read(path)[0]] == [beside[f"F{row}"].value.date() for row in (2, 3)]


def written(text: str) -> bytes:
    """How openpyxl writes it."""
    return text.encode("ascii", "xmlcharrefreplace")


def entities(path: Path, head: str) -> Path:
    good = save(workbook([HEAD, *ROWS]), path.with_name("good.xlsx"))
    with zipfile.ZipFile(good) as found, zipfile.ZipFile(path, "w") as made:
        for name in found.namelist():
            body = found.read(name)
            if name == "xl/worksheets/sheet1.xml":
                body = f'<?xml version="1.0"?>{head}'.encode() + body.replace(written("张三丰"), b"&x;")
                assert b"&x;" in body
            made.writestr(name, body)
    return path


def test_entities_of_a_sheet_open_nothing(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", encoding="utf-8")
    outside = entities(tmp_path / "xxe.xlsx", f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>')
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    bomb = entities(tmp_path / "lol.xlsx", f'<!DOCTYPE a [<!ENTITY a0 "ha">{laughs}<!ENTITY x "&a11;">]>')
    for path in (outside, bomb):
        try:
            texts = [str(cell) for _, cells in open_table(path, kind=Kind.PEOPLE).rows for cell in cells]
        except InputErrors as error:
            assert error.code == "xlsx_broken"
        else:
            assert "机密" not in "".join(texts) and max(map(len, texts)) < 100


def ods(path: Path, rows: list[list[str]]) -> Path:
    cells = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in row)
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="a">{cells}</table:table></office:spreadsheet>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("mimetype", kind)
        made.writestr(
            "content.xml", f"<office:document-content {spaces}>{body}</office:body></office:document-content>"
        )
        made.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls(path: Path, rows: list[list[str]]) -> Path:
    """The least of an Excel 97 workbook, as WPS and hospital systems still write it."""

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0xDBB, 0x7CC, 0, 6))

    sheet = begin(0x10)
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            head = struct.pack("<HHHHB", number, place, 0, len(cell), 1)
            sheet += record(0x204, head + cell.encode("utf-16-le"))
    sheet += record(0x0A, b"")

    def book(at: int) -> bytes:
        name = struct.pack("<IBBBB", at, 0, 0, 1, 1) + "a".encode("utf-16-le")
        return begin(5) + record(0x42, struct.pack("<H", 1200)) + record(0x85, name) + record(0x0A, b"")

    stream = (book(len(book(0))) + sheet).ljust(4096, b"\0")
    stream += bytes(-len(stream) % 512)
    sectors, free, end = len(stream) // 512, 0xFFFFFFFF, 0xFFFFFFFE
    table = [0xFFFFFFFD, end, *(3 + i for i in range(sectors - 1)), end]
    table += [free] * (128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *([free] * 108))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        called = name.encode("utf-16-le") + b"\0\0"
        body = called.ljust(64, b"\0") + struct.pack("<HBBIII", len(called), kind, 1, free, free, child)
        return body + bytes(36) + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream)) + bytes(256)
    path.write_bytes(header + struct.pack("<128I", *table) + folder + stream)
    return path


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls", "csv"])
@pytest.mark.parametrize("ending", [".xlsx", ".xls", ".et", ".ods", ".xlsb", ".csv", ""])
def test_a_file_is_what_its_bytes_are_whatever_its_name_ends_in(kind, ending, tmp_path, read):
    made = tmp_path / "made"
    if kind == "xlsx":
        save(workbook([HEAD, *ROWS]), made)
    elif kind == "csv":
        made.write_text("\n".join(",".join(row) for row in [HEAD, *ROWS]), encoding="gb18030")
    else:
        (ods if kind == "ods" else xls)(made, [HEAD, *ROWS])
    path = tmp_path / f"list{ending}"
    shutil.move(made, path)
    rows, counts = read(path)
    assert counts.read == counts.accepted == len(ROWS)
    assert [r.values["full_name"] for r in rows] == [row[1] for row in ROWS]


def test_a_cell_of_six_megabytes_drops_the_cell_not_the_file(tmp_path, read):
    good = save(workbook([HEAD, *ROWS]), tmp_path / "good.xlsx")
    path = tmp_path / "long.xlsx"
    with zipfile.ZipFile(good) as found, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in found.namelist():
            made.writestr(name, found.read(name).replace(written("甲医院"), b"ab3" * (2 << 20)))
    rows, counts = read(path)
    assert (counts.read, counts.rejected, counts.accepted) == (3, 1, 2)
    assert ("institution_name", "cell_too_long") in rows[0].codes
