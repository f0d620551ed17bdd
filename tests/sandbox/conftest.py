from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.invoicexpress.switches import InvoiceXpressSwitches
from sandbox.server import SandboxServer

KEY = "k" * 40
HOOKS_TOKEN = "fedcba98765432100123456789abcdef"


class Shop:
    """An InvoiceXpress account, called over HTTP."""

    def __init__(self, sandbox: SandboxServer, account: str) -> None:
        self.sandbox = sandbox
        self.account = sandbox.state.invoicexpress.add_account(account, KEY)
        self.base = f"{sandbox.url}/invoicexpress/{account}"

    @property
    def switches(self) -> InvoiceXpressSwitches:
        return self.sandbox.state.invoicexpress.switches

    def call(self, method: str, path: str, json: Any = None, **query: Any) -> requests.Response:
        params = {"api_key": KEY, **query}
        return requests.request(method, self.base + path, params=params, json=json, timeout=10)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, **query)

    def post(self, path: str, json: Any) -> requests.Response:
        return self.call("POST", path, json)

    def put(self, path: str, json: Any = None) -> requests.Response:
        return self.call("PUT", path, json)

    def create(self, path: str = "invoices", *, uid: str | None = None, **fields: Any) -> dict[str, Any]:
        answer = self.post(f"/{path}.json", invoice_body(uid=uid, **fields))
        assert answer.status_code == 201, answer.text
        (document,) = answer.json().values()
        return dict(document)

    def change(
        self, document: dict[str, Any], state: str, path: str = "invoices", **more: Any
    ) -> requests.Response:
        return self.put(f"/{path}/{document['id']}/change-state.json", {"invoice": {"state": state, **more}})

    def final(self, path: str = "invoices", **fields: Any) -> dict[str, Any]:
        answer = self.change(self.create(path, **fields), "finalized", path)
        assert answer.status_code == 200, answer.text
        (document,) = answer.json().values()
        return dict(document)

    def ids(self, **query: Any) -> list[int]:
        return [row["id"] for row in self.get("/invoices.json", **query).json()["invoices"]]


def line(**fields: Any) -> dict[str, Any]:
    return {
        "name": "CAN-01",
        "description": "Caneca",
        "unit_price": "10.0",
        "quantity": "1.0",
        "unit": "unit",
        "tax": {"name": "IVA23"},
    } | fields


def invoice_body(*, uid: str | None = None, **fields: Any) -> dict[str, Any]:
    root = {
        "date": "15/03/2026",
        "due_date": "15/03/2026",
        "reference": "LOJA-77",
        "client": {"name": "Ana Inventada", "code": "C-1", "country": "Portugal", "fiscal_id": "123456789"},
        "items": [line()],
    } | fields
    whole: dict[str, Any] = {"invoice": {name: value for name, value in root.items() if value is not None}}
    return whole if uid is None else whole | {"proprietary_uid": uid}


def messages(answer: requests.Response) -> list[str]:
    return [entry["error"] for entry in answer.json()["errors"]]


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(running: SandboxServer) -> SandboxServer:
    running.reset()
    running.state.now = time.time
    return running


@pytest.fixture
def shop(sandbox: SandboxServer) -> Shop:
    return Shop(sandbox, "loja")


class Front:
    """A Jumpseller store, called over HTTP."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        self.store = sandbox.state.jumpseller.add_store("loja-exemplo", "login1", "token1", HOOKS_TOKEN)
        self.base = f"{sandbox.url}/jumpseller/v1"

    def call(self, method: str, path: str, json: Any = None, **query: Any) -> requests.Response:
        return requests.request(
            method, self.base + path, params=query, json=json, auth=("login1", "token1"), timeout=10
        )

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, **query)


@pytest.fixture
def front(sandbox: SandboxServer) -> Front:
    return Front(sandbox)
