"""Findings of a compliance audit (REQ-107) and holds for an inspection (REQ-108).

Words about the company only: a finding names an item of the Audit Guide, a user and documents by hash, never a person
whose data is kept; a hold names people by pseudonym.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class FindingState(StrEnum):
    """How far a finding is."""

    OPEN = "open"  # nobody has answered it
    ANSWERED = "answered"  # put right, says its owner; a second person looks
    CLOSED = "closed"


class Risk(StrEnum):
    """How much a finding weighs."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """Something an audit found, with who puts it right until when, and what proves that it is right.

    ``due`` and ``report_due`` are last days. ``ordered``: of an audit an authority ordered (AUD 5), whose report on the
    rectification is due 15 working days after ``rectified_on`` (AUD 11). ``evidence`` are SHA-256 of files.
    """

    finding_id: str
    title: str
    item: str
    risk: Risk
    ordered: bool
    opened_at: datetime
    opened_by: str
    owner: str
    due: date
    action: str = ""
    evidence: tuple[str, ...] = ()
    reference: str = ""
    rectified_on: date | None = None
    report_due: date | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    reported_on: date | None = None
    closed_at: datetime | None = None
    closed_by: str = ""

    @property
    def state(self) -> FindingState:
        """How far it is."""
        if self.closed_at is not None:
            return FindingState.CLOSED
        return FindingState.ANSWERED if self.answered_at is not None else FindingState.OPEN

    @property
    def proven(self) -> bool:
        """Whether anything shows that it was put right."""
        return bool(self.evidence or self.reference)

    @property
    def next_due(self) -> date:
        """The day that counts now: of the report once an ordered finding is put right, else of the finding."""
        return self.report_due or self.due

    def days_left(self, today: date) -> int:
        """Days until the day that counts; below zero when it is over."""
        return (self.next_due - today).days


class HoldGround(StrEnum):
    """Why something is not deleted."""

    INSPECTION = "inspection"  # an authority asked (PIPL 63); the business goes on
    STATUTE = "statute"  # a law or regulation sets a longer period (PIPL 47(2)); storage and security only
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionHold:
    """Nothing of ``people`` is deleted while it stands (PIPL 63); none means everybody. ``ends_at`` is exclusive.

    A hold by statute or dispute (PIPL 47(2), REQ-092) names its people, the ``authority`` is the statute or court, and
    ``approver`` the user who approved it; what it keeps is for storage and security only.
    """

    hold_id: str
    authority: str
    reason: str
    people: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    set_by: str
    set_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lift_reason: str = ""
    ground: HoldGround = HoldGround.INSPECTION
    approver: str = ""

    def closes(self, hcp_id: str) -> bool:
        """Whether it leaves storage and security only."""
        return self.ground is not HoldGround.INSPECTION and hcp_id in self.people

    def stands(self, at: datetime) -> bool:
        """Whether it holds anything at ``at``."""
        return self.starts_at <= at < self.ends_at and (self.lifted_at is None or at < self.lifted_at)

    def covers(self, hcp_id: str) -> bool:
        """Whether a person is in its scope."""
        return not self.people or hcp_id in self.people
