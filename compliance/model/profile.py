"""Field values with provenance, and what a reader gets to see of them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from compliance.model.access import FieldState, Purpose, Reference, Role


class SourceClass(StrEnum):
    """Where a value comes from (domain.md appendix C)."""

    ZERO = "zero"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    PUBLIC = "public"
    DERIVED = "derived"


class ValueStatus(StrEnum):
    """Standing of one value."""

    ACTIVE = "active"
    DUE = "due"
    STALE = "stale"
    QUARANTINED = "quarantined"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Interned: many values share one. ``grade`` is the letter A-D of the source; ``source_date`` the source's own."""

    source: str
    source_class: SourceClass
    source_date: date | None
    collector: str
    grade: str
    basis: str
    status: ValueStatus = ValueStatus.ACTIVE
    cited: bool = False
    held_for: str = ""  # why the register holds it back now: a reason code, never stored
    paused: bool = False  # usable when it came: held only while its source lacks something, never stored


#: Text that a ruling has let out, masked or generalised as it says. To a type checker it is not a plain ``str``: what
#: draws pages and sheets takes this, so a stored value cannot be handed to it by mistake. Made in ``policy.values``
#: alone, and read back from a pack, which holds nothing else.
Disclosed = NewType("Disclosed", str)


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One stored value. Kept out of ``repr`` so that it cannot slip into a trace."""

    value: str
    provenance: Provenance

    def __repr__(self) -> str:
        return f"FieldValue(…, {self.provenance.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One field of a view, after policy: never holds what is not to be shown."""

    key: str
    state: FieldState
    value: Disclosed | None
    reason: str | None = None
    references: tuple[Reference, ...] = ()
    lifted_by: str | None = None
    source_class: SourceClass | None = None
    source: str | None = None
    source_date: date | None = None
    freshness: str | None = None  # fresh | due | stale | unknown
    grade: str | None = field(default=None, compare=False)  # A to D (domain.md appendix C); packs do not carry it
    status: ValueStatus | None = field(default=None, compare=False)  # of a value shown; nor this

    def __repr__(self) -> str:
        return f"ShownField({self.key}, {self.state})"

    def as_json(self) -> dict[str, str | None]:
        """FIELD of the command-line contract."""
        return {"state": str(self.state), "value": self.value, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """Counts over the fields a reader may see: those filled, and of these the fresh and the accurate ones."""

    permitted: int
    filled: int
    fresh: int
    accurate: int

    def __add__(self, other: "Gauges") -> "Gauges":
        return Gauges(
            permitted=self.permitted + other.permitted,
            filled=self.filled + other.filled,
            fresh=self.fresh + other.fresh,
            accurate=self.accurate + other.accurate,
        )

    @property
    def shares(self) -> dict[str, int | None]:
        """Whole percentages: completeness, freshness, accuracy; None where there is nothing to count."""
        pairs = {
            "completeness": (self.filled, self.permitted),
            "freshness": (self.fresh, self.filled),
            "accuracy": (self.accurate, self.filled),
        }
        return {name: round(100 * part / whole) if whole else None for name, (part, whole) in pairs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNow:
    """A channel at this moment; ``reason`` is ``open`` or the first test that closes it."""

    code: str
    open: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """A person as one reader may see them for one purpose. ``mark`` tells later whether it still holds (REQ-028)."""

    hcp_id: str
    role: Role
    purpose: Purpose
    at: datetime
    fields: tuple[ShownField, ...]
    cross_border: tuple["CrossBorderState", ...]
    basis: str
    policy_digest: str
    audit_index: int
    mark: str = ""
    gauges: Gauges | None = None
    channels: tuple[ChannelNow, ...] = ()
    flags: tuple[str, ...] = ()  # standing blocks, for officers

    def field(self, key: str) -> ShownField | None:
        """The shown field of ``key``."""
        return next((f for f in self.fields if f.key == key), None)


class CrossBorder(StrEnum):
    """State of a person towards one overseas recipient."""

    NEVER_LEFT = "never_left"
    CONSENTED = "consented"  # separate consent in force, nothing sent yet
    SENT = "sent"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossBorderState:
    """``recipient`` is the register's id, or "" for the person as a whole."""

    recipient: str
    state: CrossBorder
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One line of a list or search answer, policy applied."""

    hcp_id: str
    fields: tuple[ShownField, ...]
    cross_border: CrossBorder = CrossBorder.NEVER_LEFT
    consent_hint: str = ""  # open items, for compliance lists: "visit digital/wecom"
    flags: tuple[str, ...] = ()  # standing blocks, for officers: "quarantined"
    action: str = ""  # for reps: may_ask | do_not_ask_before:DATE | do_not_contact | open


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBlock:
    """One block of a sheet template. ``counted`` blocks hold value fields under the limit of a sheet."""

    key: str
    label_zh: str
    label_en: str
    counted: bool
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTemplate:
    """Blocks of a sheet for one purpose (domain.md appendix A), read from ``resources/policy/sheets.toml``.

    When a field of ``first_compliance`` is shown with a value, the blocks in ``replaced`` give way to one line
    "contact compliance first". ``day_plan`` lists the channels a day plan names where they are open; a purpose without
    any has no day plan.
    """

    purpose: Purpose
    blocks: tuple[SheetBlock, ...]
    first_compliance: tuple[str, ...]
    replaced: tuple[str, ...]
    max_fields: int
    day_plan: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRule:
    """A contact channel (domain.md appendix E) and the consent item that covers it."""

    code: str
    label_zh: str
    label_en: str
    domain: str
    mode: str
    item: str
