"""People's refunds: a part of a final document is taken back, once, and by exactly what was confirmed."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.auth.models import User

from invoicing.domain.credit_reasons import PRINTED
from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import Verb
from invoicing.domain.plan import DocumentPlan, DocumentRole
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.refund import RefundRequest, refund_to_json
from invoicing.models import Document, Ruling
from invoicing.services.decide_order import decide_order
from invoicing.services.operations import withdraw_document
from invoicing.services.plan_notes import refund_plan
from invoicing.services.ruling_answers import (
    Answer,
    Because,
    already,
    done,
    not_decided,
    not_possible,
)
from invoicing.services.ruling_facts import (
    credit_under_way,
    in_force,
    left_of,
    may_be_final,
    record_ruling,
    take_back,
)
from invoicing.services.ruling_work import name_of, open_operations, with_order
from stores.models import Order

TOKEN_LENGTH = 64


def register_refund(
    document: Document,
    *,
    user: User,
    request: RefundRequest,
    token: str,
    confirmed: Decimal | None = None,
) -> Answer:
    """Take a part of a final document back by a credit note of its own, which gets its number by itself: the
    person has confirmed that act and no other.

    `token` is the form's own: the same form sent again makes nothing. `confirmed` is the amount with VAT
    that the person saw; None: whatever it comes to.

    Raises:
        ValueError: no token, or one that is too long.
    """
    if not 0 < len(token) <= TOKEN_LENGTH:
        raise ValueError("a refund needs the token of its form")

    def act(order: Order) -> Answer:
        row = Document.objects.select_related("order__store", "account").get(pk=document.pk)
        if is_registered(row, token):
            return already()
        refusal = cannot_refund(row)
        if refusal is not None:
            return refusal
        plan = preview_refund(row, request)
        if isinstance(plan, Answer):
            return plan
        gross = plan.figures.total
        if confirmed is not None and gross != confirmed:
            return not_possible(Because.REFUND_CHANGED)
        # A credit of the whole that was approved and whose draft was deleted since: this is the later word.
        take_back(order, RulingKind.APPROVE_CREDIT, row)
        data = {"gross": str(gross), "refund": refund_to_json(request), "form": {"token": token}}
        ruling = record_ruling(order, RulingKind.REFUND, user, PRINTED[request.reason], row, data=data)
        decision = decide_order(order, requested_by=name_of(user))
        return done(ruling) if _note_of(ruling) is not None else not_decided(decision)

    return with_order(document.order_id, act)


def is_registered(document: Document, token: str) -> bool:
    """Whether this very form was sent before, whatever became of its refund."""
    return Ruling.objects.filter(document=document, kind=RulingKind.REFUND, data__form__token=token).exists()


def note_of_form(document: Document, token: str) -> Document | None:
    """The note that came of the form with this token, if any."""
    return Document.objects.filter(original=document, refund__data__form__token=token).first()


def cannot_refund(document: Document) -> Answer | None:
    """Why no part of the document can be taken back now; None: it can."""
    if document.role == DocumentRole.CREDIT_NOTE:
        return not_possible(Because.IS_CREDIT_NOTE)
    if document.is_ended:
        return not_possible(Because.ENDED)
    if not document.is_final:
        return not_possible(Because.REFUND_OF_DRAFT)
    if document.reversed_at is not None:
        return not_possible(Because.FULLY_CREDITED)
    canceling = in_force(document.order, RulingKind.CANCEL, document)
    if canceling or open_operations(document, Verb.CANCEL):
        return not_possible(Because.BEING_CANCELED)
    if credit_under_way(document):
        return not_possible(Because.CREDIT_UNDER_WAY)
    return not_possible(Because.NOTHING_LEFT) if left_of(document) <= 0 else None


def preview_refund(document: Document, request: RefundRequest) -> DocumentPlan | Answer:
    """The note that the refund would make, built in memory; an answer if there can be none."""
    try:
        return refund_plan(document, request)
    except ValueError as error:
        return not_possible(Because.MORE_THAN_LEFT, str(error))
    except Hold as hold:
        is_inexact = hold.reason is HoldReason.NOT_EXACT
        because = Because.REFUND_NOT_EXACT if is_inexact else Because.MORE_THAN_LEFT
        return not_possible(because, hold.detail)


def undo_refund(ruling: Ruling, *, requested_by: str) -> Answer | None:
    """Withdraw the note of a refund; an answer if it has its number, or may have it."""
    note = _note_of(ruling)
    if note is None or note.is_ended:
        return None
    if note.is_final:
        return not_possible(Because.ALREADY_ACTED_ON)
    if may_be_final(note):
        return not_possible(Because.BEING_FINALIZED)
    withdraw_document(note, by_person=True, requested_by=requested_by)
    return None


def _note_of(ruling: Ruling) -> Document | None:
    return Document.objects.filter(refund=ruling).first()
