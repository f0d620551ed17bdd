"""A paid order becomes one certified document."""

from __future__ import annotations

from tests.flow import Shop


def test_a_paid_order_ends_as_one_final_document(shop: Shop) -> None:
    shop.pay(1001)

    (document,) = shop.documents(1001)
    (stored,) = shop.stored()
    assert document.status == "settled"
    assert stored.reference == document.reference
