"""Pages of foreign documents as pictures, the parent's side. The bytes are only ever parsed in a child with limits.

For the check desk, and for whatever must look at a scan (splitting a scanner's PDF by its printed codes)::

    with Drawer() as drawer:
        for number in range(drawer.pages(scan)):  # scan: documents.Document, or any bytes with their kind
            picture = drawer.draw(scan, page=number, width=1654)  # A4 at 200 dpi
            use(picture.width, picture.height, picture.rgb)  # three bytes a dot, rows without padding

Rules: (1) one warm child serves one document after the other: the bytes go over once, then every page of it is a short
question. (2) A page is drawn ``width`` dots wide, its height as the page has it; a photo is never blown up, and no
picture is higher than ``MOST_HEIGHT`` or has more than ``MOST_DOTS``: it is narrower then. (3) What comes back is two
numbers and so many bytes, counted on arrival. (4) A child that dies, stalls or speaks nonsense is killed and the
question is a coded error; the next question starts a fresh child, so one hostile file never spoils the next.
(5) ``progress.tick`` is asked ten times a second, and Cancelled ends the child. (6) :meth:`Drawer.close` leaves no
process and no byte of a document anywhere. One thread only.

InputErrors of both questions: picture_unreadable (damaged, or no picture at all), picture_locked (asks for a
password), picture_too_large, too_many_pages, page_missing, picture_slow, picture_failed.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Protocol

from compliance.errors import InputErrors, bad_input
from compliance.importing import limited
from compliance.importing.drawing_child import MOST_DOTS, MOST_HEIGHT, MOST_PAGES, MOST_WIDTH, serve
from compliance.progress import NoProgress, Progress

#: Kinds a child can draw; every other kind is words or nothing.
DRAWN_KINDS = frozenset({"application/pdf", "image/png", "image/jpeg", "image/tiff", "image/bmp", "image/gif"})
_CODES = frozenset({"picture_unreadable", "picture_locked", "picture_too_large", "too_many_pages"})
_LEAST_WIDTH = 16
_POLL = 0.1
_MOST_HEAD = 4096
#: A child is replaced after so many seconds of work, long before its processor limit, so no honest file meets that.
_TIRED_AFTER = 120.0


class Drawable(Protocol):
    """Bytes with the kind their first bytes told: :class:`.documents.Document`, or evidence from the vault."""

    @property
    def data(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One page: ``page`` from 0, of ``pages``; ``rgb`` holds width x height x 3 bytes from the top left."""

    page: int
    pages: int
    width: int
    height: int
    rgb: bytes

    def __repr__(self) -> str:
        return f"Drawn(page {self.page} of {self.pages}, {self.width}x{self.height})"


class Drawer:
    """One warm child. ``seconds`` is the longest a question may take, ``memory`` the child's address space."""

    def __init__(self, *, seconds: float = 10.0, memory: int = limited.MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._held = ""
        self._pages = 0
        self._worked = 0.0

    def __enter__(self) -> "Drawer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warm(self) -> None:
        """Start the child now, without waiting for it; the first question then finds it ready."""
        if self._process is None or not self._process.is_alive():
            self.close()
            self._process, self._pipe = limited.start(serve, self._memory, name="consentkeep-drawer", both_ways=True)

    def pages(self, document: Drawable, *, progress: Progress | None = None) -> int:
        """How many pages: of a PDF or a TIFF; every other picture is one."""
        if document.media_type not in DRAWN_KINDS:
            raise bad_input("picture_unreadable", "file")
        key = sha256(document.data).hexdigest()
        if key != self._held or self._process is None or not self._process.is_alive():
            head, _ = self._ask({"do": "open", "kind": document.media_type}, document.data, progress or NoProgress())
            self._held, self._pages = key, _number(head, "pages", MOST_PAGES)
        return self._pages

    def draw(self, document: Drawable, *, page: int = 0, width: int, progress: Progress | None = None) -> Drawn:
        """Page ``page`` (from 0), ``width`` dots wide."""
        pages = self.pages(document, progress=progress)
        if not 0 <= page < pages:
            raise bad_input("page_missing", "page", str(page + 1), f"1-{pages}")
        question = {"do": "draw", "page": page, "width": min(max(width, _LEAST_WIDTH), MOST_WIDTH)}
        head, rgb = self._ask(question, None, progress or NoProgress())
        wide, high = _number(head, "width", MOST_WIDTH), _number(head, "height", MOST_HEIGHT)
        if len(rgb) != wide * high * 3:
            self.close()
            raise bad_input("picture_failed", "file", "answer")
        return Drawn(page=page, pages=pages, width=wide, height=high, rgb=rgb)

    def close(self) -> None:
        """End the child. Asking again starts a new one."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            limited.end(self._process, patience=0)
        self._process = self._pipe = None
        self._held, self._worked = "", 0.0

    def _ask(self, question: dict[str, Any], data: bytes | None, progress: Progress) -> tuple[dict[str, Any], bytes]:
        if data is not None and self._worked > _TIRED_AFTER:
            self.close()
        self.warm()
        started = time.monotonic()
        try:
            head, rgb = self._exchange(question, data, progress, until=started + self._seconds)
        except InputErrors:
            raise
        except (EOFError, OSError, ValueError, RecursionError):
            self.close()
            raise bad_input("picture_failed", "file") from None
        except BaseException:  # cancelled: an answer under way must not be taken for the next one's
            self.close()
            raise
        self._worked += time.monotonic() - started
        if "fault" in head:
            code = str(head["fault"])
            raise bad_input(code if code in _CODES else "picture_failed", "file")
        return head, rgb

    def _exchange(
        self, question: dict[str, Any], data: bytes | None, progress: Progress, *, until: float
    ) -> tuple[dict[str, Any], bytes]:
        assert self._pipe is not None
        self._pipe.send_bytes(json.dumps(question).encode())
        if data is not None:
            self._held = ""
            self._pipe.send_bytes(data)
        head = json.loads(self._receive(_MOST_HEAD, progress, until))
        if not isinstance(head, dict):
            raise ValueError("not an answer")
        drawn = "height" in head
        return head, self._receive(MOST_DOTS * 3, progress, until) if drawn else b""

    def _receive(self, most: int, progress: Progress, until: float) -> bytes:
        assert self._pipe is not None
        while not self._pipe.poll(_POLL):
            progress.tick(0, None)
            if time.monotonic() > until:
                with suppress(OSError):
                    self.close()
                raise bad_input("picture_slow", "file")
        return self._pipe.recv_bytes(most)


def _number(head: dict[str, Any], name: str, most: int) -> int:
    number = head.get(name)
    if type(number) is not int or not 0 < number <= most:
        raise bad_input("picture_failed", "file", name)
    return number
