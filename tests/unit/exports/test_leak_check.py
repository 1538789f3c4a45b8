"""The leak check finds a planted value wherever and however it was hidden."""

import base64
import zipfile
import zlib
from io import BytesIO
from itertools import product

import pypdf
import pytest
from pypdf.annotations import FreeText
from sheet_samples import AT, sheet

from compliance.exports.leak_check import attack
from compliance.exports.sheet import render_sheet
from compliance.exports.sign import attach

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
        *product(("utf-8", "utf-16-be", "utf-16-le", "gb18030"), ("plain", "flate", "hex")),
        ("utf-8", "base64"),  # only UTF-8 is sought behind Base64
    ],
)
def test_every_encoding_in_raw_and_deflated_streams(clean, coding, wrap):
    raw = f"--{NAME}--".encode(coding)
    content = {"plain": raw, "flate": zlib.compress(raw), "hex": raw.hex().encode(), "base64": base64.b64encode(raw)}
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


def test_short_and_open_values_are_counted_as_skipped(clean):
    report = attack(clean, "x.pdf", ["男", "E4", "北京", ""], allowed=["北京大学第一医院"])
    assert report.clean
    assert (report.checked, report.skipped) == (0, 4)


def test_the_report_never_holds_the_value(clean):
    report = attack(clean, "王𬭊.pdf", [PHONE, "王𬭊"])
    assert "王𬭊" not in repr(report)
    assert {leak.value for leak in report.leaks} == {1}


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"%PDF-1.7\n" + b[::-1]])
def test_damaged_files_are_still_searched(clean, damage):
    pdf = damage(clean) + b"\n" + NAME.encode()
    assert places(pdf, [NAME])
