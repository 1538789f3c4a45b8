"""The set-wise search behind :mod:`policy_ends`: which values are over under two sets of rules, body by body.

Rules: (1) a person is bits, one for each question a rule asks of their row, and the rules whose end was put off; a
section is a *body*, its fields with what decides of their sources; equal pairs of these are decided once; (2) a rule
that stands as it did is not asked, unless the end of another takes its values first; (3) what can move for nobody is
not read.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from compliance.model.access import ValueTest
from compliance.model.limits import day_end
from compliance.model.profile import Provenance, ValueStatus
from compliance.model.retention import RecordKind, StartEvent
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import closed_to, cutoff_of
from compliance.policy.values import failed_test
from compliance.use_cases.ending.ended_people import relations_over
from compliance.use_cases.ending.retention_due import put_off
from compliance.use_cases.people.sources import Settling
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.vault import Over
from compliance.vault.engine.times import micros

#: Old and new, in that order.
Pair = tuple[bool, bool]
_NOTHING = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Moved:
    """A field whose value is over under one set, or under both where readers of what is over change. ``failed``: the
    tests its source fails."""

    key: str
    rule: str
    over: Pair
    failed: frozenset[ValueTest]


@dataclass(frozen=True, slots=True)
class _Source:
    """What decides of a source: the first cutoff that takes in its date, whether it is in quarantine, the tests it
    fails. Stores have thousands of sources and few that differ in it."""

    dated: date | None
    doubted: bool
    failed: frozenset[ValueTest]


_Body = tuple[tuple[str, _Source], ...]


class EndSearch:
    """What is the same for every section: the people of each rule as bits beside a person, ends put off, sources."""

    def __init__(self, session: Session, reader: Reader, old: PolicySet, new: PolicySet, at: datetime) -> None:
        known: dict[object, frozenset[int]] = {}

        def remember(asked: object, seek: Callable[[], frozenset[int]]) -> frozenset[int]:
            if asked not in known:
                known[asked] = seek()
            return known[asked]

        readers = {(role, key) for policy in (old, new) for key, rule in policy.purposes.items() for role in rule.roles}
        self._open_differs = any(closed_to(old, *one) is not closed_to(new, *one) for one in readers)
        holdings = reader.retention.holdings()
        stored = {key for holding in holdings.values() for keys in holding.values() for key in keys}
        asked_of = _asked(old, new, stored, at, everything=self._open_differs)
        over = [
            relations_over(policy, reader, at=at, only=rules, remember=remember)
            for policy, rules in zip((old, new), asked_of, strict=True)
        ]
        bit = {asked: 1 << n for n, asked in enumerate(dict.fromkeys(x for side in over for x in side.values()))}
        self._sides = [_Side(policy, asked, bit, at) for policy, asked in zip((old, new), over, strict=True)]
        self._mask: dict[int, int] = {}
        for asked, value in bit.items():
            for hcp in reader.retention.people(asked):
                self._mask[hcp] = self._mask.get(hcp, 0) | value
        lifted: dict[int, set[str]] = {}
        for hcp, rule in put_off(reader, at):
            lifted.setdefault(hcp, set()).add(rule)
        self._lifted = {hcp: frozenset(rules) for hcp, rules in lifted.items()}
        days = {day for side in self._sides for day in (*side.dated.values(), *filter(None, (side.doubt,)))}
        self._days = sorted(days)
        self._turns = [micros(day_end(day)) for day in self._days]
        self._known: dict[tuple[int, int, frozenset[str], int], int | None] = {}
        self._places: dict[tuple[Moved, ...], int] = {}
        self._bodies: list[_Body] = []
        self._body_of = self._read(session, reader, holdings, new.refresh_days, at)
        self.holdings, self.whose = self._possible()

    @property
    def shapes(self) -> list[tuple[Moved, ...]]:
        """In the order of their places."""
        return list(self._places)

    def shape(self, kept: int, hcp: int, created: int) -> int | None:
        """What moves in one section of a person; None when nothing does."""
        age = bisect_right(self._turns, created)
        place = self._body_of[kept], self._mask.get(hcp, 0), self._lifted.get(hcp, _NOTHING), age
        return self._known[place] if place in self._known else self._shape(*place)

    def _read(
        self,
        session: Session,
        reader: Reader,
        holdings: Mapping[int, Mapping[int, Sequence[str]]],
        refresh_days: Callable[[str], int | None],
        at: datetime,
    ) -> dict[int, int]:
        """Holding → place of what decides of it, the same for many."""
        settling = Settling(session, reader, at=at)
        records = {no: settling.record(record) for no, record in reader.provenances.all().items()}
        refresh: dict[str, int | None] = {}
        sources: dict[tuple[int, int | None], _Source] = {}
        places: dict[_Body, int] = {}
        found = {}
        for number, holding in holdings.items():
            body = []
            for source, keys in holding.items():
                for key in keys:
                    if key not in refresh:
                        refresh[key] = refresh_days(key)
                    asked = source, refresh[key]
                    if asked not in sources:
                        sources[asked] = self._source(records[source], asked[1], at)
                    body.append((key, sources[asked]))
            found[number] = places.setdefault(tuple(body), len(places))
        self._bodies = list(places)
        return found

    def _source(self, record: Provenance, days: int | None, at: datetime) -> _Source:
        dated = record.source_date
        if dated is not None:
            age = bisect_left(self._days, dated)
            dated = self._days[age] if age < len(self._days) else date.max
        return _Source(
            dated=dated,
            doubted=record.status is ValueStatus.QUARANTINED and not record.paused,
            failed=frozenset(test for test in ValueTest if failed_test(frozenset((test,)), record, at, days)),
        )

    def _possible(self) -> tuple[list[int], list[int] | None]:
        """Holdings in which something can move for somebody, and for whom alone; None where it may be for anybody."""
        kinds = {(mask, _NOTHING) for mask in {0, *self._mask.values()}}
        kinds |= {(self._mask.get(hcp, 0), rules) for hcp, rules in self._lifted.items()}
        bodies: set[int] = set()
        moving: set[int] = set()
        for body in range(len(self._bodies)):
            for mask, lifted in kinds:
                if any(self._shape(body, mask, lifted, age) is not None for age in range(len(self._days) + 1)):
                    bodies.add(body)
                    moving.add(mask)
        holdings = [number for number, body in self._body_of.items() if body in bodies]
        return holdings, None if 0 in moving else [hcp for hcp, mask in self._mask.items() if mask in moving]

    def _shape(self, body: int, mask: int, lifted: frozenset[str], age: int) -> int | None:
        place = body, mask, lifted, age
        if place not in self._known:
            recorded = self._days[age] if age < len(self._days) else date.max
            moved = []
            for key, source in self._bodies[body]:
                was, now = (side.rule_over(key, source, mask, lifted, recorded) for side in self._sides)
                if bool(was) is not bool(now) or (was and self._open_differs):
                    moved.append(Moved(key, now or was, (bool(was), bool(now)), source.failed))
            shape = tuple(moved)
            self._known[place] = self._places.setdefault(shape, len(self._places)) if shape else None
        return self._known[place]


class _Side:
    """One set of rules at the instant: which rule a field falls under, and what is over by it."""

    def __init__(self, policy: PolicySet, over: Mapping[str, Over], bit: Mapping[Over, int], at: datetime) -> None:
        rules = policy.retention
        held, doubt = rules.record(RecordKind.HELD_PERSON), rules.record(RecordKind.QUARANTINED_VALUE)
        self.of_field = rules.of_field
        self.bits = {key: bit[asked] for key, asked in over.items()}
        self.held = held.key if held else ""
        self.doubt, self.doubt_rule = cutoff_of(doubt, at), doubt.key if doubt else ""
        dated = (rules.rules[key] for key in dict.fromkeys(rules.of_field.values()))
        bounds = ((rule.key, cutoff_of(rule, at)) for rule in dated if rule.event is StartEvent.SOURCE_DATE)
        self.dated = {key: bound for key, bound in bounds if bound is not None}

    def rule_over(self, key: str, source: "_Source", mask: int, lifted: frozenset[str], recorded: date) -> str:
        """The rule by which a value is past its end; "" while it is not (policy/retention.cutoffs, set-wise)."""
        rule = self.of_field.get(key)
        if rule is None:
            return ""
        if mask & self.bits.get(rule, 0):
            return self.held if mask & self.bits.get(self.held, 0) else rule
        bound = self.dated.get(rule)
        if bound is not None and rule not in lifted and (source.dated or recorded) <= bound:
            return rule
        if source.doubted and self.doubt is not None and max(source.dated or recorded, recorded) <= self.doubt:
            return self.doubt_rule
        return ""


def _asked(old: PolicySet, new: PolicySet, stored: Set[str], at: datetime, *, everything: bool) -> list[set[str]]:
    """Rules of either set to seek people by: of what is stored, those under which something may move. A rule that
    stands as it did moves nothing, unless the end of another takes its values first."""
    sides = old.retention, new.retention
    mine = [{rule for key, rule in rules.of_field.items() if key in stored} for rules in sides]
    kinds = RecordKind.HELD_PERSON, RecordKind.QUARANTINED_VALUE
    ends = ([_counts(policy, policy.retention.of_record.get(kind, ""), at) for kind in kinds] for policy in (old, new))
    alike = all(sides[1].of_field.get(key) == rule for key, rule in sides[0].of_field.items())
    if everything or next(ends) != next(ends) or not alike:
        return mine
    same = {rule for rule in mine[0] & mine[1] if _counts(old, rule, at) == _counts(new, rule, at)}
    return [rules - same for rules in mine]


def _counts(policy: PolicySet, key: str, at: datetime) -> tuple[object, ...]:
    """What a rule says at an instant of whose values are over."""
    rule = policy.retention.rules.get(key)
    return (key, rule.event, rule.purposes, cutoff_of(rule, at)) if rule else (key,)
