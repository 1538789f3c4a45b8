"""A portion: people of an import made ready for the tables, and the form in which they cross between processes.

Rules: (1) columns, not objects: a portion is written with one statement a table; (2) values are in it only as sealed
blobs, listed columns of the index and blind tags; keys only wrapped; (3) the sums of the set hash come with the rows
they count, and :meth:`Portion.without` keeps the two in step; (4) it crosses as JSON and raw bytes, never as code.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import repeat
from typing import Any

from compliance.model.access import RecordStatus, Section
from compliance.model.profile import CrossBorder
from compliance.vault.consent_rows import CONSENT_EVENT, CONSENT_STATE
from compliance.vault.crypto import KEY_BYTES, NONCE_BYTES
from compliance.vault.index_rows import IndexColumns
from compliance.vault.ledger import BYTES, pack, row_number
from compliance.vault.people import PEOPLE
from compliance.vault.provenances import PROVENANCE
from compliance.vault.sections import SECTIONS
from compliance.vault.subject_keys import WrappedKey
from compliance.vault.table import Table

#: People a sealer puts into one portion. With other seats a transaction is one of these and a pause longer than the
#: longest wait of a seat that retries: six seats on two cores see 27 ms at the 99th percentile, 266 ms with 250 people
#: and 5 ms.
PORTION = 100

STATUS, BORDER = str(RecordStatus.ACTIVE), str(CrossBorder.NEVER_LEFT)
_DIGEST, _TAG, _WRAPPED, _LENGTH = 32, 16, NONCE_BYTES + KEY_BYTES + 16, 4

Row = tuple[Any, ...]


@dataclass(slots=True)
class SealedColumns:
    """Rows of one table of sealed sections."""

    hcp: list[int] = field(default_factory=list)
    sequence: list[int] = field(default_factory=list)
    digest: list[bytes] = field(default_factory=list)
    sealed: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Portion:
    """People ready to be written. ``epoch``: of the keys that wrapped theirs. ``note`` is the account of whoever made
    it and means nothing here."""

    batch: int
    created: int
    origin: str
    epoch: int
    hcp: list[int] = field(default_factory=list)
    hcp_id: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    key_of: list[int] = field(default_factory=list)
    key_kind: list[int] = field(default_factory=list)
    wrapped: list[bytes] = field(default_factory=list)
    sections: dict[Section, SealedColumns] = field(default_factory=dict)
    event_no: list[int] = field(default_factory=list)
    event_of: list[int] = field(default_factory=list)
    event_id: list[str] = field(default_factory=list)
    event_shape: list[int] = field(default_factory=list)
    event_acted: list[int | None] = field(default_factory=list)
    event_received: list[int | None] = field(default_factory=list)
    state_of: list[int] = field(default_factory=list)
    state_event: list[str | None] = field(default_factory=list)
    state_shape: list[int] = field(default_factory=list)
    state_since: list[int | None] = field(default_factory=list)
    state_ask: list[int | None] = field(default_factory=list)
    #: number → the columns that many events or states share; see :func:`event_shape` and :func:`state_shape`.
    event_shapes: dict[int, Sequence[Any]] = field(default_factory=dict)
    state_shapes: dict[int, Sequence[Any]] = field(default_factory=dict)
    provenances: list[Sequence[Any]] = field(default_factory=list)
    index: IndexColumns = field(default_factory=IndexColumns)
    sums: dict[str, int] = field(default_factory=dict)
    note: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Portion({len(self.hcp)} people)"

    def rows(self) -> list[tuple[Table, list[Row], list[bytes] | None]]:
        """Rows by authoritative table, with the column outside the set hash."""
        people = zip(
            self.hcp, self.hcp_id, repeat(STATUS), self.blocks, repeat(self.created), repeat(self.batch),
            repeat(BORDER), repeat(0),
        )  # fmt: skip
        found: list[tuple[Table, list[Row], list[bytes] | None]] = [
            (PROVENANCE, [tuple(row) for row in self.provenances], None),
            (PEOPLE, list(people), None),
            (CONSENT_EVENT, self._events(), None),
            (CONSENT_STATE, self._states(), None),
        ]
        for section, c in self.sections.items():
            rows = list(zip(c.hcp, repeat(1), repeat(self.origin), c.sequence, c.digest))
            found.append((SECTIONS[section], rows, c.sealed))
        return found

    def _events(self) -> list[Row]:
        shapes = {number: (shape[:5], shape[5:]) for number, shape in self.event_shapes.items()}
        days = zip(self.event_acted, self.event_received, strict=True)
        columns = zip(self.event_no, self.event_of, self.event_id, self.event_shape, days, strict=True)
        return [
            (no, hcp, event_id, *shapes[shape][0], acted, None, received, *shapes[shape][1], no)
            for no, hcp, event_id, shape, (acted, received) in columns
        ]

    def _states(self) -> list[Row]:
        shapes = self.state_shapes
        columns = zip(self.state_of, self.state_event, self.state_shape, self.state_since, self.state_ask, strict=True)
        return [
            (item, hcp, status, valid_until, code, since, notice, grade, event_id, ask, may)
            for hcp, event_id, shape, since, ask in columns
            for item, status, valid_until, code, notice, grade, may in (shapes[shape],)
        ]

    def keys(self) -> list[WrappedKey]:
        """Wrapped subject keys as they are stored, with the epoch they were wrapped in."""
        return list(zip(self.key_of, self.key_kind, repeat(self.epoch), map(bytearray, self.wrapped)))

    def without(self, doomed: set[int]) -> "Portion":
        """The portion without these people; records of provenance stay."""
        gone, kept = self._part(lambda hcp: hcp in doomed), self._part(lambda hcp: hcp not in doomed)
        kept.provenances, kept.sums = self.provenances, dict(self.sums)
        for table, rows, _ in gone.rows():
            if rows:
                kept.sums[table.name] -= sum(row_number(table.name, row) for row in rows)
        return kept

    def _part(self, wanted: Any) -> "Portion":
        part = Portion(self.batch, self.created, self.origin, self.epoch, note=self.note)
        part.event_shapes, part.state_shapes = self.event_shapes, self.state_shapes
        for of, names in _GROUPS.items():
            _copy(self, part, of, names, wanted)
        for section, columns in self.sections.items():
            part.sections[section] = SealedColumns()
            _copy(columns, part.sections[section], "hcp", ("sequence", "digest", "sealed"), wanted)
        for of, names in _INDEX_GROUPS.items():
            _copy(self.index, part.index, of, names, wanted)
        return part

    def encode(self) -> bytes:
        """One message."""
        blobs: list[bytes] = [*self.wrapped, *self.index.tag]
        sections = []
        for section, c in self.sections.items():
            sections.append([section.value, c.hcp, c.sequence, [len(sealed) for sealed in c.sealed]])
            blobs += c.digest
            blobs += c.sealed
        blobs += map(pack, self.sums.values())
        head = {
            "plain": [getattr(self, name) for name in _PLAIN],
            "index": [getattr(self.index, name) for name in _INDEX],
            "sections": sections,
            "sums": list(self.sums),
            "shapes": [list(self.event_shapes.items()), list(self.state_shapes.items())],
        }
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode()
        return b"".join((len(text).to_bytes(_LENGTH), text, *blobs))

    @classmethod
    def decode(cls, message: bytes) -> "Portion":
        """Inverse of :meth:`encode`. ValueError, KeyError, TypeError or IndexError for anything else."""
        at = _LENGTH + int.from_bytes(message[:_LENGTH])
        head = json.loads(message[_LENGTH:at])
        portion = cls(0, 0, "", 0)
        for name, value in zip(_PLAIN, head["plain"], strict=True):
            setattr(portion, name, value)
        for name, value in zip(_INDEX, head["index"], strict=True):
            setattr(portion.index, name, value)

        def cut(lengths: Sequence[int]) -> list[bytes]:
            nonlocal at
            found = []
            for length in lengths:
                found.append(message[at : at + length])
                at += length
            return found

        portion.wrapped = cut([_WRAPPED] * len(portion.key_of))
        portion.index.tag = cut([_TAG] * len(portion.index.tag_of))
        for name, hcp, sequence, lengths in head["sections"]:
            digest = cut([_DIGEST] * len(hcp))
            portion.sections[Section(name)] = SealedColumns(hcp, sequence, digest, cut(lengths))
        for table in head["sums"]:
            portion.sums[table] = int.from_bytes(cut([BYTES])[0])
        portion.event_shapes, portion.state_shapes = map(dict, head["shapes"])
        if at != len(message):
            raise ValueError("not a portion")
        return portion


#: Columns that belong together, by the one that names the person.
_GROUPS = {
    "hcp": ("hcp_id", "blocks"),
    "key_of": ("key_kind", "wrapped"),
    "event_of": ("event_no", "event_id", "event_shape", "event_acted", "event_received"),
    "state_of": ("state_event", "state_shape", "state_since", "state_ask"),
}
_INDEX_GROUPS = {
    "hcp": (
        "name", "hospital", "department", "title", "region", "name_public", "sort", "name_tokens", "hospital_tokens",
        "department_tokens",
    ),
    "reading_of": ("reading",),
    "tag_of": ("kind", "tag"),
}  # fmt: skip
_RAW = frozenset({"wrapped", "sections", "index", "sums", "event_shapes", "state_shapes"})
_PLAIN = tuple(f.name for f in fields(Portion) if f.name not in _RAW)
_INDEX = tuple(f.name for f in fields(IndexColumns) if f.name != "tag")


def event_shape(row: Sequence[Any]) -> Sequence[Any]:
    """What events of one kind of answer share: all columns but number, person, id, sequence and the two days; none of
    them was presented a notice."""
    return (*row[3:8], *row[11:-1])


def state_shape(row: Sequence[Any]) -> Sequence[Any]:
    """What states of one kind of answer share: all columns but the person, the deciding event and the two instants."""
    return (row[0], *row[2:5], *row[6:8], row[10])


def _copy(source: Any, target: Any, of: str, names: tuple[str, ...], wanted: Any) -> None:
    people = getattr(source, of)
    places = [place for place, hcp in enumerate(people) if wanted(hcp)]
    for name in (of, *names):
        column = getattr(source, name)
        setattr(target, name, [column[place] for place in places])
