"""Which part of everybody one reader may list, as the policy says it, compiled (``policy/list_rule.py``); no SQL yet.

What is hidden here does not exist for a search, an order or a count (REQ-044, *no peeking*). Rules: (1) people are of
classes by what shows of them: a class is a set of columns, one bit each, and those of a basis for public information
alone stand above the others; (2) a class that is None is not listed; (3) who stands in the list is scope_people.py, and
when a column of theirs can be read scope_sql.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from compliance.model.access import Block, RecordStatus
from compliance.model.consent import ConsentStatus, Grade, ReadRule
from compliance.vault.people.relations import Over

#: Field of a list → column of the index; their order is the order of their bits.
COLUMNS = {
    "full_name": "name",
    "professional_title": "title",
    "department": "department",
    "institution_name": "hospital",
    "region": "region",
}
BIT = {key: 1 << place for place, key in enumerate(COLUMNS)}
PUBLIC = len(COLUMNS)  # bits of people under a basis for public information only stand above the others

Sql = tuple[str, list[Any]]
Shown = frozenset[str] | None  # columns one class of persons shows; None: that class is not shown at all


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A consent item that opens the list: the proof it needs, and what shows under each notice it was given under."""

    item: str
    grades: frozenset[Grade]
    notices: Mapping[str, Shown]
    other: Shown  # under a notice that nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The time before proof: whoever has given no answer to ``item`` yet, in one of ``statuses``."""

    item: str
    statuses: frozenset[ConsentStatus]
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The work card: everybody whom no answer to one of ``items`` closes it. ``stopped`` items may not be asked."""

    items: tuple[str, ...]
    statuses: frozenset[ConsentStatus]
    for_good: frozenset[ConsentStatus]
    negative: frozenset[ConsentStatus]
    stopped: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScope:
    """Who can be listed, and which columns show. The default is everybody, clear: upkeep that names no reader.

    ``opened`` None asks for no consent. ``registered``: person number → (columns, whether only public values) of a
    basis other than consent. ``lifted``: blocks that a consent or basis of the person's own lifts. ``sources`` and
    ``public_sources``: column → numbers of the provenance records whose values show, None for any. ``without_people``
    are kept by a hold; ``ended``: column → whose value is past its end; values of ``doubtful`` sources, in
    quarantine, are past theirs for people recorded before ``doubt_from``.
    """

    statuses: frozenset[RecordStatus] = frozenset(RecordStatus) - {RecordStatus.ERASED}
    without_blocks: frozenset[Block] = frozenset()
    lifted: frozenset[Block] = frozenset()
    assigned_to: str | None = None
    without_optout: bool = False
    named_only: bool = False
    shown: frozenset[str] = frozenset(COLUMNS)
    opened: tuple[OpenItem, ...] | None = None
    waiting: Waiting | None = None
    card: Card | None = None
    registered: Mapping[int, tuple[Shown, bool]] = field(default_factory=dict)
    sources: Mapping[str, frozenset[int] | None] = field(default_factory=dict)
    public_sources: Mapping[str, frozenset[int] | None] = field(default_factory=dict)
    rules: tuple[ReadRule, ...] = ()
    without_people: frozenset[int] = frozenset()
    ended: Mapping[str, Over] = field(default_factory=dict)
    doubtful: frozenset[int] = frozenset()
    doubt_from: datetime | None = None

    def classes(self) -> set[int | None]:
        """Bits of every class of persons there can be; None: one that is not shown."""
        if self.opened is None:
            return {bits_of(self.shown)}
        found = {bits_of(shown) for item in self.opened for shown in (*item.notices.values(), item.other)}
        found |= {bits_of(shown, public=public) for shown, public in self.registered.values()}
        return found | ({bits_of(self.waiting.shown)} if self.waiting else set())


def bits_of(shown: Shown, *, public: bool = False) -> int | None:
    """The class of people who show these columns (rule 1)."""
    if shown is None:
        return None
    return sum(BIT[key] for key in shown) << (PUBLIC if public else 0)
