"""Pages drawn in a limited child: good ones as asked, hostile ones refused with a code, and nothing left behind."""

import io
import multiprocessing
import os
import signal
import sys
import zlib

import PIL.Image
import pytest
from reportlab.pdfgen import canvas

from compliance.errors import Cancelled, InputErrors
from compliance.importing import drawing
from compliance.importing.documents import Document
from compliance.importing.drawing import Drawer
from compliance.progress import ProgressSlot

PDF, PNG, JPEG, TIFF = "application/pdf", "image/png", "image/jpeg", "image/tiff"


@pytest.fixture
def drawer():
    with Drawer() as made:
        yield made
    assert not multiprocessing.active_children()


def pdf(pages: int = 3) -> Document:
    out = io.BytesIO()
    made = canvas.Canvas(out, pagesize=(200, 100))
    for number in range(pages):
        made.setFillColorRGB(1 if number == 0 else 0, 1 if number == 1 else 0, 1 if number == 2 else 0)
        made.rect(0, 0, 200, 100, stroke=0, fill=1)
        made.showPage()
    made.save()
    return Document(out.getvalue(), PDF)


def photo(image: PIL.Image.Image, kind: str = "PNG", **how: object) -> Document:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return Document(out.getvalue(), f"image/{kind.lower()}")


def dot(drawn: drawing.Drawn, x: int, y: int) -> tuple[int, ...]:
    at = (y * drawn.width + x) * 3
    return tuple(drawn.rgb[at : at + 3])


def code_of(drawer: Drawer, document: Document, width: int = 300) -> str:
    with pytest.raises(InputErrors) as error:
        drawer.draw(document, width=width)
    return error.value.code


def test_pages_of_a_pdf_come_as_wide_as_asked(drawer):
    scan = pdf()
    assert drawer.pages(scan) == 3
    for number, colour in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255))):
        for width in (301, 1000):
            drawn = drawer.draw(scan, page=number, width=width)
            assert (drawn.page, drawn.pages, drawn.width) == (number, 3, width)
            assert abs(drawn.height - width / 2) <= 1 and len(drawn.rgb) == width * drawn.height * 3
            assert dot(drawn, width // 2, drawn.height // 2) == colour
    assert str(len(scan.data)) not in repr(drawn) and "rgb" not in repr(drawn)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "GIF"])
def test_photos_are_reduced_and_never_blown_up(kind, drawer):
    picture = photo(PIL.Image.new("RGB", (400, 200), (255, 0, 0)), kind)
    small, natural = drawer.draw(picture, width=100), drawer.draw(picture, width=4000)
    assert (small.width, small.height, small.pages) == (100, 50, 1)
    assert (natural.width, natural.height) == (400, 200)
    assert dot(natural, 200, 100)[0] > 240 and dot(natural, 200, 100)[1] < 15


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photo_stands_as_its_camera_held_it(turn, drawer):
    upright = PIL.Image.new("RGB", (60, 40), (255, 255, 255))
    upright.paste((255, 0, 0), (0, 0, 30, 20))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    held = upright.transpose(PIL.Image.Transpose(back[turn])) if turn in back else upright
    exif = PIL.Image.Exif()
    exif[0x0112] = turn
    drawn = drawer.draw(photo(held, exif=exif), width=60)
    assert (drawn.width, drawn.height) == (60, 40)
    assert dot(drawn, 5, 5) == (255, 0, 0) and dot(drawn, 55, 35) == (255, 255, 255)


def test_clear_grey_black_and_white_and_many_pages(drawer):
    clear = drawer.draw(photo(PIL.Image.new("RGBA", (40, 40), (0, 0, 0, 0))), width=40)
    assert dot(clear, 20, 20) == (255, 255, 255)
    grey = drawer.draw(photo(PIL.Image.new("I;16", (40, 40), 0x8000)), width=40)
    assert dot(grey, 20, 20) in ((127,) * 3, (128,) * 3)
    first, second = PIL.Image.new("1", (40, 40), 1), PIL.Image.new("1", (40, 40), 0)
    fax = photo(first, "TIFF", save_all=True, append_images=[second], compression="group4")
    assert drawer.pages(fax) == 2
    assert dot(drawer.draw(fax, page=0, width=40), 1, 1) == (255,) * 3
    assert dot(drawer.draw(fax, page=1, width=40), 1, 1) == (0,) * 3


def test_a_page_that_is_not_there(drawer):
    with pytest.raises(InputErrors) as error:
        drawer.draw(pdf(2), page=2, width=100)
    assert error.value.code == "page_missing"


def test_one_child_serves_many_documents_and_a_bad_one_spoils_nothing(drawer):
    drawer.warm()
    (child,) = multiprocessing.active_children()
    good = pdf()
    for document in (good, photo(PIL.Image.new("L", (9, 9))), Document(b"%PDF-1.7 nothing", PDF), good):
        if document.data.startswith(b"%PDF-1.7 n"):
            assert code_of(drawer, document) == "picture_unreadable"
        else:
            drawer.draw(document, width=50)
    assert [each.pid for each in multiprocessing.active_children()] == [child.pid]


