"""Files as outsiders send them, read beside csv and openpyxl: the right result, or one coded fault."""

import codecs
import csv
import io
from datetime import date
from pathlib import Path

import pytest

from compliance.errors import InputErrors
from compliance.importing.contacts import read_licence
from compliance.importing.mapping import Mapping, plan_columns
from compliance.importing.reading import open_table
from compliance.importing.results import Kind
from compliance.importing.words import fold_header

HEAD = ["客户编号", "姓名", "医院", "手机", "执业证书编码", "最近更新"]
ROWS = [
    ["K1", "张三丰", "甲医院", "13812345678", "110000000000001", "2026-01-05"],
    ["K2", "李四光", "乙医院", "13812345679", "110000000000002", "2026-01-06"],
    ["K3", "王五一", "丙医院", "13812345670", "110000000000003", "2026-01-07"],
]


def text(rows: list[list[str]], *, separator: str = ",", ends: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=ends).writerows(rows)
    return out.getvalue()


def independent(path: Path, codec: str, separator: str) -> list[dict[str, str]]:
    """What the csv module alone makes of a file of a known encoding."""
    with path.open(encoding=codec, newline="") as file:
        body = file.read().replace("\r\n", "\n").replace("\r", "\n")
    return list(csv.DictReader(io.StringIO(body), delimiter=separator))


def fault(path: Path, **options) -> tuple[str, str]:
    with pytest.raises(InputErrors) as error:
        for _ in open_table(path, kind=Kind.PEOPLE, **options).rows:
            pass
    return error.value.faults[0].code, error.value.faults[0].nearest


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("hz", b"", "hz"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-bom"),
        ("gb18030", b"", "gb18030"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\r", "\r\n"])
def test_every_encoding_separator_and_line_end_gives_the_rows_of_the_csv_module(
    codec, mark, name, separator, ends, tmp_path, read
):
    path = tmp_path / "list.csv"
    path.write_bytes(mark + text([HEAD, *ROWS], separator=separator, ends=ends).encode(codec))
    rows, counts = read(path)
    expected = independent(path, "utf-8-sig" if mark else codec, separator)
    assert open_table(path, kind=Kind.PEOPLE).encoding == name
    assert counts.read == counts.accepted == len(expected)
    assert [(r.values["full_name"], r.values["mobile_phone"]) for r in rows] == [
        (e["姓名"], e["手机"]) for e in expected
    ]


def test_a_list_of_taiwan_is_read_by_the_header_that_only_big5_knows(tmp_path, read):
    head = ["客戶編號", "姓名", "醫院", "手機", "性別", "處方量"]
    rows = [["K1", "張三豐", "臺大醫院", "13812345678", "男", "40"], ["K2", "許功蓋", "榮民總醫院", "", "女", ""]]
    path = tmp_path / "list.csv"
    path.write_bytes(text([head, *rows]).encode("big5"))
    found, counts = read(path)
    expected = independent(path, "big5", ",")
    assert open_table(path, kind=Kind.PEOPLE).encoding == "big5" and counts.read == len(expected)
    assert [r.values["full_name"] for r in found] == [e["姓名"] for e in expected]
    assert [c.reason for c in plan_columns(head).refused] == ["gender", "prescribing"], "never collected in any script"


def test_traditional_headers_are_the_same_words():
    for one, other in (
        ("醫師執業證書編碼", "医师执业证书编码"),
        ("身分證字號", "身分证字号"),
        ("聯絡電話", "联络电话"),
    ):
        assert fold_header(one) == fold_header(other)


RPPS = [
    ["Type d'identifiant PP", "Identifiant PP", "Libellé civilité", "Nom d'exercice", "Prénom d'exercice",
     "Libellé savoir-faire", "Raison sociale site", "Libellé commune (coord. structure)", "Sexe"],
    ["8", "10001234567", "Docteur", "LÉVÊQUE", "Hélène", "Cardiologie", "HÔPITAL SAINT-LOUIS", "Paris", "F"],
    ["8", "10001234568", "Docteur", "NOËL-D'ARCY", "François", "Pédiatrie", "CHU DE NÎMES", "Nîmes", "M"],
    ["8", "10001234569", "Docteur", "ÉMILE ÉVRARD", "Zoé", "Gériatrie", "CH D'ÉPERNAY", "Épernay", "F"],
]  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "name"), [("latin-1", "windows-1252"), ("cp1252", "windows-1252"), ("utf-8", "utf-8")]
)
def test_the_french_register(codec, name, tmp_path, read):
    path = tmp_path / "ps.csv"
    path.write_bytes(text(RPPS, separator=";").encode(codec))
    rows, counts = read(path)
    expected = independent(path, codec, ";")
    assert open_table(path, kind=Kind.PEOPLE).encoding == name
    assert counts.read == counts.accepted == len(expected) == 3
    assert [r.values["full_name"] for r in rows] == [
        " ".join((e["Prénom d'exercice"], e["Nom d'exercice"])) for e in expected
    ]
    assert [r.source_ids for r in rows] == [(e["Identifiant PP"],) for e in expected]
    refused = {c.header: c.reason for c in plan_columns(RPPS[0]).refused}
    assert refused == {"Sexe": "gender", "Libellé civilité": "gender"}


