import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from sandbox import orders
from sandbox.jumpseller.webhooks import signature
from tests.sandbox.conftest import HOOKS_TOKEN, Front


class Ear(HTTPServer):
    """Takes webhooks down."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listener)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answer = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Listener(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers.items()), body))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def ear() -> Iterator[Ear]:
    listener = Ear()
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield listener
    listener.shutdown()
    listener.server_close()
    thread.join()


def hook(front: Front, event: str, url: str) -> None:
    assert front.call("POST", "/hooks.json", {"hook": {"event": event, "url": url}}).status_code == 200


def emit(front: Front, **body: Any) -> list[dict[str, Any]]:
    url = f"{front.sandbox.url}/_sandbox/stores/loja-exemplo/emit"
    answer = requests.post(url, json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["deliveries"])


def test_a_signature_computed_by_another_tool() -> None:
    body = '{"order":{"id":7,"status_enum":"paid","customer":{"fullname":"Inês Conceição"}}}'

    # openssl dgst -sha256 -hmac <token> -binary | base64
    assert signature(HOOKS_TOKEN, body.encode()) == "/OYBaNze9IM9Tg6goue0gXxOUHMdlzDBfijlufiAOuc="


def test_a_webhook_is_signed_over_its_raw_body(front: Front, ear: Ear) -> None:
    front.store.put_order(orders.order(2001))
    hook(front, "order_paid", ear.url)

    (delivery,) = emit(front, event="order_paid", order_id=2001)

    ((headers, body),) = ear.heard
    digest = hmac.new(HOOKS_TOKEN.encode(), body, hashlib.sha256).digest()
    assert headers["Jumpseller-Hmac-Sha256"] == base64.b64encode(digest).decode()
    assert (headers["Jumpseller-Event"], headers["Jumpseller-Store-Code"]) == ("order_paid", "loja-exemplo")
    assert headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC", headers["Jumpseller-Triggered-At"])
    assert json.loads(body) == {"order": orders.order(2001)}
    assert (delivery["status"], delivery["ok"], delivery["error"]) == (200, True, None)


def test_order_updated_comes_along(front: Front, ear: Ear) -> None:
    front.store.put_order(orders.order(2001))
    hook(front, "order_paid", ear.url)
    hook(front, "order_updated", ear.url)
    hook(front, "order_canceled", ear.url)

    emit(front, event="order_paid", order_id=2001, times=2)

    assert [headers["Jumpseller-Event"] for headers, _ in ear.heard] == ["order_paid", "order_updated"] * 2


def test_failures_are_recorded(front: Front, ear: Ear) -> None:
    front.store.put_order(orders.order(2001))
    hook(front, "order_paid", ear.url)
    ear.answer = 503
    emit(front, event="order_paid", order_id=2001)
    front.store.hooks.clear()
    hook(front, "order_paid", "http://127.0.0.1:9/closed")
    emit(front, event="order_paid", order_id=2001)

    refused, unreachable = front.store.deliveries
    assert (refused.status, refused.succeeded) == (503, False)
    assert unreachable.status is None
    assert "refused" in (unreachable.error or "")


def test_webhooks_can_be_lost(front: Front, ear: Ear) -> None:
    front.store.put_order(orders.order(2001))
    hook(front, "order_paid", ear.url)
    front.sandbox.state.jumpseller.switches.drop_webhooks = 1.0

    (delivery,) = front.sandbox.state.jumpseller.emit("order_paid", 2001)

    assert (ear.heard, delivery.error) == ([], "dropped")


def test_emitting_for_what_is_not_there(front: Front) -> None:
    url = f"{front.sandbox.url}/_sandbox/stores"
    body = {"event": "order_paid", "order_id": 1}

    assert requests.post(f"{url}/loja-exemplo/emit", json=body, timeout=10).status_code == 404
    assert requests.post(f"{url}/nobody/emit", json=body, timeout=10).status_code == 404
