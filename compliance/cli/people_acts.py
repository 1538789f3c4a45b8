"""``people …`` continued: enter, correct, object, freeze, and what happened so far."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, layout, plain
from compliance.cli.params import Code, InFile
from compliance.cli.words import Command
from compliance.errors import bad_input
from compliance.i18n import Lang, has, t
from compliance.model.access import Purpose

if TYPE_CHECKING:
    from compliance.use_cases.people.merging import MergePreview

HCP = click.argument("hcp", metavar="HCP")


@click.command("add", cls=Command)
@click.option("--source", required=True, metavar="CODE")
@click.option("--set", "pairs", multiple=True, required=True, metavar="KEY=VALUE")
@click.option("--held", is_flag=True)
@click.pass_obj
def add(env: Env, *, source: str, pairs: tuple[str, ...], held: bool) -> Outcome:
    """Enter one person by hand."""
    from compliance.use_cases.people.amendments import add_person

    answer = add_person(env.session(), values=_values(pairs), source=source, held=held)
    return answered(answer, lambda made: {"hcp_id": made})


def _values(pairs: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key in values:
            raise bad_input("bad_pair", "--set")
        values[key] = value
    return values


@click.command("readmit", cls=Command)
@click.option("--set", "pairs", multiple=True, required=True, metavar="KEY=VALUE")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def readmit(env: Env, *, pairs: tuple[str, ...], reason: str) -> Outcome:
    """Ask a second person to let somebody who was erased be taken in again: ``{"pending"}``."""
    from compliance.use_cases.people.readmitting import request_readmission

    answer = request_readmission(env.session(), values=_values(pairs), reason=reason)
    return answered(answer, lambda request: {"pending": request.request_id})


@click.command("amend", cls=Command)
@HCP
@click.argument("key")
@click.argument("value")
@click.option("--source", required=True, metavar="CODE")
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"))
@click.option("--held", is_flag=True)
@click.option("--reason", "why", default="correction", metavar="CODE")
@click.pass_obj
def amend(
    env: Env, *, hcp: str, key: str, value: str, source: str, purpose: Purpose | None, held: bool, why: str
) -> Outcome:
    """Correct one field; the old value stays in the history. A new one waits for its notice, unless held for no use."""
    from compliance.use_cases.people.amendments import amend_person

    answer = amend_person(
        env.session(), hcp_id=hcp, key=key, value=value, source=source, purpose=purpose, held=held, why=why
    )
    return answered(
        answer,
        lambda made: {
            "hcp_id": hcp,
            "key": key,
            "amended": True,
            "was": made.was.as_json() if made.was else None,
            "becomes": made.becomes,
        },
    )


@click.command("object", cls=Command)
@HCP
@click.pass_obj
def object_(env: Env, *, hcp: str) -> Outcome:
    """The person objects to the use of public data (PIPL 27): ``{"hcp_id", "objected"}``."""
    from compliance.use_cases.people.objections import object_public

    return answered(object_public(env.session(), hcp_id=hcp), lambda _: {"hcp_id": hcp, "objected": True})


@click.command("unobject", cls=Command)
@HCP
@click.option("--received-at", required=True, metavar="TIME")
@click.option("--channel", required=True, metavar="TEXT")
@click.option("--evidence", type=InFile(), required=True)
@click.pass_obj
def unobject(env: Env, *, hcp: str, received_at: str, channel: str, evidence: Path) -> Outcome:
    """The person takes the objection back, by an act of their own: ``{"hcp_id", "objected"}``."""
    from compliance.use_cases.people.objections import take_back_objection

    answer = take_back_objection(env.session(), hcp_id=hcp, received_at=received_at, channel=channel, evidence=evidence)
    return answered(answer, lambda _: {"hcp_id": hcp, "objected": False})


@click.command("freeze", cls=Command)
@HCP
@click.option("--reason", default="doubt", metavar="CODE")
@click.pass_obj
def freeze(env: Env, *, hcp: str, reason: str) -> Outcome:
    """Stop all use of a person's data at once; one person suffices."""
    from compliance.use_cases.people.amendments import freeze_person

    answer = freeze_person(env.session(), hcp_id=hcp, reason_code=reason)
    return answered(answer, lambda _: {"hcp_id": hcp, "frozen": True})


