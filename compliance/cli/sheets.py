"""``sheet …``: redacted one-page sheets for reps, and the leak check of any file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import DONE, INTEGRITY, Outcome, Payload, answered, failed, plain
from compliance.cli.params import Code, InFile, OutPath
from compliance.cli.words import Command, group
from compliance.errors import bad_input
from compliance.i18n import Lang, t
from compliance.model.access import Purpose

if TYPE_CHECKING:
    from compliance.use_cases.sheets import SheetBatch

sheet = group("sheet")
COMMANDS: dict[str, click.Command] = {"sheet": sheet}


@sheet.command("make", cls=Command)
@click.argument("hcps", nargs=-1, metavar="HCP…")
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"), required=True)
@click.option("--for", "rep", required=True, metavar="REP")
@click.option("--out", type=OutPath("DIR"), required=True)
@click.option("--do-not-contact", type=OutPath("FILE"))
@click.pass_obj
def make(
    env: Env, *, hcps: tuple[str, ...], purpose: Purpose, rep: str, out: Path, do_not_contact: Path | None
) -> Outcome:
    """One sheet a person; closed people are listed as refused."""
    from compliance.use_cases import sheets
    from compliance.use_cases.do_not_contact import do_not_contact_list

    if not hcps and do_not_contact is None:
        raise bad_input("people_needed", "HCP")
    session = env.session()
    outcome = Outcome({"sheets": [], "refused": []})
    if hcps:
        progress = env.progress()
        try:
            answer = sheets.make_sheets(session, hcp_ids=hcps, purpose=purpose, rep=rep, out=out, progress=progress)
        finally:
            progress.close()
        outcome = answered(answer, lambda made: _released(made, env.lang))
    if do_not_contact is not None and outcome.exit_code == DONE:
        listed = answered(
            do_not_contact_list(session, rep=rep, path=do_not_contact),
            lambda _: {"do_not_contact": str(do_not_contact)},
        )
        outcome = Outcome({**outcome.payload, **listed.payload}, listed.exit_code)
    return outcome


@sheet.command("attack", cls=Command)
@click.argument("file", type=InFile())
@click.option("--values", type=InFile())
@click.pass_obj
def attack(env: Env, *, file: Path, values: Path | None) -> Outcome:
    """Search a file for what must not be in it; needs no vault; exit 3 on a leak."""
    from compliance.use_cases.sheets import leak_check

    report = leak_check(file, values=values)
    payload = {"clean": report.clean, "checked": report.checked, "leaks": plain(report.leaks)}
    return Outcome(payload, DONE if report.clean else INTEGRITY)


def _released(made: "SheetBatch", lang: Lang) -> Outcome:
    """Exit 3 when the leak check stopped a page; the others are made."""
    outcome = Outcome(_batch(made))
    return failed(outcome, "leak_found", t("error.leak_found", lang), INTEGRITY) if made.leaks else outcome


def _batch(made: "SheetBatch") -> Payload:
    return {
        "sheets": [
            {
                "serial": sheet.serial,
                "hcp_id": sheet.hcp_id,
                "path": str(sheet.path),
                "sha256": sheet.sha256,
                "expires": plain(sheet.expires),
            }
            for sheet in made.sheets
        ],
        "refused": [
            {
                "hcp_id": no.hcp_id,
                "refused": no.reason,
                "references": [reference.as_json() for reference in no.references],
            }
            for no in made.refused
        ],
        "warnings": list(made.warnings),
    }
