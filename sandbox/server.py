"""The sandbox over HTTP. This is the only place that waits, drips, and cuts connections."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from sandbox import control
from sandbox.faults import Fault
from sandbox.messages import Request, Response, json_response
from sandbox.state import SandboxState

MAX_BODY_BYTES = 32 * 1024 * 1024
_REASONS = BaseHTTPRequestHandler.responses


class SandboxServer:
    """Serves a `SandboxState` on a thread of this process.

    with SandboxServer() as sandbox:
        sandbox.state.invoicexpress.add_account("shop", "key")
        requests.get(sandbox.url + "/invoicexpress/shop/taxes.json?api_key=key")
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, state: SandboxState | None = None) -> None:
        self.state = state if state is not None else SandboxState()
        self.stopping = threading.Event()
        self._http = _HttpServer((host, port), _Handler)
        self._http.sandbox = self
        shown_host = "127.0.0.1" if host in ("0.0.0.0", "") else host
        self.port = int(self._http.server_address[1])
        self.url = f"http://{shown_host}:{self.port}"
        self.state.base_url = self.url
        self._thread: threading.Thread | None = None

    def start(self) -> SandboxServer:
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        if self._thread is not None:
            self._thread.join()

    def reset(self) -> None:
        self.state.reset()

    def __enter__(self) -> SandboxServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        self._http.serve_forever(poll_interval=0.05)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    sandbox: SandboxServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is everyday business; anything else is a bug of the sandbox."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True
    server: _HttpServer

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the log of requests is at `/_sandbox/requests`, without keys."""

    def __getattr__(self, name: str) -> Any:
        """Every method is served alike (the base class looks for `do_GET`, `do_PUT` ...)."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        request = Request.of(self.command, self.path, headers=dict(self.headers.items()), body=body)
        try:
            answer = self._answer(request)
        except Exception:  # noqa: BLE001 - a bug of the sandbox must look like one, not like the vendor
            traceback.print_exc()
            answer = json_response(500, {"sandbox_bug": traceback.format_exc()})
        if answer.fault is None:
            self._send(answer)
        else:
            self._send_with_fault(answer, answer.fault)

    def _answer(self, request: Request) -> Response:
        state = self.server.sandbox.state
        if request.path.startswith(control.PREFIX):
            return control.handle(state, request)
        fault = state.take_fault(request)
        if fault is not None and fault.kind == "delay_before":
            self._wait(fault.seconds)
        return state.answer(request, fault)

    def _read_body(self) -> bytes | None:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            self.close_connection = True
            self._send(Response(411))
            return None
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._send(Response(413))
            return None
        return self.rfile.read(int(length))

    def _send_with_fault(self, answer: Response, fault: Fault) -> None:
        if fault.kind == "delay_after":
            self._wait(fault.seconds)
        if fault.kind in ("drop_before", "drop_after"):
            self.close_connection = True
        elif fault.kind in ("reset_before", "reset_after"):
            self._reset()
        elif fault.kind == "truncate":
            head, body = self._head(answer), self._body(answer)
            self.close_connection = True
            self.wfile.write(head + body[: len(body) // 2])
        elif fault.kind == "trickle":
            self._trickle(self._head(answer) + self._body(answer), fault.interval)
        else:
            self._send(answer)

    def _send(self, answer: Response) -> None:
        self.wfile.write(self._head(answer) + self._body(answer))

    def _body(self, answer: Response) -> bytes:
        return b"" if self.command == "HEAD" else answer.body

    def _head(self, answer: Response) -> bytes:
        reason = _REASONS.get(answer.status, ("Unknown", ""))[0]
        lines = [f"HTTP/1.1 {answer.status} {reason}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _trickle(self, data: bytes, interval: float) -> None:
        for position in range(len(data)):
            if position and self._wait(interval):
                break
            self.wfile.write(data[position : position + 1])

    def _wait(self, seconds: float) -> bool:
        """Sleeps; true if the server is being stopped meanwhile."""
        return self.server.sandbox.stopping.wait(seconds)

    def _reset(self) -> None:
        """Closes with RST: no lingering, and no reader left that keeps the socket open."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()
