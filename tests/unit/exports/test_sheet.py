"""The rep sheet: one page, only what was ruled to be shown, nothing in metadata."""

import re
from dataclasses import replace
from io import BytesIO

import pypdf
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pdf_reading import fonts, pdfium_text, pypdf_text, squeezed
from sheet_samples import AT, ROOT, sheet, shown

from compliance.exports.do_not_contact import DoNotContactData, do_not_contact_sheet
from compliance.exports.fonts import template_programs
from compliance.exports.leak_check import attack
from compliance.exports.sheet import MAX_FIELDS, BlockKind, ChannelLine, SheetBlock, Talk, render_sheet
from compliance.exports.sheet_control import control_page
from compliance.exports.sheet_layout import qr_text
from compliance.i18n import Lang
from compliance.model.access import FieldState


def pages(pdf):
    return len(pypdf.PdfReader(BytesIO(pdf)).pages)


@pytest.mark.req("REQ-050")
@pytest.mark.parametrize("lang", list(Lang))
def test_one_page_with_serial_reader_dates_watermark_and_seal(lang):
    pdf = render_sheet(sheet(), lang=lang).pdf
    text = pdfium_text(pdf)
    assert pages(pdf) == 1
    for word in ("S-7QK4M2XA", "张伟", "E10023", "2026-11-24 10:30", "2026-12-01 18:00", "HCP-7QK4M2XA", "#1234",
                 ROOT[:16], "王𬭊", "演示 SANDBOX", "138****5678", "2023-05-01"):  # fmt: skip
        assert word in text, word
    assert squeezed("王𬭊") in squeezed(pypdf_text(pdf))
    assert text.count("张伟 E10023 · S-7QK4M2XA") >= 5


@pytest.mark.req("REQ-049")
def test_withheld_fields_are_absent_and_the_finished_page_is_clean():
    data = sheet()
    hidden = ["13812345678", "wang.yan@hospital.example", "6222020200112233445", "高潜力", "KOL A级"]
    made = render_sheet(data)
    control = lambda: control_page(data, lang=Lang.ZH, setting=made.setting)  # noqa: E731
    report = attack(made.pdf, "S-7QK4M2XA.pdf", hidden, control=control)
    assert report.clean
    assert report.checked == len(hidden)
    assert "邮箱" not in pdfium_text(render_sheet(data).pdf)


@pytest.mark.req("REQ-049")
@pytest.mark.req("REQ-052")
def test_no_value_in_metadata():
    pdf = render_sheet(sheet()).pdf
    reader = pypdf.PdfReader(BytesIO(pdf))
    words = " ".join(str(value) for value in reader.metadata.values())
    for value in ("王", "北京", "张伟", "HCP-", "S-7QK"):
        assert value not in words
    assert reader.xmp_metadata is None
    assert "/Names" not in reader.trailer["/Root"]
    assert all(embedded and mapped for _, embedded, mapped in fonts(pdf))


def test_same_data_same_bytes():
    assert render_sheet(sheet()).pdf == render_sheet(sheet()).pdf


def test_template_fonts_are_made_once_and_hold_nobody():
    render_sheet(sheet())
    before = template_programs()
    fields = (shown("full_name", "姓名", "欧阳䶮㛃𫖯"),)
    render_sheet(sheet(blocks=(SheetBlock(BlockKind.WHO, fields),)))
    assert before
    assert template_programs() == before


def test_states_are_words_not_gaps():
    fields = (
        shown("a", "甲", None, FieldState.MASKED),
        shown("b", "乙", "", FieldState.DISCLOSED),
        shown("c", "丙", "华东", FieldState.GENERALISED),
        shown("d", "丁", "值", freshness="unknown", day=None),
    )
    data = sheet(blocks=(SheetBlock(BlockKind.ABOUT, fields),))
    text = pdfium_text(render_sheet(data).pdf)
    for word in ("已隐藏", "无记录", "已概括", "来源日期不详"):
        assert word in text


