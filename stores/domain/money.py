"""Money as `Decimal`: parsing, minor units and the one way to round."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

ZERO = Decimal(0)
HUNDRED = Decimal(100)
# ISO 4217 minor units that differ from two, for the currencies Jumpseller stores sell in.
_MINOR_UNITS = {"CLP": 0, "PYG": 0, "JPY": 0, "KRW": 0, "ISK": 0, "HUF": 2}
# A number longer than this is no price; it is refused before arithmetic makes it expensive.
_MAX_DIGITS = 40


class NotANumber(ValueError):
    """The value cannot be read as a finite decimal number."""


def minor_units(currency: str) -> int:
    """Decimals of the currency (ISO 4217): EUR 2, CLP 0."""
    return _MINOR_UNITS.get(currency.upper(), 2)


def cent(currency: str) -> Decimal:
    """The smallest amount of the currency, e.g. ``Decimal("0.01")`` for EUR."""
    return Decimal(1).scaleb(-minor_units(currency))


def to_decimal(value: Any) -> Decimal:
    """A finite `Decimal` from a JSON number or a numeric string.

    Raises:
        NotANumber: for None, booleans, NaN, infinities, text and numbers of absurd length.
    """
    if isinstance(value, bool) or value is None:
        raise NotANumber(repr(value))
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, str):
        value = value.strip()
    if len(str(value)) > _MAX_DIGITS:
        raise NotANumber(f"{str(value)[:_MAX_DIGITS]}...")
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise NotANumber(repr(value)) from None
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        raise NotANumber(repr(value))
    return number


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Rounded as Portuguese invoicing does: half goes away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def round_half_even(value: Decimal, places: int) -> Decimal:
    """The other reading of an undocumented tie rule; see `invoicing.domain.exactness`."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def spread(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """`amount` in shares by weight, each a multiple of `unit`, by the largest remainder: the shares come to
    the amount exactly (it must be a multiple of `unit`, the weights positive in sum). Equal remainders go to
    the first.
    """
    whole = sum(weights, ZERO)
    due = [amount * weight / whole / unit for weight in weights]
    shares = [value.to_integral_value(ROUND_FLOOR) for value in due]
    missing = int(amount / unit - sum(shares, ZERO))
    by_remainder = sorted(range(len(due)), key=lambda index: (shares[index] - due[index], index))
    for index in by_remainder[:missing]:
        shares[index] += 1
    return [share * unit for share in shares]
