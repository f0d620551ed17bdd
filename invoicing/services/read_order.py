"""Read an order from its shop and keep the reading, unless a later one is already kept."""

from __future__ import annotations

from invoicing.queue import now
from invoicing.services.availability import Paused, is_out, require_open, stop
from outbound.errors import AccountStopped, Unavailable
from stores.models import Order
from stores.platform import ShopConnection, platform_for
from stores.services import save_reading


def read_order(order: Order, shop: ShopConnection) -> bool:
    """Read and save. Returns whether the reading was kept; `order` is refreshed either way.

    Raises:
        NotFound: the shop has no such order.
        Paused: the shop refuses our credentials, or does not answer at all.
        Unavailable: could not read this order.
    """
    store = order.store
    require_open(store)
    started_at = now()
    try:
        payload = shop.read_order(order.shop_order_id)
    except AccountStopped as error:
        stop(store, error.message)
        raise Paused(store, error.message) from None
    except Unavailable as error:
        if error.counts and is_out(store, shop.ping):
            raise Paused(store, error.message) from None
        raise
    facts = platform_for(store).read_facts(payload)
    return save_reading(order, payload, facts, read_started_at=started_at)
