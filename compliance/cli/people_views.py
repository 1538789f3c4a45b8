"""How a person looks on the command line: JSON of the contract, and text for people."""

from typing import TYPE_CHECKING, Any

from compliance.cli.output import (
    Outcome,
    Payload,
    action_words,
    cell,
    local_time,
    pairs,
    plain,
    reason_words,
    refusal_lines,
    table,
)
from compliance.clock import stamp
from compliance.i18n import Lang, has, t
from compliance.model.access import FieldState
from compliance.model.answer import Refusal
from compliance.model.profile import PersonRow, ProfileView, ShownField
from compliance.use_cases.notices.about_words import about_words
from compliance.use_cases.seeing.value_words import value_words

if TYPE_CHECKING:
    from compliance.use_cases.seeing.people_list import PeoplePage
    from compliance.use_cases.seeing.profiles import WhyCard
    from compliance.use_cases.seeing.reason_codes import OpenedReason

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
        "value_status": {shown.key: str(shown.status) for shown in view.fields if shown.status},
        "cross_border": [plain(state) for state in view.cross_border],
        "basis": view.basis,
        "policy_digest": view.policy_digest,
        "audit_index": view.audit_index,
        "gauges": None if view.gauges is None else {**plain(view.gauges), **view.gauges.shares},
        "channels": [plain(channel) for channel in view.channels],
    }


def profile_lines(view: ProfileView, lang: Lang) -> list[str]:
    """Shown fields one a line with their source; what is not shown stands together with its reason."""
    shown = [f for f in view.fields if f.state is not FieldState.WITHHELD]
    hidden = [f for f in view.fields if f.state is FieldState.WITHHELD]
    lines = [f"{view.hcp_id}  {t(f'paper.purpose.{view.purpose}', lang)}  #{view.audit_index}", ""]
    lines += pairs([(field_words(f.key, lang), _value(f, lang)) for f in shown], "  ")
    comma = t("desk.list_sep", lang)
    by_reason: dict[str, list[str]] = {}
    for f in hidden:
        by_reason.setdefault(f.reason or "", []).append(field_words(f.key, lang))
    for reason, names in by_reason.items():
        lines += ["", f"{t('cli.not_shown', lang)}: {reason_words(reason, lang)}", "  " + comma.join(names)]
    return [*lines, *_gauge_lines(view, lang), *_channel_lines(view, lang)]


def _gauge_lines(view: ProfileView, lang: Lang) -> list[str]:
    if view.gauges is None or not view.gauges.permitted:
        return []
    shares = [(t(f"gauge.{name}", lang), "—" if n is None else f"{n} %") for name, n in view.gauges.shares.items()]
    return ["", *pairs(shares)]


def _channel_lines(view: ProfileView, lang: Lang) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for channel in view.channels:
        by_reason.setdefault(channel.reason, []).append(t(f"channel.{channel.code}", lang))
    if not by_reason:
        return []
    comma = t("desk.list_sep", lang)
    order = sorted(by_reason, key=lambda reason: reason != "open")
    return ["", *pairs([(t(f"channel_reason.{reason}", lang), comma.join(by_reason[reason])) for reason in order])]


def find_lines(page: "PeoplePage", lang: Lang) -> list[str]:
    """A table of the people found; a column nobody has, as most have none in a rep's store, is left out."""
    had = {shown.key for row in page.rows for shown in row.fields}
    keys = [key for key in LIST_KEYS if key in had or not page.rows]
    head = [t("cli.key.hcp_id", lang), *(field_words(key, lang) for key in keys)]
    rows = [
        [row.hcp_id, *(_short(row, key) for key in keys), action_words(row.action, lang) or row.consent_hint]
        for row in page.rows
    ]
    return [*table([*head, ""], rows), "", *page_words(page, lang)]


def page_words(page: "PeoplePage", lang: Lang) -> list[str]:
    """How many of how many, and how to go on."""
    on = [t("cli.found.more", lang, more=page.more)] if page.more else []
    return [t("cli.found", lang, shown=len(page.rows), total=page.total), *on]


