"""A slow second reading of the rules, written from the dictionary CSV and the architecture text, not from the code.

It knows no TOML and no class of ``compliance.policy``: plain dicts and the sentences of sections 5 and 13. Where it and
``decide_access`` differ, one of the two has misread the specification.
"""

import csv
import io
from pathlib import Path

_CSV = (Path(__file__).parents[3] / "resources" / "dictionary" / "fields.csv").read_text(encoding="utf-8")
ROWS = {row["key"]: row for row in csv.DictReader(io.StringIO(_CSV))}

# domain.md 2.2, "Who", with section 13: clerk under mdm, dpo under rights and audit, ask for field and desk.
WHO = {
    "ask": "rep msl compliance",
    "visit": "rep compliance",
    "digital": "rep compliance",
    "event": "rep msl compliance",
    "medical": "msl compliance",
    "speaker": "finance compliance",
    "segment": "compliance",
    "personalise": "compliance",
    "medinfo": "compliance",
    "mdm": "compliance clerk",
    "rights": "compliance dpo",
    "audit": "compliance dpo",
}
STATUTORY = {"medinfo", "mdm", "rights", "audit"}
FIELD = {"rep", "msl"}
CONTACTING = "ask visit digital event medical personalise"
ALL_BUT_DUTIES = "ask visit digital event medical speaker segment personalise"
CLOSES = {
    "frozen": f"{ALL_BUT_DUTIES} mdm",
    "objection": f"{CONTACTING} segment",
    "do_not_contact": CONTACTING,
    "open_request": "ask segment personalise",
    "deceased": f"{CONTACTING} segment",
    "death_reported": f"{CONTACTING} segment",
    "quarantined": ALL_BUT_DUTIES,
    "erasure": f"{ALL_BUT_DUTIES} mdm",
    "erased": " ".join(WHO),
    "held": f"{ALL_BUT_DUTIES} mdm",
    "dormant": f"{CONTACTING} segment",
}
STATUS_AS_BLOCK = {"restricted": "frozen", "dormant": "dormant", "erasure_pending": "erasure", "erased": "erased"}
LEAST = {"E1": 1, "E2": 2, "E3": 3, "E4": 4, "none": 9}
WAITING = ["not_asked", "unproven", "presented", "deferred", "no_reply", "evidence_pending"]
CLOSED_FOR_GOOD = ["suspended", "revoked", "archived", "erased"]
IDENTITY = [
    "full_name",
    "salutation",
    "institution_name",
    "department",
    "professional_title",
    "hcp_id",
    "record_status",
    "identity_match_status",
]
CARD = ["full_name", "salutation", "professional_title", "department", "institution_name", "institution_reception_rule"]
CONTACT_VALUES = ["mobile_phone", "work_email", "channel_account_ids", "work_address"]
COMPUTED = [
    "permitted_channels",
    "channel_consents",
    "assigned_rep",
    "record_status",
    "hcp_id",
    "identity_match_status",
]
SUGGESTION = ["next_best_channel", "next_best_content", "next_best_time", "suggestion_reason", "next_content_theme"]
PAYMENT = ["id_doc_no", "bank_account_no"]
#: A company's own rules: whether sensitive data ask a separate consent on every basis (REQ-025), and what it withholds.
STRICT = True
WITHHELD = set()  # (purpose, role, field)
STRONGER = {}  # item → the weakest proof the company takes
#: Limits a person set are kept whatever was consented to.
WISHES = ["channel_optout", "frequency_cap", "quiet_hours", "objection_open"]


def least_grade(item):
    if item in STRONGER:
        return STRONGER[item]
    if "/" in item and ":" in item.split("/")[1]:
        return 2
    return 4 if item.startswith("digital/") else 3


def in_force(line, at):
    return line["status"] in ("given", "renewed", "change_pending") and (
        line["valid_until"] is None or at < line["valid_until"]
    )


def proven(line, at):
    return in_force(line, at) and LEAST[line["grade"]] <= least_grade(line["item"])


def refusal(role, purpose, f, at):
    """The reason of a whole refusal, None when at least the person may be looked at."""
    if role not in WHO[purpose].split():
        return "role_not_permitted"
    if f["hcp_id"] is None:
        return "unknown_person"
    standing = {*f["blocks"], STATUS_AS_BLOCK.get(f["record_status"])}
    for block, closed in CLOSES.items():
        if block in standing and purpose in closed.split():
            return f"blocked_{block}"
    if role in FIELD and not f["assigned"]:
        return "not_assigned"
    if not basis(purpose, f, at):
        return "basis"
    if purpose in ("segment", "personalise") and purpose not in f["assessments"]:
        return "assessment_missing"
    if purpose == "personalise" and f["adm_optout"]:
        return "adm_optout"
    return None


