"""One seeded trial: a shop in trouble, vendors that misbehave, workers that die, time that jumps.

Everything random comes from the seed; nothing sleeps and no socket is opened. At the end the troubles
stop, what is due is done, and `check` compares shop, provider and our rows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from requests.structures import CaseInsensitiveDict

from invoicing import queue
from outbound.answers import Answer
from outbound.session import OutboundSession, _Trouble
from sandbox.faults import UNANSWERED
from sandbox.messages import Request
from sandbox.orders import Line
from tests.faults.points import Killed, restart, visited
from tests.flow import Shop, drain

STORIES = (
    ("paid",),
    ("pending_payment", "paid"),
    ("paid", "canceled"),
    ("pending_payment", "canceled"),
    ("pending_payment", "paid", "canceled"),
    ("paid", "canceled", "paid"),
    ("paid", "edited"),
)
_EVENTS = {"paid": "order_paid", "canceled": "order_canceled", "pending_payment": "order_pending_payment"}
_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_after"},
    {"kind": "drop_before"},
    {"kind": "reset_after"},
    {"kind": "error_before", "status": 500},
    {"kind": "error_before", "status": 503},
    {"kind": "error_before", "status": 429, "headers": {"Retry-After": "7"}},
    {"kind": "error_after", "status": 500},
    {"kind": "error_after", "status": 502},
    {"kind": "truncate"},
    {"kind": "garbage", "body": "<html>busy</html>"},
    {"kind": "garbage", "body": ""},
)
# What may stay with a person after a trial, with a good invoice or a visible hold.
_LEFT_TO_STAFF = {
    "mail_perhaps_sent",
    "crashed",
    "retries_exhausted",
    "changed_after_final",
    "pdf_not_ready",
}


@contextmanager
def in_process(shop: Shop) -> Iterator[None]:
    """Calls go to the stand-in as function calls; a fault decides what comes back."""
    state = shop.sandbox.state

    def exchange(session: OutboundSession, request: Any) -> tuple[Answer | None, _Trouble]:
        body = request.body or b""
        found = state.handle(
            Request.of(
                request.method,
                request.path_url,
                headers=dict(request.headers),
                body=body.encode() if isinstance(body, str) else body,
            )
        )
        fault = found.fault
        if fault is not None and fault.kind in UNANSWERED | {"truncate"}:
            return None, _Trouble(session.vendor, f"simulated {fault.kind}", sent=True, status=None)
        trouble = _Trouble(session.vendor, "", sent=True, status=found.status)
        return Answer(found.status, CaseInsensitiveDict(found.headers), found.body), trouble

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OutboundSession, "_exchange", exchange)
        yield


class Trial:
    def __init__(self, shop: Shop, seed: int, *, orders: int = 3, steps: int = 60) -> None:
        self.shop, self.seed, self.steps = shop, seed, steps
        self.chance = random.Random(seed)
        self.stories = {
            10_000 + seed * 10 + number: list(self.chance.choice(STORIES)) for number in range(orders)
        }
        self.told = dict.fromkeys(self.stories, "")
        self.on_the_way: list[tuple[bytes, str]] = []

    def run(self) -> None:
        self.shop.sandbox.state.invoicexpress.switches.update(
            {
                "uid": self.chance.choice(("ignored", "ignored", "same_document", "conflict")),
                "list_lag_seconds": self.chance.choice((0, 5, 20, 60)),
            }
        )
        with in_process(self.shop):
            for _ in range(self.steps):
                self.step()
            self.calm_down()

    def step(self) -> None:
        self.chance.choices((self.tell, self.deliver, self.work, self.wait), weights=(2, 3, 8, 3))[0]()

    def tell(self) -> None:
        """The next chapter of one order; its webhook may be lost, doubled or late."""
        open_stories = [order_id for order_id, story in self.stories.items() if story]
        if not open_stories:
            return
        order_id = self.chance.choice(open_stories)
        chapter = self.stories[order_id].pop(0)
        self.told[order_id] = chapter
        self.show(order_id)
        if self.chance.random() > 0.15:
            self.on_the_way += [self.webhook(order_id)] * self.chance.choice((1, 1, 2))

    def show(self, order_id: int) -> None:
        chapter = self.told[order_id]
        price = Decimal("24.60") if chapter == "edited" else Decimal("12.30")
        self.shop.put(
            order_id,
            status="paid" if chapter == "edited" else chapter,
            lines=[Line(price=price)],
            customer_id=order_id,
            surname=f"Fictícia {order_id}",
        )

    def webhook(self, order_id: int) -> tuple[bytes, str]:
        payload = self.shop.shop_side.orders[order_id]
        wrapped = payload if "order" in payload else {"order": payload}
        body = json.dumps(wrapped, default=float).encode()
        return body, _EVENTS.get(self.told[order_id], "order_updated")

    def deliver(self) -> None:
        if self.on_the_way:
            at = self.chance.randrange(len(self.on_the_way))
            body, event = self.on_the_way[at]
            if self.chance.random() > 0.1:  # else it comes once more, later
                self.on_the_way.pop(at)
            assert self.shop.ring_raw(body, event) == 200

    def work(self) -> None:
        """One piece of due work, perhaps under a fault, perhaps killed, perhaps with a rival beside it."""
        queue.recover_lost()
        due = [(source, pk) for source in queue.sources() for pk in source.due(queue.now(), 50)]
        if not due:
            return
        source, pk = self.chance.choice(due)
        faults = self.shop.sandbox.state.faults
        if self.chance.random() < 0.25:
            vendor = self.chance.choice(("invoicexpress", "invoicexpress", "jumpseller"))
            faults.add(vendor=vendor, **self.chance.choice(_FAULTS))
        death = self.chance.randrange(1, 25) if self.chance.random() < 0.15 else None
        rival = self.chance.randrange(1, 25) if self.chance.random() < 0.2 else None
        is_watched = death is not None or rival is not None
        try:
            with visited(self.visitor(death, rival)) if is_watched else nullcontext():
                source.perform(pk)
        except Killed:
            restart()
        faults.clear()

    def visitor(self, death: int | None, rival: int | None) -> Any:
        def visit(number: int, name: str) -> None:
            if number == death:
                raise Killed(f"seed {self.seed}, point {number}: {name}")
            if number == rival and connection.get_autocommit() and not connection.in_atomic_block:
                for source in queue.sources():
                    for pk in source.due(queue.now(), 5):
                        source.perform(pk)

        return visit

    def wait(self) -> None:
        self.shop.clock.advance(self.chance.choice((0.1, 1, 3, 12, 40, 90, 700)))

    def calm_down(self) -> None:
        """Every story ends, its last webhook arrives, and the vendors behave."""
        for order_id, story in self.stories.items():
            if story:
                self.told[order_id] = story[-1]
                story.clear()
            self.show(order_id)
            self.shop.clock.advance(1)
            assert self.shop.ring_raw(*self.webhook(order_id)) == 200
        drain(self.shop.clock, hours=24 * 14)

    # --- the checker

    def check(self) -> None:
        for order_id, chapter in self.told.items():
            self.check_order(order_id, is_paid=chapter in ("paid", "edited"))

    def check_order(self, order_id: int, *, is_paid: bool) -> None:
        row, where = self.shop.row(order_id), f"seed {self.seed}, order {order_id}"
        prefix = f"{self.shop.store.reference_prefix}-{order_id}-"
        stored = [d for d in self.shop.stored() if (d.reference or "").startswith(prefix)]
        assert len({d.reference for d in stored}) == len(stored), f"{where}: a reference twice"
        ours = {d.provider_id: d for d in self.shop.documents(order_id)}
        for document in stored:
            known = ours.get(str(document.id))
            assert known is not None, f"{where}: {document.reference} is an orphan"
            assert known.status == document.status, f"{where}: {document.reference} differs"
        credited = {d.owner_id for d in stored if d.kind.name == "CreditNote" and d.status == "final"}
        live = [d for d in stored if d.kind.name != "CreditNote" and d.id not in credited]
        assert len(live) <= 1, f"{where}: two live invoices"
        holds = {
            operation.hold_reason
            for document in ours.values()
            for operation in document.operations.filter(state="held")
        } | ({row["hold_reason"]} if row["outcome"] == "held" else set())
        assert holds <= _LEFT_TO_STAFF, f"{where}: {holds}"
        assert row["operation_state"] in ("done", "held", None), f"{where}: {row}"
        if row["outcome"] == "held":
            return
        assert [d.status for d in live] == (["settled"] if is_paid else []), f"{where}: {row}"
        if is_paid:
            assert row["paid_total"] == row["gross_total"], where
