"""The one decision: may this role, for this purpose, read this person, and which fields in which form.

Order of :func:`decide_access`, mirrored in its code. The first step that fails refuses; nothing to check never means
allowed; there is no wildcard; any refusal wins.

1. Purpose in force at the instant (PIPL 6).
2. Role named for the purpose (PIPL 6; 35273 7.1 a).
3. Standing blocks: an unknown person, and blocks that list the purpose (``blocks.toml``).
4. Assignment: reps and MSLs see their own people.
5. Legal basis holds (PIPL 13): a statutory duty; or a consent item in force whose proof reaches its grade (PIPL 14-16,
   29); or a registered basis; or the time before proof as the company set it (architecture section 5, *Before proof*).
6. Assessment on file where the law asks (PIPL 55), and no opt-out from automated decisions (PIPL 24).
7. Field by field: what the grant does not name is withheld, what a consent carries ends at the scope of the notice it
   was given under (PIPL 14(2)), a registered basis opens the fields it was registered for (PIPL 13(1)(2), (3)), and
   what is past its retention end is withheld (PIPL 19, 47; :mod:`compliance.policy.retention`).
8. References of every deciding step stand in the answer.

What a rep hears is one code and one text whatever the cause; ``reason``, ``step`` and ``detail`` are for the log and
for compliance. Rulings depend on the person only through a few bits, so they are worked out once per such class and
kept in ``PolicySet.memo`` (a pure cache).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.model.access import (
    AccessDecision,
    AccessFacts,
    AccessGranted,
    AccessRefused,
    BasisFact,
    BeforeProof,
    Purpose,
    Reference,
    Role,
)
from compliance.model.consent import NEGATIVE_STATES, ConsentStatus, Grade, LineStatus
from compliance.model.retention import RetentionFacts
from compliance.policy.catalogue import Grant, PurposeRule
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import Cutoffs, closed_to, cutoffs
from compliance.policy.rulings import Scope, conditions_of, rule_fields

#: The one code a rep hears.
TOLD = "no_valid_consent"
#: Basis names of the time before proof.
CARD, TRANSITION = "before_proof:card", "before_proof:transition"

#: Classes of persons kept at once; a vault has as many as it has notice versions and mixtures of items.
_MEMO_LIMIT = 20_000
_GRADES = {Grade.E1: 1, Grade.E2: 2, Grade.E3: 3, Grade.E4: 4, Grade.NONE: 9}
#: Of several items none of which is open, the one whose state says most is named.
_TELLING = (
    ConsentStatus.WITHDRAWN,
    ConsentStatus.REFUSED,
    ConsentStatus.SUSPENDED,
    ConsentStatus.REVOKED,
    ConsentStatus.INVALIDATED,
    ConsentStatus.ERASED,
    ConsentStatus.ARCHIVED,
    ConsentStatus.EXPIRED,
    ConsentStatus.CHANGE_PENDING,
    ConsentStatus.EVIDENCE_PENDING,
    ConsentStatus.DEFERRED,
    ConsentStatus.NO_REPLY,
    ConsentStatus.PRESENTED,
    ConsentStatus.UNPROVEN,
    ConsentStatus.SUPERSEDED,
    ConsentStatus.NOT_ASKED,
)


@dataclass(frozen=True, slots=True)
class _Carried:
    """What carries the processing."""

    basis: str
    references: tuple[Reference, ...]
    public_only: bool = False
    scope: frozenset[str] | None = None  # kinds of the consents that carry it; None: not carried by consent
    fields: frozenset[str] | None = None  # the only fields a registered basis opens; None: no list


@dataclass(frozen=True, slots=True)
class _No:
    """Why a step fails. ``detail`` holds codes, event and notice ids, never a value."""

    step: str
    reason: str
    detail: str = ""


def decide_access(
    policy: PolicySet, *, role: Role, purpose: Purpose, facts: AccessFacts, at: datetime
) -> AccessDecision:
    """Decide for one person. Pure: the same arguments give the same answer and the same digest."""
    return _decide(policy, role, purpose, facts, at, frank=False)


def decide_frankly(
    policy: PolicySet, *, role: Role, purpose: Purpose, facts: AccessFacts, at: datetime
) -> AccessDecision:
    """The same decision with the true reason of each field also where a rep hears but one code. For an officer who
    opens a reference code; what it shows and hides is the same."""
    return _decide(policy, role, purpose, facts, at, frank=True)


def _decide(
    policy: PolicySet, role: Role, purpose: Purpose, facts: AccessFacts, at: datetime, *, frank: bool
) -> AccessDecision:
    # 1. Purpose in force.
    rule = policy.purposes.get(purpose)
    timeline = policy.grants.get(purpose)
    version = timeline.index(at) if timeline else None
    if rule is None or timeline is None or version is None or not rule.in_force(at):
        return _refused(policy, role, purpose, facts, at, _No("purpose", "purpose_not_in_force", str(purpose)))
    grant = timeline.versions[version].value
    # 2. Role named.
    if role not in rule.roles:
        return _refused(policy, role, purpose, facts, at, _No("role", "role_not_permitted", str(role)))
    # 3. Standing blocks.
    if facts.hcp_id is None:
        return _refused(policy, role, purpose, facts, at, _No("blocks", "unknown_person"))
    block = policy.closed_by(purpose, facts.blocks, facts.record_status)
    if block is not None:
        return _refused(policy, role, purpose, facts, at, _No("blocks", f"blocked_{block}", block))
    # 4. Assignment.
    if policy.roles[role].own_people and not facts.assigned:
        return _refused(policy, role, purpose, facts, at, _No("assignment", "not_assigned"))
    # 5. Legal basis.
    carried = _basis(policy, rule, facts, at)
    if isinstance(carried, _No):
        return _refused(policy, role, purpose, facts, at, carried)
    # 6. Assessment and opt-out.
    if rule.assessment and purpose not in facts.assessments:
        return _refused(policy, role, purpose, facts, at, _No("assessment", "assessment_missing", str(purpose)))
    if rule.stops_on_optout and facts.adm_optout:
        return _refused(policy, role, purpose, facts, at, _No("assessment", "adm_optout"))
    # 7. Field by field.
    bits, needed = _bits(policy, rule, grant, facts, at, on_consent=carried.scope is not None)
    over = cutoffs(policy, facts.retention, at) if closed_to(policy, role, purpose) else Cutoffs()
    reading = (role, purpose, version, facts.case_id is not None, frank)
    key = (reading, carried.public_only, bits, carried.scope, needed, carried.fields, over.key)
    found = policy.memo.get(key)
    if found is None:
        found = rule_fields(
            policy,
            role=role,
            rule=rule,
            grant=grant,
            has_case=facts.case_id is not None,
            public_only=carried.public_only,
            held=bits,
            scope=Scope(carried.scope, dict(needed), carried.fields),
            frank=frank,
            over=over,
        )
        if len(policy.memo) >= _MEMO_LIMIT:
            policy.memo.clear()
        policy.memo[key] = found
    rulings, outcome = found
    if not rulings or outcome == "":
        return _refused(policy, role, purpose, facts, at, _No("fields", "no_field_granted"))
    # 8. References of every deciding step.
    references = _unique((*rule.references, *carried.references, *grant.references))
    return AccessGranted(
        hcp_id=facts.hcp_id,
        role=role,
        purpose=purpose,
        at=at,
        rulings=rulings,
        basis=carried.basis,
        references=references,
        policy_digest=policy.digest,
        digest=_digest(policy, role, purpose, facts, at, f"granted|{carried.basis}|{outcome}"),
        recorded=over.recorded,
    )


def rep_action(
    lines: Mapping[str, LineStatus],
    purpose: Purpose,
    before_proof: BeforeProof,
    at: datetime,
    *,
    blocked: bool = False,
) -> str:
    """What a rep is told first: ``open``, ``may_ask``, ``do_not_ask_before:DATE`` or ``do_not_contact``.

    ``blocked`` stands for any block, a foreign or an unknown person: one answer for all. DATE is the first Shanghai
    day on which asking is allowed again.
    """
    if blocked:
        return "do_not_contact"
    name = str(Purpose.VISIT if purpose is Purpose.ASK else purpose)  # a card asks for the visit first
    mine = [x for item, x in lines.items() if item == name or (item.startswith(f"{name}/") and ":" not in item)]
    if any(_in_force(line, at) for line in mine):
        return "open"
    locked = [line for line in mine if not _askable(line, at)]
    if any(line.ask_again_from is None or at >= line.ask_again_from for line in locked):
        return "do_not_contact"
    if locked:
        until = max(line.ask_again_from for line in locked if line.ask_again_from)
        return f"do_not_ask_before:{shanghai_day(until).isoformat()}"
    return "do_not_contact" if before_proof is BeforeProof.NOTHING else "may_ask"


def _basis(policy: PolicySet, rule: PurposeRule, facts: AccessFacts, at: datetime) -> _Carried | _No:
    """Step 5. A statutory duty, a consent in force, a registered basis, the time before proof: in this order."""
    if rule.statutory:
        return _Carried(rule.basis, (policy.bases[rule.basis].reference,))
    weak: LineStatus | None = None
    carrying: list[LineStatus] = []
    for item in rule.items_any:
        line = facts.lines.get(item)
        if line is not None and _in_force(line, at):
            if reaches(policy, line):
                carrying.append(line)
            weak = weak or line
    if carrying:
        kinds = carrying[0].kinds  # the very object: its hash is known, and the key below is compared by identity
        if len(carrying) > 1:
            kinds = kinds.union(*(line.kinds for line in carrying[1:]))
        return _Carried(carrying[0].item, (policy.bases["consent"].reference,), scope=kinds)
    registered = facts.bases.get(rule.purpose)
    unusable: _No | None = None
    if registered is not None:
        found = _registered(policy, rule, registered, at)
        if isinstance(found, _Carried):
            return found
        unusable = found
    if rule.before_proof:
        return _before_proof(rule, facts, at)
    if weak is not None:
        return _No("basis", _why_not(weak, at), _about(weak))
    return unusable or _missing(rule, facts, at)


def _registered(policy: PolicySet, rule: PurposeRule, fact: BasisFact, at: datetime) -> _Carried | _No:
    basis = policy.bases.get(fact.basis)
    if basis is None or not basis.enabled or fact.basis not in rule.bases:
        return _No("basis", "basis_not_usable", fact.basis)
    if not fact.reference or (basis.needs_end and fact.valid_until is None):
        return _No("basis", "basis_not_usable", fact.basis)
    if fact.valid_until is not None and at >= fact.valid_until:
        return _No("basis", "basis_expired", fact.basis)
    return _Carried(fact.basis, (basis.reference,), public_only=basis.public_only, fields=fact.fields)


def _before_proof(rule: PurposeRule, facts: AccessFacts, at: datetime) -> _Carried | _No:
    """The work card (``asks``) or the transition; a no, a lock or a pause of the person closes both."""
    card = bool(rule.asks)
    for item in rule.asks or rule.items_any:
        line = facts.lines.get(item)
        if line is None:
            continue
        if line.status not in rule.waiting:
            return _No("basis", "ask_closed_by_answer" if card else _why_not(line, at), _about(line))
        if card and not _askable(line, at):
            return _No("basis", "ask_locked" if line.ask_again_from else "ask_closed_by_answer", _about(line))
    if facts.before_proof not in rule.before_proof:
        return _No("basis", "before_proof_closed", str(facts.before_proof)) if card else _missing(rule, facts, at)
    if card:
        return _Carried(CARD, rule.references)
    if facts.before_proof_until is None or at >= facts.before_proof_until:
        return _missing(rule, facts, at)
    return _Carried(TRANSITION, rule.references)


def _missing(rule: PurposeRule, facts: AccessFacts, at: datetime) -> _No:
    lines = [facts.lines[item] for item in rule.items_any if item in facts.lines]
    if not lines:
        return _No("basis", "basis_missing" if rule.bases else "consent_not_asked", ",".join(rule.items_any[:1]))
    told = min(lines, key=_rank)
    return _No("basis", _why_not(told, at), _about(told))


def _why_not(line: LineStatus, at: datetime) -> str:
    """Why a line that carries nothing does so; one still called open has run out or lacks proof."""
    if not line.open:
        return "consent_imported_no" if line.code in _HEARSAY else f"consent_{line.status}"
    return "consent_weak_evidence" if _in_force(line, at) else "consent_expired"


#: Codes of a no that only an imported file reports.
_HEARSAY = frozenset({"UNPROVEN_NEGATIVE", "UNDATED_NEGATIVE"})


def _rank(line: LineStatus) -> int:
    return _TELLING.index(line.status) if line.status in _TELLING else _TELLING.index(ConsentStatus.EXPIRED)


def reaches(policy: PolicySet, line: LineStatus) -> bool:
    """Whether the line's proof is at least as strong as its item asks (architecture section 13)."""
    rule = policy.item_rule(line.item)
    return rule is not None and _GRADES[line.grade] <= _GRADES[rule.least_grade]


