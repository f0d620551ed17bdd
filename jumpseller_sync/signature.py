"""The signature of a webhook. Pure.

Base64 of HMAC-SHA256 over the body's bytes, keyed by the store's own hooks token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

_SHAPE = re.compile(r"[A-Za-z0-9+/]{43}=")


def sign(body: bytes, token: str) -> str:
    """The signature that Jumpseller sends for these bytes (44 characters).

    Raises:
        ValueError: an empty token, which signs nothing.
    """
    if not token:
        raise ValueError("an empty token signs nothing")
    digest = hmac.new(token.encode("utf-8", "surrogatepass"), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def is_genuine(body: bytes, signature: str | None, token: str) -> bool:
    """Whether the signature fits the body, in constant time; never for an empty token."""
    if not token or not signature or not _SHAPE.fullmatch(signature):
        return False
    return hmac.compare_digest(sign(body, token).encode("ascii"), signature.encode("ascii"))
