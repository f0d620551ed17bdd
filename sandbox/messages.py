"""The values that cross the border between the engines and whatever carries them (a socket, a simulator)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox import jsontext
from sandbox.faults import Fault

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request. `path` keeps its percent-encoding; header names match in any case."""

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(
        cls, method: str, target: str, *, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Request:
        """Reads a target such as `/invoicexpress/shop/invoices.json?api_key=x`; a full URL serves too."""
        parts = urlsplit(target)
        query = parse_qsl(parts.query, keep_blank_values=True)
        return cls(method.upper(), parts.path or "/", query, dict(headers or {}), body)

    @property
    def segments(self) -> list[str]:
        """The decoded pieces of the path: an encoded slash stays inside its piece."""
        return [unquote(piece) for piece in self.path.split("/")[1:]]

    def header(self, name: str) -> str | None:
        for key, value in self.headers.items():
            if key.lower() == name.lower():
                return value
        return None

    def first(self, name: str, default: str | None = None) -> str | None:
        for key, value in self.query:
            if key == name:
                return value
        return default

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def json(self) -> Any:
        """The body as JSON, numbers kept as written.

        Raises:
            ValueError: the body is not JSON.
        """
        return jsontext.loads(self.body)


@dataclass
class Response:
    """One HTTP response. `fault` names the mischief that the carrier has to do with it, if any."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None

    def json(self) -> Any:
        return jsontext.loads(self.body)


def json_response(status: int, value: Any) -> Response:
    return Response(status, {"Content-Type": JSON_TYPE}, jsontext.dumps(value))


def raw_response(status: int, body: bytes = b"", content_type: str = JSON_TYPE) -> Response:
    return Response(status, {"Content-Type": content_type}, body)