def basis(purpose, f, at):
    """Name of what carries the processing, None when nothing does."""
    lines = f["lines"]
    if purpose in STATUTORY:
        return "statutory_duty"
    wanted = [i for i in lines if i.startswith("digital/")] if purpose == "digital" else [purpose]
    if any(i in lines and proven(lines[i], at) for i in wanted if purpose != "ask"):
        return "consent"
    allowed = {"event": "contract", "speaker": "contract", "medical": "public_information"}.get(purpose)
    mine = f["bases"].get(purpose)
    held = mine and mine["basis"] == allowed and mine["reference"]
    if held and (mine["valid_until"] is None or at < mine["valid_until"]):
        return mine["basis"]
    if purpose == "ask" and f["before_proof"] in ("card", "transition"):
        for item in ("visit", "event", "medical"):
            line = lines.get(item)
            if line is None:
                continue
            if line["status"] in CLOSED_FOR_GOOD:
                return None
            if line["ask_again_from"] is not None:
                if at < line["ask_again_from"]:
                    return None
            elif line["status"] in ("refused", "withdrawn") or not line["may_ask"]:
                return None
        return "card"
    if purpose == "visit" and f["before_proof"] == "transition":
        line = lines.get("visit")
        ends = f["before_proof_until"]
        if (line is None or line["status"] in WAITING) and ends is not None and at < ends:
            return "transition"
    return None


def section(key):
    if key in PAYMENT:
        return "payment"
    dimension = ROWS[key]["dimension"]
    if key in COMPUTED or dimension == "consent":
        return None
    if dimension == "finance":
        return "fees"
    return "profiling" if dimension in ("concept", "segment", "predictive", "relationship") else "open"


def consented(key, purpose, f, at):
    """Whether the notices behind the consents name the field or its dimension (PIPL 14(2))."""
    lines = {i: x for i, x in f["lines"].items() if proven(x, at)}

    def said(item):
        return bool({key, ROWS[key]["dimension"]} & lines[item]["kinds"])

    if purpose == "speaker" and ROWS[key]["data_class"] == "sensitive" and "speaker/sensitive:payment" in lines:
        return said("speaker/sensitive:payment")  # the separate consent itself must speak of it (PIPL 29)
    if key in SUGGESTION and said("personalise"):
        return True
    if basis(purpose, f, at) != "consent":
        return key not in SUGGESTION
    carrying = [i for i in lines if i.startswith("digital/")] if purpose == "digital" else [purpose]
    return any(said(i) for i in carrying)


def state(key, role, purpose, f, at):
    """disclosed, masked, generalised or withheld, and whether a value test hangs on it."""
    row = ROWS[key]
    if (purpose, role, key) in WITHHELD:
        return "withheld"
    if purpose == "ask":
        return "disclosed" if key in CARD else "withheld"
    listed = purpose in row["purposes"].split("|") and role in row["reader_roles"].split("|")
    if purpose == "mdm" and key in IDENTITY:
        listed = True
    if purpose == "mdm" and role == "clerk" and key not in IDENTITY:
        listed = False
    keys = {"profiling": "dpo compliance", "fees": "dpo compliance finance", "payment": "dpo finance"}
    guard = section(key)
    if not listed or (role not in FIELD and guard in keys and role not in keys[guard].split()):
        return "withheld"
    if purpose not in STATUTORY:
        if key in SUGGESTION:
            item = f["lines"].get("personalise")
            if not (item and proven(item, at)) or "personalise" not in f["assessments"] or f["adm_optout"]:
                return "withheld"
        if key in ("channel_pref_inferred", "content_engagement_topics") and f["adm_optout"]:
            return "withheld"
    if purpose == "speaker" and row["data_class"] == "sensitive":
        item = f["lines"].get("speaker/sensitive:payment")
        spared = f["memos"].get("speaker/sensitive:payment") or (not STRICT and basis(purpose, f, at) != "consent")
        if not (item and proven(item, at)) and not spared:
            return "withheld"
    if purpose not in STATUTORY and basis(purpose, f, at) == "public_information" and row["data_class"] != "public":
        return "withheld"
    if (
        purpose not in STATUTORY
        and section(key) is not None
        and key not in WISHES
        and not consented(key, purpose, f, at)
    ):
        return "withheld"
    if role in FIELD:
        action = row["sheet_action"]
        return {"show": "disclosed", "mask": "masked", "generalise": "generalised", "hide": "withheld"}[action]
    if purpose == "audit":
        return "masked"
    case = f["case_id"] is not None
    hides = key in CONTACT_VALUES or key == "practice_licence_no"
    if purpose == "speaker":
        if role == "finance":
            return "masked" if key in PAYMENT and not case else "disclosed"
        return "masked" if hides else "disclosed"
    if purpose == "rights":
        consent_field = row["dimension"] == "consent" or key in (
            "channel_consents",
            "permitted_channels",
            "channel_optout",
        )
        of_identity = row["dimension"] in ("identity", "contact") or key in IDENTITY
        if not case and not (of_identity or consent_field):
            return "withheld"
        if hides:
            return "disclosed" if role == "dpo" and case else "masked"
        return "disclosed"
    return "masked" if hides else "disclosed"
