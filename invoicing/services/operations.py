"""Rows of work: making sure that they exist, and taking back what was not sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max

from invoicing.domain.lifecycle import FISCAL_VERBS, OPEN_STATES, OperationState, Verb, Wait
from invoicing.domain.plan import DocumentStatus
from invoicing.models import Document, DocumentOperation
from invoicing.queue import ask_for_reading, now, ring, settle_time


def ensure_operation(
    document: Document,
    verb: str,
    *,
    requested_by: str,
    delay: timedelta = timedelta(0),
    review_until: datetime | None = None,
) -> DocumentOperation | None:
    """An open operation of this verb, new or already there. None: a parallel call just made it.

    A held one stays held: only staff, or a change of the order, sets it free. `review_until` is the end
    of the time that people have to look at a draft; without it, one that waits for that goes on at once.
    """
    existing = document.operations.filter(verb=verb, state__in=OPEN_STATES).first()
    if existing is not None:
        if existing.waiting_for == Wait.REVIEW and review_until is None:
            _end_review(existing, requested_by=requested_by)
        return existing
    moment: datetime = now()
    doubt = _doubt_of(document, verb)
    not_before = max(moment + delay, review_until or moment, settle_time(doubt) if doubt else moment)
    waiting_for = Wait.REVIEW if review_until is not None and review_until > moment else ""
    if doubt is not None and not_before > moment:
        waiting_for = Wait.QUARANTINE
    lane = None
    if verb == Verb.FINALIZE:
        lane = f"{document.account_id}:{document.kind}:{document.series}"
    try:
        with transaction.atomic():
            operation = DocumentOperation.objects.create(
                document=document,
                verb=verb,
                is_fiscal=verb in FISCAL_VERBS,
                lane=lane,
                lane_date=document.issued_on if lane else None,
                requested_by=requested_by,
                not_before=not_before,
                waiting_for=waiting_for,
                write_started_at=doubt,
            )
    except IntegrityError:
        return None
    ring("invoicing.run_operation", operation.pk, delay=(not_before - moment).total_seconds())
    return operation


def _doubt_of(document: Document, verb: str) -> datetime | None:
    """When a create was sent whose outcome nobody knows, though its operation was taken back since: the order
    changed its mind twice. The next one looks for what that made before it sends anything.
    """
    if verb != Verb.CREATE or document.status != DocumentStatus.PLANNED:
        return None
    sent = document.operations.filter(verb=Verb.CREATE, write_started_at__isnull=False)
    latest: datetime | None = sent.aggregate(at=Max("write_started_at"))["at"]
    return latest


def _end_review(operation: DocumentOperation, *, requested_by: str) -> None:
    waiting = DocumentOperation.objects.filter(
        pk=operation.pk, state=OperationState.QUEUED, waiting_for=Wait.REVIEW
    )
    if waiting.update(not_before=now(), waiting_for="", requested_by=requested_by):
        ring("invoicing.run_operation", operation.pk)


def supersede(document: Document, verbs: tuple[str, ...], *, detail: str) -> int:
    """Take waiting or held work back because the order changed its mind. Running work is not touched."""
    return DocumentOperation.objects.filter(
        document=document, verb__in=verbs, state__in=(OperationState.QUEUED, OperationState.HELD)
    ).update(state=OperationState.SUPERSEDED, detail=detail, finished_at=now())


def supersede_held(document: Document, verb: str, *, detail: str) -> int:
    """Take held work back, so that it can be asked for anew."""
    held = DocumentOperation.objects.filter(document=document, verb=verb, state=OperationState.HELD)
    return held.update(state=OperationState.SUPERSEDED, detail=detail, finished_at=now())


def withdraw_document(document: Document, *, by_person: bool, requested_by: str) -> None:
    """Bring a document that is not final to its end: nothing sent yet needs no call at all."""
    supersede(document, (Verb.FINALIZE, Verb.UPDATE), detail="The document is no longer wanted.")
    may_exist = document.status == DocumentStatus.PLANNED and _may_exist_at_provider(document)
    if by_person:
        Document.objects.filter(pk=document.pk).update(ended_by_person=True)
    if document.status == DocumentStatus.PLANNED and not may_exist:
        supersede(document, (Verb.CREATE, Verb.DELETE), detail="The document is no longer wanted.")
        Document.objects.filter(pk=document.pk, status=DocumentStatus.PLANNED).update(
            status=DocumentStatus.DELETED, ended_at=now()
        )
        ask_for_reading(document.order, requested_by=requested_by)
        return
    ensure_operation(document, Verb.DELETE, requested_by=requested_by)


def _may_exist_at_provider(document: Document) -> bool:
    """A create was begun: running now, or its write left the house at least once."""
    creates = document.operations.select_for_update(of=("self",)).filter(verb=Verb.CREATE)
    return any(
        operation.state == OperationState.RUNNING or operation.write_started_at is not None
        for operation in creates
    )
