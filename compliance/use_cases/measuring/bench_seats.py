"""Other seats at the vault while something long runs: each a process of its own that opens profiles and keeps the time.

Rules: (1) a seat is what a colleague's computer would be: own process, own unlock, own connection; (2) it opens a
profile every tenth of a second, far more often than a person would, and counts every one, the slow ones too; (3) only
numbers come back.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from compliance.clock import SystemClock
from compliance.errors import ComplianceError
from compliance.model.access import Purpose
from compliance.use_cases.measuring.bench_store import PASSPHRASE
from compliance.use_cases.seat.session import Session, open_session
from compliance.use_cases.seeing import profiles

_BETWEEN_SECONDS = 0.1
_WARM = 3
#: Unlocking, six at once on a small machine.
_READY_SECONDS = 120.0
_MOST_MESSAGE = 64 << 20


class Seats:
    """Seats that have sat down. ``milliseconds`` after the block of :func:`seated`: every opened profile."""

    def __init__(self, pipes: list[Connection]) -> None:
        self._pipes = pipes
        self.milliseconds: list[float] = []

    def begin(self) -> None:
        """Start opening profiles."""
        for pipe in self._pipes:
            pipe.send_bytes(b"begin")

    def end(self) -> None:
        """Stop and collect."""
        for pipe in self._pipes:
            pipe.send_bytes(b"end")
        for pipe in self._pipes:
            self.milliseconds.extend(float(value) for value in json.loads(_hear(pipe)))


@contextmanager
def seated(count: int, path: Path, user: str, ids: tuple[str, ...]) -> Iterator[Seats]:
    """``count`` unlocked seats of ``user``; they are gone when the block is left."""
    context = multiprocessing.get_context("spawn")
    processes: list[SpawnProcess] = []
    pipes: list[Connection] = []
    try:
        for number in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=sit, args=(theirs, str(path), user, ids[number::count]), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            pipes.append(ours)
        for pipe in pipes:
            _hear(pipe)
        yield Seats(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()
            process.join(5)


def sit(pipe: Connection, path: str, user: str, ids: tuple[str, ...]) -> None:
    """One seat, in its process: unlock, say so, then open profiles between the two words."""
    session = open_session(Path(path), user=user, passphrase=PASSPHRASE, clock=SystemClock())
    assert isinstance(session, Session)
    try:
        for number in range(_WARM):
            _open(session, ids[number % len(ids)])
        pipe.send_bytes(b"ready")
        pipe.recv_bytes()
        took: list[float] = []
        time.sleep(os.getpid() % 6 * _BETWEEN_SECONDS / 6)  # people do not click at the same instant
        while not took or not pipe.poll(_BETWEEN_SECONDS):
            took.append(_open(session, ids[len(took) % len(ids)]))
        pipe.send_bytes(json.dumps(took).encode())
    except (EOFError, OSError):
        pass  # the measuring process is gone
    finally:
        session.vault.close()
        pipe.close()


def _open(session: Session, hcp_id: str) -> float:
    begin = time.perf_counter()
    profiles.open_profile(session, hcp_id=hcp_id, purpose=Purpose.MDM)
    return (time.perf_counter() - begin) * 1000


def _hear(pipe: Connection) -> bytes:
    try:
        if pipe.poll(_READY_SECONDS):
            return pipe.recv_bytes(_MOST_MESSAGE)
    except (EOFError, OSError):
        pass
    raise ComplianceError("bench_seat_lost")
