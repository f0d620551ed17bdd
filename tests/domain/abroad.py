"""Invented orders that leave the country."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from invoicing.domain.profile import Profile
from invoicing.domain.vat_numbers import VatAnswer, VatCheck, VatNumber
from stores.domain.order import Address, Buyer, OrderSnapshot

from .orders import order_line, snapshot

SELLS_ABROAD = Profile(export_exemption_code="M05", intra_eu_exemption_code="M16")
# Right in form, invented.
SPANISH = VatNumber("ES", "B58378431")
CHECKED_AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


def address(country: str, postal_code: str = "", **changes: str) -> Address:
    values = {
        "name": "Ana",
        "surname": "Inventada",
        "line": "1 Example Street",
        "city": "Exampleton",
        "postal_code": postal_code,
        "country_code": country,
    }
    return Address(**values | changes)


def abroad(
    country: str,
    postal_code: str = "",
    *,
    rate: Decimal | None = Decimal(0),
    tax_id: str = "",
    company: str = "",
    **changes: Any,
) -> OrderSnapshot:
    """One article, bought by and sent to somebody in that country."""
    where = address(country, postal_code)
    values: dict[str, Any] = {
        "billing": where,
        "delivery": where,
        "buyer": Buyer(
            shop_customer_id="78",
            full_name="Ana Inventada",
            email="ana@example.com",
            tax_id=tax_id,
            company_name=company,
        ),
    }
    return snapshot(order_line(tax_rate=rate), **values | changes)


def answered(answer: VatAnswer, *, consultation: str = "", remark: str = "") -> VatCheck:
    return VatCheck(SPANISH, answer, CHECKED_AT, consultation, remark)
