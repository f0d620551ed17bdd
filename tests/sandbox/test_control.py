import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import orders
from sandbox.server import SandboxServer
from tests.sandbox.conftest import KEY, Shop, invoice_body


class Control:
    def __init__(self, sandbox: SandboxServer) -> None:
        self.url = sandbox.url

    def __call__(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=10)


@pytest.fixture
def control(sandbox: SandboxServer) -> Control:
    return Control(sandbox)


def test_a_sandbox_is_filled_from_outside(control: Control) -> None:
    store = {"code": "loja", "login": "l", "auth_token": "t", "hooks_token": "h", "name": "Loja Um"}

    account = control("POST", "accounts", {"account": "loja", "api_key": KEY})
    made = control("POST", "stores", store)
    order = control("PUT", "stores/loja/orders/2001", {"order": orders.order(2001)})

    assert (account.status_code, made.status_code, order.status_code) == (201, 201, 200)
    state = control("GET", "state").json()
    assert state["accounts"]["loja"]["taxes"][0]["name"] == "IVA23"
    assert state["stores"]["loja"]["orders"]["2001"] == orders.order(2001)
    assert KEY not in json.dumps(state)


def test_the_state_shows_deleted_documents_too(control: Control, shop: Shop) -> None:
    document = shop.create(uid="u")
    shop.change(document, "deleted")

    (row,) = control("GET", "state").json()["accounts"]["loja"]["documents"]
    assert (row["id"], row["status"], row["proprietary_uid"]) == (document["id"], "deleted", "u")


def test_keys_can_be_rotated(control: Control, shop: Shop) -> None:
    control("PUT", "accounts/loja", {"api_key": "new"})

    assert shop.get("/taxes.json").status_code == 401
    assert requests.get(shop.base + "/taxes.json?api_key=new", timeout=10).status_code == 200


def test_switches_are_checked_and_set_together(control: Control) -> None:
    good = control("PUT", "switches", {"invoicexpress": {"tie": "half_even", "list_lag_seconds": 20}})
    bad = control("PUT", "switches", {"invoicexpress": {"tie": "half_up", "total": "nonsense"}})
    unknown = control("PUT", "switches", {"jumpseller": {"nonsense": 1}})

    assert (good.status_code, bad.status_code, unknown.status_code) == (200, 400, 400)
    switches = control("GET", "switches").json()["invoicexpress"]
    assert (switches["tie"], switches["list_lag_seconds"]) == ("half_even", 20.0)


def test_the_log_of_requests_has_bodies_and_no_keys(control: Control, shop: Shop) -> None:
    shop.get("/taxes.json")
    shop.post("/invoices.json", invoice_body())
    shop.get("/invoices.json", page=1)

    log = control("GET", "requests")
    writes = control("GET", "requests?method=POST&path=invoices").json()

    assert KEY not in log.text
    assert [(row["method"], row["path"], row["status"]) for row in log.json()] == [
        ("GET", "/invoicexpress/loja/taxes.json", 200),
        ("POST", "/invoicexpress/loja/invoices.json", 201),
        ("GET", "/invoicexpress/loja/invoices.json", 200),
    ]
    assert [json.loads(row["body"]) for row in writes] == [invoice_body()]
    assert (writes[0]["vendor"], writes[0]["owner"]) == ("invoicexpress", "loja")


def test_reset_empties_everything(control: Control, shop: Shop) -> None:
    shop.switches.tie = "half_even"
    shop.create()
    control("POST", "faults", {"kind": "big"})

    control("POST", "reset")

    state = control("GET", "state").json()
    assert (state["accounts"], state["stores"], state["faults"]) == ({}, {}, [])
    assert state["switches"]["invoicexpress"]["tie"] == "half_up"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("PUT", "accounts/nobody", {"api_key": "x"}, 404),
        ("POST", "accounts", {"account": "x"}, 400),
        ("POST", "accounts", {"account": "x", "api_key": "y", "color": "red"}, 400),
        ("POST", "stores", {"code": "x"}, 400),
        ("POST", "faults", "melt", 400),
    ],
)
def test_controls_that_make_no_sense(
    control: Control, method: str, path: str, body: object, status: int
) -> None:
    assert control(method, path, body).status_code == status


def test_hosts_that_are_not_there(sandbox: SandboxServer) -> None:
    for path in ("/elsewhere/v1", "/jumpseller/accounts/oauth/authorize", "/vies/check-status"):
        assert requests.get(sandbox.url + path, timeout=10).status_code == 404


def test_the_sandbox_as_a_process(tmp_path: Path) -> None:
    ready = tmp_path / "url"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--ready-file", str(ready)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        url = ready.read_text()
        assert requests.get(url + "/_sandbox/state", timeout=10).status_code == 200
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=10)
    assert output == f"sandbox listening on {url}\n"
    assert process.returncode == 0
