"""Putting an order's lines into the provider's decimals so that the total is what was paid.

Never a line of cents and never a negative line. The search prefers the fewest changes: the fourth decimal
of one price, then of one discount, then one unit of a line apart at a price of its own, then a price that is
raised a little and discounted as much, then the prices of two lines. VAT may differ from the order's by half
a cent per line at each rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain

from invoicing.domain.exactness import (
    DISCOUNT_PLACES,
    PRICE_PLACES,
    QUANTITY_PLACES,
    Amounts,
    all_predictions,
    amounts_are_exact,
    amounts_of,
)
from invoicing.domain.plan import PlanLine, Tax
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.money import HUNDRED, ZERO, round_half_up

_PRICE_STEP = Decimal(1).scaleb(-PRICE_PLACES)
_DISCOUNT_STEP = Decimal(1).scaleb(-DISCOUNT_PLACES)
_HALF_CENT = Decimal("0.005")
_CENT = Decimal("0.01")  # per line: what rounding alone can explain
# The search is bounded: the lines it may touch, the steps around the aimed value, the largest move (in steps,
# or in parts of the price, whichever is more).
_LINES_TRIED = 6
_AROUND = (0, 1, -1, 2, -2, 3, -3)
_MOST_STEPS = Decimal(200)
_MOST_OF_PRICE = Decimal("0.005")
_MOST_RAISES = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line as the order has it, unrounded. `discount_share` is between 0 and 1."""

    sku: str
    description: str
    quantity: Decimal
    unit_net: Decimal  # before discount, without VAT
    tax: Tax
    discount_share: Decimal = ZERO
    is_shipping: bool = False
    exemption_code: str = ""

    @property
    def net(self) -> Decimal:
        """After discount, without VAT, unrounded."""
        return self.quantity * self.unit_net * (1 - self.discount_share)

    @property
    def vat(self) -> Decimal:
        """Unrounded VAT of the line."""
        return self.net * self.tax.rate / HUNDRED


def exact_lines(wanted: Sequence[Wanted], *, paid: Decimal) -> tuple[PlanLine, ...]:
    """Lines whose predicted total is `paid` under every open reading of the arithmetic.

    Raises:
        Hold: NOT_EXACT, with the nearest document found.
    """
    for line in wanted:
        if line.quantity != round_half_up(line.quantity, QUANTITY_PLACES):
            raise Hold(
                HoldReason.NOT_EXACT,
                f"{line.sku}: the quantity {line.quantity} has more than {QUANTITY_PLACES} decimals, "
                "which the invoicing account would round.",
            )
    bases = _bases(wanted)
    for base in bases:
        if _accepted(base, amounts_of(base), wanted, paid):
            return base
    due = sum((line.net + line.vat for line in wanted), ZERO)
    if due > 0 and abs(due - paid) <= _CENT * len(wanted):
        # Where even the largest line is too small to take the difference, all take their share of it.
        spread = tuple(
            _line(replace(line, unit_net=line.unit_net * paid / due), as_percent=True) for line in wanted
        )
        # First without putting onto a line what another one is too coarse for.
        for limit in (_HALF_CENT + abs(due - paid), None):
            for base in (*bases, spread):
                near = _adjusted(base, paid, _Allowed(wanted, limit))
                for lines, amounts in chain([(base, amounts_of(base))], near):
                    if _accepted(lines, amounts, wanted, paid):
                        return lines
    raise Hold(HoldReason.NOT_EXACT, _nearest(bases, paid))


def _bases(wanted: Sequence[Wanted]) -> list[tuple[PlanLine, ...]]:
    """Discounts as percents; where there are any, also each as whichever is nearer; also all as prices."""
    as_percent = tuple(_line(line, as_percent=True) for line in wanted)
    if not any(0 < line.discount_share < 1 for line in wanted):
        return [as_percent]
    as_price = tuple(_line(line, as_percent=False) for line in wanted)
    nearer = tuple(
        percent if _error(percent, line) <= _error(price, line) else price
        for percent, price, line in zip(as_percent, as_price, wanted, strict=True)
    )
    return list(dict.fromkeys((as_percent, nearer, as_price)))


def _error(line: PlanLine, wanted: Wanted) -> Decimal:
    return abs(amounts_of([line]).net - wanted.net)


def _line(wanted: Wanted, *, as_percent: bool) -> PlanLine:
    share = wanted.discount_share
    lowered = round_half_up(wanted.unit_net * (1 - share), PRICE_PLACES)
    # A discount of all of it, or nearly, stays a percent: a price of zero may be refused.
    keep_percent = as_percent or lowered == 0
    return PlanLine(
        sku=wanted.sku,
        description=wanted.description,
        quantity=wanted.quantity,
        unit_price=round_half_up(wanted.unit_net, PRICE_PLACES) if keep_percent else lowered,
        tax=wanted.tax,
        discount_percent=round_half_up(share * HUNDRED, DISCOUNT_PLACES) if keep_percent else ZERO,
        is_shipping=wanted.is_shipping,
        exemption_code=wanted.exemption_code,
    )


def _accepted(lines: Sequence[PlanLine], amounts: Amounts, wanted: Sequence[Wanted], paid: Decimal) -> bool:
    return amounts_are_exact(amounts, paid) and _vat_is_close(lines, wanted)


