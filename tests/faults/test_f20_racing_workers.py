"""Eight workers want the same piece of work; one outlasts its lease: one document, and losers just leave."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from invoicing import queue
from invoicing.models import Document, DocumentOperation
from invoicing.services.refresh import refresh_order
from invoicing.services.run import run_operation
from jumpseller_sync.models import WebhookDelivery
from jumpseller_sync.services.deliveries import process_delivery
from sandbox.messages import Request, Response
from stores.models import OrderRefresh
from tests.faults.crowd import Handle, around_calls, at_once
from tests.faults.history import assert_one_final_document
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import Shop, drain

_WORKERS = 8
_PATIENCE = 30.0


def race(
    shop: Shop, work: Callable[[int], None], pk: int, *, winner_waits: bool, workers: int = _WORKERS
) -> None:
    """All workers at once. `winner_waits`: its first call is answered when all others have left."""
    left = threading.Semaphore(0)
    once = threading.Lock()

    def job() -> None:
        work(pk)
        left.release()

    def wait_for_losers(real: Handle, request: Request) -> Response:
        if winner_waits and once.acquire(blocking=False):
            for _ in range(workers - 1):
                assert left.acquire(timeout=_PATIENCE), "a loser waits for the winner"
        return real(request)

    with around_calls(shop.sandbox.state, wait_for_losers):
        at_once([job] * workers)


def operation(order_id: int, verb: str) -> DocumentOperation:
    return DocumentOperation.objects.get(document__order__shop_order_id=str(order_id), verb=verb)


@pytest.mark.fault("F20", 2, 20, 1000)
@pytest.mark.timeout(3600)
def test_eight_workers_at_one_order_make_one_document(careless_shop: Shop, trials: Trials) -> None:
    shop, chance = careless_shop, random.Random(trials.seed)
    with in_process(shop):
        for order_id in range(30_001, 30_001 + trials.planned):
            shop.put(order_id, customer_id=order_id, surname=f"Fictícia {order_id}")
            shop.ring(order_id)
            winner_waits = chance.random() < 0.5
            crowded = chance.choice(("create", "finalize"))  # a claim costs too much to race for both
            process_delivery(WebhookDelivery.objects.get(shop_order_id=str(order_id)).pk)
            refresh = OrderRefresh.objects.get(order__shop_order_id=str(order_id))
            race(shop, refresh_order, refresh.pk, winner_waits=winner_waits)
            for verb in ("create", "finalize"):
                workers = _WORKERS if verb == crowded else 2
                pk = operation(order_id, verb).pk
                race(shop, run_operation, pk, winner_waits=winner_waits, workers=workers)
                assert (operation(order_id, verb).state, operation(order_id, verb).attempts) == ("done", 1)
            drain(shop.clock)

            reference = f"{shop.store.reference_prefix}-{order_id}-"
            found = [d for d in shop.stored() if (d.reference or "").startswith(reference)]
            trials.add(duplicates=max(len(found) - 1, 0), lost=int(not found))
            assert_one_final_document(shop, order_id)


class LongPause:
    """The n-th vendor call of a worker takes longer than its lease, and another worker gets its work.

    `arrives_late`: the pause comes before the vendor acts, else before its answer is back.
    """

    def __init__(self, shop: Shop, number: int, *, arrives_late: bool, meanwhile: Callable[[], None]) -> None:
        self.shop, self.number, self.arrives_late, self.meanwhile = shop, number, arrives_late, meanwhile
        self.name = ""
        self.left_behind: Any = None

    def handle(self, real: Handle, request: Request) -> Response:
        self.number -= 1
        if self.number != 0:
            return real(request)
        self.name = f"{request.method} {request.path}"
        if self.arrives_late:
            self.pause()
            return real(request)
        answer = real(request)
        self.pause()
        return answer

    def pause(self) -> None:
        self.meanwhile()
        self.shop.clock.advance(31)
        queue.recover_lost()
        at_once([partial(drain, self.shop.clock)])
        self.left_behind = our_rows()


def our_rows() -> tuple[list[Any], list[Any]]:
    documents = Document.objects.order_by("id")
    operations = DocumentOperation.objects.order_by("id")
    return (
        list(documents.values_list("id", "status", "number", "provider_id", "ended_at", "reversed_at")),
        list(operations.values_list("id", "verb", "state", "hold_reason", "finished_at")),
    )


@pytest.mark.fault("F20", 3, 20, 1000)
@pytest.mark.timeout(3600)
def test_what_a_worker_writes_after_its_lease_contradicts_nothing(
    careless_shop: Shop, trials: Trials
) -> None:
    shop, chance = careless_shop, random.Random(trials.seed)
    orphans = 0
    with in_process(shop):
        for order_id in range(30_001, 30_001 + trials.planned):
            cancels = chance.random() < 0.3
            arrives_late = chance.random() < 0.3
            facts = {"customer_id": order_id, "surname": f"Fictícia {order_id}"}
            shop.put(order_id, **facts)
            shop.ring(order_id)

            def cancel(order_id: int = order_id, facts: Any = facts, cancels: bool = cancels) -> None:
                if cancels:
                    shop.put(order_id, status="canceled", **facts)
                    shop.ring(order_id, "order_canceled")

            pause = LongPause(shop, chance.randint(1, 9), arrives_late=arrives_late, meanwhile=cancel)
            with around_calls(shop.sandbox.state, pause.handle):
                run_until_paused(shop, pause)
            assert our_rows() == pause.left_behind, pause.name
            drain(shop.clock)

            orphans += check_after_pause(shop, order_id, pause, trials, cancels=cancels)
    trials.notes.append(f"{orphans} drafts left by creates that the provider got after the quarantine")


def run_until_paused(shop: Shop, pause: LongPause) -> None:
    """The slow worker, up to the end of the piece of work in which it was slow."""
    for _ in range(200):
        for source in queue.sources():
            for pk in source.due(queue.now(), 100):
                source.perform(pk)
                if pause.left_behind is not None:
                    return
        shop.clock.advance(1)
    raise AssertionError("the call was never made")


def check_after_pause(shop: Shop, order_id: int, pause: LongPause, trials: Trials, *, cancels: bool) -> int:
    """Returns how many drafts were left that nobody knows of.

    Only a create may leave one, and only if the provider got it later than any call can last: such a
    draft has no number, and the sweep of the provider's drafts reports it.
    """
    where = f"order {order_id}, {pause.name}"
    reference = f"{shop.store.reference_prefix}-{order_id}-"
    stored = [d for d in shop.stored() if (d.reference or "").startswith(reference)]
    ours = {d.provider_id: d for d in shop.documents(order_id)}
    orphans = [d for d in stored if str(d.id) not in ours]
    numbered = [d for d in stored if d.kind.name == "InvoiceReceipt" and d.number is not None]
    notes = [d for d in stored if d.kind.name == "CreditNote"]
    trials.add(duplicates=max(len(numbered) - 1, 0) + max(len(notes) - 1, 0))
    assert all(pause.arrives_late and d.status == "draft" for d in orphans), f"{where}: orphans"
    for document in stored:
        if document not in orphans:
            assert ours[str(document.id)].status == document.status, f"{where}: {document.reference}"
    row = shop.row(order_id)
    assert row["operation_state"] in ("done", None), f"{where}: {row}"
    if cancels:
        assert row["outcome"] in ("not_due", "deleted", "credited"), f"{where}: {row}"
        assert len(notes) == len(numbered), where
    else:
        assert row["outcome"] == "issued", f"{where}: {row}"
        assert [d.status for d in numbered] == ["settled"], where
    return len(orphans)
