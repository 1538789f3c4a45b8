"""``vault …``: make, check, back up, rehearse, restore and recover a vault."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env, read_passphrase
from compliance.cli.output import DONE, INTEGRITY, TROUBLE, Outcome, answered, checked, plain, say
from compliance.cli.params import InDir, InFile, OutPath
from compliance.cli.words import Command, group
from compliance.errors import bad_input
from compliance.i18n import t

if TYPE_CHECKING:
    from compliance.use_cases.upkeep.maintenance import Rehearsal

vault = group("vault")
device_secret = group("device-secret")
vault.add_command(device_secret)
COMMANDS: dict[str, click.Command] = {"vault": vault}


@vault.command("create", cls=Command)
@click.argument("folder", type=OutPath("DIR"), metavar="DIR")
@click.option("--owner", required=True, metavar="NAME")
@click.option("--handler", required=True, metavar="TEXT")
@click.option("--credit-code", default="", metavar="TEXT")
@click.option("--sandbox", is_flag=True)
@click.option("--solo", is_flag=True)
@click.option("--recovery-sheet", type=OutPath("FILE"))
@click.option("--key-card", type=OutPath("FILE"))
@click.pass_obj
def create(
    env: Env,
    *,
    folder: Path,
    owner: str,
    handler: str,
    credit_code: str,
    sandbox: bool,
    solo: bool,
    recovery_sheet: Path | None,
    key_card: Path | None,
) -> Outcome:
    """A new vault; its owner is the privacy officer."""
    from compliance.use_cases.seat.session import create_vault

    clock = env.clock(sandbox=sandbox)
    made = create_vault(
        folder,
        owner=owner,
        handler=handler,
        passphrase=env.passphrase(),
        clock=clock,
        sandbox=sandbox,
        solo=solo,
        credit_code=credit_code,
        recovery_sheet=recovery_sheet,
        key_card=key_card,
        lang=env.lang,
    )
    env.sandbox = sandbox
    if made.signers_missing:
        say(t("cli.warning", env.lang) + t("cli.warning.few_signers", env.lang, missing=made.signers_missing))
    return Outcome(
        {
            "vault": str(made.vault),
            "vault_id": made.vault_id,
            "recovery_sheet": str(made.recovery_sheet) if made.recovery_sheet else None,
            "key_card": str(made.key_card) if made.key_card else None,
            "owner": owner,
            "signers_missing": made.signers_missing,
        }
    )


@vault.command("info", cls=Command)
@click.pass_obj
def info(env: Env) -> Outcome:
    """What can be said of a vault without opening it."""
    from compliance.use_cases.seat.session import peek_vault

    seen = peek_vault(env.vault_path())
    env.sandbox = seen.sandbox
    return Outcome(
        {
            "vault": str(seen.path),
            "vault_id": seen.vault_id,
            "handler": seen.handler,
            "kind": seen.kind,
            "users": list(seen.users),
            "last_auto_backup": seen.last_backup or None,
            "last_rehearsal": seen.last_rehearsal or None,
            "backup_fault": seen.backup_fault or None,
        }
    )


@vault.command("check", cls=Command)
@click.option("--full", is_flag=True)
@click.pass_obj
def check(env: Env, *, full: bool) -> Outcome:
    """Whether log, heads and rows hold; exit 3 when not."""
    from compliance.use_cases.evidence.evidence import check_vault

    answer = check_vault(env.session(), full=full, progress=env.progress())
    return answered(answer, lambda r: checked(ok=r.ok, entries=r.entries, root=r.root, problems=r.problems))


@vault.command("reindex", cls=Command)
@click.pass_obj
def reindex(env: Env) -> Outcome:
    """The search index made anew from the sealed values: ``{"people"}``."""
    from compliance.use_cases.upkeep.integrity import reindex as use_case

    return answered(use_case(env.session(), progress=env.progress()), lambda made: {"people": made.people})


@vault.command("backup", cls=Command)
@click.argument("folder", type=OutPath("DIR"), metavar="DIR", required=False)
@click.pass_obj
def backup(env: Env, *, folder: Path | None) -> Outcome:
    """A consistent copy without the subject keys; without DIR data and keys go to the chosen folders."""
    from compliance.use_cases.upkeep.backups import back_up_now
    from compliance.use_cases.upkeep.maintenance import backup as use_case

    if folder is None:
        return answered(
            back_up_now(env.session(), env.progress()),
            lambda run: Outcome(plain(run), TROUBLE if run.fault else DONE),
        )

    return answered(use_case(env.session(), path=folder), lambda made: {"dir": str(made.dir), "files": made.files})


@vault.command("backup-keys", cls=Command)
@click.argument("file", type=OutPath("FILE"), metavar="FILE")
@click.pass_obj
def backup_keys(env: Env, *, file: Path) -> Outcome:
    """The subject keys, apart from the backup."""
    from compliance.use_cases.upkeep.maintenance import backup_keys as use_case

    return answered(use_case(env.session(), path=file), lambda made: {"file": str(made.file), "sha256": made.sha256})


@vault.command("rehearse", cls=Command)
@click.argument("folder", type=InDir(), metavar="DIR", required=False)
@click.argument("keys", type=InFile(), metavar="FILE", required=False)
@click.pass_obj
def rehearse(env: Env, *, folder: Path | None, keys: Path | None) -> Outcome:
    """Open a backup and its keys together, to know that they fit; without arguments the newest of the chosen
    folders."""
    from compliance.use_cases.seat.session import peek_vault
    from compliance.use_cases.upkeep import maintenance
    from compliance.use_cases.upkeep.backups import rehearse_newest

    if folder is None:
        return answered(rehearse_newest(env.session(), env.progress()), _tried)
    if keys is None:
        raise bad_input("rehearse_needs_keys", "FILE")
    seen = peek_vault(folder)
    env.sandbox = seen.sandbox
    tried = maintenance.rehearse(
        folder, keys, user=env.user_of(seen.users), passphrase=env.passphrase(), clock=env.clock(sandbox=seen.sandbox)
    )
    return _tried(tried)


def _tried(tried: "Rehearsal") -> Outcome:
    return Outcome({"ok": tried.ok, "problems": list(tried.problems)}, DONE if tried.ok else INTEGRITY)


@vault.command("restore", cls=Command)
@click.argument("folder", type=InDir(), metavar="DIR")
@click.argument("keys", type=InFile(), metavar="FILE")
@click.option("--into", type=OutPath("DIR"), required=True)
@click.pass_obj
def restore(env: Env, *, folder: Path, keys: Path, into: Path) -> Outcome:
    """A backup becomes a vault again; people erased since then are erased again."""
    from compliance.use_cases.seat.session import peek_vault
    from compliance.use_cases.upkeep import maintenance

    seen = peek_vault(folder)
    env.sandbox = seen.sandbox
    made = maintenance.restore(
        folder,
        keys,
        into=into,
        user=env.user_of(seen.users),
        passphrase=env.passphrase(),
        clock=env.clock(sandbox=seen.sandbox),
    )
    again = {
        "erased_again": made.erased_again,
        "let_go_again": made.let_go_again,
        "standing_again": made.standing_again,
    }
    return Outcome({"vault": str(made.vault), **again, "entries": made.entries})


@vault.command("recovery-sheet", cls=Command)
@click.option("--recovery-file", type=InFile(), required=True)
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def recovery_sheet(env: Env, *, recovery_file: Path, out: Path) -> Outcome:
    """Print the recovery sheet once more, from the one at hand; its code is kept nowhere else."""
    from compliance.use_cases.upkeep.papers import print_recovery_sheet, recovery_code

    answer = print_recovery_sheet(env.session(), code=recovery_code(recovery_file), path=out)
    return answered(answer, lambda made: {"file": str(made)})


@vault.command("rekey", cls=Command)
@click.pass_obj
def rekey(env: Env) -> Outcome:
    """New keys for people's values; takes the store alone and names who else sits there."""
    from compliance.use_cases.upkeep.rekeying import rekey_vault

    return answered(rekey_vault(env.session(), env.progress()), lambda made: Outcome(plain(made)))


