"""Leaving people off a list by a registered rule: the rule proposes, a reviewer named beforehand decides (PIPL 24(3)).

Rules (REQ-055): (1) only a rule of the kind *exclusion* and of the list's own purpose, under its assessment; (2)
without a reviewer nothing is written: another person who may sign, named in the request; (3) only that reviewer's
signature counts; (4) the run has its entry, the request's names everybody left out, the list's rule and reviewer.
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.errors import bad_input
from compliance.model.access import AccessGranted, Purpose
from compliance.model.answer import Refusal
from compliance.model.audit import Kind, Scalar
from compliance.use_cases.seat.acting import refuse
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.explained_rules import assessment_of, references, registered, result_of
from compliance.use_cases.seeing.walk import walk
from compliance.use_cases.signing.signers import may_sign

EXCLUSION = "exclusion"
#: People one entry names; of longer lists it says the count.
_MOST_NAMED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Whom a rule would leave out, and who is to decide it."""

    rule_id: str
    rule_digest: str
    assessment: str
    reviewer: str
    left_out: tuple[str, ...]

    def as_detail(self) -> dict[str, Scalar | list[Scalar]]:
        """What request and entries say about it."""
        return {
            "rule": self.rule_id,
            "rule_digest": self.rule_digest,
            "rule_assessment": self.assessment,
            "reviewer": self.reviewer,
            "left_out": len(self.left_out),
        }


def propose_exclusion(
    session: Session, *, rule_id: str, reviewer: str, purpose: Purpose, ids: tuple[str, ...], at: datetime
) -> Exclusion | Refusal:
    """Rules 1 and 2. InputErrors ``bad_exclusion_rule``, ``bad_reviewer``."""
    rule = registered(rule_id)
    if rule is not None and (rule.kind, rule.purpose) != (EXCLUSION, purpose):
        raise bad_input("bad_exclusion_rule", "rule", rule_id)
    with session.vault.unit_of_work() as uow:
        assessment = assessment_of(uow, purpose, at)
        reason = "rule_not_registered" if rule is None else "" if assessment else "assessment_missing"
        reason = reason or ("" if reviewer else "reviewer_needed")
        if reason or rule is None:
            detail: dict[str, Scalar | list[Scalar]] = {"rule": rule_id[:20]}
            return refuse(
                session, uow, at=at, reason=reason, purpose=purpose, detail=detail, because=references()
            ).value
        user = uow.users.get(reviewer)
        if user is None or user.removed_at is not None or user.name == session.actor:
            raise bad_input("bad_reviewer", "reviewer")
        if not may_sign(uow, name=user.name, role=user.role, at=at):
            raise bad_input("bad_reviewer", "reviewer")
        looks = [walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=at) for hcp_id in ids]
        left_out = tuple(
            look.hcp_id for look in looks if isinstance(look.decision, AccessGranted) and result_of(rule, look).case
        )
        ran: dict[str, Scalar | list[Scalar]] = {
            "rule": rule.rule_id,
            "rule_digest": rule.digest,
            "assessment": assessment,
            "results": len(left_out),
        }
        uow.commit(
            session.event(
                Kind.RULE_RUN,
                at=at,
                hcps=ids if len(ids) <= _MOST_NAMED else (),
                purpose=str(purpose),
                fields=rule.inputs,
                detail=ran,
            )
        )
    return Exclusion(
        rule_id=rule.rule_id, rule_digest=rule.digest, assessment=assessment, reviewer=reviewer, left_out=left_out
    )