def test_at_most_eighteen_fields_and_the_rest_is_counted():
    fields = tuple(shown(f"k{i}", f"标签{i:02d}", f"内容{i:02d}") for i in range(30))
    suggestion = SheetBlock(BlockKind.SUGGESTION, (shown("s", "建议内容", "标准方案"),))
    data = sheet(blocks=(SheetBlock(BlockKind.ABOUT, fields), suggestion), channels=(), do_not_contact=(), guidance=())
    rendered = render_sheet(data)
    text = pdfium_text(rendered.pdf)
    assert len(set(re.findall(r"内容\d\d", text))) == MAX_FIELDS
    assert rendered.left_out == 12
    assert "另有 12 项" in text
    assert "标准方案" in text


@pytest.mark.req("REQ-051")
def test_an_open_matter_replaces_what_would_be_said():
    text = pdfium_text(render_sheet(sheet(contact_first=True)).pdf)
    assert "请先联系合规部门" in text
    for word in ("心力衰竭", "周三 12:00", "可以这样问", "指南 2026"):
        assert word not in text


def test_what_must_not_be_used_is_never_shortened():
    fields = tuple(shown(f"k{i}", f"标签{i}", "很长的内容" * 60) for i in range(18))
    stops = tuple(f"渠道{i:02d}（已撤回）" for i in range(19))
    data = sheet(blocks=(SheetBlock(BlockKind.ABOUT, fields),), do_not_contact=stops)
    text = squeezed(pdfium_text(render_sheet(data).pdf))
    assert all(stop in text for stop in stops)


def test_no_open_channel_is_said():
    assert "目前没有可用的联系渠道" in pdfium_text(render_sheet(sheet(channels=())).pdf)


def test_characters_without_glyph_are_reported():
    fields = (shown("full_name", "姓名", "王\U0002ebf0"),)
    rendered = render_sheet(sheet(blocks=(SheetBlock(BlockKind.WHO, fields),)))
    assert rendered.notes == ("U+2EBF0",)
    assert "〓U+2EBF0" in pdfium_text(rendered.pdf)


def test_the_code_tells_a_finder_nothing():
    assert qr_text(sheet()) == "CK1:S-7QK4M2XA:1234:9f3ac21b7d5e4f60"


words = st.text(alphabet="心血管内科，。A1 W（𬭊䶮", min_size=0, max_size=400)


#: Eighteen fields, none of which fits into half a line.
WIDE = [["心血管内科，" * 9]] * 18


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(words, max_size=20), min_size=0, max_size=25), st.lists(words, max_size=20), words, st.booleans()
)
@example(WIDE, ["", "", ""], "", False)
@example(WIDE, ["心血管内科，" * 40] * 20, "心血管内科，" * 60, False)
def test_always_exactly_one_page(values, many, long, contact_first):
    fields = tuple(shown(f"k{i}", long or "标签", "x", words=tuple(v)) for i, v in enumerate(values))
    kinds = list(BlockKind)
    blocks = tuple(SheetBlock(kind, fields[i::6]) for i, kind in enumerate(kinds))
    head = (shown("full_name", "姓名", long or "王"), shown("institution_name", "医院", long or "院"))
    data = replace(
        sheet(),
        blocks=(SheetBlock(BlockKind.WHO, head), *blocks),
        channels=tuple(ChannelLine(x, long) for x in many),
        do_not_contact=tuple(many),
        guidance=tuple(Talk(long, x) for x in many),
        warnings=(long, long, long),
        issued_to=long,
        handler=long or "x",
        watermark=long[:40],
        rights_channel=long,
        contact_first=contact_first,
    )
    assert pages(render_sheet(data).pdf) == 1


@pytest.mark.req("REQ-051")
def test_do_not_contact_prints_names_and_hospitals_only():
    people = [(f"王{i}", f"第{i}医院") for i in range(70)]
    data = DoNotContactData(
        serial="S-7QK4M2XA", handler="华辰", issued_to="张伟", employee_no="E1", issued_at=AT, expires_at=AT,
        watermark="张伟 E1", root=ROOT, audit_index=3, people=people,
    )  # fmt: skip
    rendered = do_not_contact_sheet(data)
    text = pdfium_text(rendered.pdf)
    assert rendered.pages == pages(rendered.pdf) > 1
    assert all(name in text and hospital in text for name, hospital in people)
    assert text.count("医院") >= 70 + rendered.pages  # the heads repeat
    assert "HCP-" not in text
    empty = do_not_contact_sheet(replace(data, people=()))
    assert "名单为空" in pdfium_text(empty.pdf)
