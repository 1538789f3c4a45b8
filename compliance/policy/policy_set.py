"""The loaded rule set: everything a decision may look up, with the digest that stands in every audit entry.

``digest`` is SHA-256 over ``text``, the canonical JSON of the parsed files (comments and blanks do not count);
``text`` is what the vault archives and :func:`compliance.policy.loader.load_archived` reads back for a replay.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.errors import PolicyError
from compliance.model.access import Block, FieldRuling, Purpose, RecordStatus, Role
from compliance.model.profile import ChannelRule, SheetTemplate
from compliance.policy.catalogue import (
    BlockRule,
    Channel,
    ClassList,
    FieldDef,
    Grant,
    HolidayTable,
    ItemRule,
    LegalBasis,
    ParameterValue,
    PurposeRule,
    ReasonRule,
    RetentionRules,
    RoleRule,
    Statute,
    TransferRules,
    Words,
)
from compliance.policy.dated import Timeline
from compliance.policy.items import match_item
from compliance.policy.tables import nearest
from compliance.policy.tags import PREDICTIVE, TagCatalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """A whole rule set, checked. Compare sets by ``digest``."""

    version: str
    title: Words
    reviewed_on: date
    digest: str
    text: str = dataclasses.field(repr=False)
    statutes: Mapping[str, Statute] = dataclasses.field(repr=False)
    bases: Mapping[str, LegalBasis] = dataclasses.field(repr=False)
    purposes: Mapping[Purpose, PurposeRule] = dataclasses.field(repr=False)
    roles: Mapping[Role, RoleRule] = dataclasses.field(repr=False)
    blocks: Mapping[str, BlockRule] = dataclasses.field(repr=False)
    status_blocks: Mapping[RecordStatus, str] = dataclasses.field(repr=False)
    channel_table: Mapping[str, Channel] = dataclasses.field(repr=False)
    items: tuple[ItemRule, ...] = dataclasses.field(repr=False)
    fields: Mapping[str, FieldDef] = dataclasses.field(repr=False)
    dimensions: Mapping[str, Words] = dataclasses.field(repr=False)
    sections: Mapping[str, Words] = dataclasses.field(repr=False)
    classes: Mapping[str, Words] = dataclasses.field(repr=False)
    grants: Mapping[Purpose, Timeline[Grant]] = dataclasses.field(repr=False)
    parameters: Mapping[str, Timeline[ParameterValue]] = dataclasses.field(repr=False)
    parameter_labels: Mapping[str, Words] = dataclasses.field(repr=False)
    reasons: Mapping[str, ReasonRule] = dataclasses.field(repr=False)
    sheets: Mapping[Purpose, SheetTemplate] = dataclasses.field(repr=False)
    transfer: TransferRules = dataclasses.field(repr=False)
    holidays: Mapping[int, HolidayTable] = dataclasses.field(repr=False)
    free_text: Mapping[str, tuple[str, ...]] = dataclasses.field(repr=False)
    tags: TagCatalogue = dataclasses.field(repr=False, default_factory=TagCatalogue)  # older sets have none
    company: Mapping[str, str] = dataclasses.field(repr=False)  # parameter → what a company's own set may do with it
    class_lists: Mapping[str, ClassList] = dataclasses.field(repr=False)
    retention: RetentionRules = dataclasses.field(repr=False, default_factory=RetentionRules)  # older sets have none
    class_rules: str = "strict"
    strict: bool = True
    may_loosen: frozenset[str] = frozenset()
    #: rulings already worked out per state class (access.py); never part of what the set says
    memo: dict[Any, tuple[tuple[FieldRuling, ...], str]] = dataclasses.field(
        repr=False, compare=False, default_factory=dict
    )
    #: conditions per grant, and item rules by name
    condition_memo: dict[Any, tuple[str, ...]] = dataclasses.field(repr=False, compare=False, default_factory=dict)
    item_memo: dict[str, ItemRule | None] = dataclasses.field(repr=False, compare=False, default_factory=dict)
    #: cutoffs per day (retention.py)
    retention_memo: dict[date, Any] = dataclasses.field(repr=False, compare=False, default_factory=dict)
    #: purposes compiled for lists, and what their columns show per class of consent (list_rule.py)
    list_memo: dict[Any, object] = dataclasses.field(repr=False, compare=False, default_factory=dict)

    def field(self, key: str) -> FieldDef | None:
        """The dictionary's entry for a field, None when unknown."""
        return self.fields.get(key)

    def nearest_field(self, key: str) -> str:
        """The known field key closest to ``key``, "" where none is close."""
        return nearest(key, self.fields)

    @property
    def predictive(self) -> frozenset[str]:
        """Fields that a model or rule guesses."""
        found = self.list_memo.get(PREDICTIVE)
        if not isinstance(found, frozenset):
            found = self.list_memo[PREDICTIVE] = frozenset(
                key for key, known in self.fields.items() if known.tag_type == PREDICTIVE
            )
        return found

    def refresh_days(self, key: str) -> int | None:
        """Cadence of a field in days; 0 for real time, None for event-driven or unknown fields."""
        known = self.fields.get(key)
        return known.refresh_days if known else None

    def purposes_for(self, role: Role, *, at: datetime | None = None) -> tuple[Purpose, ...]:
        """Purposes that name ``role`` (and are in force ``at``), in the order of the register."""
        return tuple(p for p, rule in self.purposes.items() if role in rule.roles and (at is None or rule.in_force(at)))

    @property
    def stored_fields(self) -> frozenset[str]:
        """Fields that are kept, not computed."""
        found = self.list_memo.get("stored")
        if not isinstance(found, frozenset):
            found = self.list_memo["stored"] = frozenset(k for k, f in self.fields.items() if f.section is not None)
        return found

    def channels(self, *, at: datetime | None = None, purpose: Purpose | None = None) -> tuple[ChannelRule, ...]:
        """Contact channels and the consent item that covers each, for ``purpose`` its own item where it has one; one
        version so far, whatever ``at``."""
        del at
        return tuple(
            ChannelRule(
                code=c.code,
                label_zh=c.label.zh,
                label_en=c.label.en,
                domain=c.domain,
                mode=c.mode,
                item=self._covering(c, purpose),
            )
            for c in self.channel_table.values()
        )

    def _covering(self, channel: Channel, purpose: Purpose | None) -> str:
        own = (item for item in channel.also if (rule := self.item_rule(item)) is not None and rule.purpose == purpose)
        return next(own, channel.under) if purpose is not None else channel.under

    def parameter(self, key: str, at: datetime) -> int:
        """A number in force at ``at``. PolicyError when there is none: no rule means no number."""
        value = self.parameters[key].at(at) if key in self.parameters else None
        if value is None:
            raise PolicyError("no_parameter", parameter=key)
        return value.value

    def item_rule(self, item: str) -> ItemRule | None:
        """The rule of a consent item, None when no pattern fits."""
        if item not in self.item_memo:
            if len(self.item_memo) > 5_000:  # recipients are free names; the memo must not grow with them
                self.item_memo.clear()
            self.item_memo[item] = match_item(item, items=self.items, channels=self.channel_table)
        return self.item_memo[item]

    def knows_item(self, item: str) -> bool:
        """Whether ``item`` is a consent item."""
        return self.item_rule(item) is not None

    def nearest_item(self, item: str) -> str:
        """The fixed or channel item closest to ``item``, "" where none is close."""
        fixed = [rule.pattern for rule in self.items if "{" not in rule.pattern]
        return nearest(item, [*fixed, *(f"digital/{code}" for code in self.channel_table)])

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
                "channel": self.channel_table,
            }
            entry = holders[kind].get(key)
            return entry.label.in_(lang) if entry else key
        return labels[key].in_(lang) if key in labels else key
