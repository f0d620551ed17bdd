"""The only irrevocable step: it names one known document, and everything is looked at again first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db.models import Sum

from invoicing.domain.lifecycle import Verb
from invoicing.domain.plan import DocumentRole, DocumentStatus, StoredDocument
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Document
from invoicing.queue import now
from invoicing.services.decide_order import decide_order
from invoicing.services.operations import ensure_operation
from invoicing.services.read_order import read_order
from invoicing.services.verify import compare, record_stored_status
from invoicing.services.work import Result, Work
from outbound.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from stores.services import mark_for_refresh

# A draft that waited longer than this may have been edited by people: it is read again.
_FRESH = timedelta(minutes=10)
_FIRST_PDF_POLL = timedelta(seconds=2)
_FINAL = (DocumentStatus.FINAL, DocumentStatus.SETTLED)


def finalize_document(work: Work) -> Result:
    document = work.document
    if document.status != DocumentStatus.DRAFT:
        return Result(superseded=True, detail=f"The document is {document.status}.")
    if work.write_is_unknown or _has_waited(document):
        seen = _look_again(work)
        if seen is not None:
            return seen
    if document.verified_hash != document.sent_hash:
        raise Hold(HoldReason.STORED_DIFFERS, "The stored draft was not verified.")
    read_order(document.order, work.shop)
    decision = decide_order(document.order, requested_by=work.operation.requested_by)
    if document.pk not in decision.wanted:
        return Result(superseded=True, detail=f"The order no longer calls for it: {decision.outcome}.")
    work.begin_write()
    try:
        stored = work.provider.finalize(work.kind, document.provider_id)
    except Rejected as refusal:
        # A transition that was already made is refused, too; the provider's own state decides.
        stored = _read(work)
        if stored is None or stored.status not in _FINAL:
            raise refusal from None
    if stored is None:
        stored = _read_back(work)
    if stored is None or stored.status not in _FINAL:
        raise Hold(
            HoldReason.UNEXPECTED_STATUS, f"Finalized, but it reads {stored.status if stored else '-'}."
        )
    return as_final(work, stored)


def _has_waited(document: Document) -> bool:
    return document.verified_at is None or now() - document.verified_at > _FRESH


def _read(work: Work) -> StoredDocument | None:
    try:
        return work.provider.read(work.kind, work.document.provider_id)
    except NotFound:
        return None


def _read_back(work: Work) -> StoredDocument | None:
    """After an empty acceptance: not being able to read leaves the outcome unknown, not undone."""
    try:
        return _read(work)
    except Unavailable as error:
        raise OutcomeUnknown(error.message) from None


def _look_again(work: Work) -> Result | None:
    """Read the draft before finalizing it. A result ends the operation; None means go on."""
    document = work.document
    stored = _read(work)
    if stored is None or stored.status in (DocumentStatus.DELETED, DocumentStatus.CANCELED):
        return _ended_by_person(work, stored)
    if stored.status in _FINAL:
        return as_final(work, stored)
    document.verified_hash, words = compare(document, stored)
    document.verified_at = now()
    Document.objects.filter(pk=document.pk).update(
        verified_hash=document.verified_hash, verified_at=document.verified_at
    )
    if words:
        raise Hold(HoldReason.STORED_DIFFERS, words)
    return None


def _ended_by_person(work: Work, stored: StoredDocument | None) -> Result:
    document = work.document

    def apply() -> None:
        if stored is not None:
            record_stored_status(document, stored, by_person=True)
        else:
            Document.objects.filter(pk=document.pk).update(
                status=DocumentStatus.DELETED, ended_at=now(), ended_by_person=True
            )
        mark_for_refresh(document.order, requested_by="provider")

    return Result(apply, superseded=True, detail="The draft was removed at the provider.")


def as_final(work: Work, stored: StoredDocument) -> Result:
    """Record the number, and ask for everything that follows from it."""
    document = work.document
    _hash, words = compare(document, stored)

    def apply() -> None:
        record_stored_status(document, stored, by_person=False)
        _ask_for_delivery(document, requested_by=work.operation.requested_by)
        if document.role == DocumentRole.CREDIT_NOTE:
            _reverse_if_covered(document)
            mark_for_refresh(document.order, requested_by="credit_note")

    if words:
        return Result(apply, hold_reason=HoldReason.STORED_DIFFERS, detail=words)
    return Result(apply)


def _ask_for_delivery(document: Document, *, requested_by: str) -> None:
    ensure_operation(document, Verb.FETCH_PDF, requested_by=requested_by, delay=_FIRST_PDF_POLL)
    ensure_operation(document, Verb.ATTACH, requested_by=requested_by)


def _reverse_if_covered(note: Document) -> None:
    """Mark the original as fully credited in the transaction that confirms the note."""
    assert note.original_id is not None
    original = Document.objects.select_for_update(of=("self",)).get(pk=note.original_id)
    confirmed = original.credit_notes.filter(status__in=("final", "settled"))
    credited = confirmed.aggregate(total=Sum("gross_total"))["total"] or Decimal(0)
    if credited >= original.gross_total and original.reversed_at is None:
        Document.objects.filter(pk=original.pk).update(reversed_at=now())
