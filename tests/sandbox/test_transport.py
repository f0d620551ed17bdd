import json

import pytest
import requests

from tests.sandbox.conftest import Shop, invoice_body


@pytest.mark.parametrize(
    "url",
    [
        "/invoicexpress/loja/taxes.json?api_key=wrong",
        "/invoicexpress/loja/taxes.json",
        "/invoicexpress/other/taxes.json?api_key=" + "k" * 40,
    ],
)
def test_a_wrong_key_or_account(shop: Shop, url: str) -> None:
    answer = requests.get(shop.sandbox.url + url, timeout=10)

    assert (answer.status_code, answer.json()) == (401, {"errors": [{"error": "Invalid API key"}]})


def test_the_shapes_of_not_found(shop: Shop) -> None:
    assert shop.get("/invoices/1.json").content == b""
    assert shop.get("/clients/1.json").content == b""
    assert shop.get("/taxes/1.json").content == b" "
    page = shop.post("/clients/0/invoices.json", {})
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert shop.get("/nothing.json").status_code == 404
    assert shop.get("/invoices").status_code == 404


def test_a_body_that_is_no_json(shop: Shop) -> None:
    answer = requests.post(
        shop.base + "/invoices.json",
        params={"api_key": "k" * 40},
        data="{",
        headers={"Content-Type": "application/json"},
        timeout=10,
    )

    assert answer.status_code == 400


def test_a_body_not_declared_as_json_is_not_read(shop: Shop) -> None:
    answer = requests.post(
        shop.base + "/invoices.json",
        params={"api_key": "k" * 40},
        data=json.dumps(invoice_body()),
        timeout=10,
    )

    assert answer.status_code == 422


def test_the_rate_limit_is_off_until_switched_on(shop: Shop) -> None:
    shop.switches.requests_per_minute = 2
    statuses = [shop.get("/taxes.json").status_code for _ in range(3)]
    refused = shop.get("/taxes.json")
    shop.switches.retry_after = False
    bare = shop.get("/taxes.json")

    assert statuses == [200, 200, 429]
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert "Retry-After" not in bare.headers
