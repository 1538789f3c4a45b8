"""Recovery sheet and key card: what is printed can be read back exactly."""

from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from pdf_reading import pdfium_text, pypdf_text, squeezed
from sheet_samples import AT, ROOT

from compliance.errors import InputErrors
from compliance.exports.key_card import KeyCardData, qr_text, render_key_card
from compliance.exports.recovery_sheet import (
    RecoveryData,
    RecoveryFormat,
    read_recovery,
    recovery_format,
    render_recovery,
)
from compliance.i18n import Lang

CODE = "CKR1-7QK4-M2XA-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-7QK4-M2XA-0123-4567-89AB"


def data(code=CODE):
    return RecoveryData(vault_id="V-ABCDEFGH", handler="华辰示例医药", owner="chen", made_at=AT, code=code)


@pytest.mark.parametrize("lang", list(Lang))
@pytest.mark.parametrize("fmt", list(RecoveryFormat))
def test_the_code_reads_back_exactly(lang, fmt):
    content = render_recovery(data(), fmt, lang=lang)
    assert read_recovery(content) == CODE


def test_codes_without_groups_read_back_as_groups_of_four():
    assert read_recovery(render_recovery(data("ABCDEFGHJKLM"))) == "ABCD-EFGH-JKLM"


def test_one_page_with_instructions_and_a_place_for_the_custodian():
    pdf = render_recovery(data())
    assert len(pypdf.PdfReader(BytesIO(pdf)).pages) == 1
    text = pdfium_text(pdf)
    for word in ("V-ABCDEFGH", "华辰示例医药", "保管人签字", "不得拍照", "consentkeep vault recover"):
        assert word in text
    assert squeezed(CODE.replace("-", "")) in squeezed(pypdf_text(pdf))


def test_the_code_is_nowhere_but_on_the_page():
    pdf = render_recovery(data())
    assert CODE not in repr(data())
    assert b"7QK4" not in pdf
    assert "7QK4" not in str(pypdf.PdfReader(BytesIO(pdf)).metadata)


def test_plain_text_and_foreign_files():
    assert read_recovery(b"\xef\xbb\xbf" + CODE.encode()) == CODE
    for content in (b"\xff\xfe\x00\x81", b"%PDF-1.7 broken"):
        with pytest.raises(InputErrors) as caught:
            read_recovery(content)
        assert caught.value.code == "recovery_unreadable"


def test_format_follows_the_file_name():
    assert recovery_format(Path("a/b.TXT")) is RecoveryFormat.TXT
    assert recovery_format("sheet.pdf") is RecoveryFormat.PDF
    with pytest.raises(ValueError, match="docx"):
        render_recovery(data(), "docx")


@pytest.mark.parametrize("as_pairs", [False, True])
@pytest.mark.parametrize("lang", list(Lang))
def test_key_card_shows_fingerprints_in_full_and_a_place_for_the_chop(lang, as_pairs):
    prints = {"pdf": ROOT, "checkpoint": ROOT[::-1]}
    card = KeyCardData(
        vault_id="V-ABCDEFGH", handler="华辰示例医药", made_at=AT, credit_code="91310000MA1FL0000X",
        fingerprints=list(prints.items()) if as_pairs else prints,
    )  # fmt: skip
    pdf = render_key_card(card, lang=lang)
    text = squeezed(pdfium_text(pdf))
    assert ROOT in text
    assert ROOT[::-1] in text
    assert "盖章处" in text
    assert "91310000MA1FL0000X" in text
    assert len(pypdf.PdfReader(BytesIO(pdf)).pages) == 1
    assert qr_text("V-1", [("pdf", "ab")]) == "CKFP1:V-1:pdf=ab"