def basis_carries(
    policy: PolicySet, *, purpose: Purpose, fact: BasisFact, at: datetime
) -> tuple[bool, frozenset[str] | None] | None:
    """Whether a registered basis carries ``purpose``: (public values only, the fields it opens), None when not."""
    found = _registered(policy, policy.purposes[purpose], fact, at)
    return None if isinstance(found, _No) else (found.public_only, found.fields)


def grades_reaching(policy: PolicySet, item: str) -> frozenset[Grade]:
    """The grades of proof that reach what ``item`` asks; none for an unknown item."""
    rule = policy.item_rule(item)
    return frozenset(g for g in Grade if rule is not None and _GRADES[g] <= _GRADES[rule.least_grade])


def _in_force(line: LineStatus, at: datetime) -> bool:
    """Open, and its end (exclusive) not reached: the line's own verdict is checked against the instant once more."""
    return line.open and (line.valid_until is None or at < line.valid_until)


def _askable(line: LineStatus, at: datetime) -> bool:
    """Whether the person may be asked about the item again."""
    said_no = line.status in NEGATIVE_STATES
    if line.ask_again_from is not None:
        return at >= line.ask_again_from and line.status not in CLOSED_FOR_GOOD
    return line.may_ask and not said_no and line.status not in CLOSED_FOR_GOOD


