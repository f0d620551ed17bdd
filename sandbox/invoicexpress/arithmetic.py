"""How the vendor adds up: exact line values, every document figure rounded once, independently.

Unit prices hold 4 decimals, quantities 2, discounts (percent) 4. Nothing is rounded between the line and
the document figure; the line figures shown are the exact ones rounded to 4 decimals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")
QUANTITY_STEP = Decimal("0.01")
DISCOUNT_STEP = Decimal("0.0001")
LINE_STEP = Decimal("0.0001")
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class LineFigures:
    """One line, exact; the discount and the rate are in percent."""

    unit_price: Decimal
    quantity: Decimal
    discount_percent: Decimal
    rate: Decimal

    @property
    def gross(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def discount_amount(self) -> Decimal:
        return self.gross * self.discount_percent / 100

    @property
    def subtotal(self) -> Decimal:
        return self.gross - self.discount_amount

    @property
    def tax_amount(self) -> Decimal:
        return self.subtotal * self.rate / 100

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.tax_amount


@dataclass(frozen=True)
class DocumentFigures:
    """The five figures of a document, in cents precision."""

    sum: Decimal
    discount: Decimal
    before_taxes: Decimal
    taxes: Decimal
    total: Decimal


def rounding_for(tie: str) -> str:
    return ROUND_HALF_EVEN if tie == "half_even" else ROUND_HALF_UP


def document_figures(
    lines: Iterable[LineFigures], *, tie: str = "half_up", total: str = "own_sum"
) -> DocumentFigures:
    """Adds the lines up; `tie` says where x.xx5 goes and `total` whether the total is a sum of its own."""
    with localcontext(_EXACT):
        held = list(lines)
        rounding = rounding_for(tie)

        def rounded(values: Iterable[Decimal]) -> Decimal:
            return sum(values, Decimal(0)).quantize(CENT, rounding=rounding)

        before_taxes = rounded(line.subtotal for line in held)
        taxes = rounded(line.tax_amount for line in held)
        own_sum = rounded(line.total for line in held)
        return DocumentFigures(
            sum=rounded(line.gross for line in held),
            discount=rounded(line.discount_amount for line in held),
            before_taxes=before_taxes,
            taxes=taxes,
            total=own_sum if total == "own_sum" else before_taxes + taxes,
        )


def shown(value: Decimal) -> Decimal:
    """A number as the vendor prints it: no trailing zeros, but at least one decimal (12.3, 10.0)."""
    text = format(value, "f")
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0") or "0"
    return Decimal(f"{whole}.{decimals}") if value else Decimal("0.0")


def shown_line_figure(value: Decimal, tie: str) -> Decimal:
    with localcontext(_EXACT):
        return shown(value.quantize(LINE_STEP, rounding=rounding_for(tie)))
