"""``today``: what waits, in numbers."""

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, plain
from compliance.cli.words import Command


@click.command("today", cls=Command)
@click.pass_obj
def today(env: Env) -> Outcome:
    """The tiles of the first page."""
    from compliance.use_cases import today as use_case

    return Outcome(dict(plain(use_case.today(env.session()).value)))


COMMANDS: dict[str, click.Command] = {"today": today}
