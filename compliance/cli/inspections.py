"""``audit finding …`` and ``audit hold …``: findings of audits with proof of their closing, and holds for inspections.

JSON: a finding is ``{"finding_id", "title", "item", "risk", "ordered", "owner", "due", "state", "action", "evidence",
"reference", "rectified_on", "report_due", "answered_by", "closed_by", …}``, in ``list`` with ``days_left``; a hold is
``{"hold_id", "authority", "reason", "people", "starts_at", "ends_at", "stands", …}``; ``hold lift`` answers
``{"pending"}``.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, label, plain, table
from compliance.cli.params import Code, Day, InFile, Instant
from compliance.cli.words import Command, group
from compliance.clock import shanghai_day
from compliance.i18n import Lang, t
from compliance.model.inspection import AuditFinding, InspectionHold, Risk
from compliance.model.limits import last_day

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
    from compliance.use_cases.evidence.findings import open_finding

    answer = open_finding(env.session(), title=title, owner=owner, due=due, item=item, risk=risk, ordered=ordered)
    return answered(answer, _one)


@finding.command("assign", cls=Command)
@click.argument("finding_id", metavar="FINDING")
@click.option("--owner", required=True, metavar="NAME")
@click.option("--due", type=Day())
@click.pass_obj
def finding_assign(env: Env, *, finding_id: str, owner: str, due: date | None) -> Outcome:
    """Give a finding to somebody, also back; an answer falls away."""
    from compliance.use_cases.evidence.findings import assign_finding

    return answered(assign_finding(env.session(), finding_id=finding_id, owner=owner, due=due), _one)


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
    from compliance.use_cases.evidence.findings import answer_finding

    answer = answer_finding(
        env.session(),
        finding_id=finding_id,
        action=action,
        evidence=evidence,
        reference=reference,
        rectified_on=rectified_on,
    )
    return answered(answer, _one)


@finding.command("close", cls=Command)
@click.argument("finding_id", metavar="FINDING")
@click.option("--reported-on", type=Day())
@click.pass_obj
def finding_close(env: Env, *, finding_id: str, reported_on: date | None) -> Outcome:
    """A second person agrees that it is right."""
    from compliance.use_cases.evidence.findings import close_finding

    return answered(close_finding(env.session(), finding_id=finding_id, reported_on=reported_on), _one)


@finding.command("list", cls=Command)
@click.pass_obj
def finding_list(env: Env) -> Outcome:
    """Open findings with the nearest day first, then the closed ones."""
    from compliance.use_cases.evidence.findings import list_findings

    session = env.session()
    today = shanghai_day(session.now())

    def payload(rows: tuple[AuditFinding, ...]) -> Outcome:
        found = [_finding(row) | ({} if row.closed_at else {"days_left": row.days_left(today)}) for row in rows]
        return Outcome({"findings": found}, lines=lambda lang: _finding_lines(rows, lang, today))

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
    from compliance.use_cases.ending.holds import set_hold

    session = env.session()
    answer = set_hold(session, authority=authority, reason=reason, since=since, until=until, people=people)
    now = session.now()
    return answered(answer, lambda made: Outcome(_hold(made, now), lines=lambda lang: _hold_lines((made,), now, lang)))


@hold.command("lift", cls=Command)
@click.argument("hold_id", metavar="HOLD")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def hold_lift(env: Env, *, hold_id: str, reason: str) -> Outcome:
    """End a hold before its day; takes two."""
    from compliance.use_cases.ending.holds import lift_hold

    answer = lift_hold(env.session(), hold_id=hold_id, reason=reason)
    return answered(answer, lambda request: {"pending": request.request_id})


@hold.command("list", cls=Command)
@click.pass_obj
def hold_list(env: Env) -> Outcome:
    """All holds, newest first."""
    from compliance.use_cases.ending.holds import list_holds

    session = env.session()
    now = session.now()

    def payload(rows: tuple[InspectionHold, ...]) -> Outcome:
        return Outcome({"holds": [_hold(row, now) for row in rows]}, lines=lambda lang: _hold_lines(rows, now, lang))

    return answered(list_holds(session), payload)


def _finding(row: AuditFinding) -> Payload:
    return dict(plain(row)) | {"state": str(row.state)}


def _one(row: AuditFinding) -> Outcome:
    return Outcome(_finding(row), lines=lambda lang: _finding_lines((row,), lang))


def _finding_lines(rows: Sequence[AuditFinding], lang: Lang, today: date | None = None) -> list[str]:
    """One finding a line; what was done and what shows it stand behind it."""
    body = []
    for row in rows:
        due = row.next_due.isoformat()
        if today is not None and row.closed_at is None:
            left = row.days_left(today)
            due += " · " + t(f"registers.findings.{'left' if left >= 0 else 'over'}", lang, days=abs(left))
        proof = " · ".join(x for x in (row.action, row.reference, *(h[:16] for h in row.evidence)) if x)
        state = t(f"finding_state.{row.state}", lang)
        risk = t(f"finding_risk.{row.risk}", lang)
        body.append([row.finding_id, row.title, row.item or "—", risk, row.owner, due, state, proof or "—"])
    heads = ("finding", "what", "item_no", "risk", "owner", "due", "state", "proof")
    return table([t(f"paper.audit.col.{head}", lang) for head in heads], body)


def _hold(row: InspectionHold, now: datetime) -> Payload:
    return dict(plain(row)) | {"stands": row.stands(now)}


def _hold_lines(rows: Sequence[InspectionHold], now: datetime, lang: Lang) -> list[str]:
    body = [
        [row.hold_id, row.authority, row.reason,
         f"{len(row.people)}" if row.people else t("paper.audit.everybody", lang),
         shanghai_day(row.starts_at).isoformat(), last_day(row.ends_at).isoformat(), row.set_by,
         t("cli.yes" if row.stands(now) else "cli.no", lang)]
        for row in rows
    ]  # fmt: skip
    heads = [t(f"paper.audit.col.{head}", lang) for head in ("hold", "authority", "why", "people", "since", "until")]
    return table([*heads, label("set_by", lang), label("stands", lang)], body)
