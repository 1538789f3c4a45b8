"""Return files received from reps, and what became of each note in them.

Rules: (1) a note has one outcome, the first; one that comes again is counted and left; (2) the device that signed a
rep's first return is theirs until they are registered with another key; (3) pseudonyms and codes only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.returned import NoteKind
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.registers.register import Register

RETURN = Table.of(
    "rep_return",
    "rep TEXT NOT NULL",
    "store TEXT NOT NULL",
    "sequence INTEGER NOT NULL",
    "recipient TEXT NOT NULL",
    "device BLOB NOT NULL",
    "sha256 TEXT NOT NULL",
    "pack INTEGER NOT NULL",
    "made_at INTEGER NOT NULL",
    "received_at INTEGER NOT NULL",
    "received_by TEXT NOT NULL",
    "notes INTEGER NOT NULL",
    keys=3,
)
RETURNED_NOTE = Table.of(
    "returned_note",
    "note_id TEXT NOT NULL",
    "rep TEXT NOT NULL",
    "store TEXT NOT NULL",
    "sequence INTEGER NOT NULL",
    "kind TEXT NOT NULL",
    "subject TEXT NOT NULL",
    "item TEXT NOT NULL",
    "answer TEXT NOT NULL",
    "outcome TEXT NOT NULL",
    "event_id TEXT NOT NULL",
    index=("rep",),
)
TABLES: tuple[Table, ...] = (RETURN, RETURNED_NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedReturn:
    """A return that was taken in."""

    rep: str
    store: str
    sequence: int
    recipient: str
    device: bytes
    sha256: str
    pack: int
    made_at: datetime
    received_at: datetime
    received_by: str
    notes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedNote:
    """What became of a note. ``subject`` is a person, a serial, or the number of a pack; ``outcome`` a code."""

    note_id: str
    rep: str
    store: str
    sequence: int
    kind: NoteKind
    subject: str
    item: str
    answer: str
    outcome: str
    event_id: str


class Returns(Register):
    """Returns and their notes."""

    def add(self, made: ReceivedReturn) -> None:
        """A return was taken in."""
        self._tx.insert(
            RETURN,
            (
                made.rep,
                made.store,
                made.sequence,
                made.recipient,
                made.device,
                made.sha256,
                made.pack,
                micros(made.made_at),
                micros(made.received_at),
                made.received_by,
                made.notes,
            ),
        )

    def last(self, rep: str, store: str) -> ReceivedReturn | None:
        """The newest return of a rep's store."""
        rows = self._tx.select(RETURN, "WHERE rep = ? AND store = ? ORDER BY sequence DESC LIMIT 1", (rep, store))
        return _return(rows[0]) if rows else None

    def device(self, rep: str, recipient: str) -> bytes | None:
        """The device that signed the first return under this key."""
        rows = self._tx.select(
            RETURN, "WHERE rep = ? AND recipient = ? ORDER BY received_at, sequence LIMIT 1", (rep, recipient)
        )
        return _return(rows[0]).device if rows else None

    def all(self, rep: str = "") -> list[ReceivedReturn]:
        """Returns, newest first."""
        where, values = ("WHERE rep = ? ", (rep,)) if rep else ("", ())
        return [
            _return(row) for row in self._tx.select(RETURN, f"{where}ORDER BY received_at DESC, sequence DESC", values)
        ]

    def note(self, note_id: str) -> ReceivedNote | None:
        """What became of one note."""
        row = self._tx.get(RETURNED_NOTE, note_id)
        return _note(row) if row else None

    def add_note(self, note: ReceivedNote) -> None:
        """What became of a note."""
        self._tx.insert(
            RETURNED_NOTE,
            (
                note.note_id,
                note.rep,
                note.store,
                note.sequence,
                str(note.kind),
                note.subject,
                note.item,
                note.answer,
                note.outcome,
                note.event_id,
            ),
        )

    def notes_of(self, rep: str) -> list[ReceivedNote]:
        """All notes of a rep, in the order of their returns."""
        return [
            _note(row) for row in self._tx.select(RETURNED_NOTE, "WHERE rep = ? ORDER BY sequence, note_id", (rep,))
        ]


def _return(row: tuple[Any, ...]) -> ReceivedReturn:
    return ReceivedReturn(
        rep=row[0],
        store=row[1],
        sequence=row[2],
        recipient=row[3],
        device=row[4],
        sha256=row[5],
        pack=row[6],
        made_at=from_micros(row[7]),
        received_at=from_micros(row[8]),
        received_by=row[9],
        notes=row[10],
    )


def _note(row: tuple[Any, ...]) -> ReceivedNote:
    return ReceivedNote(
        note_id=row[0],
        rep=row[1],
        store=row[2],
        sequence=row[3],
        kind=NoteKind(row[4]),
        subject=row[5],
        item=row[6],
        answer=row[7],
        outcome=row[8],
        event_id=row[9],
    )
