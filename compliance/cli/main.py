"""The root of the command line: global options, one outcome, one exit code (architecture section 10).

Exit codes: 0 done, 1 refused by policy, 2 wrong usage or bad input, 3 integrity failure, 4 vault or file trouble.
"""

import contextlib
import io
import json
import multiprocessing
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from compliance import __version__, crashes, cycles, log
from compliance.cli.env import Env
from compliance.cli.failures import outcome_of
from compliance.cli.output import BAD_INPUT, INTEGRITY, TROUBLE, Outcome, emit, failed
from compliance.cli.params import Instant, OutPath
from compliance.cli.words import LazyGroup
from compliance.errors import bad_input
from compliance.i18n import Lang, t

MODULES = {
    "demo": "demo",
    "bench": "bench",
    "vault": "vault",
    "user": "users",
    "rep": "reps",
    "roster": "reps",
    "source": "sources",
    "tags": "tags",
    "quality": "quality",
    "import": "imports",
    "assign": "reps",
    "settings": "settings",
    "people": "people",
    "exceptional": "exceptional",
    "rule": "rules",
    "case": "cases",
    "tasks": "cases",
    "notice": "notices",
    "campaign": "campaigns",
    "consent": "consents",
    "scope": "scopes",
    "worklist": "worklists",
    "retention": "retention",
    "stack": "stacks",
    "policy": "policy",
    "sheet": "sheets",
    "transfer": "transfers",
    "assessment": "transfers",
    "basis": "bases",
    "memo": "bases",
    "activity": "bases",
    "erase": "approvals",
    "approve": "approvals",
    "reject": "approvals",
    "pending": "approvals",
    "plan": "plans",
    "bundle": "bundles",
    "audit": "audit",
    "verify": "audit",
    "today": "today",
    "self-test": "self_test",
    "batch": "batch",
}

#: The word of an answer that says what is wrong by its own keys (``ok`` false, leaks): every error has one.
_PLAIN = {BAD_INPUT: "bad_input", INTEGRITY: "does_not_hold", TROUBLE: "vault"}


@click.group(cls=LazyGroup, modules=MODULES, no_args_is_help=True, context_settings={"help_option_names": ["--help"]})
@click.option("--vault", type=OutPath("DIR"))
@click.option("--user", metavar="NAME")
@click.option("--passphrase-file", type=OutPath("FILE"))
@click.option("--json", "as_json", is_flag=True)
@click.option("--lang", type=click.Choice([str(lang) for lang in Lang]), is_eager=True, expose_value=False,
              callback=lambda ctx, _, value: _set_lang(ctx, value))  # fmt: skip
@click.option("--at", type=Instant(bare_day=False))
@click.version_option(__version__, prog_name="consentkeep", message="%(prog)s %(version)s")
@click.pass_obj
def root(
    env: Env,
    *,
    vault: Path | None,
    user: str | None,
    passphrase_file: Path | None,
    as_json: bool,
    at: datetime | None,
) -> None:
    """Take the global options."""
    env.vault = vault or env.vault
    env.user = user or env.user
    env.passphrase_file = passphrase_file or env.passphrase_file
    env.json = as_json or env.json
    env.at = at or env.at


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the console script."""
    multiprocessing.freeze_support()  # the reading child of a frozen program starts here
    crashes.leave_no_image()
    cycles.seldom()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Do one command line, print its outcome, give its exit code. Never raises."""
    try:
        return _run(argv)
    except Exception as failure:  # noqa: BLE001 - even the words are missing: say it without them
        message = f"internal error ({type(failure).__name__})"
        sys.stdout.write(json.dumps({"error": "internal", "message": message}) + "\n")
        return TROUBLE


def perform(argv: Sequence[str], env: Env) -> Outcome:
    """Run one command line and give its outcome, failures included; what libraries print goes to standard error."""
    printed = io.StringIO()
    try:
        for word in argv:
            word.encode("utf-8")
        with contextlib.redirect_stdout(printed):
            value = root.main(args=list(argv), prog_name="consentkeep", standalone_mode=False, obj=env)
        outcome = value if isinstance(value, Outcome) else _help(printed.getvalue())
        printed = io.StringIO() if not isinstance(value, Outcome) else printed
    except UnicodeEncodeError:
        outcome = outcome_of(bad_input("bad_text"), env.lang)
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001 - see failures.py, rule 4
        outcome = outcome_of(failure, env.lang)
    sys.stderr.write(printed.getvalue())
    if outcome.exit_code >= BAD_INPUT and "error" not in outcome.payload:
        code = _PLAIN[outcome.exit_code]
        outcome = failed(outcome, code, t(f"error.{code}", env.lang), outcome.exit_code)
    if env.sandbox:
        outcome.payload["sandbox"] = True
    return outcome


def _run(argv: Sequence[str]) -> int:
    log.set_up()
    env = Env.outer(json="--json" in argv)
    outcome = perform(argv, env)
    try:
        env.close()
    except Exception as failure:  # noqa: BLE001 - the last door: nothing may leave as a traceback
        if outcome.exit_code == 0:
            outcome = outcome_of(failure, env.lang)
    # A closed pipe on the other side is no failure of ours.
    with contextlib.suppress(BrokenPipeError):
        emit(outcome, as_json=env.json, lang=env.lang)
    return outcome.exit_code


def _help(text: str) -> Outcome:
    return Outcome({"help": text}, lines=lambda _: text.splitlines())


def _set_lang(ctx: click.Context, value: str | None) -> None:
    if value:
        ctx.obj.lang = Lang(value)
