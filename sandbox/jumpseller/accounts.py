"""Jumpseller's accounts host: what an app exchanges for tokens of a store."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sandbox.messages import Request, Response, json_response

if TYPE_CHECKING:
    from sandbox.jumpseller.stores import Store
    from sandbox.jumpseller.vendor import Jumpseller

CLIENT_ID, CLIENT_SECRET = "sandbox-app", "sandbox-app-secret-0123456789"


def authorize(vendor: Jumpseller, store: Store) -> tuple[str, str]:
    """The owner of the shop lets the app in: access token and refresh token."""
    store.access_token, store.refresh_token = secrets.token_hex(20), secrets.token_hex(20)
    store.access_token_ends = vendor.now() + vendor.switches.access_token_seconds
    store.old_refresh_token = None
    return store.access_token, store.refresh_token


def revoke(store: Store) -> None:
    """The owner removes the app."""
    store.access_token = store.refresh_token = store.old_refresh_token = None


def token(vendor: Jumpseller, request: Request) -> Response:
    """`POST /oauth/token`, urlencoded or JSON."""
    given = _fields(request)
    if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        return _refused(401, "invalid_client")
    if given.get("grant_type") != "refresh_token":
        return _refused(400, "unsupported_grant_type")
    store = next((s for s in vendor.stores.values() if _opens(s, given.get("refresh_token"))), None)
    if store is None:
        return _refused(400, "invalid_grant")
    style, used = vendor.switches.refresh_tokens, store.refresh_token
    access, refresh = authorize(vendor, store)
    if style == "kept":
        store.refresh_token = used
    elif style == "grace":
        store.old_refresh_token = given["refresh_token"]
    answer = {
        "access_token": access,
        "token_type": "bearer",
        "expires_in": vendor.switches.access_token_seconds,
        "created_at": int(vendor.now()),
    }
    return json_response(200, answer if style == "kept" else {**answer, "refresh_token": refresh})


def is_current(vendor: Jumpseller, store: Store, secret: str) -> bool:
    """Whether the access token opens the store now. Its first use ends the grace of the old refresh token."""
    if store.access_token != secret:
        return False
    if store.access_token_ends is not None and store.access_token_ends <= vendor.now():
        return False
    store.old_refresh_token = None
    return True


def _opens(store: Store, refresh_token: str | None) -> bool:
    return bool(refresh_token) and refresh_token in (store.refresh_token, store.old_refresh_token)


def _fields(request: Request) -> dict[str, str]:
    if "json" in (request.header("Content-Type") or ""):
        try:
            value = request.json()
        except ValueError:
            return {}
        return {key: str(each) for key, each in value.items()} if isinstance(value, dict) else {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))


def _refused(status: int, code: str) -> Response:
    return json_response(status, {"error": code, "error_description": "The request was refused."})
