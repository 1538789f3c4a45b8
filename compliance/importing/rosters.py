"""Rosters of reps and lists of assignments, as rows a use case can register."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from compliance.clock import SystemClock, shanghai_day
from compliance.importing.child import open_rows
from compliance.importing.request import ReadRequest
from compliance.importing.results import Kind, RowResult
from compliance.model.access import Role
from compliance.model.register import Rep
from compliance.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One line of a roster: a rep, or the first code and the column it is about."""

    row: int
    rep: Rep | None
    code: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One line of an assignment list. ``rep`` is an employee number when there is one, else a name.

    The person is named by the first of ``hcp_id``, ``licence``, ``source_id``, ``name`` with ``hospital`` that is
    filled. ``code`` and ``column`` say why a line cannot be used.
    """

    row: int
    rep: str
    hcp_id: str = ""
    licence: str = ""
    source_id: str = ""
    name: str = ""
    hospital: str = ""
    code: str = ""
    column: str = ""

    def __repr__(self) -> str:
        return f"Assignment({self.row}, {self.code or 'readable'})"


def read_roster(
    path: Path,
    *,
    today: date | None = None,
    sheet: int | str | None = None,
    header_row: int | None = None,
    progress: Progress | None = None,
) -> tuple[RosterRow, ...]:
    """Every line of a roster, good and bad. InputErrors as :func:`.child.open_rows`."""
    rows = _read(Kind.ROSTER, path, today, sheet, header_row, progress)
    return tuple(_roster_row(result) for result in rows)


def read_assignments(
    path: Path,
    *,
    today: date | None = None,
    sheet: int | str | None = None,
    header_row: int | None = None,
    progress: Progress | None = None,
) -> tuple[Assignment, ...]:
    """Every line of an assignment list, good and bad. InputErrors as :func:`.child.open_rows`."""
    rows = _read(Kind.ASSIGNMENTS, path, today, sheet, header_row, progress)
    return tuple(_assignment(result) for result in rows)


def _read(
    kind: Kind,
    path: Path,
    today: date | None,
    sheet: int | str | None,
    header_row: int | None,
    progress: Progress | None,
) -> list[RowResult]:
    request = ReadRequest(
        path=path,
        today=today or shanghai_day(SystemClock().now()),
        kind=kind,
        sheet=sheet,
        header_row=header_row,
    )
    with open_rows(request, note_guard=lambda text: None, progress=progress) as reading:
        return list(reading.rows())


def _roster_row(result: RowResult) -> RosterRow:
    if result.codes:
        column, code = result.codes[0]
        return RosterRow(row=result.row, rep=None, code=code, column=column)
    values = result.values
    rep = Rep(
        name=values["name"],
        role=Role(values.get("role", Role.REP)),
        employee_no=values["employee_no"],
        territory=values.get("territory", ""),
        recipient=values.get("recipient", ""),
        trained_on=_day(values.get("trained_on")),
        filing_no=values.get("filing_no", ""),
        filing_checked_on=_day(values.get("filing_checked_on")),
    )
    return RosterRow(row=result.row, rep=rep)


def _assignment(result: RowResult) -> Assignment:
    column, code = result.codes[0] if result.codes else ("", "")
    values = result.values
    return Assignment(
        row=result.row,
        rep=values.get("employee_no") or values.get("rep", ""),
        hcp_id=values.get("hcp_id", ""),
        licence=values.get("licence", ""),
        source_id=values.get("source_id", ""),
        name=values.get("name", ""),
        hospital=values.get("hospital", ""),
        code=code,
        column=column,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
