"""Values in disguise, and files made by other tools: the leak check finds them all the same."""

import gzip
import io
import zipfile
from io import BytesIO

import pypdf
import pytest
from pypdf.annotations import FreeText
from pypdf.generic import ByteStringObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject
from sheet_samples import sheet

from compliance.errors import InputErrors
from compliance.exports.leak_check import attack, encrypted
from compliance.exports.pdf_parts import _unfilter
from compliance.exports.sheet import render_sheet
from compliance.use_cases.seat.foreign_pdf import leaks_in
from compliance.use_cases.seat.spoken import spoken_name

PHONE, NAME, MAIL = "13812345678", "欧阳明月", "ou.yang@hospital.example"


@pytest.fixture(scope="module")
def clean() -> bytes:
    return render_sheet(sheet()).pdf


def written(pdf: bytes, change) -> bytes:  # type: ignore[no-untyped-def]
    """``pdf`` after another tool's edit."""
    writer = pypdf.PdfWriter(clone_from=BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def forms(pdf: bytes, value: str, name: str = "S-1.pdf") -> set[str]:
    return {leak.form for leak in attack(pdf, name, [value], spoken=spoken_name).leaks}


@pytest.mark.req("REQ-049")
@pytest.mark.parametrize(
    ("text", "value", "form"),
    [
        ("87654321831", PHONE, "backwards"),
        ("月明阳欧", NAME, "backwards"),
        ("１３８ １２３４ ５６７８", PHONE, "text"),
        ("1-3-8-1-2-3-4-5-6-7-8", PHONE, "text"),
        ("一三八一二三四五六七八", PHONE, "numerals"),
        ("Ouyang Mingyue", NAME, "pinyin"),
        ("OUYANG  MING-YUE", NAME, "pinyin"),
    ],
)
@pytest.mark.parametrize("place", ["page", "metadata", "attachment"])
def test_disguises(clean: bytes, text: str, value: str, form: str, place: str) -> None:
    changed = {
        "page": lambda: render_sheet(sheet(do_not_contact=(text,))).pdf,
        "metadata": lambda: written(clean, lambda w: w.add_metadata({"/Subject": text})),
        "attachment": lambda: written(clean, lambda w: w.add_attachment("x.txt", f"call {text} now".encode())),
    }[place]()
    assert form in forms(changed, value)
    assert forms(clean, value) == set()


@pytest.mark.req("REQ-049")
def test_a_file_name_in_pinyin_is_a_leak(clean: bytes) -> None:
    assert forms(clean, NAME, name="ouyang_mingyue.pdf") == {"pinyin"}


@pytest.mark.req("REQ-049")
def test_archives_in_archives(clean: bytes) -> None:
    def zipped(name: str, data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        return out.getvalue()

    for packed in (
        zipped("b.zip", zipped("a.txt", NAME.encode() * 9)),
        gzip.compress(zipped("a.txt", NAME.encode() * 9)),
    ):
        pdf = written(clean, lambda w, packed=packed: w.add_attachment("x.bin", packed))
        assert forms(pdf, NAME)


@pytest.mark.req("REQ-049")
def test_what_another_tool_hides(clean: bytes) -> None:
    def hide_in_name_tree(writer: pypdf.PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(NAME.encode("gb18030"))
        writer._root_object[NameObject("/Hidden")] = writer._add_object(stream)

    def white(writer: pypdf.PdfWriter) -> None:
        page = writer.pages[0]
        fonts = page["/Resources"]["/Font"]
        fonts[NameObject("/Hv")] = DictionaryObject(
            {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
             NameObject("/BaseFont"): NameObject("/Helvetica")}
        )  # fmt: skip
        content = DecodedStreamObject()
        content.set_data(b"q BT 1 1 1 rg /Hv 9 Tf 50 50 Td (" + MAIL.encode() + b") Tj ET Q")
        page[NameObject("/Contents")] = writer._add_object(content)

    def bytes_in_catalogue(writer: pypdf.PdfWriter) -> None:
        writer._root_object[NameObject("/Note")] = ByteStringObject(NAME.encode("utf-16-be"))

    def script(writer: pypdf.PdfWriter) -> None:
        act = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(f"app.alert('{PHONE}')")}
        )
        writer._root_object[NameObject("/OpenAction")] = act

    note = FreeText(text="", rect=(5, 5, 9, 9))
    note[NameObject("/RC")] = TextStringObject(f"<p>{MAIL}</p>")
    assert forms(written(clean, hide_in_name_tree), NAME)
    assert forms(written(clean, white), MAIL)
    assert forms(written(clean, bytes_in_catalogue), NAME)
    assert forms(written(clean, lambda w: w.add_annotation(0, note)), MAIL)
    assert forms(written(clean, script), PHONE)
    assert forms(written(clean, lambda w: w.add_outline_item(title=NAME, page_number=0)), NAME)


@pytest.mark.req("REQ-049")
def test_an_update_that_only_covers_is_seen_through() -> None:
    secret = render_sheet(sheet(do_not_contact=(f"电话 {PHONE}",))).pdf
    writer = pypdf.PdfWriter(BytesIO(secret), incremental=True)
    cover = DecodedStreamObject()
    cover.set_data(b"1 1 1 rg 0 0 600 850 re f")
    page = writer.pages[0]
    page[NameObject("/Contents")] = writer._add_object(cover)
    out = BytesIO()
    writer.write(out)
    assert PHONE not in pypdf.PdfReader(BytesIO(out.getvalue())).pages[0].extract_text()
    assert forms(out.getvalue(), PHONE)


@pytest.mark.req("REQ-049")
@pytest.mark.parametrize("coding", ["gb18030", "utf-16-le", "utf-8"])
def test_octal_escapes_of_any_coding(clean: bytes, coding: str) -> None:
    escaped = "".join(f"\\{byte:03o}" for byte in NAME.encode(coding)).encode()
    assert forms(clean.replace(b"trailer", b"77 0 obj\n<< /Note (" + escaped + b") >>\nendobj\ntrailer", 1), NAME)


@pytest.mark.req("REQ-048", "REQ-049")
def test_the_domain_that_a_mask_leaves_is_no_leak_but_the_mailbox_is() -> None:
    address = "canary.lingxi@long-domain.example"
    assert forms(render_sheet(sheet(do_not_contact=("c***@long-domain.example",))).pdf, address) == set()
    for part in ("canary.lingxi", "Canary Lingxi", address):
        assert forms(render_sheet(sheet(do_not_contact=(part,))).pdf, address), part


def test_other_filters_are_read() -> None:
    packed = bytes([5]) + b"abcdef" + bytes([257 - 4]) + b"x" + bytes([128])
    assert _unfilter(b"RunLengthDecode", packed, 1000) == (b"abcdefxxxx", True)
    lzw = bytes([0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01])  # the example of ISO 32000-1 7.4.4.2
    assert _unfilter(b"LZWDecode", lzw, 1000) == (bytes([45, 45, 45, 45, 45, 65, 45, 45, 45, 66]), True)
    with pytest.raises(ValueError):
        _unfilter(b"LZWDecode", b"\xff\xff\xff\xff", 1000)


def test_a_ciphered_file_is_not_called_clean(clean: bytes) -> None:
    locked = written(clean, lambda w: w.encrypt("", "owner"))
    assert encrypted(locked) and not encrypted(clean)
    with pytest.raises(InputErrors, match="pdf_encrypted"):
        leaks_in(locked, file_name="x.pdf", values=[NAME])


def test_ordinary_words_have_no_spelling() -> None:
    assert spoken_name("13812345678") == spoken_name("x") == spoken_name("心血管内科主任医师") == ()
    assert "ouyangmingyue" in spoken_name(NAME)
