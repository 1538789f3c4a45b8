"""Rows: status, reasons, answers, keys. Architecture section 13, line by line."""

from datetime import date

import pytest

from compliance.importing.results import RowStatus
from compliance.model.consent import EventKind
from compliance.model.profile import SourceClass
from compliance.use_cases.showing import sample_data

HEAD = "客户编号,姓名,医院,手机,执业证书编码,是否同意,同意日期,备注,数据来源,最近更新,学术背景\n"


def rows_of(write, read, *lines: str, **options):
    return read(write(HEAD + "\n".join(lines) + "\n"), **options)


def test_a_row_is_rejected_only_without_name_or_hospital(write, read):
    rows, counts = rows_of(
        write, read,
        "1,,甲医院,,,,,,,,",
        "2,张三,,,,,,,,,",
        "3,张三,甲医院,坏,坏,坏,坏,坏,坏,坏,坏",
        "4,?,甲医院,,,,,,,,",
    )  # fmt: skip
    assert [row.status for row in rows] == [RowStatus.REJECTED] * 2 + [RowStatus.ACCEPTED, RowStatus.REJECTED]
    assert ("full_name", "name_missing") in rows[0].codes and ("institution_name", "hospital_missing") in rows[1].codes
    assert {code for _, code in rows[2].codes} >= {"phone_bad", "licence_bad", "date_bad", "consent_unclear"}
    assert (counts.read, counts.rejected, counts.accepted) == (4, 3, 1)


def test_duplicates_by_licence_and_by_source_id(write, read):
    rows, counts = rows_of(
        write, read,
        "1,张三,甲医院,,110000000000001,Y,,,,,",
        "2,张三,甲医院,,110000000000001,已撤回,,,,,",
        "1,张三,乙医院,,,,,,,,",
        "3,王五,丙医院,,11000000000001,,,,,,",
        "4,赵六,丁医院,,11000000000001,,,,,,",
        "5,,甲医院,,110000000000009,,,,,,",
        "6,孙七,甲医院,,110000000000009,,,,,,",
    )  # fmt: skip
    assert [row.status.value for row in rows] == [
        "accepted", "duplicate", "duplicate", "accepted", "accepted", "rejected", "accepted"
    ]  # fmt: skip
    assert rows[1].first_row == 2 and ("row", "duplicate_licence") in rows[1].codes
    assert rows[2].first_row == 2 and ("row", "duplicate_source_id") in rows[2].codes
    assert rows[1].consent and rows[1].consent.withdrawn, "a withdrawal in a duplicate must not be lost"
    assert counts.read == 7 == counts.accepted + counts.quarantined + counts.rejected + counts.duplicates


def test_the_key_of_another_person_is_rejected_and_named(write, read):
    rows, counts = rows_of(
        write, read,
        "1,张三,甲医院,,,,,,,,",
        "1,李四,乙医院,,,已撤回,,,,,",
        "1,王五,甲医院,,,,,,,,",
        "1,李四,丙医院,,110000000000002,,,,,,",
        "2,李四,丙医院,,110000000000002,,,,,,",
    )  # fmt: skip
    assert [row.status.value for row in rows] == ["accepted", "rejected", "duplicate", "rejected", "accepted"]
    assert rows[1].first_row == 2 and ("row", "key_of_another") in rows[1].codes
    assert (counts.duplicates, counts.rejected, counts.codes["key_of_another"]) == (1, 2, 2)
    assert counts.read == counts.accepted + counts.quarantined + counts.rejected + counts.duplicates


@pytest.mark.req("REQ-010")
def test_a_basis_the_law_does_not_know_is_a_rejected_row_with_its_name(write, read):
    rows, counts = rows_of(
        write, read,
        "1,张三,甲医院,,,legitimate interests,,,,,",
        "2,李四,乙医院,,,正当利益,,,,,",
        "3,王五,丙医院,,,默示同意,,,,,",
        "4,赵六,丁医院,,,是,,,,,",
        "5,孙七,戊医院,,,Implied consent,,,,,",
    )  # fmt: skip
    assert [row.status.value for row in rows] == ["rejected", "rejected", "accepted", "accepted", "accepted"]
    assert all(("consent_answer", "basis_not_lawful") in row.codes for row in rows[:2])
    assert all(("consent_answer", "consent_implied") in rows[place].codes for place in (2, 4))
    assert [bool(row.consents) for row in rows] == [False, False, False, True, False]
    assert counts.codes["basis_not_lawful"] == 2


