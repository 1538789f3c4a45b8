"""What is asked of an import and what is said of it afterwards; :class:`Account` counts on the way.

Rules: (1) ``read = accepted + quarantined + rejected + duplicates``; (2) the report names rows and codes, not values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import nsmallest
from operator import itemgetter
from pathlib import Path
from sys import intern
from typing import Any

from compliance.importing.person_states import CODES
from compliance.importing.report import ReportRow
from compliance.importing.results import FileFacts, RowStatus

#: Rows a report names without its file.
_TOLD = 200
COUNTED = ("accepted", "quarantined", "rejected", "duplicates", "candidates", "unproven")
_COUNTER = {
    RowStatus.ACCEPTED: "accepted",
    RowStatus.QUARANTINED: "quarantined",
    RowStatus.REJECTED: "rejected",
    RowStatus.DUPLICATE: "duplicates",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import and how. ``mapping`` names a saved template; ``save_mapping`` keeps this one; ``errors`` is a
    workbook for the rows that are not taken; ``dated`` is the file's own day, for rows without one. ``update``: held
    people are compared with the file; ``part``: it is not the whole list, so that nobody is gone."""

    path: Path
    source: str
    mapping: str | None = None
    sheet: int | str | None = None
    header_row: int | None = None
    dry_run: bool = False
    report: Path | None = None
    save_mapping: str | None = None
    errors: Path | None = None
    update: bool = False
    dated: date | None = None
    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One person in a list of an update, by pseudonym. ``row`` 0: in no row."""

    hcp_id: str
    row: int
    fields: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReport:
    """What a later file says of people who are held. ``conflicts`` counts people with a value that stays although the
    file has another; ``told`` lists the first of each kind."""

    moved: int
    changed: int
    unchanged: int
    closed: int
    doubtful: int
    conflicts: int
    gone: int
    fields: Mapping[str, int]
    told: Mapping[str, tuple[Touched, ...]]

    def as_json(self, *, new: int) -> dict[str, object]:
        """The part ``update`` of the command-line contract."""
        counted = ("moved", "changed", "unchanged", "closed", "doubtful", "conflicts", "gone")
        figures = {"left_alone" if key == "closed" else key: getattr(self, key) for key in counted}
        return {"new": new, **figures, "fields": dict(self.fields)}

    def people(self) -> list[dict[str, object]]:
        """The part ``update_people``: the first of each kind, by pseudonym."""
        return [
            {"kind": what, "hcp_id": line.hcp_id, "row": line.row, "fields": list(line.fields), "why": line.why}
            for what, lines in sorted(self.told.items())
            for line in lines
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: ``read = accepted + quarantined + rejected + duplicates``."""

    batch: str | None
    read: int
    accepted: int
    quarantined: int
    rejected: int
    duplicates: int
    candidates: int
    refused_columns: tuple[str, ...]
    unproven_consents: int
    report: Path | None
    reasons: Mapping[str, int]
    unknown_columns: tuple[str, ...] = ()
    errors: Path | None = None
    errors_rows: int = 0
    update: UpdateReport | None = None
    told: tuple[ReportRow, ...] = ()  # the first rows with something to say; codes, no values
    hidden_rows: int = 0  # out of sight in the workbook, read like all others
    worksheet: str = ""  # the one that was read
    other_worksheets: tuple[str, ...] = ()  # of the same workbook, not read
    states: Mapping[str, int] = field(default_factory=dict)  # rows that say a state that ends contact, by state

    def as_json(self) -> dict[str, object]:
        """The shape of the command-line contract."""
        return {
            "batch": self.batch,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "candidates": self.candidates,
            "refused_columns": list(self.refused_columns),
            "unknown_columns": list(self.unknown_columns),
            "unproven_consents": self.unproven_consents,
            **({"states": dict(self.states)} if self.states else {}),
            **({"hidden_rows": self.hidden_rows} if self.hidden_rows else {}),
            **self._worksheets(),
            "report": str(self.report) if self.report else None,
            "errors": str(self.errors) if self.errors else None,
            "errors_rows": self.errors_rows,
            "reasons": dict(self.reasons),
            **self._updated(),
        }

    def _worksheets(self) -> dict[str, object]:
        others = list(self.other_worksheets)
        return {"worksheet": self.worksheet, "other_worksheets": others} if others else {}

    def _updated(self) -> dict[str, object]:
        if self.update is None:
            return {}
        new = self.accepted + self.quarantined
        return {"update": self.update.as_json(new=new), "update_people": self.update.people()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewColumn:
    """One column and what happens to it. ``target`` "" means it stays out."""

    name: str
    target: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """A look at a file before anything is decided."""

    encoding: str
    header_row: int
    columns: tuple[PreviewColumn, ...]
    sample_rows: int
    refused_columns: tuple[str, ...]
    separator: str = ""
    worksheet: str = ""
    worksheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """An import that was taken back: people gone, how many have the values of before again, and of whom something was
    changed since and stays."""

    batch: str
    people: int
    restored: int = 0
    kept: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The shape of the command-line contract."""
        return {"batch": self.batch, "people": self.people, "restored": self.restored, "kept": list(self.kept)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody in the way of an undo, and what touched them since: kinds of entries and names of registers."""

    hcp_id: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLook:
    """What an undo would meet. ``changed``: held people whose values the import changed; ``changed_again``: those of
    them of whom something was changed since, which stays; ``until``: exclusive."""

    batch: str
    conflicts: tuple[Standing, ...]
    changed: int
    until: datetime | None
    late: bool
    changed_again: tuple[str, ...] = ()


@dataclass(slots=True)
class Account:
    """Rows of an import, or of a part of it. Codes are (field, code) pairs."""

    read: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    reasons: dict[str, int] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)  # [row, status, codes, first row] of every row with something to say
    said: dict[Any, Any] = field(default_factory=dict, repr=False)

    def row(self, row: int, status: RowStatus, codes: list[Any], first_row: int | None) -> None:
        """One row, read and judged."""
        self.read += 1
        self.counts[_COUNTER[status]] += 1
        if codes:
            for _, code in codes:
                self.reasons[code] = self.reasons.get(code, 0) + 1
        if codes or status is not RowStatus.ACCEPTED:
            self.rows.append([row, status.value, codes, first_row])

    def judge_anew(self, row: int, was: RowStatus, status: RowStatus, gone: tuple[str, ...], code: str) -> None:
        """A row already counted turns out otherwise: its reasons ``gone`` fall away, ``code`` joins."""
        entry = next((entry for entry in self.rows if entry[0] == row), None)
        if entry is None:
            entry = [row, was.value, [], None]
            self.rows.append(entry)
        for _, known in entry[2]:
            if known in gone:
                self.reasons[known] -= 1
        entry[2] = [pair for pair in entry[2] if pair[1] not in gone]
        entry[1], entry[2] = status.value, [*entry[2], ("", code)]
        self.reasons[code] = self.reasons.get(code, 0) + 1
        self.counts[_COUNTER[was]] -= 1
        self.counts[_COUNTER[status]] += 1

    def say_anew(self, entry: list[Any], gone: str, codes: list[tuple[str, str]]) -> None:
        """Of a row known as ``gone`` more is known now."""
        for _, code in entry[2]:
            self.reasons[code] -= code == gone
        entry[2] = [*codes, *(pair for pair in entry[2] if pair[1] != gone)]
        for _, code in codes:
            self.reasons[code] = self.reasons.get(code, 0) + 1

    def drop_silent(self, code: str) -> None:
        """Rows of which only ``code`` is said are counted, and listed no more."""
        self.rows = [entry for entry in self.rows if len(entry[2]) != 1 or entry[2][0][1] != code]

    def add(self, part: "Account") -> None:
        """Join a part. Half a million rows say few different things: each is kept once."""
        self.read += part.read
        for name, number in part.counts.items():
            self.counts[name] += number
        for code, number in part.reasons.items():
            self.reasons[code] = self.reasons.get(code, 0) + number
        for entry in part.rows:
            codes = tuple(map(tuple, entry[2]))
            entry[1], entry[2] = intern(entry[1]), self.said.setdefault(codes, codes)
        self.rows += part.rows

    def report_rows(self, most: int | None = None) -> list[ReportRow]:
        """For the report file, in file order; the first ``most`` of them, or all."""
        wanted = sorted(self.rows, key=itemgetter(0)) if most is None else nsmallest(most, self.rows, itemgetter(0))
        return [
            ReportRow(
                row=row, status=RowStatus(status), codes=tuple((str(a), str(b)) for a, b in codes), first_row=first
            )
            for row, status, codes, first in wanted
        ]

    def report(
        self,
        batch: str,
        facts: FileFacts,
        file: Path | None,
        errors: tuple[Path, int] | None = None,
        update: UpdateReport | None = None,
    ) -> ImportReport:
        """The answer of the use case. ``errors``: the workbook of rows not taken, and how many they are."""
        return ImportReport(
            batch=batch or None,
            read=self.read,
            accepted=self.counts["accepted"],
            quarantined=self.counts["quarantined"],
            rejected=self.counts["rejected"],
            duplicates=self.counts["duplicates"],
            candidates=self.counts["candidates"],
            refused_columns=tuple(column.header for column in facts.refused),
            unknown_columns=facts.unknown,
            unproven_consents=self.counts["unproven"],
            report=file,
            reasons={code: number for code, number in sorted(self.reasons.items()) if number},
            errors=errors[0] if errors else None,
            errors_rows=errors[1] if errors else 0,
            update=update,
            told=tuple(self.report_rows(_TOLD)),
            hidden_rows=facts.hidden_rows,
            worksheet=facts.sheet,
            other_worksheets=tuple(name for name in facts.sheets if name != facts.sheet),
            states=self._states(),
        )

    def _states(self) -> dict[str, int]:
        """By state, the rows that say it, whatever became of the row."""
        found: dict[str, int] = {}
        for code, number in self.reasons.items():
            if number and code in CODES:
                found[str(CODES[code])] = found.get(str(CODES[code]), 0) + number
        return dict(sorted(found.items()))

    def as_json(self) -> list[Any]:
        """For the way between processes."""
        return [self.read, self.counts, self.reasons, self.rows]

    @classmethod
    def from_json(cls, body: list[Any]) -> "Account":
        """Inverse of :meth:`as_json`."""
        read, counts, reasons, rows = body
        return cls(int(read), counts, reasons, rows)
