"""The Jumpseller client against the sandbox, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from jumpseller_sync.authorization import LoginAndToken
from jumpseller_sync.client import JumpsellerClient
from outbound.errors import AccountStopped, NotFound, OutcomeUnknown, Unavailable
from sandbox.orders import order
from sandbox.server import SandboxServer

LOGIN, TOKEN, HOOKS_TOKEN = "a1" * 16, "b2" * 16, "c3" * 16


@pytest.fixture
def vendor() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        store = server.state.jumpseller.add_store("loja-exemplo", LOGIN, TOKEN, HOOKS_TOKEN)
        for number in range(1001, 1006):
            store.orders[number] = order(number)
        yield server


def client_at(vendor: SandboxServer, token: str = TOKEN) -> JumpsellerClient:
    return JumpsellerClient(f"{vendor.url}/jumpseller/v1", LoginAndToken(LOGIN, token), deadline_seconds=1.5)


@pytest.fixture
def client(vendor: SandboxServer) -> JumpsellerClient:
    return client_at(vendor)


@pytest.mark.parametrize("shape", ["wrapped", "bare"])
def test_store_info(vendor: SandboxServer, client: JumpsellerClient, shape: str) -> None:
    vendor.state.jumpseller.switches.update({"store_info": shape})

    info = client.store_info()

    assert (info["code"], info["hooks_token"], info["currency"]) == ("loja-exemplo", HOOKS_TOKEN, "EUR")


def test_an_order_and_one_that_is_not_there(client: JumpsellerClient) -> None:
    assert json.loads(client.read_order_text("1003"))["order"]["id"] == 1003
    with pytest.raises(NotFound):
        client.read_order_text("99")


def test_orders_newest_first_and_after_one(client: JumpsellerClient) -> None:
    assert [row["id"] for row in client.list_orders(limit=2)] == [1005, 1004]
    assert [row["id"] for row in client.list_orders(page=3, limit=2)] == [1001]
    assert sorted(row["id"] for row in client.orders_after("1003")) == [1004, 1005]
    assert client.list_orders(status=("canceled",)) == []


@pytest.mark.parametrize("status", [200, 201])
def test_hooks_are_made_listed_and_removed(
    vendor: SandboxServer, client: JumpsellerClient, status: int
) -> None:
    vendor.state.jumpseller.switches.update({"create_status": status})

    made = client.create_hook("order_paid", "https://faturas.example/webhooks/jumpseller/x/")

    assert [(hook["id"], hook["event"]) for hook in client.list_hooks()] == [(made["id"], "order_paid")]
    client.delete_hook(str(made["id"]))
    assert client.list_hooks() == []


@pytest.mark.parametrize("shape", ["integer", "string"])
def test_documents_hang_on_the_order(vendor: SandboxServer, client: JumpsellerClient, shape: str) -> None:
    vendor.state.jumpseller.switches.update({"document_type": shape})

    client.add_document(
        "1001", document_type=1, external_id="5001", public_id="FR-1-2026", url="https://x.example/d/"
    )

    (found,) = client.list_documents("1001")
    assert (found["external_id"], found["public_id"]) == ("5001", "FR-1-2026")
    assert str(found["document_type"]).startswith("1")


def test_history(vendor: SandboxServer, client: JumpsellerClient) -> None:
    client.add_history("1001", "Fatura FR 1/2026")

    (entry,) = vendor.state.jumpseller.stores["loja-exemplo"].history[1001]
    assert entry["message"] == "Fatura FR 1/2026"


def test_wrong_credentials_stop_the_account(vendor: SandboxServer) -> None:
    with pytest.raises(AccountStopped):
        client_at(vendor, token="d4" * 16).store_info()


@pytest.mark.parametrize("status", [429, 403])
def test_too_fast(vendor: SandboxServer, client: JumpsellerClient, status: int) -> None:
    vendor.state.jumpseller.switches.update({"requests_per_minute": 2, "rate_limit_status": status})
    client.store_info()
    client.store_info()

    with pytest.raises(Unavailable) as caught:
        client.store_info()

    assert caught.value.counts is False
    assert caught.value.retry_after is not None


@pytest.mark.parametrize("kind", ["drop_after", "reset_after", "truncate", "garbage", "error_before", "big"])
def test_a_failed_read_is_never_an_answer(vendor: SandboxServer, client: JumpsellerClient, kind: str) -> None:
    vendor.state.faults.add(kind=kind, method="GET", times=None)

    for call in (
        client.store_info,
        client.list_orders,
        client.list_hooks,
        lambda: client.read_order_text("1001"),
    ):
        with pytest.raises(Unavailable):
            call()


def test_a_lost_answer_to_a_write_is_unknown(vendor: SandboxServer, client: JumpsellerClient) -> None:
    vendor.state.faults.add(kind="drop_after", method="POST")

    with pytest.raises(OutcomeUnknown):
        client.create_hook("order_paid", "https://x.example/")

    assert len(client.list_hooks()) == 1
