"""The provider's arithmetic, and whether a document comes to what was paid.

Line amounts are exact decimals; each figure of the document is rounded once. Two points of it are not
settled by any published document: how a tie is rounded, and whether the total is a sum of its own or the
sum of the two rounded figures beside it. A document is exact only if every combination agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from invoicing.domain.plan import Figures, PlanLine
from stores.domain.money import HUNDRED, ZERO, round_half_even, round_half_up

# What the provider keeps of a line; more would be rounded there, in a way that nobody documents.
PRICE_PLACES = 4
DISCOUNT_PLACES = 4
QUANTITY_PLACES = 2
_FIGURE_PLACES = 2
# Price, quantity, discount and rate together need about thirty digits; the default context has 28.
_EXACT = Context(prec=80)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Unrounded amounts of a line or of several: without VAT, but for `tax`."""

    gross: Decimal = ZERO  # before discount
    discount: Decimal = ZERO
    tax: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount

    @property
    def total(self) -> Decimal:
        return self.gross - self.discount + self.tax

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.gross + other.gross, self.discount + other.discount, self.tax + other.tax)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.gross - other.gross, self.discount - other.discount, self.tax - other.tax)


def amounts_of(lines: Iterable[PlanLine]) -> Amounts:
    """Exact sums over the lines, as the provider computes them before it rounds."""
    total = Amounts()
    with localcontext(_EXACT):
        for line in lines:
            gross = line.unit_price * line.quantity
            discount = gross * line.discount_percent / HUNDRED
            total += Amounts(gross, discount, (gross - discount) * line.tax.rate / HUNDRED)
    return total


def predict(lines: Sequence[PlanLine]) -> Figures:
    """The document's figures: half up, the total a sum of its own."""
    return _figures(amounts_of(lines), round_half_up, own_total=True)


def all_predictions(lines: Sequence[PlanLine]) -> tuple[Figures, ...]:
    """The figures under every open reading of the arithmetic; the first is `predict`."""
    return _readings(amounts_of(lines))


def net_unit_price(gross: Decimal, rate: Decimal) -> Decimal:
    """The price without VAT at four decimals; `rate` in percent."""
    return round_half_up(gross / (1 + rate / HUNDRED), PRICE_PLACES)


def is_exact(lines: Sequence[PlanLine], paid: Decimal) -> bool:
    """Whether the total is `paid` under every open reading."""
    return amounts_are_exact(amounts_of(lines), paid)


def amounts_are_exact(amounts: Amounts, paid: Decimal) -> bool:
    """`is_exact` for sums that are already known."""
    return all(figures.total == paid for figures in _readings(amounts))


def _readings(amounts: Amounts) -> tuple[Figures, ...]:
    found = (
        _figures(amounts, rounded, own_total=own)
        for rounded in (round_half_up, round_half_even)
        for own in (True, False)
    )
    return tuple(dict.fromkeys(found))


def _figures(amounts: Amounts, rounded: Callable[[Decimal, int], Decimal], *, own_total: bool) -> Figures:
    before_taxes = rounded(amounts.net, _FIGURE_PLACES)
    taxes = rounded(amounts.tax, _FIGURE_PLACES)
    return Figures(
        sum=rounded(amounts.gross, _FIGURE_PLACES),
        discount=rounded(amounts.discount, _FIGURE_PLACES),
        before_taxes=before_taxes,
        taxes=taxes,
        total=rounded(amounts.total, _FIGURE_PLACES) if own_total else before_taxes + taxes,
    )
