"""A client for a store, from its connection and the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings

from jumpseller_sync.authorization import Authorization, LoginAndToken
from jumpseller_sync.client import JumpsellerClient
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.tokens import StoreToken
from outbound.allowance import CallAllowance, Pace
from stores.models import Store

# The vendor's own limits are 800 a minute and 20 a second for each store; a margin stays for others, and a
# burst of 7 on top of the lasting rate keeps any one second below the second limit.
_CALLS_PER_MINUTE = 700
_CALLS_AT_ONCE = 7


def client_for(store: Store, *, on_call: Callable[[Any], None] | None = None) -> JumpsellerClient:
    """The client of a connected store, for the length of one piece of work."""
    return client_of(JumpsellerConnection.objects.get(store=store), on_call=on_call)


def authorization_of(
    connection: JumpsellerConnection, *, on_call: Callable[[Any], None] | None = None
) -> Authorization:
    if connection.refresh_token:
        return StoreToken(connection, on_call=on_call)
    return LoginAndToken(connection.login, connection.auth_token)


def client_of(
    connection: JumpsellerConnection, *, on_call: Callable[[Any], None] | None = None
) -> JumpsellerClient:
    allowance = CallAllowance(
        key=f"jumpseller:{connection.store_id or connection.login}",
        pace=Pace.of(_CALLS_PER_MINUTE, burst=_CALLS_AT_ONCE),
    )
    return JumpsellerClient(
        settings.JUMPSELLER_API_URL,
        authorization_of(connection, on_call=on_call),
        deadline_seconds=settings.HTTP_TIMEOUT_SECONDS,
        on_call=on_call,
        reserve=allowance.reserve,
        block=allowance.block,
    )
