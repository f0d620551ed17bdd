"""Remove a draft, and know that it is gone."""

from __future__ import annotations

from invoicing.domain.lifecycle import Verb
from invoicing.domain.plan import DocumentStatus, StoredDocument
from invoicing.models import Document, DocumentOperation
from invoicing.queue import ask_for_reading, now, settle_time
from invoicing.services.create import look_for
from invoicing.services.operations import supersede
from invoicing.services.record import record_stored_status
from invoicing.services.work import Result, Work
from outbound.errors import NotFound, Rejected, Unavailable


def delete_draft(work: Work) -> Result:
    document = work.document
    if document.status not in (DocumentStatus.PLANNED, DocumentStatus.DRAFT):
        return _look_at_the_order_again(document, f"The document is {document.status}.")
    supersede(document, (Verb.CREATE, Verb.UPDATE, Verb.FINALIZE), detail="The document is no longer wanted.")
    if document.status == DocumentStatus.PLANNED:
        missing = _find_unconfirmed(work)
        if missing is not None:
            return missing
    work.begin_write()
    try:
        work.provider.delete_draft(work.kind, document.provider_id)
    except (NotFound, Rejected) as refusal:
        return _after_refusal(work, refusal)
    return _gone(document)


def _find_unconfirmed(work: Work) -> Result | None:
    """The create's answer was never recorded: find what it made, or believe that nothing was.

    The create's own write time governs how soon a search may be believed.
    """
    document = work.document
    create = document.operations.filter(verb=Verb.CREATE, write_started_at__isnull=False).last()
    if create is None:
        return _gone(document)
    assert create.write_started_at is not None
    too_early = settle_time(create.write_started_at) - now()
    if too_early.total_seconds() > 0:
        raise Unavailable("Too early to look for the draft.", retry_after=too_early, counts=False)
    result = look_for(work)
    if result is None:
        return _gone(document)
    if result.hold_reason is not None:
        return result
    result.apply()
    document.refresh_from_db()
    return None


def _after_refusal(work: Work, refusal: NotFound | Rejected) -> Result:
    """Already gone is success; anything else that it became is the truth, and the order is decided again."""
    document = work.document
    try:
        stored: StoredDocument | None = work.provider.read(work.kind, document.provider_id)
    except NotFound:
        stored = None
    if stored is None or stored.status is DocumentStatus.DELETED:
        return _gone(document)
    if stored.status is DocumentStatus.DRAFT:
        raise refusal

    found = stored

    def apply() -> None:
        record_stored_status(document, found, by_person=True, requested_by="provider")
        ask_for_reading(document.order, requested_by="provider")

    return Result(apply, superseded=True, detail=f"It is {found.status} at the provider.")


def _gone(document: Document) -> Result:
    def apply() -> None:
        Document.objects.filter(pk=document.pk).update(status=DocumentStatus.DELETED, ended_at=now())
        DocumentOperation.objects.filter(
            document=document, state="queued", verb__in=(Verb.CREATE, Verb.UPDATE, Verb.FINALIZE)
        ).update(state="superseded", finished_at=now())
        ask_for_reading(document.order, requested_by="deleted")

    return Result(apply)


def _look_at_the_order_again(document: Document, detail: str) -> Result:
    def apply() -> None:
        ask_for_reading(document.order, requested_by="delete")

    return Result(apply, superseded=True, detail=detail)
