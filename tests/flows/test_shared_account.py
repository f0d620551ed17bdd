"""What one order lacks costs the others of its account neither its work nor its allowance."""

from __future__ import annotations

from invoicing.models import InvoicingAccount
from sandbox.orders import Line
from tests.flow import Shop, drain, run_once


def hold_for_a_rate(shop: Shop, order_id: int) -> None:
    shop.put(order_id, lines=(Line(rate="19"),))
    shop.ring(order_id)
    drain(shop.clock, hours=1)
    assert shop.row(order_id)["hold_reason"] == "unknown_tax_rate"


def test_a_list_that_fails_is_no_outage_of_the_account(shop: Shop) -> None:
    hold_for_a_rate(shop, 1001)
    shop.sandbox.state.faults.add(
        kind="error_before",
        status=500,
        vendor="invoicexpress",
        method="GET",
        path_regex=r"sequences\.json",
        times=None,
    )
    shop.put(1002)
    shop.ring(1002)
    for _ in range(60):
        shop.ring(1001, "order_updated")
        run_once()
        shop.clock.advance(1)

    assert InvoicingAccount.objects.get().stopped_at is None
    assert shop.row(1002)["outcome"] == "issued"


def test_an_order_that_waits_for_a_rate_asks_for_it_seldom(shop: Shop) -> None:
    hold_for_a_rate(shop, 1001)
    before = shop.calls("GET", "taxes.json")

    for _ in range(60):
        shop.ring(1001, "order_updated")
        drain(shop.clock, hours=0.01)
        shop.clock.advance(1)

    assert 1 <= shop.calls("GET", "taxes.json") - before <= 4
