"""What comes back from a call: a complete answer, its record for the log, and how long to wait."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

LONGEST_ADVICE = timedelta(hours=24)
Pairs = Sequence[tuple[str, str]]


class UnreadableBody(ValueError):
    """The body is not the JSON that it should be."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the attempt log keeps it; every text is redacted. `at` is aware, UTC."""

    at: datetime
    vendor: str
    method: str
    url: str
    status: int | None
    milliseconds: int
    outcome: str  # "ok", "refused", or the name of the error raised
    error: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: 2xx, or a 4xx whose meaning only the vendor's client knows."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_empty(self) -> bool:
        return not self.body.strip()

    def json(self) -> Any:
        """The body as JSON, numbers with a point as `Decimal`.

        Raises:
            UnreadableBody: empty, not UTF-8, not JSON, NaN or infinite, nested past reason.
        """
        try:
            return json.loads(
                self.body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant
            )
        except (ValueError, RecursionError):
            raise UnreadableBody("not readable as JSON") from None


class TooLarge(HTTPException):
    """More bytes than any honest answer has."""


def in_words(error: BaseException) -> str:
    """Our own words for a network error. The library's text may carry the URL, so it is never used."""
    if isinstance(error, TooLarge):
        return "an answer beyond all size"
    names = {type(found).__name__ for found in _chain(error)}
    if names & {"SSLError", "SSLCertVerificationError", "CertificateError"}:
        return "the secure connection failed"
    if names & {"gaierror", "NameResolutionError"}:
        return "the host name was not found"
    if "ConnectionRefusedError" in names:
        return "the connection was refused"
    if names & {"TimeoutError", "ReadTimeout", "ReadTimeoutError", "ConnectTimeout"}:
        return "no full answer in time"
    return "the connection broke"


def _chain(error: BaseException, depth: int = 0) -> list[BaseException]:
    found = [error]
    if depth < 6:
        for value in (*error.args, getattr(error, "reason", None), error.__cause__):
            if isinstance(value, BaseException) and value is not error:
                found += _chain(value, depth + 1)
    return found


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The vendor's Retry-After (seconds, or a date against the answer's own Date); None if it has none."""
    text = (headers.get("Retry-After") or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_ADVICE)
    until = _http_date(text)
    if until is None:
        return None
    return min(max(until - sent_at(headers), timedelta(0)), LONGEST_ADVICE)


def sent_at(headers: Mapping[str, str]) -> datetime:
    """What time it was there (aware); our own clock only if the answer does not say."""
    return _http_date(headers.get("Date") or "") or datetime.now(UTC)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _refuse_constant(name: str) -> Any:
    raise UnreadableBody(f"{name} is not a number")
