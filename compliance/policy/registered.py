"""What a basis other than consent must rest on before it is registered (PIPL 13(1)(2) to (7); REQ-010 to REQ-013).

1. Exactly the seven bases of PIPL 13(1) exist; (5), news reporting, is not ours to use, and "legitimate interests" is
   none of them (REQ-010). Consent is never registered: it is an act of the person.
2. The purpose must know the basis.
3. A contract: its number, the person among its parties, and a reason for each field it is to open (REQ-011).
4. A statutory duty: one of the list of Chinese statutes kept by Legal, for purposes and fields it names (REQ-012).
5. Public information: source, day of capture, why it was published, our purpose, and the fields taken (REQ-013); only
   what is not sensitive, and of it reads show the class *public* alone.
6. An emergency has an end.

Gaps are faults, all at once; what the law does not allow is a refusal with its article.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from compliance.errors import Fault
from compliance.model.access import Purpose, Reference
from compliance.model.answer import Refusal
from compliance.model.basis import BasisSupport
from compliance.policy.policy_set import PolicySet

CONTRACT, DUTY, PUBLIC, NEWS = "contract", "statutory_duty", "public_information", "news"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutoryDuty:
    """One entry of the list of duties."""

    key: str
    reference: Reference
    label_zh: str
    label_en: str
    purposes: frozenset[str]
    fields: frozenset[str]


def basis_faults(
    policy: PolicySet,
    *,
    purpose: Purpose,
    basis: str,
    reference: str,
    valid_until: datetime | None,
    support: BasisSupport,
    today: date,
) -> list[Fault]:
    """Everything that is missing or unknown, all at once (rules 1 and 3 to 6)."""
    del purpose
    rule = policy.bases.get(basis)
    if not basis:
        return [Fault("basis", "basis_missing")]
    if rule is None or basis == "consent":
        return [Fault("basis", "basis_not_available", basis, ", ".join(k for k in policy.bases if k != "consent"))]
    faults = [
        Fault("field", "unknown_field", key, policy.nearest_field(key))
        for key, _ in support.reasons
        if policy.field(key) is None
    ]
    if basis == CONTRACT:
        needed: dict[str, object] = {"contract": support.contract, "party": support.parties, "field": support.reasons}
    elif basis == DUTY:
        needed = {"duty": support.duty}
    elif basis == PUBLIC:
        needed = {
            "source": support.source,
            "captured_on": support.captured_on,
            "published_for": support.published_for,
            "our_purpose": support.our_purpose,
            "field": support.reasons,
        }
    else:
        needed = {"reference": reference}
    faults += [Fault(key, f"{key}_missing") for key, value in needed.items() if not value]
    if basis == CONTRACT:
        faults += [Fault("field", "reason_missing", key) for key, why in support.reasons if not why]
    if support.captured_on is not None and support.captured_on > today:
        faults.append(Fault("captured_on", "in_the_future"))
    if rule.needs_end and valid_until is None:
        faults.append(Fault("valid_until", "end_missing"))
    return faults


def basis_refusal(
    policy: PolicySet,
    *,
    hcp_id: str,
    purpose: Purpose,
    basis: str,
    support: BasisSupport,
    duties: Mapping[str, StatutoryDuty],
) -> Refusal | None:
    """Why the law does not carry it, None when it does (rules 1 to 5). ``basis`` is a known one."""
    rule = policy.bases[basis]
    because = (rule.reference,)
    if not rule.enabled:
        return Refusal(reason="basis_disabled", references=because)
    if basis not in policy.purposes[purpose].bases:
        return Refusal(reason="basis_not_for_purpose", references=because, detail=f"{purpose} {basis}")
    keys = tuple(key for key, _ in support.reasons)
    if basis == CONTRACT and hcp_id not in support.parties:
        return Refusal(reason="contract_without_person", references=because)
    if basis == DUTY:
        duty = duties.get(support.duty)
        if duty is None or purpose not in duty.purposes:
            return Refusal(reason="statute_not_listed", references=because, lifted_by=", ".join(duties))
        beyond = sorted(set(keys) - duty.fields)
        if beyond:
            return Refusal(reason="field_beyond_duty", references=(*because, duty.reference), detail=", ".join(beyond))
    if basis == PUBLIC:
        closed = [k for k in keys if (f := policy.field(k)) and f.data_class == "sensitive"]
        if closed:
            return Refusal(reason="public_never_sensitive", references=because, detail=", ".join(closed))
    return None


def opened_fields(basis: str, support: BasisSupport, duties: Mapping[str, StatutoryDuty]) -> frozenset[str] | None:
    """The fields a registered basis opens; None for one without a list (also rows from before lists were kept)."""
    if basis == DUTY:
        duty = duties.get(support.duty)
        named = frozenset(key for key, _ in support.reasons)
        return frozenset() if duty is None else (duty.fields & named if named else duty.fields)
    return frozenset(key for key, _ in support.reasons) if support.reasons else None