def why_lines(key: str, found: "WhyCard", lang: Lang) -> list[str]:
    """The explanation of one field."""
    lines = [action_words(found.action, lang)] if found.action else []
    lines.append(f"{field_words(key, lang)}: {t(f'cli.state.{found.state}', lang)}")
    if found.reason:
        no = Refusal(
            reason=found.reason,
            references=found.references,
            lifted_by=found.lifted_by or "",
            reference_code=found.reference_code or "",
        )
        said = "cli.refused" if found.state is FieldState.WITHHELD else "cli.why.reason"
        lines += refusal_lines(no, lang, said=said)
    lines += [t("cli.why.step", lang, step=_step(found.step, lang))] if found.step else []
    lines += [f"  {about}"] if (about := about_words(found.detail, lang)) else []
    return lines


def reason_opened(found: "OpenedReason") -> Outcome:
    """The full reason behind a code."""
    payload: dict[str, Any] = {
        "code": found.code,
        "at": stamp(found.at),
        "reader": found.reader,
        "purpose": str(found.purpose),
        "hcp_id": found.hcp_id,
        "key": found.key or None,
        "then": {
            "state": str(found.state) if found.state else None,
            "told": found.told or None,
            "reason": found.reason,
            "step": found.step,
            "about": found.about,
        },
        "now": {
            "state": str(found.state_now),
            "reason": found.reason_now or None,
            "step": found.step_now,
            "about": found.about_now,
        },
        "references": [reference.as_json() for reference in found.references],
        "lifted_by": found.lifted_by or None,
        "audit_index": found.audit_index,
    }
    return Outcome(payload, lines=lambda lang: opened_lines(found, lang))


def opened_lines(found: "OpenedReason", lang: Lang) -> list[str]:
    """Who asked, what was true then, what is true now, and what would lift it."""
    field = field_words(found.key, lang) if found.key else ""
    lines = [
        f"{found.code} · {found.reader} · {local_time(found.at)} · {t(f'purpose.{found.purpose}', lang)}",
        " · ".join(part for part in (found.hcp_id, field) if part),
    ]
    lines.append(_heard(found, lang))
    if found.reason:
        lines.append(t("cli.reason.then", lang, reason=reason_words(found.reason, lang), step=_step(found.step, lang)))
        lines += [f"  {about}"] if (about := about_words(found.about, lang)) else []
    now = t(f"cli.state.{found.state_now}", lang)
    if found.reason_now:
        now += f" · {reason_words(found.reason_now, lang)} ({_step(found.step_now, lang)})"
    lines.append(t("cli.reason.now", lang, state=now))
    lines += [f"  {about}"] if (about := about_words(found.about_now, lang)) else []
    lines += [t("cli.reason.lift", lang, lift=found.lifted_by)] if found.lifted_by else []
    return lines


def _heard(found: "OpenedReason", lang: Lang) -> str:
    """What the reader saw and was told, as far as it can still be known."""
    if found.state is None or not found.told:
        return t("cli.reason.heard.unknown", lang)
    state = t(f"cli.state.{found.state}", lang)
    return t("cli.reason.heard", lang, state=state, told=reason_words(found.told, lang))


def _step(code: str, lang: Lang) -> str:
    return t(f"step.{code}", lang) if has(f"step.{code}") else code


def field_words(key: str, lang: Lang) -> str:
    """The label of a profile field."""
    return t(f"field.{key}", lang) if has(f"field.{key}") else key


def _value(shown: ShownField, lang: Lang) -> str:
    source = " ".join(str(part) for part in (shown.source, shown.source_date) if part)
    state = "" if shown.state is FieldState.DISCLOSED else t(f"cli.state.{shown.state}", lang)
    standing = t(f"value.status.{shown.status}", lang) if shown.status and shown.status != "active" else ""
    notes = " · ".join(part for part in (state, source, standing) if part)
    value = value_words(shown.key, shown.value, lang) if shown.value else cell(shown.value, lang)
    return value + (f"  ({notes})" if notes else "")


def _short(row: PersonRow, key: str) -> str:
    found = next((f for f in row.fields if f.key == key), None)
    return (found.value or "—") if found else "—"
