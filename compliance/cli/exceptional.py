"""``exceptional …``: a look that the role does not have, approved by another, for minutes, reviewed afterwards."""

from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import Code
from compliance.cli.words import Command, group
from compliance.model.access import Purpose

if TYPE_CHECKING:
    from compliance.use_cases.seeing.exceptional import ExceptionalLine

exceptional = group("exceptional")
COMMANDS: dict[str, click.Command] = {"exceptional": exceptional}


@exceptional.command("ask", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"), required=True)
@click.option("--minutes", type=int, required=True, metavar="N")
@click.option("--reason", required=True, metavar="CODE")
@click.pass_obj
def ask(env: Env, *, hcp: str, purpose: Purpose, minutes: int, reason: str) -> Outcome:
    """Ask to see one person for a purpose this role is not named for; it waits for a second person. Then
    ``people show HCP --purpose P --exceptional EX``."""
    from compliance.use_cases.seeing.exceptional import ask_exceptional

    asked = ask_exceptional(env.session(), hcp_id=hcp, purpose=purpose, minutes=minutes, reason=reason)
    return answered(asked, lambda _: {})


@exceptional.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """The register with how often each was used and whether it was reviewed."""
    from compliance.use_cases.seeing.exceptional import list_exceptional

    return answered(list_exceptional(env.session()), lambda lines: {"exceptional": [_line(one) for one in lines]})


@exceptional.command("end", cls=Command)
@click.argument("access", metavar="EX")
@click.pass_obj
def end(env: Env, *, access: str) -> Outcome:
    """End it before its time; one person suffices."""
    from compliance.use_cases.seeing.exceptional import end_exceptional

    return answered(end_exceptional(env.session(), exceptional_id=access), lambda done: {"access": done, "ended": True})


def _line(one: "ExceptionalLine") -> Payload:
    access = one.access
    return {
        "access": access.exceptional_id,
        "user": access.user,
        "hcp_id": access.hcp_id,
        "purpose": str(access.purpose),
        "role": str(access.role),
        "reason": access.reason,
        "from": plain(access.begins),
        "until": plain(access.until),
        "approved_by": access.approved_by,
        "in_force": one.is_open,
        "reads": one.reads,
        "refused_reads": one.refused,
        "review": one.review,
        "reviewed_by": one.reviewed_by or None,
    }
