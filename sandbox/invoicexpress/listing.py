"""The search. It looks into an index that may lag; what it shows of a hit is the document as it is now."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.invoicexpress import answers, rendering
from sandbox.invoicexpress.codes import parse_date
from sandbox.invoicexpress.desk import Desk, page_of
from sandbox.invoicexpress.numbers import number_in
from sandbox.invoicexpress.records import Document, DocumentType, IndexEntry
from sandbox.messages import Request, Response

# The search says `sent` for what the document calls `final`.
_STATUS_WORDS = {"sent": "final", "final": "final"}


def list_documents(desk: Desk, request: Request, kind: DocumentType | None = None) -> Response:
    hits = [
        document
        for document in _in_order(desk)
        if (kind is None or document.kind == kind) and _wanted(desk, document, request)
    ]
    rows, pagination = page_of(request, hits, desk.account.default_per_page)
    name = "invoices" if kind is None else kind.path
    shown = [rendering.document_json(desk, document) for document in rows]
    return answers.ok({name: shown, "pagination": pagination})


def list_of_client(desk: Desk, client_id: int, filters: dict[str, Any]) -> Response:
    """The documents of one client; the filters are lists in the body."""
    statuses = {_STATUS_WORDS.get(word, word) for word in filters.get("status") or []}
    types = set(filters.get("by_type") or [])
    rows = [
        document
        for document in _in_order(desk)
        if document.client.id == client_id
        and document.status != "deleted"
        and (not statuses or document.status in statuses)
        and (not types or document.kind.name in types)
    ]
    pagination = {
        "total_entries": len(rows),
        "current_page": 1,
        "total_pages": 1,
        "per_page": max(len(rows), desk.account.default_per_page),
    }
    shown = [rendering.document_json(desk, document) for document in rows]
    return answers.ok({"invoices": shown, "pagination": pagination})


def _in_order(desk: Desk) -> list[Document]:
    rows = sorted(desk.account.documents.values(), key=lambda document: document.id)
    return rows if desk.switches.list_order == "oldest_first" else rows[::-1]


def _wanted(desk: Desk, document: Document, request: Request) -> bool:
    entry = _indexed(desk, document)
    if entry is None or "deleted" in (document.status, entry.status):
        return False
    statuses = {_STATUS_WORDS.get(word, word) for word in request.every("status[]") if word}
    types = {word for word in request.every("type[]") if word}
    text = (request.first("text") or "").strip().lower()
    return (
        (not statuses or entry.status in statuses)
        and (not types or document.kind.name in types)
        and _text_fits(desk, entry, text)
        and _reference_fits(desk, entry, request.first("reference"))
        and _archive_fits(desk, entry, request)
        and _dates_fit(document.day, request, "date")
        and _dates_fit(document.due, request, "due_date")
        and _amount_fits(desk, document, request)
    )


def _indexed(desk: Desk, document: Document) -> IndexEntry | None:
    """The newest state of the document that the search has heard of."""
    heard_until = desk.now - desk.switches.list_lag_seconds
    known = [entry for entry in document.index if entry.at <= heard_until]
    return known[-1] if known else None


def _text_fits(desk: Desk, entry: IndexEntry, text: str) -> bool:
    if text and not desk.switches.text_finds_reference and text == entry.reference.lower():
        return False
    return text in entry.text


def _reference_fits(desk: Desk, entry: IndexEntry, wanted: str | None) -> bool:
    mode = desk.switches.reference_filter
    if not wanted or mode == "ignored":
        return True
    return entry.reference == wanted if mode == "exact" else wanted.lower() in entry.reference.lower()


def _archive_fits(desk: Desk, entry: IndexEntry, request: Request) -> bool:
    archived, live = request.first("archived") == "true", request.first("non_archived") == "true"
    if not archived and not live:
        return not entry.archived and not desk.switches.list_needs_non_archived
    return archived if entry.archived else live


def _dates_fit(day: date, request: Request, name: str) -> bool:
    first, last = parse_date(request.first(f"{name}[from]")), parse_date(request.first(f"{name}[to]"))
    return (first is None or day >= first) and (last is None or day <= last)


def _amount_fits(desk: Desk, document: Document, request: Request) -> bool:
    low = number_in(request.first("total_before_taxes[from]"))
    high = number_in(request.first("total_before_taxes[to]"))
    if low is None and high is None:
        return True
    amount = rendering.figures_of(desk, document).before_taxes
    return (low is None or amount >= low) and (high is None or amount <= high)
