"""Everything that a sandbox holds, behind one door: `SandboxState.handle`."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox import disguise
from sandbox.faults import Fault, FaultQueue
from sandbox.invoicexpress.papers import FILES_PREFIX
from sandbox.invoicexpress.vendor import InvoiceXpress
from sandbox.jumpseller.vendor import Jumpseller
from sandbox.messages import Request, Response
from sandbox.vies.vendor import Vies

REQUESTS_KEPT = 50_000
_SECRET_PARAMETERS = frozenset({"api_key", "login", "authtoken"})


@dataclass(frozen=True)
class LoggedRequest:
    """A vendor request that came in. `status` is what the vendor decided, 0 if it never saw the request."""

    at: float
    vendor: str
    owner: str
    method: str
    path: str
    query: list[tuple[str, str]]
    status: int
    answered: bool
    fault: str | None
    body: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class SandboxState:
    """The vendors, the faults and the log of requests. `now()` gives seconds since the epoch."""

    def __init__(
        self, now: Callable[[], float] = time.time, base_url: str = "http://sandbox.invalid"
    ) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.faults = FaultQueue()
        self.requests: deque[LoggedRequest] = deque(maxlen=REQUESTS_KEPT)
        self.invoicexpress = InvoiceXpress(self._time, base_url)
        self.jumpseller = Jumpseller(self._time, self.lock)
        self.vies = Vies(self._time)

    def _time(self) -> float:
        return self.now()

    @property
    def base_url(self) -> str:
        return self.invoicexpress.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.invoicexpress.base_url = url

    def reset(self) -> None:
        """Back to an empty sandbox with the default switches."""
        with self.lock:
            self.invoicexpress.reset()
            self.jumpseller.reset()
            self.vies.reset()
            self.faults.clear()
            self.requests.clear()

    def handle(self, request: Request) -> Response:
        """Answers a vendor request at once. A fault that it met is acted upon and attached to the answer;
        waiting and cutting connections is left to the caller."""
        return self.answer(request, self.take_fault(request))

    def take_fault(self, request: Request) -> Fault | None:
        return self.faults.take(vendor_of(request), request.method, request.path)

    def answer(self, request: Request, fault: Fault | None) -> Response:
        with self.lock:
            if fault is not None and not fault.acts:
                answer, status = disguise.answer_without_acting(fault), 0
            else:
                answer = self._act(request)
                status = answer.status
                if fault is not None:
                    answer = disguise.disguised(fault, answer)
            self._log(request, status, fault)
        return answer

    def _act(self, request: Request) -> Response:
        match vendor_of(request):
            case "invoicexpress":
                return self.invoicexpress.handle(request)
            case "jumpseller":
                return self.jumpseller.handle(request)
            case "vies":
                return self.vies.handle(request)
        return Response(404)

    def _log(self, request: Request, status: int, fault: Fault | None) -> None:
        writes = request.method not in ("GET", "HEAD")
        secret = "/oauth/" in request.path  # nothing but secrets
        self.requests.append(
            LoggedRequest(
                at=self.now(),
                vendor=vendor_of(request),
                owner=self._owner_of(request),
                method=request.method,
                path=request.path,
                query=[pair for pair in request.query if pair[0] not in _SECRET_PARAMETERS],
                status=status,
                answered=fault is None or fault.answers,
                fault=None if fault is None else fault.kind,
                body=request.body.decode("utf-8", "replace")
                if writes and request.body and not secret
                else None,
            )
        )

    def _owner_of(self, request: Request) -> str:
        if vendor_of(request) == "jumpseller":
            store = self.jumpseller.store_of(request)
            return "" if store is None else store.code
        if vendor_of(request) == "vies":
            return ""
        return request.segments[1] if len(request.segments) > 2 else ""


def vendor_of(request: Request) -> str:
    """`invoicexpress`, `jumpseller`, `vies`, or an empty word for a path that is nobody's."""
    if request.path.startswith(FILES_PREFIX):
        return "invoicexpress"
    first = request.segments[0] if request.segments else ""
    return first if first in ("invoicexpress", "jumpseller", "vies") else ""
