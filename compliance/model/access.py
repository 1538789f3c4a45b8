"""Who asks, for what, and what came of it: the words of every access decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from compliance.model.consent import LineStatus
from compliance.model.retention import RetentionFacts


class Role(StrEnum):
    """Roles of people. The first six hold a slot in a master vault; reps and MSLs work in vaults made from packs."""

    DPO = "dpo"
    COMPLIANCE = "compliance"
    CLERK = "clerk"
    FINANCE = "finance"
    AUDITOR = "auditor"
    SECURITY_ADMIN = "security_admin"
    REP = "rep"
    MSL = "msl"


#: Roles that may hold a slot in a master vault.
SLOT_ROLES = (Role.DPO, Role.COMPLIANCE, Role.CLERK, Role.FINANCE, Role.AUDITOR, Role.SECURITY_ADMIN)
#: Roles that see only their own people, through packs.
FIELD_ROLES = (Role.REP, Role.MSL)


class Purpose(StrEnum):
    """The closed register of purposes 处理目的 (domain.md 2.2 and ``ask``, architecture section 5)."""

    ASK = "ask"
    VISIT = "visit"
    DIGITAL = "digital"
    EVENT = "event"
    MEDICAL = "medical"
    SPEAKER = "speaker"
    SEGMENT = "segment"
    PERSONALISE = "personalise"
    MEDINFO = "medinfo"
    MDM = "mdm"
    RIGHTS = "rights"
    AUDIT = "audit"


class Section(StrEnum):
    """The eight sealed blobs of a person, cut so that a purpose seldom opens one it does not need."""

    DIRECTORY = "directory"
    CONTACT = "contact"
    PROFESSIONAL = "professional"
    PREFERENCE = "preference"
    BEHAVIOUR = "behaviour"
    PROFILING = "profiling"
    FEES = "fees"
    PAYMENT = "payment"


class FieldState(StrEnum):
    """What became of one field."""

    DISCLOSED = "disclosed"
    MASKED = "masked"
    GENERALISED = "generalised"
    WITHHELD = "withheld"


class RecordStatus(StrEnum):
    """State of a person's record."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    DORMANT = "dormant"
    ERASURE_PENDING = "erasure_pending"
    ERASED = "erased"


class Block(StrEnum):
    """A standing block on a person; ``purposes.toml`` lists the purposes each one closes."""

    FROZEN = "frozen"
    OBJECTION = "objection"
    DO_NOT_CONTACT = "do_not_contact"
    OPEN_REQUEST = "open_request"
    DECEASED = "deceased"
    QUARANTINED = "quarantined"
    ERASURE = "erasure"
    ERASED = "erased"
    DORMANT = "dormant"  # left practice, retired, moved away
    DEATH_REPORTED = "death_reported"  # said by one; a second person or source makes it *deceased*
    HELD = "held"  # kept by statute or for a dispute while a hold stands (PIPL 47(2)); worked out, never stored


class BeforeProof(StrEnum):
    """The company's choice for the time before consent (architecture section 5)."""

    NOTHING = "nothing"
    CARD = "card"
    TRANSITION = "transition"


class ValueTest(StrEnum):
    """A condition on one value that can only be tested once the value's provenance is read."""

    PUBLIC_CITED = "public_cited"  # own source public, cited and dated (PIPL 13(1)(6), 27)
    FRESH_OR_IDENTITY = "fresh_or_identity"  # stale values leave sheets and packs; name, hospital, department stay
    NOT_IN_DOUBT = "not_in_doubt"  # neither quarantined nor disputed (PIPL 8, 10)
    SOLID_SOURCE = "solid_source"  # provenance and grade may leave the house (domain.md appendix C)


@dataclass(frozen=True, slots=True)
class Reference:
    """A statute and article, keys of ``resources/law/statutes.toml``."""

    statute: str
    article: str

    def as_json(self) -> dict[str, str]:
        """The shape of the command-line contract."""
        return {"statute": self.statute, "article": self.article}


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisFact:
    """A basis other than consent, registered for one person and purpose (PIPL 13(1)(2) to (7)).

    ``fields``: the only fields it opens (a reason was given for each, REQ-011, REQ-012); None: no list was kept.
    """

    basis: str
    reference: str
    valid_until: datetime | None
    fields: frozenset[str] | None = None
    basis_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFacts:
    """Everything ``decide_access`` may look at for one person. No profile value is among it.

    ``hcp_id`` None stands for a person unknown here. ``assigned`` says whether the person is assigned to the reader
    (only asked of reps and MSLs). ``lines`` maps a consent item to its computed status as of the decision's instant.
    ``assessments`` names the purposes with an assessment in force. ``case_id`` is the open case the reader works on.
    ``memos`` maps a separate-consent item to the id of the privacy officer's necessity memo that waives it (REQ-025).
    ``retention``: the days the ends of the person's values count from (REQ-091); None only where nobody's values stand.
    """

    hcp_id: str | None
    record_status: RecordStatus = RecordStatus.ACTIVE
    blocks: frozenset[Block] = frozenset()
    lines: Mapping[str, LineStatus] = field(default_factory=dict)
    bases: Mapping[Purpose, BasisFact] = field(default_factory=dict)
    assessments: frozenset[Purpose] = frozenset()
    assigned: bool = False
    case_id: str | None = None
    before_proof: BeforeProof = BeforeProof.CARD
    before_proof_until: datetime | None = None
    adm_optout: bool = False
    memos: Mapping[str, str] = field(default_factory=dict)
    retention: RetentionFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRuling:
    """The decision on one field. ``mask`` and ``generalisation`` name functions of ``policy.masks``. ``kept_from`` and
    ``doubt_from``: a value whose day is on or before it is past its end, the second for values in quarantine."""

    key: str
    section: Section | None  # None: computed, not stored
    state: FieldState
    mask: str | None = None
    generalisation: str | None = None
    reason: str | None = None
    references: tuple[Reference, ...] = ()
    lifted_by: str | None = None
    tests: frozenset[ValueTest] = frozenset()
    kept_from: date | None = None
    doubt_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGranted:
    """At least one field may be shown. ``basis`` is the consent item or basis that carried it."""

    hcp_id: str
    role: Role
    purpose: Purpose
    at: datetime
    rulings: tuple[FieldRuling, ...]
    basis: str
    references: tuple[Reference, ...]
    policy_digest: str
    digest: str  # hash over the inputs and the outcome; stands in the audit entry
    recorded: date | None = None  # the day of a value that bears none

    def ruling(self, key: str) -> FieldRuling | None:
        """The ruling on ``key``, None when the dictionary does not know it."""
        return next((r for r in self.rulings if r.key == key), None)

    @property
    def sections(self) -> frozenset[Section]:
        """Sections that hold at least one field to show; nothing else is unsealed."""
        return frozenset(r.section for r in self.rulings if r.section and r.state is not FieldState.WITHHELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRefused:
    """Nothing may be shown. ``reason`` is of the closed set in ``resources/locale/reasons.toml``.

    ``told`` is what a rep hears instead (one code and text whatever the cause); ``step`` is the failing step of
    ``decide_access`` and, with ``detail``, is for compliance only.
    """

    hcp_id: str | None
    role: Role
    purpose: Purpose
    at: datetime
    reason: str
    told: str
    step: str
    detail: str
    references: tuple[Reference, ...]
    lifted_by: str
    policy_digest: str
    digest: str


AccessDecision = AccessGranted | AccessRefused
