"""What a rep's computer has to tell the office: notes, the documents that prove them, and the returns they went with.

Rules: (1) a note stays until a pack says what became of it, and goes with every return until then: a file that is lost
loses nothing; (2) its document is sealed like all evidence and deleted here as soon as the office has answered, also
where it took nothing: a rep's computer keeps no proof of what was not entered; (3) what closes takes effect in this
vault at once: :func:`closed_items`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.audit.entry import canonical
from compliance.model.returned import PROTECTIVE, CapturedAct, Note, NoteKind, act_from_json
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.rep.rep_tables import NOTE, RETURN_MADE
from compliance.vault.unit_of_work import Snapshot, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNote:
    """A note and where it stands. ``returned`` is the return it first went out with, 0 before; ``outcome`` what the
    office said of it, "" before."""

    note: Note
    document: str
    returned: int
    outcome: str

    @property
    def act(self) -> CapturedAct | None:
        """The act it tells of, None for any other kind."""
        return act_from_json(self.note.body) if self.note.kind is NoteKind.ACT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReturn:
    """A return file that was written."""

    sequence: int
    made_at: datetime
    sha256: str
    pack: int
    notes: int


def add(uow: UnitOfWork, note: Note, *, document: str = "") -> None:
    """Keep a note for the office."""
    body = canonical(dict(note.body)).decode()
    row = (note.note_id, str(note.kind), micros(note.at), body, note.evidence, note.media_type, document, 0, "")
    uow.insert(NOTE, row)


def all_notes(reader: UnitOfWork | Snapshot) -> list[KeptNote]:
    """All notes in the order they were made."""
    return [_kept(row) for row in reader.select(NOTE, "ORDER BY at, note_id")]


def waiting(reader: UnitOfWork | Snapshot) -> list[KeptNote]:
    """Notes of which the office has said nothing yet."""
    return [_kept(row) for row in reader.select(NOTE, "WHERE outcome = '' ORDER BY at, note_id")]


def sent_with(uow: UnitOfWork, notes: Iterable[KeptNote], made: MadeReturn) -> None:
    """These notes are in that return."""
    for kept in notes:
        if not kept.returned:
            uow.put(NOTE, _row(kept, returned=made.sequence))
    uow.insert(RETURN_MADE, (made.sequence, micros(made.made_at), made.sha256, made.pack, made.notes))


def confirm(uow: UnitOfWork, outcomes: Iterable[tuple[str, str]]) -> int:
    """What the office says became of notes; how many were new. Their documents go."""
    confirmed = 0
    for note_id, outcome in outcomes:
        row = uow.get(NOTE, note_id)
        if row is None or row[8] or not outcome:
            continue
        kept = _kept(row)
        uow.put(NOTE, _row(kept, outcome=outcome, document=""))
        if kept.document and not uow.select(NOTE, "WHERE document = ?", (kept.document,)):
            uow.evidence.remove([kept.document])
        confirmed += 1
    return confirmed


def returns(reader: UnitOfWork | Snapshot) -> list[MadeReturn]:
    """Returns made so far, oldest first."""
    rows = reader.select(RETURN_MADE, "ORDER BY sequence")
    return [
        MadeReturn(sequence=row[0], made_at=from_micros(row[1]), sha256=row[2], pack=row[3], notes=row[4])
        for row in rows
    ]


def closed_items(reader: UnitOfWork | Snapshot, issued: datetime) -> dict[str, frozenset[str]]:
    """Person → items closed here since the pack was made (rule 3). Only the office opens anything again."""
    found: dict[str, set[str]] = {}
    for row in reader.select(NOTE, "WHERE kind = 'act' AND at >= ?", (micros(issued),)):
        act = act_from_json(json.loads(row[3]))
        if act.answer in PROTECTIVE:
            found.setdefault(act.hcp_id, set()).add(act.item)
    return {hcp_id: frozenset(items) for hcp_id, items in found.items()}


def _kept(row: tuple[Any, ...]) -> KeptNote:
    note = Note(
        note_id=row[0],
        kind=NoteKind(row[1]),
        at=from_micros(row[2]),
        body=json.loads(row[3]),
        evidence=row[4],
        media_type=row[5],
    )
    return KeptNote(note=note, document=row[6], returned=row[7], outcome=row[8])


def _row(
    kept: KeptNote, *, returned: int | None = None, outcome: str | None = None, document: str | None = None
) -> tuple[Any, ...]:
    note = kept.note
    return (
        note.note_id,
        str(note.kind),
        micros(note.at),
        canonical(dict(note.body)).decode(),
        note.evidence,
        note.media_type,
        kept.document if document is None else document,
        kept.returned if returned is None else returned,
        kept.outcome if outcome is None else outcome,
    )