@click.command("unfreeze", cls=Command)
@HCP
@click.pass_obj
def unfreeze(env: Env, *, hcp: str) -> Outcome:
    """Let a person's data be used again."""
    from compliance.use_cases.people.amendments import unfreeze_person

    return answered(unfreeze_person(env.session(), hcp_id=hcp), lambda _: {"hcp_id": hcp, "frozen": False})


@click.command("timeline", cls=Command)
@HCP
@click.pass_obj
def timeline(env: Env, *, hcp: str) -> Outcome:
    """What happened with a person's data."""
    from compliance.use_cases.seeing import timelines

    def made(items: tuple[timelines.TimelineItem, ...]) -> Payload:
        return {
            "hcp_id": hcp,
            "items": [
                {
                    "at": plain(item.at),
                    "index": item.index,
                    "kind": str(item.kind),
                    "actor": item.actor,
                    "text": _happened(item.text_key, env.lang, dict(item.params)),
                }
                for item in items
            ],
        }

    return answered(timelines.timeline(env.session(), hcp_id=hcp), made)


@click.command("merge", cls=Command)
@click.argument("kept", metavar="HCP")
@click.argument("gone", metavar="HCP")
@click.option("--preview", is_flag=True)
@click.pass_obj
def merge(env: Env, *, kept: str, gone: str, preview: bool) -> Outcome:
    """Merge the second record into the first: ``{"pending"}``; preview: ``{"kept", "gone", "closed", "blocks"}``."""
    from compliance.use_cases.people.merging import merge_people, preview_merge

    if preview:
        return answered(preview_merge(env.session(), kept=kept, gone=gone), _merge_preview)
    return answered(merge_people(env.session(), kept=kept, gone=gone), lambda request: {"pending": request.request_id})


def _merge_preview(seen: "MergePreview") -> Outcome:
    closed = [{"line": c.item, "no_of": c.no_of, "yes_of": c.yes_of} for c in seen.closed]
    payload = {"kept": seen.kept, "gone": seen.gone, "closed": closed, "blocks": list(seen.blocks)}
    words = {"kept": "kept_record", "gone": "merged_record", "closed": "closed_by_merge", "blocks": "standing_blocks"}
    shown = {words[key]: value for key, value in payload.items()}
    return Outcome(payload, lines=lambda lang: layout(shown, lang))


@click.command("unmerge", cls=Command)
@click.argument("case", metavar="CASE")
@click.pass_obj
def unmerge(env: Env, *, case: str) -> Outcome:
    """Take a merge apart: ``{"pending"}``."""
    from compliance.use_cases.people.merging import unmerge_people

    return answered(unmerge_people(env.session(), case_id=case), lambda request: {"pending": request.request_id})


@click.command("no-automation", cls=Command)
@HCP
@click.pass_obj
def no_automation(env: Env, *, hcp: str) -> Outcome:
    """The person refuses automated decisions (PIPL 24): suggestions stop at once."""
    from compliance.use_cases.people.automation import refuse_automation

    return answered(refuse_automation(env.session(), hcp_id=hcp), lambda _: {"hcp_id": hcp, "adm_optout": True})


@click.command("automation", cls=Command)
@HCP
@click.option("--received", required=True, metavar="TIME")
@click.option("--channel", required=True, metavar="TEXT")
@click.pass_obj
def automation(env: Env, *, hcp: str, received: str, channel: str) -> Outcome:
    """The person takes that refusal back; consent to suggestions is still needed."""
    from compliance.use_cases.people.automation import allow_automation

    answer = allow_automation(env.session(), hcp_id=hcp, received_at=received, channel=channel)
    return answered(answer, lambda _: {"hcp_id": hcp, "adm_optout": False})


ACTS: tuple[click.Command, ...] = (
    no_automation,
    automation,
    add,
    readmit,
    amend,
    object_,
    unobject,
    freeze,
    unfreeze,
    timeline,
    merge,
    unmerge,
)


def _happened(key: str, lang: Lang, params: dict[str, object]) -> str:
    """Words of a log entry; paper has them for every kind."""
    return t(key if has(key) else f"paper.{key}", lang, **params)
