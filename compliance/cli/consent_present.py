"""``consent present``: a notice handed over without an answer.

Keys: ``{"hcp_id", "notice", "presented": [{"line", "event_id"}], "left_out": [{"line", "reason", "from"}],
"rendering"}``.
"""

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered
from compliance.cli.words import Command
from compliance.i18n import Lang


@click.command("present", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.option("--notice", required=True, metavar="ID@VERSION")
@click.option("--line", "lines", multiple=True, metavar="ITEM")
@click.option("--channel", required=True, metavar="TEXT")
@click.option("--presented-at", default="", metavar="TIME")
@click.option("--lang", "in_", type=click.Choice([str(lang) for lang in Lang]))
@click.option("--asked-by-hcp", is_flag=True)
@click.pass_obj
def present(
    env: Env,
    *,
    hcp: str,
    notice: str,
    lines: tuple[str, ...],
    channel: str,
    presented_at: str,
    in_: str | None,
    asked_by_hcp: bool,
) -> Outcome:
    """Record that a notice was handed over, before or without an answer."""
    from compliance.use_cases.field.rep_capture import capture_hand_over
    from compliance.use_cases.notices.presenting import Presentation, present_notice
    from compliance.use_cases.seat.session import Session

    request = Presentation(
        hcp_id=hcp,
        notice=notice,
        channel=channel,
        items=lines,
        presented_at=presented_at,
        lang=Lang(in_) if in_ else Lang.ZH,
        asked_by_hcp=asked_by_hcp,
    )
    session = env.any_session()
    return answered(
        present_notice(session, request=request)
        if isinstance(session, Session)
        else capture_hand_over(session, request=request),
        lambda made: {
            "hcp_id": hcp,
            "notice": notice,
            "presented": [{"line": item, "event_id": event} for item, event in made.events],
            "left_out": [{"line": x.item, "reason": x.reason, "from": x.from_day} for x in made.left_out],
            "rendering": made.rendering,
        },
    )
