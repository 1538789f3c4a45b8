"""``retention …``: what reaches its end, by when; hold, put off, let go, and the certificate.

JSON: ``due`` (also ``preview``) ``{"until", "ending", "people", "groups": [{"rule", "territory", "ending", "people",
"held", "at_end", "extend"}], "rows": [{"hcp_id", "rule", "fields", "last", "over", "whole", "hold_id", …}],
"total_rows", "unknown"}``; ``show`` ``{"hcp_id", "ends": [{"field", "rule", "rule_code", "counts_from", "last", …}]}``;
``extend`` ``{"extension_id", "until", …}`` or ``{"pending"}``; ``release`` ``{"pending", "run", "ending", "people"}``;
``run`` ``{"run", "done", "let_go", "people", "passed_over", "left"}``.
"""

from datetime import date, datetime
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import Code, Day, Instant, OutPath
from compliance.cli.words import Command, group
from compliance.model.inspection import HoldGround, InspectionHold
from compliance.model.register import PendingRequest
from compliance.model.retention import Extension
from compliance.use_cases.ending.retention_due import Due, ValueEnd
from compliance.use_cases.ending.retention_runs import LetGo

retention = group("retention")
COMMANDS: dict[str, click.Command] = {"retention": retention}


@retention.command("due", cls=Command)
@click.option("--within", type=click.IntRange(0, 3650), metavar="DAYS")
@click.option("--until", type=Day())
@click.option("--rule", default="", metavar="RULE")
@click.option("--territory", metavar="TEXT")
@click.option("--limit", type=click.IntRange(0, 5000), default=200, metavar="N")
@click.pass_obj
def due_(env: Env, *, within: int | None, until: date | None, rule: str, territory: str | None, limit: int) -> Outcome:
    """Values that are over by a day, by rule and territory; 7 days when none is named."""
    from compliance.use_cases.ending.retention_due import due

    answer = due(env.session(), until=until, within=within, rule=rule, territory=territory, limit=limit)
    return answered(answer, _preview)


retention.add_command(due_, "preview")


@retention.command("show", cls=Command)
@click.argument("hcp_id", metavar="HCP")
@click.pass_obj
def show(env: Env, *, hcp_id: str) -> Outcome:
    """When each value held of a person ends, by which rule, and which purposes still need it."""
    from compliance.use_cases.ending.retention_due import ends_of

    answer = ends_of(env.session(), hcp_id=hcp_id)
    return answered(answer, lambda rows: {"hcp_id": hcp_id, "ends": [_end(row) for row in rows]})


@retention.command("hold", cls=Command)
@click.argument("people", nargs=-1, required=True, metavar="HCP…")
@click.option(
    "--ground", type=Code(HoldGround, "unknown_ground", among=(HoldGround.STATUTE, HoldGround.DISPUTE)), required=True
)
@click.option("--authority", required=True, metavar="TEXT")
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--approver", default="", metavar="NAME")
@click.option("--until", type=Instant(end=True))
@click.pass_obj
def hold(
    env: Env,
    *,
    people: tuple[str, ...],
    ground: HoldGround,
    authority: str,
    reason: str,
    approver: str,
    until: datetime | None,
) -> Outcome:
    """Keep people by statute or for a dispute until a day: storage and security only."""
    from compliance.use_cases.ending.holds import set_hold

    session = env.session()
    answer = set_hold(
        session,
        authority=authority,
        reason=reason,
        until=until,
        people=people,
        ground=ground,
        approver=approver,
    )
    return answered(answer, lambda made: _hold(made, session.now()))


@retention.command("extend", cls=Command)
@click.argument("hcp_id", metavar="HCP")
@click.option("--rule", required=True, metavar="RULE")
@click.option("--until", type=Day(), required=True)
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def extend_(env: Env, *, hcp_id: str, rule: str, until: date, reason: str) -> Outcome:
    """Put the end of a person's values off; takes two where the rule says so."""
    from compliance.use_cases.ending.retention_extend import extend

    def payload(made: Extension | PendingRequest) -> Payload:
        return {"pending": made.request_id} if isinstance(made, PendingRequest) else dict(plain(made))

    return answered(extend(env.session(), hcp_id=hcp_id, rule=rule, until=until, reason=reason), payload)


