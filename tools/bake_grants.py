"""Writes resources/policy/grants/*.toml from the data dictionary and the settled rules of architecture section 13.

Run once when the dictionary changes; the TOML is the shipped truth and is reviewed by hand afterwards.
"""

import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "resources"
ROLES = {
    "visit": ["compliance", "rep"],
    "digital": ["compliance", "rep"],
    "event": ["compliance", "rep", "msl"],
    "medical": ["compliance", "msl"],
    "speaker": ["compliance", "finance"],
    "segment": ["compliance"],
    "personalise": ["compliance"],
    "medinfo": ["compliance"],
    "mdm": ["compliance", "clerk"],
    "rights": ["compliance", "dpo"],
    "audit": ["compliance", "dpo"],
}
KEYS = {"profiling": {"dpo", "compliance"}, "fees": {"dpo", "compliance", "finance"}, "payment": {"dpo", "finance"}}
NO_SLOT = {"rep", "msl"}
IDENTITY = [
    "hcp_id",
    "full_name",
    "salutation",
    "institution_name",
    "department",
    "professional_title",
    "record_status",
    "identity_match_status",
]
CARD = ["full_name", "salutation", "professional_title", "department", "institution_name", "institution_reception_rule"]
STAY = {"full_name", "institution_name", "department"}
MASKS = {
    "mobile_phone": "mobile",
    "work_email": "email",
    "channel_account_ids": "account_ids",
    "work_address": "address",
    "practice_licence_no": "licence",
    "id_doc_no": "id_number",
    "bank_account_no": "bank",
    "full_name": "name",
}
CONTACT_VALUES = {"mobile_phone", "work_email", "channel_account_ids", "work_address"}
GENERALISE = {
    "identity_match_status": "verified_badge",
    "record_status": "active_badge",
    "practice_sites": "main_site_count",
    "academic_background": "one_line",
    "publications_3y": "publication_band",
    "work_address": "building_department",
    "channel_pref_inferred": "marked_inferred",
    "channel_confirmed_on": "month",
    "content_engagement_topics": "topics_2",
    "concept_stage": "hidden_theme",
    "concept_barrier": "prepare_material",
    "micro_survey_answers": "survey_topics",
    "interactions_90d": "interaction_band",
    "last_interaction_on": "month",
    "events_12m": "event_count",
    "objection_open": "contact_compliance",
    "satisfaction_score": "ask_feedback",
    "rights_request_open": "contact_compliance",
    "region": "city",
}
LIMITS = {
    "research_interests": "up_to_3",
    "key_publications": "up_to_2",
    "society_posts": "up_to_2",
    "guideline_roles": "up_to_2",
    "disease_focus": "up_to_3",
    "procedures": "up_to_3",
    "info_needs": "up_to_3",
    "content_topics": "up_to_3",
    "content_types": "up_to_3",
    "content_formats": "up_to_2",
    "content_scenarios": "up_to_2",
    "region": "city",
    "clinic_schedule": "half_days",
    "next_best_time": "half_days",
    "consent_valid_until": "earliest_date",
    "last_visit_note": "follow_up_line",
}
SECTIONS = {
    "identity": "directory",
    "practice": "directory",
    "contact": "contact",
    "academic": "professional",
    "professional": "professional",
    "channel": "preference",
    "content": "preference",
    "time": "preference",
    "behaviour": "behaviour",
    "concept": "profiling",
    "segment": "profiling",
    "predictive": "profiling",
    "relationship": "profiling",
    "finance": "fees",
    "consent": "",
}
PAYMENT = {"id_doc_no", "bank_account_no"}
COMPUTED = {
    "permitted_channels",
    "channel_consents",
    "assigned_rep",
    "record_status",
    "hcp_id",
    "identity_match_status",
}
PURPOSE_NEED = {
    "ask": ("出示告知书、当面征求同意", "to give the notice and ask in person"),
    "visit": ("准备并完成学术拜访", "to prepare and hold a visit"),
    "digital": ("通过本人同意的渠道发送资料", "to send material by a channel the person agreed to"),
    "event": ("邀请、登记并组织学术会议", "to invite to, register for and run a meeting"),
    "medical": ("开展医学学术交流", "to hold a scientific exchange"),
    "speaker": ("订立和履行讲者或顾问合同", "to conclude and perform a speaker or adviser contract"),
    "segment": ("在影响评估范围内开展分型与分析", "to analyse groups within the impact assessment"),
    "personalise": ("形成可解释的个性化建议", "to form suggestions that can be explained"),
    "medinfo": ("答复医学问询、报告不良反应", "to answer a medical enquiry or report an adverse reaction"),
    "mdm": ("核验身份、保证资料准确", "to check identity and keep the data accurate"),
    "rights": ("办理同意与权利请求", "to handle consent and rights requests"),
    "audit": ("核查处理活动是否合规", "to check that processing complies"),
}
DIMENSION_NEED = {
    "identity": ("确认对象本人", "to know that this is the right person"),
    "practice": ("确认执业单位和岗位", "to know workplace and position"),
    "academic": ("了解公开的学术背景", "to know the public academic background"),
    "contact": ("使用必要的联系方式", "to use the contact details needed"),
    "professional": ("使内容与专业领域相符", "to match the professional field"),
    "channel": ("遵守本人的渠道意愿", "to obey the person's channel wishes"),
    "content": ("遵守本人的内容意愿", "to obey the person's content wishes"),
    "time": ("遵守本人的时间意愿", "to obey the person's time wishes"),
    "concept": ("确定需要补充的证据", "to know which evidence is missing"),
    "segment": ("形成分组结果", "to form the groups"),
    "behaviour": ("了解既往互动", "to know earlier interactions"),
    "predictive": ("给出建议及其理由", "to give a suggestion and its reason"),
    "relationship": ("安排负责人与服务节奏", "to settle who serves and how often"),
    "finance": ("计算与支付劳务费、代扣税款", "to compute and pay the fee and withhold tax"),
    "consent": ("遵守同意状态", "to obey the state of consent"),
}


