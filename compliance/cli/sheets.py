"""``sheet …``: redacted sheets and day plans for reps, their register, and the leak check of any file.

A batch of which nothing was made because everybody is closed is refused (exit 1), with everybody's reason.
"""

from collections.abc import Sized
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import DONE, INTEGRITY, REFUSED, Outcome, Payload, answered, failed, layout, plain
from compliance.cli.params import Code, Day, InFile, OutPath
from compliance.cli.sheet_lines import batch_lines, paper_lines, plan_lines, preview_lines
from compliance.cli.words import Command, group
from compliance.errors import bad_input
from compliance.i18n import Lang, t
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.model.register import PaperEnd, PaperState

if TYPE_CHECKING:
    from compliance.model.register import SheetRecord
    from compliance.use_cases.field.day_plans import DayPlanMade
    from compliance.use_cases.field.sheets import SheetBatch, SheetRefused

sheet = group("sheet")
COMMANDS: dict[str, click.Command] = {"sheet": sheet}


@sheet.command("make", cls=Command)
@click.argument("hcps", nargs=-1, metavar="HCP…")
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"), required=True)
@click.option("--for", "rep", required=True, metavar="REP")
@click.option("--out", type=OutPath("DIR"), required=True)
@click.option("--do-not-contact", type=OutPath("FILE"))
@click.pass_obj
def make(
    env: Env, *, hcps: tuple[str, ...], purpose: Purpose, rep: str, out: Path, do_not_contact: Path | None
) -> Outcome:
    """One sheet a person; closed people are listed as refused."""
    from compliance.use_cases.field import sheets
    from compliance.use_cases.field.do_not_contact import do_not_contact_list

    if not hcps and do_not_contact is None:
        raise bad_input("people_needed", "HCP")
    session = env.session()
    outcome = Outcome({"sheets": [], "refused": []})
    if hcps:
        progress = env.progress()
        try:
            answer = sheets.make_sheets(session, hcp_ids=hcps, purpose=purpose, rep=rep, out=out, progress=progress)
        finally:
            progress.close()
        outcome = answered(answer, lambda made: _released(made, env.lang))
    if do_not_contact is not None and "sheets" in outcome.payload and outcome.exit_code in (DONE, REFUSED):
        listed = answered(
            do_not_contact_list(session, rep=rep, path=do_not_contact),
            lambda _: {"do_not_contact": str(do_not_contact)},
        )
        outcome = Outcome({**outcome.payload, **listed.payload}, listed.exit_code)
    return outcome


