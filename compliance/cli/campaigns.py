"""``campaign …``: carrying a changed notice to the people it concerns.

Keys: start and list ``{"campaign", "notice", "class", "started_at", "due", "old_scope_ends", "closed_at"}``; show adds
``{"people", "ask", "inform", "delivered", "waiting", "answers", "by_rep": [{"rep", "people", "waiting"}], "lapse",
"expected_by", "unfinished"}``, unfinished while the deliveries are still being listed; lists ``{"campaign", "files":
[{"rep", "file", "sha256", "people"}]}``; forms as ``notice forms``.
"""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.notice_forms import batch_payload
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import OutPath
from compliance.cli.words import Command, group
from compliance.i18n import Lang
from compliance.model.notice import Campaign

campaign = group("campaign")
COMMANDS: dict[str, click.Command] = {"campaign": campaign}
ID = click.argument("campaign_id", metavar="ID")


@campaign.command("start", cls=Command)
@click.argument("ref", metavar="ID@VERSION")
@click.option("--due", default="", metavar="DATE")
@click.option("--old-scope-ends", default="", metavar="DATE")
@click.pass_obj
def start(env: Env, *, ref: str, due: str, old_scope_ends: str) -> Outcome:
    """Open the campaign of a version, or set its dates and take in who joined since."""
    from compliance.use_cases.notices.campaigns import start_campaign

    answer = start_campaign(env.session(), ref=ref, due=due, old_scope_ends=old_scope_ends, progress=env.progress())
    return answered(answer, _campaign)


@campaign.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All campaigns, newest first."""
    from compliance.use_cases.notices.campaigns import list_campaigns

    return answered(list_campaigns(env.session()), lambda rows: {"campaigns": [_campaign(row) for row in rows]})


@campaign.command("show", cls=Command)
@ID
@click.pass_obj
def show(env: Env, *, campaign_id: str) -> Outcome:
    """Progress, answers, what is left by rep, and a forecast."""
    from compliance.use_cases.notices.campaigns import show_campaign

    return answered(
        show_campaign(env.session(), campaign_id=campaign_id),
        lambda now: {
            **_campaign(now.campaign),
            "people": now.people,
            "ask": now.ask,
            "inform": now.inform,
            "delivered": now.delivered,
            "waiting": now.waiting,
            "answers": dict(now.answers),
            "by_rep": [{"rep": rep, "people": count, "waiting": left} for rep, count, left in now.by_rep],
            "lapse": now.lapse,
            "expected_by": now.done_by,
            "unfinished": now.unfinished,
        },
    )


@campaign.command("lists", cls=Command)
@ID
@click.option("--for", "rep", default="", metavar="REP")
@click.option("--out", type=OutPath("DIR"), required=True)
@click.pass_obj
def lists(env: Env, *, campaign_id: str, rep: str, out: Path) -> Outcome:
    """One Excel list per rep of who still has to be reached."""
    from compliance.use_cases.notices.campaign_lists import write_lists

    answer = write_lists(env.session(), campaign_id=campaign_id, rep=rep, out=out, progress=env.progress())
    return answered(
        answer,
        lambda made: {
            "campaign": campaign_id,
            "files": [
                {"rep": x.rep, "file": str(x.path), "sha256": x.sha256, "people": x.people, "left_out": x.left_out}
                for x in made
            ],
        },
    )


@campaign.command("forms", cls=Command)
@ID
@click.option("--for", "rep", default="", metavar="REP")
@click.option("--lang", "in_", type=click.Choice([str(lang) for lang in Lang]))
@click.option("--out", type=OutPath("FILE|DIR"), required=True)
@click.pass_obj
def forms(env: Env, *, campaign_id: str, rep: str, in_: str | None, out: Path) -> Outcome:
    """Consent forms for whom the campaign must ask again, each with the items that changed."""
    from compliance.use_cases.notices.campaign_lists import print_campaign_forms

    answer = print_campaign_forms(
        env.session(),
        campaign_id=campaign_id,
        rep=rep,
        out=out,
        progress=env.progress(),
        lang=Lang(in_) if in_ else Lang.ZH,
    )
    return answered(answer, batch_payload)


@campaign.command("deliver", cls=Command)
@ID
@click.argument("hcp", metavar="HCP")
@click.option("--channel", required=True, metavar="TEXT")
@click.option("--result", default="delivered", metavar="CODE")
@click.pass_obj
def deliver(env: Env, *, campaign_id: str, hcp: str, channel: str, result: str) -> Outcome:
    """Enter that a person was told, by which channel and with what result."""
    from compliance.use_cases.notices.campaigns import deliver as enter

    return answered(
        enter(env.session(), campaign_id=campaign_id, hcp_id=hcp, channel=channel, result=result),
        lambda done: {
            "campaign": campaign_id,
            "hcp_id": hcp,
            "delivered_at": plain(done.delivered_at),
            "channel": done.channel,
            "result": done.result,
            "task": done.task_id,
        },
    )


@campaign.command("close", cls=Command)
@ID
@click.pass_obj
def close(env: Env, *, campaign_id: str) -> Outcome:
    """End a campaign; refused while a delivery is open."""
    from compliance.use_cases.notices.campaigns import close_campaign

    return answered(close_campaign(env.session(), campaign_id=campaign_id), _campaign)


def _campaign(row: Campaign) -> Payload:
    return {
        "campaign": row.campaign_id,
        "notice": row.notice,
        "predecessor": row.predecessor,
        "class": row.change,
        "started_at": plain(row.started_at),
        "due": plain(row.due),
        "old_scope_ends": plain(row.old_scope_ends),
        "closed_at": plain(row.closed_at),
    }
