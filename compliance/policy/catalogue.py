"""The words a rule set is made of: statutes, bases, purposes, roles, items, fields, grants. Frozen, read-only.

Each mirrors one file under ``resources/policy``, ``resources/law`` or ``resources/dictionary``; the loader builds them
and nothing else does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from compliance.clock import day_start
from compliance.errors import bad_input
from compliance.model.access import BeforeProof, Block, Purpose, Reference, Role, Section, ValueTest
from compliance.model.consent import ConsentStatus, Grade, ItemTerms
from compliance.model.retention import EndAction, Extend, RecordKind, StartEvent
from compliance.policy.dated import Timeline

if TYPE_CHECKING:
    from compliance.policy.policy_set import PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A label in both languages."""

    zh: str
    en: str

    def in_(self, lang: str) -> str:
        """The label for ``zh`` or ``en``."""
        return self.zh if lang == "zh" else self.en


class Mark(StrEnum):
    """How sure we are of a rule (law.md 0.1)."""

    READ = "read"
    SECONDARY = "secondary"
    MEMORY = "memory"
    INTERPRETATION = "interpretation"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute:
    """One instrument of law.md 0.2 and the articles our rules may cite."""

    code: str
    title: Words
    issuer: str
    in_force: date
    until: date | None
    mark: Mark
    articles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """One of the seven bases of PIPL 13(1). ``public_only``: carries values from public sources and nothing else."""

    key: str
    label: Words
    reference: Reference
    enabled: bool
    public_only: bool
    needs_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRule:
    """One role. ``keys`` are the guarded sections whose role key it holds."""

    role: Role
    label: Words
    slot: bool
    own_people: bool
    keys: frozenset[Section]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRule:
    """One standing block and the purposes it closes."""

    key: str
    label: Words
    closes: frozenset[Purpose]
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRule:
    """One purpose of processing; the meaning of each key stands at the head of ``purposes.toml``."""

    purpose: Purpose
    from_day: date
    until: date | None
    label: Words
    basis: str
    items_any: tuple[str, ...]  # patterns resolved: digital/* stands here as its 19 channels
    bases: frozenset[str]
    statutory: bool
    assessment: bool
    stops_on_optout: bool
    before_proof: frozenset[BeforeProof]
    waiting: frozenset[ConsentStatus]
    asks: tuple[str, ...]
    notices: tuple[str, ...]
    roles: frozenset[Role]
    references: tuple[Reference, ...]
    mark: Mark

    def in_force(self, at: datetime) -> bool:
        """Whether the purpose holds at ``at`` (Shanghai midnights)."""
        return day_start(self.from_day) <= at and (self.until is None or at < day_start(self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A contact channel of domain.md appendix E. ``under`` is the consent item that covers it; each of
    ``also`` covers it for the purpose of that item."""

    code: str
    label: Words
    domain: str
    mode: str
    under: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRule:
    """A consent item or a pattern of items (``{purpose}/overseas:{id}``). ``purpose`` None: named in the item."""

    pattern: str
    purpose: Purpose | None
    label: Words
    from_day: date
    least_grade: Grade
    separate: bool
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDef:
    """One of the fields of the data dictionary (domain.md 8.2). ``section`` None: computed by the core.

    ``any_scope``: a limit the person set (how, when, whether to be contacted); keeping it needs no consent of its own.
    """

    key: str
    label: Words
    dimension: str
    type: str
    allowed_values: str
    example: str
    tag_type: str
    refresh_days: int | None
    data_class: str
    default_provenance: str
    purposes: frozenset[Purpose]
    readers: frozenset[Role]
    stage: str
    sheet_action: str
    sheet_rule: str
    note: str
    section: Section | None
    also_needs: tuple[str, ...] = ()
    reveal_needs_any: tuple[str, ...] = ()
    any_scope: bool = False

    @property
    def sensitive(self) -> bool:
        """Whether PIPL 28 applies."""
        return self.data_class == "sensitive"


class Treatment(StrEnum):
    """What a grant does with a field."""

    SHOW = "show"
    MASK = "mask"
    GENERALISE = "generalise"
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True)
class Handling:
    """A treatment and its argument: the mask, the generalisation, the limit of a shown list, or the reason."""

    treatment: Treatment
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGrant:
    """Who gets one field for one purpose, why, and under which conditions."""

    key: str
    reason: Words
    references: tuple[Reference, ...]
    treatments: Mapping[Role, Handling]
    without_case: Mapping[Role, Handling] = field(default_factory=dict)
    needs_item: str = ""
    tests: Mapping[Role, frozenset[ValueTest]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """All field grants of one purpose in one version."""

    purpose: Purpose
    fields: Mapping[str, FieldGrant]
    references: tuple[Reference, ...]
    mark: Mark
    reviewed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """A number in force and where it comes from."""

    value: int
    references: tuple[Reference, ...]
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassList:
    """A list that says what is sensitive: field → class where it differs from the dictionary (REQ-038)."""

    label: Words
    classes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRule:
    """A reason code: the step of the decision that uses it and the articles behind it."""

    code: str
    step: str
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A row of the export table (law.md 2.3)."""

    row: str
    result: str
    label: Words
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """A duty no result removes (law.md 2.4). ``applies``: always, or the route it belongs to."""

    gate: str
    label: Words
    applies: str
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRules:
    """The export table in force."""

    from_day: date
    claims: tuple[str, ...]
    rows: Mapping[str, TransferRow]
    gates: Mapping[str, GateRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionTerm:
    """A period in force (``days`` or ``months``), what is done at its end, and where it comes from."""

    days: int = 0
    months: int = 0
    action: EndAction = EndAction.ERASE
    references: tuple[Reference, ...] = ()
    mark: Mark = Mark.POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long one group of values or kind of record is kept; the head of ``retention.toml`` says what a key means."""

    key: str
    label: Words
    event: StartEvent
    purposes: frozenset[Purpose]
    at_least: bool
    extend: Extend
    extend_months: int
    terms: Timeline[RetentionTerm]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """All of them; which one a field or a kind of record falls under; who still sees what is past its end."""

    rules: Mapping[str, RetentionRule] = field(default_factory=dict)
    of_field: Mapping[str, str] = field(default_factory=dict)
    of_record: Mapping[RecordKind, str] = field(default_factory=dict)
    open_roles: frozenset[Role] = frozenset()
    open_purposes: frozenset[Purpose] = frozenset()
    references: tuple[Reference, ...] = ()

    def record(self, kind: RecordKind) -> RetentionRule | None:
        """The rule of a kind of record."""
        return self.rules.get(self.of_record.get(kind, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayTable:
    """Rest days of a year: weekdays off and weekend days that are working days."""

    year: int
    days_off: frozenset[date]
    work_days: frozenset[date]


#: Keys of block rules.
BLOCK_KEYS = tuple(str(b) for b in Block)


def item_terms(policy: "PolicySet", item: str, at: datetime) -> ItemTerms:
    """What the catalogue asks of ``item`` at ``at``. InputErrors ``unknown_item`` when there is no such item."""
    rule = policy.item_rule(item)
    if rule is None:
        raise bad_input("unknown_item", "line", item)
    return ItemTerms(
        item=item,
        purpose=str(rule.purpose or item.split("/", 1)[0]),
        least_grade=rule.least_grade,
        term_months=policy.parameter("consent_term_months", at),
        separate=rule.separate,
        ask_lock_days=policy.parameter("ask_lock_days", at),
        no_reply_days=policy.parameter("no_reply_days", at),
    )


def required_item(
    policy: "PolicySet",
    purpose: Purpose,
    *,
    channel: str | None = None,
    recipient: str | None = None,
    overseas: str | None = None,
    sensitive: str | None = None,
) -> str | None:
    """The consent item an act under ``purpose`` needs; None when the purpose stands on no consent.

    ``channel`` picks ``digital/CHANNEL`` (or the item that covers the channel); ``recipient`` and ``overseas`` name a
    recipient of the register (PIPL 23, 39); ``sensitive`` is ``payment`` or ``travel`` (PIPL 29).
    """
    if overseas:
        item = f"{purpose}/overseas:{overseas}"
    elif recipient:
        item = f"{purpose}/recipient:{recipient}"
    elif sensitive:
        item = f"{purpose}/sensitive:{sensitive}"
    elif channel is not None:
        known = policy.channel_table.get(channel)
        item = known.under if known else ""
    else:
        single = policy.purposes[purpose].items_any
        item = single[0] if len(single) == 1 else ""
    return item if item and policy.item_rule(item) else None