def _vat_is_close(lines: Sequence[PlanLine], wanted: Sequence[Wanted]) -> bool:
    for rate in {line.tax.rate for line in lines}:
        ours = [line for line in lines if line.tax.rate == rate]
        theirs = sum((line.vat for line in wanted if line.tax.rate == rate), ZERO)
        bought = sum(line.tax.rate == rate for line in wanted)
        if abs(amounts_of(ours).tax - theirs) > _HALF_CENT * bought:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Allowed:
    """How far from the order a changed line may go, with VAT; None: any distance."""

    wanted: Sequence[Wanted]
    limit: Decimal | None

    def is_near(self, index: int, changed: Amounts) -> bool:
        line = self.wanted[index]
        return self.limit is None or abs(changed.total - line.net - line.vat) <= self.limit


def _adjusted(
    base: tuple[PlanLine, ...], paid: Decimal, allowed: _Allowed
) -> Iterator[tuple[tuple[PlanLine, ...], Amounts]]:
    """Documents near `base`, the least visible change first."""
    whole = amounts_of(base)
    gap = paid - whole.total
    value = [amounts_of([line]).net for line in base]
    largest = sorted((i for i in range(len(base)) if value[i] > 0), key=lambda i: (-value[i], i))
    for move in (_move_price, _move_discount, _set_apart, _raise_and_discount):
        for index in largest[:_LINES_TRIED]:
            yield from _moved(base, whole, index, move, gap, allowed)
    # Where net and VAT are both at half a cent, only another share between two rates helps.
    by_rate = {base[index].tax.rate: index for index in reversed(largest)}
    seconds = dict.fromkeys((*largest[:_LINES_TRIED], *by_rate.values()))
    for first in largest[: _LINES_TRIED // 2]:
        for lines, amounts in _moved(base, whole, first, _move_price, ZERO, allowed):
            for second in seconds:
                if second != first:
                    rest = paid - amounts.total
                    yield from _moved(lines, amounts, second, _move_price, rest, allowed)


# What may stand for a line so that it comes to `gap` more, with VAT.
_Move = Callable[[PlanLine, Decimal], Iterator[tuple[PlanLine, ...]]]


def _moved(  # noqa: PLR0917
    lines: tuple[PlanLine, ...],
    whole: Amounts,
    index: int,
    move: _Move,
    gap: Decimal,
    allowed: _Allowed,
) -> Iterator[tuple[tuple[PlanLine, ...], Amounts]]:
    line = lines[index]
    rest = whole - amounts_of([line])
    for changed in move(line, gap):
        amounts = amounts_of(changed)
        if allowed.is_near(index, amounts):
            yield (*lines[:index], *changed, *lines[index + 1 :]), rest + amounts


def _steps_around(aim: Decimal, most: Decimal = _MOST_STEPS) -> list[Decimal]:
    near = aim.to_integral_value(ROUND_HALF_EVEN)
    return [near + offset for offset in _AROUND if abs(near + offset) <= most]


def _move_price(line: PlanLine, gap: Decimal) -> Iterator[tuple[PlanLine, ...]]:
    """The price's fourth decimal, aiming at `gap` more with VAT."""
    per_step = amounts_of([replace(line, unit_price=_PRICE_STEP)]).total
    most = max(_MOST_STEPS, line.unit_price * _MOST_OF_PRICE / _PRICE_STEP)
    for steps in _steps_around(gap / per_step, most) if per_step else ():
        price = line.unit_price + steps * _PRICE_STEP
        if price > 0:
            yield (replace(line, unit_price=price),)


def _set_apart(line: PlanLine, gap: Decimal) -> Iterator[tuple[PlanLine, ...]]:
    """One unit on a line of its own: its price takes what the price of many units is too coarse for."""
    if line.quantity <= 1 or line.discount_percent == HUNDRED:
        return
    many, one = replace(line, quantity=line.quantity - 1), replace(line, quantity=Decimal(1))
    for (changed,) in _move_price(one, gap):
        yield many, changed


def _move_discount(line: PlanLine, gap: Decimal) -> Iterator[tuple[PlanLine, ...]]:
    """The fourth decimal of a discount that the line has anyway."""
    if not 0 < line.discount_percent < HUNDRED:
        return
    per_step = amounts_of([replace(line, discount_percent=ZERO)]).total * _DISCOUNT_STEP / HUNDRED
    for steps in _steps_around(-gap / per_step):
        percent = line.discount_percent + steps * _DISCOUNT_STEP
        if 0 < percent < HUNDRED:
            yield (replace(line, discount_percent=percent),)


def _raise_and_discount(line: PlanLine, gap: Decimal) -> Iterator[tuple[PlanLine, ...]]:
    """A slightly higher price and a small discount, for where no unit can be set apart."""
    aim = amounts_of([line]).total + gap
    lowest = max(0, int((gap / line.quantity / _PRICE_STEP).to_integral_value()))
    for steps in range(lowest + 1, lowest + 1 + _MOST_RAISES):
        raised = replace(line, unit_price=line.unit_price + steps * _PRICE_STEP, discount_percent=ZERO)
        percent = round_half_up((1 - aim / amounts_of([raised]).total) * HUNDRED, DISCOUNT_PLACES)
        for offset in (0, 1, -1):
            shifted = percent + offset * _DISCOUNT_STEP
            if 0 <= shifted < HUNDRED:
                yield (replace(raised, discount_percent=shifted),)


def _nearest(bases: Sequence[tuple[PlanLine, ...]], paid: Decimal) -> str:
    """The arithmetic of the document that comes nearest, under each way of rounding."""
    ways = min((all_predictions(base) for base in bases), key=lambda each: abs(each[0].total - paid))
    sums = " or ".join(f"{way.before_taxes} + {way.taxes} VAT = {way.total}" for way in ways)
    return f"Paid {paid}. The nearest document comes to {sums}, {ways[0].total - paid:+} apart."
