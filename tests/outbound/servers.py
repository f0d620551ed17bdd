"""Small servers that answer with exact bytes, for what no library would send."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]


class RawServer:
    """Runs a behaviour for each connection, as a rule after the request was read; `requests` keeps it."""

    def __init__(self, behaviour: Behaviour, *, reads_first: bool = True) -> None:
        self.behaviour = behaviour
        self.reads_first = reads_first
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                opened, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(opened,), daemon=True).start()

    def _serve(self, opened: socket.socket) -> None:
        with contextlib.suppress(OSError), opened:
            if self.reads_first:
                self.requests.append(_read_request(opened))
            self.behaviour(opened)


@contextlib.contextmanager
def raw_server(behaviour: Behaviour, *, reads_first: bool = True) -> Iterator[RawServer]:
    server = RawServer(behaviour, reads_first=reads_first)
    try:
        yield server
    finally:
        server.close()


def says(answer: bytes) -> Behaviour:
    return lambda opened: opened.sendall(answer)


def json_answer(status: int, body: bytes, *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status} X",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def trickles(head: bytes, rest: bytes, seconds: float = 0.2) -> Behaviour:
    """Sends `head` at once, and `rest` byte by byte."""

    def behave(opened: socket.socket) -> None:
        opened.sendall(head)
        for position in range(len(rest)):
            opened.sendall(rest[position : position + 1])
            time.sleep(seconds)

    return behave


def silent(opened: socket.socket) -> None:
    time.sleep(10)


def hangs_up(opened: socket.socket) -> None:
    """Closes without a byte."""


def resets(opened: socket.socket) -> None:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read_request(opened: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = opened.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = opened.recv(65536)
        if not part:
            break
        body += part
        data += part
    return data
