"""``batch FILE``: many command lines within one unlock.

Each line is a command line as typed in a shell, or a JSON array of words (the safe form on Windows, where the backslash
of a path would be read as an escape). Empty lines and lines that begin with ``#`` are skipped. All lines are read
before the first one runs, so a typing error changes nothing.
"""

import json
import shlex
import sys
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import DONE, Outcome, Payload, failed, layout
from compliance.cli.words import Command
from compliance.errors import Fault, InputErrors, bad_input
from compliance.i18n import Lang, t


@click.command("batch", cls=Command)
@click.argument("file", metavar="FILE|-")
@click.option("--stop", is_flag=True)
@click.pass_obj
def batch(env: Env, *, file: str, stop: bool) -> Outcome:
    """Run the lines in order; the exit code is the gravest of theirs."""
    from compliance.cli.main import perform

    if env.in_batch:
        raise bad_input("batch_in_batch", "batch")
    results: list[Payload] = []
    outcomes: list[tuple[list[str], Outcome]] = []
    for words in read_lines(_text(file)):
        outcome = perform(words, env.for_line())
        results.append({**outcome.payload, "exit_code": outcome.exit_code})
        outcomes.append((words, outcome))
        if stop and outcome.exit_code != DONE:
            break
    worst = max((outcome.exit_code for _, outcome in outcomes), default=DONE)
    whole = Outcome({"results": results}, worst, lines=lambda lang: _lines(outcomes, lang))
    number = next((n for n, (_, one) in enumerate(outcomes, start=1) if one.exit_code == worst), 0)
    return _graded(whole, outcomes[number - 1][1].payload, number, env.lang) if worst else whole


def read_lines(text: str) -> list[list[str]]:
    """Words of each line. InputErrors name every line that cannot be read."""
    lines: list[list[str]] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            words = _words(stripped)
        except ValueError:
            faults.append(Fault(str(number), "batch_line"))
            continue
        lines.append(words[1:] if words and words[0] == "consentkeep" else words)
    if faults:
        raise InputErrors(faults)
    return lines


def _words(line: str) -> list[str]:
    if not line.startswith("["):
        return shlex.split(line)
    words = json.loads(line)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("an array of words")
    return words


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise bad_input("file_missing", "FILE") from None
    except UnicodeDecodeError:
        raise bad_input("bad_text", "FILE") from None


def _graded(whole: Outcome, gravest: Payload, number: int, lang: Lang) -> Outcome:
    """What the gravest line said, for the answer as a whole: its refusal, or its error. A line whose answer is a list
    of refused people says itself what is wrong; the exit code is all there is to add."""
    if isinstance(gravest.get("refused"), str):
        whole.payload |= {key: gravest[key] for key in ("refused", "references", "lifted_by") if key in gravest}
        return whole
    if "error" not in gravest:
        return whole
    message = t("cli.batch.line", lang, number=number, message=gravest["message"])
    return failed(whole, str(gravest["error"]), message, whole.exit_code)


def _lines(outcomes: list[tuple[list[str], Outcome]], lang: Lang) -> list[str]:
    lines: list[str] = []
    for words, outcome in outcomes:
        told = outcome.lines(lang) if outcome.lines else layout(outcome.payload, lang)
        lines += [f"> {' '.join(words[:2])}", *told, ""]
    return lines


COMMANDS: dict[str, click.Command] = {"batch": batch}
