"""Anything that went wrong → one outcome with the contract's exit code; never a traceback.

Rules: (1) a :class:`~compliance.errors.ComplianceError` brings its own exit code and code word; (2) what the parser
refuses is 2; (3) what the operating system refuses is 4; (4) everything else is a bug: only the type's name leaves,
because library messages may carry the values they choked on. ``CONSENTKEEP_DEBUG`` also prints where,
to standard error.
"""

import errno
import os
import sys
import traceback

import click

from compliance.cli.output import BAD_INPUT, TROUBLE, Outcome, Payload
from compliance.errors import ComplianceError, Fault, InputErrors, PolicyFileError
from compliance.i18n import Lang, has, t
from compliance.policy.alike import MORE_ALIKE

#: A term of free text that may not be saved; the rest of the code says of what kind.
_TERM = "free_text_"
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


def outcome_of(failure: BaseException, lang: Lang) -> Outcome:
    """The outcome of a failure."""
    if os.environ.get("CONSENTKEEP_DEBUG"):
        traceback.print_exception(failure, file=sys.stderr)
    if isinstance(failure, InputErrors | PolicyFileError):
        return _faults(failure, lang)
    if isinstance(failure, ComplianceError):
        return _error(failure.code, failure.exit_code, lang, **failure.params)
    if isinstance(failure, click.Abort | KeyboardInterrupt):
        return _error("cancelled", BAD_INPUT, lang)
    if isinstance(failure, click.exceptions.NoArgsIsHelpError) and failure.ctx is not None:
        with failure.ctx.scope(cleanup=False):
            text = failure.ctx.get_help()
        said = {"error": "usage", "message": usage_words(failure, lang)}
        return Outcome(said, BAD_INPUT, lambda _: text.splitlines(), to_stderr=True)
    if isinstance(failure, click.ClickException):
        return _said("usage", usage_words(failure, lang), BAD_INPUT, lang)
    if isinstance(failure, OSError):
        return _error(_file_code(failure), TROUBLE, lang)
    return _error("internal", TROUBLE, lang, kind=type(failure).__name__)


def usage_words(failure: click.ClickException, lang: Lang) -> str:
    """What the parser did not understand, in the reader's language."""
    name = _parameter_name(failure)
    if isinstance(failure, click.MissingParameter):
        return t("cli.usage.missing", lang, name=name)
    if isinstance(failure, click.NoSuchOption):
        near = ", ".join(failure.possibilities or ())
        return t("cli.usage.no_option", lang, name=failure.option_name) + (f" ({near})" if near else "")
    if isinstance(failure, click.BadParameter):
        return t("cli.usage.bad_value", lang, name=name)
    if isinstance(failure, click.exceptions.NoArgsIsHelpError):
        return t("cli.usage.no_command", lang)
    if isinstance(failure, click.exceptions.NoSuchCommand):
        return t("cli.usage.unknown_command", lang, name=failure.command_name)
    return failure.format_message()


def fault_words(fault: Fault, lang: Lang, *, rules: bool = False) -> str:
    """One faulty field: where, what, what would be right. ``rules``: of a rule file, where a code may mean another
    thing than in a form."""
    own = f"fault.{fault.code}"
    said = {"where": fault.where, "value": fault.value, "nearest": fault.nearest}
    words = t(own, lang, **said) if rules and has(own) else _words(fault.code, lang, **said)
    more = rules and fault.code == MORE_ALIKE  # its nearest is the code of those it counts
    named = bool(fault.nearest) and fault.nearest not in words and not more
    near = t("cli.nearest", lang, nearest=fault.nearest) if named else ""
    if rules and not more and fault.value and fault.value not in words:
        words += f"{t('cli.colon', lang)}{fault.value}"
    if places := _marked(fault).get("places"):
        words += t("cli.fault.places", lang, places=places)
    place = _place(fault, lang)
    return f"{place}{t('cli.colon', lang)}{words}{near}" if place else f"{words}{near}"


def _faults(failure: InputErrors | PolicyFileError, lang: Lang) -> Outcome:
    first = failure.faults[0].code if failure.faults and isinstance(failure, InputErrors) else failure.code
    rules = isinstance(failure, PolicyFileError)  # what stands in a rule file is nobody's secret
    messages = [fault_words(fault, lang, rules=rules) for fault in failure.faults]
    outcome = _said(first, "; ".join(messages), failure.exit_code, lang)
    outcome.payload["faults"] = [
        {
            "where": fault.where,
            "code": fault.code,
            **({"value": fault.value} if rules else {}),
            "nearest": fault.nearest or None,
            **_marked(fault),
        }
        for fault in failure.faults
    ]
    return outcome


def _error(code: str, exit_code: int, lang: Lang, **params: str | int) -> Outcome:
    words = _words(code, lang, **params)
    file = str(params.get("file", ""))  # of the store: main.db, never one of the user's
    if file and file not in words:
        words = f"{words.rstrip('。.')}{t('cli.colon', lang)}{file}"
    if has(advice := f"error.{code}.next"):
        words = t("cli.advised", lang, said=words.rstrip("。."), advice=t(advice, lang))
    return _said(code, words, exit_code, lang, **params)


def _said(code: str, message: str, exit_code: int, lang: Lang, **params: str | int) -> Outcome:
    payload: Payload = {"error": code, "message": message}
    if params:
        payload["params"] = dict(params)
    line = f"{t('cli.error', lang)}{message} ({code})"
    return Outcome(payload, exit_code, lambda _: [line], to_stderr=True)


def _words(code: str, lang: Lang, **params: str | int) -> str:
    if code.startswith(_TERM) and has(term := f"free_text.{code.removeprefix(_TERM)}"):
        return t("error.free_text", lang, what=t(term, lang))
    for key in (f"error.{code}", f"fault.{code}"):
        if has(key):
            return t(key, lang, **params)
    return code.replace("_", " ")


def _marked(fault: Fault) -> dict[str, str]:
    """Which characters of a text may not be saved, counted from 1: ``"places": "1-2"`` (REQ-042)."""
    begin, dash, end = fault.value.partition("-")
    if not (fault.code.startswith(_TERM) and dash and begin.isdigit()):
        return {}
    return {"places": f"{int(begin) + 1}-{end}"}


def _place(fault: Fault, lang: Lang) -> str:
    """Where a fault is, in the reader's words; options and paths in data files stay as they are written."""
    kind, _, number = fault.where.partition(" ")
    if kind == "column" and number.isdigit():
        return t("cli.fault.column", lang, number=number)
    if kind == "row" and fault.value.isdigit():
        return t("cli.fault.row", lang, number=fault.value)
    for key in (f"cli.key.{fault.where.lower()}", f"field.{fault.where}"):
        if has(key):
            return t(key, lang)
    return fault.where


def _parameter_name(failure: click.ClickException) -> str:
    param = getattr(failure, "param", None)
    if isinstance(param, click.Option):
        return param.opts[-1]
    if param is not None:
        return str(param.human_readable_name)
    return str(getattr(failure, "param_hint", "") or "")


def _file_code(failure: OSError) -> str:
    if failure.errno in _DISK_FULL:
        return "storage_full"
    if isinstance(failure, FileNotFoundError):
        return "file_missing"
    if isinstance(failure, PermissionError) or failure.errno == errno.EROFS:
        return "file_forbidden"
    if isinstance(failure, IsADirectoryError | NotADirectoryError):
        return "not_a_file"
    if isinstance(failure, FileExistsError):
        return "file_exists"
    return "file_trouble"
