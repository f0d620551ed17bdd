"""People's word: each verb leaves a ruling, and the order is decided again with it.

All of them lock the order, are safe to call twice, and change nothing when they are not possible.
"""

from __future__ import annotations

from django.contrib.auth.models import User

from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.models import Document, Ruling
from invoicing.models.document import ENDED
from invoicing.queue import now, ring
from invoicing.services.decide_order import decide_order
from invoicing.services.operations import supersede, withdraw_document
from invoicing.services.ruling_answers import (
    Answer,
    AnswerKind,
    Because,
    already,
    done,
    in_progress,
    not_decided,
    not_possible,
)
from invoicing.services.ruling_work import (
    give_up,
    name_of,
    open_operations,
    reprocess,
    retry_operation,
    with_order,
)
from stores.domain.order import OrderStatus
from stores.models import Order
from stores.services import mark_for_refresh

__all__ = [
    "Answer",
    "AnswerKind",
    "Because",
    "approve_credit",
    "delete_draft",
    "do_not_invoice",
    "give_up",
    "issue_anyway",
    "reprocess",
    "request_finalize",
    "retry_operation",
    "revoke",
    "settle_otherwise",
]
_MOVING = (OperationState.QUEUED, OperationState.RUNNING)


# --- documents


def request_finalize(document: Document, *, user: User, reason: str = "") -> Answer:
    """Ask for the number of a draft. One that is still being made gets it as soon as it is verified."""

    def act(order: Order) -> Answer:
        row = Document.objects.select_related("profile_version").get(pk=document.pk)
        if row.is_final:
            return already()
        refusal = _cannot_finalize(row)
        if refusal is not None:
            return refusal
        goes_on_by_itself = row.profile_version.value().finalize and row.status == DocumentStatus.PLANNED
        asked = _in_force(order, RulingKind.FINALIZE, row)
        if goes_on_by_itself or asked or open_operations(row, Verb.FINALIZE):
            return in_progress()
        ruling = _record(order, RulingKind.FINALIZE, user, reason, row)
        decision = decide_order(order, requested_by=name_of(user))
        return done(ruling) if row.pk in decision.wanted else not_decided(decision)

    return with_order(document.order_id, act)


def _cannot_finalize(row: Document) -> Answer | None:
    if row.is_ended:
        return not_possible(Because.ENDED)
    if open_operations(row, Verb.DELETE):
        return not_possible(Because.BEING_DELETED)
    return _held_work(row, Verb.CREATE, Verb.FINALIZE)


