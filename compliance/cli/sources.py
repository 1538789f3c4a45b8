"""``source …``: the register of where data come from 来源登记; an import must name one."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, cell, plain, table
from compliance.cli.params import Code, Day, InFile
from compliance.cli.words import Command, group
from compliance.i18n import Lang, t
from compliance.model.profile import SourceClass
from compliance.model.register import Source

if TYPE_CHECKING:
    from compliance.use_cases.people.sources import SourceEntry

source = group("source")
COMMANDS: dict[str, click.Command] = {"source": source}
#: What may be registered; derived values come from ourselves.
CLASSES = tuple(c for c in SourceClass if c is not SourceClass.DERIVED)
SCOPE = click.option("--scope", default="", metavar="TEXT")
CITATION = click.option("--citation", default="", metavar="TEXT")
CITED_ON = click.option("--cited-on", type=Day())


@source.command("add", cls=Command)
@click.argument("code")
@click.option("--name", required=True, metavar="TEXT")
@click.option("--provenance", type=Code(SourceClass, "unknown_provenance", among=CLASSES), required=True)
@click.option("--basis-proof", type=InFile())
@click.option("--reviewed-on", type=Day())
@SCOPE
@CITATION
@CITED_ON
@click.pass_obj
def add(
    env: Env,
    *,
    code: str,
    name: str,
    provenance: SourceClass,
    basis_proof: Path | None,
    reviewed_on: date | None,
    scope: str,
    citation: str,
    cited_on: date | None,
) -> Outcome:
    """Register a source, with the proof that it may be used."""
    from compliance.use_cases.people.sources import add_source

    answer = add_source(
        env.session(),
        code=code,
        name=name,
        provenance=provenance,
        basis_proof=basis_proof,
        reviewed_on=reviewed_on,
        scope=scope,
        citation=citation,
        cited_on=cited_on,
    )
    return answered(answer, _made)


@source.command("prove", cls=Command)
@click.argument("code")
@click.option("--basis-proof", type=InFile(), required=True)
@click.option("--reviewed-on", type=Day(), required=True)
@SCOPE
@click.pass_obj
def prove(env: Env, *, code: str, basis_proof: Path, reviewed_on: date, scope: str) -> Outcome:
    """File the proof of a source that has none yet; its values are held no longer."""
    from compliance.use_cases.people.sources import prove_source

    answer = prove_source(env.session(), code=code, basis_proof=basis_proof, reviewed_on=reviewed_on, scope=scope)
    return answered(answer, _made)


@source.command("review", cls=Command)
@click.argument("code")
@click.option("--reviewed-on", type=Day(), required=True)
@SCOPE
@CITATION
@CITED_ON
@click.pass_obj
def review(env: Env, *, code: str, reviewed_on: date, scope: str, citation: str, cited_on: date | None) -> Outcome:
    """The source was looked at again: its review holds anew."""
    from compliance.use_cases.people.sources import review_source

    answer = review_source(
        env.session(), code=code, reviewed_on=reviewed_on, scope=scope, citation=citation, cited_on=cited_on
    )
    return answered(answer, _made)


@source.command("switch", cls=Command)
@click.argument("code")
@click.argument("state", type=click.Choice(["on", "off"]), metavar="on|off")
@click.pass_obj
def switch(env: Env, *, code: str, state: str) -> Outcome:
    """Let a bought source be used, or no longer."""
    from compliance.use_cases.people.sources import switch_source

    return answered(switch_source(env.session(), code=code, on=state == "on"), _made)


@source.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All sources, where each stands and what it lacks."""
    from compliance.use_cases.people.sources import source_register

    return answered(
        source_register(env.session()),
        lambda rows: Outcome({"sources": [_entry(row) for row in rows]}, lines=lambda lang: _lines(rows, lang)),
    )


def _made(made: Source) -> Payload:
    said = {"citation": made.citation, "cited_on": plain(made.cited_on)} if made.citation else {}
    return {
        "source": made.code,
        "status": made.status,
        "grade": made.grade,
        "reviewed_on": plain(made.reviewed_on),
        **said,
    }


def _entry(row: "SourceEntry") -> Payload:
    source, standing = row.source, row.standing
    return {
        "source": source.code,
        "name": source.name,
        "provenance": str(source.provenance),
        "status": standing.status,
        "grade": source.grade,
        "basis_proof": bool(source.basis_proof),
        "reviewed_on": plain(source.reviewed_on),
        "review_due": plain(standing.review_due),
        "lacks": [str(lack) for lack in standing.lacks],
        "scope": source.scope,
        "citation": source.citation,
        "cited_on": plain(source.cited_on),
        "switched_on": plain(source.switched_on),
        "switched_by": source.switched_by,
    }


def _lines(rows: "tuple[SourceEntry, ...]", lang: Lang) -> list[str]:
    head = [t(f"cli.key.{key}", lang) for key in ("source", "name", "provenance", "status", "grade", "review_due")]
    return table(
        [*head, t("cli.key.lacks", lang)],
        [
            [
                row.source.code,
                row.source.name,
                t(f"desk.source.{row.source.provenance}", lang),
                t(f"settings.sources.{row.standing.status}", lang),
                row.source.grade,
                cell(plain(row.standing.review_due), lang),
                t("desk.list_sep", lang).join(t(f"source.lack.{lack}", lang) for lack in row.standing.lacks) or "—",
            ]
            for row in rows
        ],
    )
