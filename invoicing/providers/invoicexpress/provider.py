"""InvoiceXpress behind the provider seam."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from invoicing.domain.mechanisms import Mechanism
from invoicing.domain.plan import DocumentKind, DocumentPlan, DocumentStatus, StoredDocument, Tax
from invoicing.providers.base import AccountFacts
from invoicing.providers.invoicexpress import payloads, responses
from invoicing.providers.invoicexpress.client import HARMLESS_READ, InvoiceXpressClient
from invoicing.providers.invoicexpress.countries import UnknownCountry
from invoicing.providers.invoicexpress.lists import DOCUMENTED_STATUSES, every_row, find_queries
from outbound.answers import Pairs
from outbound.errors import NotFound, OutcomeUnknown, Rejected, Unavailable, Unexpected

_Seen = TypeVar("_Seen")
_FINALIZED = (DocumentStatus.FINAL, DocumentStatus.SETTLED)


class InvoiceXpressProvider:
    """One account at InvoiceXpress. `download` fetches a PDF from a temporary address."""

    def __init__(self, client: InvoiceXpressClient, download: Callable[[str], bytes]) -> None:
        self._client = client
        self._download = download

    def __repr__(self) -> str:
        return f"<InvoiceXpressProvider {self._client!r}>"

    def ping(self) -> None:
        self._client.get(HARMLESS_READ)

    def read_account(self) -> AccountFacts:
        taxes = every_row(self._client, HARMLESS_READ, "taxes", unpaged_is_whole=True)
        series = self._series()
        return AccountFacts(
            taxes=tuple(responses.read_tax(row) for row in taxes),
            series=tuple(responses.read_series(row) for row in series),
        )

    def _series(self) -> list[Any]:
        """Series are needed only by a profile that names one, so an account that shows none will do."""
        try:
            return every_row(
                self._client, "/sequences.json", "sequences", unpaged_is_whole=True, missing_is_answer=True
            )
        except NotFound:
            return []

    def create_tax(self, tax: Tax) -> None:
        self._client.write("POST", HARMLESS_READ, payloads.tax_body(tax))

    def render_create(self, plan: DocumentPlan, *, series_id: str) -> str:
        """
        Raises:
            Rejected: the buyer's country has no name at InvoiceXpress.
        """
        try:
            return payloads.create_body(plan, series_id=series_id)
        except UnknownCountry as error:
            raise Rejected(str(error)) from None

    def create(self, kind: DocumentKind, body: str) -> StoredDocument | None:
        answer = self._write_document("POST", f"/{payloads.PATHS[kind]}.json", body)
        return None if answer is None else _written(answer)

    def render_update(self, plan: DocumentPlan, *, series_id: str) -> str:
        """
        Raises:
            Rejected: the buyer's country has no name at InvoiceXpress.
        """
        try:
            return payloads.update_body(plan, series_id=series_id)
        except UnknownCountry as error:
            raise Rejected(str(error)) from None

    def update(self, kind: DocumentKind, provider_id: str, body: str) -> None:
        self._write_document("PUT", _path(kind, provider_id), body)

    def settle(
        self, provider_id: str, amount: Decimal, *, paid_on: date, mechanism: Mechanism, note: str
    ) -> str:
        path = f"/documents/{_checked_id(provider_id)}/partial_payments.json"
        body = payloads.payment_body(amount, paid_on=paid_on, mechanism=mechanism, note=note)
        return responses.receipt_number(self._client.write("POST", path, body))

    def _write_document(self, method: str, path: str, body: str) -> Any | None:
        try:
            return self._client.write(method, path, body)
        except Rejected as refusal:
            kind = responses.refusal_of_customer(refusal.vendor_messages)
            if kind is None:
                raise
            raise kind(
                refusal.message, status=refusal.status, vendor_messages=refusal.vendor_messages
            ) from None

    def find(self, reference: str, *, issued_on: date | None = None) -> list[StoredDocument]:
        try:
            rows = self._search(find_queries(reference, issued_on))
        except Rejected:  # perhaps of the status word that is in use but not documented
            rows = self._search(find_queries(reference, issued_on, statuses=DOCUMENTED_STATUSES))
        found = [_read(row) for row in rows if _seen(responses.reference_of, row) == reference]
        by_id = {document.provider_id: document for document in found}
        return sorted(by_id.values(), key=lambda document: (len(document.provider_id), document.provider_id))

    def read(self, kind: DocumentKind, provider_id: str) -> StoredDocument:
        found = _read(self._client.get_json(_path(kind, provider_id)))
        if found.provider_id != provider_id:
            raise Unexpected("invoicexpress answered with another document than the one asked for")
        return found

    def finalize(self, kind: DocumentKind, provider_id: str) -> StoredDocument | None:
        return self._change_state(kind, provider_id, "finalized", _FINALIZED)

    def delete_draft(self, kind: DocumentKind, provider_id: str) -> None:
        """
        Raises:
            OutcomeUnknown: also if the answer was empty and the draft cannot be seen to be gone.
        """
        if self._change_state(kind, provider_id, "deleted", (DocumentStatus.DELETED,)) is not None:
            return
        try:
            status = self.read(kind, provider_id).status
        except NotFound:
            return
        except Unavailable as error:
            raise OutcomeUnknown(error.message) from None
        if status is not DocumentStatus.DELETED:
            raise OutcomeUnknown(f"invoicexpress accepted a deletion and still shows it {status}")

    def cancel(self, kind: DocumentKind, provider_id: str, message: str) -> None:
        self._change_state(kind, provider_id, "canceled", (DocumentStatus.CANCELED,), message)

    def related(self, provider_id: str) -> list[StoredDocument]:
        path = f"/document/{_checked_id(provider_id)}/related_documents.json"
        rows = every_row(self._client, path, "documents", unpaged_is_whole=True, missing_is_answer=True)
        found = [_read(row) for row in rows if _seen(responses.is_fiscal, row)]
        return [document for document in found if document.status is not DocumentStatus.DELETED]

    def fetch_pdf(self, provider_id: str) -> bytes | None:
        answer = self._client.get(f"/api/pdf/{_checked_id(provider_id)}.json", [("second_copy", "false")])
        if answer.status == 202:
            return None
        try:
            url = responses.pdf_url(self._client.json_of(answer))
        except responses.NotADocument as error:
            raise Unavailable(f"invoicexpress: {error}", status=answer.status) from None
        return self._download(url)

    def _search(self, queries: list[Pairs]) -> list[Any]:
        return [
            row
            for query in queries
            for row in every_row(self._client, "/invoices.json", "invoices", query=query)
        ]

    def _change_state(
        self,
        kind: DocumentKind,
        provider_id: str,
        state: str,
        wanted: Iterable[DocumentStatus],
        message: str = "",
    ) -> StoredDocument | None:
        path = _path(kind, provider_id).removesuffix(".json") + "/change-state.json"
        answer = self._client.write("PUT", path, payloads.change_state_body(state, message))
        if answer is None:
            return None
        changed = _written(answer)
        if changed.provider_id != provider_id or changed.status not in wanted:
            raise OutcomeUnknown("invoicexpress accepted a change of state and shows another state")
        return changed


def _seen(look: Callable[[Any], _Seen], payload: Any) -> _Seen:
    """
    Raises:
        Unavailable: the answer to a read holds something else than documents.
    """
    try:
        return look(payload)
    except responses.NotADocument as error:
        raise Unavailable(f"invoicexpress: {error}") from None


def _read(payload: Any) -> StoredDocument:
    return _seen(responses.read_document, payload)


def _written(payload: Any) -> StoredDocument:
    try:
        return responses.read_document(payload)
    except (responses.NotADocument, Unexpected) as error:
        raise OutcomeUnknown(f"invoicexpress: a write was answered strangely: {error}") from None


def _path(kind: DocumentKind, provider_id: str) -> str:
    return f"/{payloads.PATHS[kind]}/{_checked_id(provider_id)}.json"


def _checked_id(provider_id: str) -> str:
    if not (provider_id.isascii() and provider_id.isdigit()):
        raise ValueError("an id at InvoiceXpress is a number")
    return provider_id
