"""The program checks itself; no store is touched."""

from compliance.clock import Clock
from compliance.use_cases.upkeep.self_test import SelfTest, self_test
from desktop_app.tasks import Lane, Task


def run(*, clock: Clock) -> Task[SelfTest]:
    """All checks, on the free lane."""
    return Task(
        lambda _, progress: self_test(clock=clock, progress=progress), lane=Lane.FREE, title="desk.task.self_test"
    )
