"""The people list: policy applied, words for gaps, nothing that Excel would run."""

import re
import zipfile
from io import BytesIO

import openpyxl
import pytest
from sheet_samples import AT, ROOT

from compliance.errors import Cancelled
from compliance.exports.people_xlsx import Column, PeopleListMeta, render_people
from compliance.exports.tables import Sheet, safe_text, workbook
from compliance.i18n import Lang
from compliance.model.access import FieldState
from compliance.model.profile import CrossBorder, PersonRow, ShownField
from compliance.progress import ProgressSlot

COLUMNS = (
    Column("full_name", "姓名", "Full name"),
    Column("mobile_phone", "手机", "Mobile phone"),
    Column("work_email", "邮箱", "Work e-mail"),
    Column("research_interests", "研究方向", "Research interests"),
)
META = PeopleListMeta(
    serial="X-7QK4M2XA", purpose="主数据维护", reader="chen", reader_role="合规专员", handler="华辰示例医药",
    made_at=AT, root=ROOT, audit_index=77, people=2, refused=1, watermark="chen X-7QK4M2XA", sandbox=True,
)  # fmt: skip


def person(hcp_id, *fields):
    return PersonRow(hcp_id=hcp_id, fields=fields, cross_border=CrossBorder.BLOCKED)


def field(key, value, state=FieldState.DISCLOSED):
    return ShownField(key=key, state=state, value=value)


def opened(content):
    return openpyxl.load_workbook(BytesIO(content))


ROWS = (
    person(
        "HCP-AAAABBBB",
        field("full_name", "王𬭊"),
        field("mobile_phone", "138****5678", FieldState.MASKED),
        field("work_email", None, FieldState.WITHHELD),
        field("research_interests", None, FieldState.MASKED),
    ),
    person("HCP-CCCCDDDD", field("full_name", '=HYPERLINK("http://x","y")'), field("mobile_phone", "")),
)


@pytest.mark.req("REQ-048")
def test_values_as_ruled_and_words_for_gaps():
    book = opened(render_people(COLUMNS, ROWS, META))
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["编号", "姓名", "手机", "邮箱", "研究方向", "出境状态"]
    assert rows[1] == ["ID", "Full name", "Mobile phone", "Work e-mail", "Research interests", "Cross-border"]
    assert rows[2] == ["HCP-AAAABBBB", "王𬭊", "138****5678", "本用途不显示", "已隐藏", "不得出境"]
    assert rows[3][2:5] == ["无记录", "本用途不显示", "本用途不显示"]
    assert sheet.freeze_panes == "A3"


def test_second_sheet_says_who_may_read_it_and_why():
    for lang in Lang:
        text = "\n".join(
            str(cell.value)
            for row in opened(render_people(COLUMNS, ROWS, META, lang=lang)).worksheets[1]
            for cell in row
        )
        for word in ("X-7QK4M2XA", "主数据维护", "chen", "2026-11-24 10:30", "#77", "演示 SANDBOX", "华辰示例医药"):
            assert word in text


@pytest.mark.parametrize(
    "value", ["=1+1", "+8613", "-2", "@SUM(A1)", "\t=1", "\r=1", "\0=cmd", "  =1", "＝1+1", "=cmd|' /C calc'!A0"]
)
def test_nothing_can_run(value):
    content = render_people(COLUMNS[:1], [person("HCP-AAAABBBB", field("full_name", value))], META)
    cell = opened(content).worksheets[0]["B3"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")
    with zipfile.ZipFile(BytesIO(content)) as parts:
        xml = b"".join(parts.read(name) for name in parts.namelist())
    assert not re.search(rb"<f[ >]|<hyperlink|vbaProject|externalLink", xml)


def test_links_and_numbers_stay_text():
    rows = [person("HCP-AAAABBBB", field("full_name", "http://example.org"), field("mobile_phone", "001100"))]
    sheet = opened(render_people(COLUMNS, rows, META)).worksheets[0]
    assert sheet["B3"].hyperlink is None
    assert sheet["C3"].value == "001100"


def test_characters_excel_forbids_are_dropped_and_length_is_bounded():
    assert safe_text("a\x00b\x0bc\ud800d") == "abcd"
    assert len(safe_text("字" * 40_000)) == 32_767
    assert safe_text("王") == "王"


@pytest.mark.req("REQ-052")
def test_no_value_in_properties_and_same_bytes():
    content = render_people(COLUMNS, ROWS, META)
    properties = opened(content).properties
    assert (properties.title, properties.creator) == ("人员清单", "ConsentKeep")
    assert content == render_people(COLUMNS, ROWS, META)


def test_cancel_between_rows():
    slot = ProgressSlot()
    slot.cancel()
    with pytest.raises(Cancelled):
        workbook([Sheet("x", (("a",),), ([str(i)] for i in range(2000)))], title="x", progress=slot)


def test_large_lists_are_quick_and_whole():
    rows = (person(f"HCP-{i:08d}", field("full_name", f"甲{i}")) for i in range(3000))
    assert opened(render_people(COLUMNS, rows, META)).worksheets[0].max_row == 3002
