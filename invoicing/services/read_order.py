"""Read an order from its shop and keep the reading, unless a later one is already kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from invoicing.queue import now
from invoicing.services.availability import Paused, is_out, require_open, stop
from outbound.errors import AccountStopped, Unavailable
from stores.models import Order, Store
from stores.platform import ShopConnection, platform_for
from stores.services import save_reading

T = TypeVar("T")


def ask_shop(store: Store, shop: ShopConnection, call: Callable[[], T]) -> T:
    """What the call answers; a failure that is not of this call alone stops the store.

    Raises:
        Paused: the shop refuses our credentials, or does not answer at all.
        OutboundError: anything else that the call raises.
    """
    require_open(store)
    try:
        return call()
    except AccountStopped as error:
        stop(store, error.message)
        raise Paused(store, error.message) from None
    except Unavailable as error:
        if error.counts and is_out(store, shop.ping):
            raise Paused(store, error.message) from None
        raise


def read_order(order: Order, shop: ShopConnection) -> bool:
    """Read and save. Returns whether the reading was kept; `order` is refreshed either way.

    Raises:
        NotFound: the shop has no such order.
        Paused: the shop refuses our credentials, or does not answer at all.
        Unavailable: could not read this order.
    """
    store = order.store
    started_at = now()
    payload = ask_shop(store, shop, lambda: shop.read_order(order.shop_order_id))
    facts = platform_for(store).read_facts(payload)
    return save_reading(order, payload, facts, read_started_at=started_at)
