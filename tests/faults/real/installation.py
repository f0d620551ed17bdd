"""The product as its operator runs it, beside a stand-in of both vendors; every process can be killed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.demo.mailbox import Mailbox
from sandbox.demo.processes import procfile_lines
from sandbox.demo.remote import SandboxControl, fetch
from sandbox.demo.scenarios import ACCOUNT, STORE_CODE
from tests.faults.real.fleet import Fleet
from tests.faults.real.servers import (
    Broker,
    Database,
)

LEASE, SWEEP, DEADLINE, LAG = 3.0, 1.0, 1.0, 1.5
# The stand-in's search is as late as the product is told that it may be, but for a margin.
TRUE_LAG = 1.0
# A killed process: its lease, a sweep, 5 s; and for a create whose answer is lost, the quarantine
# (deadline and index lag) and the second look an index lag later.
BOUND = LEASE + SWEEP + 5 + DEADLINE + 2 * LAG
PROCESSES = ("web", "worker", "beat")
_PATIENCE_SECONDS = 90.0
KEYS = {
    "login": "faults-login-0123456789",
    "auth_token": "faults-auth-token-0123456789",
    "hooks_token": "faults-hooks-token-0123456789",
    "api_key": "faults-api-key-0123456789",
}


@dataclass
class Installation:
    fleet: Fleet
    environment: dict[str, str]
    control: SandboxControl
    mailbox: Mailbox
    database: Database
    broker: Broker
    hook_url: str = ""
    restarts: list[float] = field(default_factory=list)
    slowest_start: float = 0.0

    @property
    def web_port(self) -> int:
        return int(self.environment["PORT"])

    # --- processes

    def start(self, *names: str) -> None:
        """Start processes of the product by their lines of the Procfile; remembers when."""
        lines = procfile_lines()
        for name in names or PROCESSES:
            self.restarts.append(self.fleet.start(name, ["sh", "-c", lines[name]], self.environment))

    def kill(self, *names: str) -> float:
        """SIGKILL, all of it at once. Returns the moment of the last."""
        return max(self.fleet.kill(name) for name in names)

    def wait_until_at_work(self) -> float:
        """Until every process does its part again after the last restart: a request is answered, a sweep
        was rung for and done. Returns that moment, in seconds since the epoch."""
        last = max(self.restarts)
        live = f"{self.environment['PUBLIC_URL']}/health/live"
        self.wait(lambda: fetch(live, timeout=5)[0] == 200, "web")
        self.wait(lambda: self.swept_at() > last, "a sweep")
        self.slowest_start = max(self.slowest_start, time.time() - last)
        return time.time()

    def manage(self, *arguments: str, given: str = "") -> str:
        command = [sys.executable, "manage.py", *arguments]
        return self.fleet.run(arguments[0], command, self.environment, given=given)

    def export(self) -> dict[int, dict[str, Any]]:
        """`export_documents`, by order."""
        rows = json.loads(self.manage("export_documents", STORE_CODE, "--format", "json"))
        return {int(row["order_id"]): row for row in rows}

    def health(self) -> str:
        status, body = fetch(f"{self.environment['PUBLIC_URL']}/health/ready", timeout=5)
        return str(json.loads(body).get("status")) if status in (200, 503) else f"status {status}"

    # --- the vendors

    def switch(self, **changes: Any) -> None:
        self.control.call("PUT", "switches", {"invoicexpress": changes})

    def papers(self) -> list[dict[str, Any]]:
        """Every document at the provider, the deleted ones too."""
        found: list[dict[str, Any]] = self.control.call("GET", f"accounts/{ACCOUNT}")["documents"]
        return found

    def shop(self) -> dict[str, Any]:
        found: dict[str, Any] = self.control.call("GET", f"stores/{STORE_CODE}")
        return found

    # --- rows, looked at from outside

    def open_work(self) -> dict[str, int]:
        """How much is left to do, by kind."""
        kinds = {
            "deliveries": "SELECT count(*) FROM jumpseller_sync_webhookdelivery WHERE state = 'received'",
            "refreshes": "SELECT count(*) FROM stores_orderrefresh WHERE requested > processed",
            "operations": "SELECT count(*) FROM invoicing_documentoperation "
            "WHERE state IN ('queued', 'running')",
        }
        counts = {kind: int(self.database.rows(sql)[0][0]) for kind, sql in kinds.items()}
        return {kind: count for kind, count in counts.items() if count}

    def swept_at(self) -> float:
        """The last sweep, in seconds since the epoch."""
        rows = self.database.rows("SELECT swept_at FROM invoicing_sweepmark")
        return max((epoch(moment) for (moment,) in rows), default=0.0)

    def lost_work(self) -> int:
        """How many attempts ended with the death of their process; readings of orders are not among them."""
        sql = "SELECT count(*) FROM invoicing_operationattempt WHERE outcome = 'lost'"
        return int(self.database.rows(sql)[0][0])

    def settled_orders(self) -> set[int]:
        """Orders whose invoice has its number, or was ended, or that are held: nothing fiscal is open."""
        return {
            int(order_id)
            for (order_id,) in self.database.rows(
                "SELECT o.shop_order_id FROM stores_order o JOIN invoicing_document d ON d.order_id = o.id "
                "WHERE d.role = 'invoice' AND d.status NOT IN ('planned', 'draft') "
                "UNION SELECT o.shop_order_id FROM stores_order o JOIN invoicing_orderdecision n "
                "ON n.order_id = o.id WHERE n.outcome IN ('held', 'not_due', 'excluded') "
                "UNION SELECT o.shop_order_id FROM stores_order o JOIN invoicing_document d "
                "ON d.order_id = o.id JOIN invoicing_documentoperation p ON p.document_id = d.id "
                "WHERE p.state = 'held' AND p.is_fiscal"
            )
        }

    def story(self, order_id: int) -> str:
        """What was done for an order, attempt by attempt, with times in seconds since the first."""
        rows = self.database.rows(
            "SELECT a.started_at, a.finished_at, d.reference, p.verb, a.outcome, a.error "
            "FROM invoicing_operationattempt a JOIN invoicing_documentoperation p ON p.id = a.operation_id "
            "JOIN invoicing_document d ON d.id = p.document_id JOIN stores_order o ON o.id = d.order_id "
            f"WHERE o.shop_order_id = '{order_id}' ORDER BY a.started_at"
        )
        lines = [
            f"{epoch(began):.1f} to {f'{epoch(ended):.1f}' if ended else '?'}: {' '.join(map(str, facts))}"
            for began, ended, *facts in rows
        ]
        return "\n".join([f"order {order_id}", *lines])

    def wait(self, is_reached: Callable[[], bool], what: str, *, seconds: float = _PATIENCE_SECONDS) -> float:
        """Poll until something is so. Returns how long it took."""
        began = time.monotonic()
        while not is_reached():
            self.fleet.require_alive()
            waited = time.monotonic() - began
            assert waited < seconds, (
                f"waited {waited:.0f} s for {what}: {self._state()}\n{self.fleet.tails()}"
            )
            time.sleep(0.05)
        return time.monotonic() - began

    def settle(self, *, seconds: float = _PATIENCE_SECONDS) -> float:
        """Wait until nothing is left to do."""
        return self.wait(lambda: not self.open_work(), "the end of all work", seconds=seconds)

    def _state(self) -> str:
        sql = (
            "SELECT d.reference, d.status, p.verb, p.state, p.attempts, p.losses, p.waiting_for, "
            "p.not_before, p.detail FROM invoicing_documentoperation p "
            "JOIN invoicing_document d ON d.id = p.document_id "
            "WHERE p.state IN ('queued', 'running') ORDER BY p.id LIMIT 10"
        )
        return f"{self.open_work()} {[tuple(map(str, row)) for row in self.database.rows(sql)]}"


def epoch(moment: object) -> float:
    """A moment of a row, in seconds; SQLite tells moments as text without a zone, in UTC."""
    if isinstance(moment, datetime):
        return moment.timestamp()
    return datetime.fromisoformat(f"{moment}+00:00").timestamp()
