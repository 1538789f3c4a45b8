"""A table of legal bases, as lines a use case can register: person, purpose, basis and what it rests on.

The basis is read by our word or its name in either language; a word that is none of PIPL 13(1), such as "legitimate
interests", makes the line unusable (``basis_not_available``).
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from compliance.importing.child import open_rows
from compliance.importing.request import ReadRequest
from compliance.importing.results import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisRow:
    """One line. ``code`` and ``column`` say why it cannot be used."""

    row: int
    values: dict[str, str]
    code: str = ""
    column: str = ""

    def __repr__(self) -> str:
        return f"BasisRow({self.row}, {self.code or 'readable'})"


def read_bases(path: Path, *, today: date) -> tuple[BasisRow, ...]:
    """Every line, good and bad. InputErrors as :func:`.child.open_rows`."""
    request = ReadRequest(path=path, today=today, kind=Kind.BASES)
    with open_rows(request, note_guard=lambda text: None, progress=None) as reading:
        rows = list(reading.rows())
    found = []
    for result in rows:
        column, code = result.codes[0] if result.codes else ("", "")
        found.append(BasisRow(row=result.row, values=dict(result.values), code=code, column=column))
    return tuple(found)
