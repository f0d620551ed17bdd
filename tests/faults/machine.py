"""A shop, its staff, the provider's own users, vendors in trouble and workers that die, in any order.

Rules are what may happen; invariants hold after each of them; at the end the troubles stop, everything
due is done, and shop, provider and our rows are compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from invoicing import queue
from invoicing.domain.credit_reasons import CreditReason
from invoicing.domain.refund import RefundRequest
from invoicing.models import Document, DocumentOperation, Ruling
from invoicing.services import rulings
from invoicing.services.ruling_facts import left_of
from sandbox.invoicexpress.records import CREDIT_NOTE
from sandbox.invoicexpress.records import Document as Paper
from stores.domain.money import round_half_up
from tests.faults.machine_checks import Verdict
from tests.faults.machine_world import FIRST_ORDER, ByHand, ShopOrder, World, credited_of, put, total_of
from tests.faults.points import Killed, Visitor, restart, visited
from tests.faults.watch import Watch, order_of
from tests.flow import run_once

_EVENTS = {"paid": "order_paid", "canceled": "order_canceled"}
_DAY = 86_400.0
_SPANS = {"all due": timedelta(0), "an hour": timedelta(hours=1), "three days": timedelta(days=3)}
_TROUBLES: tuple[dict[str, Any], ...] = (
    {"kind": "drop_after"},
    {"kind": "drop_before"},
    {"kind": "error_before", "status": 503},
    {"kind": "error_before", "status": 429, "headers": {"Retry-After": "7"}},
    {"kind": "error_after", "status": 502},
    {"kind": "error_before", "status": 401},
    {"kind": "error_before", "status": 422, "body": {"errors": [{"error": "não"}]}},
    {"kind": "garbage", "body": "<html>busy</html>"},
)
picks = st.integers(0, 11)
thens = st.sampled_from(
    ("nothing", "one piece", "all due", "all due", "an hour", "three days", "a day goes by")
)
_ON_DOCUMENTS: dict[str, Callable[..., rulings.Answer]] = {
    "cancel": partial(rulings.cancel_document, reason=""),
    "keep_draft": rulings.keep_draft,
    "finalize": rulings.request_finalize,
    "delete_draft": rulings.delete_draft,
    "approve_credit": rulings.approve_credit,
    "settle_otherwise": rulings.settle_otherwise,
}
_ON_ORDERS: dict[str, Callable[..., rulings.Answer]] = {
    "do_not_invoice": rulings.do_not_invoice,
    "issue_anyway": rulings.issue_anyway,
    "reprocess": rulings.reprocess,
}
_ON_WAITING: dict[str, Callable[..., rulings.Answer]] = {
    "retry": rulings.retry_operation,
    "give_up": rulings.give_up,
    "revoke": rulings.revoke,
}


def die_at(number: int) -> Visitor:
    def visit(reached: int, name: str) -> None:
        if reached == number:
            raise Killed(f"{number}: {name}")

    return visit


class Machine(RuleBasedStateMachine):
    """`world` outlives the examples; everything else is made anew for each."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    @initialize(
        finalize=st.booleans(),
        on_cancel=st.sampled_from(("credit_note", "ask")),
        delay=st.sampled_from((0, 0, 30)),
        begun=st.lists(thens, min_size=2, max_size=2),
    )
    def open(self, finalize: bool, on_cancel: str, delay: int, begun: list[str]) -> None:
        self.shop = self.world.open_shop(finalize=finalize, on_cancel=on_cancel, issue_delay_minutes=delay)
        self.orders = [ShopOrder(FIRST_ORDER + number, "pending_payment") for number in range(len(begun))]
        self.on_the_way: list[tuple[bytes, str, str]] = []
        self.watch = Watch(self.shop)
        self.by_hand = ByHand(self.shop, self.watch)
        self.verdict = Verdict(self.shop, self.orders, self.by_hand)
        self.watch.judge, self.watch.credit_needs_cancel = self.verdict.of_number, False
        self.watch.judge_draft = self.verdict.of_draft
        self.opened = self.watch.open()
        self.opened.__enter__()
        for order, then in zip(self.orders, begun, strict=True):
            order.edit("paid", self.shop.clock())
            self.tell(order, "order_paid")
            if then != "nothing":
                self.deliver(len(self.on_the_way) - 1, stays=False)
            self.then(then)

    def tell(self, order: ShopOrder, event: str, *, is_lost: bool = False) -> None:
        self.shop.clock.advance(1)
        body = json.dumps({"order": put(self.shop, order)}, default=float).encode()
        if not is_lost:
            self.on_the_way.append((body, event, f"{self.shop.clock.moment:%Y-%m-%d %H:%M:%S}.000 UTC"))

    # --- the shop

    @rule(
        pick=picks,
        what=st.sampled_from(("paid", "canceled", "canceled", "total", "tax_id")),
        way=st.sampled_from(("at once", "at once", "late", "lost")),
        then=thens,
    )
    def the_shop_edits(self, pick: int, what: str, way: str, then: str) -> None:
        order = self.orders[pick % len(self.orders)]
        order.edit(what, self.shop.clock())
        note(f"{order}")
        self.tell(order, _EVENTS.get(what, "order_updated"), is_lost=way == "lost")
        if way == "at once":
            self.deliver(len(self.on_the_way) - 1, stays=False)
        self.then(then)

    @precondition(lambda self: self.on_the_way)
    @rule(pick=picks, stays=st.booleans(), then=thens)
    def a_late_webhook_arrives(self, pick: int, stays: bool, then: str) -> None:
        self.deliver(pick % len(self.on_the_way), stays=stays)
        self.then(then)

    def deliver(self, at: int, *, stays: bool) -> None:
        body, event, told_at = self.on_the_way[at]
        if not stays:  # else it comes once more
            self.on_the_way.pop(at)
        assert self.shop.ring_raw(body, event, **{"Jumpseller-Triggered-At": told_at}) == 200

    # --- workers, time, trouble

    def then(self, what: str) -> None:
        """What the workers get to do after an event."""
        match what:
            case "one piece":
                self.work_on(0)
            case "all due" | "an hour" | "three days":
                self.work_for(_SPANS[what])
            case "a day goes by":
                self.shop.clock.advance(_DAY)

    def work_for(self, span: timedelta) -> None:
        """As `tests.flow.drain`, without handing documents over: that has rows of its own, and takes half
        of the time."""
        end = self.shop.clock.moment + span
        handing_over = DocumentOperation.objects.filter(is_fiscal=False, state="queued")
        for _ in range(2000):
            queue.recover_lost()
            handing_over.update(state="superseded")
            if run_once():
                continue
            moments = [at for source in queue.sources() if (at := source.next_due_at()) is not None]
            if not moments or min(moments) > end:
                return
            self.shop.clock.moment = max(self.shop.clock.moment, min(moments)) + timedelta(milliseconds=1)
        raise AssertionError("work does not end")

    def due(self) -> list[tuple[queue.WorkSource, int]]:
        queue.recover_lost()
        return [(source, pk) for source in queue.sources() for pk in source.due(queue.now(), 50)]

    def work_on(self, pick: int, *, dying_at: int | None = None) -> None:
        due = self.due()
        if not due:
            return
        source, pk = due[pick % len(due)]
        note(f"{source.task} {self.name_of(source, pk)}")
        try:
            with nullcontext() if dying_at is None else visited(die_at(dying_at)):
                source.perform(pk)
        except Killed as killed:
            note(f"died at {killed}")
            restart()

    def name_of(self, source: queue.WorkSource, pk: int) -> str:
        if source.task != "invoicing.run_operation":
            return str(pk)
        return str(DocumentOperation.objects.select_related("document").get(pk=pk))

    @rule(pick=picks, point=st.none() | st.integers(1, 24), then=thens)
    def a_worker_works_or_dies(self, pick: int, point: int | None, then: str) -> None:
        self.work_on(pick, dying_at=point)
        self.then(then)

    @rule(
        vendor=st.sampled_from(("invoicexpress", "jumpseller")),
        trouble=st.sampled_from(_TROUBLES),
        method=st.sampled_from((None, "GET", "POST", "PUT")),
        then=thens,
    )
    def a_vendor_is_in_trouble(
        self, vendor: str, trouble: dict[str, Any], method: str | None, then: str
    ) -> None:
        self.shop.sandbox.state.faults.add(vendor=vendor, method=method, **trouble)
        self.then(then)

    # --- people

    @rule(verb=st.sampled_from(sorted(_ON_DOCUMENTS)), pick=picks, then=thens)
    def staff_act_on_a_document(self, verb: str, pick: int, then: str) -> None:
        self.act(verb, Document.objects.filter(order__store=self.shop.store), pick, _ON_DOCUMENTS[verb])
        self.then(then)

    @rule(verb=st.sampled_from(sorted(_ON_ORDERS)), pick=picks, then=thens)
    def staff_act_on_an_order(self, verb: str, pick: int, then: str) -> None:
        self.act(verb, self.shop.store.orders.all(), pick, _ON_ORDERS[verb])
        self.then(then)

    @rule(verb=st.sampled_from(("retry", "give_up", "revoke")), pick=picks, then=thens)
    def staff_attend_to_what_waits(self, verb: str, pick: int, then: str) -> None:
        rows: QuerySet[Any] = DocumentOperation.objects.filter(
            document__order__store=self.shop.store, state="held"
        ).select_related("document")
        if verb == "revoke":
            rows = Ruling.objects.filter(order__store=self.shop.store, revoked_at=None)
        self.act(verb, rows, pick, _ON_WAITING[verb])
        self.then(then)

    def act(self, verb: str, rows: QuerySet[Any], pick: int, act: Callable[..., rulings.Answer]) -> None:
        found = list(rows.order_by("id"))
        if found:
            row = found[pick % len(found)]
            answer = act(row, user=self.world.user)
            note(f"{verb} {row}: {answer.kind} {answer.because or ''}")

    @rule(pick=picks, parts=st.sampled_from((1, 2, 3, 3)), form=st.integers(0, 3), then=thens)
    def staff_register_a_refund(self, pick: int, parts: int, form: int, then: str) -> None:
        """Over all, a half or a third of what is left, by one of a few forms: some of them sent before."""

        def give_back(row: Document, *, user: Any) -> rulings.Answer:
            amount = max(round_half_up(left_of(row) / parts, 2), Decimal("0.01"))
            request = RefundRequest(CreditReason.PARTIAL_RETURN, goods_back=True, amount=amount)
            return rulings.register_refund(row, user=user, request=request, token=f"form-{form}")

        self.act("refund", Document.objects.filter(order__store=self.shop.store), pick, give_back)
        self.then(then)

    @rule(act=st.sampled_from(("delete", "finalize", "cancel", "credit")), pick=picks, then=thens)
    def somebody_acts_at_the_provider(self, act: str, pick: int, then: str) -> None:
        drafts = act in ("delete", "finalize")
        papers = self.by_hand.papers(*(("draft",) if drafts else ("final", "settled")))
        papers = [paper for paper in papers if drafts or paper.kind != CREDIT_NOTE]
        if papers:
            paper = papers[pick % len(papers)]
            state = {"delete": "deleted", "finalize": "finalized", "cancel": "canceled"}.get(act)
            was = self.by_hand.change(paper, state) if state else self.by_hand.credit(paper)
            note(f"{act} {paper.reference} by hand: {was}")
        self.then(then)

    # --- what holds

    @invariant()
    def every_number_was_called_for(self) -> None:
        assert self.watch.violations == []

    @invariant()
    def no_order_has_two_live_invoices(self) -> None:
        live: dict[int, list[Paper]] = {}
        for paper in self.by_hand.papers("draft", "final", "settled"):
            if paper.kind != CREDIT_NOTE and credited_of(self.shop, paper) < total_of(self.shop, paper):
                live.setdefault(order_of(paper.reference), []).append(paper)
        assert all(len(papers) == 1 for papers in live.values()), [
            [(paper.reference, paper.status) for paper in papers] for papers in live.values()
        ]

    def teardown(self) -> None:
        if not hasattr(self, "opened"):
            return
        try:
            self.shop.sandbox.state.faults.clear()
            for order in self.orders:
                self.tell(order, "order_updated")
                self.deliver(len(self.on_the_way) - 1, stays=False)
            self.work_for(timedelta(days=14))
            self.every_number_was_called_for()
            self.no_order_has_two_live_invoices()
            self.verdict.at_the_end()
        finally:
            self.opened.__exit__(None, None, None)