def locked() -> Document:
    from pypdf import PdfWriter

    writer, out = PdfWriter(io.BytesIO(pdf().data)), io.BytesIO()
    writer.encrypt("geheim")
    writer.write(out)
    return Document(out.getvalue(), PDF)


def claims(width: int, height: int) -> Document:
    """A PNG of a few bytes that says it has so many dots."""

    def chunk(name: bytes, body: bytes) -> bytes:
        whole = name + body
        return len(body).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    body = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")
    return Document(b"\x89PNG\r\n\x1a\n" + body, PNG)


def raw_pdf(*objects: bytes, prev: int | None = None) -> Document:
    """A PDF of the given objects, numbered from 1; the first is its root."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    back = b"" if prev is None else b" /Prev %d" % (table if prev == 0 else prev)
    out += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, back, table)
    return Document(out, PDF)


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def page(contents: bytes, box: bytes = b"[0 0 200 100]", resources: bytes = b"<< >>") -> tuple[bytes, ...]:
    head = b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources %s >>" % (box, resources)
    return head, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(contents), contents)


def deflated(size: int, what: bytes) -> bytes:
    body = zlib.compress(bytes(size), 9)
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (what, len(body), body)


def test_hostile_files_are_refused_with_a_code(drawer):
    many = b"[%s]" % (b"3 0 R " * 3000)
    picture = b"/Type /XObject /Subtype /Image /Width 30000 /Height 30000 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    said = {
        "locked": code_of(drawer, locked()),
        "dots": code_of(drawer, claims(60_000, 60_000)),
        "broken photo": code_of(drawer, claims(4000, 4000)),
        "pages": code_of(drawer, raw_pdf(CATALOG, b"<< /Type /Pages /Kids %s /Count 3000 >>" % many, *page(b""))),
        "words": code_of(drawer, Document(b"hello", "text/plain")),
        "empty": code_of(drawer, Document(b"", PDF)),
    }
    assert said == {
        "locked": "picture_locked", "dots": "picture_too_large", "broken photo": "picture_unreadable",
        "pages": "too_many_pages", "words": "picture_unreadable", "empty": "picture_unreadable",
    }  # fmt: skip
    thin = drawer.draw(raw_pdf(CATALOG, ONE_PAGE, *page(b"", b"[0 0 1 14400]")), width=6000)
    assert thin.height <= drawing.MOST_HEIGHT and thin.width * thin.height <= drawing.MOST_DOTS
    loops = raw_pdf(CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>", prev=0)
    bomb = raw_pdf(
        CATALOG, ONE_PAGE, *page(b"200 0 0 100 0 0 cm /I Do", resources=b"<< /XObject << /I 5 0 R >> >>"),
        deflated(1 << 28, picture),
    )  # fmt: skip
    for document in (loops, bomb):  # whatever they do to the child, we get a page or a code, and soon
        try:
            assert drawer.draw(document, width=300).width == 300
        except InputErrors as error:
            assert error.code.startswith(("picture_", "page_"))
    assert drawer.draw(pdf(), width=100).width == 100


def test_a_page_that_takes_too_long_is_killed():
    circles = b"".join(b"%d 0 m 0 %d l S " % (n % 200, n % 100) for n in range(400_000))
    slow = raw_pdf(CATALOG, ONE_PAGE, *page(b"0.1 w " + circles))
    with Drawer(seconds=0.2) as hasty:
        assert code_of(hasty, slow, 4000) == "picture_slow"
        assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_memory_is_limited():
    big = photo(PIL.Image.new("RGB", (7000, 7000)))
    with Drawer(memory=300 << 20) as small:
        assert code_of(small, big) in ("picture_too_large", "picture_failed", "picture_unreadable")
        assert small.draw(pdf(), width=100).width == 100


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_child_is_a_code_and_the_next_question_is_answered(drawer):
    scan = pdf()
    drawer.pages(scan)
    (child,) = multiprocessing.active_children()
    os.kill(child.pid, signal.SIGSTOP)
    stopped = ProgressSlot()
    stopped.cancel()
    with pytest.raises(Cancelled):
        drawer.draw(scan, width=100, progress=stopped)
    assert not multiprocessing.active_children()
    assert drawer.draw(scan, page=1, width=100).page == 1


def liar(pipe, answers: list[bytes]) -> None:
    """A child that says what a taken-over one might."""
    for answer in answers:
        pipe.send_bytes(answer)
    pipe.recv_bytes()
    pipe.recv_bytes()
    pipe.recv_bytes()


@pytest.mark.parametrize(
    "answers",
    [
        [b'{"pages": 1}', b'{"width": 2, "height": 2}', b"short"],
        [b'{"pages": 1}', b'{"width": -2, "height": 2}', b""],
        [b'{"pages": 1}', b'{"width": true, "height": 2}', b""],
        [b'{"pages": 1}', b'{"fault": "<b>x</b>"}'],
        [b'{"pages": 1e9}'],
        [b"[]"],
        [b"\xff"],
        [b"[" * 4000],
        [b"x" * 5000],
    ],
)
def test_nonsense_from_the_child_is_not_believed(answers, drawer):
    drawer._process, drawer._pipe = drawing.limited.start(liar, answers, name="liar", both_ways=True)
    assert code_of(drawer, pdf()) == "picture_failed"
