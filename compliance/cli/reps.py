"""``rep …``, ``roster import`` and ``assign …``: the people in the field and whom they may visit."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env, read_passphrase
from compliance.cli.output import BAD_INPUT, Outcome, Payload, answered, failed, plain
from compliance.cli.params import Code, Day, InFile, OutPath
from compliance.cli.words import Command, group
from compliance.i18n import Lang, t
from compliance.model.access import FIELD_ROLES, Role
from compliance.model.register import Rep

if TYPE_CHECKING:
    from compliance.use_cases.people.reps import TableReport

rep = group("rep")
roster = group("roster")
assign = group("assign", default="people")
COMMANDS: dict[str, click.Command] = {"rep": rep, "roster": roster, "assign": assign}


@rep.command("add", cls=Command)
@click.argument("name")
@click.option("--role", type=Code(Role, "unknown_role", among=FIELD_ROLES), required=True)
@click.option("--employee-no", required=True, metavar="TEXT")
@click.option("--territory", default="", metavar="TEXT")
@click.option("--recipient", default="", metavar="age1…")
@click.option("--trained-on", type=Day())
@click.option("--filing-no", default="", metavar="TEXT")
@click.option("--filing-checked-on", type=Day())
@click.pass_obj
def add(
    env: Env,
    *,
    name: str,
    role: Role,
    employee_no: str,
    territory: str,
    recipient: str,
    trained_on: date | None,
    filing_no: str,
    filing_checked_on: date | None,
) -> Outcome:
    """Register a rep or MSL and the key of their laptop."""
    from compliance.use_cases.people.reps import add_rep

    row = Rep(
        name=name,
        role=role,
        employee_no=employee_no,
        territory=territory,
        recipient=recipient,
        trained_on=trained_on,
        filing_no=filing_no,
        filing_checked_on=filing_checked_on,
    )
    return answered(add_rep(env.session(), rep=row), lambda made: {"rep": made.name, "role": str(made.role)})


@rep.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All registered reps and MSLs."""
    from compliance.use_cases.people.reps import list_reps

    return answered(list_reps(env.session()), lambda reps: {"reps": [_rep(r) for r in reps]})


@rep.command("end", cls=Command)
@click.argument("name")
@click.pass_obj
def end(env: Env, *, name: str) -> Outcome:
    """Sign a rep off: no pack, no paper; of what their computer still brings back only what closes is taken."""
    from compliance.use_cases.people.reps import end_rep

    return answered(end_rep(env.session(), name=name), lambda ended: {"rep": ended.name, "active": ended.active})


@rep.command("init", cls=Command)
@click.argument("folder", type=OutPath("DIR"), metavar="DIR")
@click.option("--new-passphrase-file", type=InFile(), required=True)
@click.pass_obj
def init(env: Env, *, folder: Path, new_passphrase_file: Path) -> Outcome:
    """On the rep's machine: make its keys and say what the office must register."""
    from compliance.clock import FixedClock, SystemClock
    from compliance.use_cases.field.bundles import init_rep

    clock = FixedClock(env.at) if env.at else SystemClock()  # a clock of one's own makes it a practice vault
    env.sandbox = env.at is not None
    secret = read_passphrase(new_passphrase_file, "--new-passphrase-file")
    made = init_rep(folder, passphrase=secret, clock=clock)
    return Outcome({"dir": str(made.dir), "recipient": made.recipient, "check_phrase": made.check_phrase})


@roster.command("import", cls=Command)
@click.argument("file", type=InFile())
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def roster_import(env: Env, *, file: Path, dry_run: bool) -> Outcome:
    """Register reps from a table."""
    from compliance.use_cases.people.reps import import_roster

    return answered(import_roster(env.session(), path=file, dry_run=dry_run), lambda r: _table(r, dry_run, env.lang))


@assign.command("people", cls=Command)
@click.argument("hcps", nargs=-1, required=True, metavar="HCP…")
@click.option("--rep", required=True, metavar="NAME")
@click.pass_obj
def people(env: Env, *, hcps: tuple[str, ...], rep: str) -> Outcome:
    """Give people to a rep."""
    from compliance.use_cases.people import reps

    return answered(reps.assign(env.session(), hcp_ids=hcps, rep=rep), lambda count: {"assigned": count, "rep": rep})


@assign.command("import", cls=Command)
@click.argument("file", type=InFile())
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def assign_import(env: Env, *, file: Path, dry_run: bool) -> Outcome:
    """Assign from a table."""
    from compliance.use_cases.people.reps import import_assignments

    def made(report: "TableReport") -> Outcome:
        outcome = _table(report, dry_run, env.lang)
        outcome.payload["assigned"] = 0 if dry_run else report.accepted
        return outcome

    return answered(import_assignments(env.session(), path=file, dry_run=dry_run), made)


def _rep(row: Rep) -> Payload:
    return {("rep" if key == "name" else key): value for key, value in plain(row).items()}


def _table(report: "TableReport", dry_run: bool, lang: Lang) -> Outcome:
    payload: Payload = {
        "read": report.read,
        "accepted": report.accepted,
        "rejected": report.rejected,
        "dry_run": dry_run,
        "rows": [{"row": r.row, "code": r.code, "column": r.column} for r in report.rows],
        "preview": list(report.preview),
    }
    if report.read > 0 and report.accepted == 0:
        return failed(Outcome(payload), "every_row_rejected", t("error.every_row_rejected", lang), BAD_INPUT)
    return Outcome(payload)
