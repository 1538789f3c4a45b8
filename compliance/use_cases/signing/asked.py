"""What a request asks, for the person who signs it: facts without secrets, and words in both languages.

Rules: (1) made from the canonical request alone, so vault and signing machine say the same; (2) prepared key slots and
lists of people appear as digest and count; of a path only the file's name; (3) an action without words shows its code
and facts, never nothing.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

from compliance.audit.entry import canonical
from compliance.clock import SHANGHAI, from_stamp
from compliance.i18n import Lang, has, t


def asked_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a request that leave the vault."""
    facts: dict[str, Any] = {}
    for key, value in params.items():
        if key == "slot":
            facts["slot_sha256"] = hashlib.sha256(base64.b64decode(value)).hexdigest()
        elif key == "ids":
            facts["people"] = len(value)
            facts["ids_sha256"] = hashlib.sha256(canonical(list(value))).hexdigest()
        elif key == "path":
            facts["file"] = PureWindowsPath(value).name  # takes both kinds of slash
        else:
            facts[key] = value
    return facts


def words_of(action: str, asked: Mapping[str, Any], lang: Lang | str) -> str:
    """One sentence that says what is asked."""
    shown = {key: _shown(key, value, lang) for key, value in asked.items()}
    sentence = t(f"asked.{action}", lang, **shown) if has(f"asked.{action}") else action
    if has(f"asked.{action}") and "{" not in sentence:
        return sentence
    return f"{action}: " + "; ".join(f"{key} {value}" for key, value in sorted(shown.items()))


def _shown(key: str, value: Any, lang: Lang | str) -> str:
    for table in _LABELS.get(key, ()):
        if has(f"{table}.{value}"):
            return t(f"{table}.{value}", lang)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return from_stamp(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return "—" if value in ("", None) else str(value)


#: An instant as ``clock.stamp`` writes it.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
#: Catalogue tables in which a fact's code has its words.
_LABELS = {
    "kind": ("plan_kind",),
    "role": ("role",),
    "purpose": ("purpose",),
    "choice": ("settings.before",),
    "defect": ("defect",),
    "state": ("person_state",),
    "reason": ("state.why",),
    "why": ("exceptional.reason",),
}
