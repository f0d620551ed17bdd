"""F2: the provider acts and its answer is lost; what it made is found by its reference, never made again."""

from __future__ import annotations

import random
from contextlib import nullcontext
from typing import Any

import pytest

from sandbox.server import SandboxServer
from tests.faults import lost_answers as lost
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import FakeClock, Shop, connect_shop, drain

_ISSUED = ("FT1", "settled")
_CREDITED = ("NC1", "final")


@pytest.fixture
def shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """One that finalizes and credits by itself; no mail, which has trials of its own."""
    return connect_shop(sandbox, clock, on_cancel="credit_note", email_customer=False)


@pytest.fixture
def drafting(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """One whose drafts wait for a person."""
    return connect_shop(sandbox, clock, finalize=False, email_customer=False)


def lose_while_issuing(shop: Shop, trials: Trials, chance: random.Random, number: int) -> None:
    """A paid order whose create, or finalize, is answered into the void."""
    order_id = lost.begin_trial(shop, number)
    mood = lost.moods(shop, chance)
    verb = chance.choice(("create", "finalize"))
    loss = chance.choice(list(lost.LOSSES) if verb == "create" else lost.LOSSES_OF_A_CHANGE)
    lost.lose(shop, lost.CREATE if verb == "create" else lost.CHANGE, loss)
    print(f"order {order_id}: {verb}, {loss}, {mood}")

    shop.pay(order_id)

    lost.enter(trials, shop, order_id, expected="issued")
    lost.assert_papers(shop, order_id, _ISSUED)
    assert lost.attempts(shop, order_id, verb) == ["unknown", "done"]
    assert shop.calls("POST", "invoice_receipts.json") == 1
    assert shop.calls("PUT", "change-state") == 1
    (document,) = shop.documents(order_id)
    assert document.finalized_at is not None
    late = document.finalized_at.timestamp() - lost.moment_of_the_fault(shop)
    trials.delay(late, bound=lost.settle_bound())


@pytest.mark.fault("F2", 4, 30, 500)
@pytest.mark.timeout(3600)
def test_an_invoice_whose_answer_is_lost_is_adopted(shop: Shop, trials: Trials) -> None:
    chance = random.Random(trials.seed)

    with in_process(shop):
        for number in range(trials.planned):
            lose_while_issuing(shop, trials, chance, number)


@pytest.mark.fault("F2", 1, 8, 50)
@pytest.mark.timeout(3600)
def test_an_invoice_whose_answer_is_lost_on_the_wire_is_adopted(shop: Shop, trials: Trials) -> None:
    trials.processes = "real sockets, injected clock"
    chance = random.Random(trials.seed)

    for number in range(trials.planned):
        lose_while_issuing(shop, trials, chance, number)


@pytest.mark.fault("F2", 2, 15, 250)
@pytest.mark.timeout(3600)
def test_a_credit_note_whose_answer_is_lost_is_adopted(shop: Shop, trials: Trials) -> None:
    chance = random.Random(trials.seed)

    with in_process(shop):
        for number in range(trials.planned):
            order_id = lost.begin_trial(shop, number)
            mood = lost.moods(shop, chance)
            shop.pay(order_id)
            verb = chance.choice(("create", "finalize"))
            loss = chance.choice(list(lost.LOSSES) if verb == "create" else lost.LOSSES_OF_A_CHANGE)
            lost.lose(shop, lost.CREATE_NOTE if verb == "create" else lost.CHANGE_NOTE, loss)
            print(f"order {order_id}: {verb} of the note, {loss}, {mood}")

            cancel(shop, order_id)

            lost.enter(trials, shop, order_id, expected="credited")
            lost.assert_papers(shop, order_id, _ISSUED, _CREDITED)
            assert lost.attempts(shop, order_id, verb, role="credit_note") == ["unknown", "done"]
            assert shop.calls("POST", "credit_notes.json") == 1
            note = next(d for d in shop.documents(order_id) if d.role == "credit_note")
            assert note.finalized_at is not None
            late = note.finalized_at.timestamp() - lost.moment_of_the_fault(shop)
            trials.delay(late, bound=lost.settle_bound())


def cancel(shop: Shop, order_id: int, *, hours: float = 48) -> None:
    shop.put(order_id, status="canceled")
    assert shop.ring(order_id, "order_canceled") == 200
    drain(shop.clock, hours=hours)


@pytest.mark.fault("F2", 1, 15, 200)
@pytest.mark.timeout(3600)
def test_a_draft_whose_deletion_is_answered_into_the_void_is_gone(drafting: Shop, trials: Trials) -> None:
    shop, chance = drafting, random.Random(trials.seed)

    with in_process(shop):
        for number in range(trials.planned):
            order_id = lost.begin_trial(shop, number)
            mood = lost.moods(shop, chance)
            shop.pay(order_id)
            assert lost.outcome(shop, order_id) == ("issued", "done")
            loss = chance.choice(lost.LOSSES_OF_A_CHANGE)
            lost.lose(shop, lost.CHANGE, loss)
            print(f"order {order_id}: delete, {loss}, {mood}")

            cancel(shop, order_id)

            lost.enter(trials, shop, order_id, expected="deleted")
            lost.assert_papers(shop, order_id)
            assert lost.attempts(shop, order_id, "delete") == ["unknown", "done"]
            (document,) = shop.documents(order_id)
            assert (document.status, document.ended_by_person) == ("deleted", False)


@pytest.mark.fault("F2", 1, 15, 200)
@pytest.mark.timeout(3600)
def test_an_order_cancelled_while_its_create_is_in_doubt_leaves_nothing(shop: Shop, trials: Trials) -> None:
    chance = random.Random(trials.seed)

    with in_process(shop):
        for number in range(trials.planned):
            order_id = lost.begin_trial(shop, number)
            mood = lost.moods(shop, chance)
            loss = chance.choice(list(lost.LOSSES))
            lost.lose(shop, lost.CREATE, loss)
            print(f"order {order_id}: create, {loss}, then cancelled, {mood}")
            shop.put(order_id)
            assert shop.ring(order_id) == 200
            drain(shop.clock, hours=0)
            assert lost.attempts(shop, order_id, "create") == ["unknown"]

            cancel(shop, order_id)

            lost.enter(trials, shop, order_id, expected="deleted")
            lost.assert_papers(shop, order_id)
            assert shop.calls("POST", "invoice_receipts.json") == 1
            assert all(paper.number is None for paper in all_papers(shop, order_id))


def all_papers(shop: Shop, order_id: int) -> list[Any]:
    """Deleted ones too."""
    reference = f"{shop.store.reference_prefix}-{order_id}-FT1"
    found = [paper for paper in shop.account.documents.values() if paper.reference == reference]
    assert found != []
    return found


@pytest.mark.fault("F2", 1, 15, 200)
@pytest.mark.timeout(3600)
def test_an_entry_of_the_order_whose_answer_is_lost_is_not_written_twice(shop: Shop, trials: Trials) -> None:
    chance = random.Random(trials.seed)

    for number in range(trials.planned):
        is_on_the_wire = number % 10 == 0
        with nullcontext() if is_on_the_wire else in_process(shop):
            order_id = lost.begin_trial(shop, number)
            loss = chance.choice(lost.LOSSES_AT_THE_SHOP)
            lost.lose(shop, lost.ATTACH, loss)
            print(f"order {order_id}: entry of the order, {loss}")

            shop.pay(order_id)

        lost.enter(trials, shop, order_id, expected="issued")
        lost.assert_papers(shop, order_id, _ISSUED)
        assert lost.attempts(shop, order_id, "attach") == ["unknown", "done"]
        (document,) = shop.documents(order_id)
        entries = [e for e in shop.shop_side.documents if e["order_id"] == order_id]
        assert [entry["external_id"] for entry in entries] == [document.provider_id]
        assert document.attached_at is not None
        late = document.attached_at.timestamp() - lost.moment_of_the_fault(shop)
        trials.delay(late, bound=lost.settle_bound())
