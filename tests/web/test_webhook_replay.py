"""What was heard before, late or in the wrong order has no new effect."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from invoicing.services.rulings import approve_credit
from jumpseller_sync.models import WebhookDelivery
from tests.flow import Shop, connect_shop, drain

DAY = 86_400.0


def body_of(order: dict[str, Any]) -> bytes:
    return json.dumps({"order": order}, default=float).encode()


def trigger(shop: Shop, **offset: float) -> dict[str, str]:
    moment = shop.clock.moment + timedelta(**offset)
    return {"Jumpseller-Triggered-At": f"{moment:%Y-%m-%d %H:%M:%S}.000 UTC"}


@pytest.mark.parametrize("days", [1 / 1440, 1, 9, 30, 400])
def test_a_replay_makes_no_new_document(shop: Shop, days: float) -> None:
    body = body_of(shop.put(1001))
    assert shop.ring_raw(body) == 200
    drain(shop.clock)
    before = shop.row(1001)
    assert before["outcome"] == "issued"

    shop.clock.advance(days * DAY)
    assert shop.ring_raw(body) == 200
    drain(shop.clock)

    assert shop.row(1001) == before
    assert len(shop.stored()) == len(mail.outbox) == len(shop.shop_side.documents) == 1
    assert WebhookDelivery.objects.get().times == 2


@pytest.mark.parametrize("event", ["order_canceled", "order_pending_payment", "order_abandoned"])
def test_a_paid_body_under_another_event_name_ends_nothing(shop: Shop, event: str) -> None:
    body = body_of(shop.put(1001))
    shop.ring_raw(body)
    drain(shop.clock)

    assert shop.ring_raw(body, event) == 200
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "issued"
    assert len(shop.stored()) == 1


def test_a_replayed_pending_body_does_not_make_a_credited_order_be_invoiced_again(
    shop: Shop, admin_user
) -> None:
    pending = body_of(shop.put(1001, status="pending_payment"))
    shop.ring_raw(pending, "order_pending_payment")
    drain(shop.clock)
    shop.clock.advance(60)
    shop.pay(1001)
    (invoice,) = shop.documents(1001)
    assert approve_credit(invoice, user=admin_user).is_done
    drain(shop.clock)
    assert shop.row(1001)["outcome"] == "credited"
    shop.clock.advance(DAY)

    for event in ("order_pending_payment", "order_updated", "order_created"):
        assert shop.ring_raw(pending, event, **trigger(shop, minutes=1)) == 200
        drain(shop.clock)

    assert shop.row(1001)["outcome"] == "credited"
    assert [d.reference for d in shop.documents(1001)] == ["LOJA-EXEMPLO-1001-FT1", "LOJA-EXEMPLO-1001-NC1"]
    assert len(shop.stored()) == 2


def test_a_replay_under_a_forged_time_does_not_move_the_payments_day(shop: Shop) -> None:
    pending = body_of(shop.put(1001, status="pending_payment"))
    shop.ring_raw(pending, "order_pending_payment")
    shop.clock.advance(60)
    paid = body_of(shop.put(1001))
    shop.ring_raw(paid, "order_paid")
    drain(shop.clock)
    before = shop.order(1001)
    assert before.first_seen_paid_at is not None

    for body in (paid, pending):
        shop.ring_raw(body, "order_updated", **trigger(shop, days=-5))
        shop.ring_raw(body, "order_shipped", **trigger(shop, minutes=4))
        drain(shop.clock)

    after = shop.order(1001)
    assert after.first_seen_paid_at == before.first_seen_paid_at
    assert after.last_seen_unpaid_at == before.last_seen_unpaid_at


def test_a_cancellation_that_overtakes_the_payment_leaves_nothing(shop: Shop) -> None:
    paid = body_of(shop.put(1001))
    canceled = body_of(shop.put(1001, status="canceled"))

    assert shop.ring_raw(canceled, "order_canceled") == 200
    drain(shop.clock)
    assert shop.ring_raw(paid, "order_paid") == 200
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "not_due"
    assert shop.documents(1001) == []
    assert shop.stored() == []
    assert mail.outbox == []


def test_a_pending_event_that_is_late_changes_neither_document_nor_day(shop: Shop) -> None:
    pending = body_of(shop.put(1001, status="pending_payment"))
    sent = trigger(shop)
    shop.clock.advance(3600)
    paid = body_of(shop.put(1001))
    assert shop.ring_raw(paid, "order_paid") == 200
    paid_at = shop.clock.moment
    drain(shop.clock)
    shop.clock.advance(2 * DAY)

    assert shop.ring_raw(pending, "order_pending_payment", **sent) == 200
    drain(shop.clock)

    order = shop.order(1001)
    assert shop.row(1001)["outcome"] == "issued"
    assert len(shop.stored()) == 1
    assert order.first_seen_paid_at == paid_at.replace(microsecond=0)


@pytest.mark.parametrize("offset", [{"days": -3000}, {"days": -9}, {"minutes": 6}, {"days": 3000}])
def test_a_forged_trigger_time_dates_nothing(sandbox, clock, offset: dict[str, float]) -> None:
    shop = connect_shop(sandbox, clock, go_live_on="2026-07-01")
    shop.put(1001, status="pending_payment")
    shop.ring(1001, "order_pending_payment")
    drain(shop.clock)
    shop.clock.advance(60)

    shop.put(1001)
    assert shop.ring(1001, **trigger(shop, **offset)) == 200
    drain(shop.clock)

    (document,) = shop.documents(1001)
    assert WebhookDelivery.objects.get(event="order_paid").triggered_at is None
    assert document.issued_on.isoformat() == "2026-07-01"
    assert shop.row(1001)["outcome"] == "issued"


def test_a_foreign_store_code_makes_the_store_info_be_read_again_once(shop: Shop) -> None:
    shop.clock.advance(3600)
    before = shop.calls("GET", "/store/info.json")
    for number in (1001, 1002, 1003):
        shop.put(number)
        assert shop.ring(number, **{"Jumpseller-Store-Code": "outra-loja"}) == 200
    drain(shop.clock, hours=0)

    assert shop.calls("GET", "/store/info.json") == before + 1
    assert [shop.row(number)["outcome"] for number in (1001, 1002, 1003)] == ["issued"] * 3
    shop.store.refresh_from_db()
    assert shop.store.code == "loja-exemplo"


def test_a_renamed_shop_keeps_its_orders_and_its_hook(shop: Shop) -> None:
    shop.pay(1001)
    shop.clock.advance(3600)
    shop.shop_side.code = "loja-nova"
    shop.put(1002)
    assert shop.ring(1002, **{"Jumpseller-Store-Code": "loja-nova"}) == 200
    drain(shop.clock)

    shop.store.refresh_from_db()
    assert shop.store.code == "loja-nova"
    assert [d.reference for d in shop.documents(1002)] == ["LOJA-EXEMPLO-1002-FT1"]
    assert len(shop.stored()) == 2
