"""The splitting process: holds one scan, reads the code on each page, cuts pages out as they were scanned.

Rules: (1) it is a process of :mod:`.limited`, with its limits; sizes are looked at before a dot is decoded; (2) a code
is sought once at 200 dpi; a page that gives none is looked at again with its contrast stretched, finer and evened out,
because faint paper must not become work by hand; only a page without any ink (:mod:`.ink`) is the empty back of a
sheet; (3) cutting copies pages, it draws nothing anew; (4) the boxes of a form are measured on the picture its code was
found on, where the parent says they stand (:mod:`.form_place`, :mod:`.form_ink`); (5) every fault is one code, never a
traceback and never a word of the document.
"""

import io
import json
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from compliance.errors import InputErrors, bad_input
from compliance.importing import limited
from compliance.importing.form_ink import measured
from compliance.importing.form_place import Point, placed
from compliance.importing.ink import Ink, ink_on

MOST_BYTES = 512 << 20
MOST_PAGES = 10_000
MEMORY = 2 << 30
_MOST_DOTS = 20_000_000
_MOST_PHOTO_DOTS = 64_000_000
_DPI, _FINE_DPI = 200, 300
_MOST_CODES, _MOST_TEXT = 8, 600
_PDF = "application/pdf"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF", "image/bmp": "BMP", "image/gif": "GIF"}


def serve(pipe: Connection, memory: int) -> None:
    """Answer until the other side hangs up."""
    limited.quiet()
    limited.limit(memory=memory, cpu_seconds=3600)
    held: _Scan | None = None
    while True:
        try:
            question = json.loads(pipe.recv_bytes(1 << 16))
            blobs = [pipe.recv_bytes(MOST_BYTES) for _ in range(int(question.get("blobs", 0)))]
        except (EOFError, OSError, MemoryError):
            return
        data: bytes | None = None
        try:
            if question["do"] == "open":
                held = None
                held = _Scan(blobs[0], str(question["kind"]))
                answer: dict[str, Any] = {"pages": held.pages}
            elif question["do"] == "join":
                data = _join(list(zip(blobs, question["kinds"], strict=True)))
                answer = {"kind": _PDF, "bytes": len(data)}
            elif held is None:
                raise bad_input("picture_unreadable")
            elif question["do"] == "look":
                answer = held.look(int(question["page"]))
            elif question["do"] == "read":
                answer = held.read(question)
            else:
                data, kind = held.cut([int(page) for page in question["pages"]])
                answer = {"kind": kind, "bytes": len(data)}
        except InputErrors as error:
            answer, data = {"fault": error.code}, None
        except MemoryError:
            answer, data = {"fault": "picture_too_large"}, None
        except Exception:  # noqa: BLE001 - any fault of a reader over a hostile file is: it cannot be read
            answer, data = {"fault": "picture_unreadable"}, None
        with suppress(OSError):
            pipe.send_bytes(json.dumps(answer).encode())
            if data is not None:
                pipe.send_bytes(data)


class _Scan:
    """One document: a PDF, or a picture of one or more frames."""

    def __init__(self, data: bytes, kind: str) -> None:
        self._data, self._kind = data, kind
        self._pdf: Any = None
        self._seen: tuple[int, Any, dict[str, list[Point]]] = (-1, None, {})
        if kind == _PDF:
            self._pdf = _open_pdf(data)
            self.pages = len(self._pdf)
        else:
            with _open_picture(data, kind) as image:
                self.pages = int(getattr(image, "n_frames", 1)) if kind == "image/tiff" else 1
        if not self.pages:
            raise bad_input("picture_unreadable")
        if self.pages > MOST_PAGES:
            raise bad_input("too_many_pages")

    def look(self, page: int) -> dict[str, Any]:
        """Codes on a page, and what ink is on one that bears none."""
        picture = self._drawn(page, _DPI)
        codes = _codes(picture)
        ink = Ink.INKED if codes else ink_on(picture)
        if not codes and ink is not Ink.BLANK:
            codes = _codes_again(picture)
            if not codes and self._pdf:
                picture = self._drawn(page, _FINE_DPI)
                codes = _codes(picture)
        self._seen = (page, picture, codes)
        return {"codes": list(codes), "ink": ink}

    def read(self, question: dict[str, Any]) -> dict[str, Any]:
        """Measurements of the places of a form on a page (rule 4)."""
        page = int(question["page"])
        if self._seen[0] != page:
            self.look(page)
        _, picture, codes = self._seen
        corners = codes.get(str(question["code"]))
        layout = question["layout"]
        place = corners and placed(picture, corners, at=layout["code"], marks=layout["marks"], size=layout["mark"])
        if not place:
            return {"marks": 0, "off": 0.0, "fields": []}
        numbers = question["numbers"]
        fit = place.marks >= numbers["marks"] and place.off <= numbers["off"]
        fields = measured(picture, place, question["fields"], numbers) if fit else []
        return {"marks": place.marks, "off": round(place.off, 3), "fields": fields}

    def cut(self, pages: list[int]) -> tuple[bytes, str]:
        """The pages as a document of their own."""
        if self._pdf is None and self.pages == 1:
            return self._data, self._kind
        made = _new_pdf()
        if self._pdf is not None:
            made.import_pages(self._pdf, pages)
        else:
            with _open_picture(self._data, self._kind) as image:
                for page in pages:
                    image.seek(page)
                    _add_picture(made, image)
        return _bytes(made), _PDF

    def _drawn(self, page: int, dpi: int) -> Any:
        """A page in grey."""
        import PIL.Image

        if self._pdf is None:
            with _open_picture(self._data, self._kind) as image:
                if page:
                    image.seek(page)
                if image.width * image.height > _MOST_PHOTO_DOTS:
                    raise bad_input("picture_too_large")
                image.draft("L", (image.width, image.height))
                grey = image.convert("L")
            grey.thumbnail((3600, 3600))
            return grey
        opened = self._pdf[page]
        try:
            wide, high = opened.get_size()
            if not (wide > 0 and high > 0):
                raise bad_input("picture_unreadable")
            scale = min(dpi / 72, (_MOST_DOTS / (wide * high)) ** 0.5)
            if wide * scale < 8 or high * scale < 8:
                raise bad_input("picture_too_large")
            made = opened.render(scale=scale, may_draw_forms=False, grayscale=True)
            dots = memoryview(made.buffer).cast("B")
            return PIL.Image.frombuffer("L", (made.width, made.height), bytes(dots), "raw", "L", made.stride, 1)
        finally:
            opened.close()


