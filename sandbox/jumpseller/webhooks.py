"""Webhooks: what is signed and sent, and what became of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
from urllib.parse import urlsplit

from sandbox.jumpseller.dates import utc_text_with_milliseconds


def signature(hooks_token: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 of the raw body, with the store's hooks token as the key."""
    return base64.b64encode(hmac.new(hooks_token.encode(), body, hashlib.sha256).digest()).decode()


def signed_headers(event: str, store_code: str, hooks_token: str, body: bytes, now: float) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Jumpseller-Event": event,
        "Jumpseller-Store-Code": store_code,
        "Jumpseller-Hmac-Sha256": signature(hooks_token, body),
        "Jumpseller-Triggered-At": utc_text_with_milliseconds(now),
    }


def post(url: str, headers: dict[str, str], body: bytes, timeout_seconds: float) -> int:
    """Sends one webhook and gives the status of the answer; redirects are not followed.

    Raises:
        OSError, http.client.HTTPException: no answer came.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        target = parts.path or "/"
        connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
