"""The sandbox as JSON, for scripts and tests that look in from outside. Credentials are never shown."""

from __future__ import annotations

from typing import Any

from sandbox.invoicexpress import catalog, clients, rendering, series
from sandbox.invoicexpress.records import Account, Document, IndexEntry
from sandbox.jumpseller.stores import Store
from sandbox.messages import Request
from sandbox.state import SandboxState


def state_json(state: SandboxState) -> dict[str, Any]:
    return {
        "now": state.now(),
        "stores": {code: store_json(store) for code, store in state.jumpseller.stores.items()},
        "accounts": {
            name: account_json(state, account) for name, account in state.invoicexpress.accounts.items()
        },
        "vies": vies_json(state),
        "switches": {
            "invoicexpress": state.invoicexpress.switches.to_json(),
            "jumpseller": state.jumpseller.switches.to_json(),
            "vies": state.vies.switches.to_json(),
        },
        "faults": [fault.to_json() for fault in state.faults.pending()],
        "counters": {"requests": len(state.requests)},
    }


def vies_json(state: SandboxState) -> dict[str, Any]:
    """The registered numbers of each country."""
    found: dict[str, list[str]] = {}
    for country, number in sorted(state.vies.registered):
        found.setdefault(country, []).append(number)
    return found


def store_json(store: Store) -> dict[str, Any]:
    return {
        "code": store.code,
        "name": store.name,
        "country": store.country,
        "currency": store.currency,
        "timezone": store.timezone,
        "orders": {str(order_id): order for order_id, order in store.orders.items()},
        "documents": store.documents,
        "hooks": list(store.hooks.values()),
        "history": {str(order_id): entries for order_id, entries in store.history.items()},
        "taxes": store.taxes,
        "products": list(store.products.values()),
        "deliveries": [delivery.to_json() for delivery in store.deliveries],
    }


def account_json(state: SandboxState, account: Account) -> dict[str, Any]:
    """An account with all its documents, the deleted ones too."""
    return {
        "account": account.name,
        "documents": [document_json(state, account, row) for row in account.documents.values()],
        "clients": [clients.client_json(client) for client in account.clients.values()],
        "items": [{"name": item.name, "deleted": item.deleted} for item in account.items.values()],
        "taxes": [catalog.tax_json(tax) for tax in account.taxes.values()],
        "series": [series.series_json(row) for row in account.series.values()],
        "counters": dict(account.counters),
    }


def document_json(state: SandboxState, account: Account, document: Document) -> dict[str, Any]:
    """The document as the API shows it, plus what the API keeps to itself."""
    return {
        **rendering.document_json(state.invoicexpress.desk(account), document),
        "created_at": document.created_at,
        "proprietary_uid": document.proprietary_uid,
        "owner_invoice_id": document.owner_id,
        "cancel_message": document.cancel_message,
        "emails": document.emails,
    }


def index_entry(state: SandboxState, account: Account, document: Document) -> IndexEntry:
    return rendering.index_entry(state.invoicexpress.desk(account), document)


def requests_json(state: SandboxState, request: Request) -> list[dict[str, Any]]:
    """The log, narrowed by `vendor`, `method`, `owner` and `path` (a part of it)."""
    with state.lock:
        rows = list(state.requests)
    wanted = {name: request.first(name) for name in ("vendor", "method", "owner")}
    part = request.first("path") or ""
    return [
        row.to_json()
        for row in rows
        if part in row.path and all(value in (None, getattr(row, name)) for name, value in wanted.items())
    ]
