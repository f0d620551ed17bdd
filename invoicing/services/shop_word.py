"""What the shop itself says of an order, without what staff corrected."""

from __future__ import annotations

from invoicing.domain.profile import Profile
from invoicing.models import InvoicingProfile
from stores.domain.order import OrderSnapshot, UnreadableOrder
from stores.models import Order
from stores.platform import platform_for


def shop_word(order: Order, settings: Profile | None = None) -> OrderSnapshot | None:
    """None: it was not read yet, or cannot be read as one order. By the settings in force, unless others are
    given."""
    if not order.payload:
        return None
    if settings is None:
        row = InvoicingProfile.objects.select_related("current").filter(store=order.store_id).first()
        settings = row.current.value() if row and row.current else None
    includes = settings.prices_include_vat if settings else None
    try:
        return platform_for(order.store).parse_order(order.payload, prices_include_vat=includes)
    except UnreadableOrder:
        return None
