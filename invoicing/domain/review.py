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
    kept: Sequence[StoredLine | None] = [*stored.lines] if stored else []
    for index in range(max(len(plan.lines), len(kept))):
        line = plan.lines[index] if index < len(plan.lines) else None
        there = kept[index] if index < len(kept) else None
        rows += _line_rows(index + 1, sold[index] if index < len(sold) else None, line, there, found)
    return (*rows, *_buyer(order, plan, stored, found), *_totals(order, plan, stored, found))


@dataclass(frozen=True, slots=True)
class _Sold:
    """A line of the order, in the document's terms."""

    name: str
    quantity: Decimal
    rate: Decimal | None
    gross: Decimal


def _aligned(order: OrderSnapshot | None, lines: Sequence[PlanLine]) -> list[_Sold | None]:
    """For each line of the document the line of the order that it stands for; documents keep the order."""
    if order is None:
        return [None] * len(lines)
    products = [_sold(line) for line in order.lines]
    shipping = [line for line in lines if line.is_shipping]
    goods = len(lines) - len(shipping)
    if goods != len(products):
        return [None] * len(lines)
    found: list[_Sold | None] = []
    for line in lines:
        if not line.is_shipping:
            found.append(products.pop(0))
        else:
            found.append(_shipped(order.shipping) if len(shipping) == 1 else None)
    return found


def _sold(line: OrderLine) -> _Sold:
    return _Sold(line.name, line.quantity, line.tax_rate, line.gross)


def _shipped(shipping: Shipping) -> _Sold:
    return _Sold(shipping.method, Decimal(1), shipping.tax_rate, shipping.gross)


def _line_rows(
    number: int, sold: _Sold | None, line: PlanLine | None, there: StoredLine | None, found: set[str]
) -> list[ReviewRow]:
    def row(fact: Fact, shop: Value, planned: Value, stored: Value, name: str = "") -> ReviewRow:
        is_missing = (line is None) != (there is None) and bool(found)
        return ReviewRow(number, fact, shop, planned, stored, f"line {number} {name}" in found or is_missing)

    gross = _rounded(amounts_of([line]).total) if line else None
    rows = [
        row(Fact.NAME, sold and sold.name, line and line.description, there and there.description, "key"),
        row(
            Fact.QUANTITY,
            sold and sold.quantity,
            line and line.quantity,
            there and there.quantity,
            "quantity",
        ),
        row(Fact.UNIT_NET, None, line and line.unit_price, there and there.unit_price, "unit price"),
        row(Fact.RATE, sold and sold.rate, line and line.tax.rate, there and there.tax_rate, "VAT %"),
        row(
            Fact.GROSS,
            _rounded(sold.gross) if sold else None,
            gross,
            _rounded(_gross_of(there)) if there else None,
        ),
    ]
    has_discount = bool((line and line.discount_percent) or (there and there.discount_percent))
    if has_discount:
        planned, stored = line and line.discount_percent, there and there.discount_percent
        rows.insert(3, row(Fact.DISCOUNT, None, planned, stored, "discount %"))
    return rows


def _gross_of(line: StoredLine) -> Decimal:
    net = line.quantity * line.unit_price * (1 - line.discount_percent / HUNDRED)
    return net * (1 + line.tax_rate / HUNDRED)


def _rounded(amount: Decimal) -> Decimal:
    return round_half_up(amount, 2)


def _buyer(
    order: OrderSnapshot | None, plan: DocumentPlan, stored: StoredDocument | None, found: set[str]
) -> list[ReviewRow]:
    shop_name = shop_id = None
    if order is not None:
        shop_name = order.buyer.company_name or order.billing.full_name or order.buyer.full_name
        shop_id = order.buyer.tax_id
    rows = [
        ReviewRow(
            0,
            Fact.CUSTOMER,
            shop_name,
            plan.customer.name,
            stored and stored.customer_name,
            "customer" in found,
        ),
        ReviewRow(
            0, Fact.TAX_ID, shop_id, plan.customer.fiscal_id, stored and stored.fiscal_id, "tax id" in found
        ),
        ReviewRow(0, Fact.DATE, None, plan.issued_on, stored and stored.issued_on, "date" in found),
    ]
    if plan.exemption_code or "exemption" in found:
        code = stored and stored.exemption_code
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
