"""Drive the product from outside: a shop that rings, a clock that jumps, workers that do what is due."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F
from django.test import Client

from invoicing import queue
from invoicing.domain.profile import parse_profile
from invoicing.models import Document, DocumentOperation
from invoicing.selectors import export_row, orders_with_work
from invoicing.services import sweep as _sources_registered  # noqa: F401 - registers the work sources
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.connect import (
    connect_store,
)
from jumpseller_sync.services.connect_settings import (
    StoreSettings,
)
from jumpseller_sync.signature import sign
from sandbox import orders
from sandbox.server import SandboxServer
from stores.models import Order, OrderRefresh, Store

ACCOUNT = "lojaexemplo"
API_KEY = "canary-api-key-0123456789"
AUTH_TOKEN = "canary-auth-token-0123456789"
LOGIN = "canary-login-0123456789"
HOOKS_TOKEN = "canary-hooks-token-0123456789"


class FakeClock:
    """The database's clock in tests: stands still unless told to move."""

    def __init__(self, moment: datetime = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        # Two readings are never equal, as with a real clock; "later" stays decidable.
        self.moment += timedelta(microseconds=50)
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Shop:
    """One connected store, and the sandbox's two sides of it."""

    sandbox: SandboxServer
    clock: FakeClock
    store: Store
    connection: JumpsellerConnection

    @property
    def account(self) -> Any:
        return self.sandbox.state.invoicexpress.accounts[ACCOUNT]

    @property
    def shop_side(self) -> Any:
        return self.sandbox.state.jumpseller.stores[self.store.code]

    def put(
        self, order_id: int, *, paid_at: datetime | None = None, status: str = "paid", **facts: Any
    ) -> dict[str, Any]:
        """Put an order into the shop; see `sandbox.orders.order`. Paid now, unless said otherwise."""
        moment = _shop_time(paid_at or self.clock.moment)
        payload = orders.order(
            order_id,
            status=status,
            created_at=moment,
            paid_at=None if status == "pending_payment" else moment,
            **facts,
        )
        self.shop_side.put_order(payload)
        return payload

    def ring(self, order_id: int, event: str = "order_paid", **headers: str) -> int:
        """Send the signed webhook of an order as the shop would. Returns the status."""
        order = self.shop_side.orders[order_id]
        payload = order if "order" in order else {"order": order}
        return self.ring_raw(json.dumps(payload, default=float).encode(), event, **headers)

    def ring_raw(self, body: bytes, event: str = "order_paid", **headers: str) -> int:
        response = Client().post(
            f"/webhooks/jumpseller/{self.connection.hook_key}/",
            data=body,
            content_type="application/json",
            headers={
                "Jumpseller-Event": event,
                "Jumpseller-Store-Code": self.store.code,
                "Jumpseller-Hmac-Sha256": sign(body, self.connection.hooks_token),
                "Jumpseller-Triggered-At": f"{self.clock.moment:%Y-%m-%d %H:%M:%S}.000 UTC",
                **headers,
            },
        )
        return int(response.status_code)

    def pay(self, order_id: int, **facts: Any) -> Order:
        """An order is paid and the shop rings; the order's row once the due work is done."""
        self.put(order_id, **facts)
        assert self.ring(order_id) == 200
        drain(self.clock)
        return self.order(order_id)

    def order(self, order_id: int) -> Order:
        return Order.objects.get(store=self.store, shop_order_id=str(order_id))

    def documents(self, order_id: int) -> list[Document]:
        return list(Document.objects.filter(order=self.order(order_id)).order_by("id"))

    def stored(self, *, status: str | None = None) -> list[Any]:
        """Documents at the provider that are not deleted, oldest first."""
        found = [d for d in self.account.documents.values() if d.status != "deleted"]
        return [d for d in found if status is None or d.status == status]

    def row(self, order_id: int) -> dict[str, Any]:
        """The order's line of the export."""
        orders = Order.objects.filter(store=self.store, shop_order_id=str(order_id))
        return export_row(orders_with_work(orders).get())

    def calls(self, method: str, path: str) -> int:
        """How many requests both vendors have seen whose path contains `path`."""
        return sum(1 for r in self.sandbox.state.requests if r.method == method and path in r.path)


def _shop_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def login_of(code: str) -> str:
    """Each store has its own; the first one's is the plain one."""
    return LOGIN if code == "loja-exemplo" else f"{LOGIN}-{code}"


def connect_shop(
    sandbox: SandboxServer, clock: FakeClock, *, code: str = "loja-exemplo", **profile: Any
) -> Shop:
    if ACCOUNT not in sandbox.state.invoicexpress.accounts:
        sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    sandbox.state.jumpseller.add_store(code, login_of(code), AUTH_TOKEN, HOOKS_TOKEN)
    report = connect_store(shop_settings(code, **profile))
    assert report.problems == []
    store = Store.objects.get(code=code)
    return Shop(sandbox, clock, store, store.jumpseller)


def shop_settings(code: str = "loja-exemplo", **profile: Any) -> StoreSettings:
    return StoreSettings(
        code=code,
        name="Loja Exemplo",
        country="PT",
        currency="EUR",
        timezone="Europe/Lisbon",
        login=login_of(code),
        auth_token=AUTH_TOKEN,
        provider="invoicexpress",
        account_name=ACCOUNT,
        api_key=API_KEY,
        profile=parse_profile({"finalize": True, "bcc": "loja@example.com", **profile}),
    )


def drain(clock: FakeClock, *, hours: float = 48.0, rounds: int = 2000) -> None:
    """Do everything that is due, jumping to the next due moment, until nothing is left or time is up."""
    end = clock.moment + timedelta(hours=hours)
    for _ in range(rounds):
        queue.recover_lost()
        if run_once():
            continue
        moments = [m for source in queue.sources() if (m := source.next_due_at()) is not None]
        if not moments or min(moments) > end:
            return
        clock.moment = max(clock.moment, min(moments)) + timedelta(milliseconds=1)
    raise AssertionError(f"work does not end: {_open_work()}")


def _open_work() -> list[dict[str, Any]]:
    operations = DocumentOperation.objects.filter(state__in=("queued", "running"))
    refreshes = OrderRefresh.objects.filter(requested__gt=F("processed"))
    fields = ("document__reference", "document__status", "verb", "state", "attempts", "not_before", "detail")
    return [
        *operations.values(*fields),
        *refreshes.values("order__shop_order_id", "requested", "attempts", "last_error"),
    ]


def run_once() -> int:
    """One round over what is due now. Returns how many pieces of work were touched."""
    done = 0
    for source in queue.sources():
        for pk in source.due(queue.now(), 100):
            source.perform(pk)
            done += 1
    return done
