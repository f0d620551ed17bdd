"""Cancel a final document because a person said so. It keeps its number and counts no more."""

from __future__ import annotations

from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import Verb, may_start
from invoicing.domain.plan import DocumentStatus, StoredDocument
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Ruling
from invoicing.queue import ask_for_reading
from invoicing.services.record import record_stored_status
from invoicing.services.work import Result, Work
from outbound.errors import NotFound, OutcomeUnknown, Rejected, Unavailable

# Printed in the tax authority's file beside the cancelled number.
_REASON = "Documento emitido por engano"


def cancel_document(work: Work) -> Result:
    document = work.document
    ruling = Ruling.objects.filter(document=document, kind=RulingKind.CANCEL, revoked_at__isnull=True).last()
    if ruling is None or not may_start(Verb.CANCEL, DocumentStatus(document.status)):
        return Result(superseded=True, detail=f"The document is {document.status}.")
    stored = _read(work)
    if stored.status is DocumentStatus.CANCELED:
        return _canceled(work, stored)
    if stored.status not in (DocumentStatus.FINAL, DocumentStatus.SETTLED):
        raise Hold(HoldReason.UNEXPECTED_STATUS, f"It is {stored.status} at the provider.")
    _refuse_with_notes(work)
    work.begin_write()
    try:
        work.provider.cancel(work.kind, document.provider_id, ruling.reason or _REASON)
    except Rejected as refusal:
        # A transition that was already made is refused, too; the provider's own state decides.
        stored = _read(work)
        if stored.status is not DocumentStatus.CANCELED:
            raise refusal from None
        return _canceled(work, stored)
    try:
        stored = _read(work)
    except (Unavailable, NotFound) as error:
        raise OutcomeUnknown(error.message) from None
    if stored.status is not DocumentStatus.CANCELED:
        raise OutcomeUnknown(f"The provider accepted it and still shows it {stored.status}.")
    return _canceled(work, stored)


def _read(work: Work) -> StoredDocument:
    return work.provider.read(work.kind, work.document.provider_id)


def _refuse_with_notes(work: Work) -> None:
    """What a note or a receipt stands on cannot be cancelled, whoever made it."""
    related = [
        item
        for item in work.provider.related(work.document.provider_id)
        if item.status is not DocumentStatus.CANCELED
    ]
    if related:
        names = ", ".join(f"{item.number or item.provider_id} ({item.status})" for item in related)
        raise Hold(HoldReason.REJECTED, f"Other documents stand on it: {names}.")


def _canceled(work: Work, stored: StoredDocument) -> Result:
    document = work.document

    def apply() -> None:
        record_stored_status(document, stored, by_person=True, requested_by=work.operation.requested_by)
        ask_for_reading(document.order, requested_by=work.operation.requested_by)

    return Result(apply)
