"""``consent …``: record, check, withdraw, suspend, invalidate. What only reads stands in ``consent_reads``."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path

import click

from compliance.cli.consent_present import present
from compliance.cli.consent_reads import READS
from compliance.cli.env import Env
from compliance.cli.feeds import FEEDS
from compliance.cli.intake import COMMANDS as INTAKE
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code, Day, InFile
from compliance.cli.words import Command, apply, group
from compliance.errors import bad_input
from compliance.i18n import Lang
from compliance.model.consent import Method

consent = group("consent")
for command in (*READS, *INTAKE, *FEEDS, present):
    consent.add_command(command)
COMMANDS: dict[str, click.Command] = {"consent": consent}
HCP = click.argument("hcp", metavar="HCP")
LINE = click.option("--line", required=True, metavar="ITEM")
LINES = apply(
    click.option("--line", "lines", multiple=True, metavar="ITEM"),
    click.option("--all", "all_", is_flag=True),
)


class ActKind(StrEnum):
    """What the person answered."""

    GIVEN = "given"
    REFUSED = "refused"
    DEFERRED = "deferred"
    NO_ANSWER = "no_answer"


#: Methods a person's own act can have.
METHODS = (Method.PAPER, Method.WECHAT, Method.EMAIL, Method.PHONE, Method.ESIGN)


@consent.command("record", cls=Command)
@HCP
@LINE
@click.option("--answer", type=Code(ActKind, "unknown_answer"), required=True)
@click.option("--method", type=Code(Method, "unknown_method", among=METHODS), required=True)
@click.option("--notice", required=True, metavar="ID@VERSION")
@click.option("--presented-at", required=True, metavar="TIME")
@click.option("--acted-at", required=True, metavar="TIME")
@click.option("--evidence", type=InFile())
@click.option("--identity-check", metavar="TEXT")
@click.option("--valid-until", type=Day())
@click.option("--ask-again-from", type=Day())
@click.option("--notice-lang", type=click.Choice([str(lang) for lang in Lang]), default=str(Lang.ZH))
@click.option("--asked-by-hcp", is_flag=True)
@click.option("--place-of-original", metavar="TEXT")
@click.option("--pages", type=click.IntRange(min=1), metavar="N")
@click.pass_obj
def record(
    env: Env,
    *,
    hcp: str,
    line: str,
    answer: ActKind,
    method: Method,
    notice: str,
    presented_at: str,
    acted_at: str,
    evidence: Path | None,
    identity_check: str | None,
    valid_until: date | None,
    ask_again_from: date | None,
    notice_lang: str,
    asked_by_hcp: bool,
    place_of_original: str | None,
    pages: int | None,
) -> Outcome:
    """One answer to one item of a notice. In a rep's own store it waits for the office; ids are those of notes."""
    from compliance.use_cases.consent.recording import RecordConsent, record_consent
    from compliance.use_cases.field.rep_capture import capture_answer
    from compliance.use_cases.seat.session import Session

    request = RecordConsent(
        hcp_id=hcp,
        item=line,
        answer=str(answer),
        method=method,
        notice=notice,
        presented_at=presented_at,
        acted_at=acted_at,
        evidence=evidence,
        identity_check=identity_check,
        valid_until=valid_until,
        ask_again_from=ask_again_from,
        notice_lang=notice_lang,
        asked_by_hcp=asked_by_hcp,
        place_of_original=place_of_original,
        page_count=pages,
    )
    session = env.any_session()
    return answered(
        record_consent(session, request=request)
        if isinstance(session, Session)
        else capture_answer(session, request=request),
        lambda made: {
            "event_id": made.event_id,
            "line": made.item,
            "status": str(made.status),
            "code": str(made.code),
        },
    )


@consent.command("check", cls=Command)
@click.argument("event")
@click.option("--accept", is_flag=True)
@click.option("--reject", metavar="REASON")
@click.pass_obj
def check(env: Env, *, event: str, accept: bool, reject: str | None) -> Outcome:
    """The second person's check of evidence; never by who uploaded it. REASON is one of the desk's list."""
    from compliance.use_cases.consent.checking import check_evidence

    if accept == (reject is not None):
        raise bad_input("accept_or_reject", "--accept")
    answer = check_evidence(env.session(), event_id=event, accept=accept, code=reject or "")
    return answered(
        answer,
        lambda made: {
            "event_id": made.event_id,
            "line": made.item,
            "status": str(made.status),
            "code": str(made.code),
        },
    )


@consent.command("wind-down", cls=Command)
@HCP
@click.pass_obj
def wind_down_(env: Env, *, hcp: str) -> Outcome:
    """Open the tasks that confirm the stop of what expired or was revoked: ``{"items", "tasks"}``; once they are done
    it is archived."""
    from compliance.use_cases.consent.winding_down import wind_down

    return answered(
        wind_down(env.session(), hcp_id=hcp), lambda done: {"items": list(done.items), "tasks": list(done.tasks)}
    )


@consent.command("withdraw", cls=Command)
@HCP
@LINES
@click.option("--received-at", required=True, metavar="TIME")
@click.option("--channel", required=True, metavar="TEXT")
@click.pass_obj
def withdraw(env: Env, *, hcp: str, lines: tuple[str, ...], all_: bool, received_at: str, channel: str) -> Outcome:
    """A withdrawal; it acts at the next read, needs no reason and is never refused."""
    from compliance.use_cases.consent.withdrawing import withdraw_consent
    from compliance.use_cases.field.rep_capture import capture_withdrawal
    from compliance.use_cases.seat.session import Session

    session, items = env.any_session(), _items(lines, all_)
    answer = (
        withdraw_consent(session, hcp_id=hcp, items=items, received_at=received_at, channel=channel)
        if isinstance(session, Session)
        else capture_withdrawal(session, hcp_id=hcp, items=items, received_at=received_at, channel=channel)
    )
    return answered(answer, lambda done: {"withdrawn": list(done.withdrawn), "tasks": list(done.tasks)})


@consent.command("suspend", cls=Command)
@HCP
@LINES
@click.pass_obj
def suspend(env: Env, *, hcp: str, lines: tuple[str, ...], all_: bool) -> Outcome:
    """Stop relying on an item for now; one person suffices."""
    from compliance.use_cases.consent.standing import suspend_consent

    answer = suspend_consent(env.session(), hcp_id=hcp, items=_items(lines, all_))
    return answered(answer, lambda done: {"hcp_id": hcp, "suspended": plain(done)})


@consent.command("resume", cls=Command)
@HCP
@LINES
@click.pass_obj
def resume(env: Env, *, hcp: str, lines: tuple[str, ...], all_: bool) -> Outcome:
    """End a suspension."""
    from compliance.use_cases.consent.standing import resume_consent

    answer = resume_consent(env.session(), hcp_id=hcp, items=_items(lines, all_))
    return answered(answer, lambda done: {"hcp_id": hcp, "resumed": plain(done)})


@consent.command("invalidate", cls=Command)
@click.argument("event")
@click.option("--defect", required=True, metavar="CODE")
@click.pass_obj
def invalidate(env: Env, *, event: str, defect: str) -> Outcome:
    """A consent that never was one; needs two people."""
    from compliance.use_cases.consent.standing import invalidate_consent

    answer = invalidate_consent(env.session(), event_id=event, defect=defect)
    return answered(answer, lambda done: {"event_id": event, "invalidated": plain(done)})


def _items(lines: tuple[str, ...], all_: bool) -> Sequence[str] | None:
    if all_ == bool(lines):
        raise bad_input("line_or_all", "--line")
    return None if all_ else lines
