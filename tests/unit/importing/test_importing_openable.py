"""Proofs: whole pictures and PDFs of every kind pass, cut ones and names that say another thing do not."""

import io
from pathlib import Path

import PIL.Image
import pytest

from compliance.errors import InputErrors
from compliance.importing.documents import document_of
from compliance.importing.openable import openable, read_proof


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("RGB", (40, 30), "white").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_a_whole_picture_opens_and_its_head_alone_does_not(kind: str) -> None:
    whole = picture(kind)
    assert openable(document_of(whole))
    for most in (10, 13):
        assert not openable(document_of(whole[:most])), most


def test_other_forms_of_a_photo_open() -> None:
    out = io.BytesIO()
    PIL.Image.new("L", (9, 9)).save(out, "JPEG", progressive=True, exif=b"Exif\x00\x00" + bytes(200))
    assert openable(document_of(out.getvalue()))
    assert openable(document_of(out.getvalue() + b"trailing bytes of a phone"))
    assert not openable(document_of(b"\xff\xd8\xff\xe0\x00\x04AB\xff\xd9"))  # tables and an end, no dots


def test_a_pdf_has_an_end_and_a_name_does_not_lie(tmp_path: Path) -> None:
    assert openable(document_of(b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"))
    assert not openable(document_of(b"%PDF-1.7\n1 0 obj"))
    mail = tmp_path / "mail.txt"
    mail.write_text("agreed", encoding="utf-8")
    assert read_proof(mail).media_type == "text/plain"
    with pytest.raises(InputErrors, match="proof_broken"):
        read_proof(mail.rename(tmp_path / "mail.JPG"))
