"""Every HTTP call that leaves the house: one deadline, one error family, no secret in anything raised.

The only user of `requests`. Each call has a connection of its own, so a write is never sent again by a
library, and a lost answer is always known as lost.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from outbound.answers import LONGEST_ADVICE, Answer, Call, Pairs, TooLarge, in_words, retry_after
from outbound.deadline import Deadline, guarded_pools
from outbound.errors import OutboundError, OutcomeUnknown, Unavailable, Unexpected
from outbound.redaction import RedactingFilter, redact

MAX_BODY_BYTES = 5 * 1024 * 1024
# A throttled answer without advice: long enough to matter, short enough for a window of a minute.
THROTTLED_WITHOUT_ADVICE = timedelta(seconds=15)
_CHUNK_BYTES = 64 * 1024
_USER_AGENT = "jumpseller-invoicing"
_NETWORK_ERRORS = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)

# A filter of a logger does not reach the loggers below it, so each that tells of requests has its own.
for _name in (
    "requests",
    "urllib3",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
):
    logging.getLogger(_name).addFilter(RedactingFilter())


class OutboundSession:
    """Calls to one vendor under one base URL.

    `reserve` is asked before each call and may raise `Unavailable`; `on_call` sees each call afterwards;
    `advice` reads a vendor's own way to say how long a throttled caller should wait; `on_throttled` is
    told that wait. `allow_address` is asked for every IP address before connecting.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        *,
        deadline_seconds: float,
        secrets: tuple[str, ...] = (),
        reserve: Callable[[], None] | None = None,
        on_call: Callable[[Call], None] | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        advice: Callable[[Answer], timedelta | None] | None = None,
        on_throttled: Callable[[timedelta], None] | None = None,
        allow_address: Callable[[str], bool] | None = None,
    ) -> None:
        self.vendor = vendor
        self.base_url = _checked_base(base_url)
        self.deadline_seconds = deadline_seconds
        self._secrets = secrets
        self._reserve = reserve
        self._on_call = on_call
        self._max_body_bytes = max_body_bytes
        self._advice = advice
        self._on_throttled = on_throttled
        self._allow_address = allow_address

    def __repr__(self) -> str:
        return f"<OutboundSession {self.vendor} {self.redact(self.base_url)}>"

    def redact(self, text: str) -> str:
        """The text without this session's secrets."""
        return redact(text, self._secrets)

    def hide(self, *secrets: str) -> None:
        """Take these out of everything told from now on, too."""
        self._secrets = tuple(dict.fromkeys((*self._secrets, *secrets)))

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Pairs = (),
        secret_query: Pairs = (),
        json_text: str | None = None,
        form: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        is_write: bool,
    ) -> Answer:
        """One call, sent at most once. `path` is appended to the base URL as it is. The body is
        `json_text`, or `form` as HTML forms send it.

        Raises:
            Unavailable: nothing was done: no connection, throttled, or a read that failed.
            OutcomeUnknown: a write was sent and its answer is lost, broken, a server error or a redirect,
                which nothing here follows.
            Unexpected: a read was answered with a redirect.
        """
        url = self.base_url + path
        if query or secret_query:
            url += ("&" if "?" in path else "?") + urlencode([*query, *secret_query])
        request = self._prepare(method, url, json_text=json_text, form=form, headers=headers or {})
        if self._reserve is not None:
            self._reserve()
        hidden = [value for _, value in secret_query]
        at, started = datetime.now(UTC), time.monotonic()
        answer, trouble = self._exchange(request)
        error = self._judge(answer, is_write) if answer is not None else trouble.as_error(is_write)
        if self._on_call is not None:
            call = Call(
                at=at,
                vendor=self.vendor,
                method=method,
                url=redact(str(request.url), [*self._secrets, *hidden]),
                status=answer.status if answer is not None else trouble.status,
                milliseconds=round((time.monotonic() - started) * 1000),
                outcome=_outcome(answer, error),
                error=error.message if error is not None else "",
            )
            self._on_call(call)
        if error is not None or answer is None:
            raise error or AssertionError("neither an answer nor a trouble")
        return answer

    def throttled(self, answer: Answer) -> Unavailable:
        """The error for an answer that means "too fast"; whoever shares the allowance is told, too."""
        wait = self._advice(answer) if self._advice is not None else None
        if wait is None:
            wait = retry_after(answer.headers)
        if wait is None:
            wait = THROTTLED_WITHOUT_ADVICE
        wait = min(max(wait, timedelta(0)), LONGEST_ADVICE)
        if self._on_throttled is not None:
            self._on_throttled(wait)
        return Unavailable(
            f"{self.vendor} asks us to slow down", status=answer.status, retry_after=wait, counts=False
        )

    def _prepare(
        self,
        method: str,
        url: str,
        *,
        json_text: str | None,
        form: Pairs | None,
        headers: Mapping[str, str],
    ) -> requests.PreparedRequest:
        own = {"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"}
        if json_text is not None:
            own["Content-Type"] = "application/json"
        try:
            data = json_text.encode("utf-8") if json_text is not None else list(form) if form else None
            request = requests.Request(method, url, headers={**own, **headers}, data=data).prepare()
            same_place = _origin(str(request.url)) == _origin(self.base_url)
        except (requests.RequestException, ValueError):
            same_place = False
        if not same_place:
            # The library's own words would repeat the URL.
            raise ValueError(f"{self.vendor}: a request that cannot be sent to its host")
        return request

    def _exchange(self, request: requests.PreparedRequest) -> tuple[Answer | None, _Trouble]:
        status: int | None = None
        with Deadline(self.deadline_seconds, self._allow_address) as deadline:
            adapter = _GuardedAdapter(deadline)
            response: requests.Response | None = None
            try:
                response = adapter.send(request, stream=True, timeout=(deadline.left(), deadline.left()))
                status = response.status_code
                body = _read_body(response, self._max_body_bytes)
                trouble = _Trouble(self.vendor, "no full answer in time", sent=True, status=status)
                if not deadline.expired:
                    return Answer(status, CaseInsensitiveDict(response.headers), body), trouble
            except _NETWORK_ERRORS as error:
                what = "no full answer in time" if deadline.expired else in_words(error)
                sent = deadline.established or status is not None
                sent = sent or (not deadline.attempted and isinstance(error, _AFTER_SENDING))
                trouble = _Trouble(self.vendor, what, sent=sent, status=status)
            finally:
                if response is not None:
                    response.close()
                adapter.close()
        return None, trouble

    def _judge(self, answer: Answer, is_write: bool) -> OutboundError | None:
        status = answer.status
        if status == 429:
            return self.throttled(answer)
        if 300 <= status < 400:
            # After a write, "see elsewhere" may well mean that it was done (RFC 9110, 15.4.4).
            kind = OutcomeUnknown if is_write else Unexpected
            return kind(f"{self.vendor} answered with a redirect, which is not followed", status=status)
        if 200 <= status < 500 and status != 408:
            return None
        message = f"{self.vendor} answered {status}"
        if is_write:
            return OutcomeUnknown(message, status=status)
        return Unavailable(message, status=status, retry_after=retry_after(answer.headers))


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A call without a full answer, before it is known what that means."""

    vendor: str
    what: str
    sent: bool
    status: int | None

    def as_error(self, is_write: bool) -> OutboundError:
        if self.sent and is_write:
            return OutcomeUnknown(f"{self.vendor}: {self.what}; it may have acted", status=self.status)
        place = "" if self.sent else " (nothing was sent)"
        return Unavailable(f"{self.vendor}: {self.what}{place}", status=self.status)


def _outcome(answer: Answer | None, error: OutboundError | None) -> str:
    if error is not None:
        return type(error).__name__
    return "ok" if answer is not None and answer.is_success else "refused"


_AFTER_SENDING = (
    requests.ReadTimeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class _GuardedAdapter(HTTPAdapter):
    """`requests`' own adapter over connections that obey a deadline; no retries, no proxies."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *_args: Any, **_kwargs: Any) -> None:
        self.poolmanager = guarded_pools(self._deadline)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to load: the shared TLS context has its certificates, and always verifies."""


def _read_body(response: requests.Response, most: int) -> bytes:
    # Its value shares the buffer, where joining parts would hold a large paper twice.
    body = BytesIO()
    for part in response.raw.stream(_CHUNK_BYTES, decode_content=True):
        if body.tell() + len(part) > most:
            raise TooLarge
        body.write(part)
    return body.getvalue()


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def _checked_base(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.query or parts.fragment or "@" in parts.netloc or any(c <= " " for c in base_url):
        raise ValueError("a base URL has a scheme, a host and perhaps a path, and nothing else")
    return base_url.rstrip("/")
