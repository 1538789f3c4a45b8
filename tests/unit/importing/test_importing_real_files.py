"""Whole files against a second reader, written here in the plainest way and sharing no code with the product."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from compliance.importing.results import RowStatus

TODAY = date(2026, 11, 24)
SHARED = Path("/work/shared/data")
COLUMNS = {
    "id": "客户编号", "name": "姓名", "hospital": "医院", "phone": "手机", "mail": "邮箱", "licence": "执业证书编码",
    "answer": "是否同意推广", "note": "备注", "source": "数据来源", "updated": "最近更新",
}  # fmt: skip
YES = {"y", "true", "是", "同意", "口头同意", "是(微信)"}
NO = {"n", "否", "拒绝", "已撤回"}
REFUSED = {"性别", "微信号", "身份证号", "银行卡号", "月处方量(盒)", "潜力"}


def plain_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Row number and cells as text."""
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
        rows = [["" if c is None else str(c) for c in row] for row in sheet.iter_rows(values_only=True)]
        return list(enumerate(rows, 1))
    data = path.read_bytes()
    text = data.decode("utf-8-sig") if data.startswith(b"\xef\xbb\xbf") else data.decode("gb18030")
    return list(enumerate(csv.reader(text.splitlines()), 1))


def slow_day(text: str) -> date | None:
    text = text.strip()
    if not text or text == "不详":
        return None
    if re.fullmatch(r"\d{5}", text):
        return date(1899, 12, 30) + timedelta(days=int(text))
    if re.fullmatch(r"\d{8}", text):
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if found := re.fullmatch(r"(\d\d)-(\w{3})-(\d\d)", text):
        months = "JanFebMarAprMayJunJulAugSepOctNovDec"
        return date(2000 + int(found[3]), months.index(found[2]) // 3 + 1, int(found[1]))
    return date(*(int(part) for part in re.findall(r"\d+", text)))


class Expected:
    """What a patient person with a pencil would make of the file."""

    def __init__(self, path: Path) -> None:
        rows = plain_rows(path)
        header_at = next(i for i, (_, cells) in enumerate(rows) if "姓名" in cells)
        header = rows[header_at][1]
        place = {key: header.index(name) for key, name in COLUMNS.items()}
        seen: dict[str, int] = {}
        self.rows: dict[int, dict[str, object]] = {}
        for number, cells in rows[header_at + 1 :]:
            if not any(cell.strip() for cell in cells) or cells == header or cells[0] == "合计":
                continue
            cell = {key: cells[p].strip() for key, p in place.items()}
            licence = cell["licence"] if len(cell["licence"]) == 15 else ""
            first = min((seen[k] for k in (licence, cell["id"]) if k and k in seen), default=None)
            if first is None:
                seen.update({k: number for k in (licence, cell["id"]) if k})
                vendor = "供应商" in cell["source"] or "学会" in cell["source"]
                status = RowStatus.QUARANTINED if vendor else RowStatus.ACCEPTED
            else:
                status = RowStatus.DUPLICATE
            digits = "".join(chr(ord(c) - 0xFEE0) if "０" <= c <= "９" else c for c in cell["phone"])
            digits = re.sub(r"\D", "", digits.removeprefix("+86"))
            mails = [m for m in re.split(",", cell["mail"].replace("＠", "@")) if m]
            name = re.sub(r"（.*?）", "", cell["name"])
            name = re.sub(r"\s", "", name)
            name = re.sub(r"(主任|医生)$", "", name)
            self.rows[number] = {
                "status": status,
                "name": name,
                "hospital": cell["hospital"],
                "phone": digits if len(digits) == 11 else None,
                "mail": mails[0] if mails else None,
                "licence": licence or None,
                "updated": slow_day(cell["updated"]),
                "answer": True if cell["answer"].lower() in YES else False if cell["answer"].lower() in NO else None,
                "withdrawn": cell["answer"] == "已撤回",
                "note_dropped": cell["note"][:1] in tuple("=+-@") and cell["note"] != "",
                "source_id": cell["id"],
            }

    def count(self, status: RowStatus) -> int:
        return sum(row["status"] is status for row in self.rows.values())


def check(path: Path, read) -> None:
    expected = Expected(path)
    rows, counts = read(path)
    assert [row.row for row in rows] == list(expected.rows)
    for row in rows:
        want = expected.rows[row.row]
        assert row.status is want["status"], row.row
        assert row.values["full_name"] == want["name"], row.row
        assert row.values["institution_name"] == want["hospital"], row.row
        assert row.values.get("mobile_phone") == want["phone"], row.row
        assert row.values.get("work_email") == want["mail"], row.row
        assert row.values.get("practice_licence_no") == want["licence"], row.row
        assert row.source_date == want["updated"], row.row
        assert (row.consent.positive if row.consent else None) == want["answer"], row.row
        assert bool(row.consent and row.consent.withdrawn) == want["withdrawn"], row.row
        assert (("notes", "formula") in row.codes) == want["note_dropped"], row.row
        assert row.source_ids == (want["source_id"],)
    assert counts.read == len(expected.rows)
    assert counts.accepted == expected.count(RowStatus.ACCEPTED)
    assert counts.quarantined == expected.count(RowStatus.QUARANTINED)
    assert counts.duplicates == expected.count(RowStatus.DUPLICATE)
    assert counts.rejected == 0
    assert counts.read == counts.accepted + counts.quarantined + counts.rejected + counts.duplicates
    yes = [n for n, row in expected.rows.items() if row["answer"] and row["status"] is not RowStatus.DUPLICATE]
    assert counts.unproven_consents == len(yes)
    assert counts.totals == 1 and counts.blank > 0


@pytest.mark.parametrize("name", ["crm.csv", "agency.csv", "event.xlsx"])
def test_generated_files_row_by_row(name, sample_files, read):
    check(sample_files[name], read)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared files are not here")
@pytest.mark.parametrize("name", ["crm_export_gb18030.csv", "agency_list_utf8bom.csv", "event_signin.xlsx"])
def test_shared_files_row_by_row(name, read):
    check(SHARED / name, read)


@pytest.mark.req("REQ-114")
@pytest.mark.parametrize("name", ["crm.csv", "event.xlsx"])
def test_never_collected_columns_leave_no_value(name, sample_files, read):
    rows = plain_rows(sample_files[name])
    header = next(cells for _, cells in rows if "姓名" in cells)
    forbidden = (
        {
            cells[place].strip()
            for _, cells in rows
            for place, head in enumerate(header)
            if head in REFUSED - {"性别", "潜力", "月处方量(盒)"} and place < len(cells)
        }
        - {""}
        - REFUSED
    )
    kept = {value for row in read(sample_files[name])[0] for value in row.values.values()}
    assert forbidden and not forbidden & kept
    assert not {"男", "女", "120+", "高"} & kept


def test_candidates_point_to_an_earlier_row_with_the_same_phone_or_name(sample_files, read):
    rows, counts = read(sample_files["crm.csv"])
    by_row = {row.row: row for row in rows}
    listed = [row for row in rows if row.candidates]
    assert listed and counts.candidates == len(listed)
    for row in listed:
        for earlier, why in row.candidates:
            other = by_row[earlier]
            assert earlier < row.row and row.status is not RowStatus.DUPLICATE
            if why == "phone":
                assert other.values["mobile_phone"] == row.values["mobile_phone"]
            else:
                assert other.values["full_name"] == row.values["full_name"]


def test_rare_surnames_survive_gb18030(sample_files, read):
    names = "".join(row.values["full_name"] for row in read(sample_files["crm.csv"])[0])
    assert all(character in names for character in "𬭊䶮㛃𫖯")
