"""The lines of a note that takes back a part: some of the units, or an amount.

Every note comes to whole cents under every open reading of the arithmetic, and all notes of a document
together never come to more than it; the one that takes the rest comes to exactly what is left, so that
nothing remains by rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from invoicing.domain.exactness import amounts_of, predict
from invoicing.domain.fit import Wanted, exact_lines
from invoicing.domain.plan import PlanLine, Tax
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.money import HUNDRED, ZERO, round_half_up, spread

PARTIAL_KEY = "DEVOLUCAO"
_CENT = Decimal("0.01")
Notes = Sequence[Sequence[PlanLine]]


def left_to_credit(original: Sequence[PlanLine], notes: Notes) -> Decimal:
    """What of the document's total no note has taken back, with VAT. Notes are given by their lines."""
    return predict(original).total - _credited(notes)


def units_left(original: Sequence[PlanLine], notes: Notes) -> tuple[Decimal, ...]:
    """The units of each line that no note has taken back. Notes over an amount take none."""
    taken = _units_taken(original, notes)
    return tuple(line.quantity - taken[index] for index, line in enumerate(original))


def left_by_rate(original: Sequence[PlanLine], notes: Notes) -> dict[Tax, Decimal]:
    """With VAT, unrounded, in the order of the document's lines."""
    left: dict[Tax, Decimal] = {}
    for line in original:
        left[line.tax] = left.get(line.tax, ZERO) + amounts_of([line]).total
    for note in notes:
        for line in note:
            left[line.tax] = left.get(line.tax, ZERO) - amounts_of([line]).total
    return left


def credit_units(
    original: Sequence[PlanLine], units: Mapping[int, Decimal], notes: Notes = ()
) -> tuple[PlanLine, ...]:
    """Lines that take back so many units of the original's lines, given by position.

    Raises:
        ValueError: no such line, or not a positive number of units up to the line's own.
        Hold: NOTHING_LEFT_TO_CREDIT if earlier notes leave less; NOT_EXACT.
    """
    for position, quantity in units.items():
        if not 0 <= position < len(original) or not ZERO < quantity <= original[position].quantity:
            raise ValueError(f"{quantity} units of line {position + 1} cannot be credited")
    if not units:
        raise ValueError("no units are named")
    before = _units_taken(original, notes)
    taken = _placed(original, units, before)
    after = {index: before[index] + taken[index] for index in range(len(original))}
    # Rounded once over all units taken so far, so that the last ones come to exactly what is left.
    reached = amounts_of(_with_units(original, after)).total + _by_amount(notes)
    amount = round_half_up(reached, 2) - _credited(notes)
    left = left_to_credit(original, notes)
    if not ZERO < amount <= left:
        raise _nothing_left(amount, left)
    wanted = [_as_wanted(line) for line in _with_units(original, taken)]
    return exact_lines(wanted, paid=amount)


def credit_amount(
    original: Sequence[PlanLine], amount: Decimal, notes: Notes = (), *, words: str = "Devolução parcial"
) -> tuple[PlanLine, ...]:
    """One line per rate that take back `amount` with VAT, shared by what is left at each rate. `words` are
    printed on each.

    Raises:
        ValueError: the amount is no positive number of cents.
        Hold: NOTHING_LEFT_TO_CREDIT if earlier notes leave less; NOT_EXACT.
    """
    if amount <= ZERO or amount != round_half_up(amount, 2):
        raise ValueError(f"{amount} cannot be credited")
    left = left_to_credit(original, notes)
    if amount > left:
        raise _nothing_left(amount, left)
    by_rate = _rates_with_something_left(original, notes)
    shares = spread(amount, list(by_rate.values()), _CENT)
    wanted = [
        Wanted(
            sku=PARTIAL_KEY,
            description=f"{words} ({tax.name})",
            quantity=Decimal(1),
            unit_net=share / (1 + tax.rate / HUNDRED),
            tax=tax,
            exemption_code=_exemption(original, tax),
        )
        for tax, share in zip(by_rate, shares, strict=True)
        if share
    ]
    return exact_lines(wanted, paid=amount)


