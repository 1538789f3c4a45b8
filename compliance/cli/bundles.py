"""``bundle …``: offline packs 代表离线包 for reps' laptops."""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import BAD_INPUT, INTEGRITY, Outcome, answered, failed, plain, reason_words
from compliance.cli.params import InFile, OutPath
from compliance.cli.words import Command, group
from compliance.model.answer import Refusal

bundle = group("bundle")
COMMANDS: dict[str, click.Command] = {"bundle": bundle}

#: Packs that no rule refuses: the wrong file is bad input, a changed one an integrity failure. The rest is exit 1.
_EXIT = {
    "pack_not_a_pack": BAD_INPUT,
    "pack_too_large": BAD_INPUT,
    "pack_wrong_recipient": BAD_INPUT,
    "pack_wrong_vault": BAD_INPUT,
    "pack_damaged": INTEGRITY,
    "pack_signature": INTEGRITY,
    "pack_publisher_changed": INTEGRITY,
    "pack_previous_differs": INTEGRITY,
    "pack_member_hash": INTEGRITY,
    "pack_trailing_bytes": INTEGRITY,
}


@bundle.command("make", cls=Command)
@click.option("--for", "rep", required=True, metavar="REP")
@click.option("--out", type=OutPath("FILE"), required=True)
@click.option("--days", type=click.IntRange(1, 90), default=14, metavar="N")
@click.pass_obj
def make(env: Env, *, rep: str, out: Path, days: int) -> Outcome:
    """What one rep may see, masked before it is encrypted to the rep's key."""
    from compliance.use_cases.bundles import make_bundle

    return answered(
        make_bundle(env.session(), rep=rep, path=out, days=days),
        lambda made: {
            "file": str(made.file),
            "sequence": made.sequence,
            "people": made.people,
            "expires": plain(made.expires),
            "sha256": made.sha256,
            "warnings": list(made.warnings),
        },
    )


@bundle.command("open", cls=Command)
@click.argument("file", type=InFile())
@click.pass_obj
def open_(env: Env, *, file: Path) -> Outcome:
    """Put a pack into the rep's vault; it replaces what was there."""
    from compliance.use_cases.bundles import open_bundle

    answer = open_bundle(env.rep_session(), path=file)
    outcome = answered(
        answer, lambda found: {"people": found.people, "sequence": found.sequence, "expires": plain(found.expires)}
    )
    if isinstance(answer.value, Refusal) and (exit_code := _EXIT.get(answer.value.reason)):
        no = answer.value
        said = {"lifted_by": no.lifted_by, "reference_code": no.reference_code}
        outcome = failed(Outcome(said), no.reason, reason_words(no.reason, env.lang), exit_code)
    return outcome


@bundle.command("state", cls=Command)
@click.pass_obj
def state(env: Env) -> Outcome:
    """Which pack a rep's vault holds and until when."""
    from compliance.use_cases.bundles import pack_state

    return Outcome(dict(plain(pack_state(env.rep_session()))))
