"""Misbehaviour on demand: a queue of faults, each matched against the vendor requests as they come in."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = frozenset(
    {
        "drop_before",
        "reset_before",
        "error_before",
        "delay_before",
        "redirect",
        "drop_after",
        "reset_after",
        "error_after",
        "delay_after",
        "truncate",
        "trickle",
        "garbage",
        "status",
        "big",
    }
)
NOT_ACTED = frozenset({"drop_before", "reset_before", "error_before", "redirect"})
UNANSWERED = frozenset({"drop_before", "reset_before", "drop_after", "reset_after"})
VENDORS = frozenset({"invoicexpress", "jumpseller", "vies"})
BIG_BODY_BYTES = 10 * 1024 * 1024


@dataclass
class Fault:
    """One kind of trouble for the next `times` matching requests, after `skip` of them went well.

    `times=None` lasts until cleared. `path_regex` is searched in the whole path, such as
    `/invoicexpress/shop/invoices.json`. `seconds` is for the delays, `interval` is the pause between two
    bytes of a trickle, `location` is for the redirect. `body` may be text or any JSON value.
    """

    kind: str
    vendor: str | None = None
    method: str | None = None
    path_regex: str = ""
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    interval: float = 1.0
    location: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind: {self.kind}")
        if self.vendor is not None and self.vendor not in VENDORS:
            raise ValueError(f"unknown vendor: {self.vendor}")
        if self.kind == "redirect" and not self.location:
            raise ValueError("a redirect needs a location")
        if self.times is not None and int(self.times) < 1:
            raise ValueError("a fault happens at least once")
        try:
            re.compile(self.path_regex)
        except re.error as error:
            raise ValueError(f"path_regex: {error}") from error
        # Through the control they come as whatever JSON had.
        self.seconds, self.interval = float(self.seconds), float(self.interval)

    @property
    def acts(self) -> bool:
        """Whether the vendor does what it was asked before (or in spite of) the trouble."""
        return self.kind not in NOT_ACTED

    @property
    def answers(self) -> bool:
        """Whether the caller gets any byte back."""
        return self.kind not in UNANSWERED

    def matches(self, vendor: str, method: str, path: str) -> bool:
        return (
            self.vendor in (None, vendor)
            and (self.method is None or self.method.upper() == method)
            and re.search(self.path_regex, path) is not None
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class FaultQueue:
    """Faults in the order in which they were added; a request meets at most one."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault | None = None, /, **fields: Any) -> Fault:
        """Adds a fault, given whole or by its fields: `add(kind="drop_after", method="POST")`."""
        added = fault if fault is not None else Fault(**fields)
        with self._lock:
            self._faults.append(added)
        return added

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def pending(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def take(self, vendor: str, method: str, path: str) -> Fault | None:
        """The fault that this request meets, used up once."""
        with self._lock:
            for fault in list(self._faults):
                if not fault.matches(vendor, method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None
