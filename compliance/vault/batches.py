"""Imports: staged in short transactions nobody sees, published by one.

Rules: (1) a staged person is in the tables but not in ``shown``, so no read, list, count or search meets them; (2)
publishing is one row; (3) what a dead process staged is dropped at the next open; (4) undo is refused, with the list
of people, once anything else has touched one of them, and takes away persons, keys, index and evidence otherwise.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from os import urandom
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.errors import bad_input
from compliance.model.access import Block, RecordStatus, Section
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, LineStatus
from compliance.model.profile import CrossBorder, FieldValue, Provenance
from compliance.model.register import Batch, BatchState
from compliance.vault.codes import block_mask
from compliance.vault.consents import CONSENT_EVENT, CONSENT_STATE, Consents
from compliance.vault.crypto import KEY_BYTES, NONCE_BYTES
from compliance.vault.index import Index, IndexRow
from compliance.vault.people import PEOPLE
from compliance.vault.provenances import Provenances
from compliance.vault.sections import SECTIONS, plaintext, seal
from compliance.vault.subject_keys import ORDINARY, kind_of
from compliance.vault.table import Table
from compliance.vault.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.transaction import Transaction

BATCH = Table.of(
    "batch",
    "no INTEGER",
    "batch TEXT NOT NULL",
    "source TEXT NOT NULL",
    "state TEXT NOT NULL",
    "file_sha256 TEXT NOT NULL",
    "started_at INTEGER NOT NULL",
    "published_at INTEGER",
    "actor TEXT NOT NULL",
    "counts TEXT NOT NULL",
    "seat TEXT NOT NULL",
    unique=("batch",),
)

#: Kinds an import itself writes about its people, and mere looks; anything else is a later touch.
_HARMLESS = frozenset(
    {
        Kind.IMPORT_STARTED,
        Kind.IMPORT_STAGED,
        Kind.IMPORT_PUBLISHED,
        Kind.PROFILE_OPENED,
        Kind.ACCESS_REFUSED,
        Kind.LIST_SHOWN,
        Kind.WHY_SHOWN,
        Kind.VALUE_REVEALED,
    }
)
#: Tables in which a later touch shows besides the log.
_TOUCHING = ("rights_case", "basis", "evidence", "assignment")
_RANDOM = KEY_BYTES + NONCE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """One person of an import, ready to be sealed. Not in ``repr``: it holds clear values."""

    hcp_id: str
    created_at: datetime
    sections: Mapping[Section, Mapping[str, FieldValue]]
    index: IndexRow | None = None
    events: Sequence[ConsentEvent] = ()
    states: Sequence[LineStatus] = ()
    status: RecordStatus = RecordStatus.ACTIVE
    blocks: frozenset[Block] = frozenset()
    cross_border: CrossBorder = CrossBorder.NEVER_LEFT
    adm_optout: bool = False

    def __repr__(self) -> str:
        return f"NewPerson({self.hcp_id})"


@dataclass(frozen=True, slots=True)
class UndoRefused:
    """An import that can no longer be undone: the people something else has touched since."""

    conflicts: tuple[str, ...]


@dataclass(slots=True)
class _Sheets:
    """Rows of one chunk by table."""

    people: list[tuple[Any, ...]] = field(default_factory=list)
    sections: dict[Section, tuple[list[tuple[Any, ...]], list[bytes]]] = field(
        default_factory=lambda: {section: ([], []) for section in Section}
    )
    events: list[tuple[Any, ...]] = field(default_factory=list)
    states: list[tuple[Any, ...]] = field(default_factory=list)
    index: list[tuple[int, IndexRow]] = field(default_factory=list)


class Batches:
    """Register of imports and the one way in for many people at once."""

    def __init__(self, tx: Transaction, provenances: Provenances, consents: Consents, index: Index) -> None:
        self._tx = tx
        self._provenances = provenances
        self._consents = consents
        self._index = index

    def start(self, batch: Batch) -> None:
        """Begin an import; its seat is this one. InputErrors ``batch_exists``."""
        if self._row(batch.batch) is not None:
            raise bad_input("batch_exists", "batch")
        no = self._tx.next_no(BATCH)
        self._tx.insert(BATCH, (no, *_values(batch), self._tx.vault.seat))

    def get(self, batch: str) -> Batch | None:
        """One import."""
        row = self._row(batch)
        return _batch(row) if row else None

    def all(self) -> list[Batch]:
        """All imports, newest first."""
        return [_batch(row) for row in self._tx.select(BATCH, "ORDER BY started_at DESC, no DESC")]

    def set_counts(self, batch: str, counts: Mapping[str, int]) -> None:
        """Store the counts of the report."""
        row = self._known(batch)
        self._tx.put(BATCH, (*row[:8], json.dumps(dict(counts), sort_keys=True), row[9]))

    def publish(self, batch: str, at: datetime) -> None:
        """Make everything staged under ``batch`` visible with this commit. InputErrors ``batch_state``."""
        self._set_state(batch, BatchState.STAGING, BatchState.PUBLISHED, at)

    def stage(self, batch: str, people: Sequence[NewPerson]) -> None:
        """Seal and store a chunk under a batch that is staging. InputErrors ``batch_state`` or ``person_exists``;
        VaultError ``no_key`` when a guarded section comes from a role without its key."""
        row = self._known(batch)
        if row[3] != BatchState.STAGING.value:
            raise bad_input("batch_state", "batch", row[3])
        tx = self._tx
        first = tx.take_numbers("next_hcp", len(people))
        subjects, randoms, ciphers = self._keys(people, first)
        tx.vault.create_keys(tx, subjects, randoms)
        sheets = self._seal(people, first, row[0], ciphers)
        tx.insert_all(PEOPLE, sheets.people)
        for section, (rows, sealed) in sheets.sections.items():
            if rows:
                tx.insert_all(SECTIONS[section], rows, sealed)
        if sheets.events:
            tx.insert_all(CONSENT_EVENT, sheets.events)
        if sheets.states:
            tx.insert_all(CONSENT_STATE, sheets.states)
        if sheets.index and tx.vault.has_index:
            self._index.insert_all(sheets.index)

    def conflicts(self, batch: str) -> list[str]:
        """People of a published batch that something else has touched since."""
        no = self._known(batch)[0]
        marks = ", ".join("?" * len(_HARMLESS))
        touched = {
            row[0]
            for row in self._tx.db.execute(
                "SELECT DISTINCT p.hcp_id FROM people p JOIN log_person l ON l.hcp_id = p.hcp_id"  # noqa: S608
                f" JOIN log_entry e ON e.idx = l.idx WHERE p.batch = ? AND e.kind NOT IN ({marks})",
                (no, *sorted(str(kind) for kind in _HARMLESS)),
            )
        }
        for table in _TOUCHING:
            rows = self._tx.db.execute(
                f"SELECT DISTINCT p.hcp_id FROM people p JOIN {table} t ON t.hcp = p.hcp WHERE p.batch = ?",  # noqa: S608
                (no,),
            )
            touched |= {row[0] for row in rows}
        return sorted(touched)

    def undo(self, batch: str) -> UndoRefused | int:
        """Take a published import back: the number of people removed, or who stands in the way."""
        row = self._known(batch)
        if row[3] != BatchState.PUBLISHED.value:
            raise bad_input("batch_state", "batch", row[3])
        in_the_way = self.conflicts(batch)
        if in_the_way:
            return UndoRefused(tuple(in_the_way))
        self._set_state(batch, BatchState.PUBLISHED, BatchState.UNDONE, None)
        return self._sweep_later(row[0])

    def drop(self, batch: str) -> int:
        """Give up a staging import; the number of people removed."""
        no = self._known(batch)[0]
        self._set_state(batch, BatchState.STAGING, BatchState.DROPPED, None)
        return self._sweep_later(no)

    def leftover(self, limit: int) -> tuple[str, BatchState, list[int]] | None:
        """An undone or dropped import that still has people, its state and up to ``limit`` of their numbers."""
        row = self._tx.db.one(
            "SELECT no, batch, state FROM batch b WHERE state IN ('undone', 'dropped')"
            " AND EXISTS (SELECT 1 FROM people p WHERE p.batch = b.no) LIMIT 1"
        )
        if row is None:
            return None
        numbers = self._tx.db.execute("SELECT hcp FROM people WHERE batch = ? LIMIT ?", (row[0], limit))
        return row[1], BatchState(row[2]), [number for (number,) in numbers]

    def abandoned(self, living: frozenset[str]) -> list[str]:
        """Imports still staging although the seat that stages them is gone."""
        rows = self._tx.db.execute("SELECT batch, seat FROM batch WHERE state = 'staging' ORDER BY no")
        return [batch for batch, seat in rows if seat not in living]

    def _sweep_later(self, no: int) -> int:
        """The rows are invisible from this commit on; they go right after it, in short transactions."""
        self._tx.after_commit(self._clear)
        return int(self._tx.db.value("SELECT count(*) FROM people WHERE batch = ?", (no,)))

    def _clear(self) -> None:
        self._tx.vault.sweep_batches()

    def _keys(
        self, people: Sequence[NewPerson], first: int
    ) -> tuple[list[tuple[int, str, int]], list[bytes], dict[tuple[int, int], bytes]]:
        subjects = [
            (hcp, person.hcp_id, kind)
            for hcp, person in enumerate(people, start=first)
            for kind in sorted({ORDINARY, *(kind_of(section) for section in person.sections)})
        ]
        pool = urandom(_RANDOM * len(subjects))
        randoms = [pool[i : i + _RANDOM] for i in range(0, len(pool), _RANDOM)]
        keys = {(s[0], s[2]): random[:KEY_BYTES] for s, random in zip(subjects, randoms, strict=True)}
        return subjects, randoms, keys

    def _seal(self, people: Sequence[NewPerson], first: int, no: int, keys: dict[tuple[int, int], bytes]) -> _Sheets:
        tx, sheets = self._tx, _Sheets()
        vault_id, origin = tx.vault.vault_id, tx.vault.origin
        blobs = sum(len(person.sections) for person in people)
        sequence = tx.take_numbers("sequence", blobs + sum(len(person.events) for person in people))
        nonces = urandom(NONCE_BYTES * blobs)
        at = 0
        known: dict[int, int] = {}  # records of one chunk are few objects used many times

        def number(record: Provenance) -> int:
            found = known.get(id(record))
            if found is None:
                found = known[id(record)] = self._provenances.number(record)
            return found

        stamps: dict[int, int] = {}
        for hcp, person in enumerate(people, start=first):
            created = stamps.get(id(person.created_at))
            if created is None:
                created = stamps[id(person.created_at)] = micros(person.created_at)
            hcp_id, blocks = person.hcp_id, block_mask(person.blocks) if person.blocks else 0
            status, border, optout = str(person.status), str(person.cross_border), int(person.adm_optout)
            sheets.people.append((hcp, hcp_id, status, blocks, created, no, border, optout))
            ciphers: dict[int, AESGCM] = {}
            for section, values in person.sections.items():
                kind = kind_of(section)
                cipher = ciphers.get(kind)
                if cipher is None:
                    cipher = ciphers[kind] = AESGCM(keys[hcp, kind])
                plain = plaintext({key: (v.value, number(v.provenance)) for key, v in values.items()})
                sealed = seal(cipher, nonces[at : at + NONCE_BYTES], plain, kind, vault_id, hcp_id, section, 1)
                at += NONCE_BYTES
                rows, blob = sheets.sections[section]
                rows.append((hcp, 1, origin, sequence, sha256(sealed).digest()))
                blob.append(sealed)
                sequence += 1
            for event in person.events:
                sheets.events.append(self._consents.event_row(event, hcp, sequence))
                sequence += 1
            for line in person.states:
                sheets.states.append(self._consents.state_row(line, hcp))
            if person.index is not None:
                sheets.index.append((hcp, person.index))
        return sheets

    def _set_state(self, batch: str, was: BatchState, becomes: BatchState, at: datetime | None) -> None:
        row = self._known(batch)
        if row[3] != was.value:
            raise bad_input("batch_state", "batch", row[3])
        published = row[6] if at is None else micros(at)
        self._tx.put(BATCH, (*row[:3], becomes.value, *row[4:6], published, *row[7:]))

    def _row(self, batch: str) -> tuple[Any, ...] | None:
        rows = self._tx.select(BATCH, "WHERE batch = ?", (batch,))
        return rows[0] if rows else None

    def _known(self, batch: str) -> tuple[Any, ...]:
        row = self._row(batch)
        if row is None:
            raise bad_input("unknown_batch", "batch")
        return row


def _values(batch: Batch) -> tuple[Any, ...]:
    return (
        batch.batch,
        batch.source,
        batch.state.value,
        batch.file_sha256,
        micros(batch.started_at),
        micros_or_none(batch.published_at),
        batch.actor,
        json.dumps(batch.counts, sort_keys=True),
    )


def _batch(row: Sequence[Any]) -> Batch:
    return Batch(
        batch=row[1],
        source=row[2],
        state=BatchState(row[3]),
        file_sha256=row[4],
        started_at=from_micros(row[5]),
        published_at=instant_or_none(row[6]),
        actor=row[7],
        counts=json.loads(row[8]),
    )
