"""A portion: people of an import made ready for the tables, and the form in which they cross between processes.

Rules: (1) columns, not objects: a portion is written with one statement a table; (2) values are in it only as sealed
blobs, listed columns of the index and blind tags; keys only wrapped; (3) the sums of the set hash come with the rows
they count, and :meth:`Portion.without` keeps the two in step; (4) it crosses as packed columns (columns.py) and a
little JSON, never as code.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from compliance.model.access import RecordStatus, Section
from compliance.model.profile import CrossBorder
from compliance.vault.consent.consent_rows import CONSENT_EVENT, CONSENT_STATE
from compliance.vault.engine.columns import EMPTY, NOTHING, Column, Fixed, Maybe, Packer, Unpacker, spread
from compliance.vault.engine.ledger import BYTES, pack, row_number
from compliance.vault.engine.table import Table
from compliance.vault.lists.index_rows import IndexColumns
from compliance.vault.people.people import PEOPLE, border_code
from compliance.vault.people.provenances import PROVENANCE
from compliance.vault.people.relations import day_said, ends, said
from compliance.vault.people.sections import HERE, SECTIONS, digest_of
from compliance.vault.people.subject_keys import WrappedKey, place_of

#: People a sealer puts into one portion. With other seats a transaction is one of these and a pause longer than the
#: longest wait of a seat that retries: six seats on two cores see 27 ms at the 99th percentile, 266 ms with 250 people
#: and 5 ms.
PORTION = 100
#: While nobody else sits at the vault: each statement, look and message is for more people. Who sits down meanwhile
#: meets a few of these, 40 ms each.
LARGE_PORTION = 400

STATUS, BORDER = str(RecordStatus.ACTIVE), border_code(CrossBorder.NEVER_LEFT)

Row = tuple[Any, ...]


@dataclass(slots=True)
class SealedColumns:
    """Rows of one table of sealed sections."""

    hcp: list[int] = field(default_factory=list)
    sequence: list[int] = field(default_factory=list)
    sealed: list[bytes | bytearray] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)  # place among the holdings of the portion


@dataclass(slots=True)
class Portion:
    """People ready to be written. ``epoch``: of the keys that wrapped theirs. ``note`` is the account of whoever made
    it and means nothing here. An instant that is not known is NOTHING, an event that is not "" (columns.py)."""

    batch: int
    created: int
    epoch: int
    hcp: list[int] = field(default_factory=list)
    hcp_id: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    key_of: list[int] = field(default_factory=list)
    key_kind: list[int] = field(default_factory=list)
    wrapped: list[bytes | bytearray] = field(default_factory=list)
    sections: dict[Section, SealedColumns] = field(default_factory=dict)
    event_no: list[int] = field(default_factory=list)
    event_of: list[int] = field(default_factory=list)
    event_id: list[str] = field(default_factory=list)
    event_shape: list[int] = field(default_factory=list)
    event_acted: list[int] = field(default_factory=list)
    event_received: list[int] = field(default_factory=list)
    state_of: list[int] = field(default_factory=list)
    state_event: list[str] = field(default_factory=list)
    state_shape: list[int] = field(default_factory=list)
    state_since: list[int] = field(default_factory=list)
    state_ask: list[int] = field(default_factory=list)
    #: number → the columns that many events or states share; see :func:`event_shape` and :func:`state_shape`.
    event_shapes: dict[int, Sequence[Any]] = field(default_factory=dict)
    state_shapes: dict[int, Sequence[Any]] = field(default_factory=dict)
    provenances: list[Sequence[Any]] = field(default_factory=list)
    holdings: list[str] = field(default_factory=list)  # which fields stand in a section from which source
    index: IndexColumns = field(default_factory=IndexColumns)
    sums: dict[str, int] = field(default_factory=dict)
    note: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Portion({len(self.hcp)} people)"

    def keep(self, numbers: Sequence[int]) -> None:
        """Put the store's numbers of its holdings in place, once: just before it is written."""
        for columns in self.sections.values():
            columns.kept = [numbers[place] for place in columns.kept]

    def tables(self) -> Iterator[tuple[Table, Mapping[str, Column]]]:
        """Columns by authoritative table, for those with rows; a column that is not named is NULL in every row."""
        if self.provenances:
            records = {record[0]: record for record in self.provenances}
            yield PROVENANCE, {**spread(PROVENANCE.columns, records, list(records)), "no": list(records)}
        if self.hcp:
            yield PEOPLE, self._people()
        if self.event_no:
            yield CONSENT_EVENT, self._events()
        if self.state_of:
            yield CONSENT_STATE, self._states()
        for section, c in self.sections.items():
            yield (
                SECTIONS[section],
                {
                    "hcp": c.hcp,
                    "version": Fixed(1),
                    "origin": Fixed(HERE),
                    "sequence": c.sequence,
                    "digest": EMPTY,
                    "sealed": c.sealed,
                    "kept": c.kept,
                },
            )

    def _people(self) -> dict[str, Column]:
        return {
            "hcp": self.hcp,
            "hcp_id": self.hcp_id,
            "status": Fixed(STATUS),
            "blocks": self.blocks,
            "created_at": Fixed(self.created),
            "batch": Fixed(self.batch),
            "cross_border": Fixed(BORDER),
            "adm_optout": Fixed(0),
            **self._last_related(),
        }

    def _last_related(self) -> dict[str, Column]:
        """The day of relations.py, for those of whom the file brings an answer that counts from its day."""
        told = {number for number, shape in self.state_shapes.items() if said(shape[1])}
        if not told:
            return {}
        latest: dict[int, int] = {}
        known = latest.get
        for hcp, shape, since in zip(self.state_of, self.state_shape, self.state_since, strict=True):
            if shape in told and since > known(hcp, NOTHING):
                latest[hcp] = since
        days = {since: day_said(since) for since in set(latest.values())} | {NOTHING: NOTHING}
        return {"last_related": Maybe([days[known(hcp, NOTHING)] for hcp in self.hcp])} if latest else {}

    def with_ends(self) -> list[int]:
        """People with a state that counts to its end, which no file brings yet: their day is worked out from the
        rows."""
        open_ = {number for number, shape in self.state_shapes.items() if ends(shape[1])}
        return (
            [hcp for hcp, shape in zip(self.state_of, self.state_shape, strict=True) if shape in open_] if open_ else []
        )

    def _events(self) -> dict[str, Column]:
        return {
            "no": self.event_no,
            "hcp": self.event_of,
            "event_id": self.event_id,
            "acted_at": Maybe(self.event_acted),
            "received_at": Maybe(self.event_received),
            **spread(_EVENT_SHAPE, self.event_shapes, self.event_shape),
            "sequence": self.event_no,
        }

    def _states(self) -> dict[str, Column]:
        return {
            "hcp": self.state_of,
            "since": Maybe(self.state_since),
            "event_id": Maybe(self.state_event, ""),
            "ask_again_from": Maybe(self.state_ask),
            **spread(_STATE_SHAPE, self.state_shapes, self.state_shape),
        }

    def rows(self) -> Iterator[tuple[Table, list[Row]]]:
        """Rows by authoritative table, as the set hash counts them."""
        for table, columns in self.tables():
            if columns.get("digest") is EMPTY:
                columns = {**columns, "digest": list(map(digest_of, _plain(columns["sealed"])))}
            yield table, list(zip(*(_plain(columns.get(name)) for name in table.columns), strict=False))

    def keys(self) -> list[WrappedKey]:
        """Wrapped subject keys as they are stored, with the epoch they were wrapped in."""
        places = map(place_of, self.key_of, self.key_kind)
        return list(zip(places, repeat(self.epoch), map(bytearray, self.wrapped)))

    def without(self, doomed: set[int]) -> "Portion":
        """The portion without these people; records of provenance stay."""
        gone, kept = self._part(lambda hcp: hcp in doomed), self._part(lambda hcp: hcp not in doomed)
        kept.provenances, kept.sums = self.provenances, dict(self.sums)
        for table, rows in gone.rows():
            kept.sums[table.name] -= sum(row_number(table.name, row) for row in rows)
        return kept

    def _part(self, wanted: Any) -> "Portion":
        part = Portion(self.batch, self.created, self.epoch, note=self.note)
        part.event_shapes, part.state_shapes = self.event_shapes, self.state_shapes
        part.holdings = self.holdings
        for of, names in _GROUPS.items():
            _copy(self, part, of, names, wanted)
        for section, columns in self.sections.items():
            left = SealedColumns()
            _copy(columns, left, "hcp", _SEALED, wanted)
            if left.hcp:
                part.sections[section] = left
        for of, names in _INDEX_GROUPS.items():
            _copy(self.index, part.index, of, names, wanted)
        return part

    def encode(self) -> bytes:
        """One message."""
        packer = Packer()
        groups = self._groups()
        head = {
            "plain": [getattr(self, name) for name in _PLAIN],
            "counts": [len(getattr(source, of)) for source, of, _ in groups],
            "sections": [section.value for section in self.sections],
            "sums": list(self.sums),
            "shapes": [list(self.event_shapes.items()), list(self.state_shapes.items())],
        }
        packer.raw(json.dumps(head, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode())
        for source, of, names in groups:
            for name in (of, *names):
                _WRITERS.get(name, Packer.numbers)(packer, getattr(source, name))
        packer.raw(b"".join(map(pack, self.sums.values())))
        return packer.message()

    @classmethod
    def decode(cls, message: bytes) -> "Portion":
        """Inverse of :meth:`encode`. ValueError, KeyError, TypeError or IndexError for anything else."""
        unpacker = Unpacker(message)
        head = json.loads(unpacker.raw())
        portion = cls(0, 0, 0)
        for name, value in zip(_PLAIN, head["plain"], strict=True):
            setattr(portion, name, value)
        portion.sections = {Section(name): SealedColumns() for name in head["sections"]}
        for (target, of, names), count in zip(portion._groups(), head["counts"], strict=True):
            for name in (of, *names):
                setattr(target, name, _READERS.get(name, Unpacker.numbers)(unpacker, count))
        totals = unpacker.raw()
        unpacker.finish()
        if len(totals) != BYTES * len(head["sums"]):
            raise ValueError("not a portion")
        for place, table in enumerate(head["sums"]):
            portion.sums[table] = int.from_bytes(totals[BYTES * place : BYTES * (place + 1)])
        portion.event_shapes, portion.state_shapes = map(dict, head["shapes"])
        return portion

    def _groups(self) -> list[tuple[Any, str, tuple[str, ...]]]:
        """(where, column that names the person, columns beside it) of everything that crosses packed."""
        return [
            *((self, of, names) for of, names in _GROUPS.items()),
            *((self.index, of, names) for of, names in _INDEX_GROUPS.items()),
            *((sealed, "hcp", _SEALED) for sealed in self.sections.values()),
        ]


#: Columns that belong together, by the one that names the person.
_GROUPS = {
    "hcp": ("hcp_id", "blocks"),
    "key_of": ("key_kind", "wrapped"),
    "event_of": ("event_no", "event_id", "event_shape", "event_acted", "event_received"),
    "state_of": ("state_event", "state_shape", "state_since", "state_ask"),
}
_INDEX_GROUPS = {
    "hcp": (
        "name", "usual", "hospital", "aliases", "department", "title", "region", "source", "sort", "rarer", "tokens",
    ),
    "tag_of": ("kind", "tag"),
}  # fmt: skip
_SEALED = ("sequence", "sealed", "kept")
_TEXTS = (
    "hcp_id", "event_id", "state_event", "name", "usual", "hospital", "aliases", "department", "title", "region",
    "sort", "rarer", "tokens", "kind",
)  # fmt: skip
_BLOBS = ("wrapped", "sealed")
#: How columns cross that are not numbers.
_WRITERS: dict[str, Callable[[Packer, Any], None]] = {
    **dict.fromkeys(_TEXTS, Packer.texts), **dict.fromkeys(_BLOBS, Packer.blobs)
}  # fmt: skip
_READERS: dict[str, Callable[[Unpacker, int], Any]] = {
    **dict.fromkeys(_TEXTS, Unpacker.texts), **dict.fromkeys(_BLOBS, Unpacker.blobs)
}  # fmt: skip
_PLAIN = ("batch", "created", "epoch", "provenances", "holdings", "note")
_EVENT_SHAPE = (*CONSENT_EVENT.columns[3:8], *CONSENT_EVENT.columns[11:-1])
_STATE_SHAPE = tuple(CONSENT_STATE.columns[place] for place in (0, 2, 3, 4, 6, 7, 10))


def event_shape(row: Sequence[Any]) -> Sequence[Any]:
    """What events of one kind of answer share: all columns but number, person, id, sequence and the two days; none of
    them was presented a notice."""
    return (*row[3:8], *row[11:-1])


def state_shape(row: Sequence[Any]) -> Sequence[Any]:
    """What states of one kind of answer share: all columns but the person, the deciding event and the two instants."""
    return (row[0], *row[2:5], *row[6:8], row[10])


def _plain(column: Column | None) -> Iterator[Any]:
    """The values of a column without end where one stands for all."""
    if column is None or isinstance(column, Fixed):
        return repeat(None if column is None else column.value)
    return (bytes(value) if type(value) is bytearray else value for value in column)


def _copy(source: Any, target: Any, of: str, names: tuple[str, ...], wanted: Any) -> None:
    people = getattr(source, of)
    places = [place for place, hcp in enumerate(people) if wanted(hcp)]
    for name in (of, *names):
        column = getattr(source, name)
        setattr(target, name, [column[place] for place in places])
