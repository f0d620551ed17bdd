import pytest
import requests

from sandbox import orders
from tests.sandbox.conftest import HOOKS_TOKEN, Front

AUTH = ("login1", "token1")


def fill(front: Front, *ids: int, **fields: object) -> None:
    for order_id in ids:
        front.store.put_order(orders.order(order_id, **fields))  # type: ignore[arg-type]


def ids(answer: requests.Response) -> list[int]:
    return [row["order"]["id"] for row in answer.json()]


def test_numbers_go_out_as_they_came_in(front: Front) -> None:
    text = '{"order":{"id":1080,"total":10000,"price":10000.0,"tax":1596.638655462185,"odd":1.50e1,"x":"á"}}'
    url = f"{front.sandbox.url}/_sandbox/stores/loja-exemplo/orders/1080"

    stored = requests.put(url, data=text.encode(), timeout=10)

    assert stored.status_code == 200
    assert front.get("/orders/1080.json").text == text


def test_store_info(front: Front) -> None:
    store = front.get("/store/info.json").json()["store"]

    assert (store["code"], store["currency"], store["country"], store["timezone"]) == (
        "loja-exemplo",
        "EUR",
        "PT",
        "Lisbon",
    )
    assert store["hooks_token"] == HOOKS_TOKEN
    front.sandbox.state.jumpseller.switches.store_info = "bare"
    assert front.get("/store/info.json").json()["code"] == "loja-exemplo"


@pytest.mark.parametrize("auth", [None, ("login1", "wrong"), ("wrong", "token1")])
def test_wrong_credentials(front: Front, auth: tuple[str, str] | None) -> None:
    answer = requests.get(front.base + "/orders.json", auth=auth, timeout=10)

    assert (answer.status_code, answer.content) == (401, b"")


def test_a_bearer_token(front: Front) -> None:
    front.store.access_token = "opaque"
    headers = {"Authorization": "Bearer opaque"}

    assert requests.get(front.base + "/orders.json", headers=headers, timeout=10).status_code == 200


def test_orders_newest_first_in_pages(front: Front) -> None:
    fill(front, *range(1000, 1103))

    assert ids(front.get("/orders.json")) == list(range(1102, 1052, -1))
    assert ids(front.get("/orders.json", limit=500)) == list(range(1102, 1002, -1))
    assert ids(front.get("/orders.json", limit=100, page=2)) == [1002, 1001, 1000]
    assert ids(front.get("/orders/after/1100.json")) == [1101, 1102]
    assert front.get("/orders/count.json").json() == {"count": 103}


def test_filters_of_orders(front: Front) -> None:
    fill(front, 1, status="paid")
    fill(front, 2, status="canceled")
    fill(front, 3, status="pending_payment", created_at="2026-07-31 23:30:00 UTC")

    assert ids(front.get("/orders.json", **{"status_filters[]": ["paid", "canceled"]})) == [2, 1]
    assert ids(front.get("/orders/status/canceled.json")) == [2]
    assert front.get("/orders/status/nonsense.json").status_code == 404
    august = {"dateFilter": "customDate", "initialDate": "2026-08-01", "finalDate": "2026-08-31"}
    assert ids(front.get("/orders.json", **august)) == [3]
    assert front.get("/orders.json", fields="id,status_enum", limit=1).json() == [
        {"order": {"id": 3, "status_enum": "pending_payment"}}
    ]
    assert front.get("/orders/search.json", query="beatriz").json()["count"] == 3


def test_an_unknown_order(front: Front) -> None:
    answer = front.get("/orders/9.json")

    assert (answer.status_code, answer.json()) == (404, {"message": "Order not found"})


