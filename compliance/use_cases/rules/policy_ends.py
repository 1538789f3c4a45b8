"""What changed periods end and free: values past their end under one set of rules and not under the other.

Rules: (1) the very sets of people and cutoffs of lists and decisions say what is over under each set
(ending/ended_people.py, policy/retention.py); (2) no section is opened: the holding beside each tells which fields
stand there from which source, and a section not noted yet is counted as unknown; (3) people whose section holds the
same, in whose eyes the same moves, share one *shape*, and readers are asked once for each; (4) what a merged record
holds beside the person's own is shown to nobody and counted by no reader, so not here either; (5) a value is named by
its field and rule, never opened: who reads it before and after is what the rulings, their tests and its end leave.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from compliance.model.access import FieldRuling, Section
from compliance.policy.compare import Change
from compliance.policy.policy_set import PolicySet
from compliance.use_cases.rules.end_search import EndSearch, Moved, Pair
from compliance.use_cases.rules.policy_counts import Ends, EndSample, Turned, openness
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session

Rulings = Mapping[str, FieldRuling]


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
    search = EndSearch(session, reader, old, new, at)
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
    of_reps = Counter((rep, tuple(theirs)) for hcp, rep in assigned if (theirs := found.of.get(hcp)))
    for (rep, whole), times in of_reps.items():
        for name, number in by_shapes[whole].items():
            ends.by_rep.setdefault(rep, Counter())[name] += number * times


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