#: States after which nobody is asked again.
CLOSED_FOR_GOOD = frozenset(
    {ConsentStatus.SUSPENDED, ConsentStatus.REVOKED, ConsentStatus.ARCHIVED, ConsentStatus.ERASED}
)


def _bits(
    policy: PolicySet, rule: PurposeRule, grant: Grant, facts: AccessFacts, at: datetime, *, on_consent: bool
) -> tuple[frozenset[str], tuple[tuple[str, frozenset[str]], ...]]:
    """The conditions of the grant's fields that hold for this person, and the kinds of those a consent fulfils.

    A separate consent may be spared by a memo of necessity, and outside strict mode wherever no consent carries the
    processing (REQ-025).
    """
    held, needed = [], []
    for condition in conditions_of(policy, rule, grant):
        kind, _, name = condition.partition(":")
        if kind == "no_adm_optout":
            good = not facts.adm_optout
        elif kind == "assessment":
            good = name in facts.assessments
        else:
            line = facts.lines.get(name)
            good = line is not None and _in_force(line, at) and reaches(policy, line)
            if good and line is not None:
                needed.append((condition, line.kinds))
            spared = bool(facts.memos.get(name)) or not (policy.strict or on_consent)
            good = good or (kind == "separate" and spared)
        if good:
            held.append(condition)
    return frozenset(held), tuple(needed)


