"""A canary key goes through every kind of trouble; then everything that anyone could see is searched."""

from __future__ import annotations

import io
import logging
import socket
import traceback
from collections.abc import Iterator

import pytest

from outbound.answers import Call
from outbound.errors import OutboundError
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

CANARY = "canary-key-0123456789abcdef"
TROUBLES: dict[str, Behaviour] = {
    "fine": says(json_answer(200, b"{}")),
    "hangs up": hangs_up,
    "resets": resets,
    "silent": silent,
    "trickles": trickles(b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 100),
    "head cut": says(b"HTTP/1.1 200 OK\r\nConte"),
    "body cut": says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
    "bad header": says(b"HTTP/1.1 200 OK\r\nbroken header\r\nContent-Length: 0\r\n\r\n"),
    "two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n{"),
    "no http": says(b"nonsense\r\n\r\n"),
    "bad gzip": says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab"),
    "server error": says(json_answer(500, f"api_key={CANARY}".encode())),
    "throttled": says(json_answer(429, b"")),
    "redirect": says(json_answer(302, b"", "Location: /elsewhere")),
    "redirect nowhere": says(json_answer(302, b"", "Location: http://[::1")),
    "refused": says(json_answer(401, b'{"errors":[{"error":"Invalid API key"}]}')),
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything logged, at the lowest level, by a handler that knows nothing of redaction."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    names = ["", "urllib3", "requests", "urllib3.connectionpool", "urllib3.connection"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def everything_seen(session: OutboundSession, *, is_write: bool, calls: list[Call]) -> str:
    seen = [repr(session)]
    try:
        session.send(
            "POST" if is_write else "GET",
            "/invoices.json",
            secret_query=[("api_key", CANARY)],
            headers={"X-Token": CANARY, "Authorization": f"Bearer {CANARY}"},
            is_write=is_write,
        )
    except OutboundError as error:
        assert error.__cause__ is None
        assert error.__context__ is None
        seen += [str(error), repr(error), error.message, "".join(traceback.format_exception(error))]
    seen += [repr(call) for call in calls]
    return "\n".join(seen)


@pytest.mark.parametrize("is_write", [True, False])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_no_trouble_shows_the_key(trouble: str, is_write: bool, log: io.StringIO) -> None:
    calls: list[Call] = []
    with raw_server(TROUBLES[trouble]) as server:
        session = OutboundSession(
            "vendor", server.url, deadline_seconds=0.5, secrets=(CANARY,), on_call=calls.append
        )
        seen = everything_seen(session, is_write=is_write, calls=calls)

    assert CANARY not in seen
    assert CANARY not in log.getvalue()
    assert len(calls) == 1
    assert calls[0].url == f"{server.url}/invoices.json?api_key=***"


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "http://nowhere.invalid"]
)
def test_no_failed_connection_shows_the_key(base: str, log: io.StringIO) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    calls: list[Call] = []
    session = OutboundSession("vendor", base.format(port=port), deadline_seconds=2, on_call=calls.append)

    seen = everything_seen(session, is_write=True, calls=calls)

    assert CANARY not in seen
    assert CANARY not in log.getvalue()


def test_a_request_that_cannot_be_built_does_not_show_the_key() -> None:
    session = OutboundSession("vendor", "http://localhost", deadline_seconds=1)

    with pytest.raises(ValueError, match="cannot be sent") as caught:
        session.send("GET", ":x/", secret_query=[("api_key", CANARY)], is_write=False)

    assert CANARY not in "".join(traceback.format_exception(caught.value))
