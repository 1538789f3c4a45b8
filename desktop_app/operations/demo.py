"""The sample vault of invented people."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.clock import Clock
from compliance.i18n import Lang
from compliance.progress import Progress
from desktop_app.tasks import Task

if TYPE_CHECKING:
    from compliance.use_cases.showing.demo import DemoResult


def make_demo(*, path: Path, clock: Clock, lang: Lang, people: int = 2000) -> Task["DemoResult"]:
    """Make the sample vault in ``path``."""

    def work(_: Any, progress: Progress) -> "DemoResult":
        from compliance.use_cases.showing.demo import run_demo

        return run_demo(path, people=people, clock=clock, lang=lang, progress=progress)

    return Task(work, title="desk.task.demo", stoppable=True)
