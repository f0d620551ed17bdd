"""F6: a vendor refuses our key or token: one stop and one notice, no call in vain, and all is done later."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from invoicing.models import InvoicingAccount
from invoicing.services import availability
from invoicing.services.accounts import save_account
from invoicing.services.refresh import refresh_order
from jumpseller_sync.clients import client_for
from jumpseller_sync.models import JumpsellerConnection, WebhookDelivery
from jumpseller_sync.services.deliveries import process_delivery
from sandbox.jumpseller import accounts
from stores.models import OrderRefresh, Store
from tests.faults.crowd import at_once
from tests.faults.history import assert_one_final_document
from tests.faults.ledger import Trials
from tests.faults.points import visited
from tests.faults.simulator import in_process
from tests.flow import ACCOUNT, API_KEY, Shop, drain, run_once
from tests.jumpseller.test_tokens import STYLES, authorize

_WORKERS = 8
_ORDERS = 4
_FIRST_POINTS = 60
_MOST_CALLS_IN_VAIN = 3
# The same trouble within ten minutes is no news.
_CALM_SECONDS = 900


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each event was told to the operators."""
    told: Counter[str] = Counter()
    monkeypatch.setattr(availability.logger, "error", lambda event, **_facts: told.update([event]))
    return told


def begin(shop: Shop, first: int, notices: Counter[str]) -> range:
    """Orders that are paid at once, long after the trouble of the trial before."""
    notices.clear()
    shop.clock.advance(_CALM_SECONDS)
    orders = range(first, first + _ORDERS)
    for order_id in orders:
        shop.put(order_id, customer_id=order_id, surname=f"Fictícia {order_id}")
        shop.ring(order_id)
    return orders


def at_point(number: int, act: Callable[[], None]) -> Callable[[int, str], None]:
    def visit(reached: int, _name: str) -> None:
        if reached == number:
            act()

    return visit


def refused(shop: Shop, vendor: str) -> int:
    return sum(1 for r in shop.sandbox.state.requests if r.vendor == vendor and r.status in (400, 401))


def finish(shop: Shop, trials: Trials, orders: range) -> None:
    """Every order ended as one final document; the book has it."""
    for order_id in orders:
        reference = f"{shop.store.reference_prefix}-{order_id}-"
        found = [d for d in shop.stored() if (d.reference or "").startswith(reference)]
        trials.add(0, duplicates=max(len(found) - 1, 0), lost=int(not found))
        assert_one_final_document(shop, order_id)
    trials.add()


@pytest.mark.fault("F6", 3, 8, 60)
@pytest.mark.timeout(3600)
def test_a_revoked_key_stops_the_account_once(
    careless_shop: Shop, trials: Trials, notices: Counter[str]
) -> None:
    shop, chance = careless_shop, random.Random(trials.seed)
    with in_process(shop):
        for number in range(trials.planned):
            orders = begin(shop, 41_001 + number * _ORDERS, notices)
            key = f"new-key-{number}-0123456789"
            before = refused(shop, "invoicexpress")
            revoke = partial(setattr, shop.account, "api_key", "revoked")
            with visited(at_point(chance.randrange(_FIRST_POINTS), revoke)):
                drain(shop.clock, hours=0.01)
            shop.account.api_key = "revoked"
            drain(shop.clock, hours=0.01)

            account = InvoicingAccount.objects.get()
            if account.stopped_at is not None:  # else the key was revoked when nothing was left to do
                assert notices["credentials_refused"] == 1
                assert 1 <= refused(shop, "invoicexpress") - before <= _MOST_CALLS_IN_VAIN

            shop.account.api_key = key
            save_account(provider="invoicexpress", account_name=ACCOUNT, api_key=key)
            drain(shop.clock)
            assert InvoicingAccount.objects.get().stopped_at is None
            finish(shop, trials, orders)


