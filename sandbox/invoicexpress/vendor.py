"""The vendor as one object: requests in, responses out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.invoicexpress import (
    answers,
    catalog,
    clients,
    drafts,
    listing,
    papers,
    payments,
    rendering,
    series,
    states,
)
from sandbox.invoicexpress.desk import Desk, FileLink
from sandbox.invoicexpress.records import TYPES_BY_PATH, Account, Document, Series, Tax
from sandbox.invoicexpress.switches import InvoiceXpressSwitches
from sandbox.messages import Request, Response, raw_response

PREFIX = "invoicexpress"
FIRST_ID = 5001
_NEW_ACCOUNT_TAXES = (("IVA23", "23"), ("IVA13", "13"), ("IVA6", "6"), ("Isento", "0"))


class InvoiceXpress:
    """All accounts. `now()` gives seconds since the epoch; nothing here waits or opens a socket."""

    def __init__(self, now: Callable[[], float], base_url: str = "http://sandbox.invalid") -> None:
        self.now = now
        self.base_url = base_url
        self.reset()

    def reset(self) -> None:
        self.switches = InvoiceXpressSwitches()
        self.accounts: dict[str, Account] = {}
        self.files: dict[str, FileLink] = {}
        self._next_id = FIRST_ID

    def add_account(self, name: str, api_key: str, **settings: Any) -> Account:
        """Opens an account as the vendor does: four taxes and a registered series of the present year.

        Raises:
            TypeError: a setting that accounts do not have.
        """
        account = Account(name, api_key, **settings)
        for tax_name, value in _NEW_ACCOUNT_TAXES:
            tax = Tax(self._new_id(1), tax_name, Decimal(value), None, is_default=not account.taxes)
            account.taxes[tax.id] = tax
        year = datetime.fromtimestamp(self.now(), UTC).year
        first = Series(self._new_id(series.IDS_PER_SERIES), str(year), is_default=True)
        first.register(name)
        account.series[first.id] = first
        self.accounts[name] = account
        return account

    def desk(self, account: Account) -> Desk:
        return Desk(account, self.switches, self.now(), self.base_url, self._new_id, self.files)

    def handle(self, request: Request) -> Response:
        """Answers one request; faults are not known here."""
        pieces = request.segments
        if pieces[0] == papers.FILES_PREFIX.strip("/"):
            return self._file(pieces[-1])
        account = self.accounts.get(pieces[1]) if len(pieces) > 2 else None
        if account is None or request.first("api_key") != account.api_key:
            return answers.errors(401, answers.INVALID_KEY)
        if self._is_over_the_limit(account):
            retry = {"Retry-After": str(self._seconds_to_wait(account))} if self.switches.retry_after else {}
            answer = answers.errors(429, "Too many requests")
            answer.headers.update(retry)
            return answer
        rest = pieces[2:]
        if rest[-1].endswith(".json"):
            rest[-1] = rest[-1].removesuffix(".json")
        else:
            rest = ["no-such-page"]
        try:
            return self._route(self.desk(account), request, rest)
        except answers.Refused as refused:
            if refused.response.body == answers.NOT_FOUND_PAGE and not self.switches.html_for_unknown_routes:
                return raw_response(404)
            return refused.response

    def _route(self, desk: Desk, request: Request, rest: list[str]) -> Response:
        match (request.method, rest):
            case (_, ["clients", *more]):
                return clients.route(desk, request, more)
            case (_, ["items", *more]):
                return catalog.route_items(desk, request, more)
            case (_, ["taxes", *more]):
                return catalog.route_taxes(desk, request, more)
            case (_, ["sequences", *more]):
                return series.route(desk, request, more)
            case ("GET", ["document", document_id, "related_documents"]):
                owner = _document(desk, document_id)
                related = [rendering.document_json(desk, row) for row in desk.account.related(owner.id)]
                return answers.ok({"documents": related})
            case ("POST", ["documents", document_id, "partial_payments"]):
                return payments.pay(desk, _document(desk, document_id), request)
            case ("GET", ["api", "pdf", document_id]):
                return papers.pdf(desk, _document(desk, document_id))
            case ("GET", ["api", "qr_codes", document_id]):
                return papers.qr_code(desk, _document(desk, document_id))
            case (_, [path, *more]) if path in TYPES_BY_PATH:
                return self._route_documents(desk, request, path, more)
        raise answers.no_such_page()

    def _route_documents(self, desk: Desk, request: Request, path: str, rest: list[str]) -> Response:
        kind = TYPES_BY_PATH[path]
        match (request.method, rest):
            case ("GET", []):
                return listing.list_documents(desk, request, None if path == "invoices" else kind)
            case ("POST", []):
                return drafts.create(desk, kind, request)
            case ("GET", [document_id]):
                document = _document(desk, document_id, path)
                return answers.ok({kind.root: rendering.document_json(desk, document)})
            case ("PUT", [document_id]):
                return drafts.update(desk, _document(desk, document_id, path), request)
            case ("PUT", [document_id, "change-state"]):
                return states.change(desk, _document(desk, document_id, path), request)
            case ("PUT", [document_id, "email-document"]):
                return papers.email(desk, _document(desk, document_id, path), request)
        raise answers.no_such_page()

    def _file(self, name: str) -> Response:
        token, _, ending = name.rpartition(".")
        link = self.files.get(token)
        if link is None or link.account not in self.accounts:
            return raw_response(404)
        if self.now() >= link.expires_at:
            return raw_response(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        account = self.accounts[link.account]
        paper = papers.pdf_file(self.desk(account), account.documents[link.document_id])
        return raw_response(200, paper, "application/pdf" if ending == "pdf" else "image/png")

    def _is_over_the_limit(self, account: Account) -> bool:
        now = self.now()
        while account.calls and account.calls[0] <= now - 60:
            account.calls.popleft()
        limit = self.switches.requests_per_minute
        if limit and len(account.calls) >= limit:
            account.count("throttled")
            return True
        account.calls.append(now)
        return False

    def _seconds_to_wait(self, account: Account) -> int:
        return max(1, int(account.calls[0] + 60 - self.now()) + 1)

    def _new_id(self, many: int) -> int:
        first = self._next_id
        self._next_id += many
        return first


def _document(desk: Desk, document_id: str, path: str | None = None) -> Document:
    """A document by its id; one that is asked for under another type's path is not there."""
    document = desk.account.documents.get(int(document_id)) if document_id.isdigit() else None
    if document is None or (path is not None and document.kind.path != path):
        raise answers.not_found()
    if document.status == "deleted" and desk.switches.deleted_document == "404":
        raise answers.not_found()
    return document
