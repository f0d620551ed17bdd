from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from outbound.answers import Answer, Call, UnreadableBody, retry_after
from outbound.errors import OutboundError, OutcomeUnknown, Unavailable, Unexpected
from outbound.session import OutboundSession
from tests.outbound.servers import (
    Behaviour,
    hangs_up,
    json_answer,
    raw_server,
    resets,
    says,
    silent,
    trickles,
)


def session(url: str, **options: object) -> OutboundSession:
    return OutboundSession("vendor", url, **{"deadline_seconds": 5, **options})  # type: ignore[arg-type]


def read(url: str, **options: object) -> Answer:
    return session(url, **options).send("GET", "/things.json", is_write=False)


def write(url: str, **options: object) -> Answer:
    return session(url, **options).send("POST", "/things.json", json_text='{"a":1}', is_write=True)


def error_of(call: object, url: str, **options: object) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        call(url, **options)  # type: ignore[operator]
    return caught.value


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_an_answer_is_given_whole() -> None:
    with raw_server(says(json_answer(201, b'{"total": 12.30, "id": 7}', "X-One: 1"))) as server:
        answer = write(server.url + "/v1")

    assert (answer.status, answer.headers["x-one"]) == (201, "1")
    assert answer.json() == {"total": Decimal("12.30"), "id": 7}
    assert server.requests[0].startswith(b"POST /v1/things.json HTTP/1.1\r\n")
    assert server.requests[0].endswith(b'\r\n\r\n{"a":1}')


def test_queries_are_encoded_and_the_key_comes_last() -> None:
    with raw_server(says(json_answer(200, b"{}"))) as server:
        session(server.url).send(
            "GET",
            "/x.json",
            query=[("type[]", "Ação"), ("text", "A&B #1")],
            secret_query=[("api_key", "s3cret key")],
            is_write=False,
        )

    line = server.requests[0].split(b"\r\n")[0]
    assert line == b"GET /x.json?type%5B%5D=A%C3%A7%C3%A3o&text=A%26B+%231&api_key=s3cret+key HTTP/1.1"


@pytest.mark.parametrize("call", [read, write])
def test_a_refused_connection_means_nothing_was_sent(call: object) -> None:
    error = error_of(call, f"http://127.0.0.1:{free_port()}")

    assert type(error) is Unavailable
    assert error.message == "vendor: the connection was refused (nothing was sent)"


@pytest.mark.parametrize("call", [read, write])
def test_an_unknown_host_means_nothing_was_sent(call: object) -> None:
    error = error_of(call, "http://no-such-host.invalid")

    assert type(error) is Unavailable
    assert "nothing was sent" in error.message


@pytest.mark.parametrize("call", [read, write])
def test_a_server_that_cannot_speak_tls_means_nothing_was_sent(call: object) -> None:
    with raw_server(says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), reads_first=False) as server:
        error = error_of(call, server.url.replace("http:", "https:"))

    assert type(error) is Unavailable
    assert error.message == "vendor: the secure connection failed (nothing was sent)"


@pytest.mark.parametrize("call", [read, write])
def test_a_certificate_that_nobody_vouches_for_means_nothing_was_sent(call: object, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    seen: list[bytes] = []

    def greet(opened: socket.socket) -> None:
        with context.wrap_socket(opened, server_side=True) as secure:
            seen.append(secure.recv(100))

    with raw_server(greet, reads_first=False) as server:
        error = error_of(call, server.url.replace("http:", "https:"))

    assert type(error) is Unavailable
    assert error.message == "vendor: the secure connection failed (nothing was sent)"
    assert b"".join(seen) == b""


def own_certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "invented")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_a_hung_tls_greeting_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts into its backlog, never answers
        started = time.monotonic()
        error = error_of(write, f"https://127.0.0.1:{listener.getsockname()[1]}", deadline_seconds=0.5)

    assert type(error) is Unavailable
    assert time.monotonic() - started < 1.5


def test_a_hung_name_look_up_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbound.deadline._look_up", lambda host, port: time.sleep(3))
    started = time.monotonic()

    error = error_of(write, "http://slow-name.example", deadline_seconds=0.5)

    assert type(error) is Unavailable
    assert time.monotonic() - started < 1.5


