"""``notice forms``: printed consent forms, for some doctors or for all of a rep's.

Keys: ``{"batch", "notice", "file", "sha256", "forms": [{"serial", "hcp_id", "lines": [], "pages", "path"}], "refused":
[{"hcp_id", "refused", "references"}], "notice_file"}``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered
from compliance.cli.params import OutPath
from compliance.cli.words import Command
from compliance.errors import bad_input
from compliance.i18n import Lang

if TYPE_CHECKING:
    from compliance.use_cases.notices.consent_forms import FormBatch


@click.command("forms", cls=Command)
@click.argument("ref", metavar="ID@VERSION")
@click.argument("hcps", nargs=-1, metavar="HCP…")
@click.option("--for", "rep", default="", metavar="REP")
@click.option("--line", "lines", multiple=True, metavar="ITEM")
@click.option("--lang", "in_", type=click.Choice([str(lang) for lang in Lang]))
@click.option("--out", type=OutPath("FILE|DIR"), required=True)
@click.pass_obj
def forms(
    env: Env, *, ref: str, hcps: tuple[str, ...], rep: str, lines: tuple[str, ...], in_: str | None, out: Path
) -> Outcome:
    """Print consent forms with a QR; only for those who may be asked now."""
    from compliance.use_cases.notices.consent_forms import print_forms

    if not hcps and not rep:
        raise bad_input("hcp_or_rep", "hcp")
    answer = print_forms(
        env.session(),
        ref=ref,
        out=out,
        progress=env.progress(),
        hcp_ids=hcps,
        rep=rep,
        items=lines,
        lang=Lang(in_) if in_ else Lang.ZH,
    )
    return answered(answer, batch_payload)


def batch_payload(made: "FormBatch") -> Payload:
    """What every printing of forms answers."""
    return {
        "batch": made.batch,
        "notice": made.notice,
        "file": str(made.file),
        "sha256": made.sha256,
        "forms": [
            {
                "serial": x.serial,
                "hcp_id": x.hcp_id,
                "lines": list(x.items),
                "pages": x.pages,
                "path": str(x.path) if x.path else None,
            }
            for x in made.forms
        ],
        "refused": [
            {"hcp_id": x.hcp_id, "refused": x.reason, "references": [r.as_json() for r in x.references]}
            for x in made.refused
        ],
        "notice_file": str(made.notice_file) if made.notice_file else None,
    }