def credit_rest(original: Sequence[PlanLine], notes: Notes = ()) -> tuple[PlanLine, ...]:
    """Lines that take back exactly what no note has: the units that are left or, where an amount was taken
    back before and prices no longer come to the rest, an amount.

    Raises:
        Hold: NOTHING_LEFT_TO_CREDIT; NOT_EXACT.
    """
    left = left_to_credit(original, notes)
    if left <= ZERO:
        raise _nothing_left(predict(original).total, left)
    if not notes:
        return tuple(original)
    units = {index: quantity for index, quantity in enumerate(units_left(original, notes)) if quantity > ZERO}
    if units and not _by_amount(notes):
        with suppress(Hold):
            return credit_units(original, units, notes)  # all units that are left come to all that is left
    return credit_amount(original, left, notes)


def _rates_with_something_left(original: Sequence[PlanLine], notes: Notes) -> dict[Tax, Decimal]:
    """Of a last cent that is shared by several rates, the largest share has all."""
    rates = left_by_rate(original, notes)
    found = {tax: gross for tax, gross in rates.items() if gross >= _CENT / 2}
    most = max(rates, key=lambda tax: rates[tax])
    return found or {most: _CENT}


def _credited(notes: Notes) -> Decimal:
    return sum((predict(note).total for note in notes), ZERO)


def _by_amount(notes: Notes) -> Decimal:
    return _credited([note for note in notes if note[0].sku == PARTIAL_KEY])


def _units_taken(original: Sequence[PlanLine], notes: Notes) -> dict[int, Decimal]:
    """How many units of each line the notes have; of two lines of one article that of the same price first,
    then in turn."""
    taken = dict.fromkeys(range(len(original)), ZERO)
    for line in (line for note in notes for line in note):
        rest, price = line.quantity, (line.unit_price, line.discount_percent)
        mine = [i for i, sold in enumerate(original) if (sold.sku, sold.tax) == (line.sku, line.tax)]
        for index in sorted(
            mine, key=lambda i: (original[i].unit_price, original[i].discount_percent) != price
        ):
            fits = min(rest, original[index].quantity - taken[index])
            taken[index], rest = taken[index] + fits, rest - fits
    return taken


def _placed(
    original: Sequence[PlanLine], units: Mapping[int, Decimal], before: Mapping[int, Decimal]
) -> dict[int, Decimal]:
    """The units by line, each first on its own line. An earlier note does not say from which of two lines of
    one article it took, so what one of them is short of is taken from the other.

    Raises:
        Hold: NOTHING_LEFT_TO_CREDIT.
    """
    taken = dict.fromkeys(range(len(original)), ZERO)
    for position, quantity in units.items():
        mine, rest = original[position], quantity
        siblings = [i for i, line in enumerate(original) if (line.sku, line.tax) == (mine.sku, mine.tax)]
        for index in sorted(siblings, key=lambda i: (i != position, i)):
            fits = min(rest, original[index].quantity - before[index] - taken[index])
            taken[index], rest = taken[index] + fits, rest - fits
        if rest:
            raise _nothing_left(quantity, quantity - rest, f"of {mine.sku}")
    return taken


def _with_units(original: Sequence[PlanLine], units: Mapping[int, Decimal]) -> list[PlanLine]:
    return [
        replace(line, quantity=units[index])
        for index, line in enumerate(original)
        if units.get(index, ZERO) > ZERO
    ]


def _nothing_left(wanted: Decimal, left: Decimal, of: str = "") -> Hold:
    what = f" {of}" if of else ""
    return Hold(HoldReason.NOTHING_LEFT_TO_CREDIT, f"{wanted}{what} to be credited; {left} left.")


def _as_wanted(line: PlanLine) -> Wanted:
    return Wanted(
        sku=line.sku,
        description=line.description,
        quantity=line.quantity,
        unit_net=line.unit_price,
        tax=line.tax,
        discount_share=line.discount_percent / HUNDRED,
        is_shipping=line.is_shipping,
        exemption_code=line.exemption_code,
    )


def _exemption(original: Sequence[PlanLine], tax: Tax) -> str:
    return next((line.exemption_code for line in original if line.tax == tax and line.exemption_code), "")
