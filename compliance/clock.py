"""The only place that asks for the time.

A use case reads the clock once and carries that instant through decision, audit entry and paper.
Instants are aware and UTC; legal days are those of Asia/Shanghai (law.md 0.3).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol

#: China has kept one zone without daylight saving since 1991; a fixed offset needs no zone file on Windows.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still: sandbox ``--at`` and tests."""

    instant: datetime

    def now(self) -> datetime:
        """The instant it was given."""
        return self.instant.astimezone(UTC)


def shanghai_day(instant: datetime) -> date:
    """The legal day of an instant."""
    return instant.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Shanghai midnight that begins ``day``, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


@lru_cache(maxsize=64)  # one instant is taken for a whole act, and written in each of its entries
def stamp(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds, the one written form of an instant in logs and evidence."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def from_stamp(text: str) -> datetime:
    """Inverse of :func:`stamp`; also reads any ISO 8601 text with an offset. ValueError without one."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    try:
        return instant.astimezone(UTC)
    except OverflowError:  # the first and last hours of the calendar, with an offset
        raise ValueError("beyond the calendar") from None
