"""F3: the answer to the create is lost, and the search that should tell fails, or lags behind."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.domain.lifecycle import retry_delay
from invoicing.models import DocumentOperation
from invoicing.providers.invoicexpress import lists
from invoicing.services.rulings import retry_operation
from sandbox.messages import Request
from sandbox.server import SandboxServer
from tests.faults import lost_answers as lost
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import ACCOUNT, API_KEY, FakeClock, Shop, connect_shop, drain

_ISSUED = ("FT1", "settled")
_LONGEST_LAG = 60
# What a search may answer instead of a list. In none of them it says "nothing there".
_BLIND: dict[str, dict[str, Any]] = {
    "500": {"kind": "error_before", "status": 500},
    "503": {"kind": "error_before", "status": 503},
    "dropped": {"kind": "drop_before"},
    "cut in half": {"kind": "truncate"},
    "a page": {"kind": "garbage"},
    "empty": {"kind": "garbage", "body": ""},
    "an error in 200": {"kind": "garbage", "body": {"errors": [{"error": "Try again"}]}},
    "rows that are no list": {"kind": "garbage", "body": {"invoices": {}, "pagination": {}}},
    "fewer rows than announced": {
        "kind": "garbage",
        "body": {"invoices": [], "pagination": {"total_entries": 3, "current_page": 1, "total_pages": 1}},
    },
    "another page": {
        "kind": "garbage",
        "body": {"invoices": [], "pagination": {"total_entries": 0, "current_page": 7, "total_pages": 9}},
    },
}


@pytest.fixture
def shop(sandbox: SandboxServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Shop:
    # A handful of papers then fill several pages.
    monkeypatch.setattr(lists, "_PER_PAGE", 5)
    return connect_shop(sandbox, clock, email_customer=False)


def begin(shop: Shop, chance: random.Random, number: int) -> tuple[int, str]:
    """A new order on a day that has papers of other people, and a provider in some mood."""
    order_id = lost.begin_trial(shop, number)
    for stranger in range(4):
        write_by_hand(shop, f"BALCAO-{number}-{stranger}")
    return order_id, lost.moods(shop, chance)


def write_by_hand(shop: Shop, reference: str) -> None:
    """A draft that somebody makes at the provider."""
    day = f"{shop.clock.moment:%d/%m/%Y}"
    line = {"name": "Caneca", "unit_price": "10", "quantity": "1", "tax": {"name": "IVA23"}}
    paper = {
        "date": day,
        "due_date": day,
        "reference": reference,
        "client": {"name": "Balcão", "code": "BALCAO"},
        "items": [line],
    }
    answer = shop.sandbox.state.invoicexpress.handle(
        Request.of(
            "POST",
            f"/invoicexpress/{ACCOUNT}/invoices.json?api_key={API_KEY}",
            headers={"Content-Type": "application/json"},
            body=json.dumps({"invoice": paper}).encode(),
        )
    )
    assert answer.status == 201


def moments(shop: Shop, method: str, path: str) -> list[float]:
    return [r.at for r in shop.sandbox.state.requests if r.method == method and path in r.path]


def assert_patient(shop: Shop, *, deadline: float, index_lag: float) -> None:
    """After a create nobody looks before it can be seen, and nobody creates before two looks, a lag apart."""
    creates = moments(shop, "POST", "/invoice_receipts.json")
    for search in moments(shop, "GET", "/invoices.json"):
        last = max(moment for moment in creates if moment <= search)
        assert search - last >= deadline + index_lag
    for earlier, later in pairwise(creates):
        assert later - earlier >= deadline + 2 * max(index_lag, 1)


@pytest.mark.fault("F3", 5, 30, 300)
@pytest.mark.timeout(3600)
def test_no_second_create_while_the_search_fails_or_lags(shop: Shop, trials: Trials, settings: Any) -> None:
    chance = random.Random(trials.seed)

    with in_process(shop):
        for number in range(trials.planned):
            lag = chance.randint(0, _LONGEST_LAG)
            settings.INVOICEXPRESS_INDEX_LAG_SECONDS = lag + chance.choice((0, 1, 10))
            order_id, mood = begin(shop, chance, number)
            shop.sandbox.state.invoicexpress.switches.update({"list_lag_seconds": lag})
            acts = chance.random() < 0.7
            loss = chance.choice(list(lost.LOSSES)) if acts else "never arrived"
            fault = lost.LOSSES[loss] if acts else {"kind": "drop_before"}
            shop.sandbox.state.faults.add(**fault, **lost.CREATE)
            blind = [(chance.choice(list(_BLIND)), chance.randrange(4)) for _ in range(chance.randrange(4))]
            for name, skip in blind:
                shop.sandbox.state.faults.add(**_BLIND[name], **lost.SEARCH, skip=skip)
            print(f"order {order_id}: {loss}, {blind}, lag {lag}, {mood}")

            shop.pay(order_id)

            lost.enter(trials, shop, order_id, expected="issued")
            lost.assert_papers(shop, order_id, _ISSUED)
            assert_patient(
                shop,
                deadline=settings.HTTP_TIMEOUT_SECONDS,
                index_lag=settings.INVOICEXPRESS_INDEX_LAG_SECONDS,
            )
            assert shop.calls("POST", "/invoice_receipts.json") == (1 if acts else 2)
            late, bound = delay_and_bound(shop, order_id, settings)
            trials.delay(late, bound=bound)


def delay_and_bound(shop: Shop, order_id: int, settings: Any) -> tuple[float, float]:
    """From the last fault that struck: the next step of the ladder, a quarantine, and a second look."""
    faults = [request.at for request in shop.sandbox.state.requests if request.fault is not None]
    (document,) = shop.documents(order_id)
    assert document.finalized_at is not None
    step = retry_delay(
        len(faults), first=settings.RETRY_FIRST_SECONDS, longest=settings.RETRY_MAX_SECONDS, jitter=1
    )
    lag = settings.INVOICEXPRESS_INDEX_LAG_SECONDS
    bound = step + settings.HTTP_TIMEOUT_SECONDS + 2 * max(lag, 1) + 5
    return document.finalized_at.timestamp() - faults[-1], bound


@pytest.mark.fault("F3", 2, 10, 100)
@pytest.mark.timeout(3600)
def test_a_search_that_never_answers_is_left_to_a_person(shop: Shop, trials: Trials) -> None:
    chance, ana = random.Random(trials.seed), User.objects.create_superuser("ana")
    kinds = chance.sample(list(_BLIND), len(_BLIND))

    with in_process(shop):
        for number in range(trials.planned):
            order_id, mood = begin(shop, chance, number)
            loss, blind = chance.choice(list(lost.LOSSES)), kinds[number % len(kinds)]
            lost.lose(shop, lost.CREATE, loss)
            shop.sandbox.state.faults.add(
                **_BLIND[blind], **lost.SEARCH, skip=number // len(kinds) % 3, times=None
            )
            print(f"order {order_id}: {loss}, {blind} for ever, {mood}")

            shop.pay(order_id)

            assert lost.outcome(shop, order_id) == ("held", "held")
            held = DocumentOperation.objects.get(document__order=shop.order(order_id), state="held")
            assert (held.verb, held.hold_reason, held.tries) == ("create", "retries_exhausted", 7)
            assert lost.attempts(shop, order_id, "create")[0] == "unknown"
            assert shop.calls("POST", "/invoice_receipts.json") == 1
            assert [paper.status for paper in lost.papers(shop, order_id)] == ["draft"]

            shop.sandbox.state.faults.clear()
            assert retry_operation(held, user=ana).is_done
            drain(shop.clock)

            lost.enter(trials, shop, order_id, expected="issued")
            lost.assert_papers(shop, order_id, _ISSUED)
            assert shop.calls("POST", "/invoice_receipts.json") == 1


@pytest.mark.fault("F3", 3, 15, 150)
@pytest.mark.timeout(3600)
def test_a_lag_beyond_the_setting_makes_no_second_number(shop: Shop, trials: Trials, settings: Any) -> None:
    """Nothing is promised for drafts then; what has a number is one, and ours."""
    chance = random.Random(trials.seed)
    left_over = 0

    with in_process(shop):
        for number in range(trials.planned):
            settings.INVOICEXPRESS_INDEX_LAG_SECONDS = chance.randint(1, 10)
            order_id, mood = begin(shop, chance, number)
            lag = chance.randint(3 * settings.INVOICEXPRESS_INDEX_LAG_SECONDS, _LONGEST_LAG)
            shop.sandbox.state.invoicexpress.switches.update({"list_lag_seconds": lag, "uid": "ignored"})
            losses = chance.choices(list(lost.LOSSES), k=chance.choice((1, 2, 2, 3)))
            for loss in losses:
                lost.lose(shop, lost.CREATE, loss)
            print(f"order {order_id}: {losses}, lag {lag}, {mood}")

            shop.pay(order_id)

            found = lost.papers(shop, order_id)
            numbered = [paper for paper in found if paper.is_fiscal]
            trials.add(
                duplicates=max(len(numbered) - 1, 0),
                lost=int(lost.outcome(shop, order_id)[0] not in ("issued", "held")),
            )
            (document,) = shop.documents(order_id)
            assert [(str(p.id), p.number_text) for p in numbered] == [(document.provider_id, document.number)]
            assert {paper.status for paper in found if paper not in numbered} <= {"draft"}
            assert_patient(
                shop,
                deadline=settings.HTTP_TIMEOUT_SECONDS,
                index_lag=settings.INVOICEXPRESS_INDEX_LAG_SECONDS,
            )
            left_over += len(found) - len(numbered)

    trials.notes.append(
        f"where the search lagged longer than the setting says, {left_over} drafts without a number were "
        f"left at the provider after {trials.done} orders"
    )
