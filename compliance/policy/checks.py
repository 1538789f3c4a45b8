"""Checks over a whole loaded set: no gap, no overlap, every reference resolves, no grant beyond its rules.

1. Every purpose has grants from the day it takes effect.      2. A grant names only roles of its purpose.
3. A role without the key of a guarded section gets nothing of it (roles that hold a slot).
4. A sensitive field under consent or contract needs a separate-consent item (PIPL 29).
5. Masked and withheld stay so without a case: ``without_case`` never shows more than ``treatments``.
6. A cited law has taken effect by the day a parameter cites it.
7. Every purpose's basis is enabled.                            8. A channel is covered by an item that exists.
9. The parameters the code asks for are there.                  10. The reason codes the code uses are there.
11. Every purpose is there: one is ended by a day, never left out. 12. Its grants do not end before it does.
13. Every class of a list is a class of the dictionary, every field of it known.
14. Every stored field and every kind of record has a retention rule (REQ-090); what a list shows ends with the person's
    relation and not by its own date, so that a list and a decision cannot differ.
15. Every field has class, rule set, purpose and necessity (REQ-036), a derived one a formula, and a predictive one
    stands behind consent and assessment (tags.py).
"""

from compliance.errors import Fault
from compliance.model.access import Purpose
from compliance.model.consent import OPEN_STATES, ConsentStatus
from compliance.model.retention import RecordKind, StartEvent
from compliance.policy.catalogue import BLOCK_KEYS, Grant, Handling, Treatment
from compliance.policy.list_rule import LIST_FIELDS
from compliance.policy.policy_set import PolicySet
from compliance.policy.tables import nearest
from compliance.policy.tags import tag_faults

#: Parameters and reasons that code looks up by name.
PARAMETERS = (
    "ask_lock_days",
    "no_reply_days",
    "requests_per_year",
    "consent_term_months",
    "transition_max_days",
    "sheet_life_days",
    "sheet_max_fields",
    "bulk_two_person_persons",
    "bulk_sum_hours",
    "extension_alone_times",
    "extension_times",
    "request_valid_days",
    "import_undo_days",
    "plan_max_days",
    "loosening_wait_hours",
    "deputy_max_days",
    "exceptional_max_minutes",
    "exceptional_review_days",
    "signers_wanted",
    "restricted_list_days",
    "stale_percent",
    "source_review_months",
    "validation_days",
    "channel_wish_days",
    "contact_cap_days",
    "transfer_assess_ordinary",
    "transfer_assess_sensitive",
    "transfer_contract_ordinary",
    "transfer_contract_sensitive",
    "contract_filing_working_days",
    "assessment_result_years",
    "certificate_years",
)
REASONS = (
    "purpose_not_in_force",
    "role_not_permitted",
    "unknown_person",
    "not_assigned",
    "no_valid_consent",
    "consent_weak_evidence",
    "basis_missing",
    "basis_expired",
    "basis_not_usable",
    "before_proof_closed",
    "ask_closed_by_answer",
    "ask_locked",
    "assessment_missing",
    "adm_optout",
    "training_missing",
    "filing_missing",
    "no_field_granted",
    "not_for_purpose",
    "not_for_role",
    "case_needed",
    "outside_consented_scope",
    "outside_registered_basis",
    "separate_consent_missing",
    "personalise_consent_missing",
    "masked_for_role",
    "generalised_for_role",
    "basis_covers_public_only",
    "value_not_public_cited",
    "value_stale",
    "value_not_solid",
    "value_in_doubt",
    "value_disputed",
    "retention_ended",
    "source_review_over",
    "source_switched_off",
    "not_validated",
    "unknown_mask",
    "unknown_field",
    "not_collected",
    "missing_fact",
    "transfer_blocked",
    "transfer_gate_closed",
)
_ALL_REASONS = (
    *REASONS,
    "consent_imported_no",
    *(f"consent_{status}" for status in ConsentStatus if status not in OPEN_STATES),
    *(f"blocked_{block}" for block in BLOCK_KEYS),
)
_OPENNESS = {Treatment.WITHHOLD: 0, Treatment.MASK: 1, Treatment.GENERALISE: 2, Treatment.SHOW: 3}


