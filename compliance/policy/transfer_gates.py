"""Gates G1 to G8 (law.md 2.4): duties that no result removes.

Rules: (1) a gate whose facts are not on file is not fulfilled: ``ok`` is False for G1 to G3 and None ("not on file")
for the rest, and None keeps the export closed as well; (2) G4, G5 and G6 belong to the route: one of contract and
certificate suffices; (3) an expired or not yet effective paper counts as none, with its own reason.

Reasons are codes of ``resources/locale/policy.toml`` (``transfer.why.CODE``), some with a value after ``:``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.policy.limits import MissingYear, add_working_days, last_safe_day
from compliance.policy.policy_set import PolicySet
from compliance.policy.transfer_facts import TransferFacts, Tri

NOT_ON_FILE = "not_on_file"
NOT_APPLICABLE = "not_applicable"
#: PIPL 39, and for sensitive data PIPL 30.
NOTICE_ITEMS = frozenset({"name", "contact", "purpose", "method", "kinds", "rights"})
SENSITIVE_ITEMS = frozenset({"necessity", "effect"})


@dataclass(frozen=True, slots=True)
class Gate:
    """``ok`` True, False or None (not on file, or not applicable). ``why`` is a code."""

    ok: bool | None
    why: str
    applies: bool = True


def decide_gates(policy: PolicySet, facts: TransferFacts, result: str, at: datetime) -> dict[str, Gate]:
    """All eight gates for a result of the table."""
    if result in ("FREE", "BLOCK"):
        return {key: Gate(None, NOT_APPLICABLE, applies=False) for key in policy.transfer.gates}
    tests: dict[str, Callable[[PolicySet, TransferFacts, datetime], Gate]] = {
        "G1": _notice,
        "G2": _consent,
        "G3": _assessment,
        "G4": _letter,
        "G5": _contract,
        "G6": _certificate,
        "G7": _fields,
        "G8": _list_checked,
    }
    out: dict[str, Gate] = {}
    for key, rule in policy.transfer.gates.items():
        wanted = {"always": True, "ASSESS": result == "ASSESS"}.get(rule.applies, result == "CONTRACT-OR-CERT")
        out[key] = tests[key](policy, facts, at) if wanted else Gate(None, NOT_APPLICABLE, applies=False)
    if result == "CONTRACT-OR-CERT":
        _either(out)
    return out


def _either(gates: dict[str, Gate]) -> None:
    """One paper suffices: when it holds, a missing other one does not apply. A failed one still speaks."""
    for held, other in (("G5", "G6"), ("G6", "G5")):
        if gates[held].ok is True and gates[other].ok is None:
            gates[other] = Gate(None, NOT_APPLICABLE, applies=False)
    if gates["G5"].ok is False and gates["G6"].ok is None:
        gates["G6"] = Gate(None, NOT_ON_FILE, applies=False)
    if gates["G6"].ok is False and gates["G5"].ok is None:
        gates["G5"] = Gate(None, NOT_ON_FILE, applies=False)


def _notice(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    del policy, at
    if facts.notice_names_recipient is not Tri.YES:
        return Gate(False, "recipient_not_named" if facts.notice_names_recipient is Tri.NO else "no_notice")
    if facts.notice_items is None:
        return Gate(True, "ok")
    wanted = NOTICE_ITEMS | (SENSITIVE_ITEMS if facts.batch_sens or facts.n_sens else frozenset())
    lacking = sorted(wanted - facts.notice_items)
    return Gate(False, f"notice_lacks:{','.join(lacking)}") if lacking else Gate(True, "ok")


def _consent(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    del policy, at
    if facts.basis != "consent" and not facts.strict:
        return Gate(True, "basis_not_consent")
    if facts.consent_names_recipient is Tri.NO:
        return Gate(False, "consent_names_other_recipient")
    if facts.consents_missing is None:
        return Gate(False, "no_consent")
    return Gate(False, f"consents_missing:{facts.consents_missing}") if facts.consents_missing else Gate(True, "ok")


def _assessment(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    del policy, at
    if facts.pipia_approved is not Tri.YES:
        return Gate(False, "assessment_not_approved" if facts.pipia_approved is Tri.NO else "no_assessment")
    return Gate(False, "assessment_does_not_cover") if facts.pipia_covers is Tri.NO else Gate(True, "ok")


def _letter(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    if facts.result_letter_on is None:
        return Gate(None, NOT_ON_FILE)
    years = policy.parameter("assessment_result_years", at)
    last = facts.result_letter_until or last_safe_day(facts.result_letter_on, years=years)
    late = _outside(facts.result_letter_on, last, shanghai_day(at))
    if late:
        return Gate(False, late)
    if facts.result_persons is not None and max(facts.n_ord or 0, facts.n_sens or 0) > facts.result_persons:
        return Gate(False, "letter_persons_exceeded")
    return _scope(facts.result_scope_ok)


def _contract(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    if facts.contract_effective_on is None:
        return Gate(None, NOT_ON_FILE)
    today = shanghai_day(at)
    if today < facts.contract_effective_on:
        return Gate(False, "contract_not_in_effect")
    if facts.contract_filed_on is not None:
        return Gate(True, "ok")
    days = policy.parameter("contract_filing_working_days", at)
    due = add_working_days(facts.contract_effective_on, days, policy.holidays)
    if isinstance(due, MissingYear):
        return Gate(False, f"no_holiday_table:{due.year}")
    return Gate(False, f"filing_overdue:{due}") if today > due else Gate(True, f"filing_due:{due}")


def _certificate(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    if facts.certificate_on is None:
        return Gate(None, NOT_ON_FILE)
    last = last_safe_day(facts.certificate_on, years=policy.parameter("certificate_years", at))
    late = _outside(facts.certificate_on, last, shanghai_day(at))
    return Gate(False, late) if late else _scope(facts.certificate_scope_ok)


def _fields(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    del policy, at
    if facts.fields_within_purpose is Tri.NO:
        return Gate(False, "fields_beyond_purpose")
    sensitive = bool(facts.batch_sens or facts.n_sens)
    if sensitive and facts.sensitive_encrypted is Tri.NO:
        return Gate(False, "sensitive_not_encrypted")
    known = facts.fields_within_purpose is Tri.YES and (not sensitive or facts.sensitive_encrypted is Tri.YES)
    return Gate(True, "ok") if known else Gate(None, NOT_ON_FILE)


def _list_checked(policy: PolicySet, facts: TransferFacts, at: datetime) -> Gate:
    if facts.restricted_list_checked_on is None:
        return Gate(None, NOT_ON_FILE)
    age = (shanghai_day(at) - facts.restricted_list_checked_on).days
    if age < 0:
        return Gate(False, "list_date_in_future")
    days = policy.parameter("restricted_list_days", at)
    return Gate(True, "ok") if age <= days else Gate(False, f"list_too_old:{age}")


def _scope(answer: Tri) -> Gate:
    return {Tri.YES: Gate(True, "ok"), Tri.NO: Gate(False, "scope_exceeded")}.get(answer, Gate(None, NOT_ON_FILE))


def _outside(first: date, last: date, today: date) -> str:
    return "not_in_force_yet" if today < first else f"expired:{last}" if today > last else ""
