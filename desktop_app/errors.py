"""What went wrong, in words with a next step. The only map from exceptions to screens.

Rules: (1) words come from the catalogue under the error's stable code (``error.CODE``, ``error.CODE.next``), then
under its family, then under "unexpected"; (2) nothing of the exception's own text is shown or kept, because library
messages may carry the values they choked on; (3) whatever is no ``ComplianceError`` is a bug and goes to the crash
page with type name and place in our code only.
"""

import traceback
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import (
    AuditIntegrityError,
    ComplianceError,
    ExportError,
    Fault,
    InputErrors,
    PolicyError,
    VaultBusy,
    VaultError,
    WrongPassphrase,
)
from compliance.i18n import Lang, has, t

_FAMILIES: tuple[tuple[type[ComplianceError], str], ...] = (
    (PolicyError, "policy"),
    (AuditIntegrityError, "integrity"),
    (InputErrors, "input"),
    (ExportError, "export"),
    (WrongPassphrase, "passphrase"),
    (VaultBusy, "busy"),
    (VaultError, "vault"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Title, text and next step to show. ``crash`` marks a bug; ``code`` is what support asks for."""

    title: str
    text: str
    next_step: str
    code: str
    crash: bool = False


def problem(error: BaseException, lang: Lang) -> Problem:
    """The words for ``error``."""
    if not isinstance(error, ComplianceError):
        return Problem(
            title=t("desk.error.unexpected.title", lang),
            text=t("desk.error.unexpected.text", lang),
            next_step=t("desk.error.unexpected.next", lang),
            code=crash_code(error),
            crash=True,
        )
    family = next((name for kind, name in _FAMILIES if isinstance(error, kind)), "unexpected")
    return Problem(
        title=t(f"desk.error.{family}.title", lang),
        text="\n".join(_texts(error, family, lang)),
        next_step=_next(error.code, family, lang),
        code=error.code,
    )


#: What the guard over typed texts found; the fault says which characters, never what they are.
_TYPED = "free_text_"
#: Whose words say what is wrong and not of what.
_OPEN = frozenset({"missing", "too_long", "empty"})


def crash_code(error: BaseException) -> str:
    """Type and the last place in our own code, e.g. ``KeyError @ people:42``. Never a message."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "compliance" in f.filename or "desktop_app" in f.filename]
    where = f" @ {Path(ours[-1].filename).stem}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{where}"


def _texts(error: ComplianceError, family: str, lang: Lang) -> list[str]:
    if isinstance(error, InputErrors) and error.faults:
        several = len(error.faults) > 1
        words = [
            _text(f.code, family, lang, **{**error.params, "where": f.where, "value": f.value, "nearest": f.nearest})
            for f in error.faults
        ]
        return [_placed(f, text, lang, several=several) for f, text in zip(error.faults, words, strict=True)]
    return [_text(error.code, family, lang, **error.params)]


def _placed(fault: Fault, text: str, lang: Lang, *, several: bool) -> str:
    """The words with the place they speak of, where they leave it open."""
    place = t(key, lang) if has(key := f"cli.key.{fault.where.lower()}") else fault.where
    if fault.where and fault.code in _OPEN:
        return f"{place}{t('cli.colon', lang)}{text}"
    return f"{text} ({place})" if several and fault.where else text


def _text(code: str, family: str, lang: Lang, **params: str | int) -> str:
    if code.startswith(_TYPED) and has(kind := f"free_text.{code.removeprefix(_TYPED)}"):
        begin, _, end = str(params.get("value", "")).partition("-")
        place = t("cli.fault.places", lang, places=f"{int(begin) + 1}-{end}") if begin.isdigit() else ""
        return t("error.free_text", lang, what=t(kind, lang)) + place
    key = f"error.{code}"
    if not has(key):
        key = f"desk.error.{family}.text"
    return t(key, lang, **{"code": code, **params})


def _next(code: str, family: str, lang: Lang) -> str:
    for key in (f"error.{code}.next", f"next.{code}", f"desk.error.{family}.next"):
        if has(key):
            return t(key, lang)
    return ""
