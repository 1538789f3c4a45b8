"""Stacks 文件摞 of consent forms on their way in: scanned, imported from a list, or taken from an e-consent log.

A stack holds forms; a form is what one person answered on one notice, with its evidence. Nothing of a form opens
anything before a second person has accepted it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compliance.model.form_reading import FormReading


class StackKind(StrEnum):
    """Where the forms of a stack come from."""

    SCAN = "scan"
    IMPORT = "import"
    LOG = "log"


class StackState(StrEnum):
    """Life of a stack."""

    FILLING = "filling"  # files are being split; its forms are nobody's work yet
    OPEN = "open"
    SAMPLING = "sampling"  # a sample is drawn and being looked at
    RETURNED = "returned"  # a serious defect sent the whole stack back: every form by eye
    CLOSED = "closed"
    UNDONE = "undone"


class FormState(StrEnum):
    """Where a form stands."""

    SPLIT = "split"  # cut out; whose it is, nobody has said yet
    TO_CHECK = "to_check"  # a person is assigned; it waits for the second person
    ACCEPTED = "accepted"
    RETURNED = "returned"  # with a reason, to whoever can mend it
    DONE = "done"  # returned, and the paper given back or scanned again


class Filed(StrEnum):
    """By what a form found its person."""

    CODE = "code"  # the printed QR
    INDEX = "index"  # the list that came with the stack
    HAND = "hand"
    LIST = "list"  # an import or a log names the person itself


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnswer:
    """One item of a form. ``answer`` is what a list or log claims, "" where only eyes can tell; ``event_id`` the act
    already recorded for it."""

    item: str
    answer: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of a stack. ``place`` is its position; ``pages`` were found of ``expected`` (0: not known);
    ``source_pages`` tells where they lay: (file number, page number), both from 1. ``findings`` are codes."""

    form_id: str
    stack_id: str
    place: int
    state: FormState
    filed: Filed | None = None
    reason: str = ""
    hcp_id: str | None = None
    evidence_id: str | None = None
    sha256: str = ""
    media_type: str = ""
    notice: str | None = None
    serial: str = ""
    pages: int = 0
    expected: int = 0
    answers: tuple[FormAnswer, ...] = ()
    presented_on: str = ""  # ISO day or instant, as claimed
    acted_on: str = ""
    method: str = "paper"
    place_of_original: str = ""
    source_pages: tuple[tuple[int, int], ...] = ()
    findings: tuple[str, ...] = ()
    sampled: bool = False
    assigned_by: str = ""  # who said whose it is; cannot accept it
    decided_by: str = ""
    decided_at: datetime | None = None
    reading: FormReading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One stack. ``files`` are (SHA-256, pages) in the order read; ``origin`` says who exported a log, and from what.

    ``uploaders`` brought evidence into it and can therefore accept nothing of it. ``seed`` and ``sample`` belong to
    the last sample drawn.
    """

    stack_id: str
    name: str
    kind: StackKind
    state: StackState
    opened_at: datetime
    opened_by: str
    uploaders: tuple[str, ...] = ()
    files: tuple[tuple[str, int], ...] = ()
    origin: str = ""
    place_of_original: str = ""
    offered_on: date | None = None  # the day offered at the desk as the one written on the forms; never preset
    seed: str = ""
    sample: int = 0
    counts: tuple[tuple[str, int], ...] = ()
