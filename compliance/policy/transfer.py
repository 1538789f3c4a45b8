"""Export of personal information 数据出境: the table of law.md 2.3 and the gates of 2.4.

Order of :func:`decide_transfer`, mirrored in its code. Rows are tried from top to bottom; the first match decides.

1. X01 foreign judicial request, X02 restricted list: BLOCK.
2. X03 nothing personal and nothing important: FREE.             3. X04 important data: ASSESS.
4. X05 to X10 an exemption claimed and proved. A claim that is not proved falls through.
5. X11 CIIO: ASSESS.                                             6. X12, X13 the person numbers, X14 below them.
7. The gates: they hold after every result except FREE and BLOCK (CBDF 10). Nothing on file never means fulfilled.

X00 stands before all: where a row needs an unknown fact the result is HOLD and names every missing fact. A fact is
needed once no earlier row has decided without it; CIIO status is always asked for once X05 is reached (REQ-070), and
a restricted list checked too long ago counts as unknown (REQ-073). The engine never offers a part of a batch (REQ-069).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.model.access import Reference
from compliance.policy.policy_set import PolicySet
from compliance.policy.transfer_facts import Export, Tally, TransferFacts, Tri, tally, transfer_facts
from compliance.policy.transfer_gates import Gate, decide_gates

__all__ = [
    "Export",
    "Gate",
    "Tally",
    "TransferDecision",
    "TransferFacts",
    "Tri",
    "decide_transfer",
    "tally",
    "transfer_facts",
]

_CLAIM_ROWS = {
    "transit": "X05",
    "contract": "X06",
    "hr": "X07",
    "emergency": "X08",
    "statutory_duty": "X09",
    "ftz": "X10",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDecision:
    """What came of it. ``allowed``: the data may leave now. ``missing`` names unknown facts, ``notes`` advise."""

    result: str
    row: str
    gates: dict[str, Gate]
    rule_set: str
    allowed: bool
    references: tuple[Reference, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def decide_transfer(policy: PolicySet, facts: TransferFacts, at: datetime) -> TransferDecision:
    """Decide one planned export, the whole batch or nothing. Pure."""
    row, missing = _row(policy, facts, at)
    rule = policy.transfer.rows[row]
    gates = decide_gates(policy, facts, rule.result, at)
    applicable = [gate for gate in gates.values() if gate.applies]
    allowed = rule.result == "FREE" or (
        rule.result not in ("BLOCK", "HOLD") and all(gate.ok is True for gate in applicable)
    )
    return TransferDecision(
        result=rule.result,
        row=row,
        gates=gates,
        rule_set=f"{policy.version}@{policy.digest[:16]}",
        allowed=allowed,
        references=rule.references,
        missing=missing,
        notes=_notes(facts, row),
    )


def transfer_digest(policy: PolicySet, decision: TransferDecision, facts: str, at: datetime) -> str:
    """SHA-256 over rules, instant, facts as kept and outcome: a replay that agrees has the same."""
    gates = [f"{key}={gate.ok}:{gate.applies}" for key, gate in decision.gates.items()]
    parts = (policy.digest, at.timestamp(), facts, decision.result, decision.row, decision.allowed, *gates)
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def _row(policy: PolicySet, facts: TransferFacts, at: datetime) -> tuple[str, tuple[str, ...]]:
    # 1. Blocks.
    missing = _unknown(foreign_judicial=facts.foreign_judicial, on_restricted_list=_listed(policy, facts, at))
    if facts.foreign_judicial is Tri.YES:
        if facts.approved_by_cn_authority is Tri.NO:
            return "X01", ()
        missing += _unknown(approved_by_cn_authority=facts.approved_by_cn_authority)
    if facts.on_restricted_list is Tri.YES:
        return "X02", ()
    # 2. and 3. What is in the batch.
    missing += _unknown(has_pi=facts.has_pi, has_important=facts.has_important)
    if missing:
        return "X00", missing
    if facts.has_pi is Tri.NO and facts.has_important is Tri.NO:
        return "X03", ()
    if facts.has_important is Tri.YES:
        return "X04", ()
    # 4. Exemptions.
    missing = _unknown(is_ciio=facts.is_ciio)
    proved = _claim_proved(policy, facts)
    if proved is Tri.UNKNOWN:
        missing += ("ftz_list_version",) if _ftz_without_list(facts) else ("claim_ok",)
    if missing:
        return "X00", missing
    if proved is Tri.YES:
        return _CLAIM_ROWS[facts.claim], ()
    # 5. CIIO.
    if facts.is_ciio is Tri.YES:
        return "X11", ()
    # 6. Numbers.
    missing = tuple(k for k, v in (("n_ord", facts.n_ord), ("n_sens", facts.n_sens)) if v is None)
    if facts.n_ord is None or facts.n_sens is None:
        return "X00", missing

    def line(key: str) -> int:
        return policy.parameter(f"transfer_{key}", at)

    if facts.n_ord >= line("assess_ordinary") or facts.n_sens >= line("assess_sensitive"):
        return "X12", ()
    if facts.n_ord >= line("contract_ordinary") or facts.n_sens >= line("contract_sensitive"):
        return "X13", ()
    return "X14", ()


def _claim_proved(policy: PolicySet, facts: TransferFacts) -> Tri:
    """Whether the exemption claimed holds; what the stated facts contradict never does (REQ-071)."""
    if facts.claim == "none":
        return Tri.NO
    contradicted = (
        (facts.claim == "contract" and facts.contract_party not in ("", "hcp"))
        or (facts.claim == "hr" and facts.subject != "staff")
        or (facts.claim == "statutory_duty" and facts.claim_statute not in ("", *policy.statutes))
    )
    if contradicted or facts.claim_ok is Tri.NO:
        return Tri.NO
    return Tri.UNKNOWN if _ftz_without_list(facts) else facts.claim_ok


def _ftz_without_list(facts: TransferFacts) -> bool:
    return facts.claim == "ftz" and not facts.ftz_list_version


def _listed(policy: PolicySet, facts: TransferFacts, at: datetime) -> Tri:
    """The restricted-list answer; one from a list checked too long ago is no answer."""
    checked = facts.restricted_list_checked_on
    if checked is None or facts.on_restricted_list is Tri.YES:
        return facts.on_restricted_list
    age = (shanghai_day(at) - checked).days
    return facts.on_restricted_list if age <= policy.parameter("restricted_list_days", at) else Tri.UNKNOWN


def _unknown(**answers: Tri) -> tuple[str, ...]:
    return tuple(key for key, answer in answers.items() if answer is Tri.UNKNOWN)


def _notes(facts: TransferFacts, row: str) -> tuple[str, ...]:
    """Advice as codes of ``resources/locale/policy.toml`` (``transfer.note.*``)."""
    notes: list[str] = []
    if facts.unmerged_duplicates:
        notes.append("merge_duplicates")
    if facts.batch_sens and row in ("X12", "X13"):
        notes.append("drop_sensitive_field")
    if row == "X10":
        notes.append("legal_confirms")
    if facts.claim != "none" and row in ("X11", "X12", "X13", "X14"):
        notes.append("claim_failed")
    return tuple(notes)
