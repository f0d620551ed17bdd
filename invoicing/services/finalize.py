"""The only irrevocable step: it names one known document, and everything is looked at again first."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from invoicing.domain.decision import Decision, EnsureFinalize, RulingKind
from invoicing.domain.plan import DocumentRole, DocumentStatus, StoredDocument
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Document, Ruling
from invoicing.queue import ask_for_reading, now
from invoicing.services.decide_order import decide_order
from invoicing.services.lint import require_lawful
from invoicing.services.operations import withdraw_document
from invoicing.services.other_apps import has_foreign_entries
from invoicing.services.plan import is_behind_the_series, is_of_another_series
from invoicing.services.read_order import read_order
from invoicing.services.record import FINAL, record_removed, record_stored_status
from invoicing.services.remaining import require_something_left
from invoicing.services.verify import compare
from invoicing.services.work import Result, Work
from outbound.errors import NotFound, OutcomeUnknown, Rejected, Unavailable

# A draft that waited longer than this may have been edited by people: it is read again.
_FRESH = timedelta(minutes=10)


def finalize_document(work: Work) -> Result:
    document = work.document
    if document.status != DocumentStatus.DRAFT:
        return Result(superseded=True, detail=f"The document is {document.status}.")
    if work.write_is_unknown or _has_waited(document) or document.verified_hash != document.sent_hash:
        seen = _look_again(work)
        if seen is not None:
            return seen
    if document.verified_hash != document.sent_hash:
        raise Hold(HoldReason.STORED_DIFFERS, "The stored draft was not verified.")
    read_order(document.order, work.shop)
    decision = decide_order(document.order, requested_by=work.operation.requested_by)
    objection = _objection(document, decision)
    if objection:
        return Result(superseded=True, detail=objection)
    _require_still_right(work)
    require_lawful(document)
    if is_behind_the_series(document):
        return _plan_again(work, "A later document of the series is final already.")
    if is_of_another_series(document):
        return _plan_again(work, "The settings name another series now.")
    work.begin_write()
    try:
        stored = work.provider.finalize(work.kind, document.provider_id)
    except Rejected as refusal:
        # A transition that was already made is refused, too; the provider's own state decides.
        stored = _read(work)
        if stored is None or stored.status not in FINAL:
            raise refusal from None
    if stored is None:
        stored = _read_back(work)
    if stored is not None and stored.status is DocumentStatus.DRAFT:
        raise OutcomeUnknown("The provider accepted it and still shows a draft.")
    if stored is None or stored.status not in FINAL:
        raise Hold(
            HoldReason.UNEXPECTED_STATUS, f"Finalized, but it reads {stored.status if stored else '-'}."
        )
    return as_final(work, stored)


def _objection(document: Document, decision: Decision) -> str:
    """Why the number is not given after all: the order, or the settings, changed since it was asked for."""
    if document.pk not in decision.wanted:
        return f"The order no longer calls for it: {decision.outcome}."
    asked = any(
        isinstance(one, EnsureFinalize) and one.document_id == document.pk for one in decision.intents
    )
    return "" if asked else "The settings leave its number to a person now."


def _require_still_right(work: Work) -> None:
    """What others may have done since the draft was made: credited the original, invoiced it elsewhere."""
    if work.document.role == DocumentRole.CREDIT_NOTE:
        require_something_left(work)
    elif _was_overtaken(work):
        raise Hold(HoldReason.OTHER_APP_DOCUMENT, "It was hung on the order while the draft waited.")


def _was_overtaken(work: Work) -> bool:
    """Another application invoiced the order while the draft waited, and nobody said to go on."""
    document = work.document
    if now() - document.created_at <= _FRESH:
        return False  # looked at when it was planned
    wanted = Q(kind=RulingKind.FINALIZE, document=document) | Q(kind=RulingKind.ISSUE_ANYWAY)
    if Ruling.objects.filter(wanted, order=document.order, revoked_at=None).exists():
        return False
    return has_foreign_entries(document.order, work.shop)


def _plan_again(work: Work, because: str) -> Result:
    """Numbers and dates of a series rise together, so a draft that fell behind gives way to one dated
    today, with the real payment date printed; so does one of a series that is over. A person's word to
    finalize it goes over to its successor."""
    document = work.document

    def apply() -> None:
        withdraw_document(document, by_person=False, requested_by=work.operation.requested_by)

    return Result(apply, superseded=True, detail=because)


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
    if stored.status in FINAL:
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
        if stored is None:
            record_removed(document)
            return
        record_stored_status(document, stored, by_person=True, requested_by="provider")
        ask_for_reading(document.order, requested_by="provider")

    return Result(apply, superseded=True, detail="The draft was removed at the provider.")


def as_final(work: Work, stored: StoredDocument) -> Result:
    """Record the number, and ask for everything that follows from it."""
    document = work.document
    if not stored.number:
        found = _read_back(work)
        if found is None or found.status not in FINAL or not found.number:
            raise OutcomeUnknown("The provider says that it is final and does not tell its number.")
        stored = found
    _hash, words = compare(document, stored)

    def apply() -> None:
        record_stored_status(document, stored, by_person=False, requested_by=work.operation.requested_by)

    if words:
        return Result(apply, hold_reason=HoldReason.STORED_DIFFERS, detail=words)
    return Result(apply)
