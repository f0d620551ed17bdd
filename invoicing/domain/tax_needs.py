"""Which taxes of the invoicing account an order calls for, and which of them it lacks. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from invoicing.domain.line_taxes import SaleTaxes
from invoicing.domain.plan import Tax
from invoicing.domain.profile import ShippingVat, UntaxedShipping
from invoicing.domain.rates import REGIONS, portuguese_rates
from invoicing.domain.reasons import Hold
from invoicing.domain.taxes import MissingTax, percent, tax_for, zero_tax
from stores.domain.money import ZERO
from stores.domain.order import OrderSnapshot

_HOME = "PT"


@dataclass(frozen=True, slots=True)
class TaxNeed:
    """A rate (percent) with the region whose tax it is; `tax` is the account's, None if it has none.

    `is_lawful` is False for a Portuguese rate that the law did not know on the day of the sale: then it is
    rather the shop's tax that is wrong.
    """

    rate: Decimal
    region: str
    tax: Tax | None = None
    is_lawful: bool = True


def tax_needs(order: OrderSnapshot, taxes: SaleTaxes) -> tuple[TaxNeed, ...]:
    """What the lines and the delivery call for, the lowest rate first. A rate that waits for a person's word
    (of another region) calls for nothing yet."""
    needs = (_need(rate, taxes) for rate in sorted(_charged(order, taxes)))
    return tuple(need for need in needs if need is not None)


def new_tax(need: TaxNeed, taken: Collection[str]) -> Tax:
    """The tax to be made for a need, under a name that the account does not have yet. The same lists give the
    same name, so that asking twice is refused by the account instead of making two."""
    base = "Isento" if need.rate == ZERO else f"IVA{percent(need.rate)}"
    if need.region != _HOME:
        base = f"{base} {need.region}"
    known = {name.strip().casefold() for name in taken}
    names = (base, *(f"{base} {number}" for number in range(2, len(known) + 3)))
    return Tax(next(name for name in names if name.casefold() not in known), need.rate, need.region)


def _need(rate: Decimal, taxes: SaleTaxes) -> TaxNeed | None:
    region = taxes.profile.vat_region
    try:
        if rate == ZERO:
            tax = zero_tax(taxes.account_taxes, region=region, said="")
        else:
            tax, _why = tax_for(
                rate,
                taxes.supply,
                taxes.account_taxes,
                region=region,
                on=taxes.on,
                accept_other_region=taxes.accept_other_region,
            )
    except MissingTax as missing:
        return TaxNeed(missing.rate, missing.region, is_lawful=_is_lawful(missing, taxes))
    except Hold:
        return None
    return TaxNeed(rate, tax.region or region, tax)


def _is_lawful(missing: MissingTax, taxes: SaleTaxes) -> bool:
    known = portuguese_rates(missing.region, taxes.on).values()
    return missing.region not in REGIONS or missing.rate == ZERO or missing.rate in known


def _charged(order: OrderSnapshot, taxes: SaleTaxes) -> set[Decimal]:
    goods = {line.tax_rate or ZERO for line in order.lines if line.unit_price}
    return goods | set(_of_delivery(order, taxes, any(goods)))


def _of_delivery(order: OrderSnapshot, taxes: SaleTaxes, has_taxed_goods: bool) -> Iterable[Decimal]:
    shipping, profile = order.shipping, taxes.profile
    if shipping.price <= shipping.discount:
        return ()
    if has_taxed_goods and not shipping.tax_rate:
        return (ZERO,) if profile.untaxed_shipping is UntaxedShipping.EXEMPT else ()
    return () if profile.shipping_vat is ShippingVat.AS_GOODS else (shipping.tax_rate or ZERO,)
