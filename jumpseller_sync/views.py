"""The webhook route: verify the raw bytes, keep them, answer; everything else happens later."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt

from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.payload import BadBody, read_notice, read_object, read_triggered_at
from jumpseller_sync.services.deliveries import keep_delivery
from jumpseller_sync.signature import is_genuine
from jumpseller_sync.throttle import Throttle
from stores.fields import UndecryptableSecret

logger = structlog.get_logger(__name__)
_CACHE_SECONDS = 15.0
_MAX_CACHED = 10_000
_HOOK_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_throttle = Throttle()


@dataclass(frozen=True, slots=True)
class _Hook:
    connection_id: int
    hooks_token: str
    store_code: str
    read_at: float

    def __repr__(self) -> str:
        return f"_Hook({self.connection_id})"


_hooks: dict[str, _Hook] = {}


def _hook_for(key: str, *, fresh: bool = False) -> _Hook | None:
    """The store behind a hook key, from a short in-process cache."""
    cached = _hooks.get(key)
    if cached is not None and not fresh and time.monotonic() - cached.read_at < _CACHE_SECONDS:
        return cached
    if not _HOOK_KEY.fullmatch(key):
        return None
    row = JumpsellerConnection.objects.select_related("store").filter(hook_key=key).first()
    if row is None:
        _hooks.pop(key, None)
        return None
    if len(_hooks) >= _MAX_CACHED:
        _hooks.clear()
    hook = _Hook(row.pk, row.hooks_token, row.store.code, time.monotonic())
    _hooks[key] = hook
    return hook


@csrf_exempt
def receive_webhook(request: HttpRequest, hook_key: str) -> HttpResponse:
    """See the contract of `POST /webhooks/jumpseller/<hook key>/`. Nothing is stored for a 4xx."""
    if request.method != "POST":
        return _answer(405, "POST only", headers={"Allow": "POST"})
    try:
        hook = _hook_for(hook_key)
        if hook is None:
            return _answer(404, "unknown hook")
        if not _throttle.admits(hook_key):
            return _answer(429, "too many requests", headers={"Retry-After": "1"})
        if request.content_type != "application/json":
            return _answer(415, "application/json only")
        body = _bounded_body(request)
        if body is None:
            return _answer(413, "too large")
        if not _is_genuine(request, body, hook_key, hook):
            return _answer(401, "bad signature")
        return _keep(request, body, hook)
    except (DatabaseFailure, UndecryptableSecret) as error:
        logger.error("webhook_not_durable", error=type(error).__name__)
        return _answer(503, "try again", headers={"Retry-After": "60"})


def _bounded_body(request: HttpRequest) -> bytes | None:
    """The raw bytes, at most the limit; None when there are more. Nothing larger is read."""
    length, most = request.META.get("CONTENT_LENGTH"), settings.WEBHOOK_MAX_BYTES
    try:
        if not length and request.META.get("wsgi.input_terminated"):
            # Sent in chunks: nothing is announced, but the server knows where the body ends.
            body: bytes = request.META["wsgi.input"].read(most + 1)
            return body if len(body) <= most else None
        return None if int(length or 0) > most else request.body
    except (OSError, ValueError, RawPostDataException):
        return b""  # broken off, or of no length that is a number


def _is_genuine(request: HttpRequest, body: bytes, key: str, hook: _Hook) -> bool:
    signature = request.headers.get("Jumpseller-Hmac-Sha256")
    if is_genuine(body, signature, hook.hooks_token):
        return True
    # The token may have been replaced since it was cached.
    again = _hook_for(key, fresh=True)
    return (
        again is not None
        and again.hooks_token != hook.hooks_token
        and is_genuine(body, signature, again.hooks_token)
    )


def _keep(request: HttpRequest, body: bytes, hook: _Hook) -> HttpResponse:
    try:
        value = read_object(body)
    except BadBody:
        return _answer(400, "not a JSON object")
    keep_delivery(
        hook.connection_id,
        body,
        read_notice(value, request.headers.get("Jumpseller-Event", "")),
        triggered_at=read_triggered_at(request.headers.get("Jumpseller-Triggered-At", "")),
        store_code=request.headers.get("Jumpseller-Store-Code", "").strip(),
        own_code=hook.store_code,
    )
    return _answer(200, "ok")


def _answer(status: int, message: str, *, headers: dict[str, str] | None = None) -> HttpResponse:
    return JsonResponse({"message": message}, status=status, headers=headers)