def test_a_western_list_without_a_header_that_shows_it_is_named_never_read_as_chinese(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(
        text([["Name", "Hospital"], ["Hélène LÉVÊQUE", "Hôtel-Dieu"], ["Noël Dupréz", "CHU"]]).encode("latin-1")
    )
    path.read_bytes().decode("gb18030")  # it would pass for Chinese
    assert fault(path) == ("encoding_unknown", "Windows 1252")


NPI = [
    ["NPI", "Entity Type Code", "Provider Organization Name (Legal Business Name)",
     "Provider Last Name (Legal Name)", "Provider First Name", "Provider Business Practice Location Address City Name",
     "Provider Business Practice Location Address State Name", "Last Update Date", "Provider Sex Code"],
    ["1679576722", "1", "", "WIEBE", "DAVID", "KEARNEY", "NE", "07/28/2007", "M"],
    ["1588667638", "1", "ST VINCENT", "PILCHER", "WILLIAM", "JACKSONVILLE", "FL", "03/27/2008", "M"],
]  # fmt: skip


def test_the_american_register(write, read):
    rows, counts = read(write(text(NPI)))
    expected = independent(write(text(NPI)), "utf-8", ",")
    assert counts.read == len(expected) and [r.source_ids for r in rows] == [(e["NPI"],) for e in expected]
    assert rows[1].values["full_name"] == "WILLIAM PILCHER" and rows[1].source_date == date(2008, 3, 27)
    assert (counts.accepted, counts.rejected) == (1, 1), "nobody without a place of work"
    assert ("institution_name", "hospital_missing") in rows[0].codes
    assert [c.reason for c in plan_columns(NPI[0]).refused] == ["gender"]


GERMAN = [
    ["GLN", "Name", "Vorname", "Geburtsjahr", "Praxisname", "Ort", "Letzte Änderung"],
    ["7601000000001", "Müller", "Jörg", "1970", "Praxis am See", "Zürich", "01.03.2026"],
    ["7601000000002", "Böhni", "Ana", "1980", "Praxis am See", "Zürich", "13.03.2026"],
]


def test_a_german_register_keeps_both_halves_of_a_name_and_the_order_of_its_days(write, read):
    rows, counts = read(write(text(GERMAN, separator=";")))
    assert [row.values["full_name"] for row in rows] == ["Jörg Müller", "Ana Böhni"]
    assert [row.source_date for row in rows] == [date(2026, 3, 1), date(2026, 3, 13)]
    assert counts.accepted == 2 and [c.reason for c in plan_columns(GERMAN[0]).refused] == ["birth_age"]
    plain = {column.header: column.target for _, column in plan_columns(["Name", "Given Name", "Hospital"]).used}
    assert plain["Name"] == "full_name", "elsewhere a name is a name"
    said = Mapping("m", (("Name", "full_name"),))
    assert {c.target for _, c in plan_columns(GERMAN[0], mapping=said).used} >= {"full_name", "given_name"}


def test_a_template_says_the_order_of_days_and_never_names_a_target_of_another_list(write, read):
    npi = [[*NPI[0]], ["1588667638", "1", "ST VINCENT", "PILCHER", "WILLIAM", "JACKSONVILLE", "FL", "03/04/2008", "M"]]
    rows, _ = read(write(text(npi)))
    assert rows[0].source_date is None and ("source_date", "date_ambiguous") in rows[0].codes
    for target, day in (("source_date_mdy", date(2008, 3, 4)), ("source_date_dmy", date(2008, 4, 3))):
        rows, _ = read(write(text(npi)), mapping=Mapping("m", (("Last Update Date", target),)))
        assert rows[0].source_date == day and not [c for f, c in rows[0].codes if f == "source_date"]
    rows, _ = read(
        write(text([npi[0], [*npi[1][:7], "13/04/2008", "M"]])),
        mapping=Mapping("m", (("Last Update Date", "source_date_mdy"),)),
    )
    assert rows[0].source_date is None and ("source_date", "date_bad") in rows[0].codes
    with pytest.raises(InputErrors) as error:  # a target of lists of consents
        plan_columns(["姓名", "医院", "所属院"], mapping=Mapping("m", (("所属院", "hospital"),)))
    assert [(f.where, f.code, f.nearest) for f in error.value.faults] == [
        ("column 3", "mapping_target", "institution_name")
    ]


def test_texts_that_an_export_keeps_from_excel_are_their_texts(write, read):
    head = [f'="{name}"' for name in HEAD]
    rows, counts = read(write(text([head, [f'="{cell}"' for cell in ROWS[0]], [f"'{cell}" for cell in ROWS[1][3:5]]])))
    assert counts.accepted == 1 and rows[0].source_ids == ("K1",)
    assert rows[0].values["practice_licence_no"] == "110000000000001"
    assert (rows[0].values["full_name"], rows[0].values["mobile_phone"]) == ("张三丰", "13812345678")
    assert rows[0].source_date == date(2026, 1, 5)


def test_a_line_broken_inside_a_hospital_leaves_no_blank_in_it(write, read):
    two = [["K1", "张三丰", "绍兴\n文理学院附属医院", "", "", ""], ["K2", "李四光", "Mayo\nClinic 北京", "", "", ""]]
    rows, _ = read(write(text([HEAD, *two])))
    assert [row.values["institution_name"] for row in rows] == ["绍兴文理学院附属医院", "Mayo Clinic 北京"]


def test_a_licence_of_three_digits_and_noughts_is_what_excel_left_of_it(write, read):
    assert read_licence("110000000000000") == ("", "number_damaged")
    assert read_licence("110000000000001") == ("110000000000001", None)
    two = [["K1", "张三丰", "甲医院", "", "110000000000000", ""], ["K2", "李四光", "乙医院", "", "110000000000000", ""]]
    _, counts = read(write(text([HEAD, *two])))
    assert (counts.accepted, counts.duplicates) == (2, 0), "two people of one province are not one"


def test_a_hospital_of_question_marks_is_none_and_one_with_some_is_marked(write, read):
    rows, counts = read(
        write(text([HEAD, ["K1", "张三丰", "???", "", "", ""], ["K2", "李四光", "甲?医院", "", "", ""]]))
    )
    assert (counts.rejected, counts.accepted) == (1, 1)
    assert ("institution_name", "hospital_unreadable") in rows[0].codes
    assert ("institution_name", "hospital_question_mark") in rows[1].codes