def test_a_hung_connect_ends_at_the_deadline() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):  # the backlog is full from here on: the next greeting is not answered
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        waiting.append(filler)
    started = time.monotonic()

    error = error_of(write, f"http://127.0.0.1:{listener.getsockname()[1]}", deadline_seconds=0.5)

    assert type(error) is Unavailable
    assert time.monotonic() - started < 1.5
    for opened in [*waiting, listener]:
        opened.close()


TEN_OCLOCK = "Sat, 21 Nov 2026 10:00:00 GMT"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "behaviour",
    [
        trickles(b"", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500),
        trickles(HEAD, b"X-Slow: " + b"a" * 500),
        trickles(HEAD + b"Content-Length: 500\r\n\r\n", b"[" + b" " * 499),
        trickles(HEAD + b"\r\n", b"[" + b" " * 499),
        trickles(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 200),
        trickles(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
        silent,
    ],
    ids=["status line", "headers", "body", "body without length", "chunks", "continues", "silence"],
)
@pytest.mark.parametrize(("call", "expected"), [(read, Unavailable), (write, OutcomeUnknown)])
def test_a_slow_answer_ends_at_the_deadline(
    behaviour: Behaviour, call: object, expected: type[OutboundError]
) -> None:
    with raw_server(behaviour) as server:
        started = time.monotonic()
        error = error_of(call, server.url, deadline_seconds=0.7)
        took = time.monotonic() - started

    assert type(error) is expected
    assert "no full answer in time" in error.message
    assert 0.6 < took < 1.4


@pytest.mark.parametrize(
    "behaviour",
    [
        hangs_up,
        resets,
        says(b"HTTP/1.1 200 OK"),
        says(b"HTTP/1.1 200 OK\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Len"),
        says(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n{}"),
        says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
        says(b"SSH-2.0-OpenSSH\r\n"),
        says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
        says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"),
        says(json_answer(500, b"oops")),
        says(json_answer(503, b"", "Retry-After: 7")),
        says(json_answer(599, b"")),
        says(json_answer(408, b"")),
    ],
)
@pytest.mark.parametrize(("call", "expected"), [(read, Unavailable), (write, OutcomeUnknown)])
def test_an_answer_that_is_lost_or_broken(
    behaviour: Behaviour, call: object, expected: type[OutboundError]
) -> None:
    with raw_server(behaviour) as server:
        error = error_of(call, server.url)

    assert type(error) is expected
    assert len(server.requests) == 1


def test_a_write_is_sent_once_even_after_a_good_call_on_the_same_session() -> None:
    answers = [says(json_answer(200, b"{}")), resets]

    def in_turn(opened: socket.socket) -> None:
        answers.pop(0)(opened)

    with raw_server(in_turn) as server:
        same = session(server.url)
        same.send("POST", "/a", json_text="{}", is_write=True)
        with pytest.raises(OutcomeUnknown):
            same.send("POST", "/a", json_text="{}", is_write=True)

    assert len(server.requests) == 2


def test_an_answer_beyond_all_size_is_not_read_to_its_end() -> None:
    endless = HEAD + b"\r\n" + b"x" * 300_000

    with raw_server(says(endless)) as server:
        lost = error_of(write, server.url, max_body_bytes=100_000)
        failed = error_of(read, server.url, max_body_bytes=100_000)

    assert (type(lost), type(failed)) == (OutcomeUnknown, Unavailable)
    assert "beyond all size" in lost.message


def test_a_compressed_bomb_is_measured_unpacked() -> None:
    import gzip

    packed = gzip.compress(b"0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()

    with raw_server(says(head + packed)) as server:
        error = error_of(read, server.url)

    assert "beyond all size" in error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with raw_server(says(json_answer(200, b"{}"))) as other:
        to_other = says(json_answer(status, b"", f"Location: {other.url}/stolen"))
        with raw_server(to_other) as server:
            sent = error_of(write, server.url)
            strange = error_of(read, server.url)

    assert (type(sent), type(strange)) == (OutcomeUnknown, Unexpected)
    assert other.requests == []


def test_a_4xx_is_an_answer_for_the_vendors_client() -> None:
    with raw_server(says(json_answer(422, b'{"errors":[]}'))) as server:
        answer = write(server.url)

    assert (answer.status, answer.is_success, answer.body) == (422, False, b'{"errors":[]}')


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (["Retry-After: 7"], timedelta(seconds=7)),
        (
            ["Date: Sat, 21 Nov 2026 10:00:00 GMT", "Retry-After: Sat, 21 Nov 2026 10:01:30 GMT"],
            timedelta(seconds=90),
        ),
        (["Retry-After: 99999999999999999999"], timedelta(hours=24)),
        (["Retry-After: soon"], timedelta(seconds=15)),
        (["Retry-After: -5"], timedelta(seconds=15)),
        ([], timedelta(seconds=15)),
    ],
)
def test_throttling_says_how_long_and_does_not_count(
    call: object, headers: list[str], wait: timedelta
) -> None:
    told: list[timedelta] = []

    with raw_server(says(json_answer(429, b"", *headers))) as server:
        error = error_of(call, server.url, on_throttled=told.append)

    assert isinstance(error, Unavailable)
    assert (error.retry_after, error.counts, error.status) == (wait, False, 429)
    assert told == [wait]


