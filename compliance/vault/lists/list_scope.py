"""Which part of everybody one reader may list, as SQL: who stands in it, and which of their columns can be read.

What is hidden here does not exist for a search, an order or a count (REQ-044, *no peeking*). Rules: (1) the conditions
come from the policy, compiled (``policy/list_rule.py``); here they meet the narrow tables of consent and bases and the
number of each value's source; (2) a column that is hidden from this reader for this person reads as NULL; (3) what is
the same for everybody is settled before the statement is made, so that a list costs one more look per person, not one
per cell; (4) all numbers and words are bound, the text is made of constants; (5) long sets of numbers are bound as one
byte a number, so that a statement has nothing to prepare however long they are, and a look costs one byte.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from compliance.model.access import Block, RecordStatus
from compliance.model.consent import ConsentStatus, Grade, ReadRule
from compliance.vault.consent.state_reading import carries, reads_as
from compliance.vault.engine.codes import block_mask
from compliance.vault.engine.times import micros
from compliance.vault.people.relations import NOBODY, Over, marks

#: Field of a list → column of the index; their order is the order of their bits.
COLUMNS = {
    "full_name": "name",
    "professional_title": "title",
    "department": "department",
    "institution_name": "hospital",
    "region": "region",
}
_BIT = {key: 1 << place for place, key in enumerate(COLUMNS)}
_PUBLIC = len(COLUMNS)  # bits of people under a basis for public information only stand above the others

_ANY = frozenset({0})

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


class ScopeSql:
    """A scope over ``shown s`` and ``idx.indexed i``: what to join, what to ask, and when a column can be read."""

    def __init__(self, scope: ListScope, *, number: Callable[[str], int | None], at: datetime) -> None:
        self._scope, self._number, self._at = scope, number, at
        self.number, self.at, self.rules = number, at, scope.rules
        self.bits = self._classes()
        self._bytes: dict[frozenset[int], bytearray] = {}
        self._when = {key: self._shown(key) for key in COLUMNS}

    @property
    def join(self) -> Sql:
        """People whom a consent, the time before proof or a registered basis opens, with their bits."""
        if self._scope.opened is None:
            return "", []
        parts = [part for part in (self._consented(), self._waiting(), self._registered()) if part[0]]
        body = " UNION ALL ".join(text for text, _ in parts) or "SELECT 0 AS hcp, -1 AS bits WHERE 0"
        return f" JOIN ({body}) k ON k.hcp = s.hcp", [value for _, values in parts for value in values]

    @property
    def extremes(self) -> str:
        """Least and most bits among people found: where they are the same, one class is listed."""
        return "NULL, NULL" if self._scope.opened is None else "min(k.bits), max(k.bits)"

    def of_one_class(self, bits: int) -> "ScopeSql":
        """The same scope among people who are all of the class of ``bits``."""
        alike = copy(self)
        alike.bits = {bits}
        alike._when = {key: alike._shown(key) for key in COLUMNS}
        return alike

    @property
    def apart(self) -> str:
        """Whether a row has a value from another source than its name."""
        return " OR ".join(f"i.from_{column} IS NOT NULL" for column in COLUMNS.values() if column != "name")

    def settled(self, key: str, *, shows: bool, apart: bool = True) -> "ScopeSql":
        """The same scope among people who all show the column, or all do not. What was asked of it and holds for
        another column too is not asked again, not even of its source where no row has one ``apart``."""
        alike, known = copy(self), self._when[key]
        alike._when = {
            other: self._follows(when, known, apart) if shows and other != key and known.ways else when
            for other, when in self._when.items()
        }
        alike._when[key] = _ALWAYS if shows else _NEVER
        return alike

    def _follows(self, when: "_When", known: "_When", apart: bool) -> "_When":
        """What is left to ask of a column of people for whom ``known`` holds. What every class of theirs shows needs no
        look at the class."""
        left = _settled(when, known, apart)
        among = known.ways[0][0] if len(known.ways) == 1 else 0
        same = among and all(bits & left.bit for bits in self.bits if bits is not None and bits & among)
        return replace(left, bit=0) if same else left

    @property
    def where(self) -> list[Sql]:
        """Conditions on the person, joined by AND."""
        scope = self._scope
        found: list[Sql] = []
        if scope.statuses != frozenset(RecordStatus):
            names = [str(status) for status in sorted(scope.statuses)]
            found.append((f"s.status IN ({_marks(names)})", names))
        if scope.without_blocks:
            found.append(self._unblocked())
        if scope.assigned_to is not None:
            found.append(("s.hcp IN (SELECT hcp FROM assignment WHERE rep = ?)", [scope.assigned_to]))
        if scope.without_people:
            found.append((f"{_MARK.format('s.hcp')} IS NOT {_SET}", [self._marked(scope.without_people)]))
        if scope.without_optout:
            found.append(("s.adm_optout = 0", []))
        if scope.opened is not None and None in self.bits:
            found.append(("k.bits >= 0", []))
        if scope.card is not None:
            found.append(self._card(scope.card))
        if scope.named_only:
            found.append(self.visible("full_name"))
        return found

    def visible(self, key: str) -> Sql:
        """When the column of ``key`` can be read: "1" always, "0" never."""
        when, column = self._when[key], COLUMNS[key]
        ways = []
        for bit, sources in when.ways:
            known, values = self._from(column, sources)
            ways.append((_both(f"k.bits & {bit}", known) if bit else known, values))
        text, values = _any_of(ways)
        if text != "0" and when.doubt:
            doubted, numbers = self._from(column, self._scope.doubtful)
            text = _both(text, f"(s.created_at < ? AND {doubted}) IS NOT TRUE")
            values = [*values, micros(when.doubt), *numbers]
        if text not in ("0", "1") and when.like_name:  # one source for the whole row, as an import leaves it
            text = f"(i.from_{column} IS NULL OR {text})"
        if text != "0" and when.ended:
            over, numbers = when.ended.asked(self._marked)
            text, values = _both(text, f"{over} IS NOT TRUE"), [*values, *numbers]
        if text != "0" and when.bit:
            text = _both(f"k.bits & {when.bit}", text)
        return text, values

    def readable(self, key: str, *, numbered: bool = False) -> Sql:
        """The column, NULL where it is hidden. ``numbered``: of places their number instead of their text."""
        when, values = self.visible(key)
        column = f"i.{COLUMNS[key]}{'_no' if numbered and key != 'full_name' else ''}"
        if when in ("0", "1"):
            return (column if when == "1" else "NULL"), []
        return f"CASE WHEN {when} THEN {column} END", values

    def _classes(self) -> set[int | None]:
        """Bits of every class of persons there can be; None: one that is not shown."""
        scope = self._scope
        if scope.opened is None:
            return {_bits(scope.shown)}
        found = {_bits(shown) for item in scope.opened for shown in (*item.notices.values(), item.other)}
        found |= {_bits(shown, public=public) for shown, public in scope.registered.values()}
        return found | ({_bits(scope.waiting.shown)} if scope.waiting else set())

    def _shown(self, key: str) -> "_When":
        """When a column shows, and is not past its retention end (PIPL 47). Rule 3: what all classes agree on needs no
        condition."""
        scope = self._scope
        ways = []
        for bit, sources in (
            (_BIT[key], scope.sources.get(key)),
            (_BIT[key] << _PUBLIC, scope.public_sources.get(key)),
        ):
            with_it = [bits for bits in self.bits if bits is not None and bits & bit]
            if with_it and (sources is None or sources):
                same = scope.opened is None or len(with_it) == len(self.bits - {None})
                ways.append((0 if same else bit, sources))
        if (0, None) in ways:
            ways = [(0, None)]
        return _When(
            tuple(ways),
            ended=scope.ended.get(key, NOBODY),
            doubt=scope.doubt_from if scope.doubtful else None,
        )

    def _from(self, column: str, sources: frozenset[int] | None) -> Sql:
        """Whether the value in a column comes from one of ``sources``; the name's own where the column says none."""
        if sources is None:
            return "1", []
        number = "i.from_name" if column == "name" else f"coalesce(i.from_{column}, i.from_name)"
        return f"{_MARK.format(number)} = {_SET}", [self._marked(sources)]

    def _marked(self, numbers: frozenset[int]) -> bytearray:
        """Rule 5."""
        if numbers not in self._bytes:
            self._bytes[numbers] = marks(numbers)
        return self._bytes[numbers]

    def _unblocked(self) -> Sql:
        """Most people have no block at all."""
        scope = self._scope
        hard, soft = scope.without_blocks - scope.lifted, scope.without_blocks & scope.lifted
        parts: list[Sql] = [("s.blocks & ? = 0", [block_mask(hard)])] if hard else []
        if soft:
            own, values = self._own_basis()
            parts.append((f"(s.blocks & ? = 0 OR {own})", [block_mask(soft), *values]))
        text = " AND ".join(text for text, _ in parts)
        return f"(s.blocks = 0 OR {text})", [value for _, values in parts for value in values]

    def _consented(self) -> Sql:
        assert self._scope.opened is not None
        items = [(no, item) for item in self._scope.opened if (no := self._number(item.item)) is not None]
        parts = [self._of_item(no, item) for no, item in items]
        if not parts:
            return "", []
        body = " UNION ALL ".join(text for text, _ in parts)
        values = [value for _, values in parts for value in values]
        if len(parts) == 1:
            return body, values
        bits = " | ".join(f"max(bits & {1 << place})" for place in range(2 * _PUBLIC))
        return f"SELECT hcp, {bits} AS bits FROM ({body}) WHERE bits >= 0 GROUP BY hcp", values  # noqa: S608

    def _of_item(self, no: int, item: OpenItem) -> Sql:
        open_, values = carries(self._scope.rules, self._number, self._at)
        bits, more = self._by_notice(item)
        grades = sorted(map(str, item.grades))
        # compared one by one: IN looks into a tree of its own
        proven = f"CASE c.grade {' '.join(['WHEN ? THEN 1'] * len(grades))} ELSE 0 END" if grades else "0"
        return (
            f"SELECT c.hcp AS hcp, {bits} AS bits FROM consent_state c WHERE c.item = ? AND {open_}"  # noqa: S608
            f" AND {proven}",
            [*more, no, *values, *grades],
        )

    def _by_notice(self, item: OpenItem) -> Sql:
        classes = {*item.notices.values(), item.other}
        if len(classes) == 1:
            return str(_code(_bits(item.other))), []
        whens = "".join(f" WHEN ? THEN {_code(_bits(shown))}" for shown in item.notices.values())
        return f"CASE c.notice{whens} ELSE {_code(_bits(item.other))} END", list(item.notices)

    def _waiting(self) -> Sql:
        waiting = self._scope.waiting
        if waiting is None:
            return "", []
        bits, no = _code(_bits(waiting.shown)), self._number(waiting.item)
        if no is None:
            return f"SELECT hcp, {bits} AS bits FROM people", []  # noqa: S608 - numbers only
        status, values = reads_as(self._scope.rules, self._number, self._at)
        names = sorted(map(str, waiting.statuses))
        return (
            f"SELECT p.hcp AS hcp, {bits} AS bits FROM people p LEFT JOIN consent_state c ON c.item = ?"  # noqa: S608
            f" AND c.hcp = p.hcp WHERE c.hcp IS NULL OR {status} IN ({_marks(names)})",
            [no, *values, *names],
        )

    def _registered(self) -> Sql:
        """A consent comes first: a basis counts for people whom none opens."""
        if not self._scope.registered:
            return "", []
        pairs = [[hcp, _code(_bits(shown, public=public))] for hcp, (shown, public) in self._scope.registered.items()]
        text = "SELECT value ->> 0 AS hcp, value ->> 1 AS bits FROM json_each(?)"
        inner, values = self._carried_at_all()
        if not inner:
            return text, [json.dumps(pairs)]
        return f"{text} WHERE value ->> 0 NOT IN ({inner})", [json.dumps(pairs), *values]

    def _carried_at_all(self) -> Sql:
        assert self._scope.opened is not None
        items = [(no, item) for item in self._scope.opened if (no := self._number(item.item)) is not None]
        parts = [self._of_item(no, item) for no, item in items]
        body = " UNION ALL ".join(f"SELECT hcp FROM ({text})" for text, _ in parts)  # noqa: S608 - constants
        return body, [value for _, values in parts for value in values]

    def _own_basis(self) -> Sql:
        """Any consent or registered basis of the person in force, whatever it is for (docs/decisions/0010)."""
        open_, values = carries(self._scope.rules, self._number, self._at)
        now = micros(self._at)
        return (
            f"EXISTS (SELECT 1 FROM consent_state c WHERE c.hcp = s.hcp AND {open_}) OR EXISTS ("  # noqa: S608
            "SELECT 1 FROM basis b LEFT JOIN basis_support u ON u.hcp = b.hcp AND u.purpose = b.purpose"
            " AND u.recorded_at = b.recorded_at WHERE b.hcp = s.hcp AND (b.valid_until IS NULL OR b.valid_until > ?)"
            " AND (u.ended_at IS NULL OR u.ended_at > ?))",
            [*values, now, now],
        )

    def _card(self, card: Card) -> Sql:
        numbers = [(no, item) for item in card.items if (no := self._number(item)) is not None]
        if not numbers:
            return "1", []
        status, values = reads_as(self._scope.rules, self._number, self._at)
        open_for = sorted(map(str, card.statuses - card.for_good))
        noes = sorted(map(str, card.negative))
        stopped = [no for no, item in numbers if item in card.stopped]
        return (
            "NOT EXISTS (SELECT 1 FROM consent_state c WHERE c.hcp = s.hcp"  # noqa: S608 - marks only
            f" AND c.item IN ({_marks(numbers)}) AND NOT ({status} IN ({_marks(open_for)})"
            " AND CASE WHEN c.ask_again_from IS NOT NULL THEN c.ask_again_from <= ?"
            f" ELSE c.may_ask AND c.item NOT IN ({_marks(stopped)}) AND c.status NOT IN ({_marks(noes)}) END))",
            [*(no for no, _ in numbers), *values, *open_for, micros(self._at), *stopped, *noes],
        )


