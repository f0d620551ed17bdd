"""What waits for a person, grouped by the one thing that is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User

from invoicing.causes import Cause, CauseKey, cause_of, causes_of
from invoicing.models import DocumentOperation, InvoicingAccount
from invoicing.services.accounts import refresh_account
from invoicing.services.rulings import do_not_invoice
from sandbox.orders import Line
from stores.models import Store
from tests.flow import Shop


def causes() -> list[Cause]:
    return causes_of(Store.objects.all())


def orders_of(cause: Cause) -> list[str]:
    return [row.shop_order_id for row in cause.rows]


def test_nothing_waits_where_everything_went_well(shop: Shop) -> None:
    shop.pay(1001)

    assert causes() == []


def test_orders_that_wait_for_the_same_rate_are_one_group(shop: Shop) -> None:
    for key in [key for key, tax in shop.account.taxes.items() if tax.value in (6, 13)]:
        del shop.account.taxes[key]
    refresh_account(InvoicingAccount.objects.get())
    for order_id in (1001, 1002):
        shop.pay(order_id, lines=[Line(rate="6")])
    shop.pay(1003, lines=[Line(rate="13")])
    shop.pay(1004, lines=[Line(rate=None)])

    found = {(cause.key.reason, cause.key.subject): orders_of(cause) for cause in causes()}

    assert found == {
        ("unknown_tax_rate", "6"): ["1001", "1002"],
        ("unknown_tax_rate", "13"): ["1003"],
        ("missing_exemption", "exemption_code"): ["1004"],
    }


def test_the_earliest_deadline_comes_first(shop: Shop) -> None:
    shop.clock.advance(5 * 86_400)
    shop.pay(1001, lines=[Line(rate=None)], paid_at=datetime(2026, 7, 6, 9, tzinfo=UTC))
    shop.pay(1002, lines=[Line(rate="17")], paid_at=datetime(2026, 7, 3, 9, tzinfo=UTC))

    first, second = causes()

    assert (first.key.reason, first.due_on) == ("unknown_tax_rate", date(2026, 7, 3))
    assert (second.key.reason, second.due_on) == ("missing_exemption", date(2026, 7, 6))


def test_a_held_delivery_waits_apart_and_has_no_deadline(shop: Shop) -> None:
    shop.pay(1001)
    DocumentOperation.objects.filter(verb="mail").update(state="held", hold_reason="mail_refused")

    (cause,) = causes()

    assert cause.is_delivery
    assert cause.due_on is None
    assert cause.key == CauseKey(shop.store.pk, "mail_refused", "")


def test_words_of_the_vendor_are_the_cause_of_a_refusal(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=422,
        body={"errors": [{"error": "Series is closed"}]},
        method="POST",
        path_regex="invoice_receipts",
        times=None,
    )
    shop.pay(1001)

    (cause,) = causes()

    assert (cause.key.reason, cause.key.subject) == ("rejected", "Series is closed")
    assert cause.rows[0].operation_id == DocumentOperation.objects.get(verb="create").pk


def test_what_is_not_to_be_invoiced_waits_no_more(shop: Shop) -> None:
    order = shop.pay(1001, lines=[Line(rate=None)])
    (cause,) = causes()

    do_not_invoice(order, user=User.objects.create_user("ana"), reason="gift")

    assert causes() == []
    assert cause_of(Store.objects.all(), cause.key) is None


def test_another_stores_group_is_not_found(shop: Shop) -> None:
    shop.pay(1001, lines=[Line(rate=None)])
    (cause,) = causes()

    assert cause_of(Store.objects.none(), cause.key) is None
    assert cause_of(Store.objects.all(), cause.key) == cause


@pytest.mark.parametrize("count", [1, 12])
def test_it_costs_the_same_however_many_wait(shop: Shop, count: int, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for order_id in range(1001, 1001 + count):
        shop.pay(order_id, lines=[Line(rate=None)])

    with django_assert_num_queries(3):
        found = causes()

    assert sum(len(cause.rows) for cause in found) == count
