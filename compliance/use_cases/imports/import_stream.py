"""Sealed portions of a file, the writing process's side: reading and sealing run beside it, or sealing here.

Rules: (1) a large file is read in one process and sealed in a second, so that this one only writes; of a small one the
start of a process would be most of the work, so it is sealed here by the same code; (2) ``progress.tick`` is asked at
least ten times a second, and Cancelled ends both processes at once; (3) a process that dies, stalls or speaks nonsense
is ``reader_failed``; (4) both are gone when the block is left; (5) keys go to the sealing process only, through a pipe
no other process holds an end of; (6) once somebody else sits at the vault both have the processor only when nobody else
wants it, because they run ahead of this one and that one waits at a screen.
"""

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Protocol

from compliance.errors import InputErrors, bad_input
from compliance.importing import codec, limited
from compliance.importing.child import DIED, Reading, open_rows
from compliance.importing.reading import settle, stamp
from compliance.importing.request import ReadRequest
from compliance.importing.results import FileFacts
from compliance.importing.worker import serve as serve_rows
from compliance.progress import Phase, Progress
from compliance.use_cases.imports import import_sealer
from compliance.use_cases.imports.import_order import Question, Reply, SealOrder
from compliance.use_cases.imports.import_rows import RowSealer
from compliance.vault.arrivals.portions import Portion

#: From this size on a file is sealed in a process of its own: about 1,500 rows of 20 columns.
SEPARATE_FROM = 250_000
_POLL = 0.1
_MOST_MESSAGE = 256 << 20
#: A pipe holds this much where the system lets it, so that a commit here does not stop the sealing there.
_PIPE_BYTES = 1 << 20
#: The sealing process says itself when the reading one stalls; it gets this much longer.
_LONGER_SECONDS = 30.0

Answer = Callable[[Question], Reply]


class Stream(Protocol):
    """An open file: ``facts`` at once, ``portions`` once."""

    facts: FileFacts

    def portions(self, answer: Answer, waiting: Callable[[], None]) -> Iterator[Portion]:
        """Portions in file order. ``answer`` serves questions; ``waiting`` is told when nothing is ready."""
        ...

    def ensure_unchanged(self) -> None:
        """Ask once more before publishing. InputErrors file_changing."""
        ...


def open_stream(
    request: ReadRequest, order: SealOrder, *, progress: Progress, others: Callable[[], bool] = lambda: False
) -> AbstractContextManager[Stream]:
    """Read and seal ``request.path``; ``others`` says whether somebody else sits at the vault. InputErrors: those of
    :func:`.child.open_rows`; VaultError ``no_key``."""
    try:
        large = request.path.stat().st_size >= SEPARATE_FROM
    except OSError:
        large = False  # the reader says in words what is wrong with it
    return _beside(request, order, progress, others) if large else _here(request, order, progress)


@contextmanager
def _here(request: ReadRequest, order: SealOrder, progress: Progress) -> Iterator[Stream]:
    with open_rows(request, progress=progress) as reading:
        yield _Here(reading, order)


@contextmanager
def _beside(request: ReadRequest, order: SealOrder, progress: Progress, others: Callable[[], bool]) -> Iterator[Stream]:
    progress.phase(Phase.OPENING)
    settle(request.path, request.settle_seconds)
    before = stamp(request.path)
    with ExitStack() as stack:
        reader, rows = limited.start(serve_rows, request.to_json(), name="consentkeep-reader")
        stack.callback(limited.end, reader)
        try:
            _widen(rows)
            theirs, orders = multiprocessing.get_context("spawn").Pipe(duplex=False)
            stack.callback(orders.close)
            try:
                sealer, pipe = limited.start(import_sealer.serve, theirs, rows, name="consentkeep-sealer")
            finally:
                theirs.close()
        finally:
            rows.close()  # its only reader is the sealing process now
        stack.callback(limited.end, sealer)
        stack.callback(pipe.close)
        _widen(pipe)
        stream = _Beside(_Ends(reader, sealer, pipe, orders), request, progress, before, others)
        stream.open(order)
        progress.phase(Phase.READING)
        yield stream


