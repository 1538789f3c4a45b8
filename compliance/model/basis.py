"""Legal bases other than consent, with what each must rest on; memos of necessity; the register of activities.

Ids, codes and words about the company only: parties of a contract are pseudonymous ids and names of legal persons.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from compliance.model.access import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisSupport:
    """What a basis rests on; which parts are needed depends on the basis (``policy.registered``).

    ``reasons``: (field key, why the field is necessary). ``parties``: pseudonymous ids and names of legal persons.
    ``duty``: key of the list of statutory duties. ``capture_sha256``: hash of the sealed capture of a public source.
    """

    contract: str = ""
    parties: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    duty: str = ""
    source: str = ""
    captured_on: date | None = None
    published_for: str = ""
    our_purpose: str = ""
    capture_sha256: str = ""
    evidence_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisRecord:
    """One registered basis of one person and purpose. Later rows replace earlier ones; nothing is deleted."""

    basis_id: str
    hcp_id: str
    purpose: Purpose
    basis: str
    reference: str
    valid_until: datetime | None
    recorded_at: datetime
    recorded_by: str
    support: BasisSupport = field(default_factory=BasisSupport)
    ended_at: datetime | None = None
    ended_by: str = ""
    end_reason: str = ""

    def in_force(self, at: datetime) -> bool:
        """Whether it carries anything at ``at``."""
        return (self.valid_until is None or at < self.valid_until) and not self.over(at)

    def over(self, at: datetime) -> bool:
        """Whether it was ended before or at ``at``."""
        return self.ended_at is not None and self.ended_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """A necessity memo 必要性说明 of the privacy officer: waives one separate consent on another basis (REQ-025).

    ``hcp_id`` "" stands for everybody. ``item`` is the separate consent item it waives.
    """

    memo_id: str
    item: str
    hcp_id: str
    necessity: str
    recorded_at: datetime
    recorded_by: str
    valid_until: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""

    def in_force(self, at: datetime) -> bool:
        """Whether it waives anything at ``at``."""
        runs = self.valid_until is None or at < self.valid_until
        return runs and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One version of a processing activity 处理活动: exactly one basis for its purpose; ``until`` the next version."""

    activity_id: str
    version: int
    name: str
    purpose: Purpose
    basis: str
    reference: str
    recorded_at: datetime
    recorded_by: str
    until: datetime | None = None
