"""Codes in the detail of a log entry as people read them, alike on screen, in a terminal and in a report.

Rules: (1) which words a code has depends on the member it stands under; (2) a code without words is None, and whoever
shows it says it as it stands.
"""

from compliance.i18n import Lang, has, t

_TABLES = {
    "action": ("action",),
    "block": ("block",),
    "code": ("code",),
    "reason": ("state.why",),
    "setting": ("cli.key",),
    "what": ("log.what", "worklist"),
}


def code_words(member: str, code: str, lang: Lang) -> str | None:
    """Words of ``code`` under ``member`` of a detail."""
    found = next((f"{table}.{code}" for table in _TABLES.get(member, ()) if has(f"{table}.{code}")), None)
    return t(found, lang) if found else None
