"""Rows of the registers: people's records, users, reps, sources, batches, cases, tasks, recipients, requests."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compliance.model.access import Block, Purpose, RecordStatus, Role
from compliance.model.profile import CrossBorder, SourceClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Metadata of one person; names and the like are in sealed sections."""

    hcp: int
    hcp_id: str
    status: RecordStatus
    blocks: frozenset[Block]
    created_at: datetime
    batch: str | None
    cross_border: CrossBorder
    adm_optout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A named user of this vault."""

    name: str
    role: Role
    added_at: datetime
    removed_at: datetime | None
    ed25519: bytes
    x25519: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A registered rep or MSL: works in a vault of their own, made from packs."""

    name: str
    role: Role
    employee_no: str
    territory: str = ""
    recipient: str = ""  # age1…
    trained_on: date | None = None
    filing_no: str = ""
    filing_checked_on: date | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Source register 来源登记: what an import may name."""

    code: str
    name: str
    provenance: SourceClass
    status: str  # active | quarantined | refused
    grade: str  # A-D
    basis_proof: str  # evidence id or ""
    reviewed_on: date | None
    registered_at: datetime
    scope: str = ""  # which data, of whom, for which uses the proof speaks (R05)
    citation: str = ""  # of a public source: address or publication (R06)
    cited_on: date | None = None
    switched_on: date | None = None  # of a bought source: since when it may be used at all
    switched_by: str = ""


class BatchState(StrEnum):
    """Life of an import."""

    STAGING = "staging"
    PUBLISHED = "published"
    UNDONE = "undone"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One import."""

    batch: str
    source: str
    state: BatchState
    file_sha256: str
    started_at: datetime
    published_at: datetime | None
    actor: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case that gives ``rights`` its reason: request, evidence check, erasure."""

    case_id: str
    hcp_id: str
    kind: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that waits for a person."""

    task_id: str
    kind: str
    hcp_id: str
    subject: str  # id or code, never a value
    due: datetime | None
    opened_at: datetime
    done_at: datetime | None
    done_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Impact assessment 个人信息保护影响评估 on file (PIPL 55, 56)."""

    assessment_id: str
    purpose: str  # purpose code or "overseas:RECIPIENT"
    title: str
    approved_on: date
    valid_until: date | None
    author: str
    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Overseas recipient 境外接收方 with the six items of PIPL 39."""

    recipient_id: str
    legal_name: str
    country: str
    contact: str
    purpose: str
    method: str
    kinds: tuple[str, ...]
    rights_channel: str
    registered_at: datetime


class RequestState(StrEnum):
    """Where an act stands that takes two. ``approved`` is signed by two and carried out."""

    WAITING = "waiting"
    SIGNED = "signed"  # approved, not carried out yet
    APPROVED = "approved"
    REJECTED = "rejected"


#: Requests that somebody can still decide or carry out.
OPEN_REQUESTS = frozenset({RequestState.WAITING, RequestState.SIGNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRequest:
    """An act that waits for a second person's signature over ``canonical``."""

    request_id: str
    action: str
    canonical: bytes
    requested_by: str
    requested_at: datetime
    state: RequestState
    decided_by: str
    not_before: datetime | None


class PaperKind(StrEnum):
    """Papers in the field, by the letter their serial begins with."""

    SHEET = "sheet"
    DAY_PLAN = "day_plan"
    DO_NOT_CONTACT = "do_not_contact"


#: Kind → letter of its serials.
PAPER_LETTERS = {PaperKind.SHEET: "S", PaperKind.DAY_PLAN: "D", PaperKind.DO_NOT_CONTACT: "N"}


class PaperEnd(StrEnum):
    """How a paper ended, as it was reported."""

    RETURNED = "returned"
    DESTROYED = "destroyed"
    LOST = "lost"


class PaperState(StrEnum):
    """Where a paper stands: in use, to be given back, or reported gone."""

    OUT = "out"
    EXPIRED = "expired"
    RECALLED = "recalled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PaperPerson:
    """Somebody on a paper about several. ``purpose`` None: named as not to be contacted, nothing is shown."""

    hcp_id: str
    purpose: Purpose | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRecord:
    """An issued paper: a sheet about one person, or a day plan or list about several (``people``, ``hcp_id`` "")."""

    serial: str
    hcp_id: str
    rep: str
    purpose: Purpose
    issued_at: datetime
    expires_at: datetime
    sha256: str
    recalled_at: datetime | None
    people: tuple[PaperPerson, ...] = ()
    ended_at: datetime | None = None
    ended_how: PaperEnd | None = None
    reported_by: str = ""

    @property
    def kind(self) -> PaperKind:
        """What kind of paper it is."""
        return next((k for k, letter in PAPER_LETTERS.items() if self.serial.startswith(letter)), PaperKind.SHEET)

    @property
    def about(self) -> tuple[str, ...]:
        """Everybody it names."""
        return tuple(person.hcp_id for person in self.people) or (self.hcp_id,)

    def shows(self, hcp_id: str) -> Purpose | None:
        """The purpose a person is shown for, None when they are at most named."""
        if not self.people:
            return self.purpose if hcp_id == self.hcp_id else None
        return next((person.purpose for person in self.people if person.hcp_id == hcp_id), None)

    def state(self, at: datetime) -> PaperState:
        """Where it stands at ``at``."""
        if self.ended_at is not None:
            return PaperState.ENDED
        if self.recalled_at is not None:
            return PaperState.RECALLED
        return PaperState.EXPIRED if at >= self.expires_at else PaperState.OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRecord:
    """An issued pack 代表离线包."""

    rep: str
    sequence: int
    issued_at: datetime
    expires_at: datetime
    sha256: str
    people: int
    previous_sha256: str
