"""Make the draft, once: the intent is committed first, and an unknown outcome is looked up."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from invoicing.domain.case import finalize_from
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.plan import DocumentKind, DocumentStatus, StoredDocument
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Document, DocumentOperation, InvoicingProfile
from invoicing.queue import ask_for_reading, now, renew
from invoicing.services.decide_order import document_view, ruling_views
from invoicing.services.operations import ensure_operation
from invoicing.services.record import record_removed
from invoicing.services.refused_customer import until_accepted
from invoicing.services.remaining import listed, require_something_left
from invoicing.services.verify import as_draft, compare, unexpected_status
from invoicing.services.work import Result, Work
from outbound.errors import NotFound, OutcomeUnknown, Unavailable


def create_draft(work: Work) -> Result:
    """Create, or find what an earlier attempt created, and verify it against the plan."""
    document = work.document
    if document.status == DocumentStatus.DRAFT:
        return then_finalize(work, _verify_again(work))
    if document.status != DocumentStatus.PLANNED:
        return look_at_the_order_again(document, f"The document is {document.status}.")
    if work.write_is_unknown:
        adopted = look_for(work)
        if adopted is not None:
            return then_finalize(work, adopted)
    if document.kind == DocumentKind.CREDIT_NOTE:
        require_something_left(work)
    stored = until_accepted(work, lambda: _create(work))
    if stored is None:
        raise OutcomeUnknown("The provider accepted the document with an empty answer.")
    return then_finalize(work, as_draft(document, stored))


def _create(work: Work) -> StoredDocument | None:
    document = work.document
    body = document.sent_body or work.provider.render_create(document.planned(), series_id=document.series_id)
    work.begin_write(body=body)
    return work.provider.create(work.kind, body)


def look_for(work: Work) -> Result | None:
    """Quarantine: find what a create with a lost answer made. None: believed absent.

    "Absent" is believed only when two searches, one index lag apart, did not find it; not being able
    to look is an error of its own and never "absent".
    """
    document, operation = work.document, work.operation
    renew(operation)
    hits = work.provider.find(document.reference, issued_on=document.issued_on)
    found = [item for item in hits if not _is_deleted(item)]
    if not found:
        if operation.absent_seen_at is not None:
            return None
        DocumentOperation.objects.filter(pk=operation.pk).update(absent_seen_at=now())
        raise Unavailable(
            "Not found yet; looking once more before it is created again.",
            retry_after=timedelta(seconds=max(settings.INVOICEXPRESS_INDEX_LAG_SECONDS, 1)),
            counts=False,
        )
    if len(found) == 1 and found[0].status is not DocumentStatus.DRAFT:
        return unexpected_status(document, found[0])
    keep, *surplus = sorted(found, key=lambda item: int(item.provider_id))
    if surplus:
        _delete_copies(work, keep, surplus)
    return as_draft(document, work.provider.read(work.kind, keep.provider_id))


def _delete_copies(work: Work, keep: StoredDocument, surplus: list[StoredDocument]) -> None:
    """Drafts to the byte like ours come from a create that was repeated too early, and leave no trace.

    Raises:
        Hold: one of them has a number or was changed; a person must look at all.
    """
    everything = [keep, *surplus]
    for item in everything:
        renew(work.operation)
        is_ours = item.status is DocumentStatus.DRAFT and item.kind in (None, work.kind)
        if not is_ours or compare(work.document, work.provider.read(work.kind, item.provider_id))[1]:
            raise Hold(HoldReason.DUPLICATE_REFERENCE, listed(everything))
    for item in surplus:
        renew(work.operation)
        try:
            work.provider.delete_draft(work.kind, item.provider_id)
        except NotFound:
            continue


def _verify_again(work: Work) -> Result:
    """A retry of a create whose draft exists: read it again, whoever changed it."""
    document = work.document
    try:
        stored = work.provider.read(work.kind, document.provider_id)
    except NotFound:
        return _gone(document)
    return as_draft(document, stored)


def look_at_the_order_again(document: Document, detail: str) -> Result:
    def apply() -> None:
        ask_for_reading(document.order, requested_by="provider")

    return Result(apply, superseded=True, detail=detail)


def _gone(document: Document) -> Result:
    def apply() -> None:
        record_removed(document)

    return Result(apply, superseded=True, detail="The draft was removed at the provider.")


def then_finalize(work: Work, result: Result) -> Result:
    """A verified draft goes on to its number when the settings, or a person, say so."""
    if result.hold_reason is not None or result.superseded:
        return result
    document = work.document

    def apply() -> None:
        result.apply()
        invoicing = InvoicingProfile.objects.select_related("current").get(store=document.order.store_id)
        deleting = document.operations.filter(
            verb=Verb.DELETE, state__in=(OperationState.QUEUED, OperationState.RUNNING)
        ).exists()
        if invoicing.current is None or deleting:
            return
        view = document_view(document)
        start = finalize_from(view, ruling_views(document.order), invoicing.current.value())
        if start is not None:
            ensure_operation(
                document,
                Verb.FINALIZE,
                requested_by=work.operation.requested_by,
                review_until=None if start == view.stands_since else start,
            )

    return Result(apply)


def _is_deleted(item: StoredDocument) -> bool:
    return item.status is DocumentStatus.DELETED
