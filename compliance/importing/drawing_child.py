"""The drawing process: holds one foreign document and draws its pages. See :mod:`.drawing` for what is asked.

Rules: (1) it is a process of :mod:`.limited`, with its limits; (2) sizes are looked at before a dot is decoded; (3) no
active content runs, no form is filled, no file is written; (4) every fault is one code, never a traceback and never a
word of the document.
"""

import io
import json
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Protocol

from compliance.errors import InputErrors, bad_input
from compliance.importing import limited

#: Widest and highest picture, most dots of one, most dots of a photo before it is reduced, most pages of a document.
MOST_WIDTH = 6000
MOST_HEIGHT = 20_000
MOST_DOTS = 32_000_000
MOST_PHOTO_DOTS = 64_000_000
MOST_PAGES = 2000
_MOST_BYTES = 64 << 20
#: EXIF's tag and its eight ways to hold a camera, as PIL.Image.Transpose numbers; those that swap width and height.
_ORIENTATION = 0x0112
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
_LYING = frozenset({5, 4, 6, 2})
_PDF = "application/pdf"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF", "image/bmp": "BMP", "image/gif": "GIF"}


class _Open(Protocol):
    pages: int

    def draw(self, page: int, width: int) -> tuple[int, int, bytes]: ...


def serve(pipe: Connection, memory: int) -> None:
    """Answer until the other side hangs up."""
    limited.quiet()
    limited.limit(memory=memory)
    _load()
    held: _Open | None = None
    while True:
        try:
            question = json.loads(pipe.recv_bytes(4096))
            data = pipe.recv_bytes(_MOST_BYTES) if question["do"] == "open" else b""
        except (EOFError, OSError):
            return
        try:
            if question["do"] == "open":
                held = None
                held = _Pdf(data) if question["kind"] == _PDF else _Photo(data, str(question["kind"]))
                answer, rgb = {"pages": held.pages}, None
            elif held is None:
                raise bad_input("picture_unreadable")
            else:
                width, height, rgb = held.draw(int(question["page"]), int(question["width"]))
                answer = {"width": width, "height": height}
        except InputErrors as error:
            answer, rgb = _fault(error.code), None
        except MemoryError:
            answer, rgb = _fault("picture_too_large"), None
        except Exception:  # noqa: BLE001 - any fault of a reader over a hostile file is: it cannot be read
            answer, rgb = _fault("picture_unreadable"), None
        with suppress(OSError):
            pipe.send_bytes(json.dumps(answer).encode())
            if rgb is not None:
                pipe.send_bytes(rgb)


class _Pdf:
    """A PDF; its pages are drawn by pdfium."""

    def __init__(self, data: bytes) -> None:
        import pypdfium2

        try:
            self._document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise bad_input("picture_locked" if "assword" in str(error) else "picture_unreadable") from None
        self.pages = len(self._document)
        if not self.pages:
            raise bad_input("picture_unreadable")
        if self.pages > MOST_PAGES:
            raise bad_input("too_many_pages")

    def draw(self, page: int, width: int) -> tuple[int, int, bytes]:
        opened = self._document[page]
        try:
            wide, high = opened.get_size()
            if not (wide > 0 and high > 0):
                raise bad_input("picture_unreadable")
            scale = _scale(wide, high, width) - 0.01 / wide  # pdfium rounds up: as wide as was asked, not a dot more
            made = opened.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
            channels, stride = made.n_channels, made.stride
            dots = memoryview(made.buffer).cast("B")
            if channels == 3 and stride == made.width * 3:
                return made.width, made.height, bytes(dots)
            rows = (dots[at * stride : at * stride + made.width * channels] for at in range(made.height))
            if channels == 3:
                return made.width, made.height, b"".join(rows)
            import PIL.Image

            mode = {1: "L", 4: "RGBX"}[channels]
            picture = PIL.Image.frombytes(mode, (made.width, made.height), b"".join(rows))
            return made.width, made.height, picture.convert("RGB").tobytes()
        finally:
            opened.close()


class _Photo:
    """A photo or a scan; turned as its camera says, on white where it is clear."""

    def __init__(self, data: bytes, kind: str) -> None:
        self._data = data
        self._format = _FORMATS[kind]
        with self._opened() as image:
            self.pages = int(getattr(image, "n_frames", 1)) if kind == "image/tiff" else 1
        if self.pages > MOST_PAGES:
            raise bad_input("too_many_pages")

    def draw(self, page: int, width: int) -> tuple[int, int, bytes]:
        import PIL.Image

        with self._opened() as image:
            if page:
                image.seek(page)
            wide, high = image.size
            if wide * high > MOST_PHOTO_DOTS:
                raise bad_input("picture_too_large")
            turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
            lies = turn in _LYING
            share = min(_scale(*((high, wide) if lies else (wide, high)), width), 1.0)
            size = max(round(wide * share), 1), max(round(high * share), 1)
            image.draft("RGB", size)  # a JPEG is decoded no larger than needed
            flat = _flat(image)
        if flat.size != size:
            flat = flat.resize(size, PIL.Image.Resampling.BICUBIC, reducing_gap=2.0)
        if turn is not None:
            flat = flat.transpose(PIL.Image.Transpose(turn))
        return flat.width, flat.height, flat.tobytes()

    def _opened(self) -> Any:
        import PIL.Image

        try:
            return PIL.Image.open(io.BytesIO(self._data), formats=(self._format,))
        except PIL.Image.DecompressionBombError:
            raise bad_input("picture_too_large") from None


def _scale(wide: float, high: float, width: int) -> float:
    """From a page's size to its picture's: as wide as asked, unless that is too high or too many dots."""
    return min(width / wide, MOST_HEIGHT / high, float((MOST_DOTS / (wide * high)) ** 0.5))


def _flat(image: Any) -> Any:
    """In RGB. Clear dots become white, grey of sixteen bits becomes grey of eight."""
    import PIL.Image

    if image.mode in ("I", "I;16", "I;16B", "F"):
        image = image.convert("F").point(lambda dot: dot / 256.0)
        return image.convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = PIL.Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return PIL.Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _load() -> None:
    """What drawing needs, before the first question."""
    import warnings

    import PIL.Image
    import PIL.JpegImagePlugin
    import PIL.PngImagePlugin
    import pypdfium2  # noqa: F401 - loaded so that the first page need not wait for it

    warnings.simplefilter("ignore")
    PIL.Image.MAX_IMAGE_PIXELS = MOST_PHOTO_DOTS


def _fault(code: str) -> dict[str, Any]:
    return {"fault": code}
