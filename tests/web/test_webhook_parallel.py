"""One body in sixteen threads at once: one row, and every sender is told that it is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from jumpseller_sync.models import WebhookDelivery
from jumpseller_sync.services import deliveries
from jumpseller_sync.services.deliveries import process_delivery
from stores.models import Order, OrderRefresh
from tests.web.hook import BODY, Hook

THREADS = 16
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], None]) -> None:
    """Run `work(number)` in all threads, begun together; the first failure is raised."""
    barrier, failures = threading.Barrier(THREADS), []

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=30)
            work(number)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if failures:
        raise failures[0]


def test_parallel_duplicates_are_one_row_and_all_are_answered_200(hook: Hook) -> None:
    rounds = 5
    statuses: list[int] = []

    for round_number in range(rounds):
        body = b'{"order":{"id":%d}}' % (2000 + round_number)

        def ring(_number: int, body: bytes = body) -> None:
            statuses.append(hook.post(body, client=Client()).status_code)

        at_once(ring)

    assert statuses == [200] * THREADS * rounds
    rows = WebhookDelivery.objects.order_by("id").values_list("shop_order_id", "times", "state")
    assert list(rows) == [(str(2000 + number), THREADS, "received") for number in range(rounds)]


def test_parallel_events_of_one_order_are_one_order_and_one_lane(hook: Hook) -> None:
    statuses: list[int] = []

    def ring(number: int) -> None:
        statuses.append(hook.post(b'{"order":{"id":1001,"n":%d}}' % number).status_code)

    at_once(ring)
    assert statuses == [200] * THREADS
    rows = list(WebhookDelivery.objects.values_list("pk", flat=True))
    assert len(rows) == THREADS

    at_once(lambda number: process_delivery(rows[number]))

    assert Order.objects.count() == 1
    assert OrderRefresh.objects.get().requested == THREADS
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"processed"}


def test_one_delivery_processed_by_all_workers_marks_its_order_once(hook: Hook) -> None:
    assert hook.post(BODY).status_code == 200
    row = hook.row()

    at_once(lambda _number: process_delivery(row.pk))

    assert OrderRefresh.objects.get().requested == 1
    assert [task for task, _pk in hook.rings] == [deliveries.TASK, "invoicing.refresh_order"]
