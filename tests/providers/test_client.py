from __future__ import annotations

import pytest
import responses
from responses import matchers

from invoicing.providers.invoicexpress.client import InvoiceXpressClient, account_url
from outbound.answers import Call
from outbound.errors import (
    AccountStopped,
    NotFound,
    OutboundError,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbound.session import OutboundSession

BASE = "https://loja.app.invoicexpress.com"
KEY = "canary-key-0123456789"


def client(calls: list[Call] | None = None) -> InvoiceXpressClient:
    observer = None if calls is None else calls.append
    session = OutboundSession("invoicexpress", BASE, deadline_seconds=5, secrets=(KEY,), on_call=observer)
    return InvoiceXpressClient(session, KEY)


@pytest.fixture
def vendor() -> object:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def refusal(call: object) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        call()  # type: ignore[operator]
    assert KEY not in repr(caught.value)
    return caught.value


def test_the_key_goes_in_the_query_and_nowhere_else(vendor: responses.RequestsMock) -> None:
    calls: list[Call] = []
    vendor.get(
        f"{BASE}/taxes.json", json={"taxes": []}, match=[matchers.query_param_matcher({"api_key": KEY})]
    )

    assert client(calls).get_json("/taxes.json") == {"taxes": []}

    assert KEY not in repr(client())
    assert calls[0].url == f"{BASE}/taxes.json?api_key=***"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_confirmed_by_a_harmless_read(vendor: responses.RequestsMock, status: int) -> None:
    vendor.post(f"{BASE}/invoices.json", status=status)
    vendor.get(f"{BASE}/taxes.json", status=status)

    error = refusal(lambda: client().write("POST", "/invoices.json", "{}"))

    assert type(error) is AccountStopped
    assert error.status == status
    assert len(vendor.calls) == 2


def test_a_feature_that_the_plan_lacks_is_no_wrong_key(vendor: responses.RequestsMock) -> None:
    vendor.put(f"{BASE}/x.json", status=401, json={"errors": [{"error": "indisponível no período gratuito"}]})
    vendor.get(f"{BASE}/taxes.json", json={"taxes": []})

    error = refusal(lambda: client().write("PUT", "/x.json", "{}"))

    assert isinstance(error, Rejected)
    assert error.vendor_messages == ("indisponível no período gratuito",)


def test_a_check_that_fails_settles_nothing(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{BASE}/x.json", status=401)
    vendor.get(f"{BASE}/taxes.json", status=503)

    assert type(refusal(lambda: client().get("/x.json"))) is Unavailable


def test_the_harmless_read_itself_needs_no_check(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{BASE}/taxes.json", status=401, json={"errors": [{"error": "Invalid API key"}]})

    assert type(refusal(lambda: client().get("/taxes.json"))) is AccountStopped
    assert len(vendor.calls) == 1


@pytest.mark.parametrize(
    ("status", "for_a_read", "for_a_write"),
    [
        (400, Rejected, Rejected),
        (402, AccountStopped, AccountStopped),
        (404, NotFound, NotFound),
        (406, Rejected, Rejected),
        (409, Unavailable, OutcomeUnknown),
        (422, Rejected, Rejected),
        (429, Unavailable, Unavailable),
        (500, Unavailable, OutcomeUnknown),
        (502, Unavailable, OutcomeUnknown),
        (504, Unavailable, OutcomeUnknown),
    ],
)
def test_what_each_status_means(
    vendor: responses.RequestsMock, status: int, for_a_read: type, for_a_write: type
) -> None:
    vendor.add("GET", f"{BASE}/x.json", status=status)
    vendor.add("PUT", f"{BASE}/x.json", status=status)

    read, write = (
        refusal(lambda: client().get("/x.json")),
        refusal(lambda: client().write("PUT", "/x.json", "{}")),
    )

    assert (type(read), type(write)) == (for_a_read, for_a_write)
    assert (read.status, write.status) == (status, status)


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ('{"errors":[{"error":"Country PT was not found"},{"error":"Client is invalid"}]}', 2),
        ('[["name","não está disponível."]]', 1),
        (" ", 0),
        ("", 0),
        ("<html><title>404</title></html>", 1),
        (f'{{"errors":["bad key {KEY}"]}}', 1),
    ],
)
def test_a_refusal_carries_the_vendors_words(
    vendor: responses.RequestsMock, body: str, messages: int
) -> None:
    vendor.post(f"{BASE}/invoices.json", status=422, body=body)

    error = refusal(lambda: client().write("POST", "/invoices.json", "{}"))

    assert isinstance(error, Rejected)
    assert len(error.vendor_messages) == messages
    assert KEY not in "".join(error.vendor_messages)


@pytest.mark.parametrize("body", ["", " ", "\n", "null"])
def test_an_accepted_write_may_say_nothing(vendor: responses.RequestsMock, body: str) -> None:
    vendor.put(f"{BASE}/x.json", body=body)

    assert client().write("PUT", "/x.json", "{}") is None


@pytest.mark.parametrize("body", ["<html>", '{"invoice":', "\ufeff{", "NaN"])
def test_an_accepted_write_with_an_unreadable_answer(vendor: responses.RequestsMock, body: str) -> None:
    vendor.put(f"{BASE}/x.json", body=body.encode())
    vendor.get(f"{BASE}/x.json", body=body.encode())

    assert type(refusal(lambda: client().write("PUT", "/x.json", "{}"))) is OutcomeUnknown
    assert type(refusal(lambda: client().get_json("/x.json"))) is Unavailable


TEMPLATE = "https://{account}.app.invoicexpress.com"


@pytest.mark.parametrize(
    ("template", "name", "url"),
    [
        (TEMPLATE, "loja", "https://loja.app.invoicexpress.com"),
        (TEMPLATE, "loja-2", "https://loja-2.app.invoicexpress.com"),
        (TEMPLATE, "0" * 63, f"https://{'0' * 63}.app.invoicexpress.com"),
        ("http://127.0.0.1:8001/invoicexpress/{account}", "loja", "http://127.0.0.1:8001/invoicexpress/loja"),
        ("http://127.0.0.1:8001/{account}/", "loja", "http://127.0.0.1:8001/loja"),
    ],
)
def test_the_address_of_an_account(template: str, name: str, url: str) -> None:
    assert account_url(template, name) == url


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a.evil.com/",
        "a.evil.com",
        "x@127.0.0.1",
        "x#",
        "x?",
        "x/",
        "x\\",
        "x%2f",
        "x:80",
        "-x",
        "X",
        "loja_1",
        "loja\n",
        "loja ",
        " loja",
        "[::1]",
        "127.0.0.1",
        "loja\u3002evil",
        "lojá",
        "\uff4coja",
        "x" * 64,
        "{account}",
        "x\x00",
    ],
)
def test_what_is_no_account_name_builds_no_address(name: str) -> None:
    with pytest.raises(AccountStopped):
        account_url(TEMPLATE, name)


@pytest.mark.parametrize(
    "template",
    [
        "ftp://{account}.example",
        "https://user:pass@{account}.example",
        "https://{account}.example/?x=1",
        "{account}",
    ],
)
def test_a_template_that_is_no_plain_address_is_refused(template: str) -> None:
    with pytest.raises(AccountStopped):
        account_url(template, "loja")
