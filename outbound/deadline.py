"""A total deadline for one HTTP call, and connections that obey it.

Timeouts of HTTP libraries are per read: a server that sends one byte now and then, in the headers or in
the body, holds a worker for hours. Here a timer shuts the socket down when the whole call is over time.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from http.client import HTTPResponse, IncompleteRead
from types import TracebackType
from typing import Any

import certifi
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

_LEAST_SECONDS = 0.001
_Address = tuple[int, int, int, tuple[Any, ...]]  # family, kind, protocol, where


class Deadline:
    """The time left for one call. `established` tells whether a connection came about, TLS included;
    `attempted`, whether one was tried at all (a stand-in for the transport tries none).

    `allow_address` is asked for every IP address before a connection to it is opened.
    """

    def __init__(self, seconds: float, allow_address: Callable[[str], bool] | None = None) -> None:
        self.seconds = seconds
        self.attempted = False
        self.established = False
        self.expired = False
        self._allow_address = allow_address
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()

    def left(self) -> float:
        """Seconds left, never zero (zero means non-blocking to a socket)."""
        return max(_LEAST_SECONDS, self._ends - time.monotonic())

    def open_socket(self, host: str, port: int, options: Any) -> socket.socket:
        """A connected, watched socket.

        Raises:
            OSError: no address, refused, not allowed, or out of time.
        """
        self.attempted = True
        addresses = _resolve(host, port, self.left())
        failure: OSError = OSError(f"no address for {host}")
        for position, (family, kind, protocol, address) in enumerate(addresses):
            if self._allow_address is not None and not self._allow_address(str(address[0])):
                failure = OSError("an address that is not allowed")
                continue
            share = self.left() / (len(addresses) - position)
            try:
                opened = socket.socket(family, kind, protocol)
                return self._connected(opened, address, share, options)
            except OSError as error:
                failure = error
        raise failure

    def _connected(
        self, opened: socket.socket, address: tuple[Any, ...], seconds: float, options: Any
    ) -> socket.socket:
        try:
            for option in options or ():
                opened.setsockopt(*option)
            opened.settimeout(seconds)
            opened.connect(address)
            self._watch(opened)
            opened.settimeout(self.left())
        except BaseException:
            opened.close()
            raise
        return opened

    def _watch(self, opened: socket.socket) -> None:
        # A second handle on the same connection: TLS takes the first socket apart, and a number that was
        # closed and given out again must not be shut down.
        with self._lock:
            self._handle = opened.dup()
            if self.expired:
                raise TimeoutError("out of time")

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._handle is not None:
                with contextlib.suppress(OSError):  # the other side was faster
                    self._handle.shutdown(socket.SHUT_RDWR)


def guarded_pools(deadline: Deadline) -> PoolManager:
    """Pools for one call only: nothing is shared, so no write meets a stale connection."""
    pools = PoolManager(num_pools=1, maxsize=1, retries=False, ssl_context=_tls())
    by_scheme: dict[str, Any] = {
        "http": functools.partial(_pool, HTTPConnectionPool, _PlainConnection, deadline),
        "https": functools.partial(_pool, HTTPSConnectionPool, _TlsConnection, deadline),
    }
    pools.pool_classes_by_scheme = by_scheme
    return pools


def _pool(
    pool_class: type[HTTPConnectionPool], connection_class: Any, deadline: Deadline, *args: Any, **kwargs: Any
) -> HTTPConnectionPool:
    pool = pool_class(*args, **kwargs)
    pool.ConnectionCls = functools.partial(connection_class, deadline)  # type: ignore[assignment]
    return pool


class _Lines:
    """A response's stream while its head is read; remembers the last line."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self._stream.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _WholeHeadResponse(HTTPResponse):
    """The library takes a head that was cut off for a whole one with no body; this does not."""

    def begin(self) -> None:
        stream: Any = self.fp
        lines: Any = _Lines(stream)
        self.fp = lines
        super().begin()
        if self.fp is lines:
            self.fp = stream
        if lines.last not in (b"\r\n", b"\n"):
            raise IncompleteRead(lines.last)


class _PlainConnection(HTTPConnection):
    response_class = _WholeHeadResponse

    def __init__(self, deadline: Deadline, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return self._deadline.open_socket(self._dns_host, self.port, self.socket_options)

    def connect(self) -> None:
        super().connect()
        self._deadline.established = True


class _TlsConnection(HTTPSConnection):
    response_class = _WholeHeadResponse

    def __init__(self, deadline: Deadline, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return self._deadline.open_socket(self._dns_host, self.port, self.socket_options)

    def connect(self) -> None:
        super().connect()
        self._deadline.established = True


@functools.cache
def _tls() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_verify_locations(certifi.where())
    return context


def _resolve(host: str, port: int, seconds: float) -> list[_Address]:
    bare = host.strip("[]")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return _resolve_name(bare, port, seconds)
    return _look_up(bare, port)


def _resolve_name(host: str, port: int, seconds: float) -> list[_Address]:
    # The system's resolver knows no deadline, so it is left behind when it takes too long.
    box: queue.SimpleQueue[list[_Address] | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            box.put(_look_up(host, port))
        except (OSError, UnicodeError) as error:
            box.put(error if isinstance(error, OSError) else OSError("no valid host name"))

    threading.Thread(target=look, daemon=True).start()
    try:
        found = box.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("the name look-up took too long") from None
    if isinstance(found, OSError):
        raise found
    return found


def _look_up(host: str, port: int) -> list[_Address]:
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
