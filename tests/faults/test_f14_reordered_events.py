"""Histories of orders, told in any order, twice, or years late: what counts is the order's newest state."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from invoicing import bell, queue
from invoicing.models import DocumentOperation
from sandbox.orders import Line, nif
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.faults.watch import Watch
from tests.flow import Shop, drain

_ORDERS = 5  # of one history: they share a series, and the price of a drain
_DAY = 86_400.0
_EDITS = ("paid", "paid", "canceled", "canceled", "updated", "shipped", "total", "tax_id")
_EVENTS = {"paid": "order_paid", "canceled": "order_canceled", "shipped": "order_shipped"}

edits = st.tuples(st.just("edit"), st.integers(0, _ORDERS - 1), st.sampled_from(_EDITS))
deliveries = st.tuples(st.just("deliver"), st.integers(0, 30), st.booleans())
works = st.tuples(st.just("work"), st.integers(0, 20), st.booleans())
waits = st.tuples(
    st.just("wait"), st.sampled_from((0.1, 3, 60, 3600, _DAY, 40 * _DAY, 3 * 365 * _DAY)), st.none()
)
histories = st.lists(st.one_of(edits, deliveries, works, edits, waits, works), min_size=8, max_size=30)
firsts = st.lists(st.sampled_from(("pending_payment", "paid")), min_size=_ORDERS, max_size=_ORDERS)


@dataclass
class Story:
    """An order as the shop has it, and what it has told of it so far."""

    order_id: int
    status: str
    price: Decimal = Decimal("12.30")
    tax_id: str | None = None
    shipment: str = "unfulfilled"
    note: int = 0
    paid_phases: int = 0
    versions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def edit(self, what: str) -> None:
        version = next(self.versions)
        if what == "paid":
            self.paid_phases += self.status != "paid"
            self.status = what
        elif what == "canceled":
            self.status = what
        elif what == "total":
            self.price = Decimal("12.30") + version
        elif what == "tax_id":
            self.tax_id = nif(self.order_id * 50 + version)
        elif what == "shipped":
            self.shipment = "delivered"
        self.note = version

    def payload(self, shop: Shop) -> dict[str, Any]:
        return shop.put(
            self.order_id,
            status=self.status,
            lines=[Line(price=self.price)],
            taxid=self.tax_id,
            shipment_status=self.shipment,
            customer_id=self.order_id,
            surname=f"Fictícia {self.order_id}",
            additional_information=f"Versão {self.note}",
        )


class Telling:
    """One history, played. Webhooks on their way carry the order as it was when they left."""

    def __init__(self, shop: Shop, first_id: int, firsts: list[str], messages: list[tuple[str, int]]) -> None:
        self.shop = shop
        self.stories = [Story(first_id + number, "") for number in range(_ORDERS)]
        self.on_the_way: list[tuple[bytes, str, str]] = []
        self.messages = messages
        for story, status in zip(self.stories, firsts, strict=True):
            story.status, story.paid_phases = status, int(status == "paid")
            self.tell(story, "order_paid" if status == "paid" else "order_pending_payment")

    def tell(self, story: Story, event: str) -> None:
        self.shop.clock.advance(1)
        body = json.dumps({"order": story.payload(self.shop)}, default=float).encode()
        self.on_the_way.append((body, event, f"{self.shop.clock.moment:%Y-%m-%d %H:%M:%S}.000 UTC"))

    def play(self, step: tuple[str, Any, Any]) -> None:
        match step:
            case ("edit", number, what):
                self.stories[number].edit(what)
                self.tell(self.stories[number], _EVENTS.get(what, "order_updated"))
            case ("deliver", number, is_kept):
                if self.on_the_way:
                    self.deliver(number % len(self.on_the_way), is_kept=is_kept)
            case ("work", _number, True):
                self.work_on_all()
            case ("work", number, _):
                if self.messages:
                    self.work(number % len(self.messages))
            case ("wait", seconds, _):
                self.shop.clock.advance(seconds)

    def deliver(self, at: int, *, is_kept: bool) -> None:
        body, event, told_at = self.on_the_way[at]
        if not is_kept:
            self.on_the_way.pop(at)
        assert self.shop.ring_raw(body, event, **{"Jumpseller-Triggered-At": told_at}) == 200

    def work(self, at: int) -> None:
        """Follow one message. Nothing but fiscal work: handing documents over has rows of its own."""
        task, pk = self.messages.pop(at)
        is_fiscal = task != "invoicing.run_operation" or DocumentOperation.objects.get(pk=pk).is_fiscal
        if is_fiscal:
            next(source for source in queue.sources() if source.task == task).perform(pk)

    def work_on_all(self) -> None:
        while self.messages:
            self.work(0)

    def end(self) -> None:
        while self.on_the_way:  # newest first: what is told last is the oldest
            self.deliver(len(self.on_the_way) - 1, is_kept=False)
        self.work_on_all()
        handing_over = DocumentOperation.objects.filter(is_fiscal=False, state="queued")
        handing_over.update(state="superseded")
        drain(self.shop.clock, hours=24 * 14)


def check(shop: Shop, story: Story, trials: Trials) -> None:
    """The model: what the newest state calls for, and nothing beside it."""
    row, where = shop.row(story.order_id), f"{story}"
    prefix = f"{shop.store.reference_prefix}-{story.order_id}-"
    stored = [d for d in shop.stored() if (d.reference or "").startswith(prefix)]
    ours = {d.provider_id: d for d in shop.documents(story.order_id)}
    assert {str(d.id): d.status for d in stored} == {
        d.provider_id: d.status for d in ours.values() if not d.is_ended
    }, where
    notes = [d for d in stored if d.kind.name == "CreditNote"]
    credited = {note.owner_id for note in notes}
    invoices = [d for d in stored if d not in notes]
    live = [d for d in invoices if d.id not in credited]
    if (row["outcome"], row["hold_reason"]) == ("held", "payment_date_unclear"):
        # Its events came months late: nobody knows the day of the payment, so a person is asked.
        trials.add(duplicates=len(live))
        assert (live, row["operation_state"]) == ([], None), where
        return
    is_paid = story.status == "paid"
    trials.add(
        duplicates=max(len(live) - int(is_paid), 0) + len(notes) - len(credited),
        lost=max(int(is_paid) - len(live), 0),
    )
    assert len(live) == int(is_paid), f"{where}: {row}"
    assert {d.status for d in live} <= {"settled"} and {d.status for d in notes} <= {"final"}, where
    assert len(invoices) <= story.paid_phases, f"{where}: invoiced more often than paid"
    assert row["operation_state"] in ("done", None), f"{where}: {row}"
    if not is_paid:
        ends = {"credited"} if notes else {"not_due", "deleted"}
        assert row["outcome"] in ends, f"{where}: {row}"
        return
    document = ours[str(live[0].id)]
    fits = (document.gross_total, document.customer_tax_id) == (story.price, story.tax_id or "")
    outcome = ("issued", None) if fits else ("held", "changed_after_final")
    assert (row["outcome"], row["hold_reason"]) == outcome, f"{where}: {row}"


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was rung for and not yet followed, without the bell's own thread."""
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr(bell.Bell, "_put", lambda _bell, ring: rung.append((ring.task, ring.pk)))
    return rung


@pytest.mark.fault("F14", 20, 60, 5000)
@pytest.mark.timeout(7200)
def test_whatever_order_events_come_in_the_newest_state_of_the_order_counts(
    careless_shop: Shop, trials: Trials, messages: list[tuple[str, int]]
) -> None:
    shop, ids = careless_shop, itertools.count(60_001, _ORDERS)
    watch = Watch(shop)

    @seed(trials.seed)
    @settings(
        max_examples=-(-trials.planned // _ORDERS),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(firsts, histories)
    def play(firsts: list[str], history: list[tuple[str, Any, Any]]) -> None:
        telling = Telling(shop, next(ids), firsts, messages)
        for step in history:
            telling.play(step)
        telling.end()
        assert watch.violations == []
        for story in telling.stories:
            check(shop, story, trials)

    with in_process(shop), watch.open():
        play()
