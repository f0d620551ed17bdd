"""The seam towards invoicing software: what we ask of any provider.

Every call goes over the network unless it says *pure*, and raises the family of `outbound.errors`.
Writes that may have acted raise `OutcomeUnknown`; reads that failed raise `Unavailable`, so that
"could not look" is never taken for "absent".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from invoicing.domain.mechanisms import Mechanism
from invoicing.domain.plan import DocumentKind, DocumentPlan, Series, StoredDocument, Tax
from outbound.errors import Rejected


class CustomerNameTaken(Rejected):
    """Refused only because another client of the account has the customer's name."""


class CustomerRefused(Rejected):
    """Refused because of the customer as the account keeps it, such as an old client with a bad tax id."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What an account offers: read at connection time and refreshed later."""

    taxes: tuple[Tax, ...]
    series: tuple[Series, ...]


class InvoicingProvider(Protocol):
    """One account at one provider."""

    def ping(self) -> None:
        """A harmless read, to tell whether the account answers at all."""
        ...

    def read_account(self) -> AccountFacts:
        """Taxes and series; also the harmless read that tells whether the key works."""
        ...

    def create_tax(self, tax: Tax) -> None:
        """Add a tax to the account, not as its default.

        Raises:
            Rejected: also where the account has a tax of that name: two are never made.
            OutcomeUnknown: it may be there; read the account before anything is said of it.
        """
        ...

    def render_create(self, plan: DocumentPlan, *, series_id: str) -> str:
        """Pure. The exact request body, key included; stored, and repeated to the byte."""
        ...

    def create(self, kind: DocumentKind, body: str) -> StoredDocument | None:
        """Make the draft. None: accepted, but the answer was empty and must be read back.

        Raises:
            OutcomeUnknown: also for a 409 (a creation with this key is in progress).
            CustomerNameTaken: a namesake of the customer is known already.
        """
        ...

    def find(self, reference: str, *, issued_on: date | None = None) -> list[StoredDocument]:
        """Every document with exactly this reference: all pages, all kinds, archived too.

        With `issued_on` the documents of that day are gone through as well, whatever the search knows.
        """
        ...

    def read(self, kind: DocumentKind, provider_id: str) -> StoredDocument: ...

    def finalize(self, kind: DocumentKind, provider_id: str) -> StoredDocument | None:
        """Give it its legal number. None: accepted with an empty answer."""
        ...

    def render_update(self, plan: DocumentPlan, *, series_id: str) -> str:
        """Pure. The exact body that replaces a draft in full, so that repeating it changes nothing more."""
        ...

    def update(self, kind: DocumentKind, provider_id: str, body: str) -> None:
        """Replace a draft. What is stored now must be read back.

        Raises:
            CustomerNameTaken: a namesake of the customer is known already.
        """
        ...

    def settle(
        self, provider_id: str, amount: Decimal, *, paid_on: date, mechanism: Mechanism, note: str
    ) -> str:
        """Make the receipt of an invoice that was issued before it was paid. Returns its number, if told.

        Not repeatable: a second one is another receipt. `amount` in the document's currency.
        """
        ...

    def delete_draft(self, kind: DocumentKind, provider_id: str) -> None: ...

    def cancel(self, kind: DocumentKind, provider_id: str, message: str) -> None: ...

    def related(self, provider_id: str) -> list[StoredDocument]:
        """Notes and receipts made on the document, deleted ones left out."""
        ...

    def fetch_pdf(self, provider_id: str) -> bytes | None:
        """The PDF's bytes; None while it is still being made."""
        ...
