"""Whatever bytes come back, a call ends in an answer or in the error family."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outbound.answers import Answer
from outbound.errors import OutboundError, OutcomeUnknown, Rejected, Unavailable, Unexpected
from outbound.session import OutboundSession
from tests.outbound.servers import RawServer, raw_server

status_lines = st.one_of(
    st.sampled_from(
        [b"HTTP/1.1 200 OK", b"HTTP/1.0 201", b"HTTP/1.1 204 X", b"HTTP/1.1 404 N", b"HTTP/1.1 302 F"]
    ),
    st.integers(0, 1200).map(lambda status: b"HTTP/1.1 %d X" % status),
    st.binary(max_size=40),
)
header_lines = st.one_of(
    st.sampled_from(
        [
            b"Content-Length: 2",
            b"Content-Length: -1",
            b"Content-Length: 9999999999999999999",
            b"Content-Length: x",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: chunked, gzip",
            b"Content-Encoding: gzip",
            b"Content-Encoding: deflate, br, zstd",
            b"Location: http://[::1",
            b"Retry-After: Sat, 99 Nov 2026 10:00:00 GMT",
            b"Set-Cookie: a=b; Expires=x",
            b"Connection: keep-alive",
            b" folded",
            b": nameless",
        ]
    ),
    st.binary(max_size=60),
)
bodies = st.one_of(
    st.sampled_from(
        [b"", b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\nX: y\r\n", b"-1\r\n", b"\x1f\x8b\x08"]
    ),
    st.binary(max_size=200),
)
answers = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda status, headers, body: (
            status + b"\r\n" + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body
        ),
        status_lines,
        st.lists(header_lines, max_size=5),
        bodies,
    ),
)
_next: list[bytes] = []


def _behave(opened: socket.socket) -> None:
    opened.sendall(_next[-1])


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with raw_server(_behave) as started:
        yield started


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=answers, is_write=st.booleans())
def test_any_bytes_end_in_the_family(server: RawServer, answer: bytes, is_write: bool) -> None:
    _next.append(answer)
    session = OutboundSession("vendor", server.url, deadline_seconds=1)
    outcome: Answer | OutboundError

    try:
        outcome = session.send("POST" if is_write else "GET", "/", json_text="{}", is_write=is_write)
    except OutboundError as error:
        outcome = error

    if isinstance(outcome, Answer):
        assert 200 <= outcome.status < 300 or 400 <= outcome.status < 500
    elif isinstance(outcome, Unavailable) and is_write:
        assert outcome.status == 429 or "nothing was sent" in outcome.message
    else:
        assert type(outcome) in ((OutcomeUnknown, Rejected) if is_write else (Unavailable, Unexpected))
