"""Periods that people name, as days."""

from __future__ import annotations

from datetime import date

import pytest

from invoicing.domain.periods import Period, days_of


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        (Period.THIS_MONTH, date(2026, 7, 1), date(2026, 7, 1), date(2026, 7, 31)),
        (Period.THIS_MONTH, date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        (Period.THIS_MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (Period.LAST_MONTH, date(2026, 7, 31), date(2026, 6, 1), date(2026, 6, 30)),
        (Period.LAST_MONTH, date(2027, 1, 1), date(2026, 12, 1), date(2026, 12, 31)),
        (Period.THIS_YEAR, date(2026, 7, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_the_days_of_a_period(period: Period, today: date, first: date, last: date) -> None:
    assert days_of(period, today) == (first, last)
