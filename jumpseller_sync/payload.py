"""Read a webhook's bytes: JSON that is an object of sane depth, the event, the order's id. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

MAX_DEPTH = 32
ORDER_EVENTS = frozenset(
    {
        "order_updated",
        "order_pending_payment",
        "order_paid",
        "order_shipped",
        "order_canceled",
        "order_abandoned",
        # Not in the official list of identifiers, but seen: accepted, never relied upon.
        "order_created",
        "order_pending",
    }
)
_ORDER_ID = re.compile(r"[1-9][0-9]{0,18}")
# As long as Python lets a whole number be; nothing that a shop counts comes near.
_LONGEST_NUMBER = 4300
_TRIGGERED_AT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?) ?(?:UTC|Z)", re.ASCII)


class BadBody(ValueError):
    """Not a JSON object that we are ready to look into."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a genuine body says. `ignored_because` is empty when the order must be looked at."""

    event: str
    shop_order_id: str
    ignored_because: str = ""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises:
        BadBody: not UTF-8, not JSON, no object, NaN, absurd numbers, or nested past reason.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_fraction)
    except (ValueError, RecursionError):
        raise BadBody from None
    if not isinstance(value, dict) or _is_deeper_than(value, MAX_DEPTH):
        raise BadBody
    return value


def read_notice(value: dict[str, Any], event: str) -> Notice:
    """Which order the webhook is about, or why it is kept but not acted upon."""
    event = event.strip().replace("\x00", "")[:64]
    if not event:
        return Notice("", "", "no event")
    if not event.startswith("order_"):
        return Notice(event, "", "not about an order")
    if event not in ORDER_EVENTS:
        return Notice(event, "", "unknown event")
    order = value.get("order", value)
    raw = order.get("id") if isinstance(order, dict) else None
    shop_order_id = str(raw) if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    if not _ORDER_ID.fullmatch(shop_order_id):
        return Notice(event, "", "no usable order id")
    return Notice(event, shop_order_id)


def read_triggered_at(value: str) -> datetime | None:
    """The trigger header, e.g. ``2025-01-01 10:18:51.829 UTC``; None when absent or strange."""
    match = _TRIGGERED_AT.fullmatch(value.strip())
    if match is None:
        return None
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _refuse(_name: str) -> NoReturn:
    raise ValueError


def _fraction(written: str) -> str:
    if len(written) > _LONGEST_NUMBER:
        raise ValueError
    return written


def _is_deeper_than(value: Any, limit: int) -> bool:
    level: list[Any] = [value]
    for _depth in range(limit):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)
