"""Read an order from its shop and keep the reading, unless a later one is already kept."""

from __future__ import annotations

from datetime import timedelta

from invoicing.queue import now
from outbound.errors import AccountStopped, Unavailable
from stores import stops
from stores.models import Order
from stores.platform import ShopConnection, platform_for
from stores.services import save_reading

_ZERO = timedelta(0)


def read_order(order: Order, shop: ShopConnection) -> bool:
    """Read and save. Returns whether the reading was kept; `order` is refreshed either way.

    Raises:
        NotFound: the shop has no such order.
        Unavailable: could not read; also while the shop's credentials are refused.
    """
    store = order.store
    if not stops.may_call(store):
        raise Unavailable(
            f"{store.code}: the shop refuses our credentials.",
            retry_after=max(stops.next_probe(store) - now(), _ZERO),
            counts=False,
        )
    started_at = now()
    try:
        payload = shop.read_order(order.shop_order_id)
    except AccountStopped as error:
        stops.stop(store, error.message)
        raise Unavailable(error.message, retry_after=stops.next_probe(store) - now(), counts=False) from None
    stops.resume(store)
    facts = platform_for(store).read_facts(payload)
    return save_reading(order, payload, facts, read_started_at=started_at)
