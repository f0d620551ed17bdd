"""Reading single values out of a Jumpseller payload, tolerant of how they were written. Pure."""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from invoicing.domain.texts import clean
from stores.domain.money import ZERO, NotANumber, to_decimal
from stores.domain.order import OrderStatus, UnreadableOrder

Node = Mapping[str, Any]
_LONG = 500
_LONGEST_ID = 64

# `status_enum` is a closed list; the plain `status` may come in the store's language, and is all there
# is in payloads before 2023.
_STATUS_ENUM = {
    "paid": OrderStatus.PAID,
    "canceled": OrderStatus.CANCELED,
    "cancelled": OrderStatus.CANCELED,
    "abandoned": OrderStatus.ABANDONED,
    "pending_payment": OrderStatus.UNPAID,
    "created": OrderStatus.UNPAID,
}
_STATUS_TEXT = {
    "paid": OrderStatus.PAID,
    "pago": OrderStatus.PAID,
    "paga": OrderStatus.PAID,
    "pagado": OrderStatus.PAID,
    "pagada": OrderStatus.PAID,
    "canceled": OrderStatus.CANCELED,
    "cancelled": OrderStatus.CANCELED,
    "cancelado": OrderStatus.CANCELED,
    "cancelada": OrderStatus.CANCELED,
    "anulado": OrderStatus.CANCELED,
    "anulada": OrderStatus.CANCELED,
    "abandoned": OrderStatus.ABANDONED,
    "abandonado": OrderStatus.ABANDONED,
    "abandonada": OrderStatus.ABANDONED,
    "pending": OrderStatus.UNPAID,
    "pending payment": OrderStatus.UNPAID,
    "pagamento pendente": OrderStatus.UNPAID,
    "pendente de pagamento": OrderStatus.UNPAID,
    "aguarda pagamento": OrderStatus.UNPAID,
    "pendente": OrderStatus.UNPAID,
    "pago pendiente": OrderStatus.UNPAID,
    "pendiente de pago": OrderStatus.UNPAID,
    "pendiente": OrderStatus.UNPAID,
    "created": OrderStatus.UNPAID,
    "criado": OrderStatus.UNPAID,
    "criada": OrderStatus.UNPAID,
    "creado": OrderStatus.UNPAID,
    "creada": OrderStatus.UNPAID,
    "open": OrderStatus.UNPAID,
    "aberto": OrderStatus.UNPAID,
    "aberta": OrderStatus.UNPAID,
    "abierto": OrderStatus.UNPAID,
    "abierta": OrderStatus.UNPAID,
}


def load_order(payload: str) -> Node:
    """The order object of a payload, wrapped in ``{"order": ...}`` or bare.

    Raises:
        UnreadableOrder: not JSON, NaN or infinity in it, nested past reason, or not an object.
    """
    try:
        body = json.loads(payload, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableOrder(f"The payload is not JSON that can be read: {clean(str(error), 120)}") from None
    order = body.get("order", body) if isinstance(body, dict) else None
    if not isinstance(order, dict):
        raise UnreadableOrder("The payload holds no order object.")
    return order


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def text(node: Node, key: str, limit: int = _LONG) -> str:
    """A cleaned text with HTML entities resolved; empty for null, objects and missing keys."""
    value = node.get(key)
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return clean(html.unescape(str(value)[: limit * 16]), limit)


def identifier(node: Node, key: str) -> str:
    """An id as text, whether it came as a number or a string; empty for null and zero."""
    value = node.get(key)
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > 30 or value != value.to_integral_value():
            return ""
        value = format(value.to_integral_value(), "f")
    found = clean(value, 200) if isinstance(value, str) else ""
    # A shortened id would be another order's or another buyer's.
    return "" if found == "0" or len(found) > _LONGEST_ID else found


def optional_number(node: Node, key: str, where: str) -> Decimal | None:
    """A decimal from a number or a numeric string; None when missing, null or blank.

    Raises:
        UnreadableOrder: naming `where` and the key, for anything else.
    """
    value = node.get(key)
    if value is None or value == "":
        return None
    try:
        return to_decimal(value)
    except NotANumber:
        raise UnreadableOrder(f"{where}: {key} is not a number.") from None


def number(node: Node, key: str, where: str, default: Decimal | None = None) -> Decimal:
    """Like `optional_number`, with a default; refuses negative amounts, which no reading explains."""
    value = optional_number(node, key, where)
    if value is None:
        value = default
    if value is None:
        raise UnreadableOrder(f"{where}: {key} is missing.")
    if value < ZERO:
        raise UnreadableOrder(f"{where}: {key} is negative ({value}).")
    return value


def flag(node: Node, key: str) -> bool | None:
    """A boolean, also when written as text; None when it is not said."""
    value = node.get(key)
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())


def mapping(node: Node, key: str) -> Node:
    """A nested object; empty for null and anything else."""
    value = node.get(key)
    return value if isinstance(value, dict) else {}


def rows(node: Node, key: str, where: str) -> list[Node]:
    """A list of objects; empty for null and missing.

    Raises:
        UnreadableOrder: for anything else.
    """
    value = node.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise UnreadableOrder(f"{where}: {key} is not a list of objects.")
    return value


def moment(node: Node, key: str) -> datetime | None:
    """An aware UTC datetime from ``YYYY-MM-DD HH:MM:SS UTC`` or ISO 8601; None when missing.

    Raises:
        UnreadableOrder: for a text that is no date.
    """
    raw = text(node, key, 60)
    if not raw:
        return None
    written = raw.removesuffix("UTC").strip()
    try:
        parsed = datetime.fromisoformat(written)
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableOrder(f"order: {key} is not a date.") from None


def status_of(order: Node) -> OrderStatus | None:
    """The status by its stable name, else by its translated text; None when neither is known."""
    stable = _plain(text(order, "status_enum", 60)).replace(" ", "_")
    if stable:
        return _STATUS_ENUM.get(stable)
    for key in ("status", "status_name"):
        known = _STATUS_TEXT.get(_plain(text(order, key, 60)))
        if known:
            return known
    return None


def _plain(written: str) -> str:
    decomposed = unicodedata.normalize("NFD", written.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.replace("_", " ").split())
