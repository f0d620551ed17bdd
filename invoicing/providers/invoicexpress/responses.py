"""What InvoiceXpress answers, as our values. Pure, and tolerant where nothing is at stake.

Both known shapes of a document are read. `NotADocument` means that the answer is something else (an error
with status 200, a page of a proxy): whether that is worth a repeat is the client's to say. `Unexpected`
means that it is a document which we do not understand, so a person must look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
from invoicing.providers.base import CustomerNameTaken, CustomerRefused
from invoicing.providers.invoicexpress.payloads import TYPES
from invoicing.providers.invoicexpress.values import (
    amount,
    count,
    day,
    id_of_value,
    object_of,
    optional_amount,
    text_of,
)
from outbound.errors import Unexpected
from stores.domain.money import round_half_up

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
# Papers that count as money when they hang on a document; quotes and guides have states of their own.
_FISCAL_TYPES = frozenset({*_KINDS, "DebitNote", "Receipt", "CashInvoice", ""})


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
        number=count(counts.get("current_page")),
        pages=count(counts.get("total_pages")),
        entries=count(counts.get("total_entries")),
    )


def reference_of(row: Any) -> str:
    """The reference of a document in a list, unread otherwise; empty if it has none.

    Raises:
        NotADocument: the row is no document at all, or its reference is no text: it might be the one.
    """
    value = _inner(row)[1].get("reference")
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int | Decimal)):
        raise NotADocument("the reference of a document in a list cannot be read")
    return text_of(value)


def id_of(row: Any) -> str:
    """The document's id in a list.

    Raises:
        NotADocument: the row is no document at all.
    """
    return id_of_value(_inner(row)[1].get("id"))


def is_fiscal(row: Any) -> bool:
    """Whether a document in a list is one of those that count as money.

    Raises:
        NotADocument: the row is no document at all.
    """
    return text_of(_inner(row)[1].get("type")) in _FISCAL_TYPES


def read_document(payload: Any) -> StoredDocument:
    """A document, under its root key or bare.

    Raises:
        NotADocument: the answer holds no document.
        Unexpected: it does, but its status, total, dates or lines cannot be understood.
    """
    root, raw = _inner(payload)
    kind = _KINDS.get(text_of(raw["type"])) if raw.get("type") else _ROOTS.get(root)
    status = _status(raw.get("status"))
    client = object_of(raw.get("client"))
    printed = raw.get("sequence_number")  # "60/2014": number and series, so a bare figure is none
    number = printed.strip() if isinstance(printed, str) else ""
    is_draft = status is DocumentStatus.DRAFT or number.casefold() in _DRAFT_NUMBERS
    return StoredDocument(
        provider_id=id_of_value(raw["id"]),
        kind=kind,
        status=status,
        reference=text_of(raw.get("reference")),
        issued_on=day(raw.get("date")),
        due_on=day(raw.get("due_date")),
        figures=_figures(raw),
        lines=tuple(_lines(raw.get("items"))),
        customer_name=text_of(client.get("name")),
        fiscal_id=text_of(client.get("fiscal_id")),
        customer_code=text_of(client.get("code")),
        exemption_code=_exemption(raw),
        number="" if is_draft else number,
        atcud=text_of(raw.get("atcud")),
        series_id=text_of(raw.get("sequence_id")),
        archived=raw.get("archived") in (True, "true", 1, "1"),
        original_provider_id=text_of(raw.get("owner_invoice_id")),
        observations=text_of(raw.get("observations")),
        withholding=optional_amount(raw.get("retention"), "retention"),
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
    region = text_of(raw.get("region"))
    return Tax(
        name=name,
        rate=amount(raw.get("value"), "rate of a tax"),
        region="" if region in _UNKNOWN_REGIONS else region,
    )


def read_series(row: Any) -> Series:
    """A series of the account, with one id per kind.

    Raises:
        Unexpected: no name.
    """
    raw = _unwrapped(row, "sequence")
    name = text_of(raw.get("serie"))
    if not name:
        raise Unexpected("a series of the account has no name")
    ids = ((kind, text_of(raw.get(f"current_{kind}_sequence_id"))) for kind in DocumentKind)
    # A kind that the row says nothing of may be registered; one whose code is empty is not.
    keys = {kind: f"current_{kind}_validation_code" for kind in DocumentKind}
    says_codes = any(key.endswith("_validation_code") for key in raw)
    return Series(
        name=name,
        is_default=raw.get("default_sequence") in (True, "true", 1, "1"),
        ids=tuple((kind, series_id) for kind, series_id in ids if series_id),
        registered=tuple(kind for kind, key in keys.items() if key not in raw or text_of(raw[key]))
        if says_codes
        else None,
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


def receipt_number(payload: Any) -> str:
    """The number of a receipt just made; empty if the answer does not say."""
    receipt = object_of(payload.get("receipt")) if isinstance(payload, dict) else {}
    return text_of(receipt.get("sequence_number"))


def _inner(payload: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(payload, dict):
        if _is_document(payload):
            return "", payload
        for root, member in payload.items():
            if isinstance(member, dict) and _is_document(member):
                return str(root), member
    raise NotADocument("no document in the answer")


def _is_document(value: dict[str, Any]) -> bool:
    return id_of_value(value.get("id")) != "" and "status" in value


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
        name: round_half_up(optional_amount(source.get(name), name), 2)
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
        tax = object_of(raw.get("tax"))
        yield StoredLine(
            name=text_of(raw.get("name")),
            description=text_of(raw.get("description")),
            quantity=optional_amount(raw.get("quantity"), "quantity"),
            unit_price=optional_amount(raw.get("unit_price"), "unit price"),
            tax_name=tax["name"] if isinstance(tax.get("name"), str) else "",  # to the letter
            tax_rate=optional_amount(tax.get("value"), "tax rate"),
            discount_percent=optional_amount(raw.get("discount"), "discount"),
        )


def _exemption(raw: dict[str, Any]) -> str:
    code = text_of(raw.get("tax_exemption")) or text_of(raw.get("tax_exemption_reason"))
    return "" if code in _NO_EXEMPTION else code


# The account's language decides: "Nome não está disponível", "Name has already been taken", "Nombre ...".
_NAME_TAKEN = re.compile(
    r"\b(nome|name|nombre)\b.{0,20}(n[ãa]o est[áa] dispon|already been taken|ya est[áa]|no est[áa] dispon)",
    re.IGNORECASE,
)
_CLIENT_REFUSED = re.compile(
    r"\b(client[e]?)\b.{0,20}(invalid|inv[áa]lido|n[ãa]o [ée] v[áa]lido|no es v[áa]lido)", re.I
)


def refusal_of_customer(messages: Iterable[str]) -> type[CustomerNameTaken] | type[CustomerRefused] | None:
    """Whether a document was refused because of its customer: the name is another client's, or the client
    is refused as a whole. None: for another reason."""
    texts = list(messages)
    if any(_NAME_TAKEN.search(text) for text in texts):
        return CustomerNameTaken
    return CustomerRefused if any(_CLIENT_REFUSED.search(text) for text in texts) else None
