"""When an order was paid, and when that is doubtful."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stores.domain.payment import Payment, PaymentFacts, PaymentGround, SeenBy, payment_of

LISBON = ZoneInfo("Europe/Lisbon")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def paid(go_live_on: date | None = None, **facts: Any) -> Payment:
    moments = {
        key: at(value) if isinstance(value, str) and "-" in value else value for key, value in facts.items()
    }
    return payment_of(PaymentFacts(**moments), LISBON, go_live_on=go_live_on)


@pytest.mark.parametrize("seen_by", [SeenBy.PAYMENT_EVENT, SeenBy.EVENT, None])
def test_seen_unpaid_before_the_event_tells_the_moment(seen_by: SeenBy | None) -> None:
    found = paid(
        last_seen_unpaid_at="2026-06-30 10:00",
        first_seen_paid_at="2026-07-02 10:00",
        seen_by=seen_by,
        completed_at="2026-06-30 09:00",
    )

    assert found == Payment(at("2026-07-02 10:00"), PaymentGround.EVENT)


def test_seen_unpaid_before_and_found_by_a_reading() -> None:
    found = paid(
        last_seen_unpaid_at="2026-07-01 10:00", first_seen_paid_at="2026-07-02 10:00", seen_by=SeenBy.READING
    )

    assert found == Payment(at("2026-07-02 10:00"), PaymentGround.READING)


def test_a_month_that_ended_unseen_is_a_doubt() -> None:
    found = paid(
        last_seen_unpaid_at="2026-06-30 22:30", first_seen_paid_at="2026-06-30 23:30", seen_by=SeenBy.READING
    )

    # In Lisbon the second is the first of July already.
    assert found.ground is PaymentGround.READING
    assert found.doubt == ("It was unpaid on 2026-06-30 and paid on 2026-07-01: a month ended between.")


def test_invoicing_that_began_unseen_is_a_doubt() -> None:
    seen = {"last_seen_unpaid_at": "2026-07-01 10:00", "first_seen_paid_at": "2026-07-03 10:00"}

    assert "invoicing began between" in paid(date(2026, 7, 2), seen_by=SeenBy.READING, **seen).doubt
    assert "invoicing began between" in paid(date(2026, 7, 3), seen_by=SeenBy.READING, **seen).doubt
    assert paid(date(2026, 7, 1), seen_by=SeenBy.READING, **seen).doubt == ""
    assert paid(date(2026, 7, 4), seen_by=SeenBy.READING, **seen).doubt == ""
    assert paid(date(2026, 7, 2), seen_by=SeenBy.EVENT, **seen).doubt == ""


def test_never_seen_unpaid_the_shops_own_dates_count() -> None:
    both = paid(completed_at="2026-07-02 10:00", created_at="2026-07-01 10:00")

    assert both == Payment(at("2026-07-02 10:00"), PaymentGround.COMPLETED)
    assert paid(created_at="2026-07-01 10:00") == Payment(at("2026-07-01 10:00"), PaymentGround.CREATED)


def test_without_any_date_the_first_sighting_counts_if_there_is_one() -> None:
    found = paid(first_seen_paid_at="2026-07-02 10:00", seen_by=SeenBy.READING)

    assert found == Payment(at("2026-07-02 10:00"), PaymentGround.UNKNOWN)
    assert paid() == Payment(None, PaymentGround.UNKNOWN)


def test_a_payment_event_of_another_month_is_a_doubt_at_first_contact() -> None:
    seen = {"completed_at": "2026-06-30 10:00", "first_seen_paid_at": "2026-07-02 10:00"}

    found = paid(seen_by=SeenBy.PAYMENT_EVENT, **seen)
    assert (found.at, found.ground) == (at("2026-06-30 10:00"), PaymentGround.COMPLETED)
    assert found.doubt == (
        "The shop completed it on 2026-06-30 and told of the payment on 2026-07-02, in another month."
    )
    for other in (SeenBy.EVENT, SeenBy.READING, None):
        assert paid(seen_by=other, **seen).doubt == ""


def test_a_payment_event_of_the_same_month_is_none() -> None:
    found = paid(
        completed_at="2026-07-01 10:00", first_seen_paid_at="2026-07-30 10:00", seen_by=SeenBy.PAYMENT_EVENT
    )

    assert (found.at, found.doubt) == (at("2026-07-01 10:00"), "")
    year = paid(
        completed_at="2025-07-01 10:00", first_seen_paid_at="2026-07-01 10:00", seen_by=SeenBy.PAYMENT_EVENT
    )
    assert year.doubt


def test_the_month_is_the_stores() -> None:
    found = paid(
        completed_at="2026-06-30 23:30", first_seen_paid_at="2026-07-01 00:30", seen_by=SeenBy.PAYMENT_EVENT
    )

    assert found.doubt == ""
