"""Answers that are lost after the vendor has acted, and what one order came to afterwards.

Looks at one order only, so that a thousand trials in one database stay quick.
"""

from __future__ import annotations

import random
from typing import Any

from django.conf import settings

from invoicing.models import Document, DocumentOperation
from invoicing.selectors import orders_with_work, outcome_of
from stores.models import Order
from tests.faults.ledger import Trials
from tests.flow import Shop

# In each of them the vendor did what it was asked.
LOSSES: dict[str, dict[str, Any]] = {
    "dropped": {"kind": "drop_after"},
    "reset": {"kind": "reset_after"},
    "cut in half": {"kind": "truncate"},
    "500": {"kind": "error_after", "status": 500},
    "502": {"kind": "error_after", "status": 502},
    "a page": {"kind": "garbage"},
    "another object": {"kind": "garbage", "body": {"ok": True}},
    "empty 200": {"kind": "garbage", "body": "", "status": 200},
    "empty 201": {"kind": "garbage", "body": "", "status": 201},
    "in progress": {"kind": "error_after", "status": 409},
}
_EMPTY = ("empty 200", "empty 201")
# An empty answer to a change of state is how the vendor accepts it, by some accounts.
LOSSES_OF_A_CHANGE = tuple(name for name in LOSSES if name not in _EMPTY)
# The shop's answer to a new entry is not read, so only one that does not come, or says 5xx, is lost.
LOSSES_AT_THE_SHOP = ("dropped", "reset", "cut in half", "500", "502")

CREATE = {"vendor": "invoicexpress", "method": "POST", "path_regex": r"/invoice_receipts\.json"}
CHANGE = {"vendor": "invoicexpress", "method": "PUT", "path_regex": r"/invoice_receipts/\d+/change-state"}
CREATE_NOTE = {"vendor": "invoicexpress", "method": "POST", "path_regex": r"/credit_notes\.json"}
CHANGE_NOTE = {"vendor": "invoicexpress", "method": "PUT", "path_regex": r"/credit_notes/\d+/change-state"}
ATTACH = {"vendor": "jumpseller", "method": "POST", "path_regex": r"/documents\.json"}
SEARCH = {"vendor": "invoicexpress", "method": "GET", "path_regex": r"/invoices\.json"}

SECONDS_A_DAY = 86_400
_ORDERS_PER_DAY = 20  # or the search by day would grow with the trials


def moods(shop: Shop, chance: random.Random) -> str:
    """Turn what the sources leave open about the provider: idempotency, a late and a poor search."""
    lag = int(settings.INVOICEXPRESS_INDEX_LAG_SECONDS)
    turned = {
        "uid": chance.choice(("same_document", "ignored", "conflict")),
        "list_lag_seconds": chance.choice((0, 1, lag // 2, max(lag - 1, 0), lag)),
        "list_order": chance.choice(("oldest_first", "newest_first")),
        "text_finds_reference": chance.random() < 0.7,
        "change_state_body": chance.choice(("document", "document", "empty")),
        "deleted_document": chance.choice(("shown", "404")),
    }
    shop.sandbox.state.invoicexpress.switches.update(turned)
    return str(turned)


def lose(shop: Shop, step: dict[str, str], loss: str) -> None:
    """The next answer to such a step is lost in this way."""
    if loss == "cut in half":  # an empty answer cannot be
        shop.sandbox.state.invoicexpress.switches.update({"change_state_body": "document"})
    shop.sandbox.state.faults.add(**LOSSES[loss], **step)


def begin_trial(shop: Shop, number: int) -> int:
    """The number of a new order, with an empty log of requests; time goes on between orders."""
    shop.sandbox.state.requests.clear()
    shop.sandbox.state.faults.clear()
    if number % _ORDERS_PER_DAY == _ORDERS_PER_DAY - 1:
        shop.clock.advance(SECONDS_A_DAY)
    return 20_001 + number


def papers(shop: Shop, order_id: int) -> list[Any]:
    """What the provider has of the order and did not delete, oldest first."""
    prefix = f"{shop.store.reference_prefix}-{order_id}-"
    return [paper for paper in shop.stored() if (paper.reference or "").startswith(prefix)]


def outcome(shop: Shop, order_id: int) -> tuple[str, str | None]:
    """The order's outcome, and how its work stands."""
    rows = Order.objects.filter(store=shop.store, shop_order_id=str(order_id))
    found = outcome_of(orders_with_work(rows).get())
    return str(found.outcome), str(found.operation_state) if found.operation_state else None


def enter(trials: Trials, shop: Shop, order_id: int, *, expected: str) -> None:
    """Write the trial into the book: papers beyond one of each reference, and an order that came to
    nothing or to something else."""
    found = papers(shop, order_id)
    surplus = len(found) - len({paper.reference for paper in found})
    trials.add(duplicates=surplus, lost=int(outcome(shop, order_id)[0] != expected))


def assert_papers(shop: Shop, order_id: int, *expected: tuple[str, str]) -> None:
    """The provider has these and no other papers of the order, our rows say the same, no work is left.

    `expected`: the end of the reference and the status.
    """
    found = papers(shop, order_id)
    prefix = f"{shop.store.reference_prefix}-{order_id}-"
    assert [(paper.reference.removeprefix(prefix), paper.status) for paper in found] == list(expected)
    ours = {d.provider_id: (d.reference, d.status, d.number or "") for d in documents(shop, order_id)}
    theirs = {str(p.id): (p.reference, p.status, p.number_text if p.is_fiscal else "") for p in found}
    assert ours == theirs
    open_work = DocumentOperation.objects.filter(
        document__order=shop.order(order_id), state__in=("queued", "running", "held")
    )
    assert list(open_work.values("verb", "state", "hold_reason", "detail")) == []


def documents(shop: Shop, order_id: int) -> list[Document]:
    """Our rows of the order that are not deleted."""
    return [d for d in shop.documents(order_id) if d.status != "deleted"]


def attempts(shop: Shop, order_id: int, verb: str, *, role: str = "invoice") -> list[str]:
    """What each attempt at the verb came to, in turn."""
    operation = DocumentOperation.objects.get(
        document__order=shop.order(order_id), document__role=role, verb=verb
    )
    return [attempt.outcome for attempt in operation.attempt_log.all()]


def moment_of_the_fault(shop: Shop) -> float:
    """When the first request that met a fault came in, in seconds since the epoch."""
    return next(request.at for request in shop.sandbox.state.requests if request.fault is not None)


def settle_bound() -> float:
    """A lost answer is cleared up this many seconds later: deadline, index lag, and five to spare."""
    return float(settings.HTTP_TIMEOUT_SECONDS + settings.INVOICEXPRESS_INDEX_LAG_SECONDS + 5)
