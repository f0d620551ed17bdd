from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from jumpseller_sync.authorization import LoginAndToken
from jumpseller_sync.client import JumpsellerClient
from outbound.answers import Call
from outbound.errors import (
    AccountStopped,
    NotFound,
    OutboundError,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Unexpected,
)

BASE = "https://api.jumpseller.com/v1"
LOGIN, TOKEN = "login-0123456789", "token-canary-0123456789"
NOTHING_LEFT = {"Jumpseller-PerMinuteRateLimit-Limit": "800", "Jumpseller-PerMinuteRateLimit-Remaining": "0"}
SOME_LEFT = {"Jumpseller-PerMinuteRateLimit-Limit": "800", "Jumpseller-PerMinuteRateLimit-Remaining": "799"}


@pytest.fixture
def shop() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def client(**options: Any) -> JumpsellerClient:
    return JumpsellerClient(BASE, LoginAndToken(LOGIN, TOKEN), **{"deadline_seconds": 5, **options})


def refusal(call: Any) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        call()
    assert TOKEN not in repr(caught.value)
    return caught.value


def sent(shop: responses.RequestsMock, position: int = 0) -> Any:
    return json.loads(shop.calls[position].request.body)


def test_credentials_go_in_the_header_and_are_shown_nowhere(shop: responses.RequestsMock) -> None:
    calls: list[Call] = []
    shop.get(f"{BASE}/store/info.json", json={"store": {"code": "loja"}})

    client(on_call=calls.append).store_info()

    expected = base64.b64encode(f"{LOGIN}:{TOKEN}".encode()).decode()
    assert shop.calls[0].request.headers["Authorization"] == f"Basic {expected}"
    shown = repr(client()) + repr(calls)
    assert not any(secret in shown for secret in (LOGIN, TOKEN, expected))


def test_an_access_token_is_a_bearer(shop: responses.RequestsMock) -> None:
    shop.get(f"{BASE}/store/info.json", json={"code": "loja"})

    calls: list[Call] = []

    JumpsellerClient(BASE, Tokens("access-0123456789"), on_call=calls.append).store_info()

    assert shop.calls[0].request.headers["Authorization"] == "Bearer access-0123456789"
    assert "access-0123456789" not in repr(calls)


def test_a_refused_access_token_gives_way_to_the_next_and_the_call_is_made_once_more(
    shop: responses.RequestsMock,
) -> None:
    shop.post(f"{BASE}/hooks.json", status=401)
    shop.post(f"{BASE}/hooks.json", json={"hook": {"id": 1}})

    hook = JumpsellerClient(BASE, Tokens("old-0123456789", "new-0123456789")).create_hook("order_paid", "u")

    assert hook == {"id": 1}
    used = [call.request.headers["Authorization"] for call in shop.calls]
    assert used == ["Bearer old-0123456789", "Bearer new-0123456789"]


def test_a_second_refusal_stops_the_store(shop: responses.RequestsMock) -> None:
    shop.post(f"{BASE}/hooks.json", status=401, json={"message": "old-0123456789 new-0123456789"})
    shop.get(f"{BASE}/store/info.json", status=401)

    entered = JumpsellerClient(BASE, Tokens("old-0123456789", "new-0123456789", "new-0123456789"))
    with pytest.raises(AccountStopped) as caught:
        entered.create_hook("order_paid", "u")

    assert len(shop.calls) == 3
    assert "0123456789" not in repr(caught.value)


def test_one_call_that_is_refused_does_not_stop_the_store(shop: responses.RequestsMock) -> None:
    shop.get(f"{BASE}/orders/1.json", status=401)
    shop.get(f"{BASE}/store/info.json", json={"code": "loja"})

    error = refusal(lambda: client().read_order_text("1"))

    assert (type(error), error.status) == (Rejected, 401)
    assert len(shop.calls) == 2


