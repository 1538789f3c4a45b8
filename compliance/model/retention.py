"""How long what is kept: the words of retention (PIPL 19, 47; REQ-090 to REQ-092).

An end is never stored: it is worked out from the day a value or record bears and the rule in force (policy/retention).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

#: A relation in force has no end yet.
IN_FORCE = date.max


class StartEvent(StrEnum):
    """From which day a period counts."""

    RELATION_END = "relation_end"  # the last day a consent or basis of the person was in force
    SOURCE_DATE = "source_date"  # the value's own date
    RECORDED = "recorded"
    CLOSED = "closed"
    ARCHIVED = "archived"


class EndAction(StrEnum):
    """What is done at the end."""

    ERASE = "erase"
    ANONYMISE = "anonymise"
    LET_GO = "let_go"


class Extend(StrEnum):
    """Who may put an end off."""

    NEVER = "never"
    ONE = "one"
    TWO = "two"


class RecordKind(StrEnum):
    """Kinds of record that stand beside the values of people; each table of the store belongs to one."""

    HELD_PERSON = "held_person"  # a person who never had a basis
    QUARANTINED_VALUE = "quarantined_value"
    CONSENT = "consent"
    ASSESSMENT = "assessment"
    PROVISION = "provision"
    PAPER = "paper"
    CASE = "case"
    COMPANY = "company"
    INTAKE = "intake"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionFacts:
    """What the ends of one person's values count from. ``relations``: purpose → the last day a consent or basis was in
    force, :data:`IN_FORCE` while it is. ``extended``: rule → the last day an end was put off to."""

    recorded: date
    relations: Mapping[str, date] = field(default_factory=dict)
    extended: Mapping[str, date] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether there never was a basis."""
        return not self.relations

    def last_of(self, purposes: Iterable[str] = ()) -> date:
        """The last day of a relation for one of ``purposes`` (none: any); the day recorded where none was."""
        wanted = tuple(purposes)
        days = [day for purpose, day in self.relations.items() if not wanted or purpose in wanted]
        return max(days, default=self.recorded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """The end of a person's values under one rule, put off to ``until`` (its last day)."""

    extension_id: str
    hcp_id: str
    rule: str
    until: date
    reason: str
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRun:
    """Values and records let go together: asked by one, signed by another. ``counts``: rule → values, and people."""

    run_id: str
    asked_at: datetime
    asked_by: str
    reason: str
    begun_at: datetime | None
    signed_by: str
    done_at: datetime | None
    counts: Mapping[str, int]
    policy: str
