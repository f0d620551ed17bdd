"""The buyer's link: the PDF of one document, for whoever holds its signed token."""

from __future__ import annotations

import structlog
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoicing.models import Document
from invoicing.services.links import document_for

logger = structlog.get_logger(__name__)


@require_safe
def buyer_document(_request: HttpRequest, token: str) -> HttpResponseBase:
    """The PDF; 503 while it is being made; 404 for anything but a genuine token of a final document."""
    document = document_for(token)
    if document is None or not document.is_final:
        response: HttpResponseBase = HttpResponse(_("There is no such document."), status=404)
    else:
        response = _pdf(document) or _try_again()
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _pdf(document: Document) -> HttpResponseBase | None:
    if not document.pdf:
        return None
    try:
        file = document.pdf.open("rb")
    except OSError as error:
        logger.error("pdf_unreadable", document=document.pk, error=type(error).__name__)
        return None
    return FileResponse(file, content_type="application/pdf", filename=f"{document.reference}.pdf")


def _try_again() -> HttpResponseBase:
    text = _("The document is being prepared. Please try again in a minute.")
    return HttpResponse(text, status=503, headers={"Retry-After": "60"})