@retention.command("extensions", cls=Command)
@click.pass_obj
def extensions(env: Env) -> Outcome:
    """Ends that were put off, newest first."""
    from compliance.use_cases.ending.retention_extend import list_extensions

    return answered(list_extensions(env.session()), lambda rows: {"extensions": [plain(row) for row in rows]})


@retention.command("release", cls=Command)
@click.argument("people", nargs=-1, metavar="[HCP…]")
@click.option("--rule", default="", metavar="RULE")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def release_(env: Env, *, people: tuple[str, ...], rule: str, reason: str) -> Outcome:
    """Ask for everything that is over now to be let go; a second person signs."""
    from compliance.use_cases.ending.retention_runs import release

    answer = release(env.session(), rule=rule, reason=reason, hcps=people)
    return answered(
        answer,
        lambda made: {
            "pending": made.request.request_id,
            "run": made.run.run_id,
            "ending": made.values,
            "people": made.people,
        },
    )


@retention.command("run", cls=Command)
@click.argument("run_id", metavar="RUN")
@click.pass_obj
def run_(env: Env, *, run_id: str) -> Outcome:
    """Let go what two have signed; a run that was stopped goes on."""
    from compliance.use_cases.ending.retention_runs import carry_on

    return answered(carry_on(env.session(), run_id=run_id, progress=env.progress()), _run)


@retention.command("runs", cls=Command)
@click.pass_obj
def runs(env: Env) -> Outcome:
    """All runs, newest first."""
    from compliance.use_cases.ending.retention_runs import list_runs

    return answered(list_runs(env.session()), lambda rows: {"runs": [_run(row) for row in rows]})


@retention.command("certificate", cls=Command)
@click.argument("run_id", metavar="RUN")
@click.option("--format", "fmt", type=click.Choice(["pdf", "json"]), default="pdf")
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def certificate(env: Env, *, run_id: str, fmt: str, out: Path) -> Outcome:
    """The signed certificate of a run that is done."""
    from compliance.use_cases.ending.retention_certificate import issue_certificate

    answer = issue_certificate(env.session(), run_id=run_id, fmt=fmt, path=out)
    return answered(answer, lambda made: {"file": str(made), "run": run_id})


def _preview(found: Due) -> Payload:
    return {
        "until": plain(found.until),
        "ending": found.values,
        "people": found.people,
        "groups": [
            {
                "rule": group.rule,
                "territory": group.territory,
                "ending": group.values,
                "people": group.people,
                "held": group.held,
                "at_end": str(group.action),
                "extend": str(group.extend),
            }
            for group in found.groups
        ],
        "rows": [plain(row) for row in found.rows],
        "total_rows": found.total_rows,
        "unknown": found.unknown,
    }


def _end(row: ValueEnd) -> Payload:
    return {
        "field": row.key,
        "rule": row.rule,
        "rule_code": row.rule,  # words stand for the rule above; ``extend --rule`` takes the code
        "counts_from": str(row.event),
        "last": plain(row.last),
        "over": row.over,
        "at_end": str(row.action),
        "extended": plain(row.extended),
        "needed_by": list(row.needed_by),
    }


def _run(row: LetGo) -> Payload:
    return {
        "run": row.run.run_id,
        "asked_by": row.run.asked_by,
        "asked_at": plain(row.run.asked_at),
        "signed_by": row.run.signed_by,
        "reason": row.run.reason,
        "done": row.done,
        "done_at": plain(row.run.done_at),
        "let_go": row.values,
        "people": row.people,
        "passed_over": row.passed_over,
        "left": row.left,
        "counts": dict(row.run.counts),
    }


def _hold(row: InspectionHold, now: datetime) -> Payload:
    return dict(plain(row)) | {"stands": row.stands(now)}