def test_candidates_are_accepted_and_listed(write, read):
    rows, counts = rows_of(
        write, read,
        "1,张三,重医附一院,13900000001,,,,,,,",
        "2,张 三,重庆医科大学附属第一医院（东院区）,,,,,,,,",
        "3,李四,乙医院,139-0000-0001,,,,,,,",
    )  # fmt: skip
    assert rows[1].candidates == ((2, "name_and_hospital"),) and rows[2].candidates == ((2, "phone"),)
    assert counts.candidates == 2 and counts.accepted == 3


@pytest.mark.req("REQ-064")
def test_outside_sources_without_proof_are_quarantined(write, read):
    lines = ("1,张三,甲医院,,,,,,供应商XX数据,,", "2,李四,乙医院,,,,,,学会名单,,", "3,王五,丙医院,,,,,,会议签到,,")
    rows, _ = rows_of(write, read, *lines)
    assert [row.status.value for row in rows] == ["quarantined", "quarantined", "accepted"]
    assert {("data_source", "source_third_party"), ("data_source", "source_second_party")} <= {
        code for row in rows for code in row.codes
    }
    for source_class in (SourceClass.SECOND, SourceClass.THIRD):
        assert rows_of(write, read, *lines, source_class=source_class)[1].quarantined == 3
        assert rows_of(write, read, *lines, source_class=source_class, basis_proof=True)[1].accepted == 3
    assert rows_of(write, read, *lines, quarantine=True)[1].quarantined == 3
    assert rows_of(write, read, *lines, basis_proof=True)[1].quarantined == 2, "proof for a CRM proves no vendor"


@pytest.mark.req("REQ-042")
def test_the_guard_drops_the_note_and_keeps_the_row(write, read):
    seen = []

    def guard(text: str) -> str | None:
        seen.append(text)
        return "family" if "女儿" in text else None

    rows, _ = rows_of(
        write, read,
        "1,张三,甲医院,,,,,女儿今年高考,,,",
        "2,李四,乙医院,,,,,建议午间拜访,,,研究心衰",
        "3,王五,丙医院,,,,,=1+1,,,",
        guard=guard,
    )  # fmt: skip
    assert "last_visit_note" not in rows[0].values and ("last_visit_note", "family") in rows[0].codes
    assert rows[1].values["last_visit_note"] == "建议午间拜访" and rows[1].values["academic_background"] == "研究心衰"
    assert ("notes", "formula") in rows[2].codes and "last_visit_note" not in rows[2].values
    assert sorted(seen) == sorted(["女儿今年高考", "建议午间拜访", "研究心衰"])
    assert all(row.status is RowStatus.ACCEPTED and not row.note for row in rows)


def test_a_remark_that_declines_a_channel_is_heard(write, read):
    rows, _ = rows_of(write, read, "1,张三,甲医院,,,,,请勿再发短信！,,,", "2,李四,甲医院,,,,,请勿打扰,,,")
    assert rows[0].values["channel_optout"] == "短信" and ("notes", "note_declines_channel") in rows[0].codes
    assert ("notes", "note_do_not_contact") in rows[1].codes


@pytest.mark.req("REQ-064")
def test_answers_become_unproven_events(write, read):
    rows, counts = rows_of(
        write, read,
        "1,张三,甲医院,,,是(微信),2024-12-03,,,,",
        "2,李四,乙医院,,,否,2099-01-01,,,,",
        "3,王五,丙医院,,,待确认,,,,,",
    )  # fmt: skip
    assert rows[0].consent.kind is EventKind.IMPORTED_YES and rows[0].consent.items == ("digital/wecom",)
    assert rows[1].consent.kind is EventKind.IMPORTED_NO and rows[1].consent.answered_on is None
    assert ("consent_date", "date_future") in rows[1].codes
    assert rows[2].consent is None
    assert (counts.unproven_consents, counts.negative_answers) == (1, 1)


def test_a_no_without_a_day_has_the_day_of_its_row(write, read):
    rows, _ = read(write(
        "姓名,医院,是否同意,同意日期,最近更新\n张三,甲医院,否,,2024-05-06\n李四,甲医院,否,2023-01-02,2024-05-06\n"
        "王五,甲医院,否,,2024-5\n赵六,甲医院,否,,\n钱七,甲医院,是,,2024-05-06\n"
    ))  # fmt: skip
    days = [row.consent.answered_on for row in rows]
    assert days == [date(2024, 5, 6), date(2023, 1, 2), None, None, None]
    assert [("consent_answer", "no_dated_by_row") in row.codes for row in rows] == [True, False, False, False, False]


