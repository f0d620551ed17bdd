"""Working days of Portugal."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from invoicing.domain.working_days import fifth_working_day, is_working_day


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 5),  # Easter Sunday
        date(2026, 6, 4),  # Corpus Christi
        date(2024, 4, 25),
        date(2026, 5, 1),
        date(2026, 6, 10),
        date(2025, 8, 15),
        date(2026, 10, 5),
        date(2024, 11, 1),
        date(2026, 12, 1),
        date(2026, 12, 8),
        date(2026, 12, 25),
        date(2026, 11, 21),  # a Saturday
        date(2026, 11, 22),  # a Sunday
    ],
)
def test_weekends_and_national_holidays_are_no_working_days(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 11, 20),  # a Friday
        date(2026, 2, 17),  # Carnival, optional
        date(2025, 6, 13),  # Lisbon's own
        date(2026, 4, 2),
        date(2026, 4, 6),  # Easter Monday
        date(2026, 12, 24),
    ],
)
def test_other_weekdays_are(day: date) -> None:
    assert is_working_day(day)


def test_the_holidays_of_a_year_that_fall_on_weekdays() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]

    weekdays_off = [day for day in days if day.weekday() < 5 and not is_working_day(day)]

    assert [day.strftime("%m-%d") for day in weekdays_off] == [
        "01-01",
        "04-03",
        "05-01",
        "06-04",
        "06-10",
        "10-05",
        "12-01",
        "12-08",
        "12-25",
    ]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (date(2026, 11, 16), date(2026, 11, 23)),  # Monday to Monday
        (date(2026, 11, 20), date(2026, 11, 27)),  # Friday
        (date(2026, 11, 21), date(2026, 11, 27)),  # Saturday
        (date(2026, 11, 22), date(2026, 11, 27)),  # Sunday
        (date(2026, 11, 27), date(2026, 12, 7)),  # over 1 December
        (date(2026, 12, 3), date(2026, 12, 11)),  # over 8 December
        (date(2026, 12, 23), date(2026, 12, 31)),  # over Christmas
        (date(2026, 12, 31), date(2027, 1, 8)),  # into the next year
        (date(2026, 4, 1), date(2026, 4, 9)),  # over Good Friday
        (date(2026, 6, 3), date(2026, 6, 12)),  # over Corpus Christi and 10 June
    ],
)
def test_the_fifth_working_day_after(start: date, expected: date) -> None:
    assert fifth_working_day(start) == expected
