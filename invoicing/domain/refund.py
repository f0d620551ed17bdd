"""A refund that a person registers, because the shop's order carries none: what is given back, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from invoicing.domain.credit_reasons import PRINTED, CreditReason
from invoicing.domain.exactness import amounts_of
from invoicing.domain.partial_credit import (
    Notes,
    credit_amount,
    credit_rest,
    credit_units,
    left_by_rate,
    units_left,
)
from invoicing.domain.plan import PlanLine
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.money import ZERO, NotANumber, to_decimal

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """`units` by the position of the document's line, from zero; or an `amount` with VAT: one of the two.

    Raises:
        ValueError: both, or neither.
    """

    reason: CreditReason
    goods_back: bool
    units: tuple[tuple[int, Decimal], ...] = ()
    amount: Decimal | None = None

    def __post_init__(self) -> None:
        if bool(self.units) is (self.amount is not None):
            raise ValueError("a refund names units or an amount")


def refund_to_json(request: RefundRequest) -> dict[str, Any]:
    """JSON-ready values; `refund_from_json` gives back an equal request."""
    return {
        "reason": request.reason.value,
        "goods_back": request.goods_back,
        "units": [[position, format(quantity, "f")] for position, quantity in request.units],
        "amount": None if request.amount is None else format(request.amount, "f"),
    }


def refund_from_json(values: Mapping[str, Any]) -> RefundRequest:
    """The request that was written.

    Raises:
        ValueError: a missing member, or a value that cannot be read.
    """
    try:
        return RefundRequest(
            reason=CreditReason(values["reason"]),
            goods_back=bool(values["goods_back"]),
            units=tuple((int(position), to_decimal(quantity)) for position, quantity in values["units"]),
            amount=None if values["amount"] is None else to_decimal(values["amount"]),
        )
    except (KeyError, TypeError, NotANumber) as error:
        raise ValueError(f"not a refund: {error!r}") from error


def refund_lines(
    request: RefundRequest, original: Sequence[PlanLine], notes: Notes = ()
) -> tuple[PlanLine, ...]:
    """The lines of the note that carries a refund out. `notes` are those that stand or are under way.

    All that is left, named by its units, comes to exactly the rest, whatever amounts went before.

    Raises:
        ValueError: no such units, or no amount of whole cents.
        Hold: NOTHING_LEFT_TO_CREDIT if earlier notes leave less, in all or at one of the rates; NOT_EXACT.
    """
    if request.amount is not None:
        return credit_amount(original, request.amount, notes, words=PRINTED[request.reason])
    units = dict(request.units)
    lines = credit_rest(original, notes) if _are_the_rest(units, original, notes) else None
    if lines is None:
        lines = credit_units(original, units, notes)
        _require_left_at_each_rate(original, notes, lines)
    return lines


def _are_the_rest(units: Mapping[int, Decimal], original: Sequence[PlanLine], notes: Notes) -> bool:
    """Whatever was free comes back or not."""
    left = {
        index: quantity
        for index, quantity in enumerate(units_left(original, notes))
        if quantity > ZERO and amounts_of([original[index]]).total
    }
    named = {index: quantity for index, quantity in units.items() if left.get(index)}
    return bool(left) and named == left


def _require_left_at_each_rate(original: Sequence[PlanLine], notes: Notes, lines: Sequence[PlanLine]) -> None:
    """An amount is shared by all rates, so units at their full price may come to more than is left at
    theirs: VAT would be taken back that was charged at another one. Rounding alone is let pass."""
    rounding = _CENT * (len(notes) + len(lines) + 1)
    for tax, left in left_by_rate(original, [*notes, lines]).items():
        if left < -rounding:
            before = left_by_rate(original, notes)[tax]
            raise Hold(
                HoldReason.NOTHING_LEFT_TO_CREDIT,
                f"{before - left:.2f} at {tax.name} to be credited; {max(before, ZERO):.2f} left.",
            )
