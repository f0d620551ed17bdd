"""Reads and builds one generated sale with the product's own code, and compares with what the shop meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.domain.build import build_document
from invoicing.domain.exactness import all_predictions, amounts_of
from invoicing.domain.plan import DocumentPlan, PlanLine, Tax
from invoicing.domain.profile import parse_profile
from invoicing.domain.reasons import Hold
from jumpseller_sync.parsing import parse_order
from stores.domain.order import UnreadableOrder
from tests.exact.generator import Sale

DAY = date(2026, 7, 1)
PROFILE = parse_profile({"finalize": True})
TAXES = tuple(Tax(f"IVA{rate}", Decimal(rate), "PT") for rate in (23, 13, 6))
HALF_CENT = Decimal("0.005")
STEP = Decimal("0.0001")


@dataclass(frozen=True)
class Verdict:
    """`wrong` is a sentence; `held` the reason of a hold. Neither: the document is right."""

    wrong: str = ""
    held: str = ""
    detail: str = ""


def judge(sale: Sale) -> Verdict:
    try:
        plan = document_of(sale)
    except UnreadableOrder as error:
        return Verdict(held=error.reason, detail=error.detail)
    except Hold as hold:
        return Verdict(held=str(hold.reason), detail=hold.detail)
    return Verdict(wrong=differs(sale, plan))


def document_of(sale: Sale) -> DocumentPlan:
    """
    Raises:
        UnreadableOrder, Hold: there is none.
    """
    order = parse_order(sale.payload)
    return build_document(
        order,
        PROFILE,
        reference="X-1-FT1",
        issued_on=DAY,
        paid_on=DAY,
        account_taxes=TAXES,
        code_prefix="JS-X",
    )


def differs(sale: Sale, plan: DocumentPlan) -> str:
    """What is wrong with the document, or nothing."""
    for figures in all_predictions(plan.lines):
        if figures.total != sale.paid:
            return f"total {figures.total}, paid {sale.paid}"
    ours: dict[str, list[PlanLine]] = {}
    for line in plan.lines:
        ours.setdefault(line.sku, []).append(line)
        if line.unit_price <= 0 or not 0 <= line.discount_percent <= 100 or line.quantity <= 0:
            return f"{line.sku}: no lawful line"
    for rate, vat in sale.vat.items():
        lines = [line for line in plan.lines if line.tax.rate == rate]
        if abs(amounts_of(lines).tax - vat) > HALF_CENT * max(1, len(lines)):
            return f"VAT at {rate} %: {amounts_of(lines).tax:.4f}, the order has {vat:.4f}"
    for sku, gross in sale.gross.items():
        found = amounts_of(ours.pop(sku, [])).total
        # A line may carry the rounding of all of them; prices and discounts have four decimals.
        units = sum(line.quantity for line in plan.lines if line.sku == sku)
        coarse = units * STEP + gross * STEP / 100
        if abs(found - gross) > HALF_CENT * 2 * max(1, sale.lines) + coarse:
            return f"{sku}: {found:.4f}, the order has {gross:.4f}"
    return f"lines that nobody bought: {sorted(ours)}" if ours else ""
