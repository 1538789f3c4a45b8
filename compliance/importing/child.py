"""Reading in a child process, the parent's side: starts it, gives batches of checked rows, kills it when told.

Rules: (1) what comes back is bytes of JSON, checked on arrival; (2) remarks are judged by the use case's guard before
anyone sees a row; (3) ``progress.tick`` is asked at least ten times a second, and Cancelled ends the process at once;
(4) a process that dies, stalls or speaks nonsense is ``reader_failed``, one that met its limits ``file_too_large``;
(5) counts exist only after the last row.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from compliance.errors import bad_input
from compliance.importing import codec, limited
from compliance.importing.batches import lists_of
from compliance.importing.guard import NoteGuard, apply_guard
from compliance.importing.reading import settle, stamp
from compliance.importing.request import ReadRequest
from compliance.importing.results import Counts, FileFacts, RowResult
from compliance.importing.worker import serve
from compliance.progress import NoProgress, Phase, Progress

__all__ = ["DIED", "ReadRequest", "Reading", "nothing_passes", "open_rows"]

#: Value of ``reader_failed`` where only whoever started the reader knows how it ended.
DIED = "died"
_POLL = 0.1
_MOST_MESSAGE = 256 << 20
#: How a process ends at its limits: native code aborts without memory, the system sends SIGXCPU without time.
_LIMITS = frozenset({-6, -24})


class Reading:
    """An open reading: ``facts`` at once, ``batches()`` once, ``counts`` after the last batch."""

    def __init__(
        self,
        process: SpawnProcess | None,
        pipe: Connection,
        request: ReadRequest,
        guard: NoteGuard,
        progress: Progress,
    ) -> None:
        self._process = process  # None where another process started the reader and will end it
        self._pipe = pipe
        self._request = request
        self._guard = guard
        self._progress = progress
        self._done = 0
        self._counts: Counts | None = None
        self._judgements: dict[str, int] = {}
        self._stamp = stamp(request.path)
        body = self._next()
        try:
            self.facts: FileFacts = codec.load_facts(body["facts"])
        except (KeyError, TypeError, ValueError):
            raise bad_input("reader_failed", "file", "facts") from None

    def batches(self) -> Iterator[list[RowResult]]:
        """Batches of rows in file order. InputErrors as :func:`.reading.open_table`, and reader_failed."""
        for body in self.messages():
            try:
                rows = codec.load_rows(body)
            except (KeyError, TypeError, ValueError, IndexError):
                raise bad_input("reader_failed", "file", "rows") from None
            yield [self._judged(row) for row in rows]

    def messages(self) -> Iterator[list[Any]]:
        """Batches as lists (:func:`.batches.lists_of`), for whoever looks at each field by himself: unjudged."""
        while True:
            body = self._next()
            try:
                if "counts" in body:
                    self._counts = codec.load_counts(body["counts"])
                    for code, number in self._judgements.items():
                        self._counts.codes[code] = self._counts.codes.get(code, 0) + number
                    return
                rows = lists_of(body["rows"])
                if rows:
                    self._done = rows[-1][0]
            except (AttributeError, KeyError, TypeError, ValueError, IndexError):
                raise bad_input("reader_failed", "file", "rows") from None
            self._progress.tick(self._done, self.facts.total_rows)
            yield rows

    def __iter__(self) -> Iterator[list[RowResult]]:
        return self.batches()

    def rows(self) -> Iterator[RowResult]:
        """Row by row."""
        for batch in self.batches():
            yield from batch

    @property
    def total(self) -> int | None:
        """Rows the file has by its own account, noise included; None while unknown."""
        return self.facts.total_rows

    @property
    def counts(self) -> Counts:
        """The account; only after the last batch."""
        if self._counts is None:
            raise bad_input("reader_failed", "file", "unfinished")
        return self._counts

    def ensure_unchanged(self) -> None:
        """Ask once more before publishing. InputErrors file_changing when the file is no longer what was read."""
        if stamp(self._request.path) != self._stamp:
            raise bad_input("file_changing", "file")

    def _judged(self, row: RowResult) -> RowResult:
        judged = apply_guard(row, self._guard)
        for _, code in judged.codes[len(row.codes) :]:
            self._judgements[code] = self._judgements.get(code, 0) + 1
        return judged

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + self._request.stall_seconds
        try:
            while not self._pipe.poll(_POLL):
                self._progress.tick(self._done, None if self._done == 0 else self.facts.total_rows)
                if time.monotonic() > until:
                    raise bad_input("reader_failed", "file", "stalled")
            message = self._pipe.recv_bytes(_MOST_MESSAGE)
        except (EOFError, OSError):
            raise self._died() from None
        try:
            body = codec.loads(message)
        except (ValueError, RecursionError):
            raise bad_input("reader_failed", "file", "message") from None
        if "fault" in body:
            code, where, value, nearest = (str(part) for part in body["fault"])
            raise bad_input(code, where, value, nearest)
        return body

    def _died(self) -> Exception:
        """The process ended without a word: killed by a limit, by the system, or by a fault in a native library."""
        if self._process is None:
            return bad_input("reader_failed", "file", DIED)
        self._process.join(2)
        if self._process.exitcode in _LIMITS:
            return bad_input("file_too_large", "file", "memory")
        return bad_input("reader_failed", "file", f"exit {self._process.exitcode}")


@contextmanager
def open_rows(
    request: ReadRequest, *, note_guard: NoteGuard | None = None, progress: Progress | None = None
) -> Iterator[Reading]:
    """Read ``request.path`` in a process of its own. The process is gone when the block is left, however it is left.

    ``note_guard`` judges remarks and free text; without one they are all dropped as ``note_unjudged``.
    InputErrors: those of :func:`.reading.open_table`, duplicate_headers, file_changing, reader_failed. Cancelled when
    ``progress`` says so.
    """
    progress = progress or NoProgress()
    progress.phase(Phase.OPENING)
    settle(request.path, request.settle_seconds)
    process, pipe = limited.start(serve, request.to_json(), name="consentkeep-reader")
    try:
        reading = Reading(process, pipe, request, note_guard or nothing_passes, progress)
        progress.phase(Phase.READING)
        yield reading
    finally:
        pipe.close()
        limited.end(process)  # after the last message it ends by itself


def nothing_passes(text: str) -> str:
    """The guard of whoever has none."""
    del text
    return "note_unjudged"
