"""How often Python looks for cycles of garbage: seldom, where rows by the hundred thousand are made.

Rows, their sections and their entries hold no cycles, yet Python looks through them after every 700 new objects and,
as they grow, through everything that was there before: a seventh of the time of an import or of a long list, for
nothing found. Rules: (1) a process of ours looks after :data:`AFTER` objects; (2) a child, which begins with all it
will keep, sets that aside and never looks through it again; (3) who makes very many rows at
once and nothing else does not look meanwhile; (4) the window has a way of its own, because Qt objects are let go in one
thread alone (``desktop_app.tasks.Collector``).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects after which the young are looked through; what they cost until then is a few megabytes.
AFTER = 50_000


def seldom() -> None:
    """From now on, in this process (rule 1)."""
    gc.set_threshold(AFTER)


def seldom_in_child() -> None:
    """In a child that has loaded what it needs (rule 2)."""
    gc.collect()
    gc.freeze()
    seldom()


@contextmanager
def not_meanwhile() -> Iterator[None]:
    """Not at all while the block lasts: it makes very many rows at once and nothing else."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


@contextmanager
def rarely() -> Iterator[None]:
    """For as long as the block lasts, whatever the process does otherwise."""
    kept = gc.get_threshold()
    gc.set_threshold(AFTER, *kept[1:])
    try:
        yield
    finally:
        gc.set_threshold(*kept)
