"""The full check of the day, beside the session: the window begins it right after unlocking, so this loads little."""

from collections.abc import Callable
from typing import Any

from compliance.model.answer import Answer
from desktop_app.tasks import Lane, Task


def watch_if_due() -> Task[Any]:
    """Begin the full check of the day, where it is due; behind whatever the first page asks for."""

    def work(opened: Any, _: Any) -> Any:
        from compliance.use_cases.seat.session import Session
        from compliance.use_cases.upkeep import integrity

        return integrity.watch_if_due(opened.session) if isinstance(opened.session, Session) else Answer(None)

    return Task(work)


def watch(*, check: Any, step_aside: Callable[[], None]) -> Task[Any]:
    """The check itself, beside the session: it steps aside for whatever the user does."""

    def work(_: Any, progress: Any) -> Any:
        def heard(done: int, whole: int) -> None:
            step_aside()
            progress.tick(done, whole)

        return check.check(heard)

    return Task(work, lane=Lane.WATCH)


def watched(*, report: Any) -> Task[Any]:
    """What the check beside the session found goes into the log; a finding makes the store read-only."""

    def work(opened: Any, _: Any) -> Any:
        from compliance.use_cases.upkeep import integrity

        return integrity.watched(opened.session, report)

    return Task(work)