class Tokens:
    """One after the other."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = [f"Bearer {token}" for token in tokens]

    def header(self) -> str:
        return self._tokens.pop(0)

    def renewed(self, refused: str) -> str:
        return self._tokens.pop(0) if self._tokens else ""

    def secrets(self) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize("body", [{"store": {"code": "loja", "name": "L"}}, {"code": "loja", "name": "L"}])
def test_store_info_wrapped_or_bare(shop: responses.RequestsMock, body: dict[str, Any]) -> None:
    shop.get(f"{BASE}/store/info.json", json=body)

    assert client().store_info() == {"code": "loja", "name": "L"}


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "{}", '{"store":null}', '{"error":"x"}', '{"store":{"name":1}}']
)
def test_a_store_info_that_cannot_be_read(shop: responses.RequestsMock, body: str) -> None:
    shop.get(f"{BASE}/store/info.json", body=body)

    assert type(refusal(client().store_info)) is Unavailable


def test_an_order_comes_as_its_own_text(shop: responses.RequestsMock) -> None:
    text = '{"order": {"id": 1012, "total": 10000.0, "tax": 1596.638655462185, "name": "João"}}'
    shop.get(f"{BASE}/orders/1012.json", body=text.encode())

    assert client().read_order_text("1012") == text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"order":{"id":"1012"}}', None),
        ('{"id":1012,"status":"Paid"}', None),
        ('{"order":{"id":1013}}', Unexpected),
        ('{"order":null}', Unavailable),
        ('{"message":"later"}', Unavailable),
        ("[]", Unavailable),
        ('{"order":{"id":1012', Unavailable),
        ("<html>", Unavailable),
        ("", Unavailable),
    ],
)
def test_an_order_is_the_one_that_was_asked_for(
    shop: responses.RequestsMock, body: str, expected: type[OutboundError] | None
) -> None:
    shop.get(f"{BASE}/orders/1012.json", body=body)

    if expected is None:
        assert client().read_order_text("1012") == body
    else:
        assert type(refusal(lambda: client().read_order_text("1012"))) is expected


def test_lists_are_unwrapped(shop: responses.RequestsMock) -> None:
    shop.get(f"{BASE}/orders.json", body='[{"order":{"id":2,"total":1.10}},{"id":1}]')

    found = client().list_orders(page=2, limit=500, status=("paid", "canceled"))

    assert found == [{"id": 2, "total": Decimal("1.10")}, {"id": 1}]
    assert parse_qsl(urlsplit(shop.calls[0].request.url).query) == [
        ("page", "2"),
        ("limit", "100"),
        ("status_filters[]", "paid"),
        ("status_filters[]", "canceled"),
    ]


def test_orders_after_one(shop: responses.RequestsMock) -> None:
    shop.get(f"{BASE}/orders/after/1000.json", json=[{"order": {"id": 1001}}])

    assert client().orders_after("1000") == [{"id": 1001}]


@pytest.mark.parametrize("body", ["{}", '{"orders":[]}', "null", '["x"]', "<html>"])
def test_what_is_no_list_is_not_an_empty_one(shop: responses.RequestsMock, body: str) -> None:
    shop.get(f"{BASE}/orders.json", body=body)

    assert type(refusal(client().list_orders)) is Unavailable


def test_hooks(shop: responses.RequestsMock) -> None:
    first = [{"hook": {"id": number, "event": "order_paid", "url": "u"}} for number in range(100)]
    shop.get(f"{BASE}/hooks.json", json=first)
    shop.get(f"{BASE}/hooks.json", json=[{"hook": {"id": 100, "event": "order_paid", "url": "u"}}])
    shop.post(f"{BASE}/hooks.json", json={"hook": {"id": 7, "event": "order_paid", "url": "https://x/"}})
    shop.delete(f"{BASE}/hooks/7.json", body='"OK"')

    assert len(client().list_hooks()) == 101
    assert client().create_hook("order_paid", "https://x/")["id"] == 7
    assert sent(shop, 2) == {"hook": {"event": "order_paid", "url": "https://x/"}}
    client().delete_hook("7")


def test_a_list_of_hooks_that_ignores_pages_ends(shop: responses.RequestsMock) -> None:
    shop.get(f"{BASE}/hooks.json", json=[{"hook": {"id": number}} for number in range(100)])

    assert len(client().list_hooks()) == 100
    assert len(shop.calls) == 2


def test_a_new_hook_that_cannot_be_read_may_exist(shop: responses.RequestsMock) -> None:
    shop.post(f"{BASE}/hooks.json", body="")

    assert type(refusal(lambda: client().create_hook("order_paid", "u"))) is OutcomeUnknown


def add_document(shop: responses.RequestsMock) -> None:
    client().add_document(
        "2001", document_type=1, external_id="5001", public_id="FR-2026-15", url="https://example.com/d/x/"
    )


def test_a_document_is_hung_on_the_order(shop: responses.RequestsMock) -> None:
    shop.post(f"{BASE}/orders/2001/documents.json", json={"document": {}})
    shop.get(f"{BASE}/orders/2001/documents.json", json=[{"document": {"public_id": "FR-2026-15"}}])

    add_document(shop)

    assert sent(shop) == {
        "document": {
            "document_type": 1,
            "external_id": "5001",
            "public_id": "FR-2026-15",
            "url": "https://example.com/d/x/",
            "order_id": 2001,
        }
    }
    assert client().list_documents("2001") == [{"public_id": "FR-2026-15"}]


@pytest.mark.parametrize("status", [400, 422])
def test_a_document_type_refused_as_a_number_is_sent_as_text(
    shop: responses.RequestsMock, status: int
) -> None:
    shop.post(
        f"{BASE}/orders/2001/documents.json", status=status, json={"errors": ["Document type is invalid"]}
    )
    shop.post(f"{BASE}/orders/2001/documents.json", json={"document": {}})

    add_document(shop)

    assert sent(shop, 1)["document"]["document_type"] == "1 - invoice"


@pytest.mark.parametrize(("status", "calls"), [(400, 2), (403, 1), (500, 1), (404, 1)])
def test_a_document_is_not_sent_again_for_other_reasons(
    shop: responses.RequestsMock, status: int, calls: int
) -> None:
    shop.post(f"{BASE}/orders/2001/documents.json", status=status)

    refusal(lambda: add_document(shop))

    assert len(shop.calls) == calls


def test_a_line_in_the_history(shop: responses.RequestsMock) -> None:
    shop.post(f"{BASE}/orders/2001/history.json", body="")

    client().add_history("2001", "Fatura FR 2026/15")

    assert sent(shop) == {"order_history": {"message": "Fatura FR 2026/15"}}


@pytest.mark.parametrize(
    ("status", "body", "read", "write", "messages"),
    [
        (400, '{"errors":["Element is not included","Template too"]}', Rejected, Rejected, 2),
        (400, '{"error":"Invalid Label."}', Rejected, Rejected, 1),
        (400, "No se encontraron parámetros permitidos", Rejected, Rejected, 1),
        (401, "", AccountStopped, AccountStopped, 0),
        (402, "", AccountStopped, AccountStopped, 0),
        (403, '{"message":"Not authorized"}', Rejected, Rejected, 1),
        (404, '{"message":"Not found"}', NotFound, NotFound, 0),
        (422, "{}", Rejected, Rejected, 0),
        (429, "", Unavailable, Unavailable, 0),
        (500, "", Unavailable, OutcomeUnknown, 0),
        (503, "<html>", Unavailable, OutcomeUnknown, 0),
    ],
)
def test_what_each_status_means(
    shop: responses.RequestsMock, status: int, body: str, read: type, write: type, messages: int
) -> None:
    shop.get(f"{BASE}/store/info.json", status=status, body=body, headers=SOME_LEFT)
    shop.get(f"{BASE}/orders/1.json", status=status, body=body, headers=SOME_LEFT)
    shop.post(f"{BASE}/orders/1/history.json", status=status, body=body, headers=SOME_LEFT)

    of_read = refusal(lambda: client().read_order_text("1"))
    of_write = refusal(lambda: client().add_history("1", "x"))

    assert (type(of_read), type(of_write)) == (read, write)
    assert (of_read.status, of_write.status) == (status, status)
    assert len(getattr(of_read, "vendor_messages", ())) == messages


@pytest.mark.parametrize("status", [429, 403])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (NOTHING_LEFT, timedelta(seconds=20)),
        ({"Jumpseller-PerSecondRateLimit-Remaining": "0"}, timedelta(seconds=1)),
        ({**NOTHING_LEFT, "Retry-After": "9"}, timedelta(seconds=9)),
    ],
)
def test_too_fast_is_told_by_the_headers(
    shop: responses.RequestsMock, status: int, headers: dict[str, str], wait: timedelta
) -> None:
    blocked: list[timedelta] = []
    shop.get(f"{BASE}/orders/1.json", status=status, headers=headers)

    error = refusal(lambda: client(block=blocked.append).read_order_text("1"))

    assert isinstance(error, Unavailable)
    assert (error.retry_after, error.counts) == (wait, False)
    assert blocked == [wait]


@pytest.mark.parametrize("status", [429, 403])
def test_a_ban_is_waited_out(shop: responses.RequestsMock, status: int) -> None:
    blocked: list[timedelta] = []
    until = (datetime.now(UTC) + timedelta(minutes=10)).isoformat(timespec="seconds")
    shop.get(f"{BASE}/orders/1.json", status=status, headers={"Jumpseller-BannedByRateLimit-Reset": until})

    error = refusal(lambda: client(block=blocked.append).read_order_text("1"))

    assert isinstance(error, Unavailable)
    assert error.retry_after is not None
    assert timedelta(minutes=9, seconds=50) < error.retry_after <= timedelta(minutes=10)
    assert blocked == [error.retry_after]


def test_throttling_without_a_word_still_waits(shop: responses.RequestsMock) -> None:
    shop.get(f"{BASE}/orders/1.json", status=429)

    error = refusal(lambda: client().read_order_text("1"))

    assert isinstance(error, Unavailable)
    assert error.retry_after == timedelta(seconds=15)


def test_a_used_up_allowance_calls_nobody(shop: responses.RequestsMock) -> None:
    def refuse() -> None:
        raise Unavailable("used up", counts=False)

    refusal(lambda: client(reserve=refuse).read_order_text("1"))

    assert len(shop.calls) == 0


def test_an_id_cannot_leave_its_place_in_the_path(shop: responses.RequestsMock) -> None:
    shop.get(f"{BASE}/orders/..%2Fstore%2Finfo.json", status=404)

    assert type(refusal(lambda: client().read_order_text("../store/info"))) is NotFound
