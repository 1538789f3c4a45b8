"""A company's own rules: checked, compared, previewed, put in force; decisions made again."""

from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.errors import Fault
from compliance.use_cases.rules import company_rules, replay, replay_list, rule_sets, rules
from compliance.use_cases.rules.rules import Change
from desktop_app.tasks import Task


def sets() -> Task[Any]:
    """The shipped rules and the company's own."""
    return Task(lambda opened, _: rule_sets.list_rules(opened.session))


def check(*, folder: Path, begins: datetime | None) -> Task[tuple[Fault, ...]]:
    """Every fault of a folder of rules."""

    def work(opened: Any, _: object) -> tuple[Fault, ...]:
        return rules.check_folder(folder, at=begins or opened.session.now())

    return Task(work)


def compare(*, folder: Path, begins: datetime | None) -> Task[tuple[Change, ...]]:
    """What a folder of rules changes against those in force."""
    return Task(lambda opened, _: rules.compare_folder(folder, session=opened.session, at=begins))


def preview(*, folder: Path, begins: datetime | None) -> Task[Any]:
    """How many fields of how many people it hides and shows, and what to recall."""

    def work(opened: Any, _: object) -> Any:
        return company_rules.preview_rules(opened.session, folder=folder, begins=begins)

    return Task(work, title="rules.task.preview")


def activate(*, folder: Path, begins: datetime | None) -> Task[Any]:
    """Put it in force, at once or from an instant."""

    def work(opened: Any, _: object) -> Any:
        at = begins or opened.session.now()
        return company_rules.activate_rules(opened.session, folder=folder, begins=at)

    return Task(work, title="rules.task.activate")


def call_off(*, key: str) -> Task[Any]:
    """Take a planned set back."""
    return Task(lambda opened, _: company_rules.call_off_rules(opened.session, key=key))


def save(*, key: str, folder: Path) -> Task[Any]:
    """The files of a set as they were handed in."""
    return Task(lambda opened, _: rule_sets.save_rules(opened.session, key=key, folder=folder))


def replay_one(*, index: int) -> Task[Any]:
    """A logged decision once more."""
    return Task(lambda opened, _: replay.replay_decision(opened.session, index=index), title="rules.task.replay")


def replay_listed(*, index: int, hcp_id: str) -> Task[Any]:
    """Whether a person would have stood in a list of the log."""
    return Task(
        lambda opened, _: replay_list.replay_listed(opened.session, index=index, hcp_id=hcp_id),
        title="rules.task.replay",
    )


def replay_all(*, since: datetime | None) -> Task[Any]:
    """Every decision since then."""

    def work(opened: Any, progress: Any) -> Any:
        return replay.replay_period(opened.session, since=since, until=None, progress=progress)

    return Task(work, title="rules.task.replay", stoppable=True)
