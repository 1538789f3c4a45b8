"""The leak check finds a planted value wherever and however it was hidden."""

import base64
import bz2
import gzip
import lzma
import random
import zipfile
import zlib
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import product

import pypdf
import pytest
from pypdf.annotations import FreeText
from sheet_samples import AT, sheet, shown

from compliance.exports.leak_check import attack
from compliance.exports.sheet import BlockKind, SheetBlock, render_sheet
from compliance.exports.sheet_control import control_page
from compliance.exports.sign import attach
from compliance.i18n import Lang
from compliance.model.access import FieldState
from compliance.use_cases.showing.sample_data import sample_people

PHONE, NAME, MAIL = "13812345678", "欧阳明月", "ou.yang@hospital.example"


@pytest.fixture(scope="module")
def clean():
    return render_sheet(sheet()).pdf


def edited(pdf, change):
    writer = pypdf.PdfWriter(clone_from=BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def places(pdf, values, name="S-1.pdf", **more):
    report = attack(pdf, name, values, **more)
    assert report.clean == (not report.leaks)
    return {leak.place for leak in report.leaks}


def against_nobody(pdf, values, data=None, name="S-7QK4M2XA_HCP-7QK4M2XA.pdf"):
    data = data or sheet()
    setting = render_sheet(data).setting
    return attack(pdf, name, values, control=lambda: control_page(data, lang=Lang.ZH, setting=setting))


def stream(pdf, content, head=b""):
    """``pdf`` with one more, unreferenced stream object."""
    body = b"9999 0 obj\n<< /Length %d %s >>\nstream\n%s\nendstream\nendobj\n" % (len(content), head, content)
    return pdf.replace(b"xref\n", body + b"xref\n", 1)


@pytest.mark.req("REQ-049")
def test_a_clean_sheet_is_clean_whatever_the_number_of_values(clean):
    values = [PHONE, NAME, MAIL, "6222020200112233445", *(f"不存在的值{i}" for i in range(200))]
    report = attack(clean, "S-7QK4M2XA_HCP-7QK4M2XA.pdf", values)
    assert report.clean
    assert report.checked == len(values)
    assert report.remarks == ()


@pytest.mark.req("REQ-049")
def test_text_layer_and_glyphs(clean):
    assert places(clean, ["王𬭊"]) == {"text_layer", "glyphs"}
    assert places(clean, ["心 血 管 内-科"]) == {"text_layer", "glyphs"}


def test_file_name(clean):
    assert places(clean, [NAME], name="欧阳 明月.pdf") == {"file_name"}


def test_metadata_and_xmp(clean):
    assert "strings" in places(edited(clean, lambda w: w.add_metadata({"/Keywords": NAME})), [NAME])
    xmp = f"<x:xmpmeta><dc:title>{NAME}</dc:title></x:xmpmeta>".encode()
    assert "streams" in places(stream(clean, xmp, b"/Type /Metadata"), [NAME])


def test_annotation(clean):
    note = FreeText(text=f"call {MAIL}", rect=(50, 50, 200, 100))
    pdf = edited(clean, lambda w: w.add_annotation(0, note))
    assert "strings" in places(pdf, [MAIL])
    assert dict(attack(pdf, "x", [MAIL]).remarks)["annotations"] >= 1


def test_attachment_plain_and_zipped(clean):
    assert "streams" in places(attach(clean, "x.json", NAME.encode(), description="d", when=AT), [NAME])
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", f"{NAME}\n" * 50)
    pdf = attach(clean, "x.zip", archive.getvalue(), description="d", when=AT)
    assert "streams" in places(pdf, [NAME])
    assert dict(attack(pdf, "x", []).remarks)["attachments"] == 1


@pytest.mark.parametrize(
    ("coding", "wrap"),
    [
        *product(("utf-8", "utf-16-be", "utf-16-le", "gb18030"), ("plain", "flate", "hex", "base64", "broken")),
    ],
)
def test_every_encoding_in_raw_and_deflated_streams(clean, coding, wrap):
    raw = f"--{NAME}--".encode(coding)
    content = {"plain": raw, "flate": zlib.compress(raw), "hex": raw.hex().encode(), "base64": base64.b64encode(raw),
               "broken": b"\n".join(raw.hex().encode()[k : k + 5] for k in range(0, 99, 5))}  # fmt: skip
    head = b"/Filter /FlateDecode" if wrap == "flate" else b""
    assert places(stream(clean, content[wrap], head), [NAME])


def test_behind_the_end_of_deflated_data_and_behind_the_end_of_the_file(clean):
    assert "raw" in places(stream(clean, zlib.compress(b"x") + NAME.encode(), b"/Filter /FlateDecode"), [NAME])
    assert "structure" in places(clean + NAME.encode(), [NAME])


def test_an_earlier_revision(clean):
    # The page is replaced by an empty one in an incremental update: readers show nothing, the bytes are still there.
    secret = render_sheet(sheet(do_not_contact=(f"电话 {PHONE}",))).pdf
    out = BytesIO(secret)
    writer = pypdf.PdfWriter(out, incremental=True)
    writer.pages[0].pop("/Contents")
    result = BytesIO()
    writer.write(result)
    found = attack(result.getvalue(), "x.pdf", [PHONE])
    assert not found.clean
    assert dict(found.remarks)["revisions"] >= 1


@pytest.mark.req("REQ-048")
def test_parts_of_numbers_leak_but_masks_do_not():
    masked = render_sheet(sheet(do_not_contact=("138****5678",))).pdf
    assert attack(masked, "x.pdf", [PHONE, "6222 0202 0011 2233 445"]).clean
    for part in ("1381234", "138-1234-5678", "234567"):
        pdf = render_sheet(sheet(do_not_contact=(part,))).pdf
        assert not attack(pdf, "x.pdf", [PHONE]).clean, part


def test_without_a_control_page_bare_small_numbers_are_skipped(clean):
    report = attack(clean, "x.pdf", ["女", "E4", "7", "x", "", " "])
    assert report.clean
    assert (report.checked, report.skipped) == (2, 4)


@pytest.mark.req("REQ-049")
@pytest.mark.parametrize("value", ["男", "E4", "7", "王", "是", "1-5"])
@pytest.mark.parametrize("place", ["page", "metadata", "annotation", "attachment", "xmp", "hex", "base64", "utf-16"])
def test_a_short_value_is_found_as_a_word_wherever_it_stands(value, place):
    pdf = render_sheet(sheet()).pdf
    raw = value.encode()
    changed = {
        "page": lambda: render_sheet(sheet(do_not_contact=("短信（本人拒绝）", f"备注 {value}"))).pdf,
        "metadata": lambda: edited(pdf, lambda w: w.add_metadata({"/Keywords": f"a {value}, b"})),
        "annotation": lambda: edited(pdf, lambda w: w.add_annotation(0, FreeText(text=value, rect=(5, 5, 9, 9)))),
        "attachment": lambda: attach(pdf, "x.txt", f"x; {value}".encode(), description="d", when=AT),
        "xmp": lambda: stream(pdf, f"<dc:title>{value}</dc:title>".encode(), b"/Type /Metadata"),
        "hex": lambda: stream(pdf, b"x " + raw.hex().encode() + b" y"),
        "base64": lambda: stream(pdf, b"x " + base64.b64encode(raw) + b" y"),
        "utf-16": lambda: stream(pdf, f"x {value} y".encode("utf-16")),
    }[place]()
    if place in ("hex", "base64") and len(raw) < 2:
        return  # one letter has no code that could be told from any other letter
    assert not against_nobody(changed, [value]).clean


@pytest.mark.req("REQ-049")
def test_template_words_dates_and_shown_words_stop_nothing(clean):
    common = ["主任", "医生", "电话", "北京", "拜访", "可以这样问", "20261124", "2026-11-24 10:30", "E10023", "23", "7",
              "18", "99202611248813", "110261201999", "true", "open", "Type", "面对面拜访", "短信", "10:30",
              "张伟"]  # fmt: skip
    assert against_nobody(clean, common).clean
    assert against_nobody(clean, common).checked == len(common)
    assert not attack(clean, "x.pdf", common).clean  # each page holds them, whoever it is about


@pytest.mark.req("REQ-048")
@pytest.mark.req("REQ-049")
def test_a_mask_that_lets_its_value_through_is_found():
    for shown_as in (PHONE, "138 1234 5678", "1381234****"):
        data = sheet()
        blocks = list(data.blocks)
        phone = shown("mobile_phone", "手机", shown_as, FieldState.MASKED)
        blocks[1] = SheetBlock(blocks[1].kind, (*blocks[1].fields[:2], phone))
        data = replace(data, blocks=tuple(blocks))
        assert not against_nobody(render_sheet(data).pdf, [PHONE], data).clean, shown_as


@pytest.mark.req("REQ-049")
def test_a_hidden_number_or_address_inside_an_open_value_is_found():
    for remark in (f"请拨 {PHONE}", f"写信到 {MAIL}", "138-1234-5678"):
        data = sheet(blocks=(SheetBlock(BlockKind.OPEN, (shown("last_visit_note", "上次跟进", remark),)),))
        assert not against_nobody(render_sheet(data).pdf, [PHONE, MAIL], data).clean, remark


def test_a_template_word_that_stands_there_once_more_is_found(clean):
    data = sheet()
    more = render_sheet(replace(data, do_not_contact=(*data.do_not_contact, "可以这样问"))).pdf
    assert not against_nobody(more, ["可以这样问"], data).clean
    assert not against_nobody(clean, ["主任"], name="主任.pdf").clean
    assert not against_nobody(edited(clean, lambda w: w.add_metadata({"/Keywords": "主任"})), ["主任"]).clean


def test_part_of_a_long_remark_is_found(clean):
    remark = "该医生近期家中有事情绪低落不宜打扰请改在下月再联系"
    cut = render_sheet(sheet(do_not_contact=(remark[:15] + "…",))).pdf
    assert not against_nobody(cut, [remark]).clean
    assert against_nobody(clean, [remark]).clean


@pytest.mark.req("REQ-049")
def test_no_page_of_a_sample_person_is_stopped_by_chance():
    dice = random.Random(7)
    stopped = suspected = 0
    for number in range(12):
        data = sheet(
            serial="S-" + "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=8)),
            issued_at=AT + timedelta(days=number, minutes=dice.randrange(600)),
            root=f"{dice.getrandbits(256):064x}",
            audit_index=dice.randrange(9000),
        )
        people = sample_people(30, seed=number)
        values = [v for p in people for v in (p.phone, p.email, p.licence, p.title, p.department, p.province, p.city,
                                              f"CRM:{p.source_id}", data.issued_at.date().isoformat())]  # fmt: skip
        pdf = render_sheet(data).pdf
        suspected += not attack(pdf, "x.pdf", values).clean
        stopped += not against_nobody(pdf, values, data).clean
    assert suspected == 12
    assert stopped == 0


def test_the_report_never_holds_the_value(clean):
    report = attack(clean, "王𬭊.pdf", [PHONE, "王𬭊"])
    assert "王𬭊" not in repr(report)
    assert {leak.value for leak in report.leaks} == {1}


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"%PDF-1.7\n" + b[::-1]])
def test_damaged_files_are_still_searched(clean, damage):
    pdf = damage(clean) + b"\n" + NAME.encode()
    assert places(pdf, [NAME])


