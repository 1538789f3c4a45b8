"""Step 7 of ``decide_access``: one ruling per field of the dictionary, for one class of persons.

Rules: (1) a field the grant does not name is withheld; (2) conditions of a field (``also_needs``, separate consent)
that do not hold withhold it with their reason, and for reps with the one code; (3) a basis that carries public
information only withholds all other classes and tests each value's source; (4) what a consent carries ends at its
scope: a stored field whose key or dimension the notice of that consent does not name is withheld (PIPL 14(2), 17). An
item the field needs beside the purpose brings its own scope; a separate consent must itself name the field (PIPL 29).
Computed fields and the limits a person set (``any_scope``) have no scope; (5) a registered basis opens the fields it
was registered for, each with its reason (PIPL 13(1)(2), (3)); (6) a stored field all of whose values are past their
retention end is withheld; where the value's own date decides, the ruling carries the last day that has ended (PIPL 47);
(7) the order is the dictionary's.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from compliance.model.access import Block, FieldRuling, FieldState, Reference, Role, ValueTest
from compliance.policy.catalogue import FieldDef, FieldGrant, Grant, Handling, PurposeRule, Treatment
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import REASON as RETENTION
from compliance.policy.retention import Cutoffs

NOTHING_OVER = Cutoffs()
_CONDITION_REASONS = {
    "separate": "separate_consent_missing",
    "assessment": "assessment_missing",
    "no_adm_optout": "adm_optout",
    "item": "personalise_consent_missing",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Kinds the consents carry: ``basis`` for the purpose (None: not carried by consent), ``needed`` per condition."""

    basis: frozenset[str] | None = None
    needed: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    fields: frozenset[str] | None = None  # what a registered basis names; None: no list

    def registered(self, definition: FieldDef) -> bool:
        """Whether a registered basis opens a field: computed ones and the limits a person set are always known."""
        open_anyway = self.fields is None or definition.section is None or definition.any_scope
        return open_anyway or definition.key in (self.fields or ())

    def covers(self, definition: FieldDef, conditions: tuple[str, ...]) -> bool:
        """Whether a field lies within what was consented to (rule 4)."""
        if definition.section is None or definition.any_scope:
            return True
        own = [(condition, self.needed[condition]) for condition in conditions if condition in self.needed]
        named = {definition.key, definition.dimension}
        if any(condition.startswith("separate:") and named.isdisjoint(kinds) for condition, kinds in own):
            return False
        if self.basis is None:
            return not own or any(not named.isdisjoint(kinds) for _, kinds in own)
        return not named.isdisjoint(self.basis) or any(not named.isdisjoint(kinds) for _, kinds in own)


def conditions_of(policy: PolicySet, rule: PurposeRule, grant: Grant) -> tuple[str, ...]:
    """Conditions the grant's fields ask for: ``item:X``, ``assessment:P``, ``no_adm_optout``, ``separate:X``."""
    key = ("conditions", rule.purpose, id(grant))
    found = policy.condition_memo.get(key)
    if found is None:
        names = [c for field in grant.fields.values() for c in _conditions(policy.fields[field.key], rule, field)]
        found = policy.condition_memo[key] = tuple(dict.fromkeys(names))
    return found


def rule_fields(
    policy: PolicySet,
    *,
    role: Role,
    rule: PurposeRule,
    grant: Grant,
    has_case: bool,
    public_only: bool,
    held: frozenset[str],
    scope: Scope,
    frank: bool = False,
    over: Cutoffs = NOTHING_OVER,
) -> tuple[tuple[FieldRuling, ...], str]:
    """All rulings and the digest of the outcome ("" when nothing at all is shown). ``frank``: reasons in full."""
    rulings = tuple(
        _ruling(
            policy,
            definition,
            role=role,
            rule=rule,
            grant=grant,
            has_case=has_case,
            public_only=public_only,
            held=held,
            scope=scope,
            frank=frank,
            over=over,
        )
        for definition in policy.fields.values()
    )
    if all(r.state is FieldState.WITHHELD for r in rulings):
        return rulings, ""
    said = "\n".join(
        f"{r.key}|{r.state}|{r.mask}|{r.generalisation}|{r.reason}|{','.join(sorted(r.tests))}" for r in rulings
    )
    return rulings, hashlib.sha256(said.encode()).hexdigest()


