"""Validations of predictive tags: when somebody last checked a method against what really was. No personal data."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.registers.register import Register

TAG_VALIDATION = Table.of(
    "tag_validation",
    "field TEXT NOT NULL",
    "validated_on TEXT NOT NULL",
    "sample INTEGER NOT NULL",
    "method TEXT NOT NULL",
    "said_at INTEGER NOT NULL",
    "said_by TEXT NOT NULL",
    keys=2,
)
TABLES: tuple[Table, ...] = (TAG_VALIDATION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagValidation:
    """One validation of one predictive field."""

    key: str
    validated_on: date
    sample: int
    method: str
    said_at: datetime
    said_by: str


class TagValidations(Register):
    """What was validated when."""

    def put(self, done: TagValidation) -> None:
        """Keep a validation; a second one of the same day replaces it."""
        self._tx.put(
            TAG_VALIDATION,
            (done.key, done.validated_on.isoformat(), done.sample, done.method, micros(done.said_at), done.said_by),
        )

    def last(self) -> dict[str, TagValidation]:
        """The newest of each field."""
        rows = self._tx.select(TAG_VALIDATION, "ORDER BY field, validated_on")
        return {row[0]: _validation(row) for row in rows}


def _validation(row: tuple[Any, ...]) -> TagValidation:
    return TagValidation(
        key=row[0],
        validated_on=date.fromisoformat(row[1]),
        sample=row[2],
        method=row[3],
        said_at=from_micros(row[4]),
        said_by=row[5],
    )
