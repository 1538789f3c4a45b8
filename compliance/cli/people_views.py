"""How a person looks on the command line: JSON of the contract, and text for people."""

from typing import TYPE_CHECKING

from compliance.cli.output import Payload, cell, pairs, plain, reason_words, refusal_lines, table
from compliance.i18n import Lang, has, t
from compliance.model.access import FieldState
from compliance.model.answer import Refusal
from compliance.model.profile import PersonRow, ProfileView, ShownField

if TYPE_CHECKING:
    from compliance.use_cases.people_list import PeoplePage
    from compliance.use_cases.profiles import WhyCard

#: Columns of the list a person reads; JSON carries all.
LIST_KEYS = ("full_name", "institution_name", "department", "professional_title")


def person(row: PersonRow) -> Payload:
    """One line of a list."""
    payload: Payload = {
        "hcp_id": row.hcp_id,
        "fields": {shown.key: shown.as_json() for shown in row.fields},
        "cross_border": str(row.cross_border),
    }
    if row.consent_hint:
        payload["consent_hint"] = row.consent_hint
    if row.flags:
        payload["flags"] = list(row.flags)
    if row.action:
        payload["action"] = row.action
    return payload


def profile(view: ProfileView) -> Payload:
    """One person."""
    return {
        "hcp_id": view.hcp_id,
        "purpose": str(view.purpose),
        "role": str(view.role),
        "fields": {shown.key: shown.as_json() for shown in view.fields},
        "cross_border": [plain(state) for state in view.cross_border],
        "basis": view.basis,
        "policy_digest": view.policy_digest,
        "audit_index": view.audit_index,
    }


def profile_lines(view: ProfileView, lang: Lang) -> list[str]:
    """Shown fields one a line with their source; what is not shown stands together with its reason."""
    shown = [f for f in view.fields if f.state is not FieldState.WITHHELD]
    hidden = [f for f in view.fields if f.state is FieldState.WITHHELD]
    lines = [f"{view.hcp_id}  {t(f'paper.purpose.{view.purpose}', lang)}  #{view.audit_index}", ""]
    lines += pairs([(field_words(f.key, lang), _value(f, lang)) for f in shown], "  ")
    by_reason: dict[str, list[str]] = {}
    for f in hidden:
        by_reason.setdefault(f.reason or "", []).append(field_words(f.key, lang))
    for reason, names in by_reason.items():
        lines += ["", f"{t('cli.not_shown', lang)}: {reason_words(reason, lang)}", "  " + "、".join(names)]
    return lines


def find_lines(page: "PeoplePage", lang: Lang) -> list[str]:
    """A table of the people found."""
    head = [t("cli.key.hcp_id", lang), *(field_words(key, lang) for key in LIST_KEYS)]
    rows = [
        [row.hcp_id, *(_short(row, key) for key in LIST_KEYS), action_words(row.action, lang) or row.consent_hint]
        for row in page.rows
    ]
    return [*table([*head, ""], rows), "", t("cli.found", lang, shown=len(page.rows), total=page.total)]


def action_words(action: str, lang: Lang) -> str:
    """What may be done with a person: a code of the closed set, with a date after a colon."""
    code, _, day = action.partition(":")
    return t(f"cli.action.{code}", lang, date=day) if has(f"cli.action.{code}") else action


def why_lines(key: str, found: "WhyCard", lang: Lang) -> list[str]:
    """The explanation of one field."""
    lines = [f"{field_words(key, lang)}: {t(f'cli.state.{found.state}', lang)}"]
    if found.reason:
        no = Refusal(
            reason=found.reason,
            references=found.references,
            lifted_by=found.lifted_by or "",
            reference_code=found.reference_code or "",
        )
        lines += refusal_lines(no, lang)
    return lines


def field_words(key: str, lang: Lang) -> str:
    """The label of a profile field."""
    return t(f"field.{key}", lang) if has(f"field.{key}") else key


def _value(shown: ShownField, lang: Lang) -> str:
    source = " ".join(str(part) for part in (shown.source, shown.source_date) if part)
    state = "" if shown.state is FieldState.DISCLOSED else t(f"cli.state.{shown.state}", lang)
    notes = " · ".join(part for part in (state, source) if part)
    return f"{cell(shown.value, lang)}" + (f"  ({notes})" if notes else "")


def _short(row: PersonRow, key: str) -> str:
    found = next((f for f in row.fields if f.key == key), None)
    return (found.value or "—") if found else "—"
