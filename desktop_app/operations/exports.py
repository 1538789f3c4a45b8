"""Sheets and packs for reps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.register import Rep
from compliance.use_cases import reps, sheets
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


def do_not_contact(*, rep: str, path: Path) -> Task[Any]:
    """One page of a rep's people who must not be contacted: name and hospital."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.do_not_contact import do_not_contact_list

        return do_not_contact_list(opened.session, rep=rep, path=path)

    return Task(work, title="desk.task.sheets")


def leak_check(*, path: Path, values: Path | None) -> Task[Any]:
    """Attack a finished PDF for values it must not hold."""
    return Task(lambda _, __: sheets.leak_check(path, values=values), title="desk.task.leak_check")


def make_pack(*, rep: str, path: Path, days: int) -> Task[Any]:
    """An offline pack for one rep."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.bundles import make_bundle

        return make_bundle(opened.session, rep=rep, path=path, days=days)

    return Task(work, title="desk.task.pack")
