"""The webhooks that we need, each registered once."""

from __future__ import annotations

from typing import Any

from jumpseller_sync.client import JumpsellerClient
from outbound.errors import NotFound

# `order_updated` comes with every change of state, so one lost specific event costs nothing.
EVENTS = ("order_pending_payment", "order_paid", "order_shipped", "order_canceled", "order_updated")


def register_hooks(client: JumpsellerClient, url: str) -> list[dict[str, str]]:
    """Register what is missing at the shop and list what is there for our address."""
    ours = [hook for hook in _hooks(client) if hook.get("url") == url]
    present = {str(hook.get("event")) for hook in ours}
    for event in EVENTS:
        if event not in present:
            ours.append(client.create_hook(event, url))
    return [{"id": str(hook.get("id", "")), "event": str(hook.get("event", ""))} for hook in ours]


def _hooks(client: JumpsellerClient) -> list[dict[str, Any]]:
    try:
        return client.list_hooks()
    except NotFound:
        return []  # other lists of this vendor answer 404 when they are empty