def test_consent_columns_per_channel(write, read):
    rows, _ = read(write("姓名,医院,短信同意,邮件同意\n张三,甲医院,Y,N\n"))
    assert [(a.items, a.positive) for a in rows[0].consents] == [(("digital/sms",), True), (("digital/email",), False)]


def test_source_ids_carry_the_source(write, read):
    rows, _ = rows_of(write, read, "A1029,张三,甲医院,,,,,,,,", "=1+1,李四,甲医院,,,,,,,,", source_code="CRM")
    assert rows[0].values["source_system_ids"] == "CRM:A1029" and rows[0].source_ids == ("A1029",)
    assert rows[1].source_ids == () and ("source_id", "source_id_bad") in rows[1].codes


def test_more_cells_than_columns_is_held_back(write, read):
    rows, counts = read(write("姓名,医院,备注\n张三,甲医院,周三,避开\n李四,乙医院,,,\n王五,丙医院\n"))
    assert [row.status.value for row in rows] == ["quarantined", "accepted", "accepted"]
    assert ("row", "extra_cells") in rows[0].codes and counts.quarantined == 1


def test_identity_columns_only_in_a_finance_import(write, read):
    path = write("姓名,医院,身份证号,银行卡号\n张三,甲医院,11010519491231002X,4111111111111111\n")
    assert set(read(path)[0][0].values) == {"full_name", "institution_name"}
    kept = read(path, finance=True)[0][0].values
    assert kept["id_doc_no"] == "11010519491231002X" and kept["bank_account_no"] == "4111111111111111"


def test_a_missing_source_date_is_no_fault(write, read):
    rows, _ = rows_of(write, read, "1,张三,甲医院,,,,,,,不详,", "2,李四,乙医院,,,,,,,2999/1/1,")
    assert rows[0].source_date is None and rows[0].codes == ()
    assert rows[1].source_date is None and rows[1].codes == (("source_date", "date_future"),)


def test_separators_quotes_and_repeated_titles(write, read):
    for separator in (",", ";", "\t", "|"):
        text = "内部资料\n姓名,医院,备注\n张三,甲医院,x\n\n内部资料\n姓名,医院,备注\n李四,乙医院,y\n合计,2,\n"
        rows, counts = read(write(text.replace(",", separator)))
        assert [row.values["full_name"] for row in rows] == ["张三", "李四"]
        assert (counts.headers, counts.blank, counts.totals) == (2, 1, 1)
        assert [row.row for row in rows] == [3, 7]
    rows, _ = read(write('sep=;\n姓名;医院;备注\n张三;"甲;医院";"多\n行ab"\n李四;乙医院;\n'))
    assert rows[0].values["institution_name"] == "甲;医院" and rows[0].values["last_visit_note"] == "多 行ab"
    assert [row.row for row in rows] == [3, 4]


def test_nothing_personal_in_representations(sample_files, read):
    rows, _ = read(sample_files["crm.csv"])
    for row in rows[:50]:
        assert row.values["full_name"] not in repr(row)
    assert "SamplePerson(C2" in repr(sample_data.sample_people(1)[0])


def test_source_ids_that_lost_digits_make_nobody_the_same(write, read):
    rows, _ = read(write("客户编号,姓名,医院\n1.58234E+18,王一,示例第一医院\n1.58234E+18,李二,示例第一医院\n"
                      "1582345678901230000,赵三,示例第一医院\n1582345678901230000,钱四,示例第一医院\n"
                      "1582345678901234567,孙五,示例第一医院\n"))  # fmt: skip
    assert [row.status for row in rows] == ["accepted"] * 5
    assert [row.source_ids for row in rows] == [()] * 4 + [("1582345678901234567",)]
    assert all(("source_id", "number_damaged") in row.codes for row in rows[:4])


def test_a_header_merged_over_two_rows_is_no_entry(tmp_path, read):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for cells in (["姓名", "医院", "手机"], [], ["王一", "示例第一医院", 13900000001]):
        sheet.append(cells)
    for column in "ABC":
        sheet.merge_cells(f"{column}1:{column}2")
    book.save(tmp_path / "merged.xlsx")
    (row,), _ = read(tmp_path / "merged.xlsx")
    assert row.row == 3 and row.values["full_name"] == "王一"
