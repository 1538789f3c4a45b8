"""Scans of many forms, the parent's side: which code stands on which page, and pages cut out as they were scanned.

Two children look at the pages of one file in turn, so that both processors work. Rules: (1) the bytes are only ever
parsed in children with limits; what comes back is text, numbers and so many bytes, checked on arrival; (2) a page that
kills or stalls a child is a page with a code of its own (``picture_slow``, ``picture_failed``), the next one finds a
fresh child; after three such pages the file is given up; (3) nothing is written to disk; (4) ``progress.tick`` is
asked all along, and Cancelled ends the children; (5) a form whose boxes could not be measured is a form nobody read: it
is left for eyes, never guessed.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any

from compliance.errors import InputErrors, bad_input
from compliance.importing import limited
from compliance.importing.documents import Document
from compliance.importing.form_questions import FormQuestion, answer_of
from compliance.importing.ink import Ink
from compliance.importing.scan_child import MEMORY, MOST_BYTES, MOST_PAGES, serve
from compliance.model.form_reading import PageRead
from compliance.progress import NoProgress, Progress

_CODES = frozenset({"picture_unreadable", "picture_locked", "picture_too_large", "too_many_pages"})
_POLL = 0.1
_MOST_HEAD = 1 << 16
_MOST_DEAD = 3


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the texts of its codes, or the code of the fault that kept us from looking. ``number`` is from 0;
    ``read``: what its boxes hold, where somebody asked and the child could say."""

    number: int
    codes: tuple[str, ...] = ()
    ink: Ink = Ink.INKED
    fault: str = ""
    read: PageRead | None = None


class Splitter:
    """Looks at and cuts one document after the other. ``seconds`` is the longest a single question may take."""

    def __init__(self, *, children: int = 2, seconds: float = 15.0, memory: int = MEMORY) -> None:
        self._children = [_Child(seconds, memory) for _ in range(children)]
        self._held: Document | None = None
        self._pages = 0

    def __enter__(self) -> "Splitter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self, document: Document, *, progress: Progress | None = None) -> int:
        """Take a document in hand; its number of pages. InputErrors picture_unreadable, picture_locked,
        picture_too_large, too_many_pages, picture_slow, picture_failed."""
        self._held = document
        for child in self._children:
            child.forget()
        self._pages = self._children[0].hold(document, progress or NoProgress())
        return self._pages

    def pages(
        self, *, progress: Progress | None = None, ask: Callable[[Page], FormQuestion | None] = lambda _: None
    ) -> Iterator[Page]:
        """Every page in order. ``ask`` says, of a page whose codes are known, what to measure on it: done at once,
        while the picture is there."""
        progress = progress or NoProgress()
        document, dead, at = self._held, 0, 0
        assert document is not None
        while at < self._pages:
            turn = list(zip(self._children, range(at, self._pages), strict=False))
            for child, page in turn:
                with suppress(InputErrors):
                    child.hold(document, progress)
                    child.ask({"do": "look", "page": page})
            looked: list[tuple[_Child, Page, FormQuestion | None]] = []
            for child, page in turn:
                seen = _seen(child, page, progress)
                dead += seen.fault in ("picture_slow", "picture_failed")
                if dead >= _MOST_DEAD:
                    raise bad_input("picture_slow", "file")
                question = None if seen.fault else ask(seen)
                if question is not None:
                    with suppress(InputErrors):
                        child.ask({"do": "read", "page": page, **question.words})
                looked.append((child, seen, question))
            for child, seen, question in looked:
                yield seen if question is None else replace(seen, read=_read(child, question, progress))
            at += len(turn)

    def cut(self, pages: Sequence[int], *, progress: Progress | None = None) -> Document:
        """Pages of the document in hand, in this order, as a document of their own."""
        assert self._held is not None
        progress = progress or NoProgress()
        child = self._children[0]
        child.hold(self._held, progress)
        child.ask({"do": "cut", "pages": list(pages)})
        return child.document(progress)

    def join(self, parts: Sequence[Document], *, progress: Progress | None = None) -> Document:
        """One PDF of several documents."""
        child = self._children[-1]
        child.ask({"do": "join", "kinds": [p.media_type for p in parts]}, *(p.data for p in parts))
        return child.document(progress or NoProgress())

    def close(self) -> None:
        """End the children."""
        for child in self._children:
            child.close()
        self._held = None