def _ruling(
    policy: PolicySet,
    field: FieldDef,
    *,
    role: Role,
    rule: PurposeRule,
    grant: Grant,
    has_case: bool,
    public_only: bool,
    held: frozenset[str],
    scope: Scope,
    frank: bool,
    over: Cutoffs,
) -> FieldRuling:
    reps = not policy.roles[role].slot and not frank
    given = grant.fields.get(field.key)
    if given is None:
        return _withheld(policy, field, "not_for_purpose")
    handling = given.treatments.get(role)
    if handling is None:
        return _withheld(policy, field, "not_for_role")
    if not scope.registered(field):
        return _withheld(policy, field, "no_valid_consent" if reps else "outside_registered_basis")
    conditions = _conditions(field, rule, given)
    for condition in conditions:
        if condition not in held:
            reason = _CONDITION_REASONS[condition.partition(":")[0]]
            return _withheld(policy, field, "no_valid_consent" if reps else reason)
    if not scope.covers(field, conditions):
        return _withheld(policy, field, "no_valid_consent" if reps else "outside_consented_scope")
    if public_only and field.data_class != "public":
        return _withheld(policy, field, "no_valid_consent" if reps else "basis_covers_public_only")
    kept = policy.retention.of_field.get(field.key) if field.section is not None else None
    if kept in over.ended:
        return _withheld(policy, field, "no_valid_consent" if reps else RETENTION)
    closed = None if has_case else given.without_case.get(role)
    tests = given.tests.get(role, frozenset())
    if rule.purpose in policy.blocks[Block.QUARANTINED].closes:
        tests = tests | {ValueTest.NOT_IN_DOUBT}
    if public_only:
        tests = tests | {ValueTest.PUBLIC_CITED}
    ruling = _handled(policy, field, closed or handling, references=given.references, tests=tests)
    if closed is not None and ruling.state is FieldState.MASKED:  # revealing it would be no task either (REQ-040)
        ruling = replace(ruling, reason="case_needed", lifted_by="lift.case_needed")
    if kept is not None and ruling.state is not FieldState.WITHHELD:
        ruling = replace(ruling, kept_from=over.dated.get(kept), doubt_from=over.quarantined)
    return ruling


def _handled(
    policy: PolicySet,
    field: FieldDef,
    handling: Handling,
    *,
    references: tuple[Reference, ...],
    tests: frozenset[ValueTest],
) -> FieldRuling:
    if handling.treatment is Treatment.WITHHOLD:
        return _withheld(policy, field, handling.argument)
    if handling.treatment is Treatment.MASK:
        return FieldRuling(
            key=field.key,
            section=field.section,
            state=FieldState.MASKED,
            mask=handling.argument,
            reason="masked_for_role",
            references=references,
            lifted_by="lift.masked_for_role",
            tests=tests,
        )
    if handling.treatment is Treatment.GENERALISE:
        return FieldRuling(
            key=field.key,
            section=field.section,
            state=FieldState.GENERALISED,
            generalisation=handling.argument,
            reason="generalised_for_role",
            references=references,
            lifted_by="lift.generalised_for_role",
            tests=tests,
        )
    return FieldRuling(
        key=field.key,
        section=field.section,
        state=FieldState.DISCLOSED,
        generalisation=handling.argument or None,  # a limit: the whole list is shown when it is short enough
        references=references,
        tests=tests,
    )


def _conditions(field: FieldDef, rule: PurposeRule, given: FieldGrant) -> tuple[str, ...]:
    """A statutory purpose asks no consent, so its fields need none either."""
    separate = (f"separate:{given.needs_item}",) if given.needs_item else ()
    return separate if rule.statutory else (*field.also_needs, *separate)


def _withheld(policy: PolicySet, field: FieldDef, reason: str) -> FieldRuling:
    return FieldRuling(
        key=field.key,
        section=field.section,
        state=FieldState.WITHHELD,
        reason=reason,
        references=policy.reasons[reason].references,
        lifted_by=f"lift.{reason}",
    )
