"""Periods in days and months by law.md 0.3."""

from datetime import date

import pytest
from consent_support import at

from compliance.model.limits import add_days_exclusive_end, add_months, add_months_exclusive_end, day_end


def test_first_day_is_not_counted_and_the_last_ends_at_midnight() -> None:
    assert add_days_exclusive_end(date(2026, 11, 1), 180) == at("2027-05-01")
    assert add_days_exclusive_end(date(2026, 12, 31), 1) == at("2027-01-02")
    assert day_end(date(2026, 12, 31)) == at("2027-01-01")


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2026, 11, 24), 24, date(2028, 11, 24)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 31), 0, date(2026, 3, 31)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_the_month(day: date, months: int, last: date) -> None:
    assert add_months(day, months) == last
    assert add_months_exclusive_end(day, months) == day_end(last)


def test_an_absurd_term_ends_with_the_calendar() -> None:
    assert add_months_exclusive_end(date(2026, 1, 1), 10**6) == at("9999-01-01")