def packed_ways(raw):
    bare = zlib.compressobj(wbits=-15)
    return {
        "plain": raw,
        "zlib": zlib.compress(raw),
        "deflate": bare.compress(raw) + bare.flush(),
        "gzip": gzip.compress(raw),
        "gzip of zlib": gzip.compress(zlib.compress(raw)),
        "broken off": zlib.compress(raw + random.Random(1).randbytes(900), 0)[:-200],
        "bz2": bz2.compress(raw),
        "xz": lzma.compress(raw),
    }


@pytest.mark.req("REQ-049")
@pytest.mark.parametrize("where", ["before_head", "between_parts", "behind_end"])
@pytest.mark.parametrize("way", list(packed_ways(b"x")))
@pytest.mark.parametrize("coding", ["utf-8", "gb18030"])
def test_bytes_that_belong_to_no_part_are_a_finding_and_are_searched(clean, where, way, coding):
    content = b"\x01\x02" + packed_ways(f"--{NAME} {PHONE}--".encode(coding))[way] + b"\x03"
    revised = clean + b"9999 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n"
    pdf = {
        "before_head": content + b"\n" + clean,
        "between_parts": revised.replace(b"%%EOF\n", b"%%EOF\n" + content + b"\n", 1),
        "behind_end": clean + content,
    }[where]
    report = attack(pdf, "S-1.pdf", [NAME, PHONE, "不存在的人"])
    assert dict(report.outside).keys() == {where}
    assert {leak.value for leak in report.leaks} == {0, 1}, (where, way, coding)
    nothing_known = attack(pdf, "S-1.pdf", ["不存在的人"])
    assert not nothing_known.clean and not nothing_known.leaks


