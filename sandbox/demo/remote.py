"""HTTP as an outsider speaks it: the sandbox's control, and the product's pages."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

_TIMEOUT_SECONDS = 30
# A proxy of the environment has no business between programs of one machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(url: str, *, timeout: float = _TIMEOUT_SECONDS) -> tuple[int, bytes]:
    """Status and body of a GET; status 0 when nobody answers."""
    try:
        with _opener.open(url, timeout=timeout) as answer:
            return int(answer.status), bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


class SandboxControl:
    """The sandbox's `/_sandbox/` calls. Numbers with a point come as `Decimal`."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.base_url}/_sandbox/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with _opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return json.loads(answer.read(), parse_float=Decimal)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", "state")
        return found

    def requests(self, **narrowed: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call("GET", f"requests?{urlencode(narrowed)}")
        return rows
