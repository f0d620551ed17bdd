"""What the shop itself says of an order, without what staff corrected."""

from __future__ import annotations

from invoicing.models import InvoicingProfile
from stores.domain.order import OrderSnapshot, UnreadableOrder
from stores.models import Order
from stores.platform import platform_for


def shop_word(order: Order) -> OrderSnapshot | None:
    """None: it was not read yet, or cannot be read as one order."""
    if not order.payload:
        return None
    row = InvoicingProfile.objects.select_related("current").filter(store=order.store_id).first()
    includes = row.current.value().prices_include_vat if row and row.current else None
    try:
        return platform_for(order.store).parse_order(order.payload, prices_include_vat=includes)
    except UnreadableOrder:
        return None
