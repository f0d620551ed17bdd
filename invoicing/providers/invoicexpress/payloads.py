"""How InvoiceXpress spells what we ask. Pure: values in, the exact text of a request body out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from invoicing.domain.mechanisms import Mechanism
from invoicing.domain.plan import Customer, DocumentKind, DocumentPlan, PlanLine, Tax
from invoicing.domain.texts import clean
from invoicing.providers.invoicexpress.countries import country_name

PATHS = {
    DocumentKind.INVOICE: "invoices",
    DocumentKind.INVOICE_RECEIPT: "invoice_receipts",
    DocumentKind.SIMPLIFIED_INVOICE: "simplified_invoices",
    DocumentKind.CREDIT_NOTE: "credit_notes",
}
TYPES = {
    DocumentKind.INVOICE: "Invoice",
    DocumentKind.INVOICE_RECEIPT: "InvoiceReceipt",
    DocumentKind.SIMPLIFIED_INVOICE: "SimplifiedInvoice",
    DocumentKind.CREDIT_NOTE: "CreditNote",
}
# The column takes 255; a shorter catalogue key leaves room for the mark of a cut one.
_SKU_CHARACTERS = 200
_TEXT_CHARACTERS = 255
_OBSERVATIONS_CHARACTERS = 2000
_UNIT = "unit"


def create_body(plan: DocumentPlan, *, series_id: str) -> str:
    """The body of a create call: the same plan gives the same text, to the byte.

    Raises:
        UnknownCountry: the customer's country has no name in the accepted list.
        ValueError: an amount that is not finite.
    """
    document = _document(plan, series_id=series_id)
    return _text({create_root(plan.kind): document, "proprietary_uid": plan.reference})


def update_body(plan: DocumentPlan, *, series_id: str) -> str:
    """The body that replaces a draft. What it leaves out is gone, so it holds what a create holds.

    Raises:
        UnknownCountry: the customer's country has no name in the accepted list.
        ValueError: an amount that is not finite.
    """
    return _text({create_root(plan.kind): _document(plan, series_id=series_id)})


def payment_body(amount: Decimal, *, paid_on: date, mechanism: Mechanism, note: str) -> str:
    """The body that makes the receipt of an invoice; the mechanism's codes are the vendor's own.

    Raises:
        ValueError: an amount that is not finite.
    """
    payment = {
        "amount": plain_number(amount),
        "payment_mechanism": mechanism.value,
        "payment_date": _day(paid_on),
        "note": clean(note, _TEXT_CHARACTERS),
    }
    return _text({"partial_payment": payment})


def tax_body(tax: Tax) -> str:
    """The body that adds a tax. The value is a text: a number was answered with 500 once.

    Raises:
        ValueError: a rate that is not finite.
    """
    value = plain_number(tax.rate)
    made = {
        "name": tax.name,
        "value": value if "." in value else f"{value}.0",
        "region": tax.region,
        "default_tax": "0",
    }
    return _text({"tax": made})


def _document(plan: DocumentPlan, *, series_id: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "date": _day(plan.issued_on),
        "due_date": _day(plan.due_on),
        "reference": plan.reference,
        "client": _client(plan.customer),
        "items": [_item(line) for line in plan.lines],
    }
    if plan.observations:
        document["observations"] = _several_lines(plan.observations)
    if plan.exemption_code:
        # Both documented names of the one field, because a code that is not understood becomes the
        # account's default, or "not taxed", without a word.
        document["tax_exemption"] = plan.exemption_code
        document["tax_exemption_reason"] = plan.exemption_code
    if series_id:
        document["sequence_id"] = series_id
    if plan.original_provider_id:
        document["owner_invoice_id"] = plan.original_provider_id
    return document


def create_root(kind: DocumentKind) -> str:
    """The root key of a create: `invoice` was recorded for all three invoice kinds, never for a note."""
    return "credit_note" if kind is DocumentKind.CREDIT_NOTE else "invoice"


def change_state_body(state: str, message: str = "") -> str:
    """The body of a change-state call, whose documented root is `invoice` for every kind."""
    change = {"state": state}
    if message:
        change["message"] = clean(message, _TEXT_CHARACTERS)
    return _text({"invoice": change})


def plain_number(value: Decimal) -> str:
    """A decimal as plain digits: no exponent, no trailing zeros, no negative zero.

    Raises:
        ValueError: not finite.
    """
    if not value.is_finite():
        raise ValueError("an amount must be a finite number")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def catalogue_key(sku: str) -> str:
    """The item name for a SKU. A long one is cut and marked, so that two long ones stay two."""
    whole = clean(sku, len(sku) + 1)
    if len(whole) <= _SKU_CHARACTERS:
        return whole
    mark = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{whole[: _SKU_CHARACTERS - 9].rstrip()}-{mark}"


def printed_text(text: str) -> str:
    """A description as it is sent: one printable line that fits the column."""
    return clean(text, _TEXT_CHARACTERS)


def _client(customer: Customer) -> dict[str, str]:
    fields: Mapping[str, str] = {
        "name": printed_text(customer.name),
        "code": customer.code,
        "fiscal_id": customer.fiscal_id,
        "email": customer.email,
        "phone": customer.phone,
        "address": printed_text(customer.address),
        "city": printed_text(customer.city),
        "postal_code": printed_text(customer.postal_code),
        "country": country_name(customer.country_code),
    }
    return {name: value for name, value in fields.items() if value}


def _item(line: PlanLine) -> dict[str, Any]:
    description = printed_text(line.description)
    item: dict[str, Any] = {
        "name": catalogue_key(line.sku) or catalogue_key(description),
        "description": description,
        "unit_price": plain_number(line.unit_price),
        "quantity": plain_number(line.quantity),
        "unit": _UNIT,
        "tax": {"name": line.tax.name},
    }
    if line.discount_percent:
        item["discount"] = plain_number(line.discount_percent)
    return item


def _several_lines(text: str) -> str:
    lines = (clean(line, _OBSERVATIONS_CHARACTERS) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:_OBSERVATIONS_CHARACTERS]


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
