"""People's word on one document."""

from __future__ import annotations

from django.contrib.auth.models import User

from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import OperationState, Verb, Wait, may_start
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.domain.reasons import HoldReason
from invoicing.models import Document, DocumentOperation
from invoicing.services.decide_order import decide_order
from invoicing.services.operations import ensure_operation, supersede, withdraw_document
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
    held_work,
    in_force,
    left_of,
    may_be_final,
    open_notes,
    record_ruling,
    take_back,
)
from invoicing.services.ruling_work import name_of, open_operations, retry_operation, with_order
from stores.domain.order import OrderStatus
from stores.models import Order


def request_finalize(document: Document, *, user: User, reason: str = "") -> Answer:
    """Ask for the number of a draft. One that is still being made gets it as soon as it is verified."""

    def act(order: Order) -> Answer:
        row = Document.objects.select_related("profile_version").get(pk=document.pk)
        if row.is_final:
            return already()
        overtaken = _overtaken(row)
        if overtaken is not None:
            take_back(order, RulingKind.KEEP_DRAFT, row)
            ruling = record_ruling(order, RulingKind.FINALIZE, user, reason, row)
            answer = retry_operation(overtaken, user=user)
            return done(ruling) if answer.is_done else answer
        refusal = _cannot_finalize(row)
        if refusal is not None:
            return refusal
        if _goes_on_by_itself(row) or in_force(order, RulingKind.FINALIZE, row):
            return in_progress()
        take_back(order, RulingKind.KEEP_DRAFT, row)
        ruling = record_ruling(order, RulingKind.FINALIZE, user, reason, row)
        decision = decide_order(order, requested_by=name_of(user))
        return done(ruling) if row.pk in decision.wanted else not_decided(decision)

    return with_order(document.order_id, act)


def _overtaken(row: Document) -> DocumentOperation | None:
    """Its finalizing, held for what a person may overrule: another application's document, or a doubt of the
    linter. What is against the law is held again."""
    held = row.operations.filter(verb=Verb.FINALIZE, state=OperationState.HELD)
    return held.filter(hold_reason__in=(HoldReason.OTHER_APP_DOCUMENT, HoldReason.UNLAWFUL_DOCUMENT)).first()


def _goes_on_by_itself(row: Document) -> bool:
    """Without this person's word, and without waiting for one."""
    if any(operation.waiting_for != Wait.REVIEW for operation in open_operations(row, Verb.FINALIZE)):
        return True
    profile = row.profile_version.value()
    return profile.finalize and not profile.issue_delay_minutes and row.status == DocumentStatus.PLANNED


def keep_draft(document: Document, *, user: User, reason: str = "") -> Answer:
    """Stop a draft from getting its number by itself; it gets it when somebody says so."""

    def act(order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        if row.is_final:
            return not_possible(Because.ALREADY_FINAL)
        if row.is_ended:
            return not_possible(Because.ENDED)
        if in_force(order, RulingKind.KEEP_DRAFT, row):
            return already()
        if may_be_final(row):
            return not_possible(Because.BEING_FINALIZED)
        take_back(order, RulingKind.FINALIZE, row)
        supersede(row, (Verb.FINALIZE,), detail="It is kept as a draft.")
        ruling = record_ruling(order, RulingKind.KEEP_DRAFT, user, reason, row)
        decide_order(order, requested_by=name_of(user))
        return done(ruling)

    return with_order(document.order_id, act)


def cancel_document(document: Document, *, user: User, reason: str) -> Answer:
    """Cancel a final document: it keeps its number and counts no more. The order is not invoiced again by
    itself."""

    def act(order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        if row.is_ended:
            return already()
        if not row.is_final:
            return not_possible(Because.NOT_FINAL)
        if row.role == DocumentRole.CREDIT_NOTE:
            return not_possible(Because.IS_CREDIT_NOTE)
        if credit_under_way(row) or row.reversed_at is not None:
            return not_possible(Because.CREDIT_UNDER_WAY)
        if open_notes(row):
            return not_possible(Because.HAS_CREDIT_NOTE)
        held = held_work(row, Verb.CANCEL)
        if held is not None:
            return held
        if in_force(order, RulingKind.CANCEL, row):
            return in_progress()
        ruling = record_ruling(order, RulingKind.CANCEL, user, reason, row)
        decide_order(order, requested_by=name_of(user))
        return done(ruling)

    return with_order(document.order_id, act)


def verify_document(document: Document, *, user: User) -> Answer:
    """Have what the provider holds read again and compared with the plan. Nothing is written there."""

    def act(_order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        if row.is_ended:
            return not_possible(Because.ENDED)
        if not may_start(Verb.VERIFY, DocumentStatus(row.status)):
            return not_possible(Because.NOT_MADE_YET)
        held = held_work(row, Verb.VERIFY)
        if held is not None:
            return held
        if open_operations(row, Verb.VERIFY):
            return in_progress()
        asked = ensure_operation(row, Verb.VERIFY, requested_by=name_of(user))
        return done() if asked is not None else in_progress()

    return with_order(document.order_id, act)


def _cannot_finalize(row: Document) -> Answer | None:
    if row.is_ended:
        return not_possible(Because.ENDED)
    if open_operations(row, Verb.DELETE):
        return not_possible(Because.BEING_DELETED)
    return held_work(row, Verb.CREATE, Verb.FINALIZE)


def delete_draft(document: Document, *, user: User, reason: str = "") -> Answer:
    """Remove a draft. The order is not invoiced again by itself."""

    def act(order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        if row.is_ended:
            return already()
        if row.is_final:
            return not_possible(Because.ALREADY_FINAL)
        held = held_work(row, Verb.DELETE)
        if held is not None:
            return held
        if open_operations(row, Verb.DELETE) and row.ended_by_person:
            return in_progress()
        if may_be_final(row):
            return not_possible(Because.BEING_FINALIZED)
        take_back(order, RulingKind.FINALIZE, row)
        ruling = record_ruling(order, RulingKind.DELETE_DRAFT, user, reason, row)
        # Withdrawn here, whatever the order says: the decision only has to respect it.
        withdraw_document(row, by_person=True, requested_by=name_of(user))
        decide_order(order, requested_by=name_of(user))
        return done(ruling)

    return with_order(document.order_id, act)


def approve_credit(document: Document, *, user: User, reason: str = "") -> Answer:
    """Let all that is left of a final document be credited, also where the order stays paid."""

    def act(order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        refusal = _cannot_credit(row)
        if refusal is not None:
            return refusal
        if credit_under_way(row) or left_of(row) <= 0:
            return in_progress()
        take_back(order, RulingKind.SETTLED_OTHERWISE, row)
        ruling = record_ruling(order, RulingKind.APPROVE_CREDIT, user, reason, row)
        decision = decide_order(order, requested_by=name_of(user))
        return done(ruling) if credit_under_way(row) else not_decided(decision)

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
        if credit_under_way(row) or left_of(row) <= 0:
            return not_possible(Because.CREDIT_UNDER_WAY)
        if in_force(order, RulingKind.SETTLED_OTHERWISE, row):
            return already()
        take_back(order, RulingKind.APPROVE_CREDIT, row)
        ruling = record_ruling(order, RulingKind.SETTLED_OTHERWISE, user, reason, row)
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
