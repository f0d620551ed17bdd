"""Which way of reading an order's figures reproduces its total. Pure.

The vendor does not say whether a line's discount is per unit or per line, whether the order's discount
stands on the lines at all, whether it holds the shipping discount, whether the order's tax holds the shipping
tax, whether its subtotal is gross or net, before or after discounts, or whether its total is net of a gift
card. Every combination is tried; only figures decide between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from stores.domain.money import HUNDRED, ZERO, cent, spread
from stores.domain.order import OrderLine, Shipping, UnreadableOrder


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as stated. `line.discount` is not yet known to be per unit or per line."""

    line: OrderLine
    includes_vat: bool | None  # None: the payload does not say
    tax: Decimal | None  # stated, per unit or per line


@dataclass(frozen=True, slots=True)
class RawOrder:
    """The figures of an order as stated; None where the payload is silent. Amounts in `currency`."""

    currency: str
    total: Decimal
    lines: tuple[RawLine, ...]
    shipping: Shipping
    shipping_includes_vat: bool | None
    discount: Decimal | None = None
    subtotal: Decimal | None = None
    tax: Decimal | None = None
    shipping_tax: Decimal | None = None
    gift_card: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading the figures, with how far it is from what the order states."""

    lines: tuple[OrderLine, ...]
    shipping: Shipping
    paid_gross: Decimal
    total_gap: Decimal  # what the lines come to, minus the stated total
    discount_gap: Decimal  # what the lines are reduced by, minus the stated discount on goods
    words: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    lines_included: bool  # for lines that do not say themselves
    shipping_included: bool
    discount_per_unit: bool
    shipping_discount_inside: bool
    net_of_gift_card: bool
    is_spread: bool  # the order's discount is every line's, each by its value


def resolve(raw: RawOrder, *, prices_include_vat: bool | None = None) -> Reading:
    """The one reading that reproduces the order's total and discount.

    `prices_include_vat` is the merchant's word; where given it replaces what the lines say.

    Raises:
        UnreadableOrder: `total_not_reproduced` with the arithmetic of the nearest reading, or
            `total_ambiguous` when several different ones fit.
    """
    tried = [_read(raw, choice, prices_include_vat) for choice in _choices(raw, prices_include_vat)]
    possible = [reading for reading in tried if _not_negative(reading)]
    if not possible:
        raise _not_reproduced("A discount is larger than what it reduces.")
    fitting = [reading for reading in possible if _fits(reading, raw)]
    if not fitting:
        nearest = min(possible, key=lambda one: abs(one.total_gap) + abs(one.discount_gap))
        raise _not_reproduced(_arithmetic(nearest, raw))
    objections = [_tax_objection(reading, raw) or _subtotal_objection(reading, raw) for reading in fitting]
    sound = [reading for reading, objection in zip(fitting, objections, strict=True) if not objection]
    if not sound:
        raise _not_reproduced(objections[0])
    groups: dict[tuple[Decimal, ...], Reading] = {}
    for reading in sound:
        groups.setdefault(_figures(reading), reading)
    if len(groups) > 1:
        ways = [
            f"{one.words}: {_sum(one, raw)}, a document of {_show(one.paid_gross)}" for one in groups.values()
        ]
        told = "\n".join([f"The total {raw.total} can be read in {len(ways)} ways.", *ways])
        raise UnreadableOrder(told, reason="total_ambiguous")
    return next(iter(groups.values()))


def _not_reproduced(detail: str) -> UnreadableOrder:
    return UnreadableOrder(detail, reason="total_not_reproduced")


def _choices(raw: RawOrder, setting: bool | None) -> Iterator[_Choice]:
    silent = any(line.includes_vat is None and line.line.tax_rate for line in raw.lines)
    shipping_silent = raw.shipping_includes_vat is None and bool(raw.shipping.tax_rate)
    both = (True, False)
    for combination in product(
        both if silent and setting is None else (True,),
        both if shipping_silent and setting is None else (True,),
        both,
        both if raw.shipping.discount else (True,),
        both if raw.gift_card else (False,),
        # Where lines carry discounts of their own, two readings would always fit: per unit, or per line
        # and the rest shared.
        (False, True) if raw.discount and not any(line.line.discount for line in raw.lines) else (False,),
    ):
        # Line discounts come first with "per line", the plainer of two readings with equal figures.
        lines, shipping, per_line, inside, net, is_spread = combination
        yield _Choice(lines, shipping, not per_line, inside, net, is_spread)


def _read(raw: RawOrder, choice: _Choice, setting: bool | None) -> Reading:
    lines = tuple(_line(stated, choice, setting) for stated in raw.lines)
    shipping = replace(
        raw.shipping,
        price_includes_vat=_included(
            raw.shipping_includes_vat, choice.shipping_included, setting, raw.shipping.tax_rate
        ),
    )
    card = raw.gift_card if choice.net_of_gift_card else ZERO
    on_goods = raw.discount
    if on_goods is not None and choice.shipping_discount_inside:
        on_goods -= raw.shipping.discount
    if choice.is_spread and on_goods is not None:
        lines = _spread_over(lines, on_goods, raw)
    reached = sum((line.gross for line in lines), shipping.gross) - card
    on_lines = sum((line.discount for line in lines), ZERO)
    return Reading(
        lines=lines,
        shipping=shipping,
        paid_gross=raw.total + card,
        total_gap=reached - raw.total,
        discount_gap=ZERO if on_goods is None else on_lines - on_goods,
        words=_words(lines, shipping, choice, raw),
    )


def _line(stated: RawLine, choice: _Choice, setting: bool | None) -> OrderLine:
    line = stated.line
    return replace(
        line,
        discount=line.discount * line.quantity if choice.discount_per_unit else line.discount,
        price_includes_vat=_included(stated.includes_vat, choice.lines_included, setting, line.tax_rate),
    )


def _spread_over(lines: tuple[OrderLine, ...], on_goods: Decimal, raw: RawOrder) -> tuple[OrderLine, ...]:
    """A discount on the whole order, shared by value (CIVA art. 16.º n.º 6 b): it lowers every rate's base).

    The lines as they are where it cannot be told on which side of VAT the discount is.
    """
    values = [line.quantity * line.unit_price for line in lines]
    one_side = len({line.price_includes_vat for line in lines if line.tax_rate}) <= 1
    if not one_side or not ZERO < on_goods <= sum(values, ZERO):
        return lines
    unit = cent(raw.currency)
    shares = spread(on_goods.quantize(unit), values, unit)
    return tuple(replace(line, discount=share) for line, share in zip(lines, shares, strict=True))


def _included(stated: bool | None, assumed: bool, setting: bool | None, rate: Decimal | None) -> bool:
    if not rate:
        return True  # no VAT: both sides are the same
    if setting is not None:
        return setting
    return assumed if stated is None else stated


def _tolerance(raw: RawOrder) -> Decimal:
    """Half a minor unit per line: the shop rounds each item, never the order."""
    return cent(raw.currency) / 2 * max(1, len(raw.lines) + bool(raw.shipping.price))


def _not_negative(reading: Reading) -> bool:
    lines = all(line.quantity * line.unit_price >= line.discount for line in reading.lines)
    return lines and reading.shipping.price >= reading.shipping.discount and reading.paid_gross >= ZERO


def _fits(reading: Reading, raw: RawOrder) -> bool:
    allowed = _tolerance(raw)
    return abs(reading.total_gap) <= allowed and abs(reading.discount_gap) <= allowed


def _figures(reading: Reading) -> tuple[Decimal, ...]:
    precision = Decimal("0.000001")
    values = [*(line.gross for line in reading.lines), reading.shipping.gross, reading.paid_gross]
    return tuple(value.quantize(precision) for value in values)


def _tax_objection(reading: Reading, raw: RawOrder) -> str:
    """Why the stated taxes contradict this reading; empty if some known convention explains them.

    A tax of zero beside included prices counts as not stated: it is informational there.
    """
    half = cent(raw.currency) / 2
    goods = (ZERO, ZERO)
    units = Decimal(1)
    for stated, line in zip(raw.lines, reading.lines, strict=True):
        after, before = _line_taxes(line)
        goods = (goods[0] + after, goods[1] + before)
        units += max(Decimal(1), line.quantity)
        options = [after, before, after / line.quantity, before / line.quantity]
        if not _explained(
            stated.tax, options, half * max(Decimal(1), line.quantity), line.price_includes_vat
        ):
            return f"{line.name}: the order states VAT {stated.tax}; its rate gives {_show(after)}."
    shipping = _shipping_taxes(reading.shipping)
    if not _explained(raw.shipping_tax, [*shipping, ZERO], half, True):
        return f"Shipping: the order states VAT {raw.shipping_tax}; its rate gives {_show(shipping[0])}."
    options = [tax + carried for tax in goods for carried in (ZERO, *shipping)]
    included = all(line.price_includes_vat for line in reading.lines)
    if not _explained(raw.tax, options, half * units, included):
        return f"The order states VAT {raw.tax}; its rates give {_show(goods[0])}."
    return ""


def _subtotal_objection(reading: Reading, raw: RawOrder) -> str:
    """Why the stated subtotal contradicts this reading: it is the goods' value on neither side of VAT,
    neither before nor after discounts. Zero counts as not stated."""
    whole = [replace(line, discount=ZERO) for line in reading.lines]
    options = [
        sum((line.gross for line in whole), ZERO),
        sum((line.net for line in whole), ZERO),
        sum((line.gross for line in reading.lines), ZERO),
        sum((line.net for line in reading.lines), ZERO),
    ]
    if _explained(raw.subtotal, options, _tolerance(raw), True):
        return ""
    return f"The order states a subtotal of {raw.subtotal}; its lines come to {_show(options[0])}."


def _explained(
    stated: Decimal | None, options: list[Decimal], allowed: Decimal, zero_is_silent: bool
) -> bool:
    if stated is None or (stated == ZERO and zero_is_silent):
        return True
    return any(abs(stated - option) <= allowed for option in options)


def _line_taxes(line: OrderLine) -> tuple[Decimal, Decimal]:
    whole = replace(line, discount=ZERO)
    return line.gross - line.net, whole.gross - whole.net


def _shipping_taxes(shipping: Shipping) -> tuple[Decimal, Decimal]:
    rate = (shipping.tax_rate or ZERO) / HUNDRED
    share = rate / (1 + rate) if shipping.price_includes_vat else rate
    return (shipping.price - shipping.discount) * share, shipping.price * share


def _words(lines: tuple[OrderLine, ...], shipping: Shipping, choice: _Choice, raw: RawOrder) -> str:
    sides = {line.price_includes_vat for line in lines if line.tax_rate}
    words = [
        {1: "prices include VAT" if True in sides else "VAT on top", 2: "VAT included on some lines"}.get(
            len(sides), "no VAT on the lines"
        )
    ]
    if any(line.discount for line in lines):
        kind = "per unit" if choice.discount_per_unit else "per line"
        words.append("the order's discount shared by value" if choice.is_spread else f"line discounts {kind}")
    if shipping.price and shipping.tax_rate:
        words.append(f"shipping {'includes VAT' if shipping.price_includes_vat else 'plus VAT'}")
    if shipping.discount:
        where = "inside" if choice.shipping_discount_inside else "beside"
        words.append(f"shipping discount {where} the order discount")
    if raw.gift_card:
        words.append(
            "total net of the gift card" if choice.net_of_gift_card else "total before the gift card"
        )
    return ", ".join(words)


def _sum(reading: Reading, raw: RawOrder) -> str:
    """What the reading adds up, and what it comes to."""
    parts = [f"lines {' + '.join(_show(line.gross) for line in reading.lines)}"]
    if reading.shipping.price:
        parts.append(f"shipping {_show(reading.shipping.gross)}")
    card = reading.paid_gross - raw.total
    if card:
        parts.append(f"gift card -{_show(card)}")
    return f"{', '.join(parts)} = {_show(raw.total + reading.total_gap)}"


def _arithmetic(reading: Reading, raw: RawOrder) -> str:
    told = f"Nearest reading ({reading.words}): {_sum(reading, raw)}; the total is {raw.total}."
    if abs(reading.discount_gap) > _tolerance(raw):
        on_lines = sum((line.discount for line in reading.lines), ZERO)
        told += f" The lines carry a discount of {_show(on_lines)}, the order states {raw.discount}."
    return told


def _show(value: Decimal) -> str:
    """Up to 4 decimals, and never a single one: 18, 12.30, 9.7561."""
    whole, _, decimals = format(value.quantize(Decimal("0.0001")), "f").partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals.ljust(2, '0')}" if decimals else whole
