"""Freshness and source of values, for gauges, lists and sheets (domain.md R03, appendix C).

The tests of a single value live in :mod:`compliance.model.quality`, which the policy asks as well.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from compliance.model.profile import FieldValue, SourceClass
from compliance.model.quality import freshness, in_doubt, needs_mark, public_and_cited, solid

__all__ = [
    "default_grade",
    "freshness",
    "in_doubt",
    "lowest_grade",
    "needs_mark",
    "oldest",
    "public_and_cited",
    "solid",
]

_ORDER = ("fresh", "due", "unknown", "stale")
_DEFAULT_GRADES = {
    SourceClass.ZERO: "A",
    SourceClass.FIRST: "B",
    SourceClass.SECOND: "C",
    SourceClass.THIRD: "D",
    SourceClass.PUBLIC: "B",
}


def default_grade(source: SourceClass, *, rep_observed: bool = False, register: bool = False) -> str | None:
    """Letter of appendix C. ``first`` observed by a rep is C; ``public`` from a register is A; *derived* has none."""
    if source is SourceClass.FIRST and rep_observed:
        return "C"
    if source is SourceClass.PUBLIC and register:
        return "A"
    return _DEFAULT_GRADES.get(source)


def lowest_grade(grades: Iterable[str]) -> str:
    """Grade of a derived value: the lowest of its inputs; D without inputs."""
    return max(grades, default="D")


def oldest(values: Mapping[str, FieldValue], cadence: Mapping[str, int | None], at: datetime) -> str:
    """The worst freshness among ``values``; fresh when there are none."""
    found = [freshness(v.provenance.source_date, cadence.get(k), at) for k, v in values.items()]
    return max(found, key=_ORDER.index, default="fresh")
