"""People's records without their values: status, blocks, cross-border state. Staged people are not seen."""

import json
import secrets
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from os import urandom
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Block, RecordStatus
from compliance.model.ids import ids_of, is_hcp_id
from compliance.model.profile import CrossBorder
from compliance.model.register import Person
from compliance.vault.consent.consent_rows import HIDDEN
from compliance.vault.engine.codes import block_mask, blocks_of
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.engine.transaction import Transaction
from compliance.vault.keys.crypto import KEY_BYTES
from compliance.vault.people.subject_keys import ORDINARY

PEOPLE = Table.of(
    "people",
    "hcp INTEGER",
    "hcp_id TEXT NOT NULL",
    "status TEXT NOT NULL",
    "blocks INTEGER NOT NULL",
    "created_at INTEGER NOT NULL",
    "batch INTEGER NOT NULL",  # 0: none
    "cross_border TEXT NOT NULL",  # border_code
    "adm_optout INTEGER NOT NULL",
    unique=("hcp_id",),
    index=("batch",),
    extra=("last_related INTEGER",),  # relations.py
)
ERASURE = Table.of("erasure", "hcp_id TEXT NOT NULL", "begun_at INTEGER NOT NULL", "done_at INTEGER")

_COLUMNS = "p.hcp, p.hcp_id, p.status, p.blocks, p.created_at, b.batch, p.cross_border, p.adm_optout"
_FROM = f"SELECT {_COLUMNS} FROM shown p LEFT JOIN batch b ON b.no = p.batch"  # noqa: S608 - constants
#: Whoever is hidden is taken off, not looked for beside each of all the others.
_COUNT = (
    "SELECT (SELECT count(*) FROM people WHERE status <> ?1)"  # noqa: S608 - constants
    f" - (SELECT count(*) FROM people WHERE status <> ?1 AND hcp IN ({HIDDEN}))"
)