class _Child:
    """One process and what it holds."""

    def __init__(self, seconds: float, memory: int) -> None:
        self._seconds, self._memory = seconds, memory
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._held: Document | None = None
        self._pages = 0
        self.asked = False

    def hold(self, document: Document, progress: Progress) -> int:
        """The child has the document open; its pages."""
        if self._held is not document or self._process is None or not self._process.is_alive():
            self.ask({"do": "open", "kind": document.media_type}, document.data)
            self._pages = _number(self.answer(progress), "pages", MOST_PAGES)
            self._held = document
        return self._pages

    def forget(self) -> None:
        """Another document comes."""
        self._held = None

    def ask(self, question: dict[str, Any], *blobs: bytes) -> None:
        """Put a question; the answer is fetched later."""
        if self._process is None or not self._process.is_alive():
            self.close()
            self._process, self._pipe = limited.start(serve, self._memory, name="consentkeep-splitter", both_ways=True)
        assert self._pipe is not None
        try:
            self._pipe.send_bytes(json.dumps({**question, "blobs": len(blobs)}).encode())
            for blob in blobs:
                self._pipe.send_bytes(blob)
        except OSError:
            self.close()
            raise bad_input("picture_failed", "file") from None
        self.asked = True

    def answer(self, progress: Progress) -> dict[str, Any]:
        """What the child says. InputErrors with its code, picture_slow, picture_failed."""
        self.asked = False
        head = self._load(self._receive(_MOST_HEAD, progress))
        if "fault" in head:
            code = str(head["fault"])
            raise bad_input(code if code in _CODES else "picture_failed", "file")
        return head

    def document(self, progress: Progress) -> Document:
        """The document that comes with the answer."""
        head = self.answer(progress)
        data = self._receive(MOST_BYTES, progress)
        kind = head.get("kind")
        if not isinstance(kind, str) or head.get("bytes") != len(data):
            self.close()
            raise bad_input("picture_failed", "file", "answer")
        return Document(data, kind)

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            limited.end(self._process, patience=0)
        self._process = self._pipe = self._held = None
        self.asked = False

    def _load(self, message: bytes) -> dict[str, Any]:
        try:
            head = json.loads(message)
        except (ValueError, RecursionError):
            head = None
        if not isinstance(head, dict):
            self.close()
            raise bad_input("picture_failed", "file", "answer")
        return head

    def _receive(self, most: int, progress: Progress) -> bytes:
        if self._pipe is None:
            raise bad_input("picture_failed", "file")
        until = time.monotonic() + self._seconds
        try:
            while not self._pipe.poll(_POLL):
                progress.tick(0, None)
                if time.monotonic() > until:
                    self.close()
                    raise bad_input("picture_slow", "file")
            return self._pipe.recv_bytes(most)
        except (EOFError, OSError):
            self.close()
            raise bad_input("picture_failed", "file") from None
        except InputErrors:
            raise
        except BaseException:  # cancelled: an answer under way must not be taken for the next one's
            self.close()
            raise


def _seen(child: _Child, page: int, progress: Progress) -> Page:
    if not child.asked:
        return Page(page, fault="picture_failed")
    try:
        head = child.answer(progress)
    except InputErrors as error:
        return Page(page, fault=error.code)
    codes = head.get("codes")
    if not isinstance(codes, list) or not all(isinstance(text, str) for text in codes):
        child.close()
        return Page(page, fault="picture_failed")
    ink = head.get("ink")
    if ink not in set(Ink):
        child.close()
        return Page(page, fault="picture_failed")
    return Page(page, codes=tuple(codes), ink=Ink(ink))


def _read(child: _Child, question: FormQuestion, progress: Progress) -> PageRead | None:
    """What was measured; None where the child fell silent or spoke nonsense: nothing was read."""
    if not child.asked:
        return None
    try:
        return answer_of(question, child.answer(progress))
    except InputErrors:
        return None
    except ValueError:
        child.close()
        return None


def _number(head: dict[str, Any], name: str, most: int) -> int:
    number = head.get(name)
    if type(number) is not int or not 0 < number <= most:
        raise bad_input("picture_failed", "file", name)
    return number