@sheet.command("preview", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"), required=True)
@click.option("--for", "rep", required=True, metavar="REP")
@click.pass_obj
def preview(env: Env, *, hcp: str, purpose: Purpose, rep: str) -> Outcome:
    """What becomes of each field on the rep's page, before it is made."""
    from compliance.use_cases.field.sheet_preview import preview_sheet

    answer = preview_sheet(env.session(), hcp_id=hcp, purpose=purpose, rep=rep)
    return answered(
        answer,
        lambda seen: Outcome(
            {
                "hcp_id": hcp,
                "page": bool(seen.pdf),
                "refused": seen.refusal or None,
                "fields": {f.mine.key: {"on_page": str(f.fate), "reason": f.reason or None} for f in seen.fields},
            },
            lines=lambda lang: preview_lines(seen, lang),
        ),
    )


@sheet.command("dayplan", cls=Command)
@click.argument("hcps", nargs=-1, metavar="HCP…")
@click.option("--for", "rep", metavar="REP")
@click.option("--date", "day", type=Day(), required=True)
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"))
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def dayplan(
    env: Env, *, hcps: tuple[str, ...], rep: str | None, day: date, purpose: Purpose | None, out: Path
) -> Outcome:
    """The people of one day on one folded page, in visiting order; a rep prints their own from the pack."""
    from compliance.use_cases.field import day_plans
    from compliance.use_cases.seat.session import Session

    session = env.any_session()
    if isinstance(session, Session):
        if not rep:
            raise bad_input("rep_needed", "--for")
        answer = day_plans.make_day_plan(session, hcp_ids=hcps, rep=rep, day=day, path=out, purpose=purpose)
    else:
        from compliance.use_cases.field.rep_day_plan import own_day_plan

        if rep and rep != session.actor:
            raise bad_input("rep_prints_own", "--for")
        answer = own_day_plan(session, hcp_ids=hcps, day=day, path=out)
    return answered(answer, lambda made: _planned(made, env.lang))


@sheet.command("list", cls=Command)
@click.option("--state", type=Code(PaperState, "unknown_paper_state"))
@click.option("--hcp", metavar="HCP", default="")
@click.option("--rep", metavar="REP", default="")
@click.pass_obj
def list_(env: Env, *, state: PaperState | None, hcp: str, rep: str) -> Outcome:
    """Papers in the field and where each stands; in a rep's store what the rep has printed."""
    from compliance.use_cases.field.paper_register import list_papers
    from compliance.use_cases.seat.session import Session

    session = env.any_session()
    if isinstance(session, Session):
        answer = list_papers(session, state=state, hcp_id=hcp, rep=rep)
    else:
        from compliance.use_cases.field.rep_day_plan import own_papers

        answer = own_papers(session, state=state)
    now = session.clock.now()
    return answered(
        answer,
        lambda papers: Outcome(
            {"sheets": [_paper(paper, now) for paper in papers]}, lines=lambda lang: paper_lines(papers, now, lang)
        ),
    )


@sheet.command("recall", cls=Command)
@click.argument("serials", nargs=-1, metavar="SERIAL…")
@click.pass_obj
def recall(env: Env, *, serials: tuple[str, ...]) -> Outcome:
    """Ask papers back; one person suffices."""
    from compliance.use_cases.field.paper_register import recall_papers

    return answered(recall_papers(env.session(), serials=serials), lambda done: {"recalled": list(done)})


@sheet.command("report", cls=Command)
@click.argument("how", type=Code(PaperEnd, "unknown_paper_end"), metavar="returned|destroyed|lost")
@click.argument("serials", nargs=-1, metavar="SERIAL…")
@click.option("--expired", is_flag=True)
@click.option("--rep", metavar="REP", default="")
@click.pass_obj
def report(env: Env, *, how: PaperEnd, serials: tuple[str, ...], expired: bool, rep: str) -> Outcome:
    """Papers came back, were destroyed, or are lost; --expired: all that have expired, of one rep where named."""
    from compliance.use_cases.field.paper_register import list_papers, report_papers
    from compliance.use_cases.field.rep_day_plan import own_papers
    from compliance.use_cases.field.returning import report_own_papers
    from compliance.use_cases.seat.session import Session

    session = env.any_session()
    if not isinstance(session, Session):
        own = own_papers(session, state=PaperState.EXPIRED).value if expired else ()
        serials = serials if isinstance(own, Refusal) else (*serials, *(paper.serial for paper in own))
        done = report_own_papers(session, serials=serials, how=how)
        return answered(done, lambda ended: {"reported": list(ended), "how": str(how)})
    if expired:
        listed = list_papers(session, state=PaperState.EXPIRED, rep=rep).value
        serials = serials if isinstance(listed, Refusal) else (*serials, *(paper.serial for paper in listed))
    answer = report_papers(session, serials=serials, how=how)
    return answered(answer, lambda done: {"reported": list(done), "how": str(how)})


@sheet.command("attack", cls=Command)
@click.argument("file", type=InFile())
@click.option("--values", type=InFile())
@click.pass_obj
def attack(env: Env, *, file: Path, values: Path | None) -> Outcome:
    """Search a file for what must not be in it; needs no vault; exit 3 on a leak."""
    from compliance.use_cases.field.leak_words import leak_lines
    from compliance.use_cases.field.sheets import leak_check

    report = leak_check(file, values=values)
    payload = {"clean": report.clean, "checked": report.checked, "leaks": plain(report.leaks)}
    payload |= {"skipped": report.skipped} if report.skipped else {}
    payload |= {"loose_bytes": dict(report.outside)} if report.outside else {}
    payload |= {"remarks": dict(report.remarks)} if report.remarks else {}

    def lines(lang: Lang) -> list[str]:
        return [*layout({key: value for key, value in payload.items() if key != "leaks"}, lang),
                *(f"  {words}" for words in leak_lines(report.leaks, lang))]  # fmt: skip

    return Outcome(payload, DONE if report.clean else INTEGRITY, lines)


def _planned(made: "DayPlanMade", lang: Lang) -> Outcome:
    """As ``sheet make``, every person of the one page; exit 3 when the leak check stopped it."""
    payload: Payload = {
        "sheets": [
            {
                "serial": made.serial,
                "hcp_id": hcp_id,
                "path": str(made.path),
                "sha256": made.sha256,
                "expires": plain(made.expires),
                "visit": str(visit),
            }
            for hcp_id, visit in made.people
        ],
        "refused": [_refused(no) for no in made.refused],
        "warnings": list(made.warnings),
    }
    outcome = Outcome(payload, _code(made.people, made.refused), lines=lambda said: plan_lines(made, said))
    return failed(outcome, "leak_found", t("error.leak_found", lang), INTEGRITY) if made.leaked else outcome


def _code(made: Sized, refused: Sized) -> int:
    return REFUSED if refused and not made else DONE


def _paper(paper: "SheetRecord", at: datetime) -> Payload:
    return {
        "serial": paper.serial,
        "kind": str(paper.kind),
        "state": str(paper.state(at)),
        "rep": paper.rep,
        "purpose": str(paper.purpose),
        "people": list(paper.about),
        "issued": plain(paper.issued_at),
        "expires": plain(paper.expires_at),
        "recalled": plain(paper.recalled_at),
        "ended": plain(paper.ended_at),
        "how": str(paper.ended_how) if paper.ended_how else None,
        "reported_by": paper.reported_by or None,
        "sha256": paper.sha256,
    }


def _refused(no: "SheetRefused") -> Payload:
    return {
        "hcp_id": no.hcp_id,
        "refused": no.reason,
        "references": [reference.as_json() for reference in no.references],
        "lifted_by": no.lifted_by or None,
    }


def _released(made: "SheetBatch", lang: Lang) -> Outcome:
    """Exit 3 when the leak check stopped a page; the others are made."""
    outcome = Outcome(_batch(made), _code(made.sheets, made.refused), lines=lambda said: batch_lines(made, said))
    return failed(outcome, "leak_found", t("error.leak_found", lang), INTEGRITY) if made.leaks else outcome


def _batch(made: "SheetBatch") -> Payload:
    return {
        "sheets": [
            {
                "serial": sheet.serial,
                "hcp_id": sheet.hcp_id,
                "path": str(sheet.path),
                "sha256": sheet.sha256,
                "expires": plain(sheet.expires),
            }
            for sheet in made.sheets
        ],
        "refused": [_refused(no) for no in made.refused],
        "warnings": list(made.warnings),
    }
