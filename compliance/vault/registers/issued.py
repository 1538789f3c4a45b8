"""What left the house: sheets, day plans, lists, and offline packs.

Rules: (1) a paper about one person names them in its row, one about several in ``sheet_person``, each with the
purpose they were shown for ("" where only their name stands there); (2) a paper that was
recalled or has expired waits until ``sheet_end`` says that it was returned, destroyed or lost.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.register import BundleRecord, PaperEnd, PaperPerson, SheetRecord
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

SHEET = Table.of(
    "sheet",
    "serial TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "rep TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "issued_at INTEGER NOT NULL",
    "expires_at INTEGER NOT NULL",
    "sha256 TEXT NOT NULL",
    "recalled_at INTEGER",
    index=("hcp_id",),
)
SHEET_PERSON = Table.of(
    "sheet_person",
    "serial TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    keys=2,
    index=("hcp_id",),
)
SHEET_END = Table.of(
    "sheet_end",
    "serial TEXT NOT NULL",
    "ended_at INTEGER NOT NULL",
    "how TEXT NOT NULL",
    "reported_by TEXT NOT NULL",
)
BUNDLE = Table.of(
    "bundle",
    "rep TEXT NOT NULL",
    "sequence INTEGER NOT NULL",
    "issued_at INTEGER NOT NULL",
    "expires_at INTEGER NOT NULL",
    "sha256 TEXT NOT NULL",
    "people INTEGER NOT NULL",
    "previous_sha256 TEXT NOT NULL",
    keys=2,
)
TABLES: tuple[Table, ...] = (SHEET, SHEET_PERSON, SHEET_END, BUNDLE)
_ABOUT = (
    "serial IN (SELECT serial FROM sheet WHERE hcp_id = ?1 UNION ALL SELECT serial FROM sheet_person WHERE hcp_id = ?1)"
)
#: Up to so many papers their people are asked for by serial, beyond that all at once.
_FEW = 300
_WAITS = "NOT EXISTS (SELECT 1 FROM sheet_end e WHERE e.serial = sheet.serial)"


class Sheets(Register):
    """Issued papers."""

    def add(self, sheet: SheetRecord) -> None:
        """Record or replace."""
        self._tx.put(
            SHEET,
            (
                sheet.serial,
                sheet.hcp_id,
                sheet.rep,
                str(sheet.purpose),
                micros(sheet.issued_at),
                micros(sheet.expires_at),
                sheet.sha256,
                micros_or_none(sheet.recalled_at),
            ),
        )
        for person in sheet.people:
            self._tx.put(SHEET_PERSON, (sheet.serial, person.hcp_id, str(person.purpose or "")))

    def recall(self, serial: str, at: datetime) -> SheetRecord:
        """Ask for a paper back. InputErrors ``unknown_sheet_serial``, ``sheet_ended``; recalled twice is once."""
        known = self._waiting(serial)
        if known.recalled_at is None:
            known = replace(known, recalled_at=at)
            self.add(known)
        return known

    def end(self, serial: str, at: datetime, how: PaperEnd, by: str) -> SheetRecord:
        """A paper is reported gone. InputErrors ``unknown_sheet_serial``, ``sheet_ended``."""
        known = self._waiting(serial)
        self._tx.put(SHEET_END, (serial, micros(at), str(how), by))
        return replace(known, ended_at=at, ended_how=how, reported_by=by)

    def get(self, serial: str) -> SheetRecord | None:
        """One paper."""
        return next(iter(self._full(self._tx.select(SHEET, "WHERE serial = ?", (serial,)))), None)

    def of(self, hcp_id: str) -> list[SheetRecord]:
        """Papers that name a person, newest first."""
        return self._full(self._tx.select(SHEET, f"WHERE {_ABOUT} ORDER BY issued_at DESC, serial", (hcp_id,)))

    def out(self, hcp_id: str) -> list[SheetRecord]:
        """Papers that name a person and are neither recalled nor reported gone."""
        where = f"WHERE {_ABOUT} AND recalled_at IS NULL AND {_WAITS} ORDER BY issued_at DESC, serial"
        return self._full(self._tx.select(SHEET, where, (hcp_id,)))

    def waiting(self) -> list[SheetRecord]:
        """Papers not yet reported gone, newest first."""
        return self._full(self._tx.select(SHEET, f"WHERE {_WAITS} ORDER BY issued_at DESC, serial"))

    def to_return(self, at: datetime) -> tuple[int, int]:
        """How many papers were recalled, and how many others have expired, without being reported gone."""
        row = self._tx.db.execute(
            "SELECT coalesce(sum(recalled_at IS NOT NULL), 0), coalesce(sum(recalled_at IS NULL), 0) FROM sheet"
            " WHERE (recalled_at IS NOT NULL OR expires_at <= ?) AND NOT EXISTS (SELECT 1 FROM sheet_end e"
            " WHERE e.serial = sheet.serial)",
            (micros(at),),
        )[0]
        return int(row[0]), int(row[1])

    def all(self) -> list[SheetRecord]:
        """All papers, newest first."""
        return self._full(self._tx.select(SHEET, "ORDER BY issued_at DESC, serial"))

    def _waiting(self, serial: str) -> SheetRecord:
        known = self.get(serial)
        if known is None:
            raise bad_input("unknown_sheet_serial", "serial")
        if known.ended_at is not None:
            raise bad_input("sheet_ended", "serial")
        return known

    def _full(self, rows: Sequence[tuple[Any, ...]]) -> list[SheetRecord]:
        """Rows with their people and their end."""
        if not rows:
            return []
        few = len(rows) <= _FEW
        values = tuple(row[0] for row in rows) if few else ()
        where = f"WHERE serial IN ({', '.join('?' * len(values))})" if few else ""
        people: dict[str, list[PaperPerson]] = {}
        for serial, hcp_id, purpose in self._tx.select(SHEET_PERSON, where, values):
            people.setdefault(serial, []).append(PaperPerson(hcp_id, Purpose(purpose) if purpose else None))
        ends = {row[0]: row for row in self._tx.select(SHEET_END, where, values)}
        return [_sheet(row, tuple(people.get(row[0], ())), ends.get(row[0])) for row in rows]


class Bundles(Register):
    """Issued packs."""

    def add(self, bundle: BundleRecord) -> None:
        """Record. InputErrors ``sequence_used``."""
        if self._tx.get(BUNDLE, bundle.rep, bundle.sequence) is not None:
            raise bad_input("sequence_used", "sequence")
        self._tx.insert(
            BUNDLE,
            (
                bundle.rep,
                bundle.sequence,
                micros(bundle.issued_at),
                micros(bundle.expires_at),
                bundle.sha256,
                bundle.people,
                bundle.previous_sha256,
            ),
        )

    def get(self, rep: str, sequence: int) -> BundleRecord | None:
        """One pack of a rep."""
        row = self._tx.get(BUNDLE, rep, sequence)
        return _bundle(row) if row else None

    def last(self, rep: str) -> BundleRecord | None:
        """The newest pack of a rep."""
        rows = self._tx.select(BUNDLE, "WHERE rep = ? ORDER BY sequence DESC LIMIT 1", (rep,))
        return _bundle(rows[0]) if rows else None

    def all(self) -> list[BundleRecord]:
        """All packs, newest first."""
        return [_bundle(row) for row in self._tx.select(BUNDLE, "ORDER BY issued_at DESC, rep")]


def _sheet(row: tuple[Any, ...], people: tuple[PaperPerson, ...], end: tuple[Any, ...] | None) -> SheetRecord:
    return SheetRecord(
        serial=row[0],
        hcp_id=row[1],
        rep=row[2],
        purpose=Purpose(row[3]),
        issued_at=from_micros(row[4]),
        expires_at=from_micros(row[5]),
        sha256=row[6],
        recalled_at=instant_or_none(row[7]),
        people=people,
        ended_at=from_micros(end[1]) if end else None,
        ended_how=PaperEnd(end[2]) if end else None,
        reported_by=end[3] if end else "",
    )


def _bundle(row: tuple[Any, ...]) -> BundleRecord:
    return BundleRecord(
        rep=row[0],
        sequence=row[1],
        issued_at=from_micros(row[2]),
        expires_at=from_micros(row[3]),
        sha256=row[4],
        people=row[5],
        previous_sha256=row[6],
    )
