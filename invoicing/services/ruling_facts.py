"""What the verbs of staff ask of an order before they act, and the row that keeps a person's word."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Sum

from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.models import Document, Ruling
from invoicing.models.document import ENDED
from invoicing.queue import now
from invoicing.services.ruling_answers import Answer, Because, not_possible
from invoicing.services.ruling_work import open_operations
from stores.models import Order


def live_invoice(order: Order) -> Document | None:
    live = order.documents.filter(role=DocumentRole.INVOICE, reversed_at__isnull=True)
    return live.exclude(status__in=ENDED).order_by("-generation").first()


def open_notes(document: Document) -> bool:
    return document.credit_notes.exclude(status__in=ENDED).exists()


def credit_under_way(document: Document) -> bool:
    """A note over the whole of it, or over all that was left, is on its way to its number."""
    drafts = (DocumentStatus.PLANNED, DocumentStatus.DRAFT)
    return document.credit_notes.filter(refund__isnull=True, status__in=drafts).exists()


def left_of(document: Document) -> Decimal:
    """What no note of ours takes back, those under way counted, with VAT."""
    notes = document.credit_notes.exclude(status__in=ENDED)
    return document.gross_total - (notes.aggregate(total=Sum("gross_total"))["total"] or Decimal(0))


def held_work(document: Document, *verbs: Verb) -> Answer | None:
    for row in open_operations(document, *verbs):
        if row.state == OperationState.HELD:
            return not_possible(Because.WORK_IS_HELD, row.detail)
    return None


def may_be_final(document: Document) -> bool:
    """Finalizing runs now, or was sent and nobody knows what came of it."""
    return any(
        row.state == OperationState.RUNNING or row.write_started_at is not None
        for row in open_operations(document, Verb.FINALIZE)
    )


def in_force(order: Order, kind: RulingKind, document: Document | None = None) -> bool:
    return Ruling.objects.filter(order=order, kind=kind, document=document, revoked_at__isnull=True).exists()


def take_back(order: Order, kind: RulingKind, document: Document | None = None) -> None:
    """The later word of a person replaces an earlier one that says the opposite."""
    Ruling.objects.filter(order=order, kind=kind, document=document, revoked_at__isnull=True).update(
        revoked_at=now()
    )


def record_ruling(
    order: Order,
    kind: RulingKind,
    user: User,
    reason: str,
    document: Document | None = None,
    *,
    data: dict[str, Any] | None = None,
) -> Ruling:
    """`data` is what the word says beyond its kind, ready for JSON."""
    return Ruling.objects.create(
        order=order,
        kind=kind,
        document=document,
        by=user,
        reason=reason.replace("\x00", "").strip()[:255],
        data=data or {},
    )
