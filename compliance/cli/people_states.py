"""``people mark``, ``unmark``, ``states``: what is recorded of a person that ends contact.

``mark`` answers ``{"hcp_id", "state", "confirmed", "suspended", "tasks"}``; ``unmark`` ``{"hcp_id", "state",
"resumed"}`` or ``{"pending"}``; ``states HCP`` ``{"hcp_id", "standing", "said"}``, without HCP ``{"said"}``.
"""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import Code, InFile
from compliance.cli.words import Command
from compliance.model.person_state import PersonState, Statement

HCP = click.argument("hcp", metavar="HCP")
STATE = click.argument("state", metavar="STATE", type=Code(PersonState, "unknown_state"))


@click.command("mark", cls=Command)
@HCP
@STATE
@click.option("--reason", required=True, metavar="CODE")
@click.option("--source", "said_by_source", default="", metavar="CODE")
@click.option("--day", "since_day", default="", metavar="DATE")
@click.option("--evidence", type=InFile())
@click.pass_obj
def mark(
    env: Env, *, hcp: str, state: PersonState, reason: str, said_by_source: str, since_day: str, evidence: Path | None
) -> Outcome:
    """Record a state that ends contact."""
    from compliance.use_cases.people.person_states import mark_state

    answer = mark_state(
        env.session(), hcp_id=hcp, state=state, reason=reason, source=said_by_source, day=since_day, evidence=evidence
    )
    return answered(
        answer,
        lambda made: {
            "hcp_id": hcp,
            "state": str(made.state),
            "confirmed": made.confirmed,
            "suspended": list(made.suspended),
            "tasks": list(made.tasks),
        },
    )


@click.command("unmark", cls=Command)
@HCP
@STATE
@click.option("--reason", required=True, metavar="CODE")
@click.option("--received-at", default="", metavar="TIME")
@click.option("--channel", default="", metavar="TEXT")
@click.option("--evidence", type=InFile())
@click.pass_obj
def unmark(
    env: Env, *, hcp: str, state: PersonState, reason: str, received_at: str, channel: str, evidence: Path | None
) -> Outcome:
    """Undo a recorded state, or ask a second person to."""
    from compliance.use_cases.people.person_state_end import Unmarked, unmark_state

    answer = unmark_state(
        env.session(), hcp_id=hcp, state=state, reason=reason, received_at=received_at, channel=channel,
        evidence=evidence,
    )  # fmt: skip
    return answered(
        answer,
        lambda made: (
            {"hcp_id": hcp, "state": str(made.state), "resumed": list(made.resumed)}
            if isinstance(made, Unmarked)
            else {"pending": made.request_id}
        ),
    )


@click.command("states", cls=Command)
@click.argument("hcp", metavar="[HCP]", default="")
@click.pass_obj
def states(env: Env, *, hcp: str) -> Outcome:
    """What was recorded of a person, or the deaths that wait to be checked."""
    from compliance.use_cases.people import person_states

    if not hcp:
        return answered(
            person_states.reported_deaths(env.session()), lambda waiting: {"said": [_said(one) for one in waiting]}
        )
    return answered(
        person_states.person_states(env.session(), hcp_id=hcp),
        lambda found: {
            "hcp_id": hcp,
            "standing": [str(block) for block in found.blocks],
            "said": [_said(one) for one in found.said],
        },
    )


def _said(one: Statement) -> Payload:
    return {
        "hcp_id": one.hcp_id,
        "state": str(one.state),
        "reason": one.reason,
        "source": one.source or None,
        "day": plain(one.day),
        "evidence": one.evidence or None,
        "batch": one.batch or None,
        "said_by": one.said_by,
        "said_at": plain(one.said_at),
        "confirmed_by": one.confirmed_by or None,
        "confirmed_at": plain(one.confirmed_at),
        "lifted_by": one.lifted_by or None,
        "lifted_at": plain(one.lifted_at),
        "lifted_why": one.lifted_why or None,
    }


COMMANDS: tuple[click.Command, ...] = (mark, unmark, states)
