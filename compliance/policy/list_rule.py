"""A purpose compiled for lists: once per (role, purpose, rule set, class of consent), which columns of a list show.

A list of 200,000 people cannot be decided one by one before it is counted, so what ``decide_access`` asks is said
here in the words of a query, from the same rule set and through the same :func:`rule_fields`. Rules: (1) what a list
holds, searches, sorts and counts is exactly what the decision shows (``tests/use_cases/test_lists_exact.py`` compares
the two person by person); (2) a column that shows only masked, generalised, or under a condition of its own is neither
searched nor sorted by: it counts as hidden here, and the decision on each person shown says how it looks; (3) nothing
about a person is kept: a change of a consent or of the rules from any seat acts at the next list, because classes are
values and each rule set keeps its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.model.access import Block, FieldState, Purpose, RecordStatus, Role, ValueTest
from compliance.model.consent import Grade
from compliance.policy.access import grades_reaching
from compliance.policy.policy_set import PolicySet
from compliance.policy.rulings import Scope, rule_fields

#: Columns of a list; the rest of a profile is one step further.
LIST_FIELDS = ("full_name", "professional_title", "department", "institution_name", "region")

_MEMO_LIMIT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRule:
    """Who can stand in a list of one purpose at all, and what each column asks of a value's source."""

    role: Role
    purpose: Purpose
    version: int
    closing: frozenset[Block]
    statuses: frozenset[RecordStatus]
    items: Mapping[str, frozenset[Grade]]  # consent items that carry the purpose, and the proof each needs
    own_people: bool
    tests: Mapping[str, frozenset[ValueTest]]  # column → tests of its value
    public_tests: Mapping[str, frozenset[ValueTest]]  # the same under a basis that covers public information only


def compile_list(policy: PolicySet, *, role: Role, purpose: Purpose, at: datetime) -> ListRule | None:
    """The rule of a list; None when the purpose is not in force or does not name the role (steps 1 to 3)."""
    rule, timeline = policy.purposes.get(purpose), policy.grants.get(purpose)
    version = timeline.index(at) if timeline else None
    if rule is None or version is None or not rule.in_force(at) or role not in rule.roles:
        return None
    key = ("list", role, purpose, version)
    found = policy.list_memo.get(key)
    if found is None:
        found = policy.list_memo[key] = ListRule(
            role=role,
            purpose=purpose,
            version=version,
            closing=frozenset(b for b in Block if str(b) in policy.blocks and purpose in policy.blocks[b].closes),
            statuses=frozenset(s for s in RecordStatus if policy.closed_by(purpose, frozenset(), s) is None),
            items={item: grades_reaching(policy, item) for item in rule.items_any},
            own_people=policy.roles[role].own_people,
            tests=_tests(policy, role, purpose, version, public_only=False),
            public_tests=_tests(policy, role, purpose, version, public_only=True),
        )
    assert isinstance(found, ListRule)
    return found


def columns_shown(
    policy: PolicySet,
    rule: ListRule,
    *,
    kinds: frozenset[str] | None = None,
    fields: frozenset[str] | None = None,
    public_only: bool = False,
) -> frozenset[str] | None:
    """Columns that show in clear for one class of persons; None when the decision shows such a person not at all.

    ``kinds``: what the consent that carries the purpose names (None: not carried by consent); ``fields``: what a
    registered basis opens (None: no list).
    """
    key = ("class", rule.role, rule.purpose, rule.version, kinds, fields, public_only)
    if key not in policy.list_memo:
        if len(policy.list_memo) >= _MEMO_LIMIT:
            policy.list_memo.clear()
        policy.list_memo[key] = _shown(
            policy, rule.role, rule.purpose, rule.version, Scope(kinds, {}, fields), public_only
        )
    found = policy.list_memo[key]
    assert found is None or isinstance(found, frozenset)
    return found


def _shown(
    policy: PolicySet, role: Role, purpose: Purpose, version: int, scope: Scope, public_only: bool
) -> frozenset[str] | None:
    rulings, outcome = rule_fields(
        policy,
        role=role,
        rule=policy.purposes[purpose],
        grant=policy.grants[purpose].versions[version].value,
        has_case=False,
        public_only=public_only,
        held=frozenset(),
        scope=scope,
    )
    if not outcome:
        return None
    return frozenset(
        r.key for r in rulings if r.key in LIST_FIELDS and r.state is FieldState.DISCLOSED and not r.generalisation
    )


def _tests(
    policy: PolicySet, role: Role, purpose: Purpose, version: int, *, public_only: bool
) -> dict[str, frozenset[ValueTest]]:
    rulings, _ = rule_fields(
        policy,
        role=role,
        rule=policy.purposes[purpose],
        grant=policy.grants[purpose].versions[version].value,
        has_case=False,
        public_only=public_only,
        held=frozenset(),
        scope=Scope(),
    )
    return {r.key: r.tests for r in rulings if r.key in LIST_FIELDS}
