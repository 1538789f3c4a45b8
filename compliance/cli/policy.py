"""``policy …``: check the shipped rules and print the matrix a lawyer reads. Needs no vault."""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import BAD_INPUT, DONE, Outcome, plain
from compliance.cli.params import OutPath
from compliance.cli.words import Command, group

policy = group("policy")
COMMANDS: dict[str, click.Command] = {"policy": policy}


@policy.command("check", cls=Command)
@click.pass_obj
def check(env: Env) -> Outcome:
    """Whether the rules load, leave no gap, do not overlap and cite what exists."""
    from compliance.use_cases.rules import check_policy

    faults = check_policy()
    return Outcome({"ok": not faults, "faults": [plain(fault) for fault in faults]}, BAD_INPUT if faults else DONE)


@policy.command("matrix", cls=Command)
@click.option("--out", type=OutPath("FILE"))
@click.pass_obj
def matrix(env: Env, *, out: Path | None) -> Outcome:
    """Which role sees which field for which purpose, as Markdown."""
    from compliance.use_cases.rules import policy_matrix

    text = policy_matrix(env.lang)
    if out is None:
        return Outcome({"matrix": text}, lines=lambda _: text.splitlines())
    out.write_text(text, encoding="utf-8", newline="\n")
    return Outcome({"file": str(out), "lines": len(text.splitlines())})
