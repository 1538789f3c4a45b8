"""``audit finding …`` and ``audit hold …``: findings of audits with proof of their closing, and holds for inspections.

JSON: a finding is ``{"finding_id", "title", "item", "risk", "ordered", "owner", "due", "state", "action", "evidence",
"reference", "rectified_on", "report_due", "answered_by", "closed_by", …}``, in ``list`` with ``days_left``; a hold is
``{"hold_id", "authority", "reason", "people", "starts_at", "ends_at", "stands", …}``; ``hold lift`` answers
``{"pending"}``.
"""

from datetime import date, datetime
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import Code, Day, InFile, Instant
from compliance.cli.words import Command, group
from compliance.clock import shanghai_day
from compliance.model.inspection import AuditFinding, InspectionHold, Risk

finding = group("finding")
hold = group("hold")


@finding.command("open", cls=Command)
@click.option("--title", required=True, metavar="TEXT")
@click.option("--owner", default="", metavar="NAME")
@click.option("--due", type=Day())
@click.option("--item", default="", metavar="NO")
@click.option("--risk", type=Code(Risk, "unknown_risk"), default=Risk.MEDIUM)
@click.option("--ordered", is_flag=True)
@click.pass_obj
def finding_open(
    env: Env, *, title: str, owner: str, due: date | None, item: str, risk: Risk, ordered: bool
) -> Outcome:
    """Enter what an audit found, with who puts it right until when."""
    from compliance.use_cases.findings import open_finding

    answer = open_finding(env.session(), title=title, owner=owner, due=due, item=item, risk=risk, ordered=ordered)
    return answered(answer, _finding)


@finding.command("assign", cls=Command)
@click.argument("finding_id", metavar="FINDING")
@click.option("--owner", required=True, metavar="NAME")
@click.option("--due", type=Day())
@click.pass_obj
def finding_assign(env: Env, *, finding_id: str, owner: str, due: date | None) -> Outcome:
    """Give a finding to somebody, also back; an answer falls away."""
    from compliance.use_cases.findings import assign_finding

    return answered(assign_finding(env.session(), finding_id=finding_id, owner=owner, due=due), _finding)


@finding.command("answer", cls=Command)
@click.argument("finding_id", metavar="FINDING")
@click.option("--action", required=True, metavar="TEXT")
@click.option("--evidence", type=InFile(), multiple=True)
@click.option("--reference", default="", metavar="TEXT")
@click.option("--rectified-on", type=Day())
@click.pass_obj
def finding_answer(
    env: Env, *, finding_id: str, action: str, evidence: tuple[Path, ...], reference: str, rectified_on: date | None
) -> Outcome:
    """What was done and what shows it; the owner's word."""
    from compliance.use_cases.findings import answer_finding

    answer = answer_finding(
        env.session(),
        finding_id=finding_id,
        action=action,
        evidence=evidence,
        reference=reference,
        rectified_on=rectified_on,
    )
    return answered(answer, _finding)


@finding.command("close", cls=Command)
@click.argument("finding_id", metavar="FINDING")
@click.option("--reported-on", type=Day())
@click.pass_obj
def finding_close(env: Env, *, finding_id: str, reported_on: date | None) -> Outcome:
    """A second person agrees that it is right."""
    from compliance.use_cases.findings import close_finding

    return answered(close_finding(env.session(), finding_id=finding_id, reported_on=reported_on), _finding)


@finding.command("list", cls=Command)
@click.pass_obj
def finding_list(env: Env) -> Outcome:
    """Open findings with the nearest day first, then the closed ones."""
    from compliance.use_cases.findings import list_findings

    session = env.session()
    today = shanghai_day(session.now())

    def payload(rows: tuple[AuditFinding, ...]) -> Payload:
        found = [_finding(row) | ({} if row.closed_at else {"days_left": row.days_left(today)}) for row in rows]
        return {"findings": found}

    return answered(list_findings(session), payload)


@hold.command("set", cls=Command)
@click.option("--authority", required=True, metavar="TEXT")
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--from", "since", type=Instant())
@click.option("--to", "until", type=Instant(end=True), required=True)
@click.option("--hcp", "people", multiple=True, metavar="HCP")
@click.pass_obj
def hold_set(
    env: Env, *, authority: str, reason: str, since: datetime | None, until: datetime, people: tuple[str, ...]
) -> Outcome:
    """Nothing in scope is deleted until that day: everybody, or the people named."""
    from compliance.use_cases.holds import set_hold

    session = env.session()
    answer = set_hold(session, authority=authority, reason=reason, since=since, until=until, people=people)
    return answered(answer, lambda made: _hold(made, session.now()))


@hold.command("lift", cls=Command)
@click.argument("hold_id", metavar="HOLD")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def hold_lift(env: Env, *, hold_id: str, reason: str) -> Outcome:
    """End a hold before its day; takes two."""
    from compliance.use_cases.holds import lift_hold

    answer = lift_hold(env.session(), hold_id=hold_id, reason=reason)
    return answered(answer, lambda request: {"pending": request.request_id})


@hold.command("list", cls=Command)
@click.pass_obj
def hold_list(env: Env) -> Outcome:
    """All holds, newest first."""
    from compliance.use_cases.holds import list_holds

    session = env.session()
    return answered(list_holds(session), lambda rows: {"holds": [_hold(row, session.now()) for row in rows]})


def _finding(row: AuditFinding) -> Payload:
    return dict(plain(row)) | {"state": str(row.state)}


def _hold(row: InspectionHold, now: datetime) -> Payload:
    return dict(plain(row)) | {"stands": row.stands(now)}
