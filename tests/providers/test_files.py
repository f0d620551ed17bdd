from __future__ import annotations

import pytest

from invoicing.providers.invoicexpress.files import address_rule, download_pdf
from outbound.answers import Call
from outbound.errors import Unavailable, Unexpected
from tests.outbound.servers import json_answer, raw_server, says

PDF = b"%PDF-1.4 invented"
HTTPS_API = "https://loja.app.invoicexpress.com"


def test_a_pdf_is_fetched_without_any_credential() -> None:
    calls: list[Call] = []

    with raw_server(says(json_answer(200, PDF))) as server:
        url = f"{server.url}/files/a%20b.pdf?signature=canary%2Bvalue&x=1"
        found = download_pdf(url, api_url=f"{server.url}/loja", deadline_seconds=5, on_call=calls.append)

    assert found == PDF
    assert server.requests[0].startswith(b"GET /files/a%20b.pdf?signature=canary%2Bvalue&x=1 HTTP/1.1\r\n")
    assert b"authorization" not in server.requests[0].lower()
    assert b"api_key" not in server.requests[0]
    assert "canary" not in repr(calls)


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(200, b"<html>expired</html>"),
        json_answer(200, b""),
        json_answer(202, PDF),
        json_answer(403, b"<Error/>"),
        json_answer(404, b""),
        json_answer(500, b""),
    ],
)
def test_what_is_no_pdf_is_asked_for_again(answer: bytes) -> None:
    with raw_server(says(answer)) as server, pytest.raises(Unavailable):
        download_pdf(f"{server.url}/a.pdf", api_url=server.url, deadline_seconds=5)


def test_a_redirect_is_not_followed() -> None:
    with raw_server(says(json_answer(200, PDF))) as other:
        away = says(json_answer(302, b"", f"Location: {other.url}/a.pdf"))
        with raw_server(away) as server, pytest.raises(Unexpected):
            download_pdf(f"{server.url}/a.pdf", api_url=server.url, deadline_seconds=5)

    assert other.requests == []


def test_more_than_any_pdf_is_refused() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n%PDF"

    with (
        raw_server(says(head + b"x" * (21 * 1024 * 1024))) as server,
        pytest.raises(Unavailable, match="beyond all size"),
    ):
        download_pdf(f"{server.url}/a.pdf", api_url=server.url, deadline_seconds=10)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/a.pdf",
        "ftp://files.example/a.pdf",
        "file:///etc/passwd",
        "//files.example/a.pdf",
        "/a.pdf",
        "a.pdf",
        "https://user:pass@files.example/a.pdf",
        "https://files.example/a b.pdf",
        "https://files.example/a.pdf\n",
        "https://[::1/a.pdf",
        "https://fílés.example/a.pdf",
        "https://",
    ],
)
def test_an_address_that_is_not_to_be_visited(url: str) -> None:
    with pytest.raises(Unexpected):
        download_pdf(url, api_url=HTTPS_API, deadline_seconds=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_local_address_is_not_visited_for_a_vendor_elsewhere(host: str) -> None:
    with raw_server(says(json_answer(200, PDF))) as server:
        url = f"http://{host}:{server.port}/a.pdf"
        with pytest.raises(Unavailable):
            download_pdf(url, api_url="http://vendor.example", deadline_seconds=5)

    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("52.218.0.1", True),
        ("2a05:d000::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:52.218.0.1", True),
        ("2002:7f00:1::", False),
        ("not an address", False),
    ],
)
def test_which_addresses_may_be_connected_to(address: str, allowed: bool) -> None:
    assert address_rule("files.example", "api.example")(address) is allowed
    assert address_rule("api.example", "API.example")(address) is True
