"""Working days in Portugal, for deadlines that the law counts in them.

Weekdays without the national holidays of the Código do Trabalho art. 234.º, in its form since 2016. Local
and optional holidays (Carnival, the town's own) count as working days: so no deadline is put off too far.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

# It has no types.
from dateutil.easter import easter  # type: ignore[import-untyped]

_FIXED = ((1, 1), (4, 25), (5, 1), (6, 10), (8, 15), (10, 5), (11, 1), (12, 1), (12, 8), (12, 25))
_GOOD_FRIDAY = timedelta(days=-2)
_CORPUS_CHRISTI = timedelta(days=60)
_SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Whether it is neither a weekend day nor a national holiday."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def fifth_working_day(start: date) -> date:
    """The fifth working day after `start`, which itself does not count (CIVA art. 36.º n.º 1 a))."""
    day, left = start, 5
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day


@cache
def _holidays(year: int) -> frozenset[date]:
    sunday: date = easter(year)
    movable = (sunday + _GOOD_FRIDAY, sunday, sunday + _CORPUS_CHRISTI)
    return frozenset((*(date(year, month, day) for month, day in _FIXED), *movable))
