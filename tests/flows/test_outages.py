"""A vendor that does not answer, and says for how long."""

from __future__ import annotations

from invoicing.models import InvoicingAccount
from tests.flow import Shop, drain


def test_no_probe_comes_before_the_vendors_own_retry_after(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=503, headers={"Retry-After": "900"}, times=None
    )
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=0.02)
    account = InvoicingAccount.objects.get()
    assert account.stopped_at is not None
    assert account.stopped_by_outage
    calls = shop.calls("GET", "/") + shop.calls("POST", "/")

    drain(shop.clock, hours=800 / 3600)  # of 900 s
    assert shop.calls("GET", "/") + shop.calls("POST", "/") == calls
    assert shop.stored() == []

    shop.sandbox.state.faults.clear()
    drain(shop.clock)
    assert [d.status for d in shop.stored()] == ["settled"]
    assert shop.row(1001)["outcome"] == "issued"
