"""Each safeguard taken away must turn the trials red: these tests test the tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing import queue
from invoicing.models import DocumentOperation
from invoicing.services import create, finalize, rulings, run
from invoicing.services import decide_order as decide_module
from invoicing.services import read_order as reading
from invoicing.services.decide_order import decide_order
from invoicing.services.read_order import read_order
from invoicing.services.verify import as_draft
from sandbox.server import SandboxServer
from stores.models import Order
from stores.platform import platform_for
from stores.services import save_reading
from tests.faults.history import assert_one_final_document
from tests.faults.points import visited
from tests.faults.simulator import Trial
from tests.faults.test_second_worker import kill_and_restart, let_another_worker_in
from tests.flow import FakeClock, Shop, connect_shop, drain


def lose_the_creates_answer(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_after", method="POST", path_regex="invoice_receipts"
    )


def kill_after_the_create_left(shop: Shop, order_id: int) -> None:
    """Die between the provider's act and our record of it."""
    names: list[str] = []
    shop.put(order_id + 500)
    shop.ring(order_id + 500)
    with visited(lambda _number, name: names.append(name)):
        drain(shop.clock)
    number = next(i for i, name in enumerate(names, 1) if name.startswith("after POST"))
    assert kill_and_restart(shop, order_id, number)


def cancel_unheard_after_the_draft(shop: Shop, order_id: int) -> None:
    """The shop cancels while the draft exists, and its webhook is lost."""

    def visit(_number: int, name: str) -> None:
        if name.startswith("after POST") and "invoice_receipts" in name:
            shop.put(order_id, status="canceled")

    shop.put(order_id)
    shop.ring(order_id)
    with visited(visit):
        drain(shop.clock)