_SEED_BYTES = 32
#: By import, because staged people are many and in no list.
_SOMEBODY = (
    "SELECT 1 FROM (SELECT 0 AS no UNION ALL SELECT no FROM batch WHERE state = 'published') b"
    " WHERE EXISTS (SELECT 1 FROM people p WHERE p.batch = b.no) LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class FreshIds:
    """Ids nobody has, and the seed they come from: who is told the seed knows them."""

    seed: bytes
    ids: list[str]

    def __repr__(self) -> str:
        return f"FreshIds({len(self.ids)})"


class People:
    """Register of people."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(
        self,
        hcp_id: str,
        *,
        created_at: datetime,
        status: RecordStatus = RecordStatus.ACTIVE,
        blocks: frozenset[Block] = frozenset(),
        cross_border: CrossBorder = CrossBorder.NEVER_LEFT,
        adm_optout: bool = False,
    ) -> Person:
        """A new person with a key of their own; the key is durable before the row. InputErrors for a bad or used id."""
        if not is_hcp_id(hcp_id):
            raise bad_input("hcp_id", "hcp_id")
        if self._tx.db.one("SELECT 1 FROM people WHERE hcp_id = ?", (hcp_id,)):
            raise bad_input("person_exists", "hcp_id")
        hcp = self._tx.take_numbers("next_hcp")
        self._tx.vault.create_keys(self._tx, [(hcp, hcp_id, ORDINARY)], [urandom(KEY_BYTES)])
        border = border_code(cross_border)
        row = (hcp, hcp_id, str(status), block_mask(blocks), micros(created_at), 0, border, int(adm_optout))
        self._tx.insert(PEOPLE, row, None)
        return _person((hcp, hcp_id, status, row[3], row[4], None, row[6], row[7]))

    def get(self, hcp_id: str) -> Person | None:
        """One person, None when unknown or still staged."""
        row = self._tx.db.one(f"{_FROM} WHERE p.hcp_id = ?", (hcp_id,))
        if row is None:
            return None
        self._tx.know(hcp_id, row[0])
        return _person(row)

    def get_many(self, hcp_ids: Sequence[str]) -> dict[str, Person]:
        """id → person for those that are known."""
        found: dict[str, Person] = {}
        for begin in range(0, len(hcp_ids), 500):
            part = hcp_ids[begin : begin + 500]
            rows = self._tx.db.execute(f"{_FROM} WHERE p.hcp_id IN ({', '.join('?' * len(part))})", part)
            found.update((row[1], _person(row)) for row in rows)
        return found

    def fresh_ids(self, count: int, *, but: Set[str] = frozenset()) -> FreshIds:
        """``count`` ids nobody has, staged and erased people included, and that are not among ``but``."""
        while True:
            seed = secrets.token_bytes(_SEED_BYTES)
            drawn = ids_of(seed, "HCP", count)
            sql = "SELECT value FROM json_each(?) WHERE value IN (SELECT hcp_id FROM people)"
            taken = self._tx.db.execute(sql, (json.dumps(drawn),))
            if not taken and but.isdisjoint(drawn) and len(set(drawn)) == count:
                return FreshIds(seed, drawn)  # of ten thousand among a million one draw in a hundred is made again

    def nobody(self) -> bool:
        """Whether no reader can see anybody yet. Does not walk through people that are staged."""
        return self._tx.db.one(_SOMEBODY) is None

    def ids(self, *, batch: str | None = None) -> list[str]:
        """Ids of all people, oldest first; of one import with ``batch``."""
        if batch is None:
            rows = self._tx.db.execute("SELECT hcp_id FROM shown ORDER BY hcp")
        else:
            rows = self._tx.db.execute(
                "SELECT p.hcp_id FROM shown p JOIN batch b ON b.no = p.batch WHERE b.batch = ? ORDER BY p.hcp", (batch,)
            )
        return [row[0] for row in rows]

    def count(self, *, at: datetime | None = None) -> int:
        """Number of people that are not erased, or were on file at ``at`` and not erased by then."""
        if at is None:
            return int(self._tx.db.value(_COUNT, (RecordStatus.ERASED.value,)))
        sql = (
            "SELECT count(*) FROM shown s LEFT JOIN erasure e ON e.hcp_id = s.hcp_id WHERE s.created_at <= ?1"
            " AND (s.status <> ?2 OR coalesce(e.done_at, e.begun_at) > ?1)"
        )
        return int(self._tx.db.value(sql, (micros(at), RecordStatus.ERASED.value)))

    def newer_than(self, at: datetime) -> frozenset[str]:
        """Who came on file after an instant."""
        rows = self._tx.db.execute("SELECT hcp_id FROM people WHERE created_at > ?", (micros(at),))
        return frozenset(hcp_id for (hcp_id,) in rows)

    def count_by_status(self) -> dict[RecordStatus, int]:
        """State of the record → number of people."""
        rows = self._tx.db.execute("SELECT status, count(*) FROM shown GROUP BY status ORDER BY status")
        return {RecordStatus(status): int(count) for status, count in rows}

    def optouts(self) -> list[str]:
        """Who refused automated decisions."""
        return [row[0] for row in self._tx.db.execute("SELECT hcp_id FROM shown WHERE adm_optout = 1 ORDER BY hcp_id")]

    def set_status(self, hcp_id: str, status: RecordStatus) -> None:
        """Change the state of a record."""
        self._change(hcp_id, 2, str(status))

    def set_blocks(self, hcp_id: str, blocks: Iterable[Block]) -> None:
        """Replace the standing blocks."""
        self._change(hcp_id, 3, block_mask(frozenset(blocks)))

    def set_cross_border(self, hcp_id: str, state: CrossBorder) -> None:
        """Change the cross-border state as a whole."""
        self._change(hcp_id, 6, border_code(state))

    def set_adm_optout(self, hcp_id: str, optout: bool) -> None:
        """Note a refusal of automated decisions (PIPL 24)."""
        self._change(hcp_id, 7, int(optout))

    def _change(self, hcp_id: str, column: int, value: str | int) -> None:
        row = self._tx.get(PEOPLE, self._tx.number(hcp_id))
        assert row is not None
        if row[column] != value:
            last = self._tx.db.value("SELECT last_related FROM people WHERE hcp = ?", (row[0],))
            self._tx.put(PEOPLE, (*row[:column], value, *row[column + 1 :]), last)


def border_code(state: CrossBorder) -> str:
    """How the register writes a cross-border state: "" for nearly everybody, whose data never left; stores of an
    earlier format have the word itself."""
    return "" if state is CrossBorder.NEVER_LEFT else str(state)


def _person(row: Sequence[Any]) -> Person:
    return Person(
        hcp=row[0],
        hcp_id=row[1],
        status=RecordStatus(row[2]),
        blocks=blocks_of(row[3]),
        created_at=from_micros(row[4]),
        batch=row[5],
        cross_border=CrossBorder(row[6] or CrossBorder.NEVER_LEFT),
        adm_optout=bool(row[7]),
    )
