"""Where each acceptance test REQ-001 to REQ-042 stands: nothing is told twice, nothing is missing, no name rots."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
#: requirement → tests that prove it as law.md section 9 words it
WHERE: dict[str, tuple[str, ...]] = {
    "REQ-001": ("spec/test_notice_gaps.py::test_the_release_is_refused_and_the_gap_named",),
    "REQ-002": ("use_cases/test_notice_life.py::test_lists_come_from_the_matrix_and_an_edit_by_hand_is_found",),
    "REQ-003": ("use_cases/test_notice_life.py::test_a_sensitive_field_needs_necessity_and_effect",),
    "REQ-004": ("use_cases/test_notice_life.py::test_a_recipient_is_a_registered_legal_person",),
    "REQ-005": ("use_cases/test_notice_life.py::test_the_old_rendering_opens_after_the_style_changed",),
    "REQ-006": ("use_cases/test_forms_and_presenting.py::test_a_value_is_saved_for_a_purpose_only_after_its_notice",),
    "REQ-007": (
        "use_cases/test_campaigns.py::test_three_affected_people_get_three_tasks_and_an_open_one_keeps_it_open",
    ),
    "REQ-008": ("use_cases/test_notice_life.py::test_the_rules_can_be_kept_before_deciding",),
    "REQ-009": ("use_cases/test_notice_history.py::test_an_exception_needs_code_citation_approver_and_end",),
    "REQ-010": (
        "use_cases/test_bases.py::test_an_activity_has_exactly_one_of_the_seven_bases_with_history",
        "use_cases/test_bases.py::test_a_line_with_legitimate_interests_is_rejected_and_the_others_go_in",
    ),
    "REQ-011": ("use_cases/test_bases.py::test_a_contract_needs_the_person_as_party_and_a_reason_for_each_field",),
    "REQ-012": ("use_cases/test_bases.py::test_a_duty_stands_on_the_list_and_opens_what_it_names",),
    "REQ-013": ("use_cases/test_bases.py::test_public_information_names_source_day_and_both_purposes",),
    "REQ-014": ("spec/test_req_010_026.py::test_req_014_act_a_second_before_its_notice",),
    "REQ-015": (
        "gui/test_record_boxes.py::test_every_box_is_empty_and_the_button_does_nothing_until_one_is_set",
        "use_cases/test_forms_and_presenting.py::test_nothing_is_preset_and_each_separate_consent_signs_for_itself",
    ),
    "REQ-016": (
        "gui/test_record_boxes.py::test_one_click_sets_one_item_and_nothing_accepts_all",
        "use_cases/test_forms_and_presenting.py::test_nothing_is_preset_and_each_separate_consent_signs_for_itself",
    ),
    "REQ-017": ("spec/test_req_010_026.py::test_req_017_the_uploader_cannot_approve_the_own_upload",),
    "REQ-018": ("use_cases/test_notice_life.py::test_a_consent_is_no_condition_of_anything_and_never_required",),
    "REQ-019": (
        "use_cases/test_signatures.py::test_an_act_without_an_identity_check_is_refused_and_each_keeps_its_own",
    ),
    "REQ-020": ("use_cases/test_signatures.py::test_one_changed_byte_says_content_changed_and_proposes_to_void",),
    "REQ-021": (
        "use_cases/test_scan_stacks.py::test_an_uploaded_document_with_too_few_pages_stays_pending",
        "use_cases/test_scan_stacks.py::test_two_of_three_pages_are_not_accepted",
    ),
    "REQ-022": ("spec/test_req_010_026.py::test_req_022_read_in_the_last_second_and_in_the_next",),
    "REQ-023": ("spec/test_req_010_026.py::test_req_023_refusal_on_the_first_of_november",),
    "REQ-024": ("spec/test_req_010_026.py::test_req_024_refusing_marketing_leaves_safety_letters_and_registration",),
    "REQ-025": ("use_cases/test_bases.py::test_strict_mode_asks_a_separate_consent_unless_a_memo_says_why_not",),
    "REQ-026": ("spec/test_proof_without_vault.py::test_the_seven_parts_and_a_manifest_that_fits",),
    "REQ-027": (
        "spec/test_req_027_035.py::test_req_027_withdrawing_takes_no_more_steps_than_giving_and_no_reason",
        "gui/test_consents_desk.py::test_a_withdrawal_takes_four_steps_and_acts_at_the_next_read",
    ),
    "REQ-028": ("spec/test_req_027_035.py::test_req_028_the_sheet_a_second_later_is_denied_and_the_open_view_is_told",),
    "REQ-029": ("spec/test_proof_without_vault.py::test_the_lawful_period_and_its_reads_are_still_told",),
    "REQ-030": ("spec/test_transitions.py::c18",),
    "REQ-031": ("spec/test_req_027_035.py::test_req_031_two_recipients_two_notices_one_deletion_task",),
    "REQ-032": ("use_cases/test_campaigns.py::test_retention_from_three_to_five_years_denies_use_past_year_three",),
    "REQ-033": ("use_cases/test_campaigns.py::test_the_old_scope_stays_open_the_new_is_closed_and_lapses_on_its_day",),
    "REQ-034": ("use_cases/test_objections.py::test_object_then_import_the_same_public_list_again",),
    "REQ-035": ("spec/test_req_027_035.py::test_req_035_given_in_may_merged_with_withdrawn_in_march",),
    "REQ-036": ("spec/test_req_036_042.py::test_req_036_a_field_without_class_or_purpose_is_refused",),
    "REQ-037": ("spec/test_req_036_042.py::test_req_037_a_bank_account_under_general_consent_only_is_refused",),
    "REQ-038": ("spec/test_req_036_042.py::test_req_038_after_a_dated_choice_older_decisions_keep_their_class",),
    "REQ-039": ("spec/test_req_036_042.py::test_req_039_the_account_is_in_no_file",),
    "REQ-040": ("spec/test_req_036_042.py::test_req_040_no_payment_task_no_account_and_a_task_opens_one_person",),
    "REQ-041": ("spec/test_req_036_042.py::test_req_041_a_person_under_fourteen_is_refused",),
    "REQ-042": ("spec/test_req_036_042.py::test_req_042_the_note_is_refused_with_the_terms_marked",),
}


def test_each_of_the_forty_two_has_its_place() -> None:
    assert list(WHERE) == [f"REQ-{n:03}" for n in range(1, 43)]


@pytest.mark.parametrize("requirement", WHERE)
def test_the_named_test_is_there(requirement: str) -> None:
    for place in WHERE[requirement]:
        file, _, name = place.partition("::")
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, place
