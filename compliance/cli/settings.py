"""``settings …``: the choices a company makes; loosening one needs two people."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code, Day, InFile, Instant, OutPath
from compliance.cli.words import Command, group
from compliance.errors import bad_input
from compliance.model.access import BeforeProof

if TYPE_CHECKING:
    from compliance.use_cases.overview.by_number import Board

settings = group("settings")
settings_set = group("set")
settings.add_command(settings_set)
COMMANDS: dict[str, click.Command] = {"settings": settings}


@settings.command("show", cls=Command)
@click.pass_obj
def show(env: Env) -> Outcome:
    """All settings."""
    from compliance.use_cases.upkeep.settings import get_settings

    return answered(get_settings(env.session()), lambda found: {"settings": plain(found)})


@settings_set.command("before-proof", cls=Command)
@click.argument("choice", type=Code(BeforeProof, "unknown_choice"), metavar="nothing|card|transition")
@click.option("--until", type=Day())
@click.pass_obj
def before_proof(env: Env, *, choice: BeforeProof, until: date | None) -> Outcome:
    """What reps may see before a consent is proven."""
    from compliance.use_cases.upkeep.settings import set_before_proof

    return answered(
        set_before_proof(env.session(), choice=choice, until=until), lambda found: {"settings": plain(found)}
    )


def _folder_command(name: str, which: str) -> None:
    """``settings set backup-dir`` and ``backup-keys-dir``: where copies go by themselves, ``--off`` for nowhere."""

    @settings_set.command(name, cls=Command)
    @click.argument("folder", type=OutPath("DIR"), metavar="DIR", required=False)
    @click.option("--off", is_flag=True)
    @click.pass_obj
    def choose(env: Env, *, folder: Path | None, off: bool) -> Outcome:
        from compliance.use_cases.upkeep.backup_state import Folder
        from compliance.use_cases.upkeep.backups import set_backup_folders

        if (folder is None) != off:
            raise bad_input("backup_dir_or_off", name)
        return answered(
            set_backup_folders(env.session(), {Folder(which): folder}), lambda found: {"settings": plain(found)}
        )


_folder_command("backup-dir", "backup_dir")
_folder_command("backup-keys-dir", "backup_keys_dir")


@settings_set.command("fact", cls=Command)
@click.argument("key")
@click.argument("value")
@click.pass_obj
def fact(env: Env, *, key: str, value: str) -> Outcome:
    """A fact about the company that transfer decisions need."""
    from compliance.use_cases.upkeep.settings import set_company_fact

    return answered(set_company_fact(env.session(), key=key, value=value), lambda found: {"settings": plain(found)})


@settings_set.command("people-in-all", cls=Command)
@click.argument("people", type=int)
@click.option("--on", type=Day(), required=True)
@click.option("--source", "counted_from", required=True)
@click.pass_obj
def people_in_all(env: Env, *, people: int, on: date, counted_from: str) -> Outcome:
    """How many people's data all systems of the company handle; the board of duties, as ``settings duties``."""
    from compliance.use_cases.overview.by_number import state_people_in_all

    return answered(state_people_in_all(env.session(), people=people, on=on, source=counted_from), _board)


@settings.command("duties", cls=Command)
@click.pass_obj
def duties(env: Env) -> Outcome:
    """``{"people_in_all", "counted_on", "counted_from", "here", "too_few", "duties": [{"duty", "compare", "people",
    "reached", "since", "due", "because"}]}``; ``reached`` is null while nobody stated a number that decides it."""
    from compliance.use_cases.overview.by_number import threshold_board

    return answered(threshold_board(env.session()), _board)


def _board(board: "Board") -> dict[str, object]:
    count = board.count
    return {
        "people_in_all": count.people if count else None,
        "counted_on": count.on.isoformat() if count else None,
        "counted_from": count.source if count else None,
        "here": board.here,
        "too_few": board.too_few,
        "duties": [
            {
                "duty": duty.line.key,
                "compare": duty.line.compare,
                "people": duty.line.people,
                "reached": duty.reached,
                "since": duty.since.isoformat() if duty.since else None,
                "due": duty.due.isoformat() if duty.due else None,
                "because": [f"{r.statute} {r.article}".strip() for r in duty.line.references],
            }
            for duty in board.duties
        ],
    }


@settings_set.command("ask-lock-days", cls=Command)
@click.argument("days", type=int)
@click.pass_obj
def ask_lock_days(env: Env, *, days: int) -> Outcome:
    """How long nobody asks again after a no; never shorter than the rule."""
    from compliance.use_cases.upkeep.settings import set_ask_lock

    return answered(set_ask_lock(env.session(), days=days), lambda found: {"settings": plain(found)})


@settings_set.command("class-rules", cls=Command)
@click.argument("rule_set", metavar="LIST")
@click.option("--from", "from_day", type=Day(), required=True)
@click.pass_obj
def class_rules(env: Env, *, rule_set: str, from_day: date) -> Outcome:
    """Which list says what is sensitive, from a day on: ``{"settings": {"rule_set", "from"}}``; a looser one waits for
    a second person."""
    from compliance.use_cases.rules.field_classes import choose_class_rules

    answer = choose_class_rules(env.session(), rule_set=rule_set, from_day=from_day)
    return answered(answer, lambda found: {"settings": plain(found)})


@settings.command("class", cls=Command)
@click.argument("key")
@click.option("--as-of", type=Instant())
@click.pass_obj
def class_(env: Env, *, key: str, as_of: datetime | None) -> Outcome:
    """The class of a field and the list it comes from: ``{"key", "data_class", "rule_set"}``."""
    from compliance.use_cases.rules.field_classes import field_class

    return answered(field_class(env.session(), key=key, as_of=as_of), lambda found: dict(plain(found)))


@settings_set.command("sample-check", cls=Command)
@click.argument("choice", type=click.Choice(["on", "off"]))
@click.pass_obj
def sample_check(env: Env, *, choice: str) -> Outcome:
    """Whether old stacks of ordinary items may be accepted by machine checks and a sample; ``on`` takes two people."""
    from compliance.use_cases.intake.stack_sampling import set_sample_check

    return answered(set_sample_check(env.session(), on=choice == "on"), lambda found: {"settings": plain(found)})


@settings_set.command("signature-roots", cls=Command)
@click.argument("file", type=InFile())
@click.pass_obj
def signature_roots(env: Env, *, file: Path) -> Outcome:
    """Root certificates (PEM) that electronic signatures may rest on."""
    from compliance.use_cases.consent.signatures import set_signature_roots

    return answered(set_signature_roots(env.session(), path=file), lambda found: {"settings": plain(found)})
