"""Instants and days as people give them: ISO 8601 with offset, or a bare day, which keeps day precision."""

from datetime import date, datetime

from compliance.clock import SHANGHAI, day_start, shanghai_day
from compliance.errors import bad_input
from compliance.model.consent import Precision


def parse_moment(text: str, *, field: str, now: datetime) -> tuple[datetime, Precision]:
    """``2026-11-20`` → Shanghai day; ``2026-11-20T10:00+08:00`` → instant (without offset: Asia/Shanghai).

    InputErrors ``bad_time`` or ``in_the_future``. A day counts as future only from the next Shanghai day on.
    """
    text = text.strip()
    try:
        if len(text) <= 10:
            instant, precision = day_start(date.fromisoformat(text)), Precision.DAY
        else:
            moment = datetime.fromisoformat(text)
            instant, precision = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI), Precision.SECOND
    except (ValueError, OverflowError):
        raise bad_input("bad_time", field) from None
    if instant > now:
        raise bad_input("in_the_future", field)
    return instant, precision


def starts_at(text: str, *, field: str, now: datetime) -> datetime:
    """When something begins: a day from its Shanghai midnight, today meaning now; or an instant, not before now.

    InputErrors ``bad_time`` or ``back_dated``.
    """
    text = text.strip()
    try:
        if len(text) <= 10:
            day = date.fromisoformat(text)
            instant = now if day == shanghai_day(now) else day_start(day)
        else:
            moment = datetime.fromisoformat(text)
            instant = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    except (ValueError, OverflowError):
        raise bad_input("bad_time", field) from None
    if instant < now:
        raise bad_input("back_dated", field)
    return instant


def not_yet(instant: datetime | None, *, field: str, now: datetime) -> None:
    """InputErrors ``in_the_future`` for an instant nothing can be known of yet."""
    if instant is not None and instant > now:
        raise bad_input("in_the_future", field)


def parse_day(text: str, *, field: str) -> date:
    """An ISO day. InputErrors ``bad_date``."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise bad_input("bad_date", field) from None