@pytest.mark.fault("F6", 2, 8, 40)
@pytest.mark.timeout(3600)
def test_eight_workers_stop_a_refused_account_once(
    careless_shop: Shop, trials: Trials, notices: Counter[str]
) -> None:
    shop = careless_shop
    with in_process(shop):
        for number in range(trials.planned):
            orders = begin(shop, 43_001 + number * _ORDERS, notices)
            read_and_decide(orders)
            before = refused(shop, "invoicexpress")
            shop.account.api_key = "revoked"
            at_once([run_once] * _WORKERS)
            drain(shop.clock, hours=0.01)

            assert notices["credentials_refused"] == 1
            # Each worker may be on its way when the first is refused; a harmless read confirms it.
            assert refused(shop, "invoicexpress") - before <= 2 * _ORDERS

            shop.account.api_key = API_KEY
            drain(shop.clock)
            assert InvoicingAccount.objects.get().stopped_at is None
            finish(shop, trials, orders)
    trials.notes.append("the same key works again by itself: a probe finds out")


def read_and_decide(orders: range) -> None:
    """The orders are decided on; nothing was sent to the provider yet."""
    for order_id in orders:
        process_delivery(WebhookDelivery.objects.get(shop_order_id=str(order_id)).pk)
        refresh_order(OrderRefresh.objects.get(order__shop_order_id=str(order_id)).pk)


@pytest.mark.fault("F6", 3, 12, 100)
@pytest.mark.timeout(3600)
def test_eight_workers_renew_a_token_once(careless_shop: Shop, trials: Trials) -> None:
    shop, chance = careless_shop, random.Random(trials.seed)
    authorize(shop)
    switches = shop.sandbox.state.jumpseller.switches

    def ask() -> Any:
        return client_for(shop.store).store_info()["code"]

    with in_process(shop):
        for _ in range(trials.planned):
            switches.update({"refresh_tokens": chance.choice(STYLES)})
            is_expired = chance.random() < 0.5
            if is_expired:
                shop.clock.advance(chance.randrange(56, 180) * 60)
            else:
                shop.shop_side.access_token = "forgotten"
            before = shop.calls("POST", "/oauth/token")

            assert at_once([ask] * _WORKERS) == ["loja-exemplo"] * _WORKERS

            renewed = shop.calls("POST", "/oauth/token") - before
            assert renewed == 1
            trials.add(duplicates=renewed - 1)


@pytest.mark.fault("F6", 2, 8, 40)
@pytest.mark.timeout(3600)
def test_a_token_lost_on_its_way_loses_no_order(
    careless_shop: Shop, trials: Trials, notices: Counter[str]
) -> None:
    """The vendor made new tokens and we never heard of them. Where the old one is good for nothing any
    more, the store stops, once, until its owner lets us in again."""
    shop, chance = careless_shop, random.Random(trials.seed)
    authorize(shop)
    JumpsellerConnection.objects.filter(pk=shop.connection.pk).update(login="", auth_token="")
    switches, faults = shop.sandbox.state.jumpseller.switches, shop.sandbox.state.faults
    with in_process(shop):
        for number in range(trials.planned):
            style = chance.choice(STYLES)
            switches.update({"refresh_tokens": style})
            shop.clock.advance(61 * 60)
            faults.add(kind="drop_after", path_regex="/oauth/token")
            orders = begin(shop, 45_001 + number * _ORDERS, notices)
            drain(shop.clock, hours=1)

            is_stopped = Store.objects.get(pk=shop.store.pk).stopped_at is not None
            assert (is_stopped, notices["credentials_refused"]) == (
                (True, 1) if style == "rotating" else (False, 0)
            )
            if is_stopped:
                authorize(shop)
            drain(shop.clock)
            finish(shop, trials, orders)


@pytest.mark.fault("F6", 2, 8, 40)
@pytest.mark.timeout(3600)
def test_an_app_that_is_removed_anywhere_stops_the_store_once(
    careless_shop: Shop, trials: Trials, notices: Counter[str]
) -> None:
    shop, chance = careless_shop, random.Random(trials.seed)
    with in_process(shop):
        for number in range(trials.planned):
            authorize(shop)
            orders = begin(shop, 47_001 + number * _ORDERS, notices)
            remove = partial(accounts.revoke, shop.shop_side)
            with visited(at_point(chance.randrange(_FIRST_POINTS), remove)):
                drain(shop.clock, hours=0.01)
            if Store.objects.get(pk=shop.store.pk).stopped_at is not None:
                assert notices["credentials_refused"] == 1

            authorize(shop)
            drain(shop.clock)
            assert Store.objects.get(pk=shop.store.pk).stopped_at is None
            finish(shop, trials, orders)
