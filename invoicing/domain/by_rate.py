"""A document's net and VAT apart by rate, to the cent: what an accountant enters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoicing.domain.exactness import amounts_of
from invoicing.domain.plan import PlanLine
from stores.domain.money import ZERO, spread

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Taxed:
    """Two decimals each."""

    net: Decimal
    tax: Decimal

    def signed(self, sign: int) -> Taxed:
        return Taxed(signed(self.net, sign), signed(self.tax, sign))


def signed(amount: Decimal, sign: int) -> Decimal:
    """`amount` times 1, -1 or 0; never the negative zero, which would be written with its sign."""
    return amount * sign + ZERO


def by_rate(lines: Sequence[PlanLine], *, net: Decimal, tax: Decimal) -> dict[Decimal, Taxed]:
    """`net` and `tax`, which are the document's own figures, by rate (percent), the lowest first.

    The document rounds once, so its rates cannot each be rounded alone: the parts come to the whole by the
    largest remainder.

    Raises:
        ValueError: the lines do not come to these figures.
    """
    rates = sorted({line.tax.rate for line in lines})
    amounts = [amounts_of([line for line in lines if line.tax.rate == rate]) for rate in rates]
    nets = _shares(net, [amount.net for amount in amounts])
    taxes = _shares(tax, [amount.tax for amount in amounts])
    return {rate: Taxed(*share) for rate, share in zip(rates, zip(nets, taxes, strict=True), strict=True)}


def _shares(amount: Decimal, exact: Sequence[Decimal]) -> list[Decimal]:
    whole = sum(exact, ZERO)
    if abs(amount - whole) >= _CENT or (amount and not whole):
        raise ValueError(f"the lines come to {whole}, not to {amount}")
    return spread(amount, exact, _CENT) if whole else [ZERO for _each in exact]
