"""Invented plans and answers for the tests of the InvoiceXpress provider."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from invoicing.domain.plan import Customer, DocumentKind, DocumentPlan, Figures, PlanLine, Tax

IVA23 = Tax("IVA23", Decimal(23), "PT")


def a_plan(**changes: Any) -> DocumentPlan:
    plan = DocumentPlan(
        kind=DocumentKind.INVOICE_RECEIPT,
        reference="LE-1001-1",
        customer=Customer(
            name="Beatriz Inventada",
            code="LE-77",
            fiscal_id="123456789",
            email="beatriz@example.com",
            address="Rua Inventada 1",
            city="Porto",
            postal_code="4000-001",
            country_code="PT",
        ),
        lines=(
            PlanLine("SKU-1", "Camisola azul", Decimal(2), Decimal("10.5691"), IVA23, Decimal("12.5")),
            PlanLine("PORTES", "Portes de envio", Decimal(1), Decimal("4.0650"), IVA23, is_shipping=True),
        ),
        currency="EUR",
        issued_on=date(2026, 3, 5),
        due_on=date(2026, 3, 5),
        figures=Figures(*(Decimal("0.00") for _ in range(5))),
    )
    return replace(plan, **changes)


def document_json(**changes: Any) -> dict[str, Any]:
    """A document as the API shows it (recorded shape)."""
    document: dict[str, Any] = {
        "id": 5001,
        "status": "draft",
        "archived": False,
        "type": "InvoiceReceipt",
        "sequence_number": "rascunho",
        "date": "05/03/2026",
        "due_date": "05/03/2026",
        "reference": "LE-1001-1",
        "observations": None,
        "retention": None,
        "permalink": "https://www.example.com/documents/0000",
        "sum": 25.2,
        "discount": 2.64,
        "before_taxes": 22.56,
        "taxes": 5.19,
        "total": 27.75,
        "currency": "Euro",
        "client": {"id": 100, "name": "Beatriz Inventada", "code": "LE-77", "fiscal_id": "123456789"},
        "items": [
            {
                "name": "SKU-1",
                "description": "Camisola azul",
                "unit_price": "10.5691",
                "unit": "unit",
                "quantity": "2.0",
                "tax": {"id": 1, "name": "IVA23", "value": 23.0},
                "discount": 12.5,
                "subtotal": 18.4959,
                "tax_amount": 4.2541,
                "discount_amount": 2.6423,
                "total": 22.75,
            }
        ],
    }
    return {**document, **changes}


def as_received(value: Any) -> Any:
    """The value as the session would hand it over: through JSON, with decimals."""
    return json.loads(json.dumps(value), parse_float=Decimal)
