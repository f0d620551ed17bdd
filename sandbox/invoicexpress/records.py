"""What an account holds."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.invoicexpress.arithmetic import LineFigures


@dataclass(frozen=True)
class DocumentType:
    """One kind of document: its path, its JSON root and the key of its counter in a series."""

    name: str
    path: str
    root: str
    label: str


INVOICE = DocumentType("Invoice", "invoices", "invoice", "invoice")
INVOICE_RECEIPT = DocumentType("InvoiceReceipt", "invoice_receipts", "invoice_receipt", "invoice-receipt")
SIMPLIFIED = DocumentType(
    "SimplifiedInvoice", "simplified_invoices", "simplified_invoice", "simplified-invoice"
)
CREDIT_NOTE = DocumentType("CreditNote", "credit_notes", "credit_note", "credit-note")
RECEIPT = DocumentType("Receipt", "receipts", "receipt", "receipt")
TYPES_BY_PATH = {kind.path: kind for kind in (INVOICE, INVOICE_RECEIPT, SIMPLIFIED, CREDIT_NOTE, RECEIPT)}

# One id per type inside a series; the offsets are those of a recorded series.
SEQUENCE_OFFSETS = {
    "invoice": 0,
    "invoice_receipt": 2,
    "simplified_invoice": 1,
    "credit_note": 5,
    "debit_note": 4,
    "receipt": 3,
    "shipping": 14,
    "transport": 16,
    "devolution": 15,
    "proforma": 12,
    "quote": 11,
    "fees_note": 13,
    "purchase_order": 10,
    "vat_moss_invoice": 7,
    "vat_moss_credit_note": 8,
    "vat_moss_receipt": 9,
}


@dataclass
class Tax:
    id: int
    name: str
    value: Decimal
    region: str | None
    is_default: bool = False


@dataclass
class Series:
    """A series: one row with a counter and a sequence id per document type."""

    id: int
    serie: Any
    is_default: bool = False
    numbers: dict[str, int] = field(default_factory=dict)
    validation_codes: dict[str, str] = field(default_factory=dict)
    last_days: dict[str, date] = field(default_factory=dict)

    def sequence_id(self, root: str) -> int:
        return self.id + SEQUENCE_OFFSETS[root]

    def register(self, account: str) -> None:
        """Gives every type its validation code, the first half of the ATCUD."""
        for root in SEQUENCE_OFFSETS:
            seed = f"{account}/{self.serie}/{root}".encode()
            digest = hashlib.sha256(seed).digest()
            alphabet = "ABCDFGHJKMNPQRSTVWXY23456789"
            self.validation_codes[root] = "".join(alphabet[byte % len(alphabet)] for byte in digest[:8])


@dataclass
class Client:
    id: int
    fields: dict[str, Any]
    preferred_contact: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    @property
    def code(self) -> str | None:
        code = self.fields.get("code")
        return None if code is None else str(code)


@dataclass
class Item:
    id: int
    name: str
    description: str | None
    unit_price: Decimal
    unit: str | None
    tax: Tax
    deleted: bool = False


@dataclass(frozen=True)
class Line:
    name: str
    description: str | None
    unit: str | None
    tax_id: int
    tax_name: str
    figures: LineFigures


@dataclass(frozen=True)
class IndexEntry:
    """What the search knew of a document from `at` on."""

    at: float
    status: str
    archived: bool
    reference: str
    text: str


@dataclass
class Document:
    """A document of any type. `client` is frozen into `client_copy` when it becomes final."""

    id: int
    kind: DocumentType
    created_at: float
    day: date
    due: date
    reference: str | None
    observations: str | None
    retention: Decimal | None
    exemption: str | None
    series: Series
    client: Client
    lines: list[Line]
    token: str
    status: str = "draft"
    archived: bool = False
    number: int | None = None
    atcud: str | None = None
    saft_hash: str | None = None
    client_copy: dict[str, Any] | None = None
    owner_id: int | None = None
    amount: Decimal | None = None
    proprietary_uid: str | None = None
    cancel_message: str | None = None
    pdf_polls: int = 0
    emails: list[dict[str, Any]] = field(default_factory=list)
    index: list[IndexEntry] = field(default_factory=list)

    @property
    def number_text(self) -> str:
        return f"{self.number}/{self.series.serie}"

    @property
    def is_fiscal(self) -> bool:
        """Whether it has, or had, a legal number."""
        return self.number is not None


@dataclass
class Account:
    """One customer of the vendor: everything is its own, ids too look like the vendor's."""

    name: str
    api_key: str
    country: str = "Portugal"
    default_per_page: int = 10
    has_at_credentials: bool = True
    has_payment_provider: bool = False
    documents: dict[int, Document] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    clients_by_name: dict[str, Client] = field(default_factory=dict)
    clients_by_code: dict[str, Client] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    taxes: dict[int, Tax] = field(default_factory=dict)
    series: dict[int, Series] = field(default_factory=dict)
    uids: dict[tuple[str, str], int] = field(default_factory=dict)
    calls: deque[float] = field(default_factory=deque)
    counters: dict[str, int] = field(default_factory=dict)

    def add_client(self, client: Client) -> None:
        self.clients[client.id] = client
        self.clients_by_name.setdefault(client.name, client)
        if client.code is not None:
            self.clients_by_code.setdefault(client.code, client)

    def index_clients(self) -> None:
        """To be called when names or codes have changed."""
        self.clients_by_name.clear()
        self.clients_by_code.clear()
        for client in self.clients.values():
            self.add_client(client)

    def default_tax(self) -> Tax:
        return next((tax for tax in self.taxes.values() if tax.is_default), next(iter(self.taxes.values())))

    def tax_named(self, name: str) -> Tax | None:
        return next((tax for tax in self.taxes.values() if tax.name == name), None)

    def default_series(self) -> Series:
        return next((row for row in self.series.values() if row.is_default), next(iter(self.series.values())))

    def related(self, document_id: int) -> list[Document]:
        """The notes and receipts of a document, without the deleted ones."""
        return [
            document
            for document in self.documents.values()
            if document.owner_id == document_id and document.status != "deleted"
        ]

    def count(self, what: str) -> None:
        self.counters[what] = self.counters.get(what, 0) + 1
