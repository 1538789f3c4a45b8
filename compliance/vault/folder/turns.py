"""Turns at the store: who waits for the write lock stands in a line, and long work lets the whole line go first.

Rules: (1) a seat that finds the lock taken, or others waiting for it, leaves a file beside its seat file until it has
the lock; the oldest tries most often, the others the more seldom the more are before them, so that nobody is overtaken
again and again; (2) the line is a courtesy: whoever tries and finds the lock free has it; (3) an import looks at the
line before each transaction and waits until it is empty, never longer than it was told; (4) a file left by a dead or
stopped seat stops nobody: an old one does not count, a young one only slows, and the next registration sweeps it.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from compliance.vault.folder.seats import FOLDER, WAITS

#: Between two tries of the first in line; each one before a seat adds ``_EACH_SECONDS``.
_FIRST_SECONDS = (0.0005, 0.0015)
_EACH_SECONDS = 0.004
_LOOK_SECONDS = 0.002
#: Long work goes on after so long, whoever waits: it would never end on a machine that is too busy.
MOST_SECONDS = 0.25
#: Nobody waits longer than this for the lock, so an older file is a leftover.
_OLD_SECONDS = 15.0


def line(vault: Path, *, without: str = "") -> list[tuple[int, str]]:
    """(since, seat) of everybody who waits, oldest first."""
    oldest = time.time_ns() - int(_OLD_SECONDS * 1e9)
    found = []
    with suppress(OSError), os.scandir(vault / FOLDER) as entries:
        for entry in entries:
            seat = entry.name.removesuffix(WAITS)
            if seat not in (entry.name, without):
                with suppress(OSError):  # has its turn meanwhile
                    since = entry.stat().st_mtime_ns
                    if since > oldest:
                        found.append((since, seat))
    return sorted(found)


@contextmanager
def waiting(vault: Path, seat: str) -> Iterator[Callable[[], int]]:
    """Stand in line for as long as the block lasts; gives how many are before ``seat`` at a moment."""
    file = vault / FOLDER / f"{seat}{WAITS}"
    with suppress(OSError):  # a courtesy: without it the seat waits like anybody
        file.touch(mode=0o600)

    def before() -> int:
        places = [who for _, who in line(vault)]
        return places.index(seat) if seat in places else 0

    try:
        yield before
    finally:
        with suppress(OSError):
            file.unlink()


def pause(before: int) -> float:
    """Seconds until the next try of a seat with so many before it."""
    return random.uniform(*_FIRST_SECONDS) + before * _EACH_SECONDS  # noqa: S311 - spreads tries, keeps no secret


def give_way(vault: Path, seat: str, *, most: float = MOST_SECONDS) -> None:
    """Wait until nobody else waits, at most ``most`` seconds."""
    until = time.monotonic() + most
    while line(vault, without=seat) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
