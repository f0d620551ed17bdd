"""The buyer's link: signed, tied to one document, free of personal data and of the vendor's address."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from invoicing.models import Document

_signer = signing.Signer(salt="invoicing.buyer-link", sep=".")


def document_token(document: Document) -> str:
    """`access_key` is random and stored, so a link can be taken back by changing it."""
    return _signer.sign(f"{document.pk}-{document.access_key}")


def document_link(document: Document) -> str:
    base: str = settings.PUBLIC_URL
    return base + reverse("buyer-document", args=[document_token(document)])


def document_for(token: str) -> Document | None:
    """The document of a genuine token; None for a forged, moved or withdrawn one."""
    try:
        pk, _, key = _signer.unsign(token).partition("-")
    except signing.BadSignature:
        return None
    if not pk.isdecimal() or len(pk) > 18:
        return None
    document = Document.objects.select_related("order__store").filter(pk=int(pk)).first()
    return document if document is not None and document.access_key == key else None
