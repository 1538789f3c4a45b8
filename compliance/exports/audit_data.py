"""Figures of an audit report: counts, codes, pseudonyms, hashes. No name, phone or other value of a person.

Times are aware instants; durations are seconds; hashes are lower-case hexadecimal. What the program does not know is
None or empty and is printed as "not recorded", never as zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from compliance.model.access import Purpose, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeCount:
    """Consent items of one purpose by what stands behind them; ``checked`` of the proven were checked by a second
    person in the period.
    """

    purpose: Purpose
    proven: int = 0
    checked: int = 0
    pending: int = 0
    unproven: int = 0
    withdrawn: int = 0
    refused: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class ViewCount:
    """Profiles opened and lists shown by one role for one purpose, and how often the answer was no."""

    role: Role
    purpose: Purpose
    shown: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """One import with the hash of the file as it came."""

    batch: str
    source: str
    at: datetime
    file_sha256: str
    read: int
    accepted: int
    quarantined: int
    rejected: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class ThresholdLine:
    """People sent abroad this year against one threshold 申报门槛. ``rule`` names it in words of the rule set."""

    rule: str
    count: int
    limit: int


@dataclass(frozen=True, slots=True)
class BeforeProofLine:
    """People seen before proof, by the rule that allowed it (``card``, ``transition``, ``case``)."""

    rule: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something open: code, what, who, until when."""

    finding: str
    what: str
    owner: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsLine:
    """Requests of one kind: how many, how long, how many late or refused. Days."""

    kind: str
    count: int
    median_days: float | None = None
    longest_days: float | None = None
    overdue: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLine:
    """A line of a register: recipient, impact assessment, notice version or instrument."""

    key: str
    title: str
    since: date | None = None
    until: date | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One log entry as printed: pseudonyms and codes."""

    index: int
    at: datetime
    kind: str
    actor: str
    role: str
    purpose: str = ""
    hcps: tuple[str, ...] = ()
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReportData:
    """Everything a report says. ``log_intact`` is the result of the check made for this report; ``log_problem`` names
    the first finding. ``scope`` is words ("whole store", a pseudonym, a user's name).
    """

    report_id: str
    handler: str
    credit_code: str
    vault_id: str
    scope: str
    period_from: datetime
    period_to: datetime
    made_at: datetime
    made_by: str
    made_by_role: Role
    system_version: str
    rule_set_version: str
    rule_set_digest: str
    people: int
    people_by_state: tuple[tuple[str, int], ...] = ()
    purposes: tuple[PurposeCount, ...] = ()
    withdrawals: int = 0
    sample_checked: int = 0  # open consents that rest on a sample of their stack, not on a person's eyes
    slowest_withdrawal_seconds: int | None = None
    slowest_withdrawal_event: str = ""
    before_proof: tuple[BeforeProofLine, ...] = ()
    transition_until: datetime | None = None
    views: tuple[ViewCount, ...] = ()
    refusals_by_reason: tuple[tuple[str, int], ...] = ()
    reveals: int = 0
    exports: int = 0
    sheets: int = 0
    packs: int = 0
    imports: tuple[ImportLine, ...] = ()
    systems_outside: tuple[str, ...] = ()
    thresholds: tuple[ThresholdLine, ...] = ()
    transfers: int = 0
    rights: tuple[RightsLine, ...] = ()
    recipients: tuple[RegisterLine, ...] = ()
    assessments: tuple[RegisterLine, ...] = ()
    notices: tuple[RegisterLine, ...] = ()
    instruments: tuple[RegisterLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    log_intact: bool = True
    log_problem: str = ""
    log_gaps: int = 0
    clock_anomalies: int = 0
    failed_unlocks: int = 0
    log_from: int
    log_to: int
    log_size: int
    root: str
    checkpoint_note: str
    key_fingerprint: str
    entries: Sequence[EntryLine] = field(default=(), repr=False)
    sandbox: bool = False
