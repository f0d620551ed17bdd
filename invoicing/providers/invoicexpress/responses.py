"""What InvoiceXpress answers, as our values. Pure, and tolerant where nothing is at stake.

Both known shapes of a document are read. `NotADocument` means that the answer is something else (an error
with status 200, a page of a proxy): whether that is worth a repeat is the client's to say. `Unexpected`
means that it is a document which we do not understand, so a person must look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from invoicing.domain.plan import (
    DocumentKind,
    DocumentStatus,
    Figures,
    Series,
    StoredDocument,
    StoredLine,
    Tax,
)
from invoicing.providers.invoicexpress.payloads import TYPES
from outbound.errors import Unexpected
from stores.domain.money import ZERO, NotANumber, round_half_up, to_decimal

_KINDS = {name: kind for kind, name in TYPES.items()}
_ROOTS = {str(kind): kind for kind in DocumentKind}
_STATUSES = {
    "draft": DocumentStatus.DRAFT,
    "final": DocumentStatus.FINAL,
    "sent": DocumentStatus.FINAL,
    "second_copy": DocumentStatus.FINAL,
    "settled": DocumentStatus.SETTLED,
    "canceled": DocumentStatus.CANCELED,
    "deleted": DocumentStatus.DELETED,
}
_DRAFT_NUMBERS = ("rascunho", "draft")
_NO_EXEMPTION = ("", "M00")
_UNKNOWN_REGIONS = ("", "Desconhecido")
_ABSURD = Decimal(10) ** 15
# Papers that count as money when they hang on a document; quotes and guides have states of their own.
_FISCAL_TYPES = frozenset({*_KINDS, "DebitNote", "Receipt", "CashInvoice", ""})
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")


class NotADocument(Exception):
    """The answer is well-formed, but not what was asked for."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. The counts are None where the answer did not say."""

    rows: tuple[Any, ...]
    number: int | None = None
    pages: int | None = None
    entries: int | None = None


def read_page(payload: Any, name: str) -> Page:
    """The list called `name`, with its pagination.

    Raises:
        NotADocument: no such list.
    """
    rows = payload.get(name) if isinstance(payload, dict) else None
    if not isinstance(rows, list):
        raise NotADocument(f"no list of {name}")
    counts = payload.get("pagination")
    if not isinstance(counts, dict):
        return Page(tuple(rows))
    return Page(
        tuple(rows),
        number=_count(counts.get("current_page")),
        pages=_count(counts.get("total_pages")),
        entries=_count(counts.get("total_entries")),
    )


def reference_of(row: Any) -> str:
    """The reference of a document in a list, unread otherwise; empty if it has none.

    Raises:
        NotADocument: the row is no document at all.
    """
    return _text(_inner(row)[1].get("reference"))


def id_of(row: Any) -> str:
    """The document's id in a list.

    Raises:
        NotADocument: the row is no document at all.
    """
    return _id(_inner(row)[1].get("id"))


def is_fiscal(row: Any) -> bool:
    """Whether a document in a list is one of those that count as money.

    Raises:
        NotADocument: the row is no document at all.
    """
    return _text(_inner(row)[1].get("type")) in _FISCAL_TYPES


def read_document(payload: Any) -> StoredDocument:
    """A document, under its root key or bare.

    Raises:
        NotADocument: the answer holds no document.
        Unexpected: it does, but its status, total, dates or lines cannot be understood.
    """
    root, raw = _inner(payload)
    kind = _KINDS.get(_text(raw["type"])) if raw.get("type") else _ROOTS.get(root)
    status = _status(raw.get("status"))
    client = _object(raw.get("client"))
    number = _text(raw.get("sequence_number"))
    is_draft = status is DocumentStatus.DRAFT or number.casefold() in _DRAFT_NUMBERS
    return StoredDocument(
        provider_id=_id(raw["id"]),
        kind=kind,
        status=status,
        reference=_text(raw.get("reference")),
        issued_on=_day(raw.get("date")),
        due_on=_day(raw.get("due_date")),
        figures=_figures(raw),
        lines=tuple(_lines(raw.get("items"))),
        customer_name=_text(client.get("name")),
        fiscal_id=_text(client.get("fiscal_id")),
        customer_code=_text(client.get("code")),
        exemption_code=_exemption(raw),
        number="" if is_draft else number,
        atcud=_text(raw.get("atcud")),
        series_id=_text(raw.get("sequence_id")),
        archived=raw.get("archived") in (True, "true", 1, "1"),
        original_provider_id=_text(raw.get("owner_invoice_id")),
        observations=_text(raw.get("observations")),
    )


