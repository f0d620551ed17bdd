"""Reading the numbers that callers send, as text or as JSON numbers."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

_PLAIN = re.compile(r"-?\d{1,20}(\.\d{1,40})?")
_WIDE = Context(prec=80)


def number_in(value: Any) -> Decimal | None:
    """The decimal that was meant, or None: no exponents, no commas, no booleans."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    text = str(value).strip()
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def half_up(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, rounding=ROUND_HALF_UP, context=_WIDE)


def cut(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, rounding=ROUND_DOWN, context=_WIDE)