def section_of(row):
    return "payment" if row["key"] in PAYMENT else "" if row["key"] in COMPUTED else SECTIONS[row["dimension"]]


def full(row, purpose, role):
    """Treatment with a case or where no case is asked."""
    key, action = row["key"], row["sheet_action"]
    if role in NO_SLOT:
        if action == "show":
            return f"show:{LIMITS[key]}" if key in LIMITS else "show"
        if action == "mask":
            return f"mask:{MASKS[key]}"
        if action == "generalise":
            return f"generalise:{GENERALISE[key]}"
        return "withhold:never_on_sheet"
    if purpose == "audit":
        return f"mask:{MASKS.get(key, 'hidden')}"
    if key in CONTACT_VALUES or key == "practice_licence_no":
        clear = (role == "finance" and purpose == "speaker") or (role == "dpo" and purpose == "rights")
        return "show" if clear else f"mask:{MASKS[key]}"
    return "show"


def without_case(row, purpose, role, treatment):
    """Treatment while no case is open; None where it is the same."""
    key = row["key"]
    if purpose == "speaker" and key in PAYMENT:
        return f"mask:{MASKS[key]}"
    if purpose != "rights":
        return None
    if row["dimension"] == "contact":
        return f"mask:{MASKS[key]}" if key in CONTACT_VALUES and treatment == "show" else None
    if key == "practice_licence_no":
        return f"mask:{MASKS[key]}" if treatment == "show" else None
    if row["dimension"] in ("identity", "consent") or key in IDENTITY:
        return None
    if key in ("channel_consents", "permitted_channels", "channel_optout"):
        return None
    return "withhold:case_needed"


def treatments(row, purpose):
    purposes, readers = row["purposes"].split("|"), row["reader_roles"].split("|")
    key, section = row["key"], section_of(row)
    out = {}
    if purpose == "ask":
        if key in CARD:
            out = dict.fromkeys(("compliance", "rep", "msl"), "show")
        return out, {}
    for role in ROLES[purpose]:
        listed = purpose in purposes and role in readers
        if purpose == "mdm" and key in IDENTITY:  # clerk enters and checks identity, compliance confirms it
            listed = True
        if not listed or (section in KEYS and role not in NO_SLOT and role not in KEYS[section]):
            continue
        out[role] = full(row, purpose, role)
    cased = {r: w for r, t in out.items() if (w := without_case(row, purpose, r, t))}
    return out, cased


def refs(row, purpose):
    if row["data_class"] == "sensitive":
        pairs = [("PIPL", "28"), ("PIPL", "29")]
    elif row["data_class"] == "public" or purpose == "ask":
        pairs = [("PIPL", "6"), ("PIPL", "27")]
    elif row["dimension"] == "predictive":
        pairs = [("PIPL", "6"), ("PIPL", "24")]
    else:
        pairs = [("PIPL", "6")]
    return "[" + ", ".join(f'{{ statute = "{s}", article = "{a}" }}' for s, a in pairs) + "]"


def table(pairs):
    return "{ " + ", ".join(f"{k} = {v}" for k, v in pairs.items()) + " }"


def quoted(mapping):
    return table({k: f'"{v}"' for k, v in mapping.items()})


def main():
    rows = list(csv.DictReader((ROOT / "dictionary" / "fields.csv").open(encoding="utf-8")))
    for purpose, (need_zh, need_en) in PURPOSE_NEED.items():
        lines = [
            f"# Who reads which field for `{purpose}`. What is not named here is withheld; there is no wildcard.",
            "# treatments: show[:limit] | mask:KIND | generalise:KIND | withhold:REASON. "
            "without_case: while no case is open.",
            "# tests: conditions on the single value, checked when it is read.",
            "",
            "[[version]]",
            "from = 2021-11-01",
            "reviewed_on = 2026-11-20",
            'mark = "policy"',
            'references = [{ statute = "PIPL", article = "6" }]',
        ]
        for row in rows:
            granted, cased = treatments(row, purpose)
            if not granted:
                continue
            why_zh, why_en = DIMENSION_NEED[row["dimension"]]
            lines += [
                "",
                "[[version.field]]",
                f'key = "{row["key"]}"',
                f'reason = {{ zh = "{need_zh}：{why_zh}", en = "{why_en}, {need_en}" }}',
                f"references = {refs(row, purpose)}",
                f"treatments = {quoted(granted)}",
            ]
            if cased:
                lines.append(f"without_case = {quoted(cased)}")
            if row["data_class"] == "sensitive" and purpose == "speaker":
                lines.append('needs_item = "speaker/sensitive:payment"')
            tested = {}
            for role, treatment in granted.items():
                if purpose == "ask":
                    tested[role] = ["public_cited"]
                elif role in NO_SLOT and section_of(row) and not treatment.startswith("withhold"):
                    tested[role] = ["solid_source"] if row["key"] in STAY else ["fresh_or_identity", "solid_source"]
            if tested:
                lines.append("tests = " + table({r: str(v).replace("'", '"') for r, v in tested.items()}))
        (ROOT / "policy" / "grants" / f"{purpose}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
