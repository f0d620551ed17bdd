"""Jumpseller behind the shop seam."""

from __future__ import annotations

from jumpseller_sync import parsing
from jumpseller_sync.client import CREDIT_NOTE_DOCUMENT, INVOICE_DOCUMENT
from jumpseller_sync.clients import client_for
from stores.domain.order import OrderFacts, OrderSnapshot
from stores.models import Store
from stores.platform import DocumentEntry, OnCall

_ROLES = {"invoice": INVOICE_DOCUMENT, "credit_note": CREDIT_NOTE_DOCUMENT}


class JumpsellerPlatform:
    """Implements `stores.platform.ShopPlatform`."""

    def read_order(self, store: Store, shop_order_id: str, *, on_call: OnCall = None) -> str:
        return client_for(store, on_call=on_call).read_order_text(shop_order_id)

    def parse_order(self, payload: str, *, prices_include_vat: bool | None = None) -> OrderSnapshot:
        return parsing.parse_order(payload, prices_include_vat=prices_include_vat)

    def read_facts(self, payload: str) -> OrderFacts:
        return parsing.quick_facts(payload)

    def list_document_entries(
        self, store: Store, shop_order_id: str, *, on_call: OnCall = None
    ) -> list[DocumentEntry]:
        rows = client_for(store, on_call=on_call).list_documents(shop_order_id)
        return [
            DocumentEntry(
                # The type is a number in the schema and a text such as "0 - credit note" in its samples.
                role="credit_note"
                if str(row.get("document_type", "")).strip().startswith("0")
                else "invoice",
                external_id=str(row.get("external_id") or ""),
                public_id=str(row.get("public_id") or ""),
                url=str(row.get("url") or ""),
                app_code=str(row.get("app_code") or ""),
            )
            for row in rows
        ]

    def add_document_entry(
        self, store: Store, shop_order_id: str, entry: DocumentEntry, *, on_call: OnCall = None
    ) -> None:
        client_for(store, on_call=on_call).add_document(
            shop_order_id,
            document_type=_ROLES[entry.role],
            external_id=entry.external_id,
            public_id=entry.public_id,
            url=entry.url,
        )
