"""An order as a reading would leave it, in memory, against the reading that is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from stores.domain.order import OrderFacts, OrderStatus
from stores.domain.payment import SeenBy
from stores.models import Order, Store
from stores.services import as_read, record_sighting, save_reading

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
SIGHTS = [None, (OrderStatus.PAID, SeenBy.EVENT), (OrderStatus.UNPAID, SeenBy.EVENT)]
COLUMNS = [
    field.attname for field in Order._meta.concrete_fields if field.attname not in ("id", "created_at")
]


def facts(status: OrderStatus | None) -> OrderFacts:
    return OrderFacts(
        shop_order_id="1001",
        status=status,
        currency="EUR",
        total=Decimal("12.3000"),
        buyer_name="Beatriz Fictícia",
        created_at=NOON - timedelta(days=3),
        completed_at=NOON - timedelta(days=2) if status is OrderStatus.PAID else None,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("status", [None, *OrderStatus])
@pytest.mark.parametrize("history", list(product(SIGHTS, SIGHTS)), ids=str)
def test_memory_and_database_agree(status: OrderStatus | None, history: tuple[object, object]) -> None:
    store = Store.objects.create(code="loja", name="Loja", reference_prefix="LOJA")
    order = Order.objects.create(store=store, shop_order_id="1001")
    for days, sight in enumerate(history, start=1):
        if sight is not None:
            seen, by = sight  # type: ignore[misc]
            record_sighting(order, seen, NOON - timedelta(days=5 - days), by=by)

    foretold = as_read(Order.objects.get(pk=order.pk), "{}", facts(status), read_started_at=NOON)
    assert save_reading(order, "{}", facts(status), read_started_at=NOON)

    kept = Order.objects.get(pk=order.pk)
    assert {name: getattr(foretold, name) for name in COLUMNS} == {
        name: getattr(kept, name) for name in COLUMNS
    }


@pytest.mark.django_db
def test_nothing_is_written() -> None:
    store = Store.objects.create(code="loja", name="Loja", reference_prefix="LOJA")

    order = as_read(
        Order(store=store, shop_order_id="1001"), "{}", facts(OrderStatus.PAID), read_started_at=NOON
    )

    assert (order.pk, order.status, order.buyer_name) == (None, "paid", "Beatriz Fictícia")
    assert Order.objects.count() == 0


@pytest.mark.django_db
def test_a_total_of_absurd_size_is_not_kept() -> None:
    store = Store.objects.create(code="loja", name="Loja", reference_prefix="LOJA")
    absurd = OrderFacts(shop_order_id="1001", total=Decimal(10) ** 13)

    order = as_read(Order(store=store, shop_order_id="1001"), "{}", absurd, read_started_at=NOON)

    assert order.total is None
