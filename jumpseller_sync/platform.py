"""Jumpseller behind the shop seam."""

from __future__ import annotations

from datetime import date, timedelta

from jumpseller_sync import parsing
from jumpseller_sync.client import CREDIT_NOTE_DOCUMENT, INVOICE_DOCUMENT, JumpsellerClient
from jumpseller_sync.clients import client_for
from outbound.clock import now
from outbound.errors import NotFound
from stores.domain.order import OrderFacts, OrderSnapshot
from stores.models import Store
from stores.platform import DocumentEntry, ListedOrder, OnCall

# Small enough for orders of hundreds of lines to fit into one answer.
_ORDERS_PER_PAGE = 50
# No shop there is older.
_FIRST_DAY = date(2000, 1, 1)
_ROLES = {"invoice": INVOICE_DOCUMENT, "credit_note": CREDIT_NOTE_DOCUMENT}


class JumpsellerPlatform:
    """Implements `stores.platform.ShopPlatform`."""

    def connect(self, store: Store, *, on_call: OnCall = None) -> JumpsellerShop:
        return JumpsellerShop(client_for(store, on_call=on_call))

    def parse_order(self, payload: str, *, prices_include_vat: bool | None = None) -> OrderSnapshot:
        return parsing.parse_order(payload, prices_include_vat=prices_include_vat)

    def read_facts(self, payload: str) -> OrderFacts:
        return parsing.quick_facts(payload)


class JumpsellerShop:
    """Implements `stores.platform.ShopConnection`."""

    def __init__(self, client: JumpsellerClient) -> None:
        self._client = client

    def ping(self) -> None:
        self._client.store_info()

    def read_order(self, shop_order_id: str) -> str:
        return self._client.read_order_text(shop_order_id)

    def list_orders(
        self, *, page: int, since: date | None = None, until: date | None = None
    ) -> list[ListedOrder]:
        try:
            rows = self._client.list_order_texts(
                page=page, limit=_ORDERS_PER_PAGE, made=_days_asked_for(since, until)
            )
        except NotFound:
            return []  # other lists of this vendor answer 404 when they are empty
        return [ListedOrder(shop_order_id, payload) for shop_order_id, payload in rows]

    def list_document_entries(self, shop_order_id: str) -> list[DocumentEntry]:
        try:
            rows = self._client.list_documents(shop_order_id)
        except NotFound:
            return []  # other lists of this vendor answer 404 when they are empty
        return [_entry(row) for row in rows]

    def add_document_entry(self, shop_order_id: str, entry: DocumentEntry) -> None:
        self._client.add_document(
            shop_order_id,
            document_type=_ROLES[entry.role],
            external_id=entry.external_id,
            public_id=entry.public_id,
            url=entry.url,
        )


def _days_asked_for(since: date | None, until: date | None) -> tuple[date, date] | None:
    """A day more at both ends: which zone the filter counts in is known from hearsay only."""
    if since is None and until is None:
        return None
    today = now().date()
    first, last = max(since or _FIRST_DAY, _FIRST_DAY), min(until or today, today)
    return first - timedelta(days=1), max(first, last) + timedelta(days=2)


def _entry(row: dict[str, object]) -> DocumentEntry:
    # The type is a number in the schema and a text such as "0 - credit note" in its samples.
    is_note = str(row.get("document_type", "")).strip().startswith("0")
    return DocumentEntry(
        role="credit_note" if is_note else "invoice",
        external_id=str(row.get("external_id") or ""),
        public_id=str(row.get("public_id") or ""),
        url=str(row.get("url") or ""),
        app_code=str(row.get("app_code") or ""),
    )
