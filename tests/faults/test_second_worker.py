"""Whatever the idempotency field does, and a second worker at every point: one document."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from invoicing.models import DocumentOperation
from invoicing.services.refresh import refresh_order
from invoicing.services.run import run_operation
from stores.models import OrderRefresh
from tests.faults.history import assert_one_final_document
from tests.faults.points import Killed, restart, visited
from tests.flow import Shop, drain


def die_at(number: int) -> Callable[[int, str], None]:
    def visit(reached: int, name: str) -> None:
        if reached == number:
            raise Killed(f"{number}: {name}")

    return visit


def kill_and_restart(shop: Shop, order_id: int, number: int) -> bool:
    """One trial. Returns whether the flow reached the point at all."""
    shop.put(order_id)
    shop.ring(order_id)
    killed = False
    try:
        with visited(die_at(number)):
            drain(shop.clock)
    except Killed:
        killed = True
        restart()
    drain(shop.clock)
    return killed


@pytest.mark.parametrize("uid", ["same_document", "ignored", "conflict"])
def test_it_does_not_matter_what_the_idempotency_field_does(shop: Shop, uid: str) -> None:
    shop.sandbox.state.invoicexpress.switches.update({"uid": uid, "list_lag_seconds": 20})
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_after", method="POST", path_regex="invoice_receipts"
    )

    shop.pay(1001)

    assert_one_final_document(shop, 1001)


@pytest.mark.parametrize("only_running", [True, False])
def test_another_worker_at_every_point_makes_no_second_document(
    careless_shop: Shop, only_running: bool
) -> None:
    shop = careless_shop
    points = let_another_worker_in(shop, 1001, only_running=only_running)

    drain(shop.clock)

    assert points > 20  # what the second worker did has no points of its own
    assert_one_final_document(shop, 1001)


def let_another_worker_in(shop: Shop, order_id: int, *, only_running: bool, hours: float = 48) -> int:
    """A second worker follows messages a second time, at every point of the first worker.

    `only_running`: those of the very work that the first one is busy with. Returns how many points.
    """

    def visit(_number: int, name: str) -> None:
        if name == "before commit" or connection.in_atomic_block:
            return  # the row is locked: another process would wait here
        worker = threading.Thread(target=_follow_messages_again, args=(only_running,))
        worker.start()
        worker.join()

    shop.put(order_id)
    shop.ring(order_id)
    with visited(visit) as count:
        drain(shop.clock, hours=hours)
    return count()


def _follow_messages_again(only_running: bool) -> None:
    operations = DocumentOperation.objects.order_by("id")
    if only_running:
        operations = operations.filter(state="running")
    try:
        for pk in OrderRefresh.objects.values_list("pk", flat=True):
            refresh_order(pk)
        for pk in operations.values_list("pk", flat=True):
            run_operation(pk)
    finally:
        connection.close()
