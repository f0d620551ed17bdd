"""Settle an invoice that was issued before the money came: one receipt, over all that is still owed."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum

from invoicing.domain.decision import EnsureSettle
from invoicing.domain.mechanisms import Mechanism, mechanism_of
from invoicing.domain.plan import DocumentStatus, StoredDocument
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Document
from invoicing.queue import ask_for_reading, now
from invoicing.services.decide_order import decide_order, parse_saved
from invoicing.services.read_order import read_order
from invoicing.services.record import FINAL, record_stored_status
from invoicing.services.work import Result, Work
from outbound.errors import NotFound, OutcomeUnknown, Unavailable
from stores.services import in_zone, payment_moment


def settle_document(work: Work) -> Result:
    """A receipt cannot be taken back, so the invoice is read before each try: settled once is enough."""
    document = work.document
    if document.status != DocumentStatus.FINAL:
        return Result(superseded=True, detail=f"The document is {document.status}.")
    stored = work.provider.read(work.kind, document.provider_id)
    if stored.status is DocumentStatus.SETTLED:
        return _settled(work, stored, "")
    if stored.status is not DocumentStatus.FINAL:
        return _changed_there(work, stored)
    read_order(document.order, work.shop)
    decision = decide_order(document.order, requested_by=work.operation.requested_by)
    if EnsureSettle(document.pk) not in decision.intents:
        return Result(superseded=True, detail=f"The order no longer calls for it: {decision.outcome}.")
    paid_on = in_zone(document.order.store, payment_moment(document.order) or now()).date()
    work.begin_write()
    receipt = work.provider.settle(
        document.provider_id,
        _owed(document),
        paid_on=max(paid_on, document.issued_on),
        mechanism=_mechanism(document),
        note=document.reference,
    )
    return _settled(work, _read_back(work), receipt)


def _owed(document: Document) -> Decimal:
    """No receipt is over more than what is open, which credit notes have lowered."""
    notes = document.credit_notes.filter(status__in=FINAL)
    return document.gross_total - (notes.aggregate(total=Sum("gross_total"))["total"] or Decimal(0))


def _mechanism(document: Document) -> Mechanism:
    snapshot = parse_saved(document.order, document.profile_version.value()).snapshot
    return mechanism_of(snapshot.payment_method, snapshot.payment_type) if snapshot else Mechanism.OTHER


def _read_back(work: Work) -> StoredDocument:
    try:
        return work.provider.read(work.kind, work.document.provider_id)
    except (Unavailable, NotFound) as error:
        raise OutcomeUnknown(error.message) from None


def _settled(work: Work, stored: StoredDocument, receipt: str) -> Result:
    document = work.document
    if stored.status is DocumentStatus.FINAL and not receipt:
        raise OutcomeUnknown("The provider accepted the payment and still shows it unpaid.")
    if stored.status is not DocumentStatus.SETTLED:
        raise Hold(HoldReason.UNEXPECTED_STATUS, f"A receipt was made, but the document is {stored.status}.")

    def apply() -> None:
        record_stored_status(document, stored, by_person=False, requested_by=work.operation.requested_by)
        Document.objects.filter(pk=document.pk).update(paid_at=payment_moment(document.order) or now())

    return Result(apply, detail=f"RC {receipt}" if receipt else "")


def _changed_there(work: Work, stored: StoredDocument) -> Result:
    document = work.document

    def apply() -> None:
        record_stored_status(document, stored, by_person=True, requested_by="provider")
        ask_for_reading(document.order, requested_by="provider")

    return Result(apply, superseded=True, detail=f"It is {stored.status} at the provider.")
