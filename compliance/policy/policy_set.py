"""The loaded rule set: everything a decision may look up, with the digest that stands in every audit entry.

``digest`` is SHA-256 over ``text``, the canonical JSON of the parsed files (comments and blanks do not count);
``text`` is what the vault archives and :func:`compliance.policy.loader.load_archived` reads back for a replay.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from compliance.errors import PolicyError
from compliance.model.access import BeforeProof, Block, FieldRuling, Purpose, RecordStatus, Role
from compliance.model.consent import ItemTerms
from compliance.model.profile import SheetTemplate
from compliance.policy.catalogue import (
    BlockRule,
    Channel,
    FieldDef,
    Grant,
    HolidayTable,
    ItemRule,
    LegalBasis,
    ParameterValue,
    PurposeRule,
    ReasonRule,
    RoleRule,
    Statute,
    TransferRules,
    Words,
)
from compliance.policy.dated import Timeline
from compliance.policy.items import match_item


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """A whole rule set, checked. Compare sets by ``digest``."""

    version: str
    title: Words
    reviewed_on: date
    digest: str
    text: str = field(repr=False)
    statutes: Mapping[str, Statute] = field(repr=False)
    bases: Mapping[str, LegalBasis] = field(repr=False)
    purposes: Mapping[Purpose, PurposeRule] = field(repr=False)
    roles: Mapping[Role, RoleRule] = field(repr=False)
    blocks: Mapping[str, BlockRule] = field(repr=False)
    status_blocks: Mapping[RecordStatus, str] = field(repr=False)
    channels: Mapping[str, Channel] = field(repr=False)
    items: tuple[ItemRule, ...] = field(repr=False)
    fields: Mapping[str, FieldDef] = field(repr=False)
    dimensions: Mapping[str, Words] = field(repr=False)
    sections: Mapping[str, Words] = field(repr=False)
    classes: Mapping[str, Words] = field(repr=False)
    grants: Mapping[Purpose, Timeline[Grant]] = field(repr=False)
    parameters: Mapping[str, Timeline[ParameterValue]] = field(repr=False)
    parameter_labels: Mapping[str, Words] = field(repr=False)
    reasons: Mapping[str, ReasonRule] = field(repr=False)
    sheets: Mapping[Purpose, SheetTemplate] = field(repr=False)
    transfer: TransferRules = field(repr=False)
    holidays: Mapping[int, HolidayTable] = field(repr=False)
    free_text: Mapping[str, tuple[str, ...]] = field(repr=False)
    #: rulings already worked out per state class (access.py); never part of what the set says
    memo: dict[Any, tuple[tuple[FieldRuling, ...], str]] = field(repr=False, compare=False, default_factory=dict)

    def field_def(self, key: str) -> FieldDef | None:
        """The dictionary's entry for a field, None when unknown."""
        return self.fields.get(key)

    def purposes_for(self, role: Role) -> tuple[Purpose, ...]:
        """Purposes that name ``role``, in the order of the register."""
        return tuple(p for p, rule in self.purposes.items() if role in rule.roles)

    def parameter(self, key: str, at: datetime) -> int:
        """A number in force at ``at``. PolicyError when there is none: no rule means no number."""
        value = self.parameters[key].at(at) if key in self.parameters else None
        if value is None:
            raise PolicyError("no_parameter", parameter=key)
        return value.value

    def item_rule(self, item: str) -> ItemRule | None:
        """The rule of a consent item, None when no pattern fits."""
        return match_item(item, items=self.items, channels=self.channels)

    def sheet_template(self, purpose: Purpose) -> SheetTemplate | None:
        """The sheet of a purpose, None where the purpose has none."""
        return self.sheets.get(purpose)

    def closed_by(self, purpose: Purpose, blocks: frozenset[Block], status: RecordStatus) -> str | None:
        """The first block (in the order of the file) that closes ``purpose``, None when none does."""
        state = self.status_blocks.get(status, "")
        for key, rule in self.blocks.items():
            if (key in blocks or key == state) and purpose in rule.closes:
                return key
        return None

    def words(self, kind: str, key: str, lang: str) -> str:
        """Label of a purpose, role, field, section, dimension, block, basis or channel; the key itself when unknown."""
        labels: Mapping[str, Words] = {
            "section": self.sections,
            "dimension": self.dimensions,
            "class": self.classes,
            "parameter": self.parameter_labels,
        }.get(kind, {})
        if kind in ("purpose", "role", "field", "block", "basis", "channel"):
            holders: Mapping[str, Mapping[Any, Any]] = {
                "purpose": self.purposes,
                "role": self.roles,
                "field": self.fields,
                "block": self.blocks,
                "basis": self.bases,
                "channel": self.channels,
            }
            entry = holders[kind].get(key)
            return entry.label.in_(lang) if entry else key
        return labels[key].in_(lang) if key in labels else key


def item_terms(policy: PolicySet, item: str, at: datetime) -> ItemTerms | None:
    """What the catalogue asks of ``item`` at ``at``; None when the item does not exist."""
    rule = policy.item_rule(item)
    if rule is None:
        return None
    return ItemTerms(
        item=item,
        purpose=str(rule.purpose or item.split("/", 1)[0]),
        least_grade=rule.least_grade,
        term_months=policy.parameter("consent_term_months", at),
        separate=rule.separate,
        ask_lock_days=policy.parameter("ask_lock_days", at),
    )


def required_item(
    policy: PolicySet,
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
        known = policy.channels.get(channel)
        item = known.under if known else ""
    else:
        single = policy.purposes[purpose].items_any
        item = single[0] if len(single) == 1 else ""
    return item if item and policy.item_rule(item) else None


def before_proof_allowed(rule: PurposeRule, setting: BeforeProof) -> bool:
    """Whether the company's setting opens ``rule`` before proof."""
    return setting in rule.before_proof
