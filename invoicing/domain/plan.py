"""The value objects of a document: what we mean to send, and what a provider has stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from stores.domain.money import ZERO


class DocumentRole(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class DocumentKind(StrEnum):
    INVOICE = "invoice"
    INVOICE_RECEIPT = "invoice_receipt"
    SIMPLIFIED_INVOICE = "simplified_invoice"
    CREDIT_NOTE = "credit_note"

    @property
    def role(self) -> DocumentRole:
        return DocumentRole.CREDIT_NOTE if self is DocumentKind.CREDIT_NOTE else DocumentRole.INVOICE


class DocumentStatus(StrEnum):
    """What is true at the provider; see `lifecycle`."""

    PLANNED = "planned"
    DRAFT = "draft"
    FINAL = "final"
    SETTLED = "settled"
    DELETED = "deleted"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Why:
    """One decision and its ground. `because` and `source` name a setting or an article of law."""

    subject: str  # "rate", "exemption", "customer", "kind", "date", "shipping", "reading" ...
    choice: str
    because: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """The buyer as printed. `code` is our stable key at the provider; empty fields are not sent."""

    name: str
    code: str
    fiscal_id: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    city: str = ""
    postal_code: str = ""
    country_code: str = ""  # ISO 3166-1 alpha-2
    is_final_consumer: bool = False


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate of the invoicing account. `name` must be the account's own, to the letter."""

    name: str
    rate: Decimal  # percent
    region: str = ""  # "PT", "PT-AC", "PT-MA", ISO country; empty: the account's own region


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line as sent: net unit price and percent discount, both with at most four decimals."""

    sku: str  # the catalogue key ("name" at InvoiceXpress)
    description: str
    quantity: Decimal
    unit_price: Decimal  # without VAT
    tax: Tax
    discount_percent: Decimal = ZERO
    is_shipping: bool = False
    exemption_code: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The document's own sums, two decimals, as a provider rounds them."""

    sum: Decimal  # before discounts, without VAT
    discount: Decimal
    before_taxes: Decimal
    taxes: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """A document that is not sent yet: everything a provider needs, nothing of how it spells it."""

    kind: DocumentKind
    reference: str
    customer: Customer
    lines: tuple[PlanLine, ...]
    currency: str
    issued_on: date
    due_on: date
    figures: Figures  # predicted by the provider's arithmetic
    exemption_code: str = ""
    observations: str = ""
    series: str = ""  # by name; empty: the account's default at that moment
    original_provider_id: str = ""  # credit notes: the document that is credited
    supply: str = "domestic"  # where the sale is taxed, a `SupplyKind`
    destination: str = "PT"  # ISO country whose VAT rules apply there; empty outside the EU's VAT area
    deliver_to: str = ""  # the buyer's mail address; a final consumer's document names none, but is sent
    why: tuple[Why, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as the provider has it."""

    name: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_name: str
    tax_rate: Decimal
    discount_percent: Decimal


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the provider has it now."""

    provider_id: str
    kind: DocumentKind | None  # None: a type that we do not make (receipt, quote ...)
    status: DocumentStatus
    reference: str
    issued_on: date | None
    due_on: date | None
    figures: Figures
    lines: tuple[StoredLine, ...]
    customer_name: str = ""
    fiscal_id: str = ""
    customer_code: str = ""
    exemption_code: str = ""
    number: str = ""  # legal number, once finalized
    atcud: str = ""
    series_id: str = ""
    archived: bool = False
    original_provider_id: str = ""
    observations: str = ""
    withholding: Decimal = ZERO  # percent that the buyer would keep back; ours never carry any


@dataclass(frozen=True, slots=True)
class Series:
    """A numbering series of an account; every document kind has its own id inside it."""

    name: str
    is_default: bool
    ids: tuple[tuple[DocumentKind, str], ...]
    registered: tuple[DocumentKind, ...] | None = None  # None: the API did not say

    def id_for(self, kind: DocumentKind) -> str:
        return dict(self.ids).get(kind, "")
