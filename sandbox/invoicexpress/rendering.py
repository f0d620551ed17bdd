"""Documents as the API shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.invoicexpress.arithmetic import (
    DocumentFigures,
    document_figures,
    shown,
    shown_line_figure,
)
from sandbox.invoicexpress.codes import format_date
from sandbox.invoicexpress.desk import Desk
from sandbox.invoicexpress.records import RECEIPT, Document, IndexEntry, Line

CLIENT_FIELDS = (
    "name",
    "code",
    "email",
    "address",
    "city",
    "postal_code",
    "country",
    "fiscal_id",
    "phone",
)


def figures_of(desk: Desk, document: Document) -> DocumentFigures:
    if document.kind == RECEIPT and document.amount is not None:
        nothing = Decimal("0.00")
        return DocumentFigures(document.amount, nothing, document.amount, nothing, document.amount)
    return document_figures(
        [line.figures for line in document.lines], tie=desk.switches.tie, total=desk.switches.total
    )


def document_json(desk: Desk, document: Document) -> dict[str, Any]:
    """The inner object; the caller puts it under the root key of its type."""
    answer: dict[str, Any] = {
        "id": document.id,
        "status": document.status,
        "archived": document.archived,
        "type": document.kind.name,
    }
    if document.is_fiscal:
        answer["sequence_number"] = document.number_text
        answer["inverted_sequence_number"] = f"{document.series.serie}/{document.number}"
        answer["atcud"] = document.atcud
        answer["sequence_id"] = document.series.sequence_id(document.kind.root)
    else:
        answer["sequence_number"] = desk.switches.draft_number
    if document.exemption is not None:
        answer["tax_exemption"] = document.exemption
    elif desk.switches.no_exemption_shown == "empty":
        answer["tax_exemption"] = ""
    answer["date"] = format_date(document.day)
    answer["due_date"] = format_date(document.due)
    answer["reference"] = document.reference
    answer["observations"] = document.observations
    answer["retention"] = None if document.retention is None else format(document.retention, "f")
    answer["permalink"] = f"{desk.base_url}/invoicexpress-files/documents/{document.token}"
    if document.is_fiscal:
        answer["saft_hash"] = document.saft_hash
    figures = figures_of(desk, document)
    for name in ("sum", "discount", "before_taxes", "taxes", "total"):
        answer[name] = shown(getattr(figures, name))
    answer["currency"] = "Euro"
    answer["client"] = document.client_copy or client_json(document)
    answer["items"] = [_line_json(desk, line) for line in document.lines]
    return answer


def client_json(document: Document) -> dict[str, Any]:
    """The client inside a document: null members are left out."""
    fields = document.client.fields
    present = {name: fields[name] for name in CLIENT_FIELDS if fields.get(name) is not None}
    return {"id": document.client.id, **present}


def index_entry(desk: Desk, document: Document) -> IndexEntry:
    """What the search learns of a document now."""
    words = [
        document.reference or "",
        document.number_text if document.is_fiscal else "",
        document.client.name,
        document.client.code or "",
        str(document.client.fields.get("fiscal_id") or ""),
        document.observations or "",
        *[line.name for line in document.lines],
        *[line.description or "" for line in document.lines],
    ]
    return IndexEntry(
        desk.now, document.status, document.archived, document.reference or "", "\n".join(words).lower()
    )


def _line_json(desk: Desk, line: Line) -> dict[str, Any]:
    figures, tie = line.figures, desk.switches.tie
    return {
        "name": line.name,
        "description": line.description,
        "unit_price": format(shown(figures.unit_price), "f"),
        "unit": line.unit,
        "quantity": format(shown(figures.quantity), "f"),
        "tax": {"id": line.tax_id, "name": line.tax_name, "value": shown(figures.rate)},
        "discount": shown(figures.discount_percent),
        "subtotal": shown_line_figure(figures.subtotal, tie),
        "tax_amount": shown_line_figure(figures.tax_amount, tie),
        "discount_amount": shown_line_figure(figures.discount_amount, tie),
        "total": shown_line_figure(figures.total, tie),
    }
