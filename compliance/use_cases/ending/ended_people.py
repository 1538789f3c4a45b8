"""Whose relation is over by each rule: the set-wise half of :func:`compliance.policy.retention.cutoffs`.

The same days and the same cutoffs decide here and there, so that a list, a preview and a decision never differ.
"""

from collections.abc import Iterable
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.consent.relations import ended_since
from compliance.model.retention import RecordKind, StartEvent
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import cutoff_of
from compliance.use_cases.seat.facts import Reader


def ended_people(
    policy: PolicySet, reader: Reader, *, at: datetime, only: Iterable[str] | None = None
) -> dict[str, frozenset[int]]:
    """Rule (that of held records too) → people all of whose values under it are past their end at ``at``, by
    number. Of rules that count from a value's own date only those who never had a basis; what was put off is left
    out. ``only``: these rules, for a list that shows nothing else."""
    rules, day = policy.retention, shanghai_day(at)
    held_rule = rules.record(RecordKind.HELD_PERSON)
    held = cutoff_of(held_rule, at)
    stops = reader.stops.all()
    found_ends = ((item, ended_since(item, stops, at=at)) for item in (reader.consents.items() if stops else ()))
    ended = {item: since for item, since in found_ends if since is not None}
    extended = reader.retention.all_extended(at)
    lifted = {(hcp, key) for hcp, until in extended.items() for key, last in until.items() if day <= last}
    cutoffs = [cut for key in dict.fromkeys(rules.of_field.values()) if (cut := cutoff_of(rules.rules[key], at))]
    latest = max([*cutoffs, *([held] if held else [])], default=None)
    among = None if ended or latest is None else reader.retention.likely(latest)
    forgotten = (
        reader.retention.over(held, held=held, purposes=(), at=at, never=True, among=among)
        if held is not None
        else set[int]()
    )
    spared = {hcp for hcp in forgotten if held_rule and (hcp, held_rule.key) in lifted}
    forgotten -= spared
    never = False if held is not None else None
    found: dict[str, frozenset[int]] = {held_rule.key: frozenset(forgotten)} if held_rule else {}
    for key in dict.fromkeys(rules.of_field.values() if only is None else only):
        rule = rules.rules[key]
        bound = cutoff_of(rule, at)
        if bound is None:
            continue
        people = set(forgotten)
        if rule.event is StartEvent.RELATION_END:
            people |= reader.retention.over(
                bound, held=None, purposes=rule.purposes, at=at, never=never, ended=ended, among=among
            )
        found[key] = frozenset(hcp for hcp in people if (hcp, key) not in lifted)
    return found
