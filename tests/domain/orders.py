"""Invented orders and plans for the tests of the rules."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoicing.domain.build import build_document
from invoicing.domain.plan import DocumentPlan, DocumentStatus, StoredDocument, StoredLine
from invoicing.domain.profile import Profile
from jumpseller_sync.parsing import parse_order
from stores.domain.order import (
    Address,
    Buyer,
    OrderLine,
    OrderSnapshot,
    OrderStatus,
    Shipping,
    UnreadableOrder,
)

from .scenario_files import ACCOUNT_TAXES

D = Decimal
DAY = date(2026, 7, 1)
HOME = Address(
    name="Maria",
    surname="Exemplo",
    line="Rua Inventada 10",
    city="Porto",
    postal_code="4000-001",
    country_code="PT",
)
BUYER = Buyer(
    shop_customer_id="77", full_name="Maria Exemplo", email="maria@example.com", phone="+351910000000"
)


def order_line(**changes: Any) -> OrderLine:
    values: dict[str, Any] = {
        "sku": "CAM-1",
        "name": "Camisola",
        "quantity": D(1),
        "unit_price": D("24.60"),
        "price_includes_vat": True,
        "tax_rate": D(23),
        "product_id": "5",
    }
    return OrderLine(**values | changes)


def snapshot(*lines: OrderLine, **changes: Any) -> OrderSnapshot:
    lines = lines or (order_line(),)
    shipping = changes.get("shipping", Shipping())
    paid = sum((line.gross for line in lines), shipping.gross).quantize(D("0.01"))
    values: dict[str, Any] = {
        "shop_order_id": "1001",
        "status": OrderStatus.PAID,
        "currency": "EUR",
        "lines": lines,
        "shipping": shipping,
        "total": paid,
        "paid_gross": paid,
        "tax_total": D(0),
        "buyer": BUYER,
        "billing": HOME,
    }
    return OrderSnapshot(**values | changes)


def build(order: OrderSnapshot | None = None, profile: Profile | None = None, **changes: Any) -> DocumentPlan:
    values: dict[str, Any] = {
        "reference": "LOJA-1001-FT1",
        "issued_on": DAY,
        "paid_on": DAY,
        "account_taxes": ACCOUNT_TAXES,
        "code_prefix": "LOJA",
    }
    return build_document(order or snapshot(), profile or Profile(), **values | changes)


def stored_copy(plan: DocumentPlan, **changes: Any) -> StoredDocument:
    """What a faithful provider has after the create."""
    values: dict[str, Any] = {
        "provider_id": "501",
        "kind": plan.kind,
        "status": DocumentStatus.DRAFT,
        "reference": plan.reference,
        "issued_on": plan.issued_on,
        "due_on": plan.due_on,
        "figures": plan.figures,
        "lines": tuple(
            StoredLine(
                name=line.sku,
                description=line.description,
                quantity=line.quantity,
                unit_price=line.unit_price,
                tax_name=line.tax.name,
                tax_rate=line.tax.rate,
                discount_percent=line.discount_percent,
            )
            for line in plan.lines
        ),
        "customer_name": plan.customer.name,
        "fiscal_id": plan.customer.fiscal_id,
        "customer_code": plan.customer.code,
        "exemption_code": plan.exemption_code,
    }
    return StoredDocument(**values | changes)


def payload(**changes: Any) -> dict[str, Any]:
    """The smallest order that reads."""
    values: dict[str, Any] = {
        "id": 1001,
        "status_enum": "paid",
        "currency": "EUR",
        "total": 24.6,
        "discount": 0,
        "products": [product()],
    }
    return values | changes


def product(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": 5,
        "sku": "CAM-1",
        "name": "Camisola",
        "qty": 1,
        "price": 24.6,
        "taxes": [{"name": "IVA", "rate": "23.0", "fixed": False, "tax_on_product_price": True}],
    }
    return values | changes


def as_text(order: dict[str, Any]) -> str:
    return json.dumps({"order": order})


def refused(order: dict[str, Any] | str, **options: Any) -> UnreadableOrder:
    with pytest.raises(UnreadableOrder) as caught:
        parse_order(order if isinstance(order, str) else as_text(order), **options)
    assert caught.value.detail
    return caught.value


def vat(rate: Any = "23.0", included: bool | None = True, **more: Any) -> list[dict[str, Any]]:
    tax = {"name": "IVA", "rate": rate, "fixed": False, "tax_on_product_price": included}
    return [{key: value for key, value in (tax | more).items() if value is not None}]
