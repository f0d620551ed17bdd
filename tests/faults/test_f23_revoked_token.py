"""The shop takes our token away at any point of issuing: what is begun stays lawful, nothing is begun anew,
nothing spins; and when the token works again, the order ends as one final document."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from invoicing.models import DocumentOperation
from stores.models import OrderRefresh, Store
from tests.faults.history import assert_one_final_document
from tests.faults.ledger import Trials, size
from tests.faults.points import visited
from tests.faults.simulator import in_process
from tests.flow import AUTH_TOKEN, Shop, drain

_MOST_POINTS = 400
# By default as few points as are planned; others come with other seeds.
_STRIDES = {"default": _MOST_POINTS, "short": 6, "full": 1}
_HOURS = 72.0
_PROBE_HOURS = 24.0
# What issuing needs of each vendor, and more than that by far.
_CALLS_OF_A_FLOW = 8


def revoke_at(shop: Shop, number: int) -> Callable[[int, str], None]:
    def visit(reached: int, _name: str) -> None:
        if reached == number:
            shop.shop_side.auth_token = "taken-away-0123456789"

    return visit


def points_of_issuing(shop: Shop, order_id: int) -> int:
    """How many points the untouched flow has; it also leaves a shop that is no longer new."""
    shop.put(order_id)
    shop.ring(order_id)
    with visited(lambda _number, _name: None) as count:
        drain(shop.clock)
    return count()


def numbers(last: int, planned: int, chance: random.Random) -> list[int]:
    """The points to try: every n-th, from one that the seed chooses, and never fewer than planned."""
    assert planned < last < _MOST_POINTS
    stride = min(_STRIDES[size()], last // planned)
    return list(range(1 + chance.randrange(stride), last + 1, stride))


@pytest.mark.fault("F23", 3, 10, 40)
@pytest.mark.timeout(3600)
def test_a_token_taken_away_anywhere_leaves_lawful_states(
    careless_shop: Shop, trials: Trials, settings: Any
) -> None:
    # Looking whether it works again is all that is left to do; once a minute it would take a test minutes.
    settings.PROBE_SECONDS = settings.RETRY_MAX_SECONDS = _PROBE_HOURS * 3600
    shop = careless_shop
    with in_process(shop):
        last = points_of_issuing(shop, 50_000)
        for number in numbers(last, trials.planned, random.Random(trials.seed)):
            order_id = 50_000 + 2 * number
            shop.put(order_id)
            shop.ring(order_id)
            before = calls(shop)
            with visited(revoke_at(shop, number)):
                drain(shop.clock, hours=_HOURS)
            check_lawful(shop, order_id, number)
            check_calm(shop, before, number, waiting=1)
            check_nothing_begins(shop, order_id + 1, number)

            shop.shop_side.auth_token = AUTH_TOKEN
            shop.clock.advance(_PROBE_HOURS * 3600 + 60)
            drain(shop.clock)

            assert not is_stopped(shop)
            for each in (order_id, order_id + 1):
                found = [d for d in shop.stored() if f"-{each}-" in (d.reference or "")]
                trials.add(int(each == order_id), duplicates=max(len(found) - 1, 0), lost=int(not found))
                assert_one_final_document(shop, each)
    trials.notes.append(f"{trials.done} of the {last} points of issuing")


def is_stopped(shop: Shop) -> bool:
    """What staff see of it: the store's row says since when its shop refuses us."""
    return Store.objects.get(pk=shop.store.pk).stopped_at is not None


def check_lawful(shop: Shop, order_id: int, number: int) -> None:
    """At most one document: a draft that waits, or final; ours says what the provider says."""
    where = f"point {number}"
    stored = {str(d.id): d for d in shop.stored() if f"-{order_id}-" in (d.reference or "")}
    ours = shop.documents(order_id) if shop.store.orders.filter(shop_order_id=str(order_id)) else []
    assert len(stored) <= 1, where
    assert {d.provider_id: d.status for d in ours} == {key: d.status for key, d in stored.items()}, where
    assert {d.status for d in ours} <= {"draft", "settled"}, where
    busy = DocumentOperation.objects.filter(state="running") | DocumentOperation.objects.filter(
        state="queued", not_before__lte=shop.clock()
    )
    assert not busy.exists(), where
    assert not OrderRefresh.objects.filter(lease_until__isnull=False).exists(), where


def calls(shop: Shop) -> Counter[str]:
    return Counter(request.vendor for request in shop.sandbox.state.requests)


def check_calm(shop: Shop, before: Counter[str], number: int, *, waiting: int) -> None:
    """Nothing spins: a probe looks when it is time, and so may each piece of waiting work."""
    made = calls(shop) - before
    probes = (1 + waiting) * (_HOURS / _PROBE_HOURS + 1)
    assert made["jumpseller"] <= _CALLS_OF_A_FLOW + probes, f"point {number}: {made}"
    assert made["invoicexpress"] <= _CALLS_OF_A_FLOW + probes, f"point {number}: {made}"


def check_nothing_begins(shop: Shop, order_id: int, number: int) -> None:
    """Another order is paid meanwhile: heard of, waiting visibly, and without a document."""
    where = f"point {number}"
    begun, before = len(shop.account.documents), calls(shop)

    shop.put(order_id)
    assert shop.ring(order_id) == 200
    drain(shop.clock, hours=_HOURS)

    assert len(shop.account.documents) == begun, where
    assert shop.documents(order_id) == [], where
    assert is_stopped(shop), where
    check_calm(shop, before, number, waiting=2)
