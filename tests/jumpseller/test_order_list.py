"""Lists of orders: each order as the shop's own text, page by page, by number and by days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from jumpseller_sync.authorization import LoginAndToken
from jumpseller_sync.client import JumpsellerClient
from jumpseller_sync.order_list import NotAList, order_texts
from jumpseller_sync.platform import JumpsellerShop
from outbound import clock as database_clock
from outbound.errors import AccountStopped, Unavailable

BASE = "https://api.jumpseller.com/v1"
FIRST = '{"order": {"id": 1002, "total": 10000.0, "tax": 1596.638655462185, "name": "João [},"}}'
SECOND = '{"id":"1001","total":1e3,"products":[{"qty":1}]}'


@pytest.fixture
def vendor() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def today() -> Iterator[None]:
    database_clock.inject(lambda: datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    yield
    database_clock.inject(None)


def client() -> JumpsellerClient:
    return JumpsellerClient(BASE, LoginAndToken("login-0123456789", "token-0123456789"), deadline_seconds=5)


def shop() -> JumpsellerShop:
    return JumpsellerShop(client())


def query(vendor: responses.RequestsMock) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(vendor.calls[0].request.url).query)


def test_each_order_comes_as_its_own_text() -> None:
    assert order_texts(f" [\n{FIRST} ,\t{SECOND}\n]\r\n") == [("1002", FIRST), ("1001", SECOND)]


@pytest.mark.parametrize("body", ["[]", " [ ] ", "\n[\n]\n"])
def test_an_empty_list_has_none(body: str) -> None:
    assert order_texts(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "{}",
        '{"orders":[]}',
        "[",
        "[{}",
        "[{},]",
        "[,]",
        "[{} {}]",
        "[{}]]",
        "[{}] x",
        '["x"]',
        "[1]",
        "[null]",
        '[{"id":1}',
        '[{"id":1',
        "<html>",
        "[" * 100_000,
        '[{"a":' * 100_000,
    ],
)
def test_what_is_no_list_of_objects_is_none(body: str) -> None:
    with pytest.raises(NotAList):
        order_texts(body)


@pytest.mark.parametrize(
    "row",
    [
        "{}",
        '{"id":null}',
        '{"id":0}',
        '{"id":1.5}',
        '{"id":NaN}',
        '{"order":null}',
        '{"id":"%s"}' % ("9" * 65),
    ],
)
def test_an_order_without_a_usable_id_has_an_empty_one(row: str) -> None:
    assert order_texts(f"[{row}, {SECOND}]") == [("", row), ("1001", SECOND)]


def test_one_order_that_cannot_be_read_leaves_the_others() -> None:
    strange = '{"order":{"id":1003,"total":NaN,"name":"a\tb"}}'

    assert order_texts(f"[{strange},{SECOND}]") == [("1003", strange), ("1001", SECOND)]


def test_a_page_is_asked_for_by_number_and_size(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{BASE}/orders.json", body=f"\ufeff[{FIRST}]".encode())

    assert client().list_order_texts(page=3, limit=500) == [("1002", FIRST)]
    assert query(vendor) == [("page", "3"), ("limit", "100")]


@pytest.mark.parametrize("body", ["{}", '{"message":"later"}', "null", '["x"]', "<html>", "", b"[\xff]"])
def test_an_answer_that_is_no_list_is_no_answer(vendor: responses.RequestsMock, body: Any) -> None:
    vendor.get(f"{BASE}/orders.json", body=body)

    with pytest.raises(Unavailable):
        client().list_order_texts()


def test_refused_credentials_are_no_empty_list(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{BASE}/orders.json", status=401)
    vendor.get(f"{BASE}/store/info.json", status=401)

    with pytest.raises(AccountStopped):
        shop().list_orders(page=1)


def test_the_latest_are_asked_for_without_days(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{BASE}/orders.json", body=f"[{FIRST}]")

    (listed,) = shop().list_orders(page=1)

    assert (listed.shop_order_id, listed.payload) == ("1002", FIRST)
    assert query(vendor) == [("page", "1"), ("limit", "50")]


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (date(2026, 3, 2), date(2026, 3, 4), "2026-03-01", "2026-03-06"),
        (date(2026, 3, 2), None, "2026-03-01", "2026-07-03"),
        (None, date(2026, 3, 4), "1999-12-31", "2026-03-06"),
        (date.min, date.max, "1999-12-31", "2026-07-03"),
        (date(2027, 1, 1), None, "2026-12-31", "2027-01-03"),
    ],
)
def test_days_are_asked_for_with_a_margin(
    vendor: responses.RequestsMock,
    today: None,
    since: date | None,
    until: date | None,
    first: str,
    last: str,
) -> None:
    vendor.get(f"{BASE}/orders.json", body="[]")

    assert shop().list_orders(page=2, since=since, until=until) == []
    assert query(vendor) == [
        ("page", "2"),
        ("limit", "50"),
        ("dateFilter", "customDate"),
        ("initialDate", first),
        ("finalDate", last),
    ]


def test_a_page_that_is_not_there_is_empty(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{BASE}/orders.json", status=404, json={"message": "Not found"})

    assert shop().list_orders(page=9) == []


def test_numbers_are_not_written_anew(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{BASE}/orders.json", body=f"[{FIRST}]".encode())

    (listed,) = shop().list_orders(page=1)

    assert '"total": 10000.0, "tax": 1596.638655462185' in listed.payload
    assert json.loads(listed.payload)["order"]["name"] == "João [},"
