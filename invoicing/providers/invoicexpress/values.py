"""Single values of an answer: money, days, ids and texts, in every form seen. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from outbound.errors import Unexpected
from stores.domain.money import ZERO, NotANumber, to_decimal

_ABSURD = Decimal(10) ** 15
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")


def amount(value: Any, what: str) -> Decimal:
    """A number, or a text that is one.

    Raises:
        Unexpected: anything else, or beyond all money; `what` names it.
    """
    try:
        number = to_decimal(value)
    except NotANumber:
        number = _ABSURD
    if abs(number) >= _ABSURD:
        raise Unexpected(f"the {what} of a document is not a usable number")
    return number


def optional_amount(value: Any, what: str) -> Decimal:
    """The same; zero if it is missing."""
    return ZERO if value is None or value == "" else amount(value, what)


def day(value: Any) -> date | None:
    """`dd/mm/yyyy` or ISO; None if it is missing.

    Raises:
        Unexpected: anything else.
    """
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else ""
    try:
        if found := _DAY.fullmatch(text.strip()):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _ISO_DAY.fullmatch(text.strip()):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise Unexpected("a date of a document cannot be read")


def object_of(value: Any) -> dict[str, Any]:
    """The object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str:
    """A text or a number as trimmed text; empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return ""


def id_of_value(value: Any) -> str:
    """An id as digits; empty for anything else."""
    text = text_of(value)
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else ""


def count(value: Any) -> int | None:
    """A small whole number; None for anything else."""
    text = text_of(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
