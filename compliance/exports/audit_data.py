"""Figures of an audit report: counts, codes, pseudonyms, hashes. No name, phone or other value of a person.

Times are aware instants; durations are seconds; hashes are lower-case hexadecimal. What the program does not know is
None or empty and is printed as "not recorded", never as zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from compliance.model.access import Purpose, Role


class ReportKind(StrEnum):
    """What a report is about."""

    STORE = "store"  # everything, for a period
    YEAR = "year"  # the yearly compliance audit by the items of the Audit Guide
    PERSON = "person"
    USER = "user"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeCount:
    """Consent items of one purpose by what stands behind them; ``sampled`` of the ``proven`` rest on a sample of their
    stack, not on a person's eyes.
    """

    purpose: Purpose
    proven: int = 0
    sampled: int = 0
    pending: int = 0
    unproven: int = 0
    withdrawn: int = 0
    refused: int = 0
    expired: int = 0
    void: int = 0

    @property
    def missing(self) -> int:
        """Without proof: they open nothing."""
        return self.pending + self.unproven


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
    """People sent abroad this year against one threshold 申报门槛. ``rule`` names it in words of the rule set, ``kind``
    says whose count it is (``ordinary``, ``sensitive``)."""

    rule: str
    count: int
    limit: int
    kind: str = "ordinary"


@dataclass(frozen=True, slots=True)
class BeforeProofLine:
    """People seen before proof, by the rule that allowed it (``card``, ``transition``, ``case``)."""

    rule: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something open or a finding that was closed: code, what, who, until when; a finding of an audit also how much it
    weighs, how far it is and what shows that it was put right, in words."""

    finding: str
    what: str
    owner: str = ""
    due: date | None = None
    risk: str = ""
    state: str = ""
    proof: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """A hold for an inspection that stood in the period: who asked, why, how many people (0: everybody), first and last
    day."""

    hold: str
    authority: str
    reason: str
    people: int
    since: date
    until: date
    lifted: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCount:
    """How many people stand where with one consent item."""

    label: str
    proven: int
    unproven: int
    withdrawn: int
    refused: int
    expired: int
    void: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionalUse:
    """An exceptional access: granted in entry ``index`` by ``approver``, read under so often, reviewed by whom."""

    index: int
    at: datetime
    user: str
    approver: str
    purpose: str
    hcp: str
    reads: int
    reviewed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkLine:
    """A list of people that left; ``allowed`` is the request of two people or the plan, where one was needed."""

    index: int
    at: datetime
    user: str
    what: str
    people: int
    allowed: str = ""


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
    """A line of a register: recipient, impact assessment, notice version, instrument, user."""

    key: str
    title: str
    since: date | None = None
    until: date | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One log entry as printed: pseudonyms and codes. ``note`` says in words why or what."""

    index: int
    at: datetime
    kind: str
    actor: str
    role: str
    purpose: str = ""
    hcps: tuple[str, ...] = ()
    decision: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MonthCount:
    """What happened in one month: shown, refused, changed, handed out (sheets, packs, exports, transfers)."""

    month: str
    shown: int
    refused: int
    changed: int
    out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One consent item of one person as it stands: ``label`` in words, codes else."""

    label: str
    status: str
    since: datetime | None
    until: datetime | None
    grade: str
    event: str
    evidence_sha256: str
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLine:
    """People sent abroad at one instant, by the entry that says so."""

    index: int
    at: datetime
    recipient: str
    people: int
    serial: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideLine:
    """One item of the Audit Guide: what the program can say, by its evidence. The judgement is the auditor's.

    ``result`` is ``evidence``, ``gap``, ``none`` (nothing of the kind in the period) or ``outside`` (kept elsewhere).
    ``read`` False: the text of the item was not read, the report says so.
    """

    item: str
    evidence: tuple[str, ...]
    result: str
    shown: str = ""
    read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """One evidence id: how many rows stand for it, their digest in the attachment, where the program sees a gap."""

    evidence: str
    count: int
    sha256: str
    gaps: int = 0
    outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumLine:
    """What was drawn from one purpose: population, its digest, and how many of it."""

    purpose: Purpose
    population: int
    frame_sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLine:
    """One consent of the sample, for the auditor to look at."""

    event: str
    hcp_id: str
    item: str
    grade: str
    notice: str
    since: datetime | None
    evidence_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sampling plan that anybody can draw again: seed, strata, what was drawn."""

    seed: str
    strata: tuple[StratumLine, ...]
    drawn: tuple[SampleLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLine:
    """A head of this log issued before, and whether the log still begins with it. ``source`` is a code or file kind."""

    source: str
    size: int
    root: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReportData:
    """Everything a report says. ``log_intact`` is the result of the check made for this report; ``log_problem`` names
    the first finding. ``scope`` is words ("whole store", a pseudonym, a user's name).
    """

    report_id: str
    kind: ReportKind = ReportKind.STORE
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
    slowest_withdrawal_seconds: int | None = None
    slowest_withdrawal_event: str = ""
    before_proof: tuple[BeforeProofLine, ...] = ()
    transition_until: datetime | None = None
    views: tuple[ViewCount, ...] = ()
    refusals_by_reason: tuple[tuple[str, int], ...] = ()
    reveals: int = 0
    item_counts: tuple[ItemCount, ...] = ()
    exceptional: tuple[ExceptionalUse, ...] = ()
    bulk: tuple[BulkLine, ...] = ()
    exports: int = 0
    sheets: int = 0
    packs: int = 0
    imports: tuple[ImportLine, ...] = ()
    systems_outside: tuple[str, ...] = ()
    counted: str = ""  # how many people the company handles in all, in words
    by_number: tuple[tuple[str, str], ...] = ()  # a duty that hangs on that number, and whether it is reached
    thresholds: tuple[ThresholdLine, ...] = ()
    transfers: int = 0
    transfers_refused: int = 0
    rights: tuple[RightsLine, ...] = ()
    recipients: tuple[RegisterLine, ...] = ()
    assessments: tuple[RegisterLine, ...] = ()
    notices: tuple[RegisterLine, ...] = ()
    instruments: tuple[RegisterLine, ...] = ()
    staff: tuple[RegisterLine, ...] = ()
    findings: tuple[Finding, ...] = ()  # of audits: open ones, and those closed in the period
    waiting: tuple[Finding, ...] = ()  # tasks
    holds: tuple[HoldLine, ...] = ()
    log_intact: bool = True
    log_problem: str = ""
    log_gaps: int = 0
    unclosed: int = 0  # sessions that ended without an entry: a crash, or a process that was killed
    aside: int = 0  # entries written beside the log while a finding stood
    clock_anomalies: int = 0
    failed_unlocks: int = 0
    log_from: int
    log_to: int
    log_size: int
    root: str
    checkpoint_note: str
    key_fingerprint: str
    entries: Sequence[EntryLine] = field(default=(), repr=False)
    acts: tuple[tuple[str, int], ...] = ()  # entry kind → how often
    months: tuple[MonthCount, ...] = ()
    subject: tuple[tuple[str, str], ...] = ()  # facts about the person, user or recipient: label, words
    items: tuple[ItemLine, ...] = ()
    sent: tuple[SentLine, ...] = ()
    people_seen: int = 0  # distinct people the entries name
    guide: tuple[GuideLine, ...] = ()
    evidence: tuple[EvidenceLine, ...] = ()
    sample: Sample | None = None
    earlier: tuple[EarlierLine, ...] = ()
    cosigners: tuple[str, ...] = ()
    sandbox: bool = False

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """Findings of audits that are not closed."""
        return tuple(f for f in self.findings if not f.closed)

    @property
    def count(self) -> int:
        """Entries the report is about."""
        return len(self.entries)
