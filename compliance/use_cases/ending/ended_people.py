"""Whose relation is over by each rule: the set-wise half of :func:`compliance.policy.retention.cutoffs`.

The same days and the same cutoffs decide here and there, so that a list, a preview and a decision never differ. Rules:
(1) what a rule asks is a question to the row of each person (vault/people/relations.py), so that a list prepares
nothing and a day that passes, a person who changes and a rule set that takes effect act at once; (2) people are sought
one by one only where that day does not tell: a rule counts some purposes alone, a purpose was ended for everybody
longer ago than the rule's period, or a basis bears an instant still to come.
"""

from collections.abc import Callable, Iterable, Set
from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.consent.relations import ended_since
from compliance.model.limits import day_end
from compliance.model.retention import RecordKind, StartEvent
from compliance.policy.catalogue import RetentionRule
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import cutoff_of
from compliance.use_cases.seat.facts import Reader
from compliance.vault import NOBODY, Over, day_number
from compliance.vault.engine.times import micros

#: Remembers the people of rule 2: what was asked → who was found, sought when it is not known.
Remember = Callable[[object, Callable[[], frozenset[int]]], frozenset[int]]


def ended_people(policy: PolicySet, reader: Reader, *, at: datetime) -> dict[str, frozenset[int]]:
    """Rule (that of held records too) → people all of whose values under it are past their end at ``at``, by
    number. Of rules that count from a value's own date only those who never had a basis; what was put off is left
    out."""
    alike: dict[Over, frozenset[int]] = {}
    found = {}
    for key, over in relations_over(policy, reader, at=at).items():
        if over not in alike:
            alike[over] = reader.retention.people(over)
        found[key] = alike[over]
    return found


def relations_over(
    policy: PolicySet,
    reader: Reader,
    *,
    at: datetime,
    only: Iterable[str] | None = None,
    remember: Remember = lambda _, seek: seek(),
) -> dict[str, Over]:
    """As :func:`ended_people`, as questions to the row of a person. ``only``: these rules, for a list that shows
    nothing else."""
    asking = _Asking(policy, reader, at, remember)
    rules = policy.retention
    found = {asking.held_rule.key: asking.held_people()} if asking.held_rule else {}
    for key in dict.fromkeys(rules.of_field.values() if only is None else only):
        bound = cutoff_of(rules.rules[key], at)
        if bound is not None:
            found[key] = asking.by_rule(rules.rules[key], bound)
    return found


class _Asking:
    """What is the same for every rule at one instant: the end of held records, ends put off, purposes that were ended,
    and whose basis bears an instant still to come (``early``)."""

    def __init__(self, policy: PolicySet, reader: Reader, at: datetime, remember: Remember) -> None:
        self._reader, self._at, self._remember = reader, at, remember
        reader.settle_relations()  # what this transaction changed counts
        self.held_rule = policy.retention.record(RecordKind.HELD_PERSON)
        self._held = cutoff_of(self.held_rule, at)
        day = shanghai_day(at)
        self._lifted: dict[str, set[int]] = {}
        for hcp, until in reader.retention.all_extended(at).items():
            for key, last in until.items():
                if day <= last:
                    self._lifted.setdefault(key, set()).add(hcp)
        stops = reader.stops.all()
        ends = ((item, ended_since(item, stops, at=at)) for item in (reader.consents.items() if stops else ()))
        self._stopped = {item: since for item, since in ends if since is not None}
        self._early = frozenset(reader.retention.based_after(at))

    def held_people(self) -> Over:
        """Whoever never had a relation and is past the end of held records."""
        if self._held is None:
            return NOBODY
        spared = self._lifted_from(self.held_rule) | self._early
        return Over(before=micros(day_end(self._held)), spared=spared, people=self._forgotten_early())

    def by_rule(self, rule: RetentionRule, bound: date) -> Over:
        """Whoever is past the end of a rule whose cutoff is ``bound``, or of held records."""
        related = rule.event is StartEvent.RELATION_END
        whole = related and not rule.purposes  # any relation counts: the day beside the person tells
        never = self._held if self._held is not None else bound if whole else None
        people = self._forgotten_early()
        if related:
            people |= self._besides(bound) if whole else self._for_purposes(rule, bound)
        lifted = self._lifted_from(rule)
        return Over(
            last=day_number(bound) if whole else None,
            before=micros(day_end(never)) if never is not None else None,
            spared=lifted | self._early | self._kept_though_held(),
            people=people - lifted,
        )

    def _lifted_from(self, rule: RetentionRule | None) -> frozenset[int]:
        return frozenset(self._lifted.get(rule.key, ()) if rule else ())

    def _kept_though_held(self) -> frozenset[int]:
        """Who never had a relation, and whose end by the rule of held records was put off."""
        lifted = self._lifted_from(self.held_rule) if self._held is not None else None
        return self._reader.retention.never_related(lifted) if lifted else frozenset()

    def _forgotten_early(self) -> frozenset[int]:
        if not self._early or self._held is None:
            return frozenset()
        forgotten = self._reader.retention.over(
            self._held, held=self._held, purposes=(), at=self._at, never=True, among=self._early
        )
        return frozenset(forgotten) - self._lifted_from(self.held_rule)

    def _besides(self, bound: date) -> frozenset[int]:
        """Whose last relation is over although the day beside them does not say so."""
        ended = tuple(sorted(item for item, since in self._stopped.items() if shanghai_day(since) <= bound))
        if not ended and not self._early:
            return frozenset()

        def seek() -> frozenset[int]:
            return self._sought(bound, (), self._early | (self._reader.retention.open_in(ended) if ended else set()))

        return self._remember((bound, ended, self._early), seek)

    def _for_purposes(self, rule: RetentionRule, bound: date) -> frozenset[int]:
        def seek() -> frozenset[int]:
            among = None if self._stopped else self._reader.retention.likely(bound, purposes=rule.purposes)
            return self._sought(bound, rule.purposes, among)

        return self._remember((bound, rule.key, tuple(self._stopped.items()), self._early), seek)

    def _sought(self, bound: date, purposes: Iterable[str], among: Set[int] | None) -> frozenset[int]:
        never = False if self._held is not None else None
        return frozenset(
            self._reader.retention.over(
                bound, held=None, purposes=purposes, at=self._at, never=never, ended=self._stopped, among=among
            )
        )
