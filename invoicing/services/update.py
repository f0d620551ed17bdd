"""Bring a draft up to date with its order: planned anew, replaced in full, read back."""

from __future__ import annotations

from django.db import transaction

from invoicing.domain.decision import EnsureUpdate
from invoicing.domain.plan import DocumentStatus, StoredDocument
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import InvoicingProfile
from invoicing.queue import ask_for_reading, renew
from invoicing.services.buyer_vat import ask_vies
from invoicing.services.create import look_at_the_order_again, then_finalize
from invoicing.services.decide_order import basis_of, basis_to_json, decide_order, parse_saved
from invoicing.services.operations import withdraw_document
from invoicing.services.record import record_removed, record_stored_status
from invoicing.services.refused_customer import until_accepted
from invoicing.services.revise import revise_draft
from invoicing.services.verify import as_draft
from invoicing.services.work import Result, Work
from outbound.errors import NotFound, OutcomeUnknown, Rejected, Unavailable


def update_draft(work: Work) -> Result:
    """Send the whole draft again; repeating it changes nothing more, so a lost answer needs no search."""
    document = work.document
    if document.status != DocumentStatus.DRAFT:
        return look_at_the_order_again(document, f"The document is {document.status}.")
    decision = decide_order(document.order, requested_by=work.operation.requested_by)
    if EnsureUpdate(document.pk) not in decision.intents:
        return Result(superseded=True, detail=f"The order no longer calls for it: {decision.outcome}.")
    if not _plan_anew(work):
        return _withdraw(work)
    try:
        until_accepted(work, lambda: _send(work))
    except (NotFound, Rejected) as refusal:
        return _after_refusal(work, refusal)
    return then_finalize(work, as_draft(document, _read_back(work)))


def _plan_anew(work: Work) -> bool:
    """Commit the new plan before anything is sent. False: no draft can become what is wanted now."""
    document, order = work.document, work.document.order
    invoicing = InvoicingProfile.objects.select_related("account", "current").get(store=order.store_id)
    assert invoicing.current is not None
    profile = invoicing.current.value()
    reading = parse_saved(order, profile)
    if reading.snapshot is None:
        raise Hold(reading.problem or HoldReason.ORDER_UNREADABLE, reading.detail)
    ask_vies(reading.snapshot, profile)
    basis = basis_to_json(basis_of(reading.snapshot))
    if basis == document.basis:
        return True  # planned by an earlier try
    with transaction.atomic():
        renew(work.operation)
        return revise_draft(document, order, reading.snapshot, invoicing, basis=basis)


def _send(work: Work) -> None:
    document = work.document
    body = work.provider.render_update(document.planned(), series_id=document.series_id)
    work.begin_write()
    work.provider.update(work.kind, document.provider_id, body)


def _read_back(work: Work) -> StoredDocument:
    """The answer may be empty, so what is stored now is read; not being able to leaves it unknown."""
    try:
        return work.provider.read(work.kind, work.document.provider_id)
    except (Unavailable, NotFound) as error:
        raise OutcomeUnknown(error.message) from None


def _after_refusal(work: Work, refusal: NotFound | Rejected) -> Result:
    """A draft that somebody removed or finalized there cannot be changed: their word counts."""
    document = work.document
    try:
        stored: StoredDocument | None = work.provider.read(work.kind, document.provider_id)
    except NotFound:
        stored = None
    if stored is not None and stored.status is DocumentStatus.DRAFT:
        raise refusal

    def apply() -> None:
        if stored is None:
            record_removed(document)
            return
        record_stored_status(document, stored, by_person=True, requested_by="provider")
        ask_for_reading(document.order, requested_by="provider")

    what = "gone" if stored is None else stored.status
    return Result(apply, superseded=True, detail=f"It is {what} at the provider.")


def _withdraw(work: Work) -> Result:
    document = work.document

    def apply() -> None:
        withdraw_document(document, by_person=False, requested_by=work.operation.requested_by)

    return Result(apply, superseded=True, detail="The order calls for another kind of document.")