def test_without_the_claim_two_workers_make_two_documents(
    careless_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_claimable, real_held_by = queue._claimable, queue.held_by

    def claimable(pk: int, moment: Any) -> Any:
        creates = DocumentOperation.objects.filter(pk=pk, verb="create", state__in=("queued", "running"))
        return creates if creates.exists() else real_claimable(pk, moment)

    def held_by(operation: DocumentOperation) -> Any:
        is_create = operation.verb == "create"
        return DocumentOperation.objects.filter(pk=operation.pk) if is_create else real_held_by(operation)

    monkeypatch.setattr(queue, "_claimable", claimable)
    monkeypatch.setattr(queue, "held_by", held_by)

    let_another_worker_in(careless_shop, 1001, only_running=True, hours=0)

    assert len(careless_shop.stored()) > 1


def test_without_the_quarantine_a_lost_answer_makes_two_documents(
    careless_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create, "look_for", lambda _work: None)
    lose_the_creates_answer(careless_shop)

    careless_shop.pay(1001)

    with pytest.raises(AssertionError):
        assert_one_final_document(careless_shop, 1001)
    assert len(careless_shop.stored()) == 2


def test_without_the_quarantine_a_death_makes_two_documents(
    careless_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create, "look_for", lambda _work: None)

    kill_after_the_create_left(careless_shop, 1001)

    with pytest.raises(AssertionError):
        assert_one_final_document(careless_shop, 1001)


def test_with_the_quarantine_that_death_leaves_one(careless_shop: Shop) -> None:
    kill_after_the_create_left(careless_shop, 1001)

    assert_one_final_document(careless_shop, 1001)


def test_a_search_that_is_believed_at_once_makes_two_documents(
    careless_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list lags: without the wait and the second look, "not listed yet" reads as "absent"."""
    monkeypatch.setattr(run, "settle_time", lambda moment: moment)
    monkeypatch.setattr(create, "look_for", _believe_the_first_look)
    lose_the_creates_answer(careless_shop)

    careless_shop.pay(1001)

    with pytest.raises(AssertionError):
        assert_one_final_document(careless_shop, 1001)
    assert len(careless_shop.stored()) == 2


def _believe_the_first_look(work: Any) -> Any:
    found = work.provider.find(work.document.reference)
    return as_draft(work.document, found[0]) if found else None


def test_without_the_second_reading_a_cancelled_order_is_finalized(
    careless_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finalize, "read_order", lambda _order, _shop: True)

    cancel_unheard_after_the_draft(careless_shop, 1001)

    assert [d.status for d in careless_shop.stored()] == ["settled"]


def test_with_the_second_reading_a_cancelled_order_gets_no_number(careless_shop: Shop) -> None:
    cancel_unheard_after_the_draft(careless_shop, 1001)

    assert careless_shop.stored() == []
    assert careless_shop.row(1001)["outcome"] == "deleted"
    assert all(d.number is None for d in careless_shop.account.documents.values())


def test_a_blind_repeat_of_the_create_makes_two_documents(
    careless_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def repeat_blindly(work: Any, error: Any) -> None:
        run._unmark_write(work, None)
        run._requeue(work, queue.now(), error.message, counts=True)

    monkeypatch.setattr(run, "_requeue_unknown", repeat_blindly)
    lose_the_creates_answer(careless_shop)

    careless_shop.pay(1001)

    assert len(careless_shop.stored()) == 2


def read_slowly_while_it_is_cancelled(shop: Shop, order_id: int) -> None:
    """A worker reads the order, and is slow to save it; meanwhile it is cancelled, read and decided."""

    def visit(_number: int, name: str) -> None:
        if name == f"after GET /jumpseller/v1/orders/{order_id}.json" and not told:
            told.append(name)
            shop.put(order_id, status="canceled")
            read_order(Order.objects.get(), platform_for(shop.store).connect(shop.store))
            decide_order(Order.objects.get(), requested_by="another worker")

    told: list[str] = []
    shop.put(order_id)
    shop.ring(order_id)
    with visited(visit):
        drain(shop.clock, hours=0)
    assert told


def test_a_reading_that_began_earlier_is_not_saved_over_a_later_one(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)

    read_slowly_while_it_is_cancelled(shop, 1001)

    assert shop.order(1001).status == "canceled"
    assert shop.stored() == []


def test_with_stale_readings_saved_a_cancelled_order_gets_a_draft(
    sandbox: SandboxServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)

    def save_anyway(order: Order, *args: Any, **kwargs: Any) -> bool:
        Order.objects.filter(pk=order.pk).update(read_started_at=None)
        return save_reading(order, *args, **kwargs)

    monkeypatch.setattr(reading, "save_reading", save_anyway)

    read_slowly_while_it_is_cancelled(shop, 1001)

    assert shop.order(1001).status == "paid"
    assert [d.status for d in shop.stored()] != []


def delete_the_draft_by_staff(shop: Shop, order_id: int) -> None:
    shop.pay(order_id)
    (document,) = shop.documents(order_id)
    ana = User.objects.create_superuser("ana", "ana@example.com", "invented")
    assert rulings.delete_draft(document, user=ana).is_done
    drain(shop.clock)
    shop.ring(order_id, "order_updated")
    drain(shop.clock)


def test_with_rulings_and_ends_ignored_the_next_webhook_makes_a_new_draft(
    sandbox: SandboxServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    real = decide_module.document_view
    monkeypatch.setattr(decide_module, "ruling_views", lambda _order: [])
    monkeypatch.setattr(
        decide_module, "document_view", lambda document: replace(real(document), ended_by_person=False)
    )

    delete_the_draft_by_staff(shop, 1001)

    assert [d.reference[-3:] for d in shop.stored()] == ["FT2"]


def test_with_rulings_the_next_webhook_makes_nothing(sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)

    delete_the_draft_by_staff(shop, 1001)

    assert shop.stored() == []
    assert shop.row(1001)["hold_reason"] == "ended_by_person"


def test_the_visitor_reaches_the_same_points_every_time(careless_shop: Shop) -> None:
    runs = []
    for order_id in (1001, 1002):
        names: list[str] = []
        careless_shop.put(order_id)
        careless_shop.ring(order_id)
        with visited(lambda _number, name, names=names: names.append(name)):
            drain(careless_shop.clock)
        runs.append(len(names))

    assert runs[0] == runs[1]


def test_the_seeded_days_find_a_missing_quarantine(
    careless_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create, "look_for", lambda _work: None)

    with pytest.raises(AssertionError):
        for seed in range(1, 40):
            trial = Trial(careless_shop, seed)
            trial.run()
            trial.check()
