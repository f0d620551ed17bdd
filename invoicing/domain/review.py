"""Order, plan and stored document side by side: what a person compares before a number is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from invoicing.domain.checks import differences
from invoicing.domain.exactness import amounts_of
from invoicing.domain.plan import DocumentPlan, Figures, PlanLine, StoredDocument, StoredLine
from stores.domain.money import HUNDRED, round_half_up
from stores.domain.order import OrderLine, OrderSnapshot, Shipping


class Fact(StrEnum):
    """What a row is about; the screen has words for each."""

    NAME = "name"
    QUANTITY = "quantity"
    UNIT_NET = "unit_net"
    DISCOUNT = "discount"
    RATE = "rate"
    GROSS = "gross"
    CUSTOMER = "customer"
    TAX_ID = "tax_id"
    DATE = "date"
    EXEMPTION = "exemption"
    NET_TOTAL = "net_total"
    TAX_TOTAL = "tax_total"
    GROSS_TOTAL = "gross_total"


Value = str | Decimal | date | None


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One fact on each side; None where a side does not say it. `line` counts from 1, 0: the whole.

    `differs`: what is stored is not what was planned, or what was planned is not what the shop says.
    """

    line: int
    fact: Fact
    shop: Value
    planned: Value
    stored: Value
    differs: bool = False


def review_rows(
    order: OrderSnapshot | None, plan: DocumentPlan, stored: StoredDocument | None
) -> tuple[ReviewRow, ...]:
    """Line by line, then the buyer, then the totals. A credit note has no order: its original has."""
    found = {item.field for item in differences(plan, stored)} if stored else set()
    rows: list[ReviewRow] = []
    sold = _aligned(order, plan.lines)
    planned = [_planned(line) for line in plan.lines]
    kept = [_kept(line) for line in stored.lines] if stored else []
    for index in range(max(len(planned), len(kept))):
        is_missing = stored is not None and (index >= len(planned) or index >= len(kept))
        sides = (_at(sold, index), _at(planned, index), _at(kept, index))
        rows += _line_rows(index + 1, sides, found, is_missing=is_missing)
    return (*rows, *_buyer(order, plan, stored, found), *_totals(order, plan, stored, found))


@dataclass(frozen=True, slots=True)
class _Side:
    """A line as one side says it; a side that says nothing has nothing but empty facts."""

    name: Value = None
    quantity: Value = None
    unit_net: Value = None
    discount: Value = None
    rate: Value = None
    gross: Value = None


_NOTHING = _Side()
# A line's facts in the order of reading, each with its name among the differences.
_LINE_FACTS = (
    (Fact.NAME, "key"),
    (Fact.QUANTITY, "quantity"),
    (Fact.UNIT_NET, "unit price"),
    (Fact.DISCOUNT, "discount %"),
    (Fact.RATE, "VAT %"),
    (Fact.GROSS, ""),
)


def _aligned(order: OrderSnapshot | None, lines: Sequence[PlanLine]) -> list[_Side]:
    """For each line of the document the line of the order that it stands for; documents keep the order."""
    if order is None:
        return [_NOTHING] * len(lines)
    products = [_sold(line) for line in order.lines]
    shipping = [line for line in lines if line.is_shipping]
    if len(lines) - len(shipping) != len(products):
        return [_NOTHING] * len(lines)
    shipped = _shipped(order.shipping) if len(shipping) == 1 else _NOTHING
    return [shipped if line.is_shipping else products.pop(0) for line in lines]


def _sold(line: OrderLine) -> _Side:
    gross = _rounded(line.gross)
    return _Side(name=line.name, quantity=line.quantity, rate=line.tax_rate, gross=gross)


def _shipped(shipping: Shipping) -> _Side:
    gross = _rounded(shipping.gross)
    return _Side(name=shipping.method, quantity=Decimal(1), rate=shipping.tax_rate, gross=gross)


def _planned(line: PlanLine) -> _Side:
    return _Side(
        line.description or line.sku,
        line.quantity,
        line.unit_price,
        line.discount_percent,
        line.tax.rate,
        _rounded(amounts_of([line]).total),
    )


def _kept(line: StoredLine) -> _Side:
    net = line.quantity * line.unit_price * (1 - line.discount_percent / HUNDRED)
    return _Side(
        line.description or line.name,
        line.quantity,
        line.unit_price,
        line.discount_percent,
        line.tax_rate,
        _rounded(net * (1 + line.tax_rate / HUNDRED)),
    )


def _at(sides: Sequence[_Side], index: int) -> _Side:
    return sides[index] if index < len(sides) else _NOTHING


def _line_rows(
    number: int, sides: tuple[_Side, _Side, _Side], found: set[str], *, is_missing: bool
) -> list[ReviewRow]:
    """`is_missing`: the line is on one of the two documents only."""
    rows = []
    for fact, name in _LINE_FACTS:
        shop, planned, kept = (getattr(side, fact) for side in sides)
        if fact is Fact.DISCOUNT and not (planned or kept):
            continue
        differs = is_missing or f"line {number} {name}" in found
        rows.append(ReviewRow(number, fact, shop, planned, kept, differs))
    return rows


def _rounded(amount: Decimal) -> Decimal:
    return round_half_up(amount, 2)


def _buyer(
    order: OrderSnapshot | None, plan: DocumentPlan, stored: StoredDocument | None, found: set[str]
) -> list[ReviewRow]:
    shop_name = shop_id = None
    if order is not None:
        shop_name = order.buyer.company_name or order.billing.full_name or order.buyer.full_name
        shop_id = order.buyer.tax_id
    name = stored.customer_name if stored else None
    tax_id = stored.fiscal_id if stored else None
    issued_on = stored.issued_on if stored else None
    rows = [
        ReviewRow(0, Fact.CUSTOMER, shop_name, plan.customer.name, name, "customer" in found),
        ReviewRow(0, Fact.TAX_ID, shop_id, plan.customer.fiscal_id, tax_id, "tax id" in found),
        ReviewRow(0, Fact.DATE, None, plan.issued_on, issued_on, "date" in found),
    ]
    if plan.exemption_code or "exemption" in found:
        code = stored.exemption_code if stored else None
        rows.append(ReviewRow(0, Fact.EXEMPTION, None, plan.exemption_code, code, "exemption" in found))
    return rows


def _totals(
    order: OrderSnapshot | None, plan: DocumentPlan, stored: StoredDocument | None, found: set[str]
) -> list[ReviewRow]:
    def row(fact: Fact, shop: Decimal | None, of: Callable[[Figures], Decimal], name: str) -> ReviewRow:
        planned, kept = of(plan.figures), of(stored.figures) if stored else None
        is_off = shop is not None and shop != planned
        return ReviewRow(0, fact, shop, planned, kept, name in found or is_off)

    paid = order.paid_gross if order else None
    return [
        row(Fact.NET_TOTAL, None, lambda f: f.before_taxes, "before taxes"),
        row(Fact.TAX_TOTAL, None, lambda f: f.taxes, "taxes"),
        row(Fact.GROSS_TOTAL, paid, lambda f: f.total, "total"),
    ]
