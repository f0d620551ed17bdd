"""Hang the document on the shop's order, once: listed before it is written."""

from __future__ import annotations

import re

from invoicing.models import Document
from invoicing.models.document import KIND_PREFIXES
from invoicing.queue import now
from invoicing.services.links import document_link
from invoicing.services.work import Result, Work
from stores.platform import DocumentEntry


def public_id_of(document: Document) -> str:
    """The number as it can stand in a URL path: Portuguese numbers hold spaces and slashes."""
    number = re.sub(r"[^A-Za-z0-9]+", "-", document.number or document.reference).strip("-")
    return f"{KIND_PREFIXES[document.kind]}-{number}"


def attach_document(work: Work) -> Result:
    document, order = work.document, work.document.order
    if not document.is_final:
        return Result(superseded=True, detail=f"The document is {document.status}.")
    entry = DocumentEntry(
        role=document.role,
        external_id=document.provider_id,
        public_id=public_id_of(document),
        url=document_link(document),
    )
    entries = work.shop.list_document_entries(order.shop_order_id)
    if not any(known.external_id == entry.external_id for known in entries):
        work.begin_write()
        work.shop.add_document_entry(order.shop_order_id, entry)

    def apply() -> None:
        Document.objects.filter(pk=document.pk).update(attached_at=now())

    return Result(apply)