def test_documents_hang_on_orders_without_uniqueness(front: Front) -> None:
    fill(front, 1, 2)
    body = {
        "document": {
            "document_type": 1,
            "external_id": "5",
            "public_id": "FT-2026-1",
            "url": "https://example.com/d",
            "order_id": 1,
        }
    }

    first = front.call("POST", "/orders/1/documents.json", body)
    front.call("POST", "/orders/1/documents.json", body)

    assert first.status_code == 200
    assert first.json() == {"document": body["document"] | {"app_code": None}}
    assert len(front.get("/orders/1/documents.json").json()) == 2
    assert front.get("/orders/2/documents.json").json() == []
    changed = front.call(
        "PUT", "/orders/1/documents/FT-2026-1.json", {"document": {"url": "https://b.example"}}
    )
    assert changed.json()["document"]["url"] == "https://b.example"
    assert front.call("DELETE", "/orders/1/documents/FT-2026-1.json").status_code == 200
    assert len(front.get("/documents.json").json()) == 1


def test_documents_that_are_refused(front: Front) -> None:
    fill(front, 1)
    body = {
        "document": {"document_type": "1 - invoice", "public_id": "FT 2026/1", "url": "https://a.example"}
    }

    refused = front.call("POST", "/orders/1/documents.json", body)
    front.sandbox.state.jumpseller.switches.document_type = "string"
    taken = front.call("POST", "/orders/1/documents.json", body)

    assert refused.json() == {"errors": ["Document type is not included in the list"]}
    assert taken.status_code == 200
    path = "/orders/1/documents/FT%202026%2F1.json"
    assert front.call("DELETE", path).status_code == 404
    front.sandbox.state.jumpseller.switches.slash_in_public_id = "accept"
    assert front.call("DELETE", path).status_code == 200


def test_history(front: Front) -> None:
    fill(front, 1)

    made = front.call("POST", "/orders/1/history.json", {"order_history": {"message": "Fatura emitida"}})

    assert made.json()["order_history"]["message"] == "Fatura emitida"
    assert front.get("/orders/1/history.json").json() == [made.json()]


def test_hooks(front: Front) -> None:
    body = {"hook": {"event": "order_paid", "url": "https://app.example.com/h"}}

    hook = front.call("POST", "/hooks.json", body).json()["hook"]
    path = f"/hooks/{hook['id']}.json"

    assert (hook["event"], hook["application_id"]) == ("order_paid", None)
    assert front.get("/hooks.json").json() == [{"hook": hook}]
    moved = front.call("PUT", path, {"hook": {"event": "order_updated", "url": hook["url"]}}).json()["hook"]
    assert moved["event"] == "order_updated"
    assert (
        front.call("POST", "/hooks.json", {"hook": {"event": "order_created", "url": "x"}}).status_code == 400
    )
    assert front.call("DELETE", path).status_code == 200
    assert front.get(path).status_code == 404


def test_taxes_and_products(front: Front) -> None:
    front.store.products[5] = {"id": 5, "sku": "CAN-01"}

    assert [row["tax"]["tax_amount"] for row in front.get("/taxes.json").json()] == [23.0, 6.0, 23.0]
    assert front.get("/products.json").json() == [{"product": {"id": 5, "sku": "CAN-01"}}]
    assert front.get("/products/5.json").json() == {"product": {"id": 5, "sku": "CAN-01"}}


def test_rate_headers_and_limits(front: Front) -> None:
    first = front.get("/orders/count.json")
    front.sandbox.state.jumpseller.switches.update({"requests_per_minute": 2})
    statuses = [front.get("/orders/count.json").status_code for _ in range(2)]

    assert first.headers["Jumpseller-PerMinuteRateLimit-Limit"] == "800"
    assert first.headers["Jumpseller-PerMinuteRateLimit-Remaining"] == "799"
    assert first.headers["Jumpseller-PerSecondRateLimit-Limit"] == "20"
    assert first.headers["Jumpseller-PerSecondRateLimit-Remaining"] == "19"
    assert statuses == [200, 429]


def test_stores_are_told_apart_by_their_credentials(front: Front) -> None:
    other = front.sandbox.state.jumpseller.add_store("outra", "login2", "token2", "h2")
    other.put_order(orders.order(7))

    assert front.get("/orders/7.json").status_code == 404
    answer = requests.get(front.base + "/orders/7.json", auth=("login2", "token2"), timeout=10)
    assert answer.status_code == 200
