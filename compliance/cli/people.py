"""``people …``: find, show, explain, reveal, export. What changes a person stands in ``people_acts``."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code, OutPath
from compliance.cli.people_acts import ACTS
from compliance.cli.people_duplicates import DUPLICATES
from compliance.cli.people_saved import SAVED
from compliance.cli.people_states import COMMANDS as STATES
from compliance.cli.people_values import VALUES
from compliance.cli.people_views import find_lines, person, profile, profile_lines, reason_opened, why_lines
from compliance.cli.words import Command, group
from compliance.errors import Fault, InputErrors, bad_input
from compliance.model.access import Purpose

if TYPE_CHECKING:
    from compliance.use_cases.seeing.people_list import PeoplePage

people = group("people")
for act in (*ACTS, *STATES, *DUPLICATES, *VALUES, *SAVED):
    people.add_command(act)
COMMANDS: dict[str, click.Command] = {"people": people}
PURPOSE = click.option("--purpose", type=Code(Purpose, "unknown_purpose"), required=True)
HCP = click.argument("hcp", metavar="HCP")
#: What ``people find`` takes for a search and not for an option.
_LEFT_OUT = re.compile(r"-[^-\s]+[:：]")


class _Find(Command):
    """A search may begin by leaving somebody out (``-is:open``), which is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A word with a colon behind a single dash is put behind the options."""
        words = [word for word in args if _LEFT_OUT.match(word)]
        if not words or "--" in args:
            return super().parse_args(ctx, args)
        return super().parse_args(ctx, [*(word for word in args if word not in words), "--", *words])


@people.command("find", cls=_Find)
@click.argument("query")
@PURPOSE
@click.option("--limit", type=click.IntRange(1, 1000), default=50, metavar="N")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N")
@click.option("--after", default="", metavar="MORE")
@click.pass_obj
def find(env: Env, *, query: str, purpose: Purpose, limit: int, offset: int, after: str) -> Outcome:
    """Search what this user may see for this purpose; an empty text lists all.

    ``--after`` takes the ``more`` of the answer before and goes on from there, however far down; it is empty at the
    end. ``--offset`` counts its way.
    """
    from compliance.use_cases.seat.session import Session
    from compliance.use_cases.seeing import people_list

    session = env.any_session()
    if not isinstance(session, Session):
        from compliance.use_cases.field.bundles import rep_people

        return answered(rep_people(session, query, purpose=purpose, limit=limit, offset=offset, after=after), _found)
    answer = people_list.find_people(
        session, text=query, purpose=purpose, limit=limit, offset=offset, after=after
    )  # fmt: skip
    return answered(answer, _found)


@people.command("show", cls=Command)
@HCP
@PURPOSE
@click.option("--case", "case_id", metavar="ID")
@click.option("--as-rep", metavar="NAME")
@click.option("--exceptional", metavar="EX")
@click.pass_obj
def show(
    env: Env, *, hcp: str, purpose: Purpose, case_id: str | None, as_rep: str | None, exceptional: str | None
) -> Outcome:
    """One person for one purpose; in a rep's vault what the pack holds."""
    from compliance.use_cases.seat.session import Session
    from compliance.use_cases.seeing import profiles

    session = env.any_session()
    if isinstance(session, Session):
        answer = profiles.open_profile(
            session, hcp_id=hcp, purpose=purpose, case_id=case_id, as_rep=as_rep, exceptional=exceptional
        )
    else:
        from compliance.use_cases.field.bundles import rep_profile

        answer = rep_profile(session, hcp, purpose)
    return answered(answer, lambda view: Outcome(profile(view), lines=lambda lang: profile_lines(view, lang)))


