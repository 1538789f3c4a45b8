"""Rows of a file as they stand, for a workbook in which they are mended: a second reading in a process with limits.

Rules: (1) the rows are found by number in the same sheet under the same header, so that what comes back is what was
judged; a file that is another by now is ``file_changing``; (2) columns that are never collected (R20) do not leave the
reading process; (3) a cell is text: a number is written as the first reading understood it, one that lost digits in
the spreadsheet (1.1E+17) stays marked by its exponent, because its digits written out would pass for whole; a control
character stays unreadable; (4) nothing is unpickled here (see codec.py).
"""

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from compliance import cycles
from compliance.errors import Fault, InputErrors, bad_input
from compliance.importing import codec, limited
from compliance.importing.cells import DAMAGED_FROM, hidden_controls, plain
from compliance.importing.mapping import plan_columns
from compliance.importing.reading import open_table
from compliance.importing.request import ReadRequest
from compliance.progress import NoProgress, Progress

_BATCH = 500
_POLL = 0.1
_MOST_MESSAGE = 256 << 20

#: Row number and its cells, refused columns left out.
RawRow = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``header`` as in the file; ``places``: field or role → index of its column; ``rows`` once."""

    header: tuple[str, ...]
    places: dict[str, int]
    rows: Iterator[RawRow]


@contextmanager
def open_excerpt(
    request: ReadRequest, wanted: Sequence[int], *, sha256: str, progress: Progress | None = None
) -> Iterator[Excerpt]:
    """The rows ``wanted``, in order, of the file that had ``sha256``. InputErrors as :func:`.reading.open_table`,
    ``file_changing``, ``reader_failed``; Cancelled. The process is gone when the block is left."""
    progress = progress or NoProgress()
    numbers = array("q", sorted(wanted)).tobytes()
    process, pipe = limited.start(_serve, request.to_json(), numbers, name="consentkeep-excerpt")
    try:
        yield _received(pipe, len(wanted), sha256, progress)
    finally:
        pipe.close()
        limited.end(process)


def cell_text(cell: Any) -> str:
    """A cell as text that is judged again as the cell was; rule 3."""
    if isinstance(cell, str):
        return hidden_controls(cell)
    if isinstance(cell, float | int) and not isinstance(cell, bool) and (abs(cell) >= DAMAGED_FROM or cell != cell):
        return f"{cell:.14E}"
    return plain(cell)


def _received(pipe: Connection, count: int, sha256: str, progress: Progress) -> Excerpt:
    head = _next(pipe, progress, 0, count)
    try:
        header = tuple(map(str, head["header"]))
        places = {str(target): int(place) for target, place in head["places"]}
        found = str(head["sha256"])
    except (KeyError, TypeError, ValueError):
        raise bad_input("reader_failed", "file", "excerpt") from None
    if found != sha256:
        raise bad_input("file_changing", "file")

    def rows() -> Iterator[RawRow]:
        done = 0
        while done < count:
            body = _next(pipe, progress, done, count)
            try:
                batch = [(int(row), tuple(map(str, cells))) for row, cells in body["cells"]]
            except (KeyError, TypeError, ValueError):
                raise bad_input("reader_failed", "file", "excerpt") from None
            if not batch:
                raise bad_input("file_changing", "file")
            done += len(batch)
            yield from batch

    return Excerpt(header, places, rows())


def _next(pipe: Connection, progress: Progress, done: int, total: int) -> dict[str, Any]:
    try:
        while not pipe.poll(_POLL):
            progress.tick(done, total)
        body = codec.loads(pipe.recv_bytes(_MOST_MESSAGE))
    except (EOFError, OSError, ValueError, RecursionError):
        raise bad_input("reader_failed", "file", "excerpt") from None
    if "fault" in body:
        code, where, value, nearest = (str(part) for part in body["fault"])
        raise bad_input(code, where, value, nearest)
    progress.tick(done, total)
    return body


def _serve(pipe: Connection, request: str, numbers: bytes) -> None:
    limited.quiet()
    try:
        asked = ReadRequest.from_json(request)
        limited.limit(memory=asked.memory, cpu_seconds=asked.cpu_seconds)
        cycles.seldom_in_child()
        wanted = array("q")
        wanted.frombytes(numbers)
        for message in _messages(asked, wanted):
            pipe.send_bytes(message)
    except InputErrors as error:
        fault = error.faults[0] if error.faults else Fault("file", error.code)
        _say(pipe, codec.dump_fault(fault.code, fault.where, fault.value, fault.nearest))
    except (MemoryError, Exception) as error:  # noqa: BLE001 - a foreign file must not leave as a traceback
        _say(pipe, codec.dump_fault("reader_failed", "file", type(error).__name__, ""))
    finally:
        pipe.close()


def _messages(asked: ReadRequest, wanted: Sequence[int]) -> Iterator[bytes]:
    sheet = None if asked.sheet is None else str(asked.sheet)
    table = open_table(asked.path, kind=asked.kind, sheet=sheet, header_row=asked.header_row)
    plan = plan_columns(table.header, kind=asked.kind, mapping=asked.mapping, finance=asked.finance)
    barred = {column.header for column in plan.refused}
    out = {place for place, name in enumerate(table.header) if name in barred}
    kept = [place for place in range(len(table.header)) if place not in out]
    index = {place: number for number, place in enumerate(kept)}
    yield codec.dumps({
        "header": [table.header[place] for place in kept],
        "places": [[column.target, index[place]] for place, column in plan.used],
        "sha256": _digest(asked.path),
    })  # fmt: skip
    left = iter(wanted)
    next_row = next(left, None)
    batch: list[list[Any]] = []
    for row, cells in table.rows:
        if next_row is None:
            break
        if row < next_row:
            continue
        batch.append([row, [cell_text(cell) for place, cell in enumerate(cells) if place not in out]])
        next_row = next(left, None)
        if len(batch) >= _BATCH:
            yield codec.dumps({"cells": batch})
            batch = []
    if batch:
        yield codec.dumps({"cells": batch})
    table.ensure_unchanged()
    if next_row is not None:
        raise bad_input("file_changing", "file")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _say(pipe: Connection, message: bytes) -> None:
    try:
        pipe.send_bytes(message)
    except (OSError, MemoryError):
        return
