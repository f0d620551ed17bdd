"""F8: whatever comes back instead of an answer, no work crashes and no second document is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from django.contrib.auth.models import User
from hypothesis import strategies as st

from invoicing.models import DocumentOperation, InvoicingAccount, OperationAttempt, OrderDecision
from invoicing.services.rulings import reprocess, retry_operation
from sandbox.server import SandboxServer
from tests.faults import lost_answers as lost
from tests.faults.ledger import Trials
from tests.faults.malformed import Distortion, distorted, distortions, drawn
from tests.faults.simulator import in_process
from tests.flow import FakeClock, Shop, connect_shop, drain

# Which answer is distorted: method and path.
_WRITES = {
    "create": ("POST", r"/invoice_receipts\.json"),
    "finalize": ("PUT", r"/change-state"),
}
_READS = {
    "find": ("GET", r"/invoices\.json"),
    "read": ("GET", r"/invoice_receipts/\d+\.json"),
    "pdf": ("GET", r"/api/pdf/"),
    "file": ("GET", r"/invoicexpress-files/"),
    "taxes": ("GET", r"/taxes\.json"),
    "series": ("GET", r"/sequences\.json"),
}
_SHOP = {
    "order": ("GET", r"/orders/\d+\.json"),
    "entries": ("GET", r"/orders/\d+/documents\.json"),
    "entry": ("POST", r"/orders/\d+/documents\.json"),
    "store": ("GET", r"/store/info\.json"),
}


_DELETE = ("PUT", r"/change-state")


@pytest.fixture
def shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
    return connect_shop(sandbox, clock, email_customer=False)


@pytest.fixture
def drafting(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    return connect_shop(sandbox, clock, finalize=False, email_customer=False)


def prepare(shop: Shop, call: str) -> None:
    """Make sure that the order's way leads through the call."""
    if call in ("find", "read"):
        shop.sandbox.state.faults.add(kind="drop_after", **lost.CREATE)
    if call in ("taxes", "series"):
        InvoicingAccount.objects.update(facts_read_at=None)
    if call == "taxes":
        shop.sandbox.state.faults.add(kind="drop_after", **lost.CREATE)  # the harmless read after it
    if call == "store":
        shop.sandbox.state.faults.add(kind="error_before", vendor="jumpseller", path_regex="/orders/")


_MOST_TIMES = 3


def examples(trials: Trials, calls: dict[str, tuple[str, str]]) -> list[tuple[str, Distortion, int]]:
    return drawn(
        st.tuples(st.sampled_from(list(calls)), distortions(), st.integers(1, _MOST_TIMES)),
        trials.planned,
        trials.seed,
    )


@contextmanager
def nothing_crashes() -> Iterator[None]:
    """Work that raises fails the test by itself; a reading of an order that raises is only logged."""
    with structlog.testing.capture_logs() as logs:
        yield
    assert [entry for entry in logs if entry["event"] == "refresh_failed"] == []
    assert not OrderDecision.objects.filter(reason="internal").exists()
    assert list(OperationAttempt.objects.filter(outcome="internal").values_list("error", flat=True)) == []


def run(shop: Shop, trials: Trials, calls: dict[str, tuple[str, str]]) -> None:
    """Each order meets one distortion, is then left alone, and is at last retried by staff if it is held."""
    ana = User.objects.create_superuser("ana")
    for number, (call, distortion, times) in enumerate(examples(trials, calls)):
        order_id = lost.begin_trial(shop, number)
        print(f"order {order_id}: {call} {times} x {distortion}")
        with nothing_crashes():
            prepare(shop, call)
            with distorted(*calls[call], distortion, times) as given:
                shop.pay(order_id)
            assert given != []
            enter(shop, trials, order_id)
            encourage(shop, order_id, ana)
        lost.assert_papers(shop, order_id, ("FT1", "settled"))
        assert lost.outcome(shop, order_id) == ("issued", "done")


def enter(shop: Shop, trials: Trials, order_id: int) -> None:
    """One document at most, and an order that is issued or visibly held."""
    found, (outcome, _work) = lost.papers(shop, order_id), lost.outcome(shop, order_id)
    trials.add(duplicates=max(len(found) - 1, 0), lost=int(outcome not in ("issued", "held")))
    assert len(found) <= 1
    assert outcome in ("issued", "held")


def encourage(shop: Shop, order_id: int, ana: User) -> None:
    """Staff retry what is held, as often as an answer was distorted, and no faster than people are."""
    for _ in range(_MOST_TIMES + 1):
        held = DocumentOperation.objects.filter(document__order=shop.order(order_id), state="held")
        for operation in held:
            assert retry_operation(operation, user=ana).is_done
        drain(shop.clock)
        if lost.outcome(shop, order_id)[0] != "held" and not held.exists():
            return
        shop.clock.advance(60)  # nobody reads a page faster than the account's lists are read again
        assert reprocess(shop.order(order_id), user=ana).is_done
        drain(shop.clock)


@pytest.mark.fault("F8", 3, 35, 400)
@pytest.mark.timeout(3600)
def test_malformed_answers_to_writes(shop: Shop, trials: Trials) -> None:
    with in_process(shop):
        run(shop, trials, _WRITES)


@pytest.mark.fault("F8", 3, 35, 400)
@pytest.mark.timeout(3600)
def test_malformed_answers_to_reads(shop: Shop, trials: Trials) -> None:
    with in_process(shop):
        run(shop, trials, _READS)


@pytest.mark.fault("F8", 3, 35, 400)
@pytest.mark.timeout(3600)
def test_malformed_answers_of_the_shop(shop: Shop, trials: Trials) -> None:
    with in_process(shop):
        run(shop, trials, _SHOP)


@pytest.mark.fault("F8", 2, 15, 200)
@pytest.mark.timeout(3600)
def test_malformed_answers_to_the_deletion_of_a_draft(drafting: Shop, trials: Trials) -> None:
    shop, ana = drafting, User.objects.create_superuser("ana")
    plain = drawn(st.tuples(distortions(), st.integers(1, 3)), trials.planned, trials.seed)

    with in_process(shop):
        for number, (distortion, times) in enumerate(plain):
            order_id = lost.begin_trial(shop, number)
            print(f"order {order_id}: delete {times} x {distortion}")
            shop.pay(order_id)
            shop.put(order_id, status="canceled")
            assert shop.ring(order_id, "order_canceled") == 200
            with nothing_crashes():
                with distorted(*_DELETE, distortion, times) as given:
                    drain(shop.clock)
                assert given != []
                found, (outcome, _work) = lost.papers(shop, order_id), lost.outcome(shop, order_id)
                trials.add(duplicates=len(found), lost=int(outcome not in ("deleted", "held")))
                encourage(shop, order_id, ana)
            lost.assert_papers(shop, order_id)
            assert lost.outcome(shop, order_id)[0] == "deleted"
