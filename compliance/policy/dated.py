"""Values that change on a day: versions with ``from`` (and ``until`` only where the law ended), Shanghai midnights.

Rules: (1) a version holds from its day until the next version's day; (2) two versions of one day overlap; (3) an
``until`` before the next ``from`` leaves a gap, after it an overlap; both are faults of the file (examples.md 2.6).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Generic, TypeVar

from compliance.clock import day_start
from compliance.errors import Fault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Version(Generic[T]):
    """One value and the days it holds: ``from_day`` included, ``until`` excluded."""

    from_day: date
    until: date | None
    value: T


class Timeline(Generic[T]):
    """Versions in order; ``at`` gives the one in force, None before the first and after an end."""

    __slots__ = ("_ends", "_starts", "versions")

    def __init__(self, versions: Sequence[Version[T]]) -> None:
        self.versions = tuple(sorted(versions, key=lambda v: v.from_day))
        self._starts = [day_start(v.from_day) for v in self.versions]
        self._ends = [day_start(v.until) if v.until else None for v in self.versions]

    def at(self, instant: datetime) -> T | None:
        """The value in force at ``instant``."""
        index = self.index(instant)
        return None if index is None else self.versions[index].value

    def index(self, instant: datetime) -> int | None:
        """Place of the version in force."""
        place = bisect_right(self._starts, instant) - 1
        if place < 0:
            return None
        end = self._ends[place]
        return None if end is not None and instant >= end else place

    def __repr__(self) -> str:
        return f"Timeline({[str(v.from_day) for v in self.versions]})"


def timeline_faults(versions: Sequence[Version[T]], where: str) -> list[Fault]:
    """Overlaps, gaps and disorder among the versions of one rule, as faults at ``where``."""
    faults: list[Fault] = []
    for earlier, later in pairwise(versions):
        if later.from_day == earlier.from_day:
            faults.append(Fault(f"{where}.from", "overlap", str(later.from_day)))
        elif later.from_day < earlier.from_day:
            faults.append(Fault(f"{where}.from", "not_in_order", str(later.from_day), str(earlier.from_day)))
        elif earlier.until and earlier.until < later.from_day:
            faults.append(Fault(f"{where}.until", "gap", f"{earlier.until} to {later.from_day}", str(later.from_day)))
        elif earlier.until and earlier.until > later.from_day:
            faults.append(Fault(f"{where}.until", "overlap", str(earlier.until), str(later.from_day)))
    faults.extend(
        Fault(f"{where}.until", "bad_date", str(v.until), str(v.from_day))
        for v in versions
        if v.until and v.until <= v.from_day
    )
    return faults