def _about(line: LineStatus) -> str:
    return f"{line.item} {line.status} {line.code} event={line.event_id or '-'} notice={line.notice or '-'}"


def _unique(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    return tuple(dict.fromkeys(references))


def _refused(
    policy: PolicySet, role: Role, purpose: Purpose, facts: AccessFacts, at: datetime, no: _No
) -> AccessRefused:
    reps = not policy.roles[role].slot
    told = TOLD if reps else no.reason
    rule = policy.reasons[told]
    return AccessRefused(
        hcp_id=facts.hcp_id,
        role=role,
        purpose=purpose,
        at=at,
        reason=no.reason,
        told=told,
        step=no.step,
        detail=no.detail,
        references=rule.references,
        lifted_by=f"lift.{told}",
        policy_digest=policy.digest,
        digest=_digest(policy, role, purpose, facts, at, f"refused|{no.step}|{no.reason}|{no.detail}"),
    )


def _told(basis: BasisFact) -> str:
    fields = "" if basis.fields is None else f":{','.join(sorted(basis.fields))}"
    return f"{basis.basis}:{basis.reference}{fields}"


def _days(facts: RetentionFacts) -> tuple[str, ...]:
    pairs = sorted(facts.relations.items()), sorted(facts.extended.items())
    return str(facts.recorded), *(";".join(f"{key}={day}" for key, day in group) for group in pairs)


def _digest(policy: PolicySet, role: Role, purpose: Purpose, facts: AccessFacts, at: datetime, outcome: str) -> str:
    """SHA-256 over the inputs and the outcome: equal decisions of a replay have equal digests."""
    lines = ";".join(f"{item}={line.status}:{line.event_id}:{line.grade}" for item, line in sorted(facts.lines.items()))
    basis = facts.bases.get(purpose)
    parts = (
        policy.digest,
        role,
        purpose,
        at.timestamp(),
        facts.hcp_id,
        facts.record_status,
        ",".join(sorted(facts.blocks)),
        lines,
        _told(basis) if basis else "",
        ",".join(sorted(facts.assessments)),
        facts.assigned,
        facts.case_id,
        facts.before_proof,
        facts.before_proof_until,
        facts.adm_optout,
        ";".join(f"{k}={v}" for k, v in sorted(facts.memos.items())),
        *(_days(facts.retention) if policy.retention.rules and facts.retention else ()),
        outcome,
    )
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
