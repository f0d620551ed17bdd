"""The same webhook serially, sixteen times at once, and again after days: one row, one document."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import pytest
from django.core import mail

from jumpseller_sync.models import WebhookDelivery
from stores.models import OrderRefresh
from tests.faults.crowd import at_once
from tests.faults.history import assert_one_final_document
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import Shop, drain, run_once

_AT_ONCE = 16
_SERIALLY = 2
_BATCH = 20  # orders between two drains: a worker meets many deliveries, and the test is faster


def batches(count: int) -> Iterator[range]:
    for start in range(0, count, _BATCH):
        yield range(10_001 + start, 10_001 + min(start + _BATCH, count))


def ring_serially(shop: Shop, order_id: int) -> list[int]:
    return [shop.ring(order_id) for _ in range(_SERIALLY)]


def ring_in_parallel(shop: Shop, order_id: int, *, beside_a_worker: bool) -> list[int]:
    """Sixteen senders; perhaps with a worker that takes the delivery up while others still arrive."""
    senders = [partial(shop.ring, order_id)] * _AT_ONCE
    answers = at_once([*senders, run_once] if beside_a_worker else senders)
    return answers[:_AT_ONCE]


def writes(shop: Shop) -> int:
    return sum(1 for request in shop.sandbox.state.requests if request.method != "GET")


@pytest.mark.fault("F13", 2, 20, 1000)
@pytest.mark.timeout(3600)
def test_equal_webhooks_in_a_row_at_once_and_days_later_are_one(careless_shop: Shop, trials: Trials) -> None:
    shop, chance = careless_shop, random.Random(trials.seed)
    with in_process(shop):
        for batch in batches(trials.planned):
            answers: dict[int, list[int]] = {}
            for order_id in batch:
                shop.put(order_id, customer_id=order_id, surname=f"Fictícia {order_id}")
                # The first one ever is one of sixteen, or a lonely one: both make the row.
                is_alone = chance.random() < 0.5
                before = ring_serially(shop, order_id) if is_alone else []
                together = ring_in_parallel(shop, order_id, beside_a_worker=chance.random() < 0.3)
                answers[order_id] = before + together + ([] if is_alone else ring_serially(shop, order_id))
            drain(shop.clock)
            done, sent = writes(shop), len(mail.outbox)

            shop.clock.advance(chance.uniform(2, 400) * 86_400)
            for order_id in batch:
                answers[order_id] += ring_serially(shop, order_id)
                # The race for the row was the first time's; now a part of them races once more.
                if chance.random() < 0.25:
                    answers[order_id] += ring_in_parallel(shop, order_id, beside_a_worker=True)
            drain(shop.clock)

            assert (writes(shop), len(mail.outbox)) == (done, sent)
            for order_id in batch:
                check(shop, order_id, answers[order_id], trials)


def check(shop: Shop, order_id: int, answers: list[int], trials: Trials) -> None:
    assert answers == [200] * len(answers)
    assert len(answers) >= _AT_ONCE + 2 * _SERIALLY
    (delivery,) = WebhookDelivery.objects.filter(shop_order_id=str(order_id))
    assert (delivery.times, delivery.state) == (len(answers), "processed")
    refresh = OrderRefresh.objects.get(order__shop_order_id=str(order_id))
    assert refresh.requested == refresh.processed
    reference = f"{shop.store.reference_prefix}-{order_id}-"
    found = [d for d in shop.stored() if (d.reference or "").startswith(reference)]
    trials.add(duplicates=max(len(found) - 1, 0), lost=int(not found))
    assert_one_final_document(shop, order_id)
