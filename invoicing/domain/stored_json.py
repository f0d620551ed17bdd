"""A provider's document as JSON values and back: decimals as strings, dates as ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from invoicing.domain.plan import DocumentKind, DocumentStatus, Figures, StoredDocument, StoredLine
from invoicing.domain.plan_json import plain

FORMAT = 1
_TEXTS = (
    "provider_id",
    "reference",
    "customer_name",
    "fiscal_id",
    "customer_code",
    "exemption_code",
    "number",
    "atcud",
    "series_id",
    "original_provider_id",
    "observations",
)


def stored_to_json(stored: StoredDocument) -> dict[str, Any]:
    """JSON-ready values, complete; `stored_from_json` gives back an equal document."""
    return {"format": FORMAT, **plain(asdict(stored))}


def stored_from_json(values: Mapping[str, Any] | None) -> StoredDocument | None:
    """The document that was written; None: nothing was, or in a format of another day."""
    if values is None or values.get("format") != FORMAT:
        return None
    return StoredDocument(
        **{name: values[name] for name in _TEXTS},
        kind=DocumentKind(values["kind"]) if values["kind"] else None,
        status=DocumentStatus(values["status"]),
        issued_on=_day(values["issued_on"]),
        due_on=_day(values["due_on"]),
        figures=Figures(**{name: Decimal(amount) for name, amount in values["figures"].items()}),
        lines=tuple(_line(line) for line in values["lines"]),
        archived=values["archived"],
        withholding=Decimal(values["withholding"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _line(values: Mapping[str, Any]) -> StoredLine:
    return StoredLine(
        name=values["name"],
        description=values["description"],
        quantity=Decimal(values["quantity"]),
        unit_price=Decimal(values["unit_price"]),
        tax_name=values["tax_name"],
        tax_rate=Decimal(values["tax_rate"]),
        discount_percent=Decimal(values["discount_percent"]),
    )
