"""``notice …``: the versions of the notice people answer to, from draft to retirement.

Keys with ``--json``: draft ``{"notice", "version", "state", "sha256", "gaps": [], "outside": [], "predecessor"}``;
stage, activate ``{"notice", "version", "state", "active_from", "sha256", "retired", "class"}``; retire
``{"notice", "version", "state", "retired_from", "people", "by_item", "successor"}``; show with ``--out`` ``{"notice",
"file", "sha256", "rendering"}``; shown ``{"event_id", "notice", "lang", "rendering", "text"}``; diff ``{"class",
"elements": [], "people"}``.
"""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.notice_forms import forms
from compliance.cli.notice_history import except_, exceptions, historical
from compliance.cli.notice_words import gap_lines
from compliance.cli.output import BAD_INPUT, DONE, Outcome, answered, layout, plain
from compliance.cli.params import InFile, OutPath
from compliance.cli.words import Command, group
from compliance.consent.scope import Change
from compliance.i18n import Lang
from compliance.model.consent import NoticeVersion

notice = group("notice")
for command in (forms, historical, except_, exceptions):
    notice.add_command(command)
COMMANDS: dict[str, click.Command] = {"notice": notice}
REF = click.argument("ref", metavar="ID@VERSION")
FROM = click.option("--from", "from_", required=True, metavar="DATE")


