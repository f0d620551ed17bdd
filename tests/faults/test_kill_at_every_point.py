"""The process dies at every numbered point of a flow, in turn; afterwards there is one document.

The loop ends with the first number at which the flow runs untouched, so a new step is covered by itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from invoicing.models import DocumentOperation
from invoicing.services.refresh import refresh_order
from invoicing.services.run import run_operation
from sandbox.server import SandboxServer
from stores.models import OrderRefresh
from tests.faults.history import assert_one_final_document
from tests.faults.points import Killed, restart, visited
from tests.flow import FakeClock, Shop, connect_shop, drain

_MOST_POINTS = 400
# Creating and finalizing are walked whole every time; other flows by every fourth point, unless asked.
_STRIDE = 1 if os.environ.get("FAULTS_FULL") else 4


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


def kill_everywhere(shop: Shop) -> tuple[int, int]:
    """Trials for every point in turn. Returns how many were killed, and how many mails were left unsure."""
    unsure = 0
    for number in range(1, _MOST_POINTS + 1):
        order_id = 1000 + number
        killed = kill_and_restart(shop, order_id, number)
        if mail_is_unsure(shop, order_id):
            unsure += 1
        else:
            assert_one_final_document(shop, order_id)
        if not killed:
            return number - 1, unsure
    raise AssertionError("the flow has no end")


@pytest.mark.parametrize(
    ("profile", "ends"),
    [
        ({"finalize": False}, []),
        ({"finalize": True, "on_cancel": "credit_note"}, [("FT1", "settled"), ("NC1", "final")]),
    ],
    ids=["draft", "final"],
)
def test_dying_anywhere_while_a_cancellation_is_carried_out(
    sandbox: SandboxServer, clock: FakeClock, profile: dict[str, object], ends: list[tuple[str, str]]
) -> None:
    sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
    shop = connect_shop(sandbox, clock, email_customer=False, **profile)
    for number in range(1, _MOST_POINTS, _STRIDE):
        order_id = 1000 + number
        shop.pay(order_id)
        killed = cancel_and_die(shop, order_id, number)
        prefix = f"{shop.store.reference_prefix}-{order_id}-"
        ours = [d for d in shop.stored() if d.reference.startswith(prefix)]
        assert [(d.reference.removeprefix(prefix), d.status) for d in ours] == ends
        assert shop.row(order_id)["outcome"] == ("credited" if ends else "deleted")
        assert shop.row(order_id)["operation_state"] == "done"
        if not killed:
            break

    assert number > 10


def cancel_and_die(shop: Shop, order_id: int, number: int) -> bool:
    shop.put(order_id, status="canceled")
    shop.ring(order_id, "order_canceled")
    killed = False
    try:
        with visited(die_at(number)):
            drain(shop.clock)
    except Killed:
        killed = True
        restart()
    drain(shop.clock)
    return killed


def mail_is_unsure(shop: Shop, order_id: int) -> bool:
    """A mail has no look-up: dying while it is handed over leaves it to staff, with a good invoice."""
    row = shop.row(order_id)
    held = [op.hold_reason for d in shop.documents(order_id) for op in d.operations.filter(state="held")]
    return row["outcome"] == "issued" and held == ["mail_perhaps_sent"]


def test_dying_anywhere_leaves_one_final_document(careless_shop: Shop) -> None:
    killed, unsure = kill_everywhere(careless_shop)

    assert killed > 40  # webhook's work, create, finalize and the deliveries have that many points
    assert 1 <= unsure <= 3  # and only those inside the handing over of the mail are left to staff


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
