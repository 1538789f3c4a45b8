"""What an import says about a file, its columns and its rows. Values are kept out of every ``repr``."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from compliance.model.consent import EventKind, Method


class Kind(StrEnum):
    """What a file lists."""

    PEOPLE = "people"
    ROSTER = "roster"
    ASSIGNMENTS = "assignments"
    CONSENTS = "consents"
    FORM_INDEX = "form_index"
    CONSENT_LOG = "consent_log"
    ACKNOWLEDGEMENTS = "acknowledgements"
    BASES = "bases"


class RowStatus(StrEnum):
    """What became of a row. Every row that is read has exactly one."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAnswer:
    """An answer about consent found in a file, without evidence.

    ``kind`` is ``IMPORTED_YES`` (unproven, opens nothing) or ``IMPORTED_NO`` (closes); ``withdrawn`` tells a withdrawal
    from a refusal. ``items`` are consent items; a yes names one, a general no names every item it closes.
    """

    kind: EventKind
    items: tuple[str, ...]
    withdrawn: bool = False
    answered_on: date | None = None
    method: Method | None = None

    @property
    def positive(self) -> bool:
        """Whether it was a yes."""
        return self.kind is EventKind.IMPORTED_YES


@dataclass(slots=True, kw_only=True)  # frozen, making one would take three times as long
class RowResult:
    """One row, checked; nobody changes it.

    ``row`` counts as a spreadsheet does (header included, from 1). ``values`` maps field keys (of the dictionary, or of
    the list's roles for rosters and assignments) to checked text. ``codes`` are (field or role, code) of everything
    dropped or doubtful. ``first_row`` is the row a duplicate repeats; ``candidates`` are (earlier row, why). ``note``
    is a remark not yet judged by the guard; it never leaves this package unjudged. ``raw`` holds the cells with a code,
    only when asked for.
    """

    row: int
    status: RowStatus
    values: dict[str, str]
    source_date: date | None = None
    source_ids: tuple[str, ...] = ()
    consents: tuple[ImportedAnswer, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    first_row: int | None = None
    candidates: tuple[tuple[int, str], ...] = ()
    data_source: str = ""
    note: str = ""
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def consent(self) -> ImportedAnswer | None:
        """The first answer, None without one."""
        return self.consents[0] if self.consents else None

    def __repr__(self) -> str:
        return f"RowResult({self.row}, {self.status}, {len(self.values)} values, {len(self.codes)} codes)"


@dataclass(frozen=True, slots=True)
class UsedColumn:
    """A column that is read, and what it fills."""

    header: str
    target: str


@dataclass(frozen=True, slots=True)
class RefusedColumn:
    """A column that is never collected, and why."""

    header: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is known once the header was found. ``unknown`` columns stay out; nothing is guessed. ``hidden_rows`` of a
    workbook are read like all others."""

    encoding: str  # utf-8 | utf-8-bom | utf-16-le | utf-16-be | gb18030 | "" for spreadsheets
    separator: str  # "" for spreadsheets
    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    used: tuple[UsedColumn, ...]
    refused: tuple[RefusedColumn, ...]
    unknown: tuple[str, ...]
    total_rows: int | None
    hidden_rows: int = 0


@dataclass(slots=True)
class Counts:
    """The account of a file. ``read == accepted + quarantined + rejected + duplicates`` always holds.

    Blank, header and total rows are not read. ``unproven_consents`` counts accepted or quarantined rows with a yes.
    """

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    rejected: int = 0
    duplicates: int = 0
    candidates: int = 0
    unproven_consents: int = 0
    negative_answers: int = 0
    blank: int = 0
    headers: int = 0
    totals: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    file_sha256: str = ""

    def add(self, result: RowResult) -> None:
        """Account for one row."""
        self.read += 1
        if result.status is RowStatus.ACCEPTED:
            self.accepted += 1
        elif result.status is RowStatus.QUARANTINED:
            self.quarantined += 1
        elif result.status is RowStatus.REJECTED:
            self.rejected += 1
        else:
            self.duplicates += 1
        if result.candidates:
            self.candidates += 1
        if result.consents and result.status in (RowStatus.ACCEPTED, RowStatus.QUARANTINED):
            kinds = [answer.kind is EventKind.IMPORTED_YES for answer in result.consents]
            self.unproven_consents += True in kinds
            self.negative_answers += False in kinds
        for _, code in result.codes:
            self.codes[code] = self.codes.get(code, 0) + 1
