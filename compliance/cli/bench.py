"""``bench NAME``: figures with versions, medians and spans."""

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, plain
from compliance.cli.words import Command


@click.command("bench", cls=Command)
@click.argument("name")
@click.option("--records", type=click.IntRange(100, 10_000), metavar="N")
@click.option("--operations", type=click.IntRange(20, 100_000), metavar="N")
@click.pass_obj
def bench(env: Env, *, name: str, records: int | None, operations: int | None) -> Outcome:
    """Measure this machine: unlock, import, profile, check, or all."""
    from compliance.use_cases.bench import run_bench

    report = run_bench(name, records=records, operations=operations, clock=env.clock(sandbox=True))
    return Outcome(dict(plain(report)))


COMMANDS: dict[str, click.Command] = {"bench": bench}
