"""The checker: what must be true at the provider after any trial, whatever broke on the way."""

from __future__ import annotations

from tests.flow import Shop


def assert_one_final_document(shop: Shop, order_id: int) -> None:
    """One final document of the order at the provider, nothing beside it, and our rows say the same."""
    reference = f"{shop.store.reference_prefix}-{order_id}-FT1"
    ours = [d for d in shop.stored() if d.reference == reference]
    assert [(d.reference, d.status) for d in ours] == [(reference, "settled")]
    (document,) = shop.documents(order_id)
    assert (document.status, document.number) == ("settled", ours[0].number_text)
    assert document.provider_id == str(ours[0].id)
    assert shop.row(order_id)["outcome"] == "issued"
    assert shop.row(order_id)["operation_state"] == "done"
    entries = [e for e in shop.shop_side.documents if str(e["order_id"]) == str(order_id)]
    assert [entry["external_id"] for entry in entries] == [document.provider_id]
    assert len(shop.stored()) == len({d.reference for d in shop.stored()})
