"""What left the house: sheets and offline packs."""

from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.register import BundleRecord, SheetRecord
from compliance.vault.registers.register import Register
from compliance.vault.table import Table
from compliance.vault.times import from_micros, instant_or_none, micros, micros_or_none

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
TABLES: tuple[Table, ...] = (SHEET, BUNDLE)


class Sheets(Register):
    """Issued sheets."""

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

    def get(self, serial: str) -> SheetRecord | None:
        """One sheet."""
        row = self._tx.get(SHEET, serial)
        return _sheet(row) if row else None

    def of(self, hcp_id: str) -> list[SheetRecord]:
        """Sheets about a person, newest first."""
        return [_sheet(r) for r in self._tx.select(SHEET, "WHERE hcp_id = ? ORDER BY issued_at DESC", (hcp_id,))]

    def all(self) -> list[SheetRecord]:
        """All sheets, newest first."""
        return [_sheet(row) for row in self._tx.select(SHEET, "ORDER BY issued_at DESC, serial")]


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

    def last(self, rep: str) -> BundleRecord | None:
        """The newest pack of a rep."""
        rows = self._tx.select(BUNDLE, "WHERE rep = ? ORDER BY sequence DESC LIMIT 1", (rep,))
        return _bundle(rows[0]) if rows else None

    def all(self) -> list[BundleRecord]:
        """All packs, newest first."""
        return [_bundle(row) for row in self._tx.select(BUNDLE, "ORDER BY issued_at DESC, rep")]


def _sheet(row: tuple[Any, ...]) -> SheetRecord:
    return SheetRecord(
        serial=row[0],
        hcp_id=row[1],
        rep=row[2],
        purpose=Purpose(row[3]),
        issued_at=from_micros(row[4]),
        expires_at=from_micros(row[5]),
        sha256=row[6],
        recalled_at=instant_or_none(row[7]),
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
