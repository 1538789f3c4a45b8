"""What a rep is told first about a person: may ask, do not ask before a day, do not contact, or open.

Rules: (1) whatever closes the use, and an unknown or foreign person, answers alike; (2) what closes asking alone (an
open request) leaves a use that is open as it is, and else reads as do not contact; (3) a purpose that asks for no
consent of its own speaks of the visit, which is what is asked for; (4) of whom we hold nothing but an unproven source's
word, and no word of the person, nobody in the field hears at all, not even the name (R05).
"""

from collections.abc import Mapping
from datetime import datetime

from compliance.model.access import AccessFacts, Block, Purpose
from compliance.model.consent import NEGATIVE_STATES, LineStatus
from compliance.policy.access import rep_action
from compliance.policy.policy_set import PolicySet

CLOSED = "do_not_contact"


def told_action(
    policy: PolicySet, *, lines: Mapping[str, LineStatus], facts: AccessFacts, purpose: Purpose, at: datetime,
    shut: bool = False,
) -> str:  # fmt: skip
    """The action. ``shut``: a refusal already said so."""
    rule = policy.purposes[purpose]
    asked = purpose if rule.items_any or rule.asks else Purpose.VISIT
    closed = shut or facts.hcp_id is None or closes(policy, facts, asked)
    said = rep_action(lines, asked, facts.before_proof, at, blocked=closed)
    return CLOSED if said != "open" and closes(policy, facts, Purpose.ASK) else said


def closes(policy: PolicySet, facts: AccessFacts, purpose: Purpose) -> bool:
    """Whether a standing block or the record's status closes ``purpose``."""
    return policy.closed_by(purpose, facts.blocks, facts.record_status) is not None


def unproven_only(facts: AccessFacts) -> bool:
    """Whether all there is of the person is quarantined (rule 4); a no of theirs is a word of the person."""
    return Block.QUARANTINED in facts.blocks and not any(x.status in NEGATIVE_STATES for x in facts.lines.values())
