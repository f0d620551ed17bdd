"""The buyer's link: the PDF of one document, for whoever holds its signed token."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoicing.services.links import document_for


@require_safe
def buyer_document(_request: HttpRequest, token: str) -> HttpResponseBase:
    """The PDF; 503 while it is being made; 404 for anything but a genuine token of a final document."""
    document = document_for(token)
    if document is None or not document.is_final:
        response: HttpResponseBase = HttpResponse(_("There is no such document."), status=404)
    elif not document.pdf:
        response = HttpResponse(
            _("The document is being prepared. Please try again in a minute."), status=503
        )
        response["Retry-After"] = "60"
    else:
        response = FileResponse(
            document.pdf.open("rb"), content_type="application/pdf", filename=f"{document.reference}.pdf"
        )
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
