"""Bases other than consent, and the impact assessments some of them need."""

from compliance.model.access import Purpose
from compliance.model.register import Assessment, BasisRow
from compliance.vault.registers.register import Register
from compliance.vault.table import Table
from compliance.vault.times import day_or_none, from_micros, instant_or_none, iso_or_none, micros, micros_or_none

BASIS = Table.of(
    "basis",
    "hcp INTEGER NOT NULL",
    "purpose TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "basis TEXT NOT NULL",
    "reference TEXT NOT NULL",
    "valid_until INTEGER",
    "recorded_by TEXT NOT NULL",
    keys=3,
)
ASSESSMENT = Table.of(
    "assessment",
    "assessment_id TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "title TEXT NOT NULL",
    "approved_on TEXT NOT NULL",
    "valid_until TEXT",
    "author TEXT NOT NULL",
    "approver TEXT NOT NULL",
)
TABLES: tuple[Table, ...] = (BASIS, ASSESSMENT)


class Bases(Register):
    """Registered bases other than consent."""

    def add(self, row: BasisRow) -> None:
        """Record one."""
        self._tx.put(
            BASIS,
            (
                self._tx.number(row.hcp_id),
                str(row.purpose),
                micros(row.recorded_at),
                row.basis,
                row.reference,
                micros_or_none(row.valid_until),
                row.recorded_by,
            ),
        )

    def of(self, hcp_id: str) -> list[BasisRow]:
        """All of a person, oldest first."""
        rows = self._tx.select(BASIS, "WHERE hcp = ? ORDER BY recorded_at", (self._tx.number_or_none(hcp_id),))
        return [
            BasisRow(
                hcp_id=hcp_id,
                purpose=Purpose(row[1]),
                recorded_at=from_micros(row[2]),
                basis=row[3],
                reference=row[4],
                valid_until=instant_or_none(row[5]),
                recorded_by=row[6],
            )
            for row in rows
        ]


class Assessments(Register):
    """Impact assessments on file."""

    def add(self, assessment: Assessment) -> None:
        """Record or replace."""
        self._tx.put(
            ASSESSMENT,
            (
                assessment.assessment_id,
                assessment.purpose,
                assessment.title,
                assessment.approved_on.isoformat(),
                iso_or_none(assessment.valid_until),
                assessment.author,
                assessment.approver,
            ),
        )

    def all(self) -> list[Assessment]:
        """All, by id."""
        found = []
        for row in self._tx.select(ASSESSMENT, "ORDER BY assessment_id"):
            approved = day_or_none(row[3])
            assert approved is not None
            found.append(
                Assessment(
                    assessment_id=row[0],
                    purpose=row[1],
                    title=row[2],
                    approved_on=approved,
                    valid_until=day_or_none(row[4]),
                    author=row[5],
                    approver=row[6],
                )
            )
        return found
