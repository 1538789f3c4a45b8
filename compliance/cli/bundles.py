"""``bundle …``: offline packs 代表离线包 for reps' laptops."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import BAD_INPUT, INTEGRITY, Outcome, answered, failed, plain, reason_words
from compliance.cli.params import InFile, OutPath
from compliance.cli.words import Command, group
from compliance.model.answer import Refusal

if TYPE_CHECKING:
    from compliance.use_cases.field.returning import WaitingNote
    from compliance.use_cases.field.returns import Listed

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
    "return_not_a_return": BAD_INPUT,
    "return_too_large": BAD_INPUT,
    "return_wrong_office": BAD_INPUT,
    "return_wrong_vault": BAD_INPUT,
    "return_damaged": INTEGRITY,
    "return_signature": INTEGRITY,
    "return_other_device": INTEGRITY,
}


@bundle.command("make", cls=Command)
@click.option("--for", "rep", required=True, metavar="REP")
@click.option("--out", type=OutPath("FILE"), required=True)
@click.option("--days", type=click.IntRange(1, 90), default=14, metavar="N")
@click.pass_obj
def make(env: Env, *, rep: str, out: Path, days: int) -> Outcome:
    """What one rep may see, masked before it is encrypted to the rep's key."""
    from compliance.use_cases.field.bundles import make_bundle

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
    from compliance.use_cases.field.bundles import open_bundle

    answer = open_bundle(env.rep_session(), path=file)
    outcome = answered(
        answer, lambda found: {"people": found.people, "sequence": found.sequence, "expires": plain(found.expires)}
    )
    return _as_fault(env, answer.value, outcome)


@bundle.command("state", cls=Command)
@click.pass_obj
def state(env: Env) -> Outcome:
    """Which pack a rep's vault holds and until when."""
    from compliance.use_cases.field.bundles import pack_state

    return Outcome(dict(plain(pack_state(env.rep_session()))))


@bundle.command("drop", cls=Command)
@click.pass_obj
def drop(env: Env) -> Outcome:
    """In a rep's store: delete everybody of the pack from this computer; ``{"people"}``. What waits for the office
    stays, and the next return says that the pack is gone."""
    from compliance.use_cases.field.returning import drop_pack

    return answered(drop_pack(env.rep_session()), lambda people: {"people": people})


@bundle.command("notes", cls=Command)
@click.pass_obj
def notes(env: Env) -> Outcome:
    """In a rep's store: what it has to tell the office and what came of it: ``{"return_notes": [{"note_id", "kind",
    "at", "subject", "item", "answer", "state", "return_sequence"}]}``; state is ``here``, ``sent``, or the office's
    word."""
    from compliance.use_cases.field.returning import list_notes

    return answered(list_notes(env.rep_session()), lambda found: {"return_notes": [_own(note) for note in found]})


@bundle.command("return", cls=Command)
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def return_(env: Env, *, out: Path) -> Outcome:
    """In a rep's store: everything the office has not answered yet, in one file for the office: ``{"file",
    "sequence", "return_notes", "acts", "sha256"}``."""
    from compliance.use_cases.field.returning import make_return

    return answered(
        make_return(env.rep_session(), path=out),
        lambda made: {
            "file": str(made.file),
            "sequence": made.sequence,
            "return_notes": made.notes,
            "acts": made.acts,
            "sha256": made.sha256,
        },
    )


@bundle.command("receive", cls=Command)
@click.argument("file", type=InFile())
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def receive(env: Env, *, file: Path, dry_run: bool) -> Outcome:
    """Take in what a rep's computer brings back: ``{"rep", "sequence", "pack_sequence", "made_at", "sha256",
    "to_check", "recorded", "withdrawn", "papers", "packs", "duplicates", "conflicts": [NOTE], "return_notes": [NOTE],
    "warnings", "dry_run"}``; NOTE as in ``bundle notes`` with ``outcome`` and ``event_id``."""
    from compliance.use_cases.field.returns import receive_return

    answer = receive_return(env.session(), path=file, dry_run=dry_run)
    outcome = answered(
        answer,
        lambda made: {
            "rep": made.rep,
            "sequence": made.sequence,
            "pack_sequence": made.pack,
            "made_at": plain(made.made_at),
            "sha256": made.sha256,
            "to_check": made.count("to_check"),
            "recorded": made.count("recorded"),
            "withdrawn": made.count("withdrawn"),
            "papers": made.count("registered", "ended"),
            "packs": made.count("noted"),
            "duplicates": made.count("duplicate"),
            "conflicts": [plain(note) for note in made.conflicts],
            "return_notes": [plain(note) for note in made.notes],
            "warnings": list(made.warnings),
            "dry_run": made.dry_run,
        },
    )
    return _as_fault(env, answer.value, outcome)


@bundle.command("returns", cls=Command)
@click.option("--for", "rep", default="", metavar="REP")
@click.pass_obj
def returns(env: Env, *, rep: str) -> Outcome:
    """Returns the office has received: ``{"returns": [{"rep", "sequence", "pack_sequence", "made_at", "received_at",
    "received_by", "sha256", "return_notes": [NOTE]}]}``."""
    from compliance.use_cases.field.returns import list_returns

    return answered(list_returns(env.session(), rep=rep), lambda found: {"returns": [_listed(one) for one in found]})


def _own(note: "WaitingNote") -> dict[str, object]:
    told: dict[str, object] = dict(plain(note))
    told["return_sequence"] = told.pop("returned") or None
    return told


def _listed(one: "Listed") -> dict[str, object]:
    made = one.made
    return {
        "rep": made.rep,
        "sequence": made.sequence,
        "pack_sequence": made.pack,
        "made_at": plain(made.made_at),
        "received_at": plain(made.received_at),
        "received_by": made.received_by,
        "sha256": made.sha256,
        "return_notes": [
            {
                "note_id": note.note_id,
                "kind": str(note.kind),
                "subject": note.subject,
                "item": note.item,
                "answer": note.answer,
                "outcome": note.outcome,
                "event_id": note.event_id,
            }
            for note in one.notes
        ],
    }


def _as_fault(env: Env, value: object, outcome: Outcome) -> Outcome:
    """A refusal that no rule speaks: the wrong file is bad input, a changed one an integrity failure."""
    if isinstance(value, Refusal) and (exit_code := _EXIT.get(value.reason)):
        said = {"lifted_by": value.lifted_by, "reference_code": value.reference_code}
        return failed(Outcome(said), value.reason, reason_words(value.reason, env.lang), exit_code)
    return outcome