def _codes(picture: Any, enlarged: float = 1.0, **how: Any) -> dict[str, list[Point]]:
    """Texts of the codes on a picture, each with its corners, clockwise from its own upper left."""
    import zxingcpp

    found: dict[str, list[Point]] = {}
    for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode, try_invert=False, **how):
        if code.text and len(code.text) <= _MOST_TEXT and len(found) < _MOST_CODES:
            at = code.position
            four = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
            found.setdefault(str(code.text), [(p.x / enlarged, p.y / enlarged) for p in four])
    return found


def _codes_again(picture: Any) -> dict[str, list[Point]]:
    """Rule 2: stretched, evened out, enlarged."""
    import PIL.Image
    import PIL.ImageFilter
    import PIL.ImageOps
    import zxingcpp

    stretched = PIL.ImageOps.autocontrast(picture, cutoff=(2, 2))
    even = stretched.filter(PIL.ImageFilter.MedianFilter(3))
    larger = even.resize((even.width * 3 // 2, even.height * 3 // 2), PIL.Image.Resampling.BILINEAR)
    tries: tuple[tuple[Any, dict[str, Any]], ...] = (
        (stretched, {}),
        (even, {"binarizer": zxingcpp.Binarizer.GlobalHistogram}),
        (larger, {"enlarged": 1.5}),
    )
    return next((codes for tried, how in tries if (codes := _codes(tried, **how))), {})


def _join(parts: list[tuple[bytes, str]]) -> bytes:
    """One PDF of several documents, in order."""
    made = _new_pdf()
    for data, kind in parts:
        if kind == _PDF:
            made.import_pages(_open_pdf(data))
        else:
            with _open_picture(data, kind) as image:
                _add_picture(made, image)
    return _bytes(made)


def _open_pdf(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise bad_input("picture_locked" if "assword" in str(error) else "picture_unreadable") from None


def _open_picture(data: bytes, kind: str) -> Any:
    import warnings

    import PIL.Image

    warnings.simplefilter("ignore")
    PIL.Image.MAX_IMAGE_PIXELS = _MOST_PHOTO_DOTS
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=(_FORMATS[kind],))
    except PIL.Image.DecompressionBombError:
        raise bad_input("picture_too_large") from None
    if image.width * image.height > _MOST_PHOTO_DOTS:
        raise bad_input("picture_too_large")
    return image


def _new_pdf() -> Any:
    import pypdfium2

    return pypdfium2.PdfDocument.new()


def _add_picture(made: Any, image: Any) -> None:
    """A picture as a page of its own size, its dots unchanged."""
    import pypdfium2

    flat = image.convert("L") if image.mode in ("1", "L", "I;16") else image.convert("RGB")
    dpi = float((image.info.get("dpi") or (_DPI, _DPI))[0]) or _DPI
    dpi = dpi if 50 <= dpi <= 1200 else _DPI
    wide, high = flat.width * 72 / dpi, flat.height * 72 / dpi
    page = made.new_page(wide, high)
    shown = pypdfium2.PdfImage.new(made)
    shown.set_bitmap(pypdfium2.PdfBitmap.from_pil(flat))
    shown.set_matrix(pypdfium2.PdfMatrix().scale(wide, high))
    page.insert_obj(shown)
    page.gen_content()


def _bytes(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
