"""``plan …``: recurring work that two people approve once, for at most 30 days."""

from datetime import date

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code, Day
from compliance.cli.words import Command, group
from compliance.model.access import Purpose
from compliance.use_cases.signing.plans import PlanKind

plan = group("plan")
COMMANDS: dict[str, click.Command] = {"plan": plan}


@plan.command("add", cls=Command)
@click.option("--kind", type=Code(PlanKind, "unknown_choice"), required=True, metavar="people_list|pack")
@click.option("--people", type=int, required=True, metavar="N")
@click.option("--until", type=Day(), required=True)
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"))
@click.option("--to", "recipient", default="", metavar="REP|RECIPIENT")
@click.pass_obj
def add(env: Env, *, kind: PlanKind, people: int, until: date, purpose: Purpose | None, recipient: str) -> Outcome:
    """Ask for a plan; it waits for a second person."""
    from compliance.use_cases.signing.plans import request_plan

    asked = request_plan(env.session(), kind=kind, people=people, until=until, purpose=purpose, recipient=recipient)
    return answered(asked, lambda _: {})


@plan.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """Plans in force."""
    from compliance.use_cases.signing.plans import list_plans

    return answered(list_plans(env.session()), lambda plans: {"plans": [plain(one) for one in plans]})


@plan.command("end", cls=Command)
@click.argument("plan_id", metavar="PLAN")
@click.pass_obj
def end(env: Env, *, plan_id: str) -> Outcome:
    """End a plan before its day; one person suffices."""
    from compliance.use_cases.signing.plans import end_plan

    return answered(end_plan(env.session(), plan_id=plan_id), lambda done: {"plan": done, "ended": True})
