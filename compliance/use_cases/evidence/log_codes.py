"""Codes in the detail of a log entry as people read them, alike on screen, in a terminal and in a report.

Rules: (1) which words a code has depends on the member it stands under; (2) a code without words is None, and whoever
shows it says it as it stands; (3) every member has a name in words, which a test reads off the code.
"""

from compliance.i18n import Lang, has, t

_TABLES = {
    "action": ("action",),
    "block": ("block",),
    "code": ("code",),
    "full_reason": ("reason",),
    "lent_role": ("role",),
    "reason": ("state.why",),
    "setting": ("cli.key",),
    "step": ("step",),
    "what": ("log.what", "worklist"),
}


def code_words(member: str, code: str, lang: Lang) -> str | None:
    """Words of ``code`` under ``member`` of a detail."""
    found = next((f"{table}.{code}" for table in _TABLES.get(member, ()) if has(f"{table}.{code}")), None)
    return t(found, lang) if found else None


def member_words(member: str, lang: Lang) -> str:
    """What a member of a detail is called."""
    found = next((f"{table}.{member}" for table in ("cli.key", "log.part") if has(f"{table}.{member}")), None)
    return t(found, lang) if found else member.replace("_", " ")
