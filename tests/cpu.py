"""Time a test may assert on: processor time of this process, the least of several rounds. Wall time is for ``bench``,
because a busy machine lengthens it without anything having become slower."""

import time
from collections.abc import Callable


def cpu_seconds(run: Callable[[], object], *, rounds: int = 10) -> float:
    """The least processor time one call of ``run`` takes."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best
