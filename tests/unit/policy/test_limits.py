"""Chinese limits (law.md 0.3) on exact dates."""

from datetime import UTC, date, datetime

import pytest

from compliance.clock import SHANGHAI
from compliance.policy.limits import (
    MissingYear,
    add_working_days,
    ask_again_from,
    at_least,
    deadline_in_days,
    deadline_in_months,
    export_year,
    fewer_than,
    is_rest_day,
    last_safe_day,
    months_before,
    more_than,
    valid_through,
    valid_until,
)


def shanghai(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


def test_which_words_include_the_number():
    assert at_least(1_000_000, 1_000_000) and not at_least(999_999, 1_000_000)
    assert fewer_than(99_999, 100_000) and not fewer_than(100_000, 100_000)
    assert more_than(10_000_001, 10_000_000) and not more_than(10_000_000, 10_000_000)


@pytest.mark.req("REQ-022")
@pytest.mark.parametrize(
    ("act", "months", "end"),
    [
        (date(2026, 11, 24), 24, shanghai(2028, 11, 25)),
        (date(2028, 2, 29), 12, shanghai(2029, 3, 1)),
        (date(2027, 2, 28), 12, shanghai(2028, 2, 29)),
        (date(2026, 1, 31), 1, shanghai(2026, 3, 1)),
        (date(2026, 8, 31), 6, shanghai(2027, 3, 1)),
        (date(2026, 10, 31), 1, shanghai(2026, 12, 1)),
    ],
)
def test_a_term_ends_with_the_same_numbered_day_or_the_months_last(act, months, end):
    assert valid_until(act, months) == end


@pytest.mark.req("REQ-022")
def test_a_named_last_day_holds_to_its_midnight():
    end = valid_through(date(2026, 12, 31))
    assert shanghai(2026, 12, 31, 23, 59, 59) < end == shanghai(2027, 1, 1)


@pytest.mark.req("REQ-023")
def test_the_ask_lock_of_1_november_2026_ends_with_30_april_2027():
    end = ask_again_from(date(2026, 11, 1), 180)
    assert shanghai(2027, 4, 30, 23, 59, 59) < end == shanghai(2027, 5, 1)


@pytest.mark.req("REQ-075")
def test_working_days(policy):
    assert add_working_days(date(2026, 11, 2), 10, policy.holidays) == date(2026, 11, 16)
    assert add_working_days(date(2026, 9, 30), 3, policy.holidays) == date(2026, 10, 10)  # a swapped Saturday
    assert add_working_days(date(2026, 11, 16), -10, policy.holidays) == date(2026, 11, 2)


@pytest.mark.req("REQ-082")
def test_a_last_day_on_a_rest_day_moves(policy):
    assert deadline_in_days(date(2026, 11, 5), 30, policy.holidays) == date(2026, 12, 7)
    assert deadline_in_days(date(2026, 9, 1), 30, policy.holidays) == date(2026, 10, 8)
    assert deadline_in_months(date(2026, 8, 31), 1, policy.holidays) == date(2026, 9, 30)
    assert deadline_in_months(date(2026, 9, 10), 1, policy.holidays) == date(2026, 10, 10)


@pytest.mark.req("REQ-076")
def test_a_year_without_a_table_gives_no_date_and_is_named(policy):
    assert add_working_days(date(2026, 12, 28), 10, policy.holidays) == MissingYear(2027)
    assert deadline_in_days(date(2026, 12, 20), 30, policy.holidays) == MissingYear(2027)
    assert is_rest_day(date(2020, 1, 1), policy.holidays) == MissingYear(2020)


@pytest.mark.req("REQ-076")
def test_certificates_and_letters():
    assert last_safe_day(date(2026, 3, 10), years=3) == date(2029, 3, 9)
    assert months_before(date(2029, 3, 9), 6) == date(2028, 9, 9)
    assert last_safe_day(date(2023, 11, 24), years=3) == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("day", "rest"),
    [
        (date(2026, 10, 10), False),
        (date(2026, 10, 11), True),
        (date(2026, 10, 1), True),
        (date(2026, 11, 24), False),
        (date(2021, 2, 12), True),
        (date(2021, 2, 20), False),
    ],
)
def test_rest_days(policy, day, rest):
    assert is_rest_day(day, policy.holidays) is rest


@pytest.mark.req("REQ-067")
def test_the_export_year_is_shanghais():
    assert export_year(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == 2026
    assert export_year(datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC)) == 2027


def test_tables_are_loaded_for_the_years_of_the_law(policy):
    assert set(policy.holidays) == set(range(2021, 2027))
