"""What changed periods end and free: values past their end under one set of rules and not under the other.

Rules: (1) the very sets of people and cutoffs of lists and decisions say what is over under each set
(ending/ended_people.py, policy/retention.py); (2) no section is opened: the holding beside each tells which fields
stand there from which source, and a section not noted yet is counted as unknown; (3) people whose section holds the
same, in whose eyes the same moves, share one *shape*, and readers are asked once for each; (4) what a merged record
holds beside the person's own is shown to nobody and counted by no reader, so not here either; (5) a value is named by
its field and rule, never opened: who reads it before and after is what the rulings, their tests and its end leave.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from compliance.model.access import FieldRuling, Section, ValueTest
from compliance.model.limits import day_end
from compliance.model.profile import Provenance, ValueStatus
from compliance.model.retention import RecordKind, StartEvent
from compliance.policy.compare import Change
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import closed_to, cutoff_of
from compliance.policy.values import failed_test
from compliance.use_cases.ending.ended_people import relations_over
from compliance.use_cases.ending.retention_due import put_off
from compliance.use_cases.people.sources import Settling
from compliance.use_cases.rules.policy_counts import Ends, EndSample, Turned, openness
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.vault import Over
from compliance.vault.engine.times import micros

#: Old and new, in that order.
Pair = tuple[bool, bool]
Rulings = Mapping[str, FieldRuling]


@dataclass(frozen=True, slots=True)
class Moved:
    """A field whose value is over under one set, or under both where readers of what is over change. ``failed``: the
    tests its source fails."""

    key: str
    rule: str
    over: Pair
    failed: frozenset[ValueTest]


@dataclass(slots=True)
class Moves:
    """Whose values move: person → places in ``shapes``; the counts that ask for no reader."""

    shapes: list[tuple[Moved, ...]] = field(default_factory=list)
    of: dict[int, list[int]] = field(default_factory=dict)
    ends: Ends = field(default_factory=Ends)


def moves_of(
    session: Session,
    reader: Reader,
    *,
    old: PolicySet,
    new: PolicySet,
    changes: Sequence[Change],
    assigned: Sequence[tuple[int, str]],
    at: datetime,
) -> Moves:
    """Everything that moves at ``at``; nothing where no period, rule or reader of retention changes."""
    found = Moves()
    if not any(change.where.startswith("policy/retention.toml:") for change in changes):
        return found
    search = _Search(session, reader, old, new, at)
    first: dict[int, int] = {}  # shape → one person
    for section in Section:
        for hcp, created, kept in reader.retention.own(section, search.holdings, whose=search.whose):
            if kept is None:
                found.ends.unknown += 1
            elif (shape := search.shape(kept, hcp, created)) is not None:
                found.of.setdefault(hcp, []).append(shape)
                first.setdefault(shape, hcp)
    found.shapes = search.shapes
    _count(found, assigned)
    found.ends.samples = _samples(found, first, reader)
    return found


def turned_by_end(shape: Sequence[Moved], sides: Sequence[tuple[Rulings, Rulings]], closed: Pair) -> Turned:
    """What a reader sees less or more of for the end of a value alone: ``sides`` are their rulings under both sets,
    with and without a case, ``closed`` whether they read nothing that is over."""
    found: dict[str, tuple[int, str, str]] = {}
    for moved in shape:
        shut = moved.over[0] and closed[0], moved.over[1] and closed[1]
        if shut[0] is shut[1]:
            continue
        for rulings in sides:
            was, now = (
                openness(None if end or not ruling or ruling.tests & moved.failed else ruling)
                for end, ruling in zip(shut, (side.get(moved.key) for side in rulings), strict=True)
            )
            if was[0] != now[0]:
                found.setdefault(moved.key, (1 if now[0] > was[0] else -1, was[1], now[1]))
    return found


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


@dataclass(frozen=True, slots=True)
class _Source:
    """What decides of a source: the first cutoff that takes in its date, whether it is in quarantine, the tests it
    fails. Stores have thousands of sources and few that differ in it."""

    dated: date | None
    doubted: bool
    failed: frozenset[ValueTest]


_Body = tuple[tuple[str, _Source], ...]


class _Search:
    """What is the same for every section: the people of each rule as bits beside a person, ends put off, sources."""

    def __init__(self, session: Session, reader: Reader, old: PolicySet, new: PolicySet, at: datetime) -> None:
        known: dict[object, frozenset[int]] = {}

        def remember(asked: object, seek: Callable[[], frozenset[int]]) -> frozenset[int]:
            if asked not in known:
                known[asked] = seek()
            return known[asked]

        over = [relations_over(policy, reader, at=at, remember=remember) for policy in (old, new)]
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
        readers = {(role, key) for policy in (old, new) for key, rule in policy.purposes.items() for role in rule.roles}
        self._open_differs = any(closed_to(old, *one) is not closed_to(new, *one) for one in readers)
        self._known: dict[tuple[int, int, frozenset[str], int], int | None] = {}
        self._places: dict[tuple[Moved, ...], int] = {}
        self._bodies: list[_Body] = []
        self._body_of = self._read(session, reader, new, at)
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

    def _read(self, session: Session, reader: Reader, policy: PolicySet, at: datetime) -> dict[int, int]:
        """Holding → place of what decides of it, the same for many."""
        settling = Settling(session, reader, at=at)
        records = {no: settling.record(record) for no, record in reader.provenances.all().items()}
        refresh = {key: policy.refresh_days(key) for key in policy.fields}
        sources: dict[tuple[int, int | None], _Source] = {}
        places: dict[_Body, int] = {}
        found = {}
        for number, holding in reader.retention.holdings().items():
            body = []
            for source, keys in holding.items():
                for key in keys:
                    asked = source, refresh.get(key)
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


_NOTHING = frozenset[str]()
_WAYS = {(False, True): "ended", (True, False): "freed"}


def _count(found: Moves, assigned: Sequence[tuple[int, str]]) -> None:
    """Values and people by rule, by field and by rep: what stands there, whoever may read it."""
    ends = found.ends
    alike = Counter(tuple(shapes) for shapes in found.of.values())
    by_shapes: dict[tuple[int, ...], Counter[str]] = {}
    for shapes, times in alike.items():
        mine = by_shapes[shapes] = Counter()
        rules: set[tuple[str, str]] = set()
        for moved in (moved for shape in shapes for moved in found.shapes[shape]):
            way = _WAYS.get(moved.over)
            if way is None:
                continue
            mine[way] += 1
            rules.add((moved.rule, way))
            ends.by_rule.setdefault(moved.rule, Counter())[way] += times
            ends.by_field.setdefault(moved.key, Counter())[way] += times
        for rule, way in rules:
            ends.by_rule[rule][f"people_{way}"] += times
        for way in {way for _, way in rules}:
            mine[f"people_{way}"] = 1
        for name, number in mine.items():
            ends.total[name] += number * times
    for hcp, rep in assigned:
        if (shapes_of := found.of.get(hcp)) and (mine := by_shapes[tuple(shapes_of)]):
            ends.by_rep.setdefault(rep, Counter()).update(mine)


def _samples(found: Moves, first: Mapping[int, int], reader: Reader) -> tuple[EndSample, ...]:
    """One person for each rule and field and way."""
    chosen: dict[tuple[str, str, str], int] = {}
    for shape, hcp in first.items():
        for moved in found.shapes[shape]:
            if way := _WAYS.get(moved.over):
                chosen.setdefault((way, moved.rule, moved.key), hcp)
    per_rule: Counter[tuple[str, str]] = Counter()
    kept = []
    for (way, rule, key), hcp in sorted(chosen.items(), key=lambda pair: (pair[0][0] != "freed", pair[0])):
        per_rule[way, rule] += 1
        if per_rule[way, rule] == 1:  # one field of each rule tells
            kept.append((way, rule, key, hcp))
    ids = reader.hcp_ids({hcp for *_, hcp in kept})
    return tuple(EndSample(hcp_id=ids[hcp], rule=rule, key=key, way=way) for way, rule, key, hcp in kept)
