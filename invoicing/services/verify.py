"""Does the provider's stored document equal the plan?"""

from __future__ import annotations

from datetime import datetime

from invoicing.domain.checks import differences, fingerprint_stored
from invoicing.domain.lifecycle import Verb, may_start
from invoicing.domain.plan import DocumentStatus, StoredDocument
from invoicing.domain.reasons import HoldReason
from invoicing.domain.stored_json import stored_to_json
from invoicing.models import Document
from invoicing.queue import ask_for_reading, now
from invoicing.services.lint import against_the_law
from invoicing.services.record import record_removed, record_stored_status
from invoicing.services.work import Result, Work
from outbound.errors import NotFound


def verify_document(work: Work) -> Result:
    """Read the provider's document again: its status is the truth, its content must be the plan."""
    document = work.document
    if not may_start(Verb.VERIFY, DocumentStatus(document.status)):
        return Result(superseded=True, detail=f"The document is {document.status}.")
    try:
        stored = work.provider.read(work.kind, document.provider_id)
    except NotFound:
        if document.status != DocumentStatus.DRAFT:
            raise
        return Result(lambda: record_removed(document), superseded=True, detail="It is gone at the provider.")
    if stored.status is DocumentStatus.DRAFT:
        return as_draft(document, stored)
    _hash, words = compare(document, stored)
    is_ended = stored.status in (DocumentStatus.DELETED, DocumentStatus.CANCELED)

    def apply() -> None:
        Document.objects.filter(pk=document.pk).update(stored=stored_to_json(stored))
        if stored.status != document.status:
            record_stored_status(document, stored, by_person=True, requested_by="provider")
            ask_for_reading(document.order, requested_by="provider")

    if words and not is_ended:
        return Result(apply, hold_reason=HoldReason.STORED_DIFFERS, detail=words)
    return Result(apply)


def compare(document: Document, stored: StoredDocument) -> tuple[str, str]:
    """The fingerprint to keep (the sent one if all that must be equal is), and the differences in words."""
    found = differences(document.planned(), stored)
    if not found:
        return document.sent_hash, ""
    words = "; ".join(f"{item.field}: {item.sent} -> {item.stored}" for item in found)
    return fingerprint_stored(stored), words


def as_draft(document: Document, stored: StoredDocument) -> Result:
    """Record the draft that the provider has; hold it if it is not what was meant, or no draft."""
    if stored.status is not DocumentStatus.DRAFT:
        return unexpected_status(document, stored)
    if _is_anothers(document, stored):
        return _anothers(stored)
    verified_hash, words = compare(document, stored)

    def apply() -> None:
        moment: datetime = now()
        Document.objects.filter(pk=document.pk, status__in=("planned", "draft")).update(
            status=DocumentStatus.DRAFT,
            provider_id=stored.provider_id,
            verified_hash=verified_hash,
            verified_at=moment,
            stored=stored_to_json(stored),
            earlier=[],
            drafted_at=document.drafted_at or moment,
        )

    if words:
        return Result(apply, hold_reason=HoldReason.STORED_DIFFERS, detail=words)
    unlawful = against_the_law(document)
    if unlawful:
        return Result(apply, hold_reason=HoldReason.UNLAWFUL_DOCUMENT, detail=unlawful)
    return Result(apply)


def unexpected_status(document: Document, stored: StoredDocument) -> Result:
    """The provider's word on status is the truth: it is recorded, and a person looks at it."""
    if _is_anothers(document, stored):
        return _anothers(stored)

    def apply() -> None:
        record_stored_status(document, stored, by_person=True, requested_by="provider")

    return Result(
        apply,
        hold_reason=HoldReason.UNEXPECTED_STATUS,
        detail=f"{stored.provider_id}: {stored.status} {stored.number}".strip(),
    )


def _is_anothers(document: Document, stored: StoredDocument) -> bool:
    known = Document.objects.filter(account=document.account, provider_id=stored.provider_id)
    return known.exclude(pk=document.pk).exists()


def _anothers(stored: StoredDocument) -> Result:
    """Nothing is recorded: an id belongs to one document."""
    return Result(
        hold_reason=HoldReason.DUPLICATE_REFERENCE,
        detail=f"The provider answered with document {stored.provider_id}, which is another order's.",
    )
