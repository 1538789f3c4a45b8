"""Age and source of one value: fresh or stale (domain.md R03), solid enough to leave the house (appendix C).

Kept in the model because both the policy (value tests) and the profile (gauges, sheets) ask.
"""

from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.model.profile import Provenance, SourceClass, ValueStatus

#: Percent of the cadence up to which a value is only due. The rule set's ``stale_percent`` overrides it.
STALE_PERCENT = 125


def freshness(
    source_date: date | None, cadence_days: int | None, at: datetime, *, stale_percent: int = STALE_PERCENT
) -> str:
    """``fresh`` (age ≤ C), ``due`` (≤ 1.25 C), ``stale``, or ``unknown`` without a source date.

    Age counts from the source's own date to the Shanghai day of ``at``. No cadence (real time, event-driven, static)
    means fresh. A date in the future is an error of the source and counts as unknown.
    """
    if not cadence_days:
        return "fresh"
    if source_date is None:
        return "unknown"
    age = (shanghai_day(at) - source_date).days
    if age < 0:
        return "unknown"
    if age <= cadence_days:
        return "fresh"
    return "due" if age * 100 <= cadence_days * stale_percent else "stale"


def public_and_cited(provenance: Provenance) -> bool:
    """The value's own source is public, cited and dated, and nobody disputes it (PIPL 13(1)(6), 27)."""
    return (
        provenance.source_class is SourceClass.PUBLIC
        and provenance.cited
        and provenance.source_date is not None
        and not in_doubt(provenance)
    )


def solid(provenance: Provenance) -> bool:
    """May leave the house on a sheet or in a pack (appendix C).

    zero, first, public (grades A to C) and derived yes; second only once its check lifted the quarantine; third never;
    grade D never.
    """
    return (
        provenance.source_class is not SourceClass.THIRD
        and provenance.grade in ("A", "B", "C")
        and not in_doubt(provenance)
    )


def needs_mark(provenance: Provenance) -> bool:
    """Shown with a mark "less reliable": rep-observed and second-party values."""
    return provenance.grade == "C" or provenance.source_class is SourceClass.SECOND


def in_doubt(provenance: Provenance) -> bool:
    """Quarantined or disputed: no use outside checking (PIPL 8)."""
    return provenance.status in (ValueStatus.QUARANTINED, ValueStatus.DISPUTED)


def status_of(provenance: Provenance, fresh: str) -> ValueStatus:
    """The one word for a value: disputed and quarantined come before its age; a value without a date is stale."""
    if in_doubt(provenance):
        return provenance.status
    return {"due": ValueStatus.DUE, "stale": ValueStatus.STALE, "unknown": ValueStatus.STALE}.get(
        fresh, ValueStatus.ACTIVE
    )
