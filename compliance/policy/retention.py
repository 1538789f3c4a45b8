"""When what is kept reaches its end: one rule a value, worked out at each read and stored nowhere (PIPL 19, 47).

Rules: (1) a value ends by the rule of its field; whoever never had a basis has no relation to end and ends by the rule
of *held* records, and a value in quarantine by the rule of quarantine, if that is sooner; (2) periods count as the law
counts (model/limits): what began on a day is past its end once that day lies on or before the *cutoff* of the instant,
so a single day compared with a single day decides, here and in lists; (3) an end put off (``extended``) holds the
values of its rule, never against quarantine; (4) past its end a value is for storage and security only, at that very
instant, whoever has run anything (PIPL 47(2), REQ-091); the roles and purposes the rules name still see it, to answer
the person (PIPL 45).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from compliance.clock import shanghai_day
from compliance.model.access import Purpose, Role
from compliance.model.limits import add_months
from compliance.model.profile import Provenance, ValueStatus
from compliance.model.retention import IN_FORCE, RecordKind, RetentionFacts, StartEvent
from compliance.policy.catalogue import RetentionRule, RetentionTerm
from compliance.policy.policy_set import PolicySet

REASON = "retention_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """What is past its end for one person at one instant, as far as no value must be read: rules that have ended, and
    for rules that count from a value's own date the last day that has ended. ``recorded``: for values without a date.
    """

    ended: frozenset[str] = frozenset()
    dated: Mapping[str, date] = field(default_factory=dict)
    quarantined: date | None = None
    recorded: date | None = None
    key: tuple[object, ...] = ()  # equal keys of one rule set: equal cutoffs


def last_day_of(term: RetentionTerm, start: date) -> date:
    """The last day of a period that counts from ``start``."""
    if start >= IN_FORCE:
        return IN_FORCE
    return add_months(start, term.months) if term.months else start + timedelta(days=term.days)


def cutoff(term: RetentionTerm, day: date) -> date:
    """The latest start whose period is over when ``day`` begins: its last day lies before ``day``."""
    if term.days:
        return day - timedelta(days=term.days + 1)
    found = add_months(day, -term.months)
    while last_day_of(term, found) >= day:
        found -= timedelta(days=1)
    while last_day_of(term, found + timedelta(days=1)) < day:
        found += timedelta(days=1)
    return found


def cutoff_of(rule: RetentionRule | None, at: datetime) -> date | None:
    """The cutoff of a rule at ``at``; None while it has no term in force."""
    term = rule.terms.at(at) if rule else None
    return cutoff(term, shanghai_day(at)) if term else None


def closed_to(policy: PolicySet, role: Role, purpose: Purpose) -> bool:
    """Whether a reader may not see what is past its end (rule 4)."""
    rules = policy.retention
    return bool(rules.rules) and not (role in rules.open_roles and purpose in rules.open_purposes)


def cutoffs(policy: PolicySet, facts: RetentionFacts | None, at: datetime) -> Cutoffs:
    """What is past its end for a person; without facts only what the values themselves say."""
    day = shanghai_day(at)
    of_day = policy.retention_memo.get(day)
    if of_day is None:
        if len(policy.retention_memo) > 64:
            policy.retention_memo.clear()
        of_day = policy.retention_memo[day] = _of_day(policy, at)
    relational, dated, held, quarantined = of_day
    if facts is None:
        return Cutoffs(dated=dated, quarantined=quarantined, key=(day,))
    lifted = frozenset(key for key in facts.extended if _put_off(facts, key, day))
    forgotten = facts.held and held is not None and facts.recorded <= held and _held(policy) not in lifted
    alone = facts.held and held is not None
    over = {
        key
        for key, (rule, bound) in relational.items()
        if forgotten or (not alone and facts.last_of(rule.purposes) <= bound)
    }
    ended = frozenset(over.union(dated if forgotten else ()) - lifted)
    if lifted:
        dated = {key: bound for key, bound in dated.items() if key not in lifted}
    return Cutoffs(ended=ended, dated=dated, quarantined=quarantined, recorded=facts.recorded, key=(day, ended, lifted))


def past_its_end(
    provenance: Provenance, *, kept_from: date | None, doubt_from: date | None, recorded: date | None
) -> bool:
    """Whether a value of this source is past its end by its own date or by its quarantine. ``kept_from`` and
    ``doubt_from`` are cutoffs."""
    start = provenance.source_date or recorded
    if kept_from is not None and start is not None and start <= kept_from:
        return True
    if doubt_from is None or provenance.paused or provenance.status is not ValueStatus.QUARANTINED:
        return False
    days = [day for day in (provenance.source_date, recorded) if day is not None]
    return bool(days) and max(days) <= doubt_from


def value_end(
    policy: PolicySet, key: str, provenance: Provenance, facts: RetentionFacts, at: datetime
) -> tuple[date, str] | None:
    """The last day of a value and the rule that sets it; None for a field without a rule in force."""
    name = policy.retention.of_field.get(key)
    rule = policy.retention.rules.get(name or "")
    term = rule.terms.at(at) if rule else None
    if rule is None or term is None or name is None:
        return None
    dated = rule.event is StartEvent.SOURCE_DATE
    start = provenance.source_date or facts.recorded if dated else facts.last_of(rule.purposes)
    last, by = last_day_of(term, start), name
    held = policy.retention.record(RecordKind.HELD_PERSON)
    if facts.held and held and (own := held.terms.at(at)):
        alone = last_day_of(own, facts.recorded)
        alone = max(alone, facts.extended.get(held.key, alone))
        last, by = min((last, by), (alone, held.key)) if dated else (alone, held.key)
    last = max(last, facts.extended.get(name, last))
    doubt = policy.retention.record(RecordKind.QUARANTINED_VALUE)
    if provenance.status is ValueStatus.QUARANTINED and doubt and (own := doubt.terms.at(at)):
        began = max(provenance.source_date or facts.recorded, facts.recorded)
        last, by = min((last, by), (last_day_of(own, began), doubt.key))
    return last, by


def _of_day(
    policy: PolicySet, at: datetime
) -> tuple[dict[str, tuple[RetentionRule, date]], dict[str, date], date | None, date | None]:
    rules = policy.retention
    relational: dict[str, tuple[RetentionRule, date]] = {}
    dated: dict[str, date] = {}
    for key in dict.fromkeys(rules.of_field.values()):
        bound = cutoff_of(rules.rules[key], at)
        if bound is None:
            continue
        if rules.rules[key].event is StartEvent.SOURCE_DATE:
            dated[key] = bound
        else:
            relational[key] = (rules.rules[key], bound)
    held, doubt = (cutoff_of(rules.record(kind), at) for kind in (RecordKind.HELD_PERSON, RecordKind.QUARANTINED_VALUE))
    return relational, dated, held, doubt


def _held(policy: PolicySet) -> str:
    rule = policy.retention.record(RecordKind.HELD_PERSON)
    return rule.key if rule else ""


def _put_off(facts: RetentionFacts, key: str, day: date) -> bool:
    return key in facts.extended and day <= facts.extended[key]
