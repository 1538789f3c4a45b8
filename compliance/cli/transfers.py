"""``transfer …``, ``assessment add``: data that leave the country, and the papers acts rest on."""

from datetime import date
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Day, InFile
from compliance.cli.words import Command, group
from compliance.model.ids import new_id
from compliance.model.register import Assessment

transfer = group("transfer")
recipient = group("recipient")
assessment = group("assessment")
transfer.add_command(recipient)
COMMANDS: dict[str, click.Command] = {"transfer": transfer, "assessment": assessment}


@recipient.command("add", cls=Command)
@click.argument("file", type=InFile())
@click.pass_obj
def recipient_add(env: Env, *, file: Path) -> Outcome:
    """Register an overseas recipient from its data sheet (PIPL 39)."""
    from compliance.use_cases.bases.transfers import add_recipient

    return answered(
        add_recipient(env.session(), path=file),
        lambda made: {"recipient": made.recipient_id, "legal_name": made.legal_name, "country": made.country},
    )


@recipient.command("list", cls=Command)
@click.pass_obj
def recipient_list(env: Env) -> Outcome:
    """All overseas recipients."""
    from compliance.use_cases.bases.transfers import list_recipients

    return answered(list_recipients(env.session()), lambda rows: {"recipients": [plain(row) for row in rows]})


@transfer.command("assess", cls=Command)
@click.argument("file", type=InFile())
@click.pass_obj
def assess(env: Env, *, file: Path) -> Outcome:
    """Which route a transfer needs and which gates hold."""
    from compliance.use_cases.bases.transfers import assess_transfer

    return answered(assess_transfer(env.session(), path=file), lambda made: dict(plain(made)))


@transfer.command("meter", cls=Command)
@click.option("--year", type=click.IntRange(2017, 2100), metavar="Y")
@click.pass_obj
def meter(env: Env, *, year: int | None) -> Outcome:
    """People sent abroad this year against the thresholds."""
    from compliance.use_cases.bases.transfers import transfer_meter

    return answered(
        transfer_meter(env.session(), year=year),
        lambda found: {
            "year": found.year,
            "ordinary": found.ordinary,
            "sensitive": found.sensitive,
            "lines": [plain(line) for line in found.lines],
            "projection": plain(found.projection),
        },
    )


@assessment.command("add", cls=Command)
@click.option("--purpose", required=True, metavar="PURPOSE|overseas:ID|join:A+B")
@click.option("--title", required=True, metavar="TEXT")
@click.option("--approved-on", type=Day(), required=True)
@click.option("--valid-until", type=Day())
@click.option("--author", required=True, metavar="NAME")
@click.option("--approver", required=True, metavar="NAME")
@click.pass_obj
def assessment_add(
    env: Env, *, purpose: str, title: str, approved_on: date, valid_until: date | None, author: str, approver: str
) -> Outcome:
    """An impact assessment on file (PIPL 55, 56)."""
    from compliance.use_cases.bases.transfers import add_assessment

    row = Assessment(
        assessment_id=new_id("PIA"),
        purpose=purpose,
        title=title,
        approved_on=approved_on,
        valid_until=valid_until,
        author=author,
        approver=approver,
    )
    return answered(
        add_assessment(env.session(), assessment=row), lambda _: {"assessment": row.assessment_id, "purpose": purpose}
    )


@assessment.command("list", cls=Command)
@click.pass_obj
def assessment_list(env: Env) -> Outcome:
    """Impact assessments on file, newest first."""
    from compliance.use_cases.bases.transfers import list_assessments

    return answered(list_assessments(env.session()), lambda rows: {"assessments": [plain(row) for row in rows]})
