"""Rules in words: where a change stands, what a treatment does, what is wrong with a file."""

from compliance.errors import Fault
from compliance.i18n import Lang, has, t
from desktop_app.words import field_label, policy_label, purpose_label, role_label

_GRANTS = "policy/grants/"


def change_words(where: str, lang: Lang) -> str:
    """Where a change stands, for people: field, reader and purpose of a grant; other places as they are written."""
    file, _, place = where.partition(": ")
    if file == "policy/parameters.toml":
        return policy_label("parameter", place.split(".", 1)[0], lang)
    if not file.startswith(_GRANTS):
        return f"{file.removeprefix('policy/')}: {place}"
    parts = place.split(".")
    words = [field_label(parts[1], lang)] if len(parts) > 1 else []
    words += [role_label(parts[3], lang)] if len(parts) > 3 else []
    words += [t("rules.no_case", lang)] if "without_case" in parts else []
    words += [t("rules.test", lang)] if "tests" in parts else []
    return " · ".join([*words, purpose_label(file.removeprefix(_GRANTS).removesuffix(".toml"), lang)])


def how_words(text: str, lang: Lang) -> str:
    """A treatment in words; any other value as it is."""
    name = text.partition(":")[0]
    return t(f"rules.how.{name}", lang) if has(f"rules.how.{name}") else text or "—"


def fault_words(fault: Fault, lang: Lang) -> str:
    for table in ("fault", "error"):
        if has(f"{table}.{fault.code}"):
            return t(f"{table}.{fault.code}", lang, where=fault.where, value=fault.value, nearest=fault.nearest)
    return fault.code


def turn_words(before: str, after: str, lang: Lang) -> str:
    """What becomes of a field, in the short words of treatments."""
    return " → ".join(t(f"rules.how.{_TREATMENTS[state]}", lang) for state in (before, after))


_TREATMENTS = {"disclosed": "show", "masked": "mask", "generalised": "generalise", "withheld": "withhold"}