class _Here:
    """Sealing in this process."""

    def __init__(self, reading: Reading, order: SealOrder) -> None:
        self.facts = reading.facts
        self._reading, self._order = reading, order

    def portions(self, answer: Answer, waiting: Callable[[], None]) -> Iterator[Portion]:
        replies: deque[Reply] = deque()
        ready: deque[Portion] = deque()
        sealer = RowSealer(
            self._order,
            ask=lambda question: replies.append(answer(question)),
            answer=replies.popleft,
            emit=ready.append,
        )
        for batch in self._reading.messages():
            import_sealer.seal_batch(sealer, batch)
            while ready:
                yield ready.popleft()
            waiting()
        sealer.finish()
        yield from ready

    def ensure_unchanged(self) -> None:
        self._reading.ensure_unchanged()


@dataclass(frozen=True, slots=True)
class _Ends:
    reader: SpawnProcess
    sealer: SpawnProcess
    pipe: Connection
    orders: Connection


class _Beside:
    """Sealing in a process of its own."""

    facts: FileFacts

    def __init__(
        self, ends: _Ends, request: ReadRequest, progress: Progress, before: object, others: Callable[[], bool]
    ) -> None:
        self._ends, self._request, self._progress, self._before = ends, request, progress, before
        self._others, self._behind = others, False
        self._done = 0
        self._total: int | None = None

    def open(self, order: SealOrder) -> None:
        """Give the order, hear the facts."""
        try:
            self._ends.orders.send_bytes(import_sealer.order_bytes(order, self._request))
        except OSError:
            raise self._died() from None
        kind, body = self._next(None)
        try:
            if kind != b"F":
                raise ValueError("not the facts")
            self.facts = codec.load_facts(codec.loads(body)["facts"])
        except (KeyError, TypeError, ValueError):
            raise bad_input("reader_failed", "file", "facts") from None
        self._total = self.facts.total_rows

    def portions(self, answer: Answer, waiting: Callable[[], None]) -> Iterator[Portion]:
        while True:
            kind, body = self._next(waiting)
            if kind == b"E":
                return
            if kind == b"Q":
                try:
                    question = import_sealer.question_from(body)
                except (TypeError, ValueError):
                    raise bad_input("reader_failed", "file", "question") from None
                self._reply(answer(question))  # a fault of the store's side is said as what it is
                continue
            try:
                portion = Portion.decode(body)
                self._done = int(portion.note["last"])
            except (KeyError, TypeError, ValueError, IndexError):
                raise bad_input("reader_failed", "file", "portion") from None
            self._progress.tick(self._done, self._total)
            self._step_back()
            yield portion

    def _step_back(self) -> None:
        if not self._behind and self._others():
            self._behind = True
            for process in (self._ends.reader, self._ends.sealer):
                limited.step_back(process)

    def _reply(self, reply: Reply) -> None:
        with suppress(OSError):  # it has ended; why is the next thing to be heard
            self._ends.orders.send_bytes(import_sealer.reply_bytes(reply))

    def ensure_unchanged(self) -> None:
        if stamp(self._request.path) != self._before:
            raise bad_input("file_changing", "file")

    def _next(self, waiting: Callable[[], None] | None) -> tuple[bytes, bytes]:
        pipe = self._ends.pipe
        until = time.monotonic() + self._request.stall_seconds + _LONGER_SECONDS
        try:
            while not pipe.poll(_POLL):
                if waiting is not None:
                    waiting()
                self._progress.tick(self._done, self._total)
                if time.monotonic() > until:
                    raise bad_input("reader_failed", "file", "stalled")
            message = pipe.recv_bytes(_MOST_MESSAGE)
        except (EOFError, OSError):
            raise self._died() from None
        kind, body = message[:1], message[1:]
        if kind == b"X":
            fault = import_sealer.fault_of(body)
            if isinstance(fault, InputErrors) and fault.faults[0].value == DIED:
                raise self._died()
            raise fault
        return kind, body

    def _died(self) -> Exception:
        """One of the two ended without a word; the reading one is where limits and hostile files strike."""
        for process in (self._ends.reader, self._ends.sealer):
            process.join(2)
            if process.exitcode:
                return bad_input("reader_failed", "file", f"exit {process.exitcode}")
        return bad_input("reader_failed", "file", DIED)


def _widen(pipe: Connection) -> None:
    try:
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, AttributeError, OSError):
        return  # elsewhere a pipe is as wide as it is
