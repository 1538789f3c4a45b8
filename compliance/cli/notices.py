"""``notice …``: the versions of the notice people answer to."""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import BAD_INPUT, DONE, Outcome, answered, plain
from compliance.cli.params import InFile
from compliance.cli.words import Command, group

notice = group("notice")
COMMANDS: dict[str, click.Command] = {"notice": notice}


@notice.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All versions with their state and items."""
    from compliance.use_cases.notices import list_notices

    return answered(
        list_notices(env.session()),
        lambda rows: {
            "notices": [
                {
                    "notice": row.notice,
                    "version": row.version,
                    "state": str(row.state),
                    "active_from": plain(row.active_from),
                    "lines": [line.item for line in row.lines],
                    "sha256": row.sha256,
                }
                for row in rows
            ]
        },
    )


@notice.command("show", cls=Command)
@click.argument("ref", metavar="ID@VERSION")
@click.pass_obj
def show(env: Env, *, ref: str) -> Outcome:
    """The exact words of one version."""
    from compliance.use_cases.notices import notice_text

    return answered(
        notice_text(env.session(), ref=ref, lang=env.lang),
        lambda blocks: Outcome(
            {"notice": ref, "blocks": [{"title": title, "text": text} for title, text in blocks]},
            lines=lambda _: [line for title, text in blocks for line in ("", title, *text.splitlines())][1:],
        ),
    )


@notice.command("check", cls=Command)
@click.argument("file", type=InFile())
@click.pass_obj
def check(env: Env, *, file: Path) -> Outcome:
    """Whether a notice file holds everything the law asks (PIPL 17, 30, 39)."""
    from compliance.use_cases.notices import check_notice_file

    faults = check_notice_file(file).value
    return Outcome({"ok": not faults, "faults": [plain(fault) for fault in faults]}, BAD_INPUT if faults else DONE)
