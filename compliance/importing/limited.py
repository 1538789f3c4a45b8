"""A process of its own with limits, for bytes from outside: how it is started and ended, and what it does to itself.

Rules: (1) it is a fresh interpreter (spawn) that inherits neither memory, keys nor open files of its parent and does
not import the program that started it; (2) memory and processor time are limited where the system offers
``resource``; elsewhere the caps of the readers stand alone; (3) it writes no file and no word; (4) whoever starts it
ends it: killed when it does not go by itself.
"""

import io
import multiprocessing
import os
import signal
import sys
import types
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from compliance.errors import bad_input

#: Address space of such a process where the system can limit it (RLIMIT_AS), and its processor seconds.
MEMORY = 1 << 30
CPU_SECONDS = 300
_MAIN = sys.modules["__main__"]
#: Niceness of a process that steps back.
_BEHIND = 10


def start(
    target: Callable[..., None], *args: Any, name: str, both_ways: bool = False
) -> tuple[SpawnProcess, Connection]:
    """Run ``target(pipe, *args)`` in a process of its own; our end of the pipe. InputErrors reader_failed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=both_ways)
    process = context.Process(target=target, args=(theirs, *args), daemon=True, name=name)
    # spawn would import the starting program again in the child; it needs nothing of it and must not have it.
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        process.start()
    except OSError as error:
        ours.close()
        raise bad_input("reader_failed", "file", str(error.errno or "")) from None
    finally:
        sys.modules["__main__"] = _MAIN
        theirs.close()
    return process, ours


def end(process: SpawnProcess, *, patience: float = 0.2) -> None:
    """The process is gone afterwards; it has ``patience`` seconds to go by itself."""
    if patience and process.is_alive():
        process.join(patience)
    if process.is_alive():
        process.kill()
    process.join(5)
    if process.exitcode is not None:
        process.close()


def step_back(process: SpawnProcess) -> None:
    """Let everybody else have the processor first, where the system can: somebody waits at a screen."""
    with suppress(AttributeError, OSError, ValueError):  # Windows; or it has ended
        if process.pid is not None:
            os.setpriority(os.PRIO_PROCESS, process.pid, _BEHIND)


def quiet() -> None:
    """In the child: no interrupt of the terminal and no output of a library reaches the user from here."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        try:
            os.dup2(silent, stream)
        except OSError:
            continue
    sys.stdout = sys.stderr = io.StringIO()


def limit(*, memory: int = MEMORY, cpu_seconds: int = CPU_SECONDS) -> None:
    """In the child: so much address space and processor time, no file written, no memory image left."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, amount in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            hard = resource.getrlimit(what)[1]
            soft = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
            resource.setrlimit(what, (soft, hard))
        except (ValueError, OSError):
            continue  # macOS refuses some of them; the readers' own caps remain