def test_what_stands_between_the_objects_of_one_revision_counts_too(clean):
    at = clean.index(b"endobj") + len(b"endobj\n")
    assert dict(attack(clean[:at] + b"~~ {x} ~~\n" + clean[at:], "x", []).outside) == {"between_parts": 10}
    at = clean.index(b"endobj", clean.index(b"endstream"))
    assert dict(attack(clean[:at] + b"(hidden)\n" + clean[at:], "x", []).outside) == {"between_parts": 10}


def test_ways_of_other_programs_are_no_finding(clean):
    """Blanks, comments, updates, cross-reference streams: what qpdf, pypdf and signing make belongs to the file."""

    def no_change(_):
        return None

    revised = BytesIO(clean)
    writer = pypdf.PdfWriter(revised, incremental=True)
    writer.add_metadata({"/Keywords": "x"})
    out = BytesIO()
    writer.write(out)
    for pdf in (clean + b"\r\n\0\0", edited(clean, no_change), out.getvalue(), b"\xef\xbb\xbf" + clean,
                clean.replace(b"endobj\n", b"endobj\n% Original object ID: 5 0\n", 1)):  # fmt: skip
        assert attack(pdf, "x", []).outside == ()


def rows_as_differences(raw, kind, columns=8):
    raw += b" " * (-len(raw) % columns)
    above, out = bytes(columns), b""
    for start in range(0, len(raw), columns):
        row = raw[start : start + columns]
        left = bytes([0, *row[:-1]])
        before = {1: left, 2: above, 3: bytes((a + b) // 2 for a, b in zip(left, above, strict=True)), "tiff": left}[
            kind
        ]
        out += (b"" if kind == "tiff" else bytes([kind])) + bytes(
            (a - b) % 256 for a, b in zip(row, before, strict=True)
        )
        above = row
    return out


@pytest.mark.req("REQ-049")
@pytest.mark.parametrize(("kind", "number"), [(1, 11), (2, 12), (3, 13), ("tiff", 2)])
def test_rows_kept_as_differences(clean, kind, number):
    content = zlib.compress(rows_as_differences(f"note {NAME} {PHONE} end".encode(), kind))
    head = b"/Filter /FlateDecode /DecodeParms << /Predictor %d /Columns 8 >>" % number
    report = attack(stream(clean, content, head), "x", [NAME, PHONE])
    assert {leak.value for leak in report.leaks} == {0, 1}


@pytest.mark.req("REQ-049")
def test_packed_or_numbered_in_writing(clean):
    raw = f"note {NAME} {PHONE} end".encode()
    packed, numbered = zlib.compress(raw), "".join(f"&#x{ord(c):x};" for c in f"{NAME} {PHONE}").encode()
    literal = packed.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    hidden = {
        "base64": b"% " + base64.b64encode(packed) + b"\nxref\n",
        "hex string": b"9999 0 obj\n<< /T <" + packed.hex().encode() + b"> >>\nendobj\nxref\n",
        "literal string": b"9999 0 obj\n<< /T (" + literal + b") >>\nendobj\nxref\n",
    }
    ways = {way: clean.replace(b"xref\n", added, 1) for way, added in hidden.items()}
    ways |= {
        "xml": stream(clean, b"<x>" + numbered + b"</x>"),
        "utf-32": stream(clean, f"{NAME} {PHONE}".encode("utf-32-be")),
    }
    for way, pdf in ways.items():
        assert {leak.value for leak in attack(pdf, "x", [NAME, PHONE]).leaks} == {0, 1}, way


def test_packed_data_in_a_stream_that_claims_no_filter(clean):
    hidden = b"\x00\x01" + zlib.compress(NAME.encode())
    assert places(stream(clean, hidden), [NAME])
    assert places(stream(clean, zlib.compress(b"x") + zlib.compress(NAME.encode()), b"/Filter /FlateDecode"), [NAME])
