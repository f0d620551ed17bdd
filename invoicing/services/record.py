"""Write down what is true at the provider, and ask for everything that follows from it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db.models import Sum

from invoicing.domain.lifecycle import Verb
from invoicing.domain.plan import DocumentRole, DocumentStatus, StoredDocument
from invoicing.domain.stored_json import stored_to_json
from invoicing.models import Document
from invoicing.queue import ask_for_reading, now
from invoicing.services.operations import ensure_operation, supersede
from invoicing.services.revise import settle_on

FINAL = (DocumentStatus.FINAL, DocumentStatus.SETTLED)
_FIRST_PDF_POLL = timedelta(seconds=2)


def record_stored_status(
    document: Document, stored: StoredDocument, *, by_person: bool, requested_by: str
) -> None:
    """The provider's word on the status is the truth. `by_person`: somebody there moved it, not we.

    Whoever gave it its number, the buyer is owed the document and the order its entry.
    """
    moment = now()
    settle_on(document, stored)
    changes: dict[str, object] = {
        "status": stored.status,
        "provider_id": stored.provider_id,
        "stored": stored_to_json(stored),
    }
    if stored.status in FINAL:
        changes |= {
            "number": stored.number,
            "atcud": stored.atcud,
            "finalized_at": document.finalized_at or moment,
        }
        if stored.issued_on:
            changes["issued_on"] = stored.issued_on
    if stored.status in (DocumentStatus.DELETED, DocumentStatus.CANCELED):
        if stored.status is DocumentStatus.DELETED and _may_be_our_deletion(document):
            by_person = False
        changes |= {"ended_at": document.ended_at or moment, "ended_by_person": by_person}
    Document.objects.filter(pk=document.pk).update(**changes)
    if stored.status in FINAL:
        _follow_up(document, requested_by=requested_by)


def record_removed(document: Document) -> None:
    """The provider has it no more: a person's word, unless our own deletion may have reached it."""
    by_person = not _may_be_our_deletion(document)
    Document.objects.filter(pk=document.pk).update(
        status=DocumentStatus.DELETED, ended_at=now(), ended_by_person=by_person
    )
    ask_for_reading(document.order, requested_by="provider")


def _may_be_our_deletion(document: Document) -> bool:
    """Whether a deletion was sent without an answer, on no person's word; a draft that was read since then
    has outlived it."""
    if Document.objects.filter(pk=document.pk, ended_by_person=True).exists():
        return False
    sent = document.operations.filter(verb=Verb.DELETE, write_started_at__isnull=False)
    if document.verified_at is not None:
        sent = sent.filter(write_started_at__gte=document.verified_at)
    return bool(sent.exists())


def _follow_up(document: Document, *, requested_by: str) -> None:
    if not document.pdf:
        ensure_operation(document, Verb.FETCH_PDF, requested_by=requested_by, delay=_FIRST_PDF_POLL)
    if document.attached_at is None:
        ensure_operation(document, Verb.ATTACH, requested_by=requested_by)
    moot = supersede(document, (Verb.CREATE, Verb.UPDATE, Verb.DELETE), detail="The document is final.")
    if document.role == DocumentRole.CREDIT_NOTE:
        _reverse_if_covered(document)
    if moot or document.role == DocumentRole.CREDIT_NOTE:
        ask_for_reading(document.order, requested_by=requested_by)


def _reverse_if_covered(note: Document) -> None:
    """Mark the original as fully credited in the transaction that confirms the note."""
    assert note.original_id is not None
    original = Document.objects.select_for_update(of=("self",)).get(pk=note.original_id)
    confirmed = original.credit_notes.filter(status__in=FINAL)
    credited = confirmed.aggregate(total=Sum("gross_total"))["total"] or Decimal(0)
    if credited >= original.gross_total and original.reversed_at is None:
        Document.objects.filter(pk=original.pk).update(reversed_at=now())
