"""By when the law wants the number."""

from __future__ import annotations

from datetime import date

from invoicing.domain.deadlines import due_on


def test_what_is_paid_before_it_is_delivered_is_due_the_same_day() -> None:
    assert due_on(paid_on=date(2026, 7, 1), dispatched_on=None) == date(2026, 7, 1)
    assert due_on(paid_on=date(2026, 7, 1), dispatched_on=date(2026, 6, 1)) == date(2026, 7, 1)


def test_what_leaves_unpaid_is_due_on_the_fifth_working_day_after() -> None:
    assert due_on(paid_on=None, dispatched_on=date(2026, 7, 1)) == date(2026, 7, 8)
    assert due_on(paid_on=None, dispatched_on=date(2026, 12, 23)) == date(2026, 12, 31)


def test_nothing_is_due_before_either() -> None:
    assert due_on(paid_on=None, dispatched_on=None) is None
