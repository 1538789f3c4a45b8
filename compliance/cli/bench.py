"""``bench NAME``: figures with versions, medians and spans."""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, cell, pairs, plain, table
from compliance.cli.params import OutPath
from compliance.cli.words import Command
from compliance.i18n import Lang, t

_HEAD = ("name", "value", "unit", "low", "high", "runs", "target", "met", "note")


@click.command("bench", cls=Command)
@click.argument("name")
@click.option("--records", type=click.IntRange(100, 230_000), metavar="N")
@click.option("--operations", type=click.IntRange(20, 100_000), metavar="N")
@click.option("--out", type=OutPath("FILE"))
@click.pass_obj
def bench(env: Env, *, name: str, records: int | None, operations: int | None, out: Path | None) -> Outcome:
    """Measure this machine: unlock, start, profile, sheet, pack, check, import, seats, or all."""
    from compliance.use_cases.measuring.bench import run_bench

    report = run_bench(name, records=records, operations=operations, out=out, clock=env.clock(sandbox=True))
    payload = dict(plain(report))

    def lines(lang: Lang) -> list[str]:
        rows = [[cell(figure[key], lang) for key in _HEAD] for figure in payload["figures"]]
        facts = {**payload["versions"], **payload["machine"]}
        named = [(key, str(value)) for key, value in facts.items()]
        return [*table([t(f"cli.bench.{key}", lang) for key in _HEAD], rows), "", *pairs(named)]

    return Outcome(payload, lines=lines)


COMMANDS: dict[str, click.Command] = {"bench": bench}
