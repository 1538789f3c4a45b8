"""Instants and days as the database keeps them: microseconds since 1970 UTC, days as ISO text."""

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Exact microseconds since 1970 UTC. ValueError for an instant without an offset."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return (instant - _EPOCH) // _STEP


def from_micros(value: int) -> datetime:
    """Inverse of :func:`micros`."""
    return _EPOCH + timedelta(microseconds=value)


def micros_or_none(instant: datetime | None) -> int | None:
    """:func:`micros`, None for None."""
    return None if instant is None else micros(instant)


def instant_or_none(value: int | None) -> datetime | None:
    """:func:`from_micros`, None for None."""
    return None if value is None else from_micros(value)


def day_or_none(text: str | None) -> date | None:
    """A day of ISO text, None for None."""
    return None if text is None else date.fromisoformat(text)


def iso_or_none(day: date | None) -> str | None:
    """ISO text of a day, None for None."""
    return None if day is None else day.isoformat()
