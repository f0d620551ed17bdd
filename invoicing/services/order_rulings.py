"""People's word on a whole order, and taking a word back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User

from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.reasons import HoldReason
from invoicing.models import Document, Ruling
from invoicing.models.document import ENDED
from invoicing.queue import now, ring
from invoicing.services.decide_order import decide_order
from invoicing.services.operations import supersede
from invoicing.services.plan import accepts_rates
from invoicing.services.refund_rulings import undo_refund
from invoicing.services.ruling_answers import (
    Answer,
    Because,
    already,
    done,
    in_progress,
    not_decided,
    not_possible,
)
from invoicing.services.ruling_facts import (
    credit_under_way,
    in_force,
    live_invoice,
    may_be_final,
    record_ruling,
    take_back,
)
from invoicing.services.ruling_work import name_of, open_operations, with_order
from stores.domain.order import OrderStatus
from stores.models import Order
from stores.services import mark_for_refresh


def do_not_invoice(order: Order, *, user: User, reason: str = "") -> Answer:
    """The order gets no document; what is planned or a draft is withdrawn."""

    def act(locked: Order) -> Answer:
        if in_force(locked, RulingKind.DO_NOT_INVOICE):
            return already()
        live = live_invoice(locked)
        if live is not None and live.is_final:
            return not_possible(Because.ALREADY_FINAL)
        if any(may_be_final(row) for row in locked.documents.exclude(status__in=ENDED)):
            return not_possible(Because.BEING_FINALIZED)
        take_back(locked, RulingKind.ISSUE_ANYWAY)
        ruling = record_ruling(locked, RulingKind.DO_NOT_INVOICE, user, reason)
        decide_order(locked, requested_by=name_of(user))
        return done(ruling)

    return with_order(order.pk, act)


def issue_anyway(order: Order, *, user: User, reason: str = "") -> Answer:
    """Invoice a paid order that the settings, another application or a person had left out."""

    def act(locked: Order) -> Answer:
        live = live_invoice(locked)
        if live is not None:
            if open_operations(live, Verb.DELETE):
                return not_possible(Because.BEING_DELETED)
            return not_possible(Because.HAS_DOCUMENT) if live.is_final else in_progress()
        if locked.status != OrderStatus.PAID:
            return not_possible(Because.NOT_PAID)
        take_back(locked, RulingKind.DO_NOT_INVOICE)
        ruling = record_ruling(locked, RulingKind.ISSUE_ANYWAY, user, reason)
        decision = decide_order(locked, requested_by=name_of(user))
        if decision.reason is HoldReason.VAT_NUMBER_UNCHECKED:
            # The word stays; the lane asks VIES, which must not be done while the order is locked.
            refresh = mark_for_refresh(locked, requested_by=name_of(user))
            ring("invoicing.refresh_order", refresh.pk)
            return done(ruling)
        return done(ruling) if live_invoice(locked) is not None else not_decided(decision)

    return with_order(order.pk, act)


def accept_rates(order: Order, *, user: User, reason: str = "") -> Answer:
    """The rates that this store charges are right, though they are another region's: so are those of every
    order of the store from now on, until the word is taken back."""

    def act(locked: Order) -> Answer:
        if accepts_rates(locked.store):
            return already()
        ruling = record_ruling(locked, RulingKind.ACCEPT_RATES, user, reason)
        decide_order(locked, requested_by=name_of(user))
        waiting = Order.objects.filter(
            store=locked.store, decision__reason=HoldReason.RATE_OF_OTHER_REGION
        ).exclude(pk=locked.pk)
        for other in waiting:
            refresh = mark_for_refresh(other, requested_by=name_of(user))
            ring("invoicing.refresh_order", refresh.pk)
        return done(ruling)

    return with_order(order.pk, act)


def revoke(ruling: Ruling, *, user: User) -> Answer:
    """Take a ruling back while it can still make a difference; the order is read and decided again."""

    def act(order: Order) -> Answer:
        row = Ruling.objects.select_related("document").get(pk=ruling.pk)
        if row.revoked_at is not None:
            return already()
        refusal = _undo(row, user)
        if refusal is not None:
            return refusal
        if not Ruling.objects.filter(pk=row.pk, revoked_at__isnull=True).update(revoked_at=now()):
            return already()
        # In its lane, because that reads the order first: it may carry another application's document.
        refresh = mark_for_refresh(order, requested_by=name_of(user))
        ring("invoicing.refresh_order", refresh.pk)
        return done(row)

    return with_order(ruling.order_id, act)


def _undo(ruling: Ruling, user: User) -> Answer | None:
    """Undo what the ruling set in motion; an answer if that is too late."""
    if ruling.kind == RulingKind.REFUND:
        return undo_refund(ruling, requested_by=name_of(user))
    if ruling.kind == RulingKind.CORRECT_BUYER:
        return _undo_correction(ruling.order)
    undo = _UNDO.get(ruling.kind)
    return undo(ruling.document) if undo and ruling.document else None


def _undo_correction(order: Order) -> Answer | None:
    """The document carries it: once that has its number, only cancelling or crediting puts it right."""
    live = live_invoice(order)
    if live is None:
        return None
    if live.is_final:
        return not_possible(Because.ALREADY_ACTED_ON)
    return not_possible(Because.BEING_FINALIZED) if may_be_final(live) else None


def _undo_finalize(document: Document) -> Answer | None:
    if document.is_final or document.is_ended:
        return not_possible(Because.ALREADY_ACTED_ON)
    if may_be_final(document):
        return not_possible(Because.BEING_FINALIZED)
    supersede(document, (Verb.FINALIZE,), detail=_TAKEN_BACK)
    return None


def _undo_delete(document: Document) -> Answer | None:
    if document.is_ended or document.is_final:
        return not_possible(Because.ALREADY_ACTED_ON)
    if _has_begun(document, Verb.DELETE):
        return not_possible(Because.BEING_DELETED)
    supersede(document, (Verb.DELETE,), detail=_TAKEN_BACK)
    Document.objects.filter(pk=document.pk).update(ended_by_person=False)
    return None


def _undo_cancel(document: Document) -> Answer | None:
    if document.is_ended:
        return not_possible(Because.ALREADY_ACTED_ON)
    if _has_begun(document, Verb.CANCEL):
        return not_possible(Because.BEING_CANCELED)
    supersede(document, (Verb.CANCEL,), detail=_TAKEN_BACK)
    return None


def _undo_approval(document: Document) -> Answer | None:
    if document.reversed_at is not None:
        return not_possible(Because.ALREADY_ACTED_ON)
    return not_possible(Because.CREDIT_UNDER_WAY) if credit_under_way(document) else None


def _has_begun(document: Document, verb: Verb) -> bool:
    return any(
        row.state == OperationState.RUNNING or row.write_started_at for row in open_operations(document, verb)
    )


_TAKEN_BACK = "The request was taken back."
_UNDO: dict[str, Callable[[Document], Answer | None]] = {
    RulingKind.FINALIZE: _undo_finalize,
    RulingKind.DELETE_DRAFT: _undo_delete,
    RulingKind.CANCEL: _undo_cancel,
    RulingKind.APPROVE_CREDIT: _undo_approval,
}
