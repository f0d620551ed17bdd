"""Invoices that another application hung on the shop's order: a second one is never made beside them."""

from __future__ import annotations

from django.conf import settings

from invoicing.domain.plan import DocumentRole
from invoicing.models import Document
from invoicing.services.links import document_for
from stores.models import Order
from stores.platform import DocumentEntry, ShopConnection


def has_foreign_entries(order: Order, shop: ShopConnection) -> bool:
    """Whether an invoice that is none of ours hangs on the order, which may be unsaved. Raises what the
    shop's client raises."""
    entries = shop.list_document_entries(order.shop_order_id)
    documents = Document.objects.filter(order_id=order.pk) if order.pk else Document.objects.none()
    ours = set(documents.exclude(provider_id="").values_list("provider_id", flat=True))
    return any(
        entry.role == DocumentRole.INVOICE
        and entry.external_id not in ours
        and not _is_our_link(order, entry)
        for entry in entries
    )


def _is_our_link(order: Order, entry: DocumentEntry) -> bool:
    """Anybody can write an address that begins as ours; only a signed one of this order's document is."""
    start = f"{settings.PUBLIC_URL}/d/"
    if not entry.url.startswith(start):
        return False
    document = document_for(entry.url.removeprefix(start).strip("/"))
    return document is not None and document.order_id == order.pk
