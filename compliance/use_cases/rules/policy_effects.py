"""What a change of rules hides and opens, before it is put in force: by kinds of people, not one by one.

Rules: (1) each kind of people is decided once under the rules that hold and once under the new ones, for every role,
purpose and with and without a case; (2) a field counts once for each person and reader it changes for: a role of the
house is one reader, a rep reads the people assigned to them; (3) *hidden* is any change to less, *revealed* any change
to more (withheld, masked, generalised, shown in part, shown); (4) rulings are counted, not values: nothing is unsealed;
(5) where a ruling stays and a changed period ends or frees the value itself, the values that stand there are counted
(policy_ends.py); (6) sheets and packs in the field that hold what would be hidden are named, lists of the last quarter
counted. Long, for it is one comparison: what it knows of each kind serves counts, ends and recall.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from compliance.model.access import (
    FIELD_ROLES,
    AccessFacts,
    AccessGranted,
    BasisFact,
    Block,
    FieldRuling,
    Purpose,
    Role,
)
from compliance.model.audit import Kind
from compliance.model.consent import LineStatus, NoticeVersion
from compliance.model.register import PaperKind, PaperState, SheetRecord
from compliance.policy.access import decide_access
from compliance.policy.catalogue import Treatment
from compliance.policy.compare import Change
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import closed_to
from compliance.policy.rulings import conditions_of
from compliance.use_cases.field.plan_rows import PLAN_FIELDS
from compliance.use_cases.rules.policy_counts import Effects, Recall, Sample, Turned, count, openness, touched
from compliance.use_cases.rules.policy_ends import moves_of, turned_by_end
from compliance.use_cases.seat.facts import (
    Reader,
    assessed,
    basis_fact,
    before_proof,
    rules_for_lists,
    standing_blocks,
)
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import LineKind, PeopleKind, Population

_SAMPLES = 12
#: How far back lists are looked at.
_QUARTER = timedelta(days=90)
_LEVELS = {Treatment.WITHHOLD: 0, Treatment.MASK: 1, Treatment.GENERALISE: 2, Treatment.SHOW: 3}
#: A case nobody opened: stands for any open one.
_SOME_CASE = "CASE"
_Rulings = tuple[FieldRuling, ...]


def effects_of(
    session: Session,
    reader: Reader,
    *,
    old: PolicySet,
    new: PolicySet,
    changes: tuple[Change, ...],
    at: datetime,
    recall_at: datetime,
) -> Effects:
    """What changes for everybody at ``at``; sheets and packs are those in the field at ``recall_at``."""
    weighing = _Weighing(session, reader, old=old, new=new, changes=changes, at=at)
    return weighing.effects(recall_at)


class _Weighing:
    """One comparison: kinds of people, their decisions under both sets, and what follows."""

    def __init__(
        self,
        session: Session,
        reader: Reader,
        *,
        old: PolicySet,
        new: PolicySet,
        changes: tuple[Change, ...],
        at: datetime,
    ) -> None:
        self._reader, self._old, self._new, self._at = reader, old, new, at
        self._purposes = touched(changes, new)
        self._items = {purpose: self._items_of(purpose) for purpose in self._purposes}
        self._notices = known_notices(session, reader)
        self._choice, self._until = before_proof(reader)
        self._assessed = assessed(reader, at=at)
        own: dict[str, tuple[object, ...]] = {
            hcp_id: tuple((row.purpose, basis_fact(row)) for row in rows if row.in_force(at))
            for hcp_id, rows in reader.bases.everybody().items()
        }
        memos = [memo for memo in reader.memos.all() if memo.in_force(at)]
        self._memos = {memo.item: memo.memo_id for memo in memos if not memo.hcp_id}
        for memo in memos:
            if memo.hcp_id:
                own[memo.hcp_id] = (*own.get(memo.hcp_id, ()), (memo.item, memo.memo_id))
        for hold in reader.holds.all():
            if hold.stands(at) and hold.set_at <= at:
                for hcp_id in hold.people:
                    if hold.closes(hcp_id):
                        own[hcp_id] = *own.get(hcp_id, ()), (Block.HELD, None)
        self._all: Population = reader.populations.alike(
            at=at,
            rules=rules_for_lists(session, reader, at=at),
            items=frozenset[str]().union(*self._items.values()),
            own={hcp_id: found for hcp_id, found in own.items() if found},
        )
        self._reps = {rep.name: rep.role for rep in reader.reps.all()}
        mine = [(hcp, rep) for hcp, rep in self._all.assigned if rep in self._reps]
        self._moves = moves_of(session, reader, old=old, new=new, changes=changes, assigned=mine, at=at)
        self._by_end: dict[tuple[Role, Purpose, int, int], Turned] = {}
        self._ended: dict[tuple[Role, Purpose], set[str]] = {}  # fields whose end hides them from a reader
        self._compared: dict[tuple[int, int], Turned] = {}
        self._held: list[object] = []  # rulings whose ids are keys above
        self._lines: dict[int, LineStatus] = {}
        self._groups: dict[Purpose, tuple[list[int], list[int]]] = {}
        self._turned: dict[tuple[Role, Purpose, int], Turned] = {}
        self._decided: dict[tuple[Role, Purpose, int], list[tuple[_Rulings, _Rulings]]] = {}
        self._keyed: dict[int, Mapping[str, FieldRuling]] = {}

    def effects(self, recall_at: datetime) -> Effects:
        """All of it."""
        done = Effects(people=len(self._all.kind_of), kinds=len(self._all.kinds))
        sizes = Counter(self._all.kind_of.values())
        pairs = Counter((self._all.kind_of[hcp], rep) for hcp, rep in self._all.assigned if rep in self._reps)
        samples: dict[tuple[Role, Purpose, str], _Found] = {}

        def found(
            role: Role, purpose: Purpose, turned: Turned, times: int, *, kind: int = -1, hcp: int = -1, rep: str = ""
        ) -> None:
            count(done, turned, role=role, purpose=purpose, times=times, rep=rep)
            for key, (way, before, after) in turned.items():
                samples.setdefault((role, purpose, key), _Found(way, kind, hcp, before, after))

        for role, purpose in self._readers():
            group_of, kinds = self._grouped(purpose)
            if role not in FIELD_ROLES:
                people: Counter[int] = Counter()
                for kind, size in sizes.items():
                    people[group_of[kind]] += size
                for group, size in people.items():
                    if turned := self._of(group, role, purpose):
                        found(role, purpose, turned, size, kind=kinds[group])
                continue
            seen: Counter[tuple[int, str]] = Counter()
            for (kind, rep), size in pairs.items():
                seen[group_of[kind], rep] += size
            for (group, rep), size in sorted(seen.items()):
                if self._reps[rep] is role and (turned := self._of(group, role, purpose)):
                    found(role, purpose, turned, size, kind=kinds[group], rep=rep)
        for role, purpose, rep, group, shape, size, hcp in self._moving():
            if turned := self._of_end(group, role, purpose, shape):
                found(role, purpose, turned, size, hcp=hcp, rep=rep)
                hidden = {key for key, change in turned.items() if change[0] < 0}
                self._ended.setdefault((role, purpose), set()).update(hidden)
        done.ends = self._moves.ends
        done.samples = self._samples(samples)
        done.recall = tuple(self._recall(recall_at))
        done.exports = sum(map(self._narrowed, self._exports(recall_at)))
        return done

    def _moving(self) -> Iterator[tuple[Role, Purpose, str, int, int, int, int]]:
        """Reader, and the people alike in their eyes whose values move: rep, group, shape, how many, one of them."""
        kind_of, moves = self._all.kind_of, self._moves.of
        house: Counter[tuple[int, int]] = Counter()
        field: Counter[tuple[int, int, str]] = Counter()
        first: dict[tuple[int, int, str], int] = {}
        for hcp, shapes in moves.items():
            kind = kind_of[hcp]
            for shape in shapes:
                house[kind, shape] += 1
                first.setdefault((kind, shape, ""), hcp)
        for hcp, rep in self._all.assigned if moves else ():
            if rep in self._reps:
                for shape in moves.get(hcp, ()):
                    field[kind_of[hcp], shape, rep] += 1
                    first.setdefault((kind_of[hcp], shape, rep), hcp)
        for role, purpose in self._readers():
            group_of, _ = self._grouped(purpose)
            if role not in FIELD_ROLES:
                whose = [(kind, shape, "", size) for (kind, shape), size in house.items()]
            else:
                whose = [(*key, size) for key, size in sorted(field.items()) if self._reps[key[2]] is role]
            alike: dict[tuple[int, int, str], tuple[int, int]] = {}
            for kind, shape, rep, size in whose:
                place = group_of[kind], shape, rep
                times, hcp = alike.get(place, (0, first[kind, shape, rep]))
                alike[place] = times + size, hcp
            for (group, shape, rep), (times, hcp) in alike.items():
                yield role, purpose, rep, group, shape, times, hcp

    def _readers(self) -> list[tuple[Role, Purpose]]:
        return [
            (role, purpose)
            for purpose in self._purposes
            for role in sorted(self._old.purposes[purpose].roles | self._new.purposes[purpose].roles)
        ]

    def _items_of(self, purpose: Purpose) -> frozenset[str]:
        """Consent items a decision for the purpose may look at, under either set."""
        found: set[str] = set()
        for policy in (self._old, self._new):
            rule, grant = policy.purposes[purpose], policy.grants[purpose].at(self._at)
            found |= {*rule.items_any, *rule.asks}
            names = conditions_of(policy, rule, grant) if grant else ()
            found |= {name.partition(":")[2] for name in names}
        return frozenset(found)

    def _grouped(self, purpose: Purpose) -> tuple[list[int], list[int]]:
        """kind → group, and a kind of each group: kinds that differ in nothing the purpose asks of are one group."""
        if purpose not in self._groups:
            wanted = self._items[purpose]
            asked = {id(line) for kind in self._all.kinds for line in kind.lines if line.item in wanted}
            places: dict[object, int] = {}
            group_of: list[int] = []
            kinds: list[int] = []
            for number, kind in enumerate(self._all.kinds):
                key = (kind.record, kind.own, tuple([n for line in kind.lines if (n := id(line)) in asked]))
                group = places.setdefault(key, len(places))
                if group == len(kinds):
                    kinds.append(number)
                group_of.append(group)
            self._groups[purpose] = group_of, kinds
        return self._groups[purpose]

    def _of(self, group: int, role: Role, purpose: Purpose) -> Turned:
        """What changes for people of one group in one reader's eyes."""
        key = (role, purpose, group)
        if key not in self._turned:
            found: dict[str, tuple[int, str, str]] = {}
            for old, new in self._rulings(group, role, purpose):
                for name, turned in self._compare(old, new).items():
                    found.setdefault(name, turned)
            self._turned[key] = found
        return self._turned[key]

    def _of_end(self, group: int, role: Role, purpose: Purpose, shape: int) -> Turned:
        """What the ends of one shape change for people of one group; what their rulings turn already counts there."""
        key = (role, purpose, group, shape)
        if key not in self._by_end:
            sides = [(self._by_key(old), self._by_key(new)) for old, new in self._rulings(group, role, purpose)]
            closed = closed_to(self._old, role, purpose), closed_to(self._new, role, purpose)
            turned = turned_by_end(self._moves.shapes[shape], sides, closed)
            counted = self._of(group, role, purpose)
            self._by_end[key] = {name: change for name, change in turned.items() if name not in counted}
        return self._by_end[key]

    def _rulings(self, group: int, role: Role, purpose: Purpose) -> list[tuple[_Rulings, _Rulings]]:
        """The rulings under both sets, with and without a case."""
        key = (role, purpose, group)
        if key not in self._decided:
            kind = self._all.kinds[self._grouped(purpose)[1][group]]
            found = []
            for case in self._cases(purpose):
                facts = self._facts(kind, case, self._items[purpose])
                old, new = (
                    side.rulings if isinstance(side, AccessGranted) else ()
                    for side in (
                        decide_access(policy, role=role, purpose=purpose, facts=facts[n], at=self._at)
                        for n, policy in enumerate((self._old, self._new))
                    )
                )
                found.append((old, new))
            self._decided[key] = found
        return self._decided[key]

    def _by_key(self, rulings: _Rulings) -> Mapping[str, FieldRuling]:
        if id(rulings) not in self._keyed:
            self._keyed[id(rulings)] = {ruling.key: ruling for ruling in rulings}
            self._held.append(rulings)
        return self._keyed[id(rulings)]

    def _cases(self, purpose: Purpose) -> tuple[str | None, ...]:
        cased = any(
            grant.without_case
            for policy in (self._old, self._new)
            if (granted := policy.grants[purpose].at(self._at)) is not None
            for grant in granted.fields.values()
        )
        return (None, _SOME_CASE) if cased else (None,)

    def _compare(self, old: tuple[FieldRuling, ...], new: tuple[FieldRuling, ...]) -> Turned:
        place = (id(old), id(new))
        found = self._compared.get(place)
        if found is None:
            before, after = {r.key: r for r in old}, {r.key: r for r in new}
            made: dict[str, tuple[int, str, str]] = {}
            for key in dict.fromkeys([*before, *after]):
                was, now = openness(before.get(key)), openness(after.get(key))
                if was[0] != now[0]:
                    made[key] = (1 if now[0] > was[0] else -1, was[1], now[1])
            found = self._compared[place] = made
            self._held += [old, new]
        return found

    def _facts(self, kind: PeopleKind, case: str | None, items: frozenset[str]) -> tuple[AccessFacts, AccessFacts]:
        """The facts of a kind as either set of rules sees them."""
        lines = {line.item: self._line(line) for line in kind.lines if line.item in items}
        held: frozenset[Block] = frozenset()
        bases: dict[Purpose, BasisFact] = {}
        memos = dict(self._memos)
        for pair in kind.own:
            assert isinstance(pair, tuple)
            if isinstance(pair[1], BasisFact):
                bases[pair[0]] = pair[1]
            elif pair[0] is Block.HELD:
                held = frozenset((Block.HELD,))
            else:
                memos[pair[0]] = pair[1]
        old, new = (
            AccessFacts(
                hcp_id="",
                record_status=kind.status,
                blocks=standing_blocks(
                    policy, status=kind.status, blocks=kind.blocks, own_basis=kind.opened or bool(bases)
                )
                | held,
                lines=lines,
                bases=bases,
                assessments=self._assessed,
                assigned=True,
                case_id=case,
                before_proof=self._choice,
                before_proof_until=self._until,
                adm_optout=kind.adm_optout,
                memos=memos,
            )
            for policy in (self._old, self._new)
        )
        return old, new

    def _line(self, line: LineKind) -> LineStatus:
        if id(line) not in self._lines:
            self._lines[id(line)] = _status(line, self._notices)
        return self._lines[id(line)]

    def _samples(self, wanted: dict[tuple[Role, Purpose, str], "_Found"]) -> tuple[Sample, ...]:
        """One person for each field, role and purpose, what turns visible first: that is what has to be looked at."""
        chosen = sorted(wanted.items(), key=lambda pair: -pair[1].way)[:_SAMPLES]
        kinds = {one.kind for _, one in chosen}
        first: dict[int, int] = {}
        for hcp, kind in self._all.kind_of.items():
            if kind in kinds:
                first.setdefault(kind, hcp)
        whose = [first[one.kind] if one.hcp < 0 else one.hcp for _, one in chosen]
        ids = self._reader.hcp_ids(set(whose))
        return tuple(
            Sample(hcp_id=ids[hcp], role=role, purpose=purpose, key=key, before=one.before, after=one.after)
            for hcp, ((role, purpose, key), one) in zip(whose, chosen, strict=True)
        )

    def _recall(self, at: datetime) -> Iterator[Recall]:
        papers = [s for s in self._reader.sheets.waiting() if s.state(at) is PaperState.OUT and s.expires_at > self._at]
        numbers = self._reader.populations.numbers(sorted({hcp_id for paper in papers for hcp_id in paper.about}))
        for paper in papers:
            if any(self._hides(paper, hcp_id, numbers.get(hcp_id, -1)) for hcp_id in paper.about):
                yield Recall(kind="recall_sheet", subject=paper.serial, rep=paper.rep, hcp_id=paper.hcp_id)
        people: Counter[str] = Counter()
        lost: dict[tuple[int, Role], bool] = {}
        ended = cache(self._lost_by_end)
        for hcp, rep in self._all.assigned:
            if rep not in self._reps:
                continue
            place = (self._all.kind_of[hcp], self._reps[rep])
            if place not in lost:
                lost[place] = self._loses(*place)
            people[rep] += lost[place] or any(ended(*place, n) for n in self._moves.of.get(hcp, ()))
        for rep, number in sorted(people.items()):
            pack = self._reader.bundles.last(rep) if number else None
            if pack is not None and at < pack.expires_at:
                yield Recall(kind="refresh_pack", subject=rep, rep=rep, people=number)

    def _exports(self, at: datetime) -> list[dict[str, Any]]:
        """Entries of the lists of people that were let out in the last quarter."""
        found = self._reader.log.find(kind=Kind.EXPORT_APPROVED, since=at - _QUARTER, limit=100_000)
        return [entry.data for entry in found if entry.data["detail"].get("what") == "people_xlsx"]

    def _narrowed(self, entry: dict[str, Any]) -> bool:
        """Whether the same list would be refused, or hold less, for whoever made it."""
        purpose, role = Purpose(entry["purpose"]), Role(entry["role"])
        if purpose not in self._purposes:
            return False
        if not self._ended.get((role, purpose), frozenset()).isdisjoint(entry["fields"]):
            return True
        sides = [_granted(policy, purpose, role, self._at) for policy in (self._old, self._new)]
        return any(sides[1].get(key, 0) < sides[0].get(key, 0) for key in entry["fields"])

    def _hides(self, paper: SheetRecord, hcp_id: str, number: int) -> bool:
        """Whether something that stands on a paper about a person may not be shown any more."""
        kind, purpose = self._all.kind_of.get(number), paper.shows(hcp_id)
        if kind is None or purpose is None or paper.rep not in self._reps or purpose not in self._purposes:
            return False
        template = self._old.sheet_template(purpose)
        printed = frozenset(key for block in template.blocks for key in block.fields) if template else None
        keys = PLAN_FIELDS if paper.kind is PaperKind.DAY_PLAN else printed
        group, role = self._grouped(purpose)[0][kind], self._reps[paper.rep]
        ended = (self._of_end(group, role, purpose, shape) for shape in self._moves.of.get(number, ()))
        return any(
            change[0] < 0
            for turned in (self._of(group, role, purpose), *ended)
            for key, change in turned.items()
            if keys is None or key in keys
        )

    def _loses(self, kind: int, role: Role) -> bool:
        return any(
            change[0] < 0
            for mine, purpose in self._readers()
            if mine is role
            for change in self._of(self._grouped(purpose)[0][kind], role, purpose).values()
        )

    def _lost_by_end(self, kind: int, role: Role, shape: int) -> bool:
        return any(
            change[0] < 0
            for mine, purpose in self._readers()
            if mine is role
            for change in self._of_end(self._grouped(purpose)[0][kind], role, purpose, shape).values()
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """The first of what is sampled: somebody of a kind, or one person."""

    way: int
    kind: int
    hcp: int
    before: str
    after: str


def _status(line: LineKind, notices: Mapping[str, NoticeVersion]) -> LineStatus:
    version = notices.get(line.notice or "")
    spoken = version.line(line.item) if version else None
    return LineStatus(
        item=line.item,
        purpose=line.item.partition("/")[0],
        status=line.status,
        code="",
        notice=line.notice,
        grade=line.grade,
        ask_again_from=line.ask_again_from,
        may_ask=line.may_ask,
        kinds=frozenset(spoken.kinds) if spoken else frozenset(),
        recipient=spoken.recipient if spoken else "",
    )


def _granted(policy: PolicySet, purpose: Purpose, role: Role, at: datetime) -> dict[str, int]:
    """How open each field is to a role at best, before any person's consent is looked at."""
    rule, grant = policy.purposes[purpose], policy.grants[purpose].at(at)
    if grant is None or role not in rule.roles or not rule.in_force(at):
        return {}
    return {
        key: _LEVELS[given.treatments[role].treatment]
        for key, given in grant.fields.items()
        if role in given.treatments
    }
