"""``user …``: accounts of the master vault. Reps and MSLs have none there."""

from datetime import date
from pathlib import Path

import click

from compliance.cli.env import Env, read_passphrase
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code, Day, InFile, OutPath
from compliance.cli.words import Command, group
from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import SLOT_ROLES, Role

user = group("user")
COMMANDS: dict[str, click.Command] = {"user": user}
NEW_PASSPHRASE = click.option("--new-passphrase-file", type=InFile(), required=True)


@user.command("add", cls=Command)
@click.argument("name")
@click.option("--role", type=Code(Role, "unknown_role", among=SLOT_ROLES), required=True)
@NEW_PASSPHRASE
@click.pass_obj
def add(env: Env, *, name: str, role: Role, new_passphrase_file: Path) -> Outcome:
    """A new account with its own key slot."""
    from compliance.use_cases.seat.accounts import add_user

    secret = read_passphrase(new_passphrase_file, "--new-passphrase-file")
    return answered(
        add_user(env.session(), name=name, role=role, passphrase=secret),
        lambda made: {"user": made.name, "role": str(made.role)},
    )


@user.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All accounts, former ones too."""
    from compliance.use_cases.seat.accounts import list_users, signers_missing
    from compliance.use_cases.signing.deputies import list_deputies

    session = env.session()
    missing = signers_missing(session)
    deputies = list_deputies(session).value
    return answered(
        list_users(session),
        lambda users: {
            "users": [
                {"user": u.name, "role": str(u.role), "added_at": plain(u.added_at), "removed_at": plain(u.removed_at)}
                for u in users
            ],
            "deputies": [plain(deputy) for deputy in deputies],
            "signers_missing": missing,
        },
    )


@user.command("remove", cls=Command)
@click.argument("name")
@click.pass_obj
def remove(env: Env, *, name: str) -> Outcome:
    """Close an account; its past stays in the log."""
    from compliance.use_cases.seat.accounts import remove_user

    return answered(remove_user(env.session(), name=name), lambda _: {"user": name, "removed": True})


@user.command("reset", cls=Command)
@click.argument("name")
@NEW_PASSPHRASE
@click.pass_obj
def reset(env: Env, *, name: str, new_passphrase_file: Path) -> Outcome:
    """A new passphrase for a colleague; waits for a second person."""
    from compliance.use_cases.seat.accounts import reset_user

    secret = read_passphrase(new_passphrase_file, "--new-passphrase-file")
    return answered(reset_user(env.session(), name=name, new_passphrase=secret), lambda _: {"user": name})


@user.command("passphrase", cls=Command)
@NEW_PASSPHRASE
@click.pass_obj
def passphrase(env: Env, *, new_passphrase_file: Path) -> Outcome:
    """Change the own passphrase."""
    from compliance.use_cases.seat.accounts import change_passphrase

    session = env.session()
    new = read_passphrase(new_passphrase_file, "--new-passphrase-file")
    return answered(
        change_passphrase(session, old=env.passphrase(), new=new), lambda _: {"user": session.actor, "changed": True}
    )


@user.command("carry", cls=Command)
@click.argument("file", type=OutPath("FILE"), required=False)
@click.option("--new-passphrase-file", type=InFile())
@click.option("--call-back", is_flag=True)
@click.pass_obj
def carry(env: Env, *, file: Path | None, new_passphrase_file: Path | None, call_back: bool) -> Outcome:
    """A key of one's own to sign requests with on another machine, or its end."""
    from compliance.use_cases.signing.approvals import call_back_key, carry_key

    if call_back:
        return answered(call_back_key(env.session()), lambda made: {"user": made.user, "called_back": True})
    if file is None:
        raise bad_input("file_needed", "FILE")
    if new_passphrase_file is None:
        raise bad_input("passphrase_needed", "--new-passphrase-file")
    secret = read_passphrase(new_passphrase_file, "--new-passphrase-file")
    return answered(
        carry_key(env.session(), path=file, passphrase=secret),
        lambda made: {"user": made.user, "file": plain(made.file)},
    )


@user.command("train", cls=Command)
@click.argument("name")
@click.option("--on", type=Day(), required=True)
@click.option("--reference", "proof", required=True)
@click.pass_obj
def train(env: Env, *, name: str, on: date, proof: str) -> Outcome:
    """A colleague was trained: the day, and what proves it."""
    from compliance.use_cases.seat.training import record_training

    made = record_training(env.session(), user=name, on=on, reference=proof)
    return answered(made, lambda one: {"user": one.subject, "trained_on": one.held_on.isoformat()})


@user.command("drill", cls=Command)
@click.argument("scenario")
@click.option("--on", type=Day(), required=True)
@click.option("--reference", "proof", required=True)
@click.pass_obj
def drill(env: Env, *, scenario: str, on: date, proof: str) -> Outcome:
    """What the company does at an incident was rehearsed: the day, and what proves it."""
    from compliance.use_cases.seat.training import record_drill

    made = record_drill(env.session(), scenario=scenario, on=on, reference=proof)
    return answered(made, lambda one: {"scenario": one.subject, "held_on": one.held_on.isoformat()})


@user.command("trainings", cls=Command)
@click.pass_obj
def trainings(env: Env) -> Outcome:
    """``{"trainings": [{"user", "role", "trained_on", "over"}], "drills": [{"scenario", "held_on", "reference"}],
    "drill_missing"}``."""
    from compliance.use_cases.seat.training import register

    return answered(
        register(env.session()),
        lambda found: {
            "trainings": [
                {"user": x.user, "role": str(x.role), "trained_on": plain(x.trained_on), "over": x.over}
                for x in found.trainings
            ],
            "drills": [
                {"scenario": x.subject, "held_on": x.held_on.isoformat(), "reference": x.reference}
                for x in found.drills
            ],
            "drill_missing": found.drill_missing,
        },
    )


@user.command("deputy", cls=Command)
@click.argument("name")
@click.option("--for", "stands_for", metavar="NAME")
@click.option("--from", "begins", type=Day())
@click.option("--until", type=Day())
@click.option("--end", is_flag=True)
@click.pass_obj
def deputy(
    env: Env, *, name: str, stands_for: str | None, begins: date | None, until: date | None, end: bool
) -> Outcome:
    """Somebody who signs for an officer for some days; naming waits for a second person, ending does not."""
    from compliance.use_cases.signing.deputies import end_deputy, request_deputy

    if end:
        return answered(end_deputy(env.session(), name=name), lambda done: {"user": done, "ended": True})
    if stands_for is None or until is None:
        raise bad_input("deputy_incomplete", "--for" if stands_for is None else "--until")
    session = env.session()
    first = begins or shanghai_day(session.now())
    asked = request_deputy(session, name=name, stands_for=stands_for, begins=first, until=until)
    return answered(asked, lambda _: {"user": name})
