"""Every way a file can be unusable has its code; nothing else ever comes out."""

import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter

from compliance.errors import InputErrors
from compliance.importing import reading, sheets
from compliance.importing.reading import open_table
from compliance.importing.results import Kind

HEAD = "姓名,医院\n"


def fault(path: Path, **options) -> str:
    with pytest.raises(InputErrors) as error:
        for _ in open_table(path, kind=Kind.PEOPLE, **options).rows:
            pass
    return error.value.faults[0].code


def book(path: Path, *sheets_: tuple[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        for name, rows in sheets_:
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n \n", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (bytes(range(256)) * 20, "file_binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "file_binary"),
        (b"%PDF-1.7\n1 0 obj", "file_binary"),
        ("姓名,医院\n张\0三\0,甲医院\n李四,乙医院\n".encode(), "file_nul"),
        ("姓名,医院\n张三,甲医院\0\n李四,乙医院\n".encode("gb18030"), "file_nul"),
        ("姓名,医院\n张三,甲医院\0\n".encode("utf-16"), "file_nul"),
        ("姓名,医院\n".encode() + b"a,b\n" * 9000 + b"\0", "file_nul"),
        ("姓名,医院\n张三,甲医院\n".encode() + b"\0" * 4096, "file_binary"),
        ("姓名,医院\n张三,甲".encode("gb18030") + b"\xff\xff", "encoding_unknown"),
        (b"<html><table><tr><td>\xe5\xa7\x93</td></tr></table>", "file_html"),
        (b"a,b,c\n1,2,3\n", "no_header"),
        ("姓名,医院\n张三,\"甲医院\n李四,乙医院\n".encode(), "quote_unclosed"),
        (HEAD.encode() + b"x" * 300_000, "line_too_long"),
        (HEAD.encode() + b"x" * (3 << 20), "line_too_long"),
        (HEAD.encode() + b"," * 600 + b"\n", "too_many_columns"),
    ],
)  # fmt: skip
def test_broken_text(data, code, tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    assert fault(path) == code


def test_missing_files_and_folders(tmp_path):
    assert fault(tmp_path / "none.csv") == "file_missing"
    assert fault(tmp_path) == "file_missing"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="permissions do not bind this user")
def test_unreadable_file(write):
    path = write(HEAD)
    path.chmod(0)
    assert fault(path) == "file_unreadable"


def test_one_gigabyte_line_is_refused_without_being_held(tmp_path):
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.write(HEAD.encode())
        file.write(b"x" * (2 << 20))
        file.seek(1 << 30)
        file.write(b"x")  # a hole of NULs: sparse, a gigabyte by its size
    assert fault(path) in ("file_binary", "line_too_long")


def test_broken_spreadsheets(tmp_path, monkeypatch):
    good = book(tmp_path / "good.xlsx", ("a", [["姓名", "医院"], ["张三", "甲医院"]]))
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(good.read_bytes()[:-200])
    assert fault(cut) == "xlsx_broken"
    word = tmp_path / "word.xlsx"
    with zipfile.ZipFile(word, "w") as made:
        made.writestr("word/document.xml", "<a/>")
    assert fault(word) == "file_binary"
    torn = tmp_path / "torn.xlsx"
    with zipfile.ZipFile(torn, "w") as made:
        made.writestr("xl/workbook.xml", "<workbook")
    assert fault(torn) == "xlsx_broken"
    ole = tmp_path / "old.xls"
    ole.write_bytes(sheets.OLE_MAGIC + bytes(2000))
    assert fault(ole) in ("xlsx_broken", "xlsx_encrypted")
    monkeypatch.setattr(sheets, "MOST_FILE", 100)
    assert fault(good) == "file_too_large"


def test_sheets_are_chosen(tmp_path):
    path = book(
        tmp_path / "two.xlsx",
        ("封面", [["内部资料"]]),
        ("名单", [["标题"], [], ["姓名", "医院"], ["张三", "甲医院"]]),
        ("其他", [["姓名", "医院"], ["李四", "乙医院"]]),
    )
    found = open_table(path, kind=Kind.PEOPLE)
    assert (found.sheet, found.header_row, [n for n, _ in found.rows]) == ("名单", 3, [4])
    assert open_table(path, kind=Kind.PEOPLE, sheet="3").sheet == "其他"
    assert open_table(path, kind=Kind.PEOPLE, sheet="其他").header_row == 1
    assert fault(path, sheet="4") == "sheet_missing"
    assert fault(path, sheet="无") == "sheet_missing"
    assert fault(path, sheet="1") == "no_header"
    assert fault(path, header_row=9) == "no_header"
    assert fault(book(tmp_path / "empty.xlsx", ("a", []))) == "no_rows"


