"""The service as one object: requests in, responses out. Only registered numbers are valid."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.faults import Fault
from sandbox.messages import Request, Response, json_response
from sandbox.vies.switches import ViesSwitches

COUNTRIES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
})  # fmt: skip
# Invented: right check digits, and nobody's as far as we know.
DEMO_NUMBERS = frozenset(
    {
        ("DE", "836188283"),
        ("EL", "482213193"),
        ("ES", "B12345674"),
        ("FR", "82084591460"),
        ("IE", "5849588R"),
        ("IT", "05899400716"),
        ("NL", "959765141B01"),
        ("XI", "717888133"),
    }
)
_NUMBER = re.compile(r"[0-9A-Z+*]{2,12}")
_NOT_TOLD = "---"


class Vies:
    """All Member States. `now()` gives seconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.reset()

    def reset(self) -> None:
        self.switches = ViesSwitches()
        self.registered: set[tuple[str, str]] = set(DEMO_NUMBERS)

    def register(self, country: str, number: str) -> None:
        """From now on the number is valid.

        Raises:
            ValueError: no country of VIES, or no number.
        """
        if country not in COUNTRIES or not _NUMBER.fullmatch(number):
            raise ValueError(f"no number of VIES: {country} {number}")
        self.registered.add((country, number))

    def remove(self, country: str, number: str) -> bool:
        """From now on the number is invalid; false if it was already."""
        known = (country, number) in self.registered
        self.registered.discard((country, number))
        return known

    def handle(self, request: Request) -> Response:
        """Answers one request; faults are not known here, but a wait is hung on the answer as one."""
        match (request.method, request.segments[1:]):
            case ("GET", ["ms", country, "vat", number]):
                return self._check(request, country, number)
        return json_response(404, {"status": 404, "error": "Not Found"})

    def _check(self, request: Request, country: str, number: str) -> Response:
        requester = request.first("requesterMemberStateCode") and request.first("requesterNumber")
        match self.switches.outage:
            case "user_error_200":
                return json_response(200, self._record(number, self.switches.outage_code))
            case "error_wrappers":
                return _wrapped(self.switches.outage_code)
            case "http_500":
                return Response(500)
        if requester and self.switches.requester == "refused":
            answer = json_response(200, self._record(number, "INVALID_REQUESTER_INFO"))
        elif country not in COUNTRIES or not _NUMBER.fullmatch(number):
            answer = json_response(200, self._record(number, "INVALID_INPUT", valid=False))
        else:
            valid = (country, number) in self.registered
            record = self._record(number, "VALID" if valid else "INVALID", valid=valid)
            if requester:
                record["requestIdentifier"] = consultation_number(country, number, requester, self.now())
            answer = json_response(200, record)
        if self.switches.outage == "timeout":
            answer.fault = Fault("delay_after", seconds=self.switches.timeout_seconds)
        return answer

    def _record(self, number: str, user_error: str, *, valid: bool | None = None) -> dict[str, Any]:
        moment = datetime.fromtimestamp(self.now(), UTC)
        said = {} if valid is None else {self.switches.answer_field: valid}
        return {
            **said,
            "requestDate": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "userError": user_error,
            "name": _NOT_TOLD,
            "address": _NOT_TOLD,
            "requestIdentifier": "",
            "originalVatNumber": number,
            "vatNumber": number,
        }


def consultation_number(country: str, number: str, requester: str, at: float) -> str:
    """Sixteen characters as VIES gives them; the same question at the same second has the same one."""
    digest = hashlib.sha256(f"{country} {number} {requester} {int(at)}".encode()).hexdigest()
    return f"WAPIAAAA{digest[:8].upper()}"


def _wrapped(code: str) -> Response:
    return json_response(200, {"actionSucceed": False, "errorWrappers": [{"error": code}]})
