"""What was said of people that closes contact, by whom, and how it was undone. Codes and days, never a value.

The blocks on the person decide what is read; these rows say why they stand, and what is to be undone with them.
"""

from datetime import date, datetime
from typing import Any

from compliance.model.person_state import PersonState, Statement
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

PERSON_STATE = Table.of(
    "person_state",
    "statement_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "state TEXT NOT NULL",
    "said_at INTEGER NOT NULL",
    "said_by TEXT NOT NULL",
    "reason TEXT NOT NULL",
    "source TEXT NOT NULL",
    "batch TEXT NOT NULL",
    "day TEXT",
    "evidence TEXT NOT NULL",
    "suspended TEXT NOT NULL",
    "confirmed_at INTEGER",
    "confirmed_by TEXT NOT NULL",
    "lifted_at INTEGER",
    "lifted_by TEXT NOT NULL",
    "lifted_why TEXT NOT NULL",
    index=("hcp",),
)
TABLES: tuple[Table, ...] = (PERSON_STATE,)
#: Asked for each statement: a list of everybody who is shown would be put together for the few who have one.
_OF_SOMEBODY = "EXISTS (SELECT 1 FROM shown s WHERE s.hcp = person_state.hcp)"


class PersonStates(Register):
    """Statements about people."""

    def put(self, said: Statement) -> None:
        """Keep one, or what became of it. InputErrors ``unknown_person``."""
        self._tx.put(
            PERSON_STATE,
            (
                said.statement_id,
                self._tx.number(said.hcp_id),
                str(said.state),
                micros(said.said_at),
                said.said_by,
                said.reason,
                said.source,
                said.batch,
                said.day.isoformat() if said.day else None,
                said.evidence,
                " ".join(said.suspended),
                micros_or_none(said.confirmed_at),
                said.confirmed_by,
                micros_or_none(said.lifted_at),
                said.lifted_by,
                said.lifted_why,
            ),
        )

    def of(self, hcp_id: str) -> list[Statement]:
        """Everything said of one person, oldest first."""
        rows = self._tx.select(PERSON_STATE, "WHERE hcp = ? ORDER BY said_at, statement_id", (self._tx.number(hcp_id),))
        return self._read(rows)

    def of_merged(self, hcp_id: str) -> list[Statement]:
        """As :meth:`of`, of a record that was merged into another."""
        rows = self._tx.select(
            PERSON_STATE,
            "WHERE hcp IN (SELECT hcp FROM people WHERE hcp_id = ?) ORDER BY said_at, statement_id",
            (hcp_id,),
        )
        return [_statement(hcp_id, row) for row in rows]

    def standing(self, hcp_id: str, state: PersonState) -> list[Statement]:
        """What was said of one state and not undone, oldest first."""
        return [said for said in self.of(hcp_id) if said.state is state and said.stands]

    def changed_since(self, since: datetime) -> list[Statement]:
        """What was said, confirmed or undone since an instant, of people a reader knows; by person."""
        rows = self._tx.select(
            PERSON_STATE,
            "WHERE max(said_at, coalesce(confirmed_at, 0), coalesce(lifted_at, 0)) >= ?"
            f" AND {_OF_SOMEBODY} ORDER BY hcp, said_at, statement_id",
            (micros(since),),
        )
        return self._read(rows)

    def unconfirmed(self) -> list[Statement]:
        """Deaths that were reported and that nobody has confirmed or corrected, oldest first."""
        rows = self._tx.select(
            PERSON_STATE,
            f"WHERE state = ? AND lifted_at IS NULL AND confirmed_at IS NULL AND {_OF_SOMEBODY}"
            " ORDER BY said_at, statement_id",
            (str(PersonState.DECEASED),),
        )
        return self._read(rows)

    def _read(self, rows: list[tuple[Any, ...]]) -> list[Statement]:
        ids = self._tx.hcp_ids({row[1] for row in rows})
        return [_statement(ids[row[1]], row) for row in rows]


def _statement(hcp_id: str, row: tuple[Any, ...]) -> Statement:
    return Statement(
        statement_id=row[0],
        hcp_id=hcp_id,
        state=PersonState(row[2]),
        said_at=from_micros(row[3]),
        said_by=row[4],
        reason=row[5],
        source=row[6],
        batch=row[7],
        day=date.fromisoformat(row[8]) if row[8] else None,
        evidence=row[9],
        suspended=tuple(row[10].split()),
        confirmed_at=instant_or_none(row[11]),
        confirmed_by=row[12],
        lifted_at=instant_or_none(row[13]),
        lifted_by=row[14],
        lifted_why=row[15],
    )
