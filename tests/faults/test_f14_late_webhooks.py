"""Words of long ago: a webhook that comes for the first time when what it says is no longer so."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User

from invoicing.services.rulings import approve_credit
from tests.faults.staff_story import papers
from tests.flow import Shop, drain

_DAY = 86_400.0


@pytest.mark.parametrize("status", ["pending_payment", "canceled"])
@pytest.mark.parametrize("time_told", ["its own", "none", "now"])
def test_a_late_word_of_an_unpaid_order_does_not_undo_a_credit(
    careless_shop: Shop, status: str, time_told: str
) -> None:
    """Staff credited an order that stays paid. It is not "paid again" because an old webhook turns up,
    whatever its header says of the time: that is not signed."""
    shop = careless_shop
    ana = User.objects.create_superuser("ana", "ana@example.com")
    payload = shop.put(1001, status=status)
    body = json.dumps({"order": payload}, default=float).encode()
    then = f"{shop.clock.moment:%Y-%m-%d %H:%M:%S}.000 UTC"
    shop.clock.advance(60)
    shop.pay(1001)
    assert approve_credit(shop.documents(1001)[0], user=ana).is_done
    drain(shop.clock)
    assert papers(shop, 1001) == ("FT1 settled", "NC1 final")

    shop.clock.advance(30 * _DAY)
    now = f"{shop.clock.moment:%Y-%m-%d %H:%M:%S}.000 UTC"
    told_at = {"its own": then, "none": "", "now": now}[time_told]
    event = "order_canceled" if status == "canceled" else "order_pending_payment"
    assert shop.ring_raw(body, event, **{"Jumpseller-Triggered-At": told_at}) == 200
    drain(shop.clock)

    assert papers(shop, 1001) == ("FT1 settled", "NC1 final")
    assert shop.row(1001)["outcome"] == "credited"
