"""Fetch the provider's PDF and keep it to the byte: it is the only lawful rendering."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.core.files.base import ContentFile

from invoicing.domain.lifecycle import Verb
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Document
from invoicing.services.operations import ensure_operation
from invoicing.services.work import Result, Work
from outbound.errors import Unavailable

# Polls seen elsewhere come every 1.5 to 2 seconds and end within a dozen; ours go on far longer.
_POLL = timedelta(seconds=2)
_SLOW_POLL = timedelta(seconds=60)
_FAST_POLLS = 10
_LAST_POLL = 40


def fetch_pdf(work: Work) -> Result:
    document = work.document
    if not document.is_final:
        return Result(superseded=True, detail=f"The document is {document.status}.")
    content = work.provider.fetch_pdf(document.provider_id)
    if content is None:
        polls = _polls(work)
        if polls >= _LAST_POLL:
            raise Hold(HoldReason.PDF_NOT_READY, f"{polls} polls")
        wait = _POLL if polls < _FAST_POLLS else _SLOW_POLL
        raise Unavailable("The PDF is still being made.", retry_after=wait, counts=False)
    digest = hashlib.sha256(content).hexdigest()
    # Named by its own hash: a repeat after a crash writes the same bytes under the same name.
    name = f"documents/{document.issued_on:%Y/%m}/{document.reference}-{digest[:16]}.pdf"
    storage = document.pdf.storage
    if not storage.exists(name):
        name = storage.save(name, ContentFile(content))

    def apply() -> None:
        Document.objects.filter(pk=document.pk).update(pdf=name, pdf_sha256=digest)
        _ask_for_mail(work)

    return Result(apply)


def _polls(work: Work) -> int:
    """How often it was asked for since staff last said "retry"."""
    log = work.operation.attempt_log
    held = log.filter(outcome=HoldReason.PDF_NOT_READY).order_by("-number").first()
    return log.filter(number__gt=held.number if held else 0).count()


def _ask_for_mail(work: Work) -> None:
    document = work.document
    wants = document.profile_version.value().email_customer and document.mailed_at is None
    if wants and document.planned().deliver_to:
        ensure_operation(document, Verb.MAIL, requested_by=work.operation.requested_by)
