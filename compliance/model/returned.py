"""What a rep's computer brings back to the office, and what a pack tells it of that: the vocabulary of return files.

Rules: (1) everything that travels is a *note* with an id of its own, made once, so that a file sent twice brings
nothing twice; (2) a note names people by pseudonymous id and holds codes and times, never a value of a profile;
(3) what a note says is read back strictly, kinds included: ValueError, KeyError, TypeError or AttributeError for
anything else; a text in the place of a number, or a list in that of a text, is no note.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from compliance.clock import from_stamp, stamp
from compliance.model.consent import Method, Precision
from compliance.model.ids import is_hcp_id

_ID = re.compile(r"N-[A-Z2-7]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEXTS = ("item", "notice", "identity_check", "lang", "place")


class NoteKind(StrEnum):
    """What a note is about."""

    ACT = "act"  # somebody was shown a notice, answered, or withdrew
    PAPER = "paper"  # a day plan was printed
    PAPER_END = "paper_end"  # a paper of the office was given back, destroyed or lost
    PACK_GONE = "pack_gone"  # a pack is no longer on this computer


class Captured(StrEnum):
    """What a person did in front of a rep."""

    PRESENTED = "presented"
    GIVEN = "given"
    REFUSED = "refused"
    DEFERRED = "deferred"
    NO_ANSWER = "no_answer"
    WITHDRAWN = "withdrawn"


#: What closes. It is kept and carried whatever else is wrong (PIPL 15, 16).
PROTECTIVE = frozenset({Captured.REFUSED, Captured.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedAct:
    """One act of one person on one item, as the rep entered it; ``acted_at`` of a withdrawal is its receipt. An empty
    ``item``, of a withdrawal only, means everything."""

    hcp_id: str
    item: str
    answer: Captured
    acted_at: datetime
    method: Method = Method.PAPER
    notice: str = ""
    presented_at: datetime | None = None
    identity_check: str = ""
    asked_by_hcp: bool = False
    ask_again_from: date | None = None
    valid_until: date | None = None
    precision: Precision = Precision.SECOND
    lang: str = "zh"
    place: str = ""
    pages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to tell the office. ``evidence`` is the SHA-256 of its document, "" without one."""

    note_id: str
    kind: NoteKind
    at: datetime
    body: Mapping[str, Any]
    evidence: str = ""
    media_type: str = ""

    def __repr__(self) -> str:
        return f"Note({self.note_id}, {self.kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenItem:
    """One item of a notice in the words of one language."""

    item: str
    separate: bool
    text: str
    benefit: str
    if_refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackOffice:
    """What the office tells a rep's computer beside people: where returns go, what is asked back, what has arrived.

    ``secret`` proves that a return was made by whoever opened this pack; ``confirmed`` are (note, outcome);
    ``spoken`` are (notice, language, title, items) for asking; ``returns_to`` is "" where no office can be reached.
    """

    returns_to: str = ""
    secret: str = ""
    recalls: tuple[str, ...] = ()
    confirmed: tuple[tuple[str, str], ...] = ()
    spoken: tuple[tuple[str, str, str, tuple[SpokenItem, ...]], ...] = field(default_factory=tuple)

    def __repr__(self) -> str:
        return f"PackOffice({len(self.recalls)} recalls, {len(self.confirmed)} confirmed)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnManifest:
    """What the rep's device signed. ``store`` is the rep's vault, ``vault`` the office's; ``mac`` binds the device's
    key to the pack it opened."""

    vault: str
    store: str
    sandbox: bool
    rep: str
    recipient: str
    device: bytes
    mac: str
    pack: int
    pack_sha256: str
    sequence: int
    previous_sha256: str
    made: datetime
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedReturn:
    """A return that is whole and signed by the device it names. ``documents``: SHA-256 → (kind, bytes)."""

    manifest: ReturnManifest
    notes: tuple[Note, ...]
    documents: Mapping[str, tuple[str, bytes]]
    sha256: str

    def __repr__(self) -> str:
        return f"OpenedReturn({self.manifest.sequence}, {len(self.notes)} notes)"


def act_to_json(act: CapturedAct) -> dict[str, Any]:
    """JSON of an act."""
    return {
        "hcp": act.hcp_id,
        "item": act.item,
        "answer": str(act.answer),
        "acted_at": stamp(act.acted_at),
        "method": str(act.method),
        "notice": act.notice,
        "presented_at": stamp(act.presented_at) if act.presented_at else "",
        "identity_check": act.identity_check,
        "asked_by_hcp": act.asked_by_hcp,
        "ask_again_from": act.ask_again_from.isoformat() if act.ask_again_from else "",
        "valid_until": act.valid_until.isoformat() if act.valid_until else "",
        "precision": str(act.precision),
        "lang": act.lang,
        "place": act.place,
        "pages": act.pages,
    }


def act_from_json(body: Mapping[str, Any]) -> CapturedAct:
    """Inverse of :func:`act_to_json`."""
    act = CapturedAct(
        hcp_id=body["hcp"],
        item=body["item"],
        answer=Captured(body["answer"]),
        acted_at=from_stamp(body["acted_at"]),
        method=Method(body["method"]),
        notice=body["notice"],
        presented_at=from_stamp(body["presented_at"]) if body["presented_at"] else None,
        identity_check=body["identity_check"],
        asked_by_hcp=body["asked_by_hcp"],
        ask_again_from=date.fromisoformat(body["ask_again_from"]) if body["ask_again_from"] else None,
        valid_until=date.fromisoformat(body["valid_until"]) if body["valid_until"] else None,
        precision=Precision(body["precision"]),
        lang=body["lang"],
        place=body["place"],
        pages=body["pages"],
    )
    whole = all(type(body[key]) is str for key in _TEXTS) and type(act.pages) is int and type(act.asked_by_hcp) is bool
    if not whole or act_to_json(act) != dict(body) or not is_hcp_id(act.hcp_id):
        raise ValueError("not an act")
    return act


def note_to_json(note: Note) -> dict[str, Any]:
    """JSON of a note."""
    return {
        "note": note.note_id,
        "kind": str(note.kind),
        "at": stamp(note.at),
        "body": dict(note.body),
        "evidence": note.evidence,
        "media_type": note.media_type,
    }


def note_from_json(item: Mapping[str, Any]) -> Note:
    """Inverse of :func:`note_to_json`."""
    note = Note(
        note_id=item["note"],
        kind=NoteKind(item["kind"]),
        at=from_stamp(item["at"]),
        body=item["body"],
        evidence=item["evidence"],
        media_type=item["media_type"],
    )
    if note_to_json(note) != dict(item) or not _ID.fullmatch(note.note_id) or type(note.media_type) is not str:
        raise ValueError("not a note")
    if note.evidence and not _DIGEST.fullmatch(note.evidence):
        raise ValueError("not a digest")
    if note.kind is NoteKind.ACT:
        act_from_json(note.body)
    return note
