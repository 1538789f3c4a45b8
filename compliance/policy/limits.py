"""How Chinese limits count (law.md 0.3): numbers, periods, rest days, working days, years. The one helper for them.

Rules: (1) 以上 includes the number, 不满 and 超过 exclude it (CC 1259); (2) the first day of a period is not counted
(CC 201); (3) a period in months or years ends on the same-numbered day, or the month's last day (CC 202); (4) a last
day on a statutory rest day moves to the day after the rest days (CC 203); (5) working days and rest days need the
State Council's notice of the year: without its table there is no date, only the year that is missing; (6) days are
Shanghai days; a period ends at their midnight.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from compliance.clock import SHANGHAI, day_start
from compliance.model.limits import add_days_exclusive_end, add_months, add_months_exclusive_end
from compliance.policy.catalogue import HolidayTable


@dataclass(frozen=True, slots=True)
class MissingYear:
    """No date can be given: the holiday notice of ``year`` is not loaded."""

    year: int


def at_least(number: int, line: int) -> bool:
    """以上: the line itself is inside."""
    return number >= line


def fewer_than(number: int, line: int) -> bool:
    """不满: the line itself is outside."""
    return number < line


def more_than(number: int, line: int) -> bool:
    """超过: the line itself is outside."""
    return number > line


def valid_until(act_day: date, months: int) -> datetime:
    """Exclusive end of a term of ``months`` from the day of the act: 29 Feb 2028 + 12 ends with 28 Feb 2029."""
    return add_months_exclusive_end(act_day, months)


def valid_through(last_day: date) -> datetime:
    """Exclusive end of a term that names its last day: 31 Dec 2026 holds until its 24:00."""
    return day_start(last_day + timedelta(days=1))


def ask_again_from(no_day: date, days: int) -> datetime:
    """End of the ask lock: a refusal on 1 Nov 2026 with 180 days locks through 30 Apr 2027."""
    return add_days_exclusive_end(no_day, days)


def last_safe_day(start: date, *, years: int) -> date:
    """The day before a period of ``years`` ends: certificates and results are not used on the last day itself."""
    return add_months(start, 12 * years) - timedelta(days=1)


def months_before(day: date, months: int) -> date:
    """The day ``months`` before ``day`` (rule 3)."""
    return add_months(day, -months)


def export_year(instant: datetime) -> int:
    """The calendar year an export counts in (CBDF 5, 7, 8): Shanghai."""
    return instant.astimezone(SHANGHAI).year


def is_rest_day(day: date, tables: Mapping[int, HolidayTable]) -> bool | MissingYear:
    """Whether ``day`` is a rest day, swapped weekends included."""
    table = tables.get(day.year)
    if table is None:
        return MissingYear(day.year)
    return day in table.days_off or (day.weekday() >= 5 and day not in table.work_days)


def deadline_in_days(start: date, days: int, tables: Mapping[int, HolidayTable]) -> date | MissingYear:
    """Last day of a statutory period of ``days`` after ``start``, moved past rest days (rules 2, 4)."""
    return _past_rest(start + timedelta(days=days), tables)


def deadline_in_months(start: date, months: int, tables: Mapping[int, HolidayTable]) -> date | MissingYear:
    """Last day of a statutory period of ``months`` after ``start``, moved past rest days (rules 2 to 4)."""
    return _past_rest(add_months(start, months), tables)


def add_working_days(start: date, days: int, tables: Mapping[int, HolidayTable]) -> date | MissingYear:
    """The ``days``-th working day after ``start``; negative counts backwards."""
    step = timedelta(days=1 if days >= 0 else -1)
    day, left = start, abs(days)
    while left:
        day += step
        rest = is_rest_day(day, tables)
        if isinstance(rest, MissingYear):
            return rest
        left -= not rest
    return day


def _past_rest(day: date, tables: Mapping[int, HolidayTable]) -> date | MissingYear:
    while rest := is_rest_day(day, tables):
        if isinstance(rest, MissingYear):
            return rest
        day += timedelta(days=1)
    return day
