"""Why a field shows as it does: what to say to a rep (level 1) and to an officer (level 2).

Level 1 holds one code for every refusal, so an explanation leaks no more than the refusal did. Level 2 names the
failing step and, through ``detail`` of the decision, the event and notice.
"""

from dataclasses import dataclass

from compliance.model.access import AccessDecision, AccessRefused, FieldState, Reference
from compliance.policy.policy_set import PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The "why" of one field. ``level``: 1 for reps, 2 for officers. ``step`` and ``detail`` are empty on level 1."""

    state: FieldState
    reason: str
    references: tuple[Reference, ...]
    lifted_by: str
    level: int
    step: str = ""
    detail: str = ""


def explain(policy: PolicySet, decision: AccessDecision, key: str) -> Why:
    """Explain one field of a decision. An unknown key is withheld with ``unknown_field``."""
    level = 2 if policy.roles[decision.role].slot else 1
    if isinstance(decision, AccessRefused):
        return Why(
            state=FieldState.WITHHELD,
            reason=decision.told,
            references=decision.references,
            lifted_by=decision.lifted_by,
            level=level,
            step=decision.step if level > 1 else "",
            detail=decision.detail if level > 1 else "",
        )
    ruling = decision.ruling(key)
    if ruling is None:
        return Why(
            state=FieldState.WITHHELD,
            reason="unknown_field",
            references=policy.reasons["unknown_field"].references,
            lifted_by="lift.unknown_field",
            level=level,
        )
    grant = policy.grants[decision.purpose].at(decision.at)
    given = grant.fields.get(key) if grant else None
    return Why(
        state=ruling.state,
        reason=ruling.reason or "granted",
        references=ruling.references,
        lifted_by=ruling.lifted_by or "",
        level=level,
        step="fields" if level > 1 else "",
        detail=f"{decision.basis}; {given.reason.zh} / {given.reason.en}" if level > 1 and given else "",
    )
