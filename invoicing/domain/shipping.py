"""Delivery as lines of the document. It is part of the price of the goods (CIVA art. 16.º n.º 5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from invoicing.domain.fit import Wanted
from invoicing.domain.line_taxes import LineTax, SaleTaxes
from invoicing.domain.plan import Tax, Why
from invoicing.domain.profile import ShippingVat, UntaxedShipping
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.taxes import percent
from invoicing.domain.texts import clean
from stores.domain.money import HUNDRED, ZERO, cent, spread
from stores.domain.order import OrderSnapshot, Shipping

SHIPPING_KEY = "PORTES"
_SOURCE = "CIVA art. 16.º n.º 5"


def shipping_lines(
    order: OrderSnapshot, goods: Sequence[Wanted], taxes: SaleTaxes
) -> tuple[list[Wanted], list[Why]]:
    """No line where delivery was free; one at the rate that the shop charged; or, by the settings, one for
    each rate of the goods.

    Raises:
        Hold: SHIPPING_UNTAXED beside taxed goods, or as `SaleTaxes.of_shipping`.
    """
    shipping = order.shipping
    if shipping.price <= shipping.discount:
        free = [Why("shipping", "no line", "delivery was free", "CIVA art. 16.º n.º 6 b)")]
        return [], free if shipping.price else []
    is_taxed = any(line.tax.rate for line in goods)
    if is_taxed and not shipping.tax_rate:
        return _untaxed(order, goods, taxes)
    if goods and taxes.profile.shipping_vat is ShippingVat.AS_GOODS:
        return _as_goods(order, goods, "setting shipping_vat")
    line_tax = taxes.of_shipping(shipping.tax_rate)
    why = Why("shipping", line_tax.tax.name, "at the rate that the shop charged", _SOURCE)
    return [_line(order, line_tax)], [line_tax.why, why]


def _untaxed(
    order: OrderSnapshot, goods: Sequence[Wanted], taxes: SaleTaxes
) -> tuple[list[Wanted], list[Why]]:
    shipping, choice = order.shipping, taxes.profile.untaxed_shipping
    if choice is UntaxedShipping.INCLUDES_VAT:
        return _as_goods(order, goods, "setting untaxed_shipping")
    if choice is UntaxedShipping.EXEMPT:
        line_tax = taxes.exempt_shipping(shipping.tax_rate)
        return [_line(order, line_tax)], [line_tax.why]
    raise Hold(
        HoldReason.SHIPPING_UNTAXED,
        f"Shipping of {shipping.price - shipping.discount} {order.currency} carries no VAT; the goods do "
        f"({_SOURCE}).",
    )


def _as_goods(order: OrderSnapshot, goods: Sequence[Wanted], source: str) -> tuple[list[Wanted], list[Why]]:
    """What was paid for delivery, shared by the goods' net value at each rate, to the cent."""
    groups: dict[tuple[Tax, str], Decimal] = {}
    by_value = any(line.net for line in goods)
    for line in goods:
        key = (line.tax, line.exemption_code)
        value = line.net if by_value else line.quantity * line.unit_net
        groups[key] = groups.get(key, ZERO) + value
    gross = order.shipping.gross
    whole = gross.quantize(cent(order.currency))
    shares = spread(whole, list(groups.values()), cent(order.currency))
    shares[0] += gross - whole
    lines, why = [], []
    for (tax, code), share in zip(groups, shares, strict=True):
        if share <= 0:
            continue
        sku = SHIPPING_KEY if len(groups) == 1 else f"{SHIPPING_KEY}-{percent(tax.rate)}"
        lines.append(_wanted(order.shipping, sku, share / (1 + tax.rate / HUNDRED), tax, code))
        because = f"at the rate of the goods, {share.normalize():f} {order.currency} with VAT"
        why.append(Why("shipping", tax.name, because, f"{source}, {_SOURCE}"))
    return lines, why


def _line(order: OrderSnapshot, line_tax: LineTax) -> Wanted:
    shipping = order.shipping
    price = shipping.price - shipping.discount
    net = price / (1 + line_tax.tax.rate / HUNDRED) if shipping.price_includes_vat else price
    return _wanted(shipping, SHIPPING_KEY, net, line_tax.tax, line_tax.code)


def _wanted(shipping: Shipping, key: str, net: Decimal, tax: Tax, code: str) -> Wanted:
    method = clean(shipping.method, 80)
    return Wanted(
        sku=key,
        description=f"Portes de envio ({method})" if method else "Portes de envio",
        quantity=Decimal(1),
        unit_net=net,
        tax=tax,
        is_shipping=True,
        exemption_code=code,
    )