def read_tax(row: Any) -> Tax:
    """A tax of the account.

    Raises:
        Unexpected: no name, or no rate.
    """
    raw = _unwrapped(row, "tax")
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise Unexpected("a tax of the account has no name")
    region = _text(raw.get("region"))
    return Tax(
        name=name,
        rate=_amount(raw.get("value"), "rate of a tax"),
        region="" if region in _UNKNOWN_REGIONS else region,
    )


def read_series(row: Any) -> Series:
    """A series of the account, with one id per kind.

    Raises:
        Unexpected: no name.
    """
    raw = _unwrapped(row, "sequence")
    name = _text(raw.get("serie"))
    if not name:
        raise Unexpected("a series of the account has no name")
    ids = ((kind, _text(raw.get(f"current_{kind}_sequence_id"))) for kind in DocumentKind)
    codes = {kind: raw.get(f"current_{kind}_validation_code") for kind in DocumentKind}
    says_codes = any(key.endswith("_validation_code") for key in raw)
    return Series(
        name=name,
        is_default=raw.get("default_sequence") in (True, "true", 1, "1"),
        ids=tuple((kind, series_id) for kind, series_id in ids if series_id),
        registered=tuple(kind for kind in DocumentKind if _text(codes[kind])) if says_codes else None,
    )


def pdf_url(payload: Any) -> str:
    """The temporary address of a PDF.

    Raises:
        NotADocument: the answer has none.
    """
    output = payload.get("output") if isinstance(payload, dict) else None
    url = output.get("pdfUrl") if isinstance(output, dict) else None
    if not isinstance(url, str) or not url:
        raise NotADocument("no address of a PDF")
    return url


def _inner(payload: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(payload, dict):
        if _is_document(payload):
            return "", payload
        for root, member in payload.items():
            if isinstance(member, dict) and _is_document(member):
                return str(root), member
    raise NotADocument("no document in the answer")


def _is_document(value: dict[str, Any]) -> bool:
    return _id(value.get("id")) != "" and "status" in value


def _unwrapped(row: Any, name: str) -> dict[str, Any]:
    if isinstance(row, dict):
        inner = row.get(name)
        return inner if isinstance(inner, dict) else row
    raise Unexpected(f"a {name} of the account cannot be read")


def _status(value: Any) -> DocumentStatus:
    status = _STATUSES.get(value) if isinstance(value, str) else None
    if status is None:
        raise Unexpected(f"a document has the unknown status {str(value)[:40]!r}")
    return status


def _figures(raw: dict[str, Any]) -> Figures:
    """Top-level figures, or the `summary` of the second shape; two decimals."""
    summary = raw.get("summary")
    source = summary if isinstance(summary, dict) and raw.get("total") is None else raw
    if source.get("total") is None:
        raise Unexpected("a document has no total")
    values = {
        name: round_half_up(_optional(source.get(name), name), 2)
        for name in ("sum", "discount", "before_taxes", "taxes", "total")
    }
    return Figures(**values)


def _lines(items: Any) -> Iterator[StoredLine]:
    if items is None:
        return
    if not isinstance(items, list):
        raise Unexpected("the lines of a document are no list")
    for raw in items:
        if not isinstance(raw, dict):
            raise Unexpected("a line of a document cannot be read")
        tax = _object(raw.get("tax"))
        yield StoredLine(
            name=_text(raw.get("name")),
            description=_text(raw.get("description")),
            quantity=_optional(raw.get("quantity"), "quantity"),
            unit_price=_optional(raw.get("unit_price"), "unit price"),
            tax_name=_text(tax.get("name")),
            tax_rate=_optional(tax.get("value"), "tax rate"),
            discount_percent=_optional(raw.get("discount"), "discount"),
        )


def _exemption(raw: dict[str, Any]) -> str:
    code = _text(raw.get("tax_exemption")) or _text(raw.get("tax_exemption_reason"))
    return "" if code in _NO_EXEMPTION else code


def _amount(value: Any, what: str) -> Decimal:
    try:
        number = to_decimal(value)
    except NotANumber:
        number = _ABSURD
    if abs(number) >= _ABSURD:
        raise Unexpected(f"the {what} of a document is not a usable number")
    return number


def _optional(value: Any, what: str) -> Decimal:
    return ZERO if value is None or value == "" else _amount(value, what)


def _day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else ""
    try:
        if found := _DAY.fullmatch(text.strip()):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _ISO_DAY.fullmatch(text.strip()):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise Unexpected("a date of a document cannot be read")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return ""


def _id(value: Any) -> str:
    text = _text(value)
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else ""


def _count(value: Any) -> int | None:
    text = _text(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
