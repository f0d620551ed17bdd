"""Cut a list of orders into the texts of its orders, so that no number is written anew. Pure.

Only the list must be sound: an order that cannot be read is told apart when it is read by itself.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from jumpseller_sync.fields import identifier

_SPACE = re.compile(r"[ \t\n\r]*")


class NotAList(ValueError):
    """The text is no JSON list of objects."""


def order_texts(body: str) -> list[tuple[str, str]]:
    """Each order of the list as its id (empty if it has none that can be used) and its own JSON text.

    Raises:
        NotAList: not JSON, nested past reason, no list, or a row that is no object.
    """
    found: list[tuple[str, str]] = []
    at = _expect(body, _skip(body, 0), "[")
    if body[at : at + 1] == "]":
        return _ended(body, at, found)
    while True:
        row, end = _row(body, at)
        order = row.get("order", row)
        found.append((identifier(order, "id") if isinstance(order, dict) else "", body[at:end]))
        at = _skip(body, end)
        if body[at : at + 1] == "]":
            return _ended(body, at, found)
        at = _expect(body, at, ",")


def _row(body: str, at: int) -> tuple[dict[str, Any], int]:
    try:
        row, end = _DECODER.raw_decode(body, at)
    except (ValueError, ArithmeticError, RecursionError):
        raise NotAList from None
    if not isinstance(row, dict):
        raise NotAList
    return row, end


def _ended(body: str, at: int, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if _expect(body, at, "]") != len(body):
        raise NotAList
    return found


def _expect(body: str, at: int, sign: str) -> int:
    """Where the text goes on behind the sign."""
    if body[at : at + 1] != sign:
        raise NotAList
    return _skip(body, at + 1)


def _skip(body: str, at: int) -> int:
    match = _SPACE.match(body, at)
    return match.end() if match else at


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, strict=False)
