"""Named users, registered reps, and who visits whom."""

from datetime import datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Role
from compliance.model.register import Rep, User
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import day_or_none, from_micros, instant_or_none, iso_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

USER = Table.of(
    "user",
    "name TEXT NOT NULL",
    "role TEXT NOT NULL",
    "added_at INTEGER NOT NULL",
    "removed_at INTEGER",
    "ed25519 BLOB NOT NULL",
    "x25519 BLOB NOT NULL",
)
REP = Table.of(
    "rep",
    "name TEXT NOT NULL",
    "role TEXT NOT NULL",
    "employee_no TEXT NOT NULL",
    "territory TEXT NOT NULL",
    "recipient TEXT NOT NULL",
    "trained_on TEXT",
    "filing_no TEXT NOT NULL",
    "filing_checked_on TEXT",
    "active INTEGER NOT NULL",
)
ASSIGNMENT = Table.of(
    "assignment", "hcp INTEGER NOT NULL", "rep TEXT NOT NULL", "since INTEGER NOT NULL", keys=2, index=("rep",)
)
TABLES: tuple[Table, ...] = (USER, REP, ASSIGNMENT)


class Users(Register):
    """Roster of named users; their keys are in the header, their history in the log."""

    def put(self, user: User) -> None:
        """Register or replace. Called by the vault when slots change."""
        self._tx.put(
            USER,
            (
                user.name,
                str(user.role),
                micros(user.added_at),
                micros_or_none(user.removed_at),
                user.ed25519,
                user.x25519,
            ),
        )

    def get(self, name: str) -> User | None:
        """One user, removed ones too."""
        row = self._tx.get(USER, name)
        return _user(row) if row else None

    def all(self) -> list[User]:
        """All users ever, in order of entry."""
        return [_user(row) for row in self._tx.select(USER, "ORDER BY added_at, name")]


class Reps(Register):
    """Registered reps and MSLs."""

    def put(self, rep: Rep) -> None:
        """Register or replace."""
        self._tx.put(
            REP,
            (
                rep.name,
                str(rep.role),
                rep.employee_no,
                rep.territory,
                rep.recipient,
                iso_or_none(rep.trained_on),
                rep.filing_no,
                iso_or_none(rep.filing_checked_on),
                int(rep.active),
            ),
        )

    add = put

    def get(self, name: str) -> Rep | None:
        """One rep by name."""
        row = self._tx.get(REP, name)
        return _rep(row) if row else None

    def by_employee_no(self, employee_no: str) -> Rep | None:
        """One rep by employee number."""
        rows = self._tx.select(REP, "WHERE employee_no = ?", (employee_no,))
        return _rep(rows[0]) if rows else None

    def all(self) -> list[Rep]:
        """All reps by name."""
        return [_rep(row) for row in self._tx.select(REP, "ORDER BY name")]


class Assignments(Register):
    """Who visits whom."""

    def assign(self, hcp_id: str, rep: str, at: datetime) -> None:
        """Assign; an assignment that stands keeps its date. InputErrors ``unknown_rep``, ``unknown_person``."""
        hcp = self._tx.number(hcp_id)
        if self._tx.get(REP, rep) is None:
            raise bad_input("unknown_rep", "rep")
        if self._tx.get(ASSIGNMENT, hcp, rep) is None:
            self._tx.insert(ASSIGNMENT, (hcp, rep, micros(at)))

    def end(self, hcp_id: str, rep: str | None = None) -> int:
        """End the assignment to ``rep``, or all of them; how many ended."""
        hcp = self._tx.number(hcp_id)
        if rep is None:
            return self._tx.remove_where(ASSIGNMENT, "WHERE hcp = ?", (hcp,))
        return int(self._tx.remove(ASSIGNMENT, hcp, rep))

    def rep_of(self, hcp_id: str) -> tuple[str, ...]:
        """Names of the reps a person is assigned to."""
        hcp = self._tx.number_or_none(hcp_id)
        rows = self._tx.select(ASSIGNMENT, "WHERE hcp = ? ORDER BY since, rep", (hcp,))
        return tuple(row[1] for row in rows)

    def people_of(self, rep: str) -> list[str]:
        """Ids of the people assigned to a rep, oldest record first."""
        rows = self._tx.db.execute(
            "SELECT s.hcp_id FROM assignment a JOIN shown s ON s.hcp = a.hcp WHERE a.rep = ? ORDER BY a.hcp", (rep,)
        )
        return [row[0] for row in rows]

    def counts(self) -> dict[str, int]:
        """rep → number of people."""
        rows = self._tx.db.execute(
            "SELECT a.rep, count(*) FROM assignment a JOIN shown s ON s.hcp = a.hcp GROUP BY a.rep"
        )
        return dict(rows)


def _user(row: tuple[Any, ...]) -> User:
    return User(
        name=row[0],
        role=Role(row[1]),
        added_at=from_micros(row[2]),
        removed_at=instant_or_none(row[3]),
        ed25519=row[4],
        x25519=row[5],
    )


def _rep(row: tuple[Any, ...]) -> Rep:
    return Rep(
        name=row[0],
        role=Role(row[1]),
        employee_no=row[2],
        territory=row[3],
        recipient=row[4],
        trained_on=day_or_none(row[5]),
        filing_no=row[6],
        filing_checked_on=day_or_none(row[7]),
        active=bool(row[8]),
    )