def delete_draft(document: Document, *, user: User, reason: str = "") -> Answer:
    """Remove a draft. The order is not invoiced again by itself."""

    def act(order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        if row.is_ended:
            return already()
        if row.is_final:
            return not_possible(Because.ALREADY_FINAL)
        held = _held_work(row, Verb.DELETE)
        if held is not None:
            return held
        if open_operations(row, Verb.DELETE) and row.ended_by_person:
            return in_progress()
        if _may_be_final(row):
            return not_possible(Because.BEING_FINALIZED)
        _take_back(order, RulingKind.FINALIZE, row)
        ruling = _record(order, RulingKind.DELETE_DRAFT, user, reason, row)
        # Withdrawn here, whatever the order says: the decision only has to respect it.
        withdraw_document(row, by_person=True, requested_by=name_of(user))
        decide_order(order, requested_by=name_of(user))
        return done(ruling)

    return with_order(document.order_id, act)


def approve_credit(document: Document, *, user: User, reason: str = "") -> Answer:
    """Let a final document be credited in full, also where the order stays paid."""

    def act(order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        refusal = _cannot_credit(row)
        if refusal is not None:
            return refusal
        if _open_notes(row):
            return in_progress()
        _take_back(order, RulingKind.SETTLED_OTHERWISE, row)
        ruling = _record(order, RulingKind.APPROVE_CREDIT, user, reason, row)
        decision = decide_order(order, requested_by=name_of(user))
        return done(ruling) if _open_notes(row) else not_decided(decision)

    return with_order(document.order_id, act)


def settle_otherwise(document: Document, *, user: User, reason: str = "") -> Answer:
    """A cancelled order keeps its final document: it was settled without a credit note."""

    def act(order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        refusal = _cannot_credit(row)
        if refusal is not None:
            return refusal
        if order.status not in (OrderStatus.CANCELED, OrderStatus.ABANDONED):
            return not_possible(Because.NOT_CANCELED)
        if _open_notes(row):
            return not_possible(Because.CREDIT_UNDER_WAY)
        if _in_force(order, RulingKind.SETTLED_OTHERWISE, row):
            return already()
        _take_back(order, RulingKind.APPROVE_CREDIT, row)
        ruling = _record(order, RulingKind.SETTLED_OTHERWISE, user, reason, row)
        decision = decide_order(order, requested_by=name_of(user))
        return done(ruling) if decision.reason is None else not_decided(decision)

    return with_order(document.order_id, act)


def _cannot_credit(row: Document) -> Answer | None:
    if row.role == DocumentRole.CREDIT_NOTE:
        return not_possible(Because.IS_CREDIT_NOTE)
    if row.reversed_at is not None:
        return already()
    if row.is_ended:
        return not_possible(Because.ENDED)
    return None if row.is_final else not_possible(Because.NOT_FINAL)


# --- orders


def do_not_invoice(order: Order, *, user: User, reason: str = "") -> Answer:
    """The order gets no document; what is planned or a draft is withdrawn."""

    def act(locked: Order) -> Answer:
        if _in_force(locked, RulingKind.DO_NOT_INVOICE):
            return already()
        live = _live_invoice(locked)
        if live is not None and live.is_final:
            return not_possible(Because.ALREADY_FINAL)
        if any(_may_be_final(row) for row in locked.documents.exclude(status__in=ENDED)):
            return not_possible(Because.BEING_FINALIZED)
        _take_back(locked, RulingKind.ISSUE_ANYWAY)
        ruling = _record(locked, RulingKind.DO_NOT_INVOICE, user, reason)
        decide_order(locked, requested_by=name_of(user))
        return done(ruling)

    return with_order(order.pk, act)


def issue_anyway(order: Order, *, user: User, reason: str = "") -> Answer:
    """Invoice a paid order that the settings, another application or a person had left out."""

    def act(locked: Order) -> Answer:
        live = _live_invoice(locked)
        if live is not None:
            if open_operations(live, Verb.DELETE):
                return not_possible(Because.BEING_DELETED)
            return not_possible(Because.HAS_DOCUMENT) if live.is_final else in_progress()
        if locked.status != OrderStatus.PAID:
            return not_possible(Because.NOT_PAID)
        _take_back(locked, RulingKind.DO_NOT_INVOICE)
        ruling = _record(locked, RulingKind.ISSUE_ANYWAY, user, reason)
        decision = decide_order(locked, requested_by=name_of(user))
        return done(ruling) if _live_invoice(locked) is not None else not_decided(decision)

    return with_order(order.pk, act)


def revoke(ruling: Ruling, *, user: User) -> Answer:
    """Take a ruling back while it can still make a difference; the order is read and decided again."""

    def act(order: Order) -> Answer:
        row = Ruling.objects.select_related("document").get(pk=ruling.pk)
        if row.revoked_at is not None:
            return already()
        refusal = _undo(row)
        if refusal is not None:
            return refusal
        if not Ruling.objects.filter(pk=row.pk, revoked_at__isnull=True).update(revoked_at=now()):
            return already()
        # In its lane, because that reads the order first: it may carry another application's document.
        refresh = mark_for_refresh(order, requested_by=name_of(user))
        ring("invoicing.refresh_order", refresh.pk)
        return done(row)

    return with_order(ruling.order_id, act)


def _undo(ruling: Ruling) -> Answer | None:
    """Undo what the ruling set in motion; an answer if that is too late."""
    document = ruling.document
    if document is None:
        return None
    if ruling.kind == RulingKind.FINALIZE:
        if document.is_final or document.is_ended:
            return not_possible(Because.ALREADY_ACTED_ON)
        if _may_be_final(document):
            return not_possible(Because.BEING_FINALIZED)
        supersede(document, (Verb.FINALIZE,), detail="The request was taken back.")
    elif ruling.kind == RulingKind.DELETE_DRAFT:
        if document.is_ended or document.is_final:
            return not_possible(Because.ALREADY_ACTED_ON)
        deletes = open_operations(document, Verb.DELETE)
        if any(row.state == OperationState.RUNNING or row.write_started_at for row in deletes):
            return not_possible(Because.BEING_DELETED)
        supersede(document, (Verb.DELETE,), detail="The request was taken back.")
        Document.objects.filter(pk=document.pk).update(ended_by_person=False)
    elif ruling.kind == RulingKind.APPROVE_CREDIT:
        if document.reversed_at is not None:
            return not_possible(Because.ALREADY_ACTED_ON)
        if _open_notes(document):
            return not_possible(Because.CREDIT_UNDER_WAY)
    return None


# --- questions


def _live_invoice(order: Order) -> Document | None:
    live = order.documents.filter(role=DocumentRole.INVOICE, reversed_at__isnull=True)
    return live.exclude(status__in=ENDED).order_by("-generation").first()


def _open_notes(document: Document) -> bool:
    return document.credit_notes.exclude(status__in=ENDED).exists()


def _held_work(document: Document, *verbs: Verb) -> Answer | None:
    for row in open_operations(document, *verbs):
        if row.state == OperationState.HELD:
            return not_possible(Because.WORK_IS_HELD, row.detail)
    return None


def _may_be_final(document: Document) -> bool:
    """Finalizing runs now, or was sent and nobody knows what came of it."""
    return any(
        row.state == OperationState.RUNNING or row.write_started_at is not None
        for row in open_operations(document, Verb.FINALIZE)
    )


def _in_force(order: Order, kind: RulingKind, document: Document | None = None) -> bool:
    return Ruling.objects.filter(order=order, kind=kind, document=document, revoked_at__isnull=True).exists()


def _take_back(order: Order, kind: RulingKind, document: Document | None = None) -> None:
    """The later word of a person replaces an earlier one that says the opposite."""
    Ruling.objects.filter(order=order, kind=kind, document=document, revoked_at__isnull=True).update(
        revoked_at=now()
    )


def _record(
    order: Order, kind: RulingKind, user: User, reason: str, document: Document | None = None
) -> Ruling:
    return Ruling.objects.create(
        order=order, kind=kind, document=document, by=user, reason=reason.replace("\x00", "").strip()[:255]
    )
