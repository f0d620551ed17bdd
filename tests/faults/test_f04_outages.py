"""F4: the provider answers 5xx, for one document, in bursts, or for two days."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from invoicing.domain.lifecycle import MAX_TRIES
from invoicing.models import DocumentOperation, InvoicingAccount, OperationAttempt
from sandbox.server import SandboxServer
from stores.models import Store
from tests.faults.history import assert_one_final_document
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import FakeClock, Shop, connect_shop, drain

STATUSES = (500, 502, 503, 504)
PATHS = ("", "invoice_receipts", "change-state", "invoices.json", "api/pdf", "taxes")
PROBE_SECONDS = 3600.0
# A create with a lost answer is believed absent after its deadline and two looks, one index lag apart.
QUARANTINE = 5 + 2 * 30
# One probe each time, and the few calls before the outage was known.
MOST_CALLS = 48 * 3600 / PROBE_SECONDS + 60


@pytest.fixture
def quiet_shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
    return connect_shop(sandbox, clock, email_customer=False)


@pytest.fixture
def patient(settings: Any) -> None:
    """Two days at a probe a minute would be three thousand probes a trial."""
    settings.PROBE_SECONDS = PROBE_SECONDS


@pytest.mark.fault("F4", 5, 40, 400)
@pytest.mark.timeout(3600)
def test_a_burst_of_server_errors_makes_one_document(quiet_shop: Shop, trials: Trials) -> None:
    chance = random.Random(trials.seed)
    with in_process(quiet_shop):
        for number in range(trials.planned):
            order_id = 1001 + number
            for _ in range(chance.randrange(1, 4)):
                quiet_shop.sandbox.state.faults.add(
                    kind=chance.choice(("error_before", "error_after")),
                    status=chance.choice(STATUSES),
                    vendor=chance.choice(("invoicexpress", "invoicexpress", "jumpseller")),
                    path_regex=chance.choice(PATHS),
                    times=chance.randrange(1, 4),
                    skip=chance.randrange(0, 3),
                )
            quiet_shop.put(order_id)
            quiet_shop.ring(order_id)
            drain(quiet_shop.clock)
            quiet_shop.sandbox.state.faults.clear()
            drain(quiet_shop.clock)
            ours = [d for d in quiet_shop.stored() if d.reference.endswith(f"-{order_id}-FT1")]
            issued = quiet_shop.row(order_id)["outcome"] == "issued"
            trials.add(duplicates=max(len(ours) - 1, 0), lost=int(not issued))
            assert_one_final_document(quiet_shop, order_id)


@pytest.mark.fault("F4", 1, 5, 50)
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("patient")
def test_two_days_without_the_provider_use_up_no_tries(quiet_shop: Shop, trials: Trials) -> None:
    chance, clock = random.Random(trials.seed), quiet_shop.clock
    faults = quiet_shop.sandbox.state.faults
    with in_process(quiet_shop):
        for number in range(trials.planned):
            orders = [2000 + number * 10 + position for position in range(4)]
            skip = chance.randrange(0, 8)
            faults.add(
                kind=chance.choice(("error_before", "drop_before")),
                status=chance.choice(STATUSES),
                vendor="invoicexpress",
                times=None,
                skip=skip,
            )
            for order_id in orders:
                quiet_shop.put(order_id)
                quiet_shop.ring(order_id)
            requests = len(quiet_shop.sandbox.state.requests)
            drain(clock, hours=48, rounds=40_000)
            asked = len(quiet_shop.sandbox.state.requests) - requests

            assert InvoicingAccount.objects.get().stopped_by_outage
            assert not DocumentOperation.objects.filter(state="held").exists()
            assert max(DocumentOperation.objects.values_list("tries", flat=True), default=0) <= 1
            assert asked <= MOST_CALLS
            faults.clear()
            ended = clock.moment
            drain(clock)
            for order_id in orders:
                assert_one_final_document(quiet_shop, order_id)
                (document,) = quiet_shop.documents(order_id)
                trials.delay(
                    (document.finalized_at - ended).total_seconds() if document.finalized_at > ended else 0,
                    bound=PROBE_SECONDS + settings.SWEEP_SECONDS + 5 + QUARANTINE,
                )
            trials.add()
    assert InvoicingAccount.objects.get().stopped_at is None


@pytest.mark.fault("F4", 0, 5, 30)
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("patient")
def test_two_days_without_the_shop_lose_no_order(quiet_shop: Shop, trials: Trials) -> None:
    clock, faults = quiet_shop.clock, quiet_shop.sandbox.state.faults
    with in_process(quiet_shop):
        for number in range(trials.planned):
            orders = [5000 + number * 10 + position for position in range(4)]
            for order_id in orders:
                quiet_shop.put(order_id)
            faults.add(kind="error_before", status=503, vendor="jumpseller", times=None)
            for order_id in orders:
                assert quiet_shop.ring(order_id) == 200
            requests = len(quiet_shop.sandbox.state.requests)
            drain(clock, hours=48, rounds=40_000)
            assert len(quiet_shop.sandbox.state.requests) - requests <= MOST_CALLS
            assert Store.objects.get().stopped_by_outage
            faults.clear()
            drain(clock)
            for order_id in orders:
                assert_one_final_document(quiet_shop, order_id)
            trials.add()


@pytest.mark.fault("F4", 1, 1, 20)
@pytest.mark.timeout(3600)
def test_one_document_that_always_fails_is_tried_eight_times_in_a_day(
    quiet_shop: Shop, trials: Trials
) -> None:
    clock = quiet_shop.clock
    with in_process(quiet_shop):
        for number in range(trials.planned):
            order_id = 8000 + number
            quiet_shop.sandbox.state.faults.add(
                kind="error_before",
                status=500,
                vendor="invoicexpress",
                method="POST",
                path_regex="invoice_receipts",
                times=None,
            )
            quiet_shop.put(order_id)
            quiet_shop.ring(order_id)
            began = clock.moment
            drain(clock, hours=1)
            waiting = DocumentOperation.objects.get(document__order__shop_order_id=order_id)
            assert (waiting.state, waiting.waiting_for) == ("queued", "quarantine")
            assert waiting.not_before > clock.moment
            drain(clock, hours=72)

            create = DocumentOperation.objects.get(document__order__shop_order_id=order_id)
            assert (create.state, create.hold_reason) == ("held", "retries_exhausted")
            counted = OperationAttempt.objects.filter(operation=create, outcome="unknown").count()
            last = create.attempt_log.order_by("number").last()
            assert counted == MAX_TRIES - 1  # and the eighth is the one that is held
            assert last is not None
            assert timedelta(hours=16) < last.started_at - began < timedelta(hours=30)
            assert InvoicingAccount.objects.get().stopped_at is None
            quiet_shop.sandbox.state.faults.clear()
            trials.add()
