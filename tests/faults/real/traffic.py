"""A busy shop: orders are paid, some are cancelled, and webhooks are sent until they are acknowledged."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox import orders
from sandbox.demo.scenarios import STORE_CODE
from sandbox.jumpseller import webhooks
from tests.faults.real.history import Attempt, History
from tests.faults.real.installation import KEYS, Installation

# The shop waits this long for an answer, and then sends again; its pauses are minutes, ours a moment.
_ANSWER_SECONDS = 15.0
_PAUSE_SECONDS = 0.25
_CANCELLED = {"status": "Canceled", "status_name": "Cancelado", "status_enum": "canceled"}


class Traffic:
    """`history` holds what was sent. Everybody in the orders is made up."""

    def __init__(self, installation: Installation, seed: int | None, *, first_order: int = 10_001) -> None:
        self.history = History()
        self._installation, self._chance = installation, random.Random(seed)
        self._numbers = itertools.count(first_order)
        self._orders: dict[int, dict[str, Any]] = {}
        self._senders = ThreadPoolExecutor(24, thread_name_prefix="sender")
        self._sending: list[Future[None]] = []
        self._closed = threading.Event()

    # --- one order

    def pay(self) -> int:
        """A new paid order in the shop; its webhooks are on their way when this returns."""
        order_id = self.put()
        self.tell(order_id, "order_paid", "order_updated")
        return order_id

    def put(self) -> int:
        """A new paid order of which nobody has been told."""
        order_id = next(self._numbers)
        moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        self._put(
            orders.order(
                order_id,
                surname=f"Fictícia {order_id}",
                email=f"cliente{order_id}@example.com",
                customer_id=5_000_000 + order_id,
                created_at=moment,
                paid_at=moment,
                store_code=STORE_CODE,
            )
        )
        return order_id

    def cancel(self, order_id: int) -> None:
        self._put(self._orders[order_id] | _CANCELLED)
        self.tell(order_id, "order_canceled", "order_updated")

    def tell(self, order_id: int, *events: str, **more: Any) -> None:
        """Send the events of an order, as it is now, in the background; `more` makes the body another one."""
        body = json.dumps({"order": self._orders[order_id] | more}).encode()
        for event in events:
            self._sending.append(self._senders.submit(self._send_until_acknowledged, order_id, event, body))

    def _put(self, order: dict[str, Any]) -> None:
        self._orders[order["id"]] = order
        self.history.statuses[order["id"]] = order["status_enum"]
        self._installation.control.call("PUT", f"stores/{STORE_CODE}/orders/{order['id']}", {"order": order})

    # --- many

    @contextmanager
    def flowing(self, *, per_second: float, cancelled: float = 0.1) -> Iterator[None]:
        """New orders meanwhile, of which a share is cancelled within seconds; at the end, all is told."""
        stop, trouble = threading.Event(), list[BaseException]()
        thread = threading.Thread(
            target=self._flow, args=(stop, trouble, per_second, cancelled), name="traffic"
        )
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if trouble:
            raise trouble[0]
        self.wait_until_told()

    def _flow(
        self, stop: threading.Event, trouble: list[BaseException], per_second: float, cancelled: float
    ) -> None:
        doomed: list[tuple[float, int]] = []
        following = time.monotonic()
        try:
            while not stop.wait(max(following - time.monotonic(), 0.0)):
                following = max(following, time.monotonic() - 1.0) + 1.0 / per_second
                order_id = self.pay()
                if self._chance.random() < cancelled:
                    doomed.append((time.monotonic() + self._chance.uniform(0.0, 4.0), order_id))
                for at, cancelled_id in list(doomed):
                    if time.monotonic() > at:
                        doomed.remove((at, cancelled_id))
                        self.cancel(cancelled_id)
            for _at, cancelled_id in doomed:
                self.cancel(cancelled_id)
        except BaseException as error:
            trouble.append(error)

    def wait_until_told(self, seconds: float = 60.0) -> None:
        """Until every webhook is acknowledged."""
        end = time.monotonic() + seconds
        for sending in self._sending:
            sending.result(max(end - time.monotonic(), 0.1))
        self._sending.clear()

    def close(self) -> None:
        self._closed.set()
        self._senders.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Traffic:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # --- one webhook

    def _send_until_acknowledged(self, order_id: int, event: str, body: bytes) -> None:
        while not self._closed.is_set():
            attempt = self._send(order_id, event, body)
            self.history.add(attempt)
            if attempt.is_acknowledged:
                return
            self._closed.wait(_PAUSE_SECONDS)

    def _send(self, order_id: int, event: str, body: bytes) -> Attempt:
        headers = webhooks.signed_headers(event, STORE_CODE, KEYS["hooks_token"], body, time.time())
        at, trouble, status = time.time(), "", None
        try:
            status = webhooks.post(self._installation.hook_url, headers, body, _ANSWER_SECONDS)
        except (OSError, http.client.HTTPException) as error:
            trouble = type(error).__name__
        digest = hashlib.sha256(body).hexdigest()
        return Attempt(order_id, event, digest, at, time.time() - at, status, trouble)
