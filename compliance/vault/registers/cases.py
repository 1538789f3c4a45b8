"""Cases that give ``rights`` its reason, and tasks that wait for a person."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.register import Case, Task
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

CASE = Table.of(
    "rights_case",
    "case_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "kind TEXT NOT NULL",
    "opened_at INTEGER NOT NULL",
    "opened_by TEXT NOT NULL",
    "closed_at INTEGER",
    index=("hcp",),
)
TASK = Table.of(
    "task",
    "task_id TEXT NOT NULL",
    "kind TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "subject TEXT NOT NULL",
    "due INTEGER",
    "opened_at INTEGER NOT NULL",
    "done_at INTEGER",
    "done_by TEXT NOT NULL",
    index=("hcp_id",),
)
TABLES: tuple[Table, ...] = (CASE, TASK)


class Cases(Register):
    """Cases that give ``rights`` its reason."""

    def add(self, case: Case) -> None:
        """Open a case, or replace it."""
        self._tx.put(
            CASE,
            (
                case.case_id,
                self._tx.number(case.hcp_id),
                case.kind,
                micros(case.opened_at),
                case.opened_by,
                micros_or_none(case.closed_at),
            ),
        )

    def get(self, case_id: str) -> Case | None:
        """One case."""
        found = self._cases("WHERE case_id = ?", (case_id,))
        return found[0] if found else None

    def close(self, case_id: str, at: datetime) -> None:
        """Close a case. InputErrors ``unknown_case``."""
        row = self._tx.get(CASE, case_id)
        if row is None:
            raise bad_input("unknown_case", "case")
        self._tx.put(CASE, (*row[:5], micros(at)))

    def of(self, hcp_id: str) -> list[Case]:
        """All cases of a person."""
        return self._cases("WHERE hcp = ? ORDER BY opened_at", (self._tx.number_or_none(hcp_id),))

    def all(self) -> list[Case]:
        """All cases, oldest first."""
        return self._cases("WHERE 1 ORDER BY opened_at", ())

    def open(self) -> list[Case]:
        """All open cases, oldest first."""
        return self._cases("WHERE closed_at IS NULL ORDER BY opened_at", ())

    def _cases(self, rest: str, values: Sequence[Any]) -> list[Case]:
        rows = self._tx.select(CASE, rest, values)
        ids = self._tx.hcp_ids({row[1] for row in rows})
        return [
            Case(
                case_id=row[0],
                hcp_id=ids.get(row[1], ""),
                kind=row[2],
                opened_at=from_micros(row[3]),
                opened_by=row[4],
                closed_at=instant_or_none(row[5]),
            )
            for row in rows
        ]


class Tasks(Register):
    """What waits for a person."""

    def add(self, task: Task) -> None:
        """Add, or replace the task of that id."""
        self._tx.put(TASK, _task_row(task))

    def add_new(self, tasks: Iterable[Task]) -> None:
        """Many that are not there yet."""
        self._tx.insert_all(TASK, [_task_row(task) for task in tasks])

    def get(self, task_id: str) -> Task | None:
        """One task."""
        row = self._tx.get(TASK, task_id)
        return _task(row) if row else None

    def done(self, task_id: str, at: datetime, by: str) -> Task:
        """Mark as done. InputErrors ``unknown_task`` or ``task_done``."""
        task = self.get(task_id)
        if task is None:
            raise bad_input("unknown_task", "task")
        if task.done_at is not None:
            raise bad_input("task_done", "task")
        finished = replace(task, done_at=at, done_by=by)
        self.add(finished)
        return finished

    def open(self, *, kind: str | None = None, hcp_id: str | None = None) -> list[Task]:
        """Open tasks, due ones first."""
        rows = self._tx.select(
            TASK,
            "WHERE done_at IS NULL AND (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR hcp_id = ?2)"
            " ORDER BY due IS NULL, due, opened_at",
            (kind, hcp_id),
        )
        return [_task(row) for row in rows]

    def of(self, hcp_id: str) -> "list[Task]":
        """All tasks about a person, done ones too."""
        return [_task(row) for row in self._tx.select(TASK, "WHERE hcp_id = ? ORDER BY opened_at", (hcp_id,))]

    def reviewed_before(self, at: datetime, *, limit: int) -> "list[str]":
        """People of whom a review of deletion was done before an instant, the longest ago first."""
        rows = self._tx.db.execute(
            "SELECT hcp_id, min(done_at) FROM task WHERE kind = 'review_deletion' AND done_at < ? AND hcp_id > ''"
            " GROUP BY hcp_id ORDER BY 2 LIMIT ?",
            (micros(at), limit),
        )
        return [row[0] for row in rows]

    def counts(self, now: datetime) -> tuple[int, int]:
        """(open tasks, those of them past their day): a changed notice makes a hundred thousand."""
        row = self._tx.db.one("SELECT count(*), total(due < ?) FROM task WHERE done_at IS NULL", (micros(now),))
        assert row is not None
        return int(row[0]), int(row[1])

    def list(self, *, limit: int = 1000) -> list[Task]:
        """All tasks, newest first."""
        return [_task(row) for row in self._tx.select(TASK, "ORDER BY opened_at DESC LIMIT ?", (limit,))]


def _task_row(task: Task) -> tuple[Any, ...]:
    return (
        task.task_id,
        task.kind,
        task.hcp_id,
        task.subject,
        micros_or_none(task.due),
        micros(task.opened_at),
        micros_or_none(task.done_at),
        task.done_by,
    )


def _task(row: tuple[Any, ...]) -> Task:
    return Task(
        task_id=row[0],
        kind=row[1],
        hcp_id=row[2],
        subject=row[3],
        due=instant_or_none(row[4]),
        opened_at=from_micros(row[5]),
        done_at=instant_or_none(row[6]),
        done_by=row[7],
    )
