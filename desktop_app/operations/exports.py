"""Sheets and packs for reps."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.register import PaperEnd, PaperState, Rep
from compliance.use_cases.field import paper_register, sheets
from compliance.use_cases.people import reps
from desktop_app.tasks import Task


def list_reps() -> Task[Answer[tuple[Rep, ...]]]:
    """Registered reps and MSLs."""
    return Task(lambda opened, _: reps.list_reps(opened.session))


def add_rep(*, rep: Rep) -> Task[Any]:
    """Register a rep."""
    return Task(lambda opened, _: reps.add_rep(opened.session, rep=rep))


def import_roster(*, path: Path, dry_run: bool) -> Task[Any]:
    """Reps from a table."""
    return Task(
        lambda opened, _: reps.import_roster(opened.session, path=path, dry_run=dry_run), title="desk.task.roster"
    )


def import_assignments(*, path: Path, dry_run: bool) -> Task[Any]:
    """Who visits whom, from a table."""
    return Task(
        lambda opened, _: reps.import_assignments(opened.session, path=path, dry_run=dry_run),
        title="desk.task.assignments",
    )


def assign(*, hcp_ids: Sequence[str], rep: str) -> Task[Any]:
    """Give people to a rep."""
    return Task(lambda opened, _: reps.assign(opened.session, hcp_ids=hcp_ids, rep=rep))


def make_sheets(*, hcp_ids: Sequence[str], purpose: Purpose, rep: str, out: Path) -> Task[Any]:
    """Redacted one-page sheets; each is attacked before it is released."""
    return Task(
        lambda opened, progress: sheets.make_sheets(
            opened.session, hcp_ids=hcp_ids, purpose=purpose, rep=rep, out=out, progress=progress
        ),
        title="desk.task.sheets",
        stoppable=True,
    )


def preview_sheet(*, hcp_id: str, purpose: Purpose, rep: str) -> Task[Any]:
    """My view and the rep's page side by side; nothing is made."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.sheet_preview import preview_sheet as look

        return look(opened.session, hcp_id=hcp_id, purpose=purpose, rep=rep)

    return Task(work, title="desk.task.sheets")


def make_day_plan(*, hcp_ids: Sequence[str], rep: str, day: date, path: Path, purpose: Purpose) -> Task[Any]:
    """The people of one day on one folded page."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.day_plans import make_day_plan as make

        return make(opened.session, hcp_ids=hcp_ids, rep=rep, day=day, path=path, purpose=purpose)

    return Task(work, title="desk.task.sheets")


def list_papers(*, state: PaperState | None) -> Task[Any]:
    """The register of papers in the field."""
    return Task(lambda opened, _: paper_register.list_papers(opened.session, state=state))


def recall_papers(*, serials: Sequence[str]) -> Task[Any]:
    """Ask papers back."""
    return Task(lambda opened, _: paper_register.recall_papers(opened.session, serials=serials))


def report_papers(*, serials: Sequence[str], how: PaperEnd) -> Task[Any]:
    """Papers came back, were destroyed, or are lost."""
    return Task(lambda opened, _: paper_register.report_papers(opened.session, serials=serials, how=how))


def do_not_contact(*, rep: str, path: Path) -> Task[Any]:
    """One page of a rep's people who must not be contacted: name and hospital."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.do_not_contact import do_not_contact_list

        return do_not_contact_list(opened.session, rep=rep, path=path)

    return Task(work, title="desk.task.sheets")


def leak_check(*, path: Path, values: Path | None) -> Task[Any]:
    """Attack a finished PDF for values it must not hold."""
    return Task(lambda _, __: sheets.leak_check(path, values=values), title="desk.task.leak_check")


def make_pack(*, rep: str, path: Path, days: int) -> Task[Any]:
    """An offline pack for one rep."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.bundles import make_bundle

        return make_bundle(opened.session, rep=rep, path=path, days=days)

    return Task(work, title="desk.task.pack")


def end_rep(*, name: str) -> Task[Any]:
    """Sign a rep off."""
    return Task(lambda opened, _: reps.end_rep(opened.session, name=name))


def receive_return(*, path: Path, dry_run: bool) -> Task[Any]:
    """Take in what a rep's computer brings back, or look at what would come of it."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.returns import receive_return as receive

        return receive(opened.session, path=path, dry_run=dry_run)

    return Task(work, title="desk.task.receive")


def list_returns() -> Task[Any]:
    """Returns received."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.returns import list_returns as listed

        return listed(opened.session)

    return Task(work)