def test_a_503_to_a_read_passes_the_advice_on() -> None:
    with raw_server(says(json_answer(503, b"", "Retry-After: 120"))) as server:
        error = error_of(read, server.url)

    assert isinstance(error, Unavailable)
    assert (error.retry_after, error.counts) == (timedelta(seconds=120), True)


def test_a_used_up_allowance_sends_nothing() -> None:
    def refuse() -> None:
        raise Unavailable("used up", retry_after=timedelta(seconds=3), counts=False)

    with raw_server(says(json_answer(200, b"{}"))) as server:
        error = error_of(write, server.url, reserve=refuse)

    assert error.message == "used up"
    assert server.requests == []


def test_every_call_is_told_to_the_observer() -> None:
    calls: list[Call] = []

    with raw_server(says(json_answer(200, b"{}"))) as server:
        read(server.url, on_call=calls.append)
    error_of(write, server.url, on_call=calls.append)

    good, bad = calls
    assert (good.vendor, good.method, good.url) == ("vendor", "GET", f"{server.url}/things.json")
    assert (good.status, good.outcome, good.error) == (200, "ok", "")
    assert good.milliseconds >= 0
    assert datetime.now(UTC) - good.at < timedelta(seconds=30)
    assert (bad.status, bad.outcome) == (None, "Unavailable")
    assert bad.error == "vendor: the connection was refused (nothing was sent)"


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    with (
        raw_server(says(json_answer(200, b"{}"))) as proxy,
        raw_server(says(json_answer(200, b"{}"))) as server,
    ):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        netrc = f"{tmp_path}/netrc"
        with open(netrc, "w") as file:
            file.write("machine 127.0.0.1 login stolen password stolen\n")
        monkeypatch.setenv("NETRC", netrc)
        read(server.url)

    assert proxy.requests == []
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "example.com",
        "https://",
        "https://user:pass@example.com",
        "https://example.com/?a=1",
        "https://example.com/#a",
        "https://exa mple.com",
        "https://example.com\n",
        "https://[::1",
        "https://example.com:99999",
    ],
)
def test_a_base_url_is_an_address_and_nothing_else(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        session(url)


@pytest.mark.parametrize("path", ["@127.0.0.1/x", ".evil.example/x", ":80/x"])
def test_a_path_cannot_lead_to_another_host(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        session("http://localhost").send("GET", path, is_write=False)


def test_an_address_that_is_not_allowed_is_not_connected_to() -> None:
    with raw_server(says(json_answer(200, b"{}"))) as server:
        error = error_of(read, server.url, allow_address=lambda address: address != "127.0.0.1")

    assert type(error) is Unavailable
    assert server.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"<html>", b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000, b"9" * 5000],
)
def test_a_body_that_is_no_json(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        Answer(200, {}, body).json()


def test_numbers_stay_exact() -> None:
    value = Answer(200, {}, b'\xef\xbb\xbf{"a": 0.1, "b": 1596.638655462185, "c": 3}').json()

    assert value == {"a": Decimal("0.1"), "b": Decimal("1596.638655462185"), "c": 3}


def test_a_moment_that_is_past_asks_for_no_wait() -> None:
    assert retry_after({}) is None
    past = {"Retry-After": "Sat, 21 Nov 2020 10:00:00 GMT", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}
    assert retry_after(past) == timedelta(0)
