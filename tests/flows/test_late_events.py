"""Events that come late, or tell no time, neither move a payment nor bring a credited order back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from invoicing.services.rulings import approve_credit
from sandbox.orders import Shipping
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain

TRIGGERED = "Jumpseller-Triggered-At"
NO_TIME = pytest.mark.parametrize("when", ["", "2026-06-01 10:00:00 UTC"], ids=["none", "too old"])


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """An order that was shipped and invoiced before the money came."""
    shop = connect_shop(sandbox, clock, issue_on="paid_or_shipped", on_cancel="credit_note")
    put(shop, "pending_payment")
    shop.ring(1001, "order_shipped")
    drain(clock, hours=0.05)
    clock.advance(60)
    return shop


def put(shop: Shop, status: str) -> None:
    shipping = Shipping(price=Decimal("4.92"))
    shop.put(1001, status=status, shipping=shipping, shipment_status="in_transit")


def body_of(shop: Shop, note: str) -> bytes:
    order = {**shop.shop_side.orders[1001], "additional_information": note}
    return json.dumps({"order": order}, default=float).encode()


def invoices(shop: Shop) -> list[str]:
    return [d.reference for d in shop.documents(1001) if d.role == "invoice"]


@NO_TIME
def test_a_late_unpaid_event_does_not_bring_a_credited_order_back(shop: Shop, ana: User, when: str) -> None:
    late = body_of(shop, "an older one, not delivered yet")
    put(shop, "paid")
    shop.ring(1001)
    drain(shop.clock, hours=1)
    (document,) = shop.documents(1001)
    shop.clock.advance(600)
    approve_credit(document, user=ana)
    drain(shop.clock, hours=1)
    assert shop.row(1001)["outcome"] == "credited"
    shop.clock.advance(600)

    shop.ring_raw(late, "order_updated", **{TRIGGERED: when})
    drain(shop.clock)

    assert invoices(shop) == ["LOJA-EXEMPLO-1001-FT1"]
    assert shop.row(1001)["outcome"] == "credited"


def test_an_event_ahead_of_our_clock_does_not_either(shop: Shop, ana: User) -> None:
    ahead = shop.clock.moment + timedelta(seconds=290)
    shop.ring_raw(body_of(shop, "x"), "order_updated", **{TRIGGERED: f"{ahead:%Y-%m-%d %H:%M:%S}.000 UTC"})
    drain(shop.clock, hours=0.01)
    put(shop, "paid")
    shop.ring(1001)
    drain(shop.clock, hours=0.03)
    shop.clock.advance(600)
    (document,) = shop.documents(1001)

    approve_credit(document, user=ana)
    drain(shop.clock, hours=1)
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    assert invoices(shop) == ["LOJA-EXEMPLO-1001-FT1"]


@NO_TIME
def test_an_order_paid_before_go_live_stays_left_out(
    sandbox: SandboxServer, clock: FakeClock, when: str
) -> None:
    shop = connect_shop(sandbox, clock, go_live_on="2026-07-01")
    paid_at = datetime(2026, 6, 20, 9, 0, tzinfo=UTC)
    shop.put(1001, paid_at=paid_at, status="pending_payment")
    late = json.dumps({"order": shop.shop_side.orders[1001]}, default=float).encode()
    shop.put(1001, paid_at=paid_at)
    shop.ring(1001, "order_updated")
    drain(clock, hours=1)
    clock.advance(3600)

    shop.ring_raw(late, "order_pending_payment", **{TRIGGERED: when})
    drain(clock, hours=1)

    assert shop.row(1001)["outcome"] == "excluded"
    assert shop.stored() == []
