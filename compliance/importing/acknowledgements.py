"""What a source system answered to a feed of changes: change number → done or failed.

Rules: (1) read in the limited child like every foreign file; (2) a row without an answer is *open* and says nothing;
(3) a change number or an answer that cannot be read rejects the row with its code, never the file.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from compliance.clock import SystemClock, shanghai_day
from compliance.importing.child import open_rows
from compliance.importing.request import ReadRequest
from compliance.importing.results import Kind, RowResult
from compliance.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """One line: the change (``FEED/NUMBER``) and the answer "", ``done`` or ``failed``; or what is wrong with it."""

    row: int
    feed_id: str = ""
    no: int = 0
    answer: str = ""
    code: str = ""
    column: str = ""


def read_acknowledgements(
    path: Path, *, today: date | None = None, progress: Progress | None = None
) -> tuple[Acknowledgement, ...]:
    """Every line, good and bad. InputErrors as :func:`.child.open_rows`."""
    request = ReadRequest(path=path, today=today or shanghai_day(SystemClock().now()), kind=Kind.ACKNOWLEDGEMENTS)
    with open_rows(request, progress=progress) as reading:
        return tuple(_line(result) for result in reading.rows())


def _line(result: RowResult) -> Acknowledgement:
    if result.codes:
        column, code = result.codes[0]
        return Acknowledgement(row=result.row, code=code, column=column)
    feed_id, _, number = result.values["change"].rpartition("/")
    return Acknowledgement(row=result.row, feed_id=feed_id, no=int(number), answer=result.values.get("answer", ""))