@notice.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All versions with their state and items."""
    from compliance.use_cases.notices.notice_life import state_at
    from compliance.use_cases.notices.notices import list_notices

    session = env.session()
    now = session.now()
    return answered(
        list_notices(session),
        lambda rows: {
            "notices": [
                {
                    **head(row, str(state_at(row, now))),
                    "active_from": plain(row.active_from),
                    "retired_from": plain(row.retired_from),
                    "lines": [line.item for line in row.lines],
                    "predecessor": row.predecessor,
                }
                for row in rows
            ]
        },
    )


@notice.command("show", cls=Command)
@REF
@click.option("--lang", "in_", type=click.Choice([str(lang) for lang in Lang]))
@click.option("--out", type=OutPath("FILE"))
@click.pass_obj
def show(env: Env, *, ref: str, in_: str | None, out: Path | None) -> Outcome:
    """The exact words of one version, or a file of them that can be handed over before anyone decides."""
    from compliance.use_cases.notices.notices import notice_text
    from compliance.use_cases.notices.renderings import save_notice

    lang = Lang(in_) if in_ else env.lang
    if out is not None:
        return answered(
            save_notice(env.session(), ref=ref, lang=lang, path=out),
            lambda made: {
                "notice": ref,
                "file": str(made.path),
                "sha256": made.sha256,
                "rendering": made.rendering,
            },
        )
    return answered(
        notice_text(env.session(), ref=ref, lang=lang),
        lambda blocks: Outcome(
            {"notice": ref, "blocks": [{"title": title, "text": text} for title, text in blocks]},
            lines=lambda _: [line for title, text in blocks for line in ("", title, *text.splitlines())][1:],
        ),
    )


@notice.command("shown", cls=Command)
@click.argument("event")
@click.pass_obj
def shown(env: Env, *, event: str) -> Outcome:
    """What a person had been shown when they gave an answer, as it was then."""
    from compliance.use_cases.notices.renderings import shown_with

    return answered(
        shown_with(env.session(), event_id=event),
        lambda kept: {
            "event_id": event,
            "notice": kept.notice,
            "lang": kept.lang,
            "rendering": kept.sha256,
            "template": kept.template,
            "font": kept.font,
            "text": kept.text,
        },
    )


@notice.command("check", cls=Command)
@click.argument("file", type=InFile())
@click.pass_obj
def check(env: Env, *, file: Path) -> Outcome:
    """Whether a notice file holds everything the law asks (PIPL 17, 30, 39)."""
    from compliance.use_cases.notices.notices import check_notice_file

    faults = check_notice_file(file).value
    payload = {"ok": not faults, "faults": [plain(fault) for fault in faults]}
    if not faults:
        return Outcome(payload, DONE)
    return Outcome(payload, BAD_INPUT, lambda lang: [*layout({"ok": False}, lang), *gap_lines(faults, lang)])


@notice.command("draft", cls=Command)
@click.argument("file", type=InFile())
@click.pass_obj
def draft(env: Env, *, file: Path) -> Outcome:
    """Keep a file as a draft, with the collection and sharing lists made from the matrix."""
    from compliance.use_cases.notices.notice_life import draft_notice

    return answered(
        draft_notice(env.session(), path=file),
        lambda made: {
            **head(made.notice, str(made.notice.state)),
            "predecessor": made.notice.predecessor,
            "matrix": made.notice.lists.matrix if made.notice.lists else "",
            "gaps": [plain(gap) for gap in made.gaps],
            "outside": [{"line": item, "field": key} for item, key in made.outside],
        },
    )


@notice.command("stage", cls=Command)
@REF
@FROM
@click.pass_obj
def stage(env: Env, *, ref: str, from_: str) -> Outcome:
    """Plan a complete draft for a day."""
    from compliance.use_cases.notices.notice_life import stage_notice

    return answered(
        stage_notice(env.session(), ref=ref, from_=from_),
        lambda made: {**head(made, str(made.state)), "active_from": plain(made.active_from)},
    )


@notice.command("activate", cls=Command)
@click.argument("target", metavar="FILE|ID@VERSION")
@click.option("--from", "from_", default="", metavar="TIME")
@click.pass_obj
def activate(env: Env, *, target: str, from_: str) -> Outcome:
    """Put a version in force and lock it; refused while it has gaps or an assessment is missing."""
    from compliance.use_cases.notices.notice_life import activate_notice, state_at

    session = env.session()
    return answered(
        activate_notice(session, target=target, from_=from_, progress=env.progress()),
        lambda made: {
            **head(made.notice, str(state_at(made.notice, session.now()))),
            "active_from": plain(made.notice.active_from),
            "retired": made.retired or None,
            "class": str(made.change.cls) if made.change else None,
            "campaign": made.campaign or None,
        },
    )


@notice.command("retire", cls=Command)
@REF
@FROM
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def retire(env: Env, *, ref: str, from_: str, dry_run: bool) -> Outcome:
    """No longer present a version from a day on; ``--dry-run`` shows what hangs on it."""
    from compliance.use_cases.notices.notice_life import retire_notice, retirement_effects

    if dry_run:
        return answered(
            retirement_effects(env.session(), ref=ref),
            lambda found: {
                "notice": ref,
                "people": found.people,
                "by_item": found.by_item,
                "successor": found.successor,
            },
        )
    return answered(
        retire_notice(env.session(), ref=ref, from_=from_),
        lambda made: {
            **head(made.notice, str(made.notice.state)),
            "retired_from": plain(made.notice.retired_from),
            "people": made.effects.people,
            "by_item": made.effects.by_item,
            "successor": made.effects.successor,
        },
    )


@notice.command("diff", cls=Command)
@click.argument("old", metavar="ID@OLD")
@click.argument("new", metavar="ID@NEW")
@click.pass_obj
def diff(env: Env, *, old: str, new: str) -> Outcome:
    """What a version changes against another, by element, and how many people that concerns."""
    from compliance.use_cases.notices.campaigns import plan_change

    return answered(
        plan_change(env.session(), old=old, new=new),
        lambda found: {
            "class": str(found.change.cls),
            "elements": [element(change) for change in found.change.elements],
            "people": found.people,
        },
    )


@notice.command("plan", cls=Command)
@click.argument("old", metavar="ID@OLD")
@click.argument("new", metavar="ID@NEW")
@click.pass_obj
def plan(env: Env, *, old: str, new: str) -> Outcome:
    """Who must be asked again, who told, who left alone; by rep and territory."""
    from compliance.use_cases.notices.campaigns import plan_change

    return answered(
        plan_change(env.session(), old=old, new=new),
        lambda found: {
            "class": str(found.change.cls),
            "elements": [element(change) for change in found.change.elements],
            "ask": found.ask,
            "inform": found.inform,
            "people": found.people,
            "by_rep": [{"rep": x.name, "ask": x.ask, "inform": x.inform} for x in found.by_rep],
            "by_territory": [{"territory": x.name, "ask": x.ask, "inform": x.inform} for x in found.by_territory],
        },
    )


def element(change: Change) -> dict[str, object]:
    """One changed element."""
    return {
        "element": change.element,
        "class": str(change.cls),
        "line": change.item or None,
        "added": list(change.added),
        "removed": list(change.removed),
    }


def head(version: NoticeVersion, state: str) -> dict[str, object]:
    """What every answer says of a version."""
    return {"notice": version.notice, "version": version.version, "state": state, "sha256": version.sha256}
