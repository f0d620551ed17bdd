"""What is put right at the provider sets its group free by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from invoicing.models import InvoicingAccount
from invoicing.services.accounts import refresh_account
from invoicing.services.awaited_facts import EVERY, due_accounts, read_awaited
from sandbox.orders import Line
from tests.flow import Shop, drain, run_once


def later(shop: Shop) -> None:
    shop.clock.advance(EVERY / timedelta(seconds=1) + 1)


@pytest.fixture
def without_six(shop: Shop) -> Any:
    """The account has no 6 % yet; the way to make it, as a person does there."""
    ((key, tax),) = [(key, tax) for key, tax in shop.account.taxes.items() if tax.value == 6]
    del shop.account.taxes[key]
    refresh_account(InvoicingAccount.objects.get())
    return lambda: shop.account.taxes.update({key: tax})


def test_a_tax_made_at_the_provider_sets_its_orders_free(shop: Shop, without_six: Any) -> None:
    for order_id in (1001, 1002):
        shop.pay(order_id, lines=[Line(rate="6")])
        assert shop.row(order_id)["hold_reason"] == "unknown_tax_rate"
    without_six()

    later(shop)
    drain(shop.clock)

    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued", "issued"]
    assert len(shop.stored(status="settled")) == 2


def test_it_is_asked_seldom_and_only_while_somebody_waits(shop: Shop, without_six: Any) -> None:
    shop.pay(1001)
    later(shop)
    assert due_accounts(shop.clock(), 10) == []

    shop.pay(1002, lines=[Line(rate="6")])
    before = shop.calls("GET", "taxes.json")
    later(shop)
    for _ in range(3):
        run_once()

    assert shop.calls("GET", "taxes.json") == before + 1
    assert due_accounts(shop.clock(), 10) == []


def test_two_workers_ask_once(shop: Shop, without_six: Any) -> None:
    shop.pay(1001, lines=[Line(rate="6")])
    later(shop)
    (account,) = InvoicingAccount.objects.all()
    before = shop.calls("GET", "taxes.json")

    read_awaited(account.pk)
    read_awaited(account.pk)

    assert shop.calls("GET", "taxes.json") == before + 1


def test_an_account_that_does_not_answer_is_not_asked_in_a_circle(shop: Shop, without_six: Any) -> None:
    shop.pay(1001, lines=[Line(rate="6")])
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=500, path_regex="taxes.json", times=50
    )
    later(shop)

    drain(shop.clock, hours=1)

    assert shop.row(1001)["hold_reason"] == "unknown_tax_rate"
    assert due_accounts(shop.clock(), 10) == []
