"""``source …``: the register of where data come from 来源登记; an import must name one."""

from datetime import date
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code, Day, InFile
from compliance.cli.words import Command, group
from compliance.model.profile import SourceClass

source = group("source")
COMMANDS: dict[str, click.Command] = {"source": source}
#: What may be registered; derived values come from ourselves.
CLASSES = tuple(c for c in SourceClass if c is not SourceClass.DERIVED)


@source.command("add", cls=Command)
@click.argument("code")
@click.option("--name", required=True, metavar="TEXT")
@click.option("--provenance", type=Code(SourceClass, "unknown_provenance", among=CLASSES), required=True)
@click.option("--basis-proof", type=InFile())
@click.option("--reviewed-on", type=Day())
@click.pass_obj
def add(
    env: Env, *, code: str, name: str, provenance: SourceClass, basis_proof: Path | None, reviewed_on: date | None
) -> Outcome:
    """Register a source, with the proof that it may be used."""
    from compliance.use_cases.sources import add_source

    answer = add_source(
        env.session(), code=code, name=name, provenance=provenance, basis_proof=basis_proof, reviewed_on=reviewed_on
    )
    return answered(answer, lambda made: {"source": made.code, "status": made.status, "grade": made.grade})


@source.command("prove", cls=Command)
@click.argument("code")
@click.option("--basis-proof", type=InFile(), required=True)
@click.option("--reviewed-on", type=Day(), required=True)
@click.pass_obj
def prove(env: Env, *, code: str, basis_proof: Path, reviewed_on: date) -> Outcome:
    """File the proof of a source that has none yet; its values are held no longer."""
    from compliance.use_cases.sources import prove_source

    answer = prove_source(env.session(), code=code, basis_proof=basis_proof, reviewed_on=reviewed_on)
    return answered(answer, lambda made: {"source": made.code, "status": made.status, "grade": made.grade})


@source.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All sources."""
    from compliance.use_cases.sources import list_sources

    return answered(
        list_sources(env.session()),
        lambda rows: {
            "sources": [
                {
                    "source": row.code,
                    "name": row.name,
                    "provenance": str(row.provenance),
                    "status": row.status,
                    "grade": row.grade,
                    "basis_proof": bool(row.basis_proof),
                    "reviewed_on": plain(row.reviewed_on),
                }
                for row in rows
            ]
        },
    )
