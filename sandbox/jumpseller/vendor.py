"""The vendor as one object: requests in, responses out, and `emit` for the webhooks."""

from __future__ import annotations

import base64
import binascii
import http.client
import random
import threading
from collections.abc import Callable
from typing import Any

from sandbox import jsontext
from sandbox.jumpseller import accounts, attachments, orders_api, webhooks
from sandbox.jumpseller.stores import Delivery, JsonObject, Store
from sandbox.jumpseller.switches import JumpsellerSwitches
from sandbox.messages import Request, Response, json_response

PREFIX = "jumpseller"
FIRST_ID = 71001
SHOWN_PER_MINUTE = 800
SHOWN_PER_SECOND = 20
Send = Callable[[str, dict[str, str], bytes, float], int]


class Jumpseller:
    """All stores. `now()` gives seconds since the epoch; `send` carries a webhook (url, headers, body,
    timeout) and gives the status of the answer."""

    def __init__(self, now: Callable[[], float], lock: threading.RLock, send: Send = webhooks.post) -> None:
        self.now = now
        self.send = send
        self._lock = lock
        self.reset()

    def reset(self) -> None:
        self.switches = JumpsellerSwitches()
        self.stores: dict[str, Store] = {}
        self.random = random.Random(1)
        self._next_id = FIRST_ID

    def add_store(self, code: str, login: str, auth_token: str, hooks_token: str, **settings: Any) -> Store:
        """Opens a store.

        Raises:
            TypeError: a setting that stores do not have.
        """
        store = Store(code, login, auth_token, hooks_token, **settings)
        self.stores[code] = store
        return store

    def handle(self, request: Request) -> Response:
        """Answers one request; faults are not known here."""
        pieces = request.segments
        if request.method == "POST" and pieces[1:] == ["accounts", "oauth", "token"]:
            return accounts.token(self, request)
        if len(pieces) < 3 or pieces[1] != "v1":
            return orders_api.message(404, "Not found")
        store = self.store_of(request)
        if store is None:
            return Response(401)
        headers, too_many = self._count_call(store)
        if too_many:
            answer = Response(self.switches.rate_limit_status)
        else:
            answer = self._route(store, request, pieces[2:])
        answer.headers.update(headers)
        return answer

    def emit(self, event: str, order_id: int, duplicate: int = 1, store: str | None = None) -> list[Delivery]:
        """Tells the hooks registered for an event about an order, as it is now, `duplicate` times over.

        An `order_updated` goes with every other event of an order. No lock is held while sending.

        Raises:
            KeyError: no such store, or no such order in it.
        """
        with self._lock:
            shop = self.stores[store] if store is not None else next(iter(self.stores.values()))
            body = jsontext.dumps({"order": shop.orders[order_id]})
            events = [event]
            if event != "order_updated" and self.switches.accompanying_order_updated:
                events.append("order_updated")
            due = [
                (name, dict(hook), self.random.random() < self.switches.drop_webhooks)
                for _ in range(duplicate)
                for name in events
                for hook in shop.hooks.values()
                if hook["event"] == name
            ]
        return [self._deliver(shop, name, order_id, hook, body, lost) for name, hook, lost in due]

    def _deliver(
        self, store: Store, event: str, order_id: int, hook: JsonObject, body: bytes, lost: bool
    ) -> Delivery:
        at = self.now()
        status: int | None = None
        error: str | None = None
        if lost:
            error = "dropped"
        else:
            headers = webhooks.signed_headers(event, store.code, store.hooks_token, body, at)
            try:
                status = self.send(hook["url"], headers, body, self.switches.webhook_timeout_seconds)
            except (OSError, http.client.HTTPException) as problem:
                error = f"{type(problem).__name__}: {problem}"
        delivery = Delivery(at, event, order_id, hook["id"], hook["url"], status, error)
        with self._lock:
            store.deliveries.append(delivery)
        return delivery

    def _route(self, store: Store, request: Request, pieces: list[str]) -> Response:
        *front, last = pieces
        if not last.endswith(".json"):
            return orders_api.message(404, "Not found")
        rest = [*front, last.removesuffix(".json")]
        match (request.method, rest):
            case ("GET", ["store", "info"]):
                info = store.info()
                return json_response(200, {"store": info} if self.switches.store_info == "wrapped" else info)
            case (_, ["hooks", *more]):
                return attachments.route_hooks(store, self.switches, request, more, self._new_id, self.now())
            case ("GET", ["taxes"]):
                return json_response(200, [{"tax": tax} for tax in store.taxes])
            case ("GET", ["products"]):
                rows = orders_api.page(request, list(store.products.values()))
                return json_response(200, [{"product": product} for product in rows])
            case ("GET", ["products", "count"]):
                return json_response(200, {"count": len(store.products)})
            case ("GET", ["products", product_id]) if _known(product_id, store.products):
                return json_response(200, {"product": store.products[int(product_id)]})
            case ("GET", ["documents"]):
                return attachments.list_documents(request, store.documents, paged=True)
            case (_, ["orders", *more]):
                return self._route_orders(store, request, more)
        return orders_api.message(404, "Not found")

    def _route_orders(self, store: Store, request: Request, rest: list[str]) -> Response:
        match (request.method, rest):
            case ("GET", []):
                return orders_api.list_orders(store, request, self.now())
            case ("GET", ["count"]):
                return json_response(200, {"count": len(store.orders)})
            case ("GET", ["search"]):
                return orders_api.search(store, request, self.now())
            case ("GET", ["after", order_id]) if order_id.isdigit():
                return orders_api.list_after(store, request, int(order_id))
            case ("GET", ["status", status]):
                return orders_api.list_by_status(store, request, status)
            case (_, [order_id, *_]) if not _known(order_id, store.orders):
                return orders_api.message(404, "Order not found")
            case ("GET", [order_id]):
                return json_response(200, {"order": store.orders[int(order_id)]})
            case ("POST", [order_id, "documents"]):
                return attachments.add_document(store, self.switches, int(order_id), request)
            case ("GET", [order_id, "documents"]):
                documents = store.documents_of(int(order_id))
                return attachments.list_documents(request, documents, paged=False)
            case ("PUT" | "DELETE", [order_id, "documents", public_id]):
                return attachments.change_document(store, self.switches, int(order_id), public_id, request)
            case ("GET" | "POST", [order_id, "history"]):
                return attachments.history(
                    store, self.switches, int(order_id), request, self._new_id(), self.now()
                )
        return orders_api.message(404, "Not found")

    def store_of(self, request: Request) -> Store | None:
        scheme, _, secret = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() == "bearer" and secret:
            return next((s for s in self.stores.values() if accounts.is_current(self, s, secret)), None)
        if scheme.lower() != "basic":
            return None
        try:
            login, _, token = base64.b64decode(secret, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return next((s for s in self.stores.values() if (s.login, s.auth_token) == (login, token)), None)

    def _count_call(self, store: Store) -> tuple[dict[str, str], bool]:
        """The rate headers, and whether this call is one too many."""
        now = self.now()
        while store.calls and store.calls[0] <= now - 60:
            store.calls.popleft()
        last_second = sum(1 for at in store.calls if at > now - 1)
        per_minute = self.switches.requests_per_minute
        per_second = self.switches.requests_per_second
        too_many = bool(per_minute and len(store.calls) >= per_minute) or bool(
            per_second and last_second >= per_second
        )
        if not too_many:
            store.calls.append(now)
            last_second += 1
        minute_limit, second_limit = per_minute or SHOWN_PER_MINUTE, per_second or SHOWN_PER_SECOND
        return {
            "Jumpseller-PerMinuteRateLimit-Limit": str(minute_limit),
            "Jumpseller-PerMinuteRateLimit-Remaining": str(max(0, minute_limit - len(store.calls))),
            "Jumpseller-PerSecondRateLimit-Limit": str(second_limit),
            "Jumpseller-PerSecondRateLimit-Remaining": str(max(0, second_limit - last_second)),
        }, too_many

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


def _known(text: str, rows: dict[int, JsonObject]) -> bool:
    return text.isascii() and text.isdigit() and int(text) in rows