def whole_set_faults(policy: PolicySet) -> list[Fault]:
    """Faults no single file shows."""
    faults: list[Fault] = [Fault("policy/purposes.toml", "missing_key", p) for p in Purpose if p not in policy.purposes]
    for purpose, rule in policy.purposes.items():
        where = f"policy/grants/{purpose}.toml"
        timeline = policy.grants.get(purpose)
        if timeline is None:
            faults.append(Fault(where, "missing_file"))
            continue
        if timeline.versions[0].from_day != rule.from_day:
            code = "gap" if timeline.versions[0].from_day > rule.from_day else "overlap"
            faults.append(
                Fault(f"{where}: version[0].from", code, str(timeline.versions[0].from_day), str(rule.from_day))
            )
        end = timeline.versions[-1].until
        if end is not None and (rule.until is None or end < rule.until):
            place = f"{where}: version[{len(timeline.versions) - 1}].until"
            faults.append(Fault(place, "gap", str(end), str(rule.until or "")))
        for index, version in enumerate(timeline.versions):
            faults.extend(_grant_faults(policy, version.value, f"{where}: version[{index}]"))
        if not policy.bases[rule.basis].enabled:
            faults.append(Fault(f"policy/purposes.toml: {purpose}.basis", "basis_disabled", rule.basis))
        faults.extend(
            Fault(f"policy/purposes.toml: {purpose}.bases", "basis_disabled", b)
            for b in sorted(rule.bases)
            if not policy.bases[b].enabled
        )
    for key, values in policy.parameters.items():
        for index, entry in enumerate(values.versions):
            where = f"policy/parameters.toml: {key}.version[{index}]"
            faults.extend(
                Fault(
                    f"{where}.references", "not_yet_in_force", ref.statute, str(policy.statutes[ref.statute].in_force)
                )
                for ref in entry.value.references
                if policy.statutes[ref.statute].in_force > entry.from_day
            )
    for code, channel in policy.channel_table.items():
        faults.extend(
            Fault(f"policy/items.toml: {code}.{key}", "unknown_item", item)
            for key, item in (("under", channel.under), *(("also", item) for item in channel.also))
            if policy.item_rule(item) is None
        )
    for name, entry_list in policy.class_lists.items():
        for key, given in entry_list.classes.items():
            where = f"policy/classes.toml: {name}.classes.{key}"
            if key not in policy.fields:
                faults.append(Fault(where, "unknown_field", key, nearest(key, policy.fields)))
            if given not in policy.classes:
                faults.append(Fault(where, "unknown_class", given, nearest(given, policy.classes)))
    faults.extend(_retention_faults(policy))
    last = {str(p): timeline.versions[-1].value for p, timeline in policy.grants.items() if timeline.versions}
    faults.extend(tag_faults(policy.tags, policy.fields, last, {str(p): r for p, r in policy.purposes.items()}))
    tables = (("parameters", PARAMETERS, policy.parameters), ("reasons", _ALL_REASONS, policy.reasons))
    for kind, wanted, known in tables:
        faults.extend(
            Fault(f"policy/{kind}.toml: {key}", "missing_key", "", nearest(key, known))
            for key in wanted
            if key not in known
        )
    return faults


def _retention_faults(policy: PolicySet) -> list[Fault]:
    where, rules = "policy/retention.toml", policy.retention
    if not rules.rules:
        return [Fault(where, "missing_file")]
    faults = [
        Fault(f"{where}: rules", "no_retention_rule", key, field.dimension)
        for key, field in policy.fields.items()
        if field.section is not None and key not in rules.of_field
    ]
    faults += [
        Fault(f"{where}: rules", "no_retention_rule", kind, "records")
        for kind in RecordKind
        if kind not in rules.of_record
    ]
    faults += [
        Fault(f"{where}: rules.{rule.key}.event", "list_field_event", rule.event, StartEvent.RELATION_END)
        for key in LIST_FIELDS
        if (rule := rules.rules.get(rules.of_field.get(key, ""))) and rule.event is not StartEvent.RELATION_END
    ]
    faults += [
        Fault(f"{where}: rules.{key}.event", "unknown_event", rule.event, "relation_end, source_date")
        for key in dict.fromkeys(rules.of_field.values())
        if (rule := rules.rules[key]).event not in (StartEvent.RELATION_END, StartEvent.SOURCE_DATE)
    ]
    faults += [
        Fault(f"{where}: rules.{key}.version.references", "not_yet_in_force", ref.statute, str(in_force))
        for key, rule in rules.rules.items()
        for version in rule.terms.versions
        for ref in version.value.references
        if (in_force := policy.statutes[ref.statute].in_force) > version.from_day
    ]
    return faults


def _grant_faults(policy: PolicySet, grant: Grant, where: str) -> list[Fault]:
    rule, faults = policy.purposes[grant.purpose], list[Fault]()
    for key, field in grant.fields.items():
        here, definition = f"{where}.{key}", policy.fields[key]
        for role, handling in field.treatments.items():
            if role not in rule.roles:
                faults.append(Fault(f"{here}.treatments", "role_not_of_purpose", role, nearest(role, rule.roles)))
            guard = definition.section
            guarded = guard is not None and any(guard in r.keys for r in policy.roles.values())
            if guarded and policy.roles[role].slot and guard not in policy.roles[role].keys:
                faults.append(Fault(f"{here}.treatments", "role_without_key", role))
            if (
                definition.sensitive
                and not rule.statutory
                and not field.needs_item
                and handling.treatment is not Treatment.WITHHOLD
            ):
                faults.append(Fault(f"{here}.needs_item", "sensitive_without_item", key))
        for role, closed in field.without_case.items():
            if role not in field.treatments:
                faults.append(Fault(f"{here}.without_case", "unknown_role", role, nearest(role, field.treatments)))
            elif _shows_more(closed, field.treatments[role]):
                faults.append(Fault(f"{here}.without_case", "shows_more", role))
        faults.extend(Fault(f"{here}.tests", "unknown_role", r) for r in field.tests if r not in field.treatments)
    return faults


def _shows_more(without: Handling, with_case: Handling) -> bool:
    return _OPENNESS[without.treatment] > _OPENNESS[with_case.treatment]