@people.command("why", cls=Command)
@click.argument("hcp", metavar="HCP", required=False)
@click.argument("key", required=False)
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"))
@click.option("--as-rep", metavar="NAME")
@click.option("--code", metavar="CODE")
@click.pass_obj
def why(
    env: Env, *, hcp: str | None, key: str | None, purpose: Purpose | None, as_rep: str | None, code: str | None
) -> Outcome:
    """Why a field is shown, masked or not shown, and what would lift it; --code opens what a rep reads out."""
    from compliance.use_cases.seat.session import Session

    if code is not None:
        if hcp or key or purpose or as_rep:
            raise bad_input("code_alone", "code")
        from compliance.use_cases.seeing.reason_codes import open_reason

        return answered(open_reason(env.session(), code=code), reason_opened)
    missing = [name for name, value in (("hcp", hcp), ("key", key), ("purpose", purpose)) if value is None]
    if hcp is None or key is None or purpose is None:
        raise InputErrors([Fault(name, "missing") for name in missing])
    session = env.any_session()
    if isinstance(session, Session):
        from compliance.use_cases.seeing.profiles import why_field

        answer = why_field(session, hcp_id=hcp, key=key, purpose=purpose, as_rep=as_rep)
    else:
        from compliance.use_cases.field.bundles import rep_why

        answer = rep_why(session, hcp_id=hcp, key=key, purpose=purpose)
    return answered(
        answer,
        lambda found: Outcome(
            {
                "state": str(found.state),
                "reason": found.reason,
                "references": [reference.as_json() for reference in found.references],
                "lifted_by": found.lifted_by,
                "level": plain(found.level),
                "reference_code": found.reference_code,
                **({"step": found.step, "about": found.detail} if found.level > 1 else {}),
                **({"action": found.action} if found.action else {}),
            },
            lines=lambda lang: why_lines(key, found, lang),
        ),
    )


@people.command("reveal", cls=Command)
@HCP
@click.argument("key")
@PURPOSE
@click.option("--case", "case_id", metavar="ID")
@click.pass_obj
def reveal(env: Env, *, hcp: str, key: str, purpose: Purpose, case_id: str | None) -> Outcome:
    """One masked value in clear; a logged act of its own."""
    from compliance.use_cases.seeing.profiles import reveal_field

    answer = reveal_field(env.session(), hcp_id=hcp, key=key, purpose=purpose, case_id=case_id)
    return answered(answer, lambda shown: {"hcp_id": hcp, "key": shown.key, "field": shown.as_json()})


@people.command("export", cls=Command)
@PURPOSE
@click.option("--out", type=OutPath("FILE"), required=True)
@click.option("--find", "text", default="", metavar="TEXT")
@click.option("--overseas", metavar="RECIPIENT")
@click.option("--join", type=Code(Purpose, "unknown_purpose"))
@click.option("--assessment", default="", metavar="PIA")
@click.option("--rule", default="", metavar="RULE")
@click.option("--reviewer", default="", metavar="NAME")
@click.pass_obj
def export(
    env: Env,
    *,
    purpose: Purpose,
    out: Path,
    text: str,
    overseas: str | None,
    join: Purpose | None,
    assessment: str,
    rule: str,
    reviewer: str,
) -> Outcome:
    """A list with policy applied; from 200 people two must sign."""
    from compliance.use_cases.seeing.people_export import export_people

    progress = env.progress()
    try:
        answer = export_people(
            env.session(),
            purpose=purpose,
            path=out,
            text=text,
            overseas=overseas,
            join=join,
            assessment=assessment,
            rule=rule,
            reviewer=reviewer,
            progress=progress,
        )
    finally:
        progress.close()
    return answered(
        answer,
        lambda made: {
            "file": str(made.file),
            "people": made.people,
            "refused": plain(made.refused),
            "sha256": made.sha256,
            "serial": made.serial,
        },
    )


def _found(page: "PeoplePage") -> Outcome:
    payload = {
        "results": [person(row) for row in page.rows],
        "total": page.total,
        "more": page.more,
        "audit_index": page.audit_index,
    }
    return Outcome(payload, lines=lambda lang: find_lines(page, lang))
