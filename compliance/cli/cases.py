"""``case …`` and ``tasks …``: what waits for a person, and the cases that give ``rights`` its reason."""

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.words import Command, group

case = group("case")
tasks = group("tasks")
COMMANDS: dict[str, click.Command] = {"case": case, "tasks": tasks}


@case.command("open", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.option("--kind", required=True, metavar="CODE")
@click.pass_obj
def open_(env: Env, *, hcp: str, kind: str) -> Outcome:
    """Open a case: request, evidence check, erasure."""
    from compliance.use_cases.seeing.cases import open_case

    return answered(
        open_case(env.session(), hcp_id=hcp, kind=kind),
        lambda made: {"case": made.case_id, "hcp_id": made.hcp_id, "kind": made.kind},
    )


@case.command("close", cls=Command)
@click.argument("case_id", metavar="ID")
@click.pass_obj
def close(env: Env, *, case_id: str) -> Outcome:
    """Close a case."""
    from compliance.use_cases.seeing.cases import close_case

    return answered(close_case(env.session(), case_id=case_id), lambda _: {"case": case_id, "closed": True})


@case.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All cases."""
    from compliance.use_cases.seeing.cases import list_cases

    return answered(list_cases(env.session()), lambda rows: {"cases": [plain(row) for row in rows]})


@tasks.command("list", cls=Command)
@click.pass_obj
def tasks_list(env: Env) -> Outcome:
    """What waits."""
    from compliance.use_cases.seeing.cases import list_tasks

    return answered(list_tasks(env.session()), lambda rows: {"tasks": [plain(row) for row in rows]})


@tasks.command("done", cls=Command)
@click.argument("task_id", metavar="ID")
@click.option("--receipt", metavar="TEXT", default="")
@click.pass_obj
def tasks_done(env: Env, *, task_id: str, receipt: str) -> Outcome:
    """Mark a task as done."""
    from compliance.use_cases.seeing.cases import done_task

    return answered(
        done_task(env.session(), task_id=task_id, receipt=receipt), lambda _: {"task": task_id, "done": True}
    )
