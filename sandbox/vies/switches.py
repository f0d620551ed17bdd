"""What can be turned about VIES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.switches import Switches


@dataclass
class ViesSwitches(Switches):
    """`docs/sandbox.md` has a line for each, with what is known about the service."""

    outage: str = "none"
    outage_code: str = "MS_UNAVAILABLE"
    timeout_seconds: float = 60.0
    requester: str = "accepted"
    answer_field: str = "isValid"

    choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        "outage": ("none", "user_error_200", "error_wrappers", "http_500", "timeout"),
        "outage_code": (
            "MS_UNAVAILABLE",
            "MS_MAX_CONCURRENT_REQ",
            "GLOBAL_MAX_CONCURRENT_REQ",
            "SERVICE_UNAVAILABLE",
            "TIMEOUT",
        ),
        "requester": ("accepted", "refused"),
        "answer_field": ("isValid", "valid"),
    }