@device_secret.command("status", cls=Command)
@click.pass_obj
def device_secret_status(env: Env) -> Outcome:
    """Whether the own account needs it, and whether this computer gives it."""
    from compliance.use_cases.seat.device_secrets import device_secret_state

    return answered(device_secret_state(env.any_session()), lambda seen: Outcome(plain(seen)))


@device_secret.command("on", cls=Command)
@click.pass_obj
def device_secret_on(env: Env) -> Outcome:
    """The own account opens on this computer only."""
    from compliance.use_cases.seat.device_secrets import turn_on_device_secret

    made = turn_on_device_secret(env.any_session(), passphrase=env.passphrase())
    say(t("cli.warning", env.lang) + t("device_secret.on.note", env.lang))
    return answered(made, lambda seen: Outcome(plain(seen)))


@device_secret.command("off", cls=Command)
@click.pass_obj
def device_secret_off(env: Env) -> Outcome:
    """The passphrase alone opens the own account again."""
    from compliance.use_cases.seat.device_secrets import turn_off_device_secret

    made = turn_off_device_secret(env.any_session(), passphrase=env.passphrase())
    return answered(made, lambda seen: Outcome(plain(seen)))


@vault.command("recover", cls=Command)
@click.option("--recovery-file", type=InFile(), required=True)
@click.option("--new-passphrase-file", type=InFile(), required=True)
@click.pass_obj
def recover(env: Env, *, recovery_file: Path, new_passphrase_file: Path) -> Outcome:
    """A new passphrase by the recovery sheet, for disasters."""
    from compliance.use_cases.seat.accounts import recover_vault
    from compliance.use_cases.seat.session import peek_vault

    path = env.vault_path()
    env.sandbox = peek_vault(path).sandbox
    recovered = recover_vault(
        path,
        recovery_text=None,
        recovery_file=recovery_file,
        new_passphrase=read_passphrase(new_passphrase_file, "--new-passphrase-file"),
        clock=env.clock(sandbox=env.sandbox),
    )
    return Outcome({"vault": str(path), "user": recovered.user})