def test_cells_merged_downwards_hold_for_every_row(tmp_path, read):
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        sheet.merge_range(1, 1, 1, 3, "2026年签到表")
        sheet.write_row(2, 1, ["医院", "姓名", "科室"])
        sheet.merge_range(3, 1, 5, 1, "甲医院")
        for row, name in enumerate(["张三", "李四", "王五"], 3):
            sheet.write(row, 2, name)
        sheet.write_row(6, 1, ["", "赵六"])
        sheet.merge_range(7, 1, 7, 3, "合计：4人")
    rows, counts = read(path)
    assert [(row.row, row.values.get("institution_name")) for row in rows] == [
        (4, "甲医院"),
        (5, "甲医院"),
        (6, "甲医院"),
        (7, None),
    ]
    assert (counts.accepted, counts.rejected, counts.totals) == (3, 1, 1)


@pytest.mark.parametrize("text", ["姓名,医院\n", "姓名,医院\n,,\n合计,0\n"])
def test_a_header_without_entries(text, write, read):
    with pytest.raises(InputErrors) as error:
        read(write(text))
    assert error.value.faults[0].code == "no_rows"


def test_zip_bombs(tmp_path):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    assert fault(bomb) == "zip_bomb"
    many = tmp_path / "many.xlsx"
    with zipfile.ZipFile(many, "w") as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        for number in range(sheets.MOST_ENTRIES):
            made.writestr(f"xl/{number}", "")
    assert fault(many) == "zip_bomb"


def test_a_directory_that_lies_about_sizes(tmp_path):
    packed = zlib.compress(os.urandom(200_000), 9)[2:-4]
    name = b"xl/workbook.xml"
    crc, lied = 0, 10
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(packed), lied, len(name), 0)
    central = struct.pack(
        "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, crc, len(packed), lied, len(name), 0, 0, 0, 0, 0, 0
    )
    body = local + name + packed
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central) + len(name), len(body), 0)
    path = tmp_path / "lie.xlsx"
    path.write_bytes(body + central + name + end)
    assert fault(path) == "zip_bomb"


def test_a_file_that_grows_while_it_is_read(write, read):
    path = write(HEAD + "张三,甲医院\n" * 10)
    opened = open_table(path, kind=Kind.PEOPLE)
    with path.open("a", encoding="utf-8") as more:
        more.write("李四,乙医院\n")
    with pytest.raises(InputErrors) as error:
        opened.ensure_unchanged()
    assert error.value.code == "file_changing"


def test_a_file_touched_a_moment_ago_is_looked_at_twice(write, monkeypatch):
    path = write(HEAD + "张三,甲医院\n")

    def goes_on(seconds: float) -> None:
        assert seconds == 0.2
        with path.open("a", encoding="utf-8") as more:
            more.write("李四,乙医院\n")

    monkeypatch.setattr(reading.time, "sleep", goes_on)
    with pytest.raises(InputErrors) as error:
        reading.settle(path, 0.2)
    assert error.value.code == "file_changing"
    os.utime(path, (1_700_000_000, 1_700_000_000))
    monkeypatch.setattr(reading.time, "sleep", lambda seconds: pytest.fail("an old file needs no second look"))
    reading.settle(path, 0.2)


def test_duplicate_headers_are_all_named(write, read):
    with pytest.raises(InputErrors) as error:
        read(write("姓名,医院,手机,备用,医 院,备用\n张三,甲医院,,,,\n"))
    assert [fault.code for fault in error.value.faults] == ["duplicate_headers"] * 2
    assert [fault.value for fault in error.value.faults] == ["5", "6"]


def test_errors_hold_no_cell(write):
    path = write('姓名,医院\n张三丰,"机密医院\n')
    with pytest.raises(InputErrors) as error:
        list(open_table(path, kind=Kind.PEOPLE).rows)
    assert "张三丰" not in str(error.value) and "机密" not in repr(error.value.faults)
