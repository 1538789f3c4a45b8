"""Trainings of accounts and drills of the company: who or what, on which day, proven by what."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.registers.register import Register

EXERCISE = Table.of(
    "exercise",
    "exercise_id TEXT NOT NULL",
    "kind TEXT NOT NULL",
    "subject TEXT NOT NULL",
    "held_on TEXT NOT NULL",
    "reference TEXT NOT NULL",
    "said_at INTEGER NOT NULL",
    "said_by TEXT NOT NULL",
)
TABLES: tuple[Table, ...] = (EXERCISE,)


class ExerciseKind(StrEnum):
    """What was held."""

    TRAINING = "training"  # subject: the account
    DRILL = "drill"  # subject: what was rehearsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One of them. ``reference`` names the proof the company keeps: a list of attendance, a report."""

    exercise_id: str
    kind: ExerciseKind
    subject: str
    held_on: date
    reference: str
    said_at: datetime
    said_by: str


class Exercises(Register):
    """Append only: what was held stays held."""

    def add(self, one: Exercise) -> None:
        """Keep one."""
        day = one.held_on.isoformat()
        row = (one.exercise_id, str(one.kind), one.subject, day, one.reference, micros(one.said_at), one.said_by)
        self._tx.put(EXERCISE, row)

    def all(self, kind: ExerciseKind) -> list[Exercise]:
        """Those of one kind, the oldest first."""
        rows = self._tx.select(EXERCISE, "WHERE kind = ? ORDER BY held_on, exercise_id", (str(kind),))
        return [_exercise(row) for row in rows]

    def trained_on(self, by: date) -> dict[str, date]:
        """account → day of its newest training until ``by``."""
        return {one.subject: one.held_on for one in self.all(ExerciseKind.TRAINING) if one.held_on <= by}


def _exercise(row: tuple[Any, ...]) -> Exercise:
    return Exercise(
        exercise_id=row[0],
        kind=ExerciseKind(row[1]),
        subject=row[2],
        held_on=date.fromisoformat(row[3]),
        reference=row[4],
        said_at=from_micros(row[5]),
        said_by=row[6],
    )
