"""How Chinese periods count (law.md 0.3), as far as consent needs it: days and months from an act to an exclusive end.

Rules: (1) the first day is not counted (CC 201); (2) a period in months ends on the same-numbered day, or on the last
day of that month where there is none (CC 202); (3) the last day ends at 24:00 Asia/Shanghai, so the exclusive end is
the midnight after it (CC 203); (4) a last day on a rest day is not moved: moving it would lengthen a consent or shift
a lock beyond what the person was told, and CC 203 serves the one who has to act.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from compliance.clock import day_start, shanghai_day


def day_end(day: date) -> datetime:
    """The exclusive end of ``day``: the Shanghai midnight after it, as UTC."""
    return day_start(day + timedelta(days=1))


def last_day(end: datetime) -> date:
    """The last Shanghai day before an exclusive end: what people read as "until"."""
    return shanghai_day(end - timedelta(microseconds=1))


def add_months_exclusive_end(day: date, months: int) -> datetime:
    """Exclusive end of ``months`` counted from ``day`` (rules 1 to 3): 29 Feb 2028 + 12 ends with 28 Feb 2029."""
    return day_end(add_months(day, months))


def add_days_exclusive_end(day: date, days: int) -> datetime:
    """Exclusive end of ``days`` counted from ``day``: 1 Nov 2026 + 180 ends with 30 Apr 2027."""
    return day_end(day + timedelta(days=days))


def add_months(day: date, months: int) -> date:
    """The last day of a period of ``months`` (rule 2). Ends at ``date.max`` rather than overflow."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if year > date.max.year - 1:
        return date(date.max.year - 1, 12, 31)
    return date(year, month, min(day.day, monthrange(year, month)[1]))
