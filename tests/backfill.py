"""Lists of orders as the tests ask for them, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from invoicing.models import Document, OrderDecision, Ruling, SyncRun
from invoicing.services.sync_runs import Wishes, request_run
from stores.models import Order, OrderRefresh
from tests.flow import Shop, drain, run_once

BEFORE_GO_LIVE = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
GO_LIVE = "2026-06-01"


def ask(shop: Shop, **wishes: Any) -> SyncRun:
    """A list, asked for and not looked at yet."""
    return request_run(shop.store, Wishes(**(wishes or {"limit": 50})), requested_by="staff:ana")


def listed(shop: Shop, **wishes: Any) -> SyncRun:
    """A list that the workers have finished."""
    run = ask(shop, **wishes)
    drain(shop.clock)
    return again(run)


def again(run: SyncRun) -> SyncRun:
    return SyncRun.objects.get(pk=run.pk)


def told(run: SyncRun) -> list[tuple[str, str, str]]:
    """Order, outcome and reason, in the order of the list."""
    return list(run.rows.order_by("position").values_list("shop_order_id", "outcome", "reason"))


def names(run: SyncRun) -> list[str]:
    return [shop_order_id for shop_order_id, _outcome, _reason in told(run)]


def row_of(run: SyncRun, order_id: int) -> Any:
    return run.rows.get(shop_order_id=str(order_id))


def put_many(shop: Shop, first: int, last: int, **facts: Any) -> None:
    for order_id in range(first, last + 1):
        shop.put(order_id, **facts)


def hang_foreign(shop: Shop, order_id: int) -> None:
    """Another application's invoice on the order."""
    shop.shop_side.documents.append(
        {
            "document_type": 1,
            "external_id": "77",
            "public_id": "FT-77",
            "url": "https://other.example/77",
            "order_id": order_id,
        }
    )


def traces() -> dict[str, int]:
    """What a preview must leave alone."""
    models = (Order, OrderRefresh, OrderDecision, Document, Ruling)
    return {model.__name__: model._default_manager.count() for model in models}


NO_TRACES = {"Order": 0, "OrderRefresh": 0, "OrderDecision": 0, "Document": 0, "Ruling": 0}


def work_for(shop: Shop, seconds: float) -> None:
    """Time passes in steps of five seconds, and what is due is done."""
    end = shop.clock.moment + timedelta(seconds=seconds)
    while shop.clock.moment < end:
        shop.clock.advance(5)
        while run_once():
            pass
