"""What was changed of values already held, by an import or by hand: the old value and the new one, sealed under the
person's own key.

Rules: (1) one row for each person, data group and import or act, with only the fields that changed; (2) the blob is
bound to vault, person, section and row as a section is bound (sections.py), and is read through the same guard; (3) it
goes with the person at erasure, a field of it with its retention, public values of it with an objection, and all of it
with the import when that is taken back; (4) a value "as it became" is known by text and provenance together, so that a
value typed since is never taken for it; (5) the history of a field takes the decision that shows the field now.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import AccessGranted, FieldState, Section
from compliance.model.profile import FieldValue, SourceClass
from compliance.vault.engine.fast_json import compact
from compliance.vault.engine.guard import CHANGES, SEALED, Maintenance
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.engine.transaction import Transaction
from compliance.vault.people.provenances import Provenances
from compliance.vault.people.sections import digest_of, key_of, seal, unseal
from compliance.vault.people.subject_keys import kind_of

VALUE_CHANGE = Table.of(
    CHANGES,
    "no INTEGER",
    "batch INTEGER NOT NULL",
    "hcp INTEGER NOT NULL",
    "section TEXT NOT NULL",
    "at INTEGER NOT NULL",
    "digest BLOB NOT NULL",
    extra=("sealed BLOB NOT NULL",),
    index=("batch", "hcp"),
)
_encode = compact(ascii_only=False)
#: Number of no import.
_BY_HAND = 0

#: field → (what it was, what it became); None: there was nothing.
Changed = Mapping[str, tuple[FieldValue | None, FieldValue | None]]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """What one import changed of one data group of one person."""

    hcp_id: str
    section: Section
    values: Changed

    def __repr__(self) -> str:
        return f"ValueChange({self.hcp_id}, {self.section}, {len(self.values)} fields)"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierValue:
    """One change of one field. ``batch`` names the import that made it, "" where somebody did."""

    was: FieldValue | None
    became: FieldValue | None
    at: datetime
    by: str
    why: str
    batch: str = ""

    def __repr__(self) -> str:
        return f"EarlierValue({self.at}, {self.why})"


class ValueChanges:
    """The record of changed values."""

    def __init__(self, tx: Transaction, provenances: Provenances) -> None:
        self._tx, self._provenances = tx, provenances

    def add(self, batch: str, hcp_id: str, section: Section, values: Changed, at: datetime) -> None:
        """Keep what was and what became of it. VaultError ``no_key`` for a guarded section without its key."""
        body = {key: [self._coded(was), self._coded(became)] for key, (was, became) in values.items()}
        self._put(self._batch(batch), hcp_id, section, body, micros(at))

    def add_by_hand(self, hcp_id: str, section: Section, values: Changed, at: datetime, *, by: str, why: str) -> None:
        """As :meth:`add` for what ``by`` changed, with the code of the reason."""
        body = {key: [self._coded(was), self._coded(became), by, why] for key, (was, became) in values.items()}
        self._put(_BY_HAND, hcp_id, section, body, micros(at))

    def of_field(self, decision: AccessGranted, key: str) -> tuple[EarlierValue, ...]:
        """What a field was before, newest first: of a field ``decision`` shows, and of no other."""
        ruling = decision.ruling(key)
        if ruling is None or ruling.section is None or ruling.state is FieldState.WITHHELD:
            return ()
        tx = self._tx
        tx.require_writing()
        hcp = tx.number(decision.hcp_id)
        where = "WHERE hcp = ? AND section = ? ORDER BY no DESC"
        found = []
        for number, batch, _, _, at, _ in tx.select(VALUE_CHANGE, where, (hcp, str(ruling.section))):
            change = self._open(number, hcp, decision.hcp_id, ruling.section, why=decision).get(key)
            if change is not None:
                name, by, why = (*self._import(batch), "import") if batch != _BY_HAND else ("", *change[2:])
                was, became = self._read(change[0]), self._read(change[1])
                found.append(EarlierValue(was=was, became=became, at=from_micros(at), by=by, why=why, batch=name))
        return tuple(found)

    def forget(self, hcp_id: str, section: Section, keys: Set[str]) -> set[str]:
        """Take fields out of everything kept of a person's data group: they were let go at the end of their retention
        or removed at the person's request, and no import taken back brings them again (PIPL 47). Those that had a
        past."""
        return self._keep(hcp_id, section, lambda key, _: key not in keys) if keys else set()

    def people(self) -> set[int]:
        """Numbers of everybody with a past, records merged into another included."""
        return {hcp for (hcp,) in self._tx.db.execute(f"SELECT DISTINCT hcp FROM {CHANGES}")}  # noqa: S608 - constant

    def forget_public(self, hcp_id: str, section: Section) -> None:
        """Take every change from or to a public value out: the person objected (PIPL 27)."""

        def own(_: str, change: list[Any]) -> bool:
            values = (self._read(body) for body in change[:2])
            return not any(v and v.provenance.source_class is SourceClass.PUBLIC for v in values)

        self._keep(hcp_id, section, own)

    def _keep(self, hcp_id: str, section: Section, kept: Callable[[str, list[Any]], bool]) -> set[str]:
        tx, gone = self._tx, set[str]()
        hcp = tx.number(hcp_id)
        for number, batch, _, _, at, _ in tx.select(VALUE_CHANGE, "WHERE hcp = ? AND section = ?", (hcp, str(section))):
            body = self._open(number, hcp, hcp_id, section)
            left = {key: change for key, change in body.items() if kept(key, change)}
            if len(left) < len(body):
                gone |= body.keys() - left.keys()
                tx.remove(VALUE_CHANGE, number)
                if left:
                    self._put(batch, hcp_id, section, left, at)
        return gone

    def _put(self, batch: int, hcp_id: str, section: Section, body: dict[str, Any], at: int) -> None:
        tx = self._tx
        hcp = tx.number(hcp_id)
        number = tx.take_numbers("next_change", least=tx.next_no(VALUE_CHANGE))
        key = key_of(tx, hcp, hcp_id, section)
        plain = _encode(body).encode("utf-8")
        sealed = seal(key, plain, tx.vault.vault_id, hcp_id, _place(section), number)
        row = (number, batch, hcp, str(section), at, digest_of(sealed))
        tx.insert(VALUE_CHANGE, row, sealed)

    def people_of(self, batch: str) -> tuple[str, ...]:
        """Whose values an import changed."""
        rows = self._tx.db.execute(
            f"SELECT DISTINCT p.hcp_id FROM {CHANGES} c JOIN people p ON p.hcp = c.hcp WHERE c.batch = ?"  # noqa: S608
            " ORDER BY p.hcp_id",
            (self._batch(batch),),
        )
        return tuple(hcp_id for (hcp_id,) in rows)

    def changed_again(self, batch: str) -> tuple[str, ...]:
        """Of :meth:`people_of` those of whom something in the same data group was changed since, by hand or by a later
        import: what a look at taking it back may know without opening a value."""
        rows = self._tx.db.execute(
            f"SELECT DISTINCT p.hcp_id FROM {CHANGES} c JOIN people p ON p.hcp = c.hcp WHERE c.batch = ?1 AND EXISTS"  # noqa: S608
            f" (SELECT 1 FROM {CHANGES} l WHERE l.hcp = c.hcp AND l.section = c.section AND l.no > c.no"
            " AND l.batch <> ?1) ORDER BY p.hcp_id",
            (self._batch(batch),),
        )
        return tuple(hcp_id for (hcp_id,) in rows)

    def of_batch(self, batch: str) -> Iterator[ValueChange]:
        """Everything an import changed, newest first."""
        tx = self._tx
        tx.require_writing()
        rows = tx.select(VALUE_CHANGE, "WHERE batch = ? ORDER BY no DESC", (self._batch(batch),))
        ids = tx.hcp_ids({row[2] for row in rows})
        for number, _, hcp, name, _, _ in rows:
            section, hcp_id = Section(name), ids[hcp]
            body = self._open(number, hcp, hcp_id, section)
            yield ValueChange(hcp_id, section, {key: (self._read(x[0]), self._read(x[1])) for key, x in body.items()})

    def remove_of(self, batch: str) -> int:
        """Forget what an import changed: it was taken back."""
        return self._tx.remove_where(VALUE_CHANGE, "WHERE batch = ?", (self._batch(batch),))

    def _batch(self, batch: str) -> int:
        number = self._tx.db.value("SELECT no FROM batch WHERE batch = ?", (batch,))
        if number is None:
            raise bad_input("unknown_batch", "batch")
        return int(number)

    def _import(self, number: int) -> tuple[str, str]:
        row = self._tx.db.one("SELECT batch, actor FROM batch WHERE no = ?", (number,))
        return (str(row[0]), str(row[1])) if row else ("", "")

    def _open(
        self,
        number: int,
        hcp: int,
        hcp_id: str,
        section: Section,
        *,
        why: AccessGranted | Maintenance = Maintenance.AMEND,
    ) -> dict[str, Any]:
        tx = self._tx
        with tx.vault.guard.reading(why, frozenset({section}), earlier=True):
            sealed = tx.db.value(f"SELECT {SEALED} FROM {CHANGES} WHERE no = ?", (number,))  # noqa: S608
        key = key_of(tx, hcp, hcp_id, section)
        plain = unseal(key, sealed, kind_of(section), tx.vault.vault_id, hcp_id, _place(section), number)
        found: dict[str, Any] = json.loads(plain)
        return found

    def _coded(self, value: FieldValue | None) -> list[str | int] | None:
        return None if value is None else [value.value, self._provenances.number(value.provenance)]

    def _read(self, body: list[str | int] | None) -> FieldValue | None:
        return None if body is None else FieldValue(str(body[0]), self._provenances.record(int(body[1])))


def _place(section: Section) -> str:
    """What the blob is bound to in place of a section: a change is never taken for one."""
    return f"change.{section.value}"
