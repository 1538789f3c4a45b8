"""``worklist …``: what waits for work, what ends when, and how many of the assigned may be seen."""

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code
from compliance.cli.words import Command, group
from compliance.use_cases.consent.worklists import WorkList

worklist = group("worklist")
COMMANDS: dict[str, click.Command] = {"worklist": worklist}


@worklist.command("show", cls=Command)
@click.argument("kind", type=Code(WorkList, "unknown_worklist"), metavar="LIST")
@click.option("--within", type=click.IntRange(0, 3650), default=30, metavar="DAYS")
@click.option("--limit", type=click.IntRange(1, 1000), default=200, metavar="N")
@click.pass_obj
def show(env: Env, *, kind: WorkList, within: int, limit: int) -> Outcome:
    """One list: ``{"list", "total", "rows": [{"hcp_id", "display", "line", "status", "since", "valid_until", …}]}``."""
    from compliance.use_cases.consent.worklists import work_list

    return answered(
        work_list(env.session(), kind=kind, within_days=within, limit=limit),
        lambda page: {
            "list": str(page.kind),
            "total": page.total,
            "rows": [
                {
                    "hcp_id": work.row.hcp_id,
                    "display": work.display,
                    "line": work.row.item,
                    "status": str(work.row.status),
                    "since": plain(work.row.since),
                    "valid_until": plain(work.row.until),
                    "grade": work.row.grade,
                    "event_id": work.row.event_id,
                    "rep": work.row.rep,
                    "territory": work.row.territory,
                }
                for work in page.rows
            ],
        },
    )


@worklist.command("counts", cls=Command)
@click.option("--within", type=click.IntRange(0, 3650), default=30, metavar="DAYS")
@click.pass_obj
def counts(env: Env, *, within: int) -> Outcome:
    """How much stands on each list: ``{"to-check", "proof-missing", "ending", "change-pending", "weak-proof",
    "kept-long-enough"}``."""
    from compliance.use_cases.consent.worklists import work_counts

    return answered(
        work_counts(env.session(), within_days=within), lambda found: {str(kind): n for kind, n in found.items()}
    )


@worklist.command("forecast", cls=Command)
@click.option("--weeks", type=click.IntRange(1, 104), default=13, metavar="N")
@click.pass_obj
def forecast_(env: Env, *, weeks: int) -> Outcome:
    """Ends by week and territory: ``{"weeks": [{"week", "territory", "items"}]}``."""
    from compliance.use_cases.consent.worklists import forecast

    return answered(
        forecast(env.session(), weeks=weeks),
        lambda rows: {
            "weeks": [{"week": row.week.isoformat(), "territory": row.territory, "items": row.items} for row in rows]
        },
    )


@worklist.command("coverage", cls=Command)
@click.pass_obj
def coverage_(env: Env) -> Outcome:
    """The share of assigned people who may be seen: ``{"assigned", "visible", "territories": […]}``."""
    from compliance.use_cases.consent.worklists import coverage

    return answered(
        coverage(env.session()),
        lambda made: {
            "assigned": made.whole.assigned,
            "visible": made.whole.visible,
            "territories": [
                {"territory": row.territory, "assigned": row.assigned, "visible": row.visible}
                for row in made.territories
            ],
        },
    )
