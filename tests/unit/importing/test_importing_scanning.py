"""Scans that mean harm or are merely broken: each ends as a code, the next document finds a working child."""

import io
import zlib
from collections.abc import Iterator

import PIL.Image
import pytest
from scans import small_pdf

from compliance.errors import InputErrors
from compliance.importing.documents import Document
from compliance.importing.scanning import Splitter

PDF = "application/pdf"


@pytest.fixture(scope="module")
def splitter() -> Iterator[Splitter]:
    with Splitter(children=1, seconds=8.0) as made:
        yield made


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def one_page(box: bytes, content: bytes, resources: bytes = b"<< >>", *more: bytes) -> bytes:
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%b] /Contents 4 0 R /Resources %b >>" % (box, resources),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        *more,
    )


def works(splitter: Splitter, tmp_path_factory: pytest.TempPathFactory) -> bool:
    """An honest document is still read."""
    path = small_pdf(tmp_path_factory.mktemp("honest") / "a.pdf", pages=2, seed=1)
    return splitter.open(Document(path.read_bytes(), PDF)) == 2 and len(list(splitter.pages())) == 2


def huge_picture() -> bytes:
    """A page that shows a picture of 60,000 x 60,000 dots packed into a few kilobytes."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(7500) * 1000) for _ in range(60)) + rows.flush()
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceGray /BitsPerComponent 1"
        b" /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(packed), packed)
    )
    return one_page(b"0 0 600 800", b"q 600 0 0 800 0 0 cm /I Do Q", b"<< /XObject << /I 5 0 R >> >>", picture)


PAGES = {
    "endless box": one_page(b"0 0 14400000 14400000", b""),
    "no box": one_page(b"0 0 0 0", b""),
    "thin box": one_page(b"0 0 1 9000000", b""),
    "huge picture": huge_picture(),
    "deep nesting": one_page(b"0 0 600 800", b"q " * 200_000),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_a_code_or_a_page_and_the_next_is_read(
    splitter: Splitter, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    try:
        splitter.open(Document(PAGES[name], PDF))
        pages = list(splitter.pages())
        assert len(pages) == 1 and pages[0].codes == ()
    except InputErrors as error:
        assert error.code in {"picture_unreadable", "picture_too_large", "picture_slow", "picture_failed"}
    assert works(splitter, tmp_path_factory)


def test_too_many_pages_and_endless_pictures_are_refused(splitter: Splitter) -> None:
    kids = b" ".join(b"3 0 R" for _ in range(10_001))
    many = pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count 10001 >>" % kids,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
    )
    picture = io.BytesIO()
    PIL.Image.new("1", (100_000, 1000)).save(picture, "PNG")
    wrong = ((many, PDF, "too_many_pages"), (picture.getvalue(), "image/png", "picture_too_large"),
             (b"%PDF-1.7\n", PDF, "picture_unreadable"), (b"II*\x00", "image/tiff", "picture_unreadable"))  # fmt: skip
    for data, kind, code in wrong:
        with pytest.raises(InputErrors) as caught:
            splitter.open(Document(data, kind))
        assert caught.value.code == code
