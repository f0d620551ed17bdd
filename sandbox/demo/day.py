"""Plays the day: orders are put into the shop, webhooks ring, and what follows is told as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.demo.home import DemoFailed
from sandbox.demo.mailbox import Mail, Mailbox
from sandbox.demo.remote import SandboxControl, fetch
from sandbox.demo.scenarios import ACCOUNT, CREDIT_NOTE, STORE_CODE, Scenario
from sandbox.demo.verdict import Row, Seen, belongs_to, live

PATIENCE_SECONDS = 45.0
LIST_LAG_SECONDS = 1
_LOOK_EVERY_SECONDS = 0.05
_CLICK_EVERY_SECONDS = 0.5
_PAPER_NAMES = {"InvoiceReceipt": "fatura-recibo", "Invoice": "fatura", CREDIT_NOTE: "nota de crédito"}
_FINAL = ("final", "settled")
_CREATES = r"/invoice_receipts\.json$"


@dataclass
class Figures:
    """Seconds: each webhook's answer, and from the first webhook of an order to its final document."""

    webhooks: list[float] = field(default_factory=list)
    finals: list[float] = field(default_factory=list)


class Day:
    def __init__(
        self,
        control: SandboxControl,
        mailbox: Mailbox,
        *,
        say: Callable[[str], None],
        require_alive: Callable[[], None],
    ) -> None:
        self.figures = Figures()
        self._control, self._mailbox = control, mailbox
        self._say, self._require_alive = say, require_alive
        self._orders: dict[int, Scenario] = {}
        self._rung_at: dict[int, float] = {}
        self._told: set[object] = set()
        self._pdf_bytes: dict[str, int] = {}
        self._next_click: dict[str, float] = {}
        self._papers: list[Row] = []
        self._entries: list[Row] = []

    def play(self, scenarios: Sequence[Scenario]) -> None:
        """Run every scenario as far as the outside can see its end.

        Raises:
            DemoFailed: it takes too long, or a process died.
        """
        # The search shows a new document late, as the true one does.
        switches = {"invoicexpress": {"list_lag_seconds": LIST_LAG_SECONDS}}
        self._control.call("PUT", "switches", switches)
        for scenario in scenarios:
            self._begin(scenario)
        self._until(
            lambda: all(self._is_complete(scenario) for scenario in scenarios), "the last deliveries", None
        )

    def seen(self, scenario: Scenario, row: Row | None) -> Seen:
        mine = scenario.order_id
        return Seen(
            row,
            [paper for paper in self._papers if belongs_to(mine, paper["reference"])],
            [entry for entry in self._entries if str(entry["order_id"]) == str(mine)],
            self._mails_of(mine),
            self._pdf_bytes,
        )

    @property
    def papers(self) -> list[Row]:
        return self._papers

    def _begin(self, scenario: Scenario) -> None:
        order_id, expected = scenario.order_id, scenario.expected
        self._orders[order_id] = scenario
        told = "is paid" if scenario.event == "order_paid" else "is sent before it is paid"
        self._tell(order_id, f"order of {expected.total} EUR {told}: {scenario.title}")
        if scenario.is_reply_lost:
            fault = {
                "vendor": "invoicexpress",
                "kind": "drop_after",
                "method": "POST",
                "path_regex": _CREATES,
            }
            self._control.call("POST", "faults", fault)
        self._put(scenario.order)
        self._ring(order_id, scenario.event, scenario.times)
        if scenario.is_reply_lost:
            self._until(lambda: not self._control.call("GET", "faults"), "the create", order_id)
            self._tell(order_id, "the provider made the draft, but its reply is lost on the way")
        elif expected.papers:
            self._until(lambda: len(self._final_papers(order_id)) == 1, "a final document", order_id)
        if scenario.is_cancelled:
            self._tell(order_id, "order is cancelled in the shop")
            changes = {"status": "Canceled", "status_name": "Cancelado", "status_enum": "canceled"}
            self._put(scenario.order | changes)
            self._ring(order_id, "order_canceled", 1)

    def _put(self, order: dict[str, Any]) -> None:
        self._control.call("PUT", f"stores/{STORE_CODE}/orders/{order['id']}", {"order": order})

    def _ring(self, order_id: int, event: str, times: int) -> None:
        body = {"event": event, "order_id": order_id, "times": times}
        answer = self._control.call("POST", f"stores/{STORE_CODE}/emit", body)
        ended = time.time()
        deliveries = answer["deliveries"]
        moments = [float(delivery["at"]) for delivery in deliveries]
        if moments:
            self._rung_at.setdefault(order_id, moments[0])
        for delivery, began, until in zip(deliveries, moments, [*moments[1:], ended], strict=True):
            self.figures.webhooks.append(until - began)
            told = delivery["error"] or delivery["status"]
            self._tell(
                order_id, f"webhook {delivery['event']} answered {told} in {(until - began) * 1000:.0f} ms"
            )

    def look(self) -> None:
        """Read both vendors and the mailbox once, and tell what is new."""
        state = self._control.state()
        self._papers = state["accounts"][ACCOUNT]["documents"]
        self._entries = state["stores"][STORE_CODE]["documents"]
        new_mails = [
            mail for number, mail in enumerate(list(self._mailbox.mails)) if self._is_news(("mail", number))
        ]
        if new_mails:
            self._next_click.clear()  # what was mailed can be clicked, too
        for paper in self._papers:
            self._look_at_paper(paper)
        for entry in self._entries:
            self._look_at_entry(entry)
        for mail in new_mails:
            size = f"{mail.attachment} ({mail.attachment_bytes} bytes)"
            self._tell(self._order_of(mail.attachment), f"mailed to {', '.join(mail.recipients)}: {size}")

    def _look_at_paper(self, paper: Row) -> None:
        order_id, status = self._order_of(paper["reference"]), paper["status"]
        name = _PAPER_NAMES.get(paper["type"], paper["type"])
        if self._is_news(("draft", paper["id"])):
            self._tell(order_id, f"draft made: {name} of {paper['total']:.2f} EUR")
        if status in _FINAL and self._is_news((status, paper["id"])):
            since = ""
            if paper["type"] != CREDIT_NOTE and order_id in self._rung_at:
                seconds = time.time() - self._rung_at[order_id]
                self.figures.finals.append(seconds)
                since = f", {seconds:.1f} s after the webhook"
            self._tell(order_id, f"finalized as {name} {paper['sequence_number']}{since}")
        elif status not in ("draft", *_FINAL) and self._is_news((status, paper["id"])):
            self._tell(order_id, f"{name} is {status}")

    def _look_at_entry(self, entry: Row) -> None:
        order_id, paper_id = int(entry["order_id"]), str(entry["external_id"])
        if self._is_news(("entry", paper_id)):
            self._tell(order_id, f"hung on the order as {entry['public_id']}")
        if paper_id not in self._pdf_bytes and time.monotonic() > self._next_click.get(paper_id, 0.0):
            self._next_click[paper_id] = time.monotonic() + _CLICK_EVERY_SECONDS
            status, body = fetch(str(entry["url"]))
            if status == 200 and body.startswith(b"%PDF"):
                self._pdf_bytes[paper_id] = len(body)
                self._tell(order_id, f"PDF at the buyer's link ({len(body)} bytes)")

    def _until(self, is_reached: Callable[[], bool], what: str, order_id: int | None) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.look()
            if is_reached():
                return
            self._require_alive()
            if time.monotonic() > end:
                whose = f" of order {order_id}" if order_id else ""
                raise DemoFailed(f"Waited {PATIENCE_SECONDS:.0f} s for {what}{whose}.")
            time.sleep(_LOOK_EVERY_SECONDS)

    def _is_complete(self, scenario: Scenario) -> bool:
        expected, papers = scenario.expected, self._final_papers(scenario.order_id)
        mails = len(expected.papers) if expected.mail_to else 0
        return (
            len(papers) >= len(expected.papers)
            and all(str(paper["id"]) in self._pdf_bytes for paper in papers)
            and len(self._mails_of(scenario.order_id)) >= mails
        )

    def _final_papers(self, order_id: int) -> list[Row]:
        papers = [paper for paper in live(self._papers) if belongs_to(order_id, paper["reference"])]
        return [paper for paper in papers if paper["status"] in _FINAL]

    def _mails_of(self, order_id: int) -> list[Mail]:
        return [mail for mail in self._mailbox.mails if belongs_to(order_id, mail.attachment)]

    def _order_of(self, text: str | None) -> int:
        return next((order_id for order_id in self._orders if belongs_to(order_id, text)), 0)

    def _is_news(self, fact: object) -> bool:
        if fact in self._told:
            return False
        self._told.add(fact)
        return True

    def _tell(self, order_id: int, text: str) -> None:
        self._say(f"{order_id or '':>4}  {text}")