#: The byte of a number, and that of one which is in the set.
_MARK, _SET = "substr(?, {} + 1, 1)", "x'01'"


@dataclass(frozen=True, slots=True)
class _When:
    """When a column shows: by one of ``ways``, each a bit of the class (0: of all) and the sources that pass (None:
    any); of nobody whose relation ``ended``, and from no doubtful source of people recorded before ``doubt``.
    ``like_name``: what comes from the name's own source shows, as the name does; ``bit`` is asked besides."""

    ways: tuple[tuple[int, frozenset[int] | None], ...]
    ended: Over = NOBODY
    doubt: datetime | None = None
    like_name: bool = False
    bit: int = 0


_ALWAYS, _NEVER = _When(((0, None),)), _When(())


def _settled(when: _When, known: _When, apart: bool) -> _When:
    """What is left to ask of a column of people whose name shows."""
    ended = NOBODY if when.ended == known.ended else when.ended
    if len(when.ways) == len(known.ways) == 1 and when.ways[0][1] == known.ways[0][1]:
        bit, sources = when.ways[0]
        if not apart:
            return replace(_ALWAYS, bit=bit, ended=ended)
        return replace(when, ways=((0, sources),), bit=bit, like_name=True, ended=ended)
    return replace(when, ended=ended)


def _any_of(ways: Sequence[Sql]) -> Sql:
    if not ways:
        return "0", []
    if any(text == "1" for text, _ in ways):
        return "1", []
    return f"({' OR '.join(text for text, _ in ways)})", [value for _, values in ways for value in values]


def _both(first: str, second: str) -> str:
    return first if second == "1" else second if second == "0" else f"({first} AND {second})"


def _bits(shown: Shown, *, public: bool = False) -> int | None:
    if shown is None:
        return None
    return sum(_BIT[key] for key in shown) << (_PUBLIC if public else 0)


def _code(bits: int | None) -> int:
    return -1 if bits is None else bits


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
