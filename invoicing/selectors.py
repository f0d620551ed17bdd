"""Questions about orders and documents, answered from rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.outcome import OrderOutcome, PaperView, WorkView, order_outcome
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.models import Document, DocumentOperation
from invoicing.services.links import document_link
from stores.models import Order, Store

EXPORT_FIELDS = (
    "order_id",
    "order_status",
    "paid_total",
    "outcome",
    "hold_reason",
    "kind",
    "reference",
    "provider_id",
    "number",
    "status",
    "gross_total",
    "operation_state",
    "credited_total",
    "document_url",
)


def orders_with_work(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Everything that `outcome_of` needs, in a fixed number of queries."""
    return orders.select_related("decision", "refresh", "store").prefetch_related(
        Prefetch("documents", Document.objects.order_by("id")),
        Prefetch("documents__operations", DocumentOperation.objects.order_by("id")),
    )


def outcome_of(order: Order) -> OrderOutcome:
    """The one outcome of an order; see `invoicing.domain.outcome`."""
    decision = getattr(order, "decision", None)
    refresh = getattr(order, "refresh", None)
    documents = list(order.documents.all())
    work = [
        WorkView(
            document.pk,
            Verb(operation.verb),
            OperationState(operation.state),
            operation.is_fiscal,
            operation.hold_reason,
        )
        for document in documents
        for operation in document.operations.all()
    ]
    return order_outcome(
        Outcome(decision.outcome) if decision else None,
        decision.reason if decision else "",
        [_paper(document) for document in documents],
        work,
        refresh_is_open=refresh is not None and refresh.requested > refresh.processed,
    )


def outcome_condition(outcome: Outcome) -> Q:
    """Orders with this outcome, as a condition on rows."""
    excluded, held = Q(decision__outcome=Outcome.EXCLUDED), Q(decision__outcome=Outcome.HELD)
    held_work = Q(Exists(_fiscal(OperationState.HELD)))
    if outcome is Outcome.EXCLUDED:
        return excluded
    if outcome is Outcome.HELD:
        return held | (held_work & ~excluded)
    return ~(excluded | held | held_work) & _from_documents(outcome)


def _from_documents(outcome: Outcome) -> Q:
    pending = Q(decision__outcome=Outcome.PENDING)
    undecided = Q(decision__isnull=True)
    papers = Document.objects.filter(order=OuterRef("pk"), role="invoice")
    live = papers.filter(reversed_at__isnull=True).exclude(status__in=("deleted", "canceled"))
    later = papers.filter(generation__gt=OuterRef("generation"), order=OuterRef("order_id"))
    latest = papers.exclude(Exists(later))
    has_paper, has_live = Q(Exists(papers)), Q(Exists(live))
    reversed_last = ~has_live & Q(Exists(latest.filter(reversed_at__isnull=False)))
    deleted_last = ~has_live & Q(Exists(latest.filter(status=DocumentStatus.DELETED)))
    canceled_last = ~has_live & Q(Exists(latest.filter(status=DocumentStatus.CANCELED)))
    credited = Q(decision__outcome=Outcome.CREDITED)
    busy = Q(Exists(live.filter(status=DocumentStatus.PLANNED))) | (
        has_live & Q(Exists(_fiscal(OperationState.QUEUED, OperationState.RUNNING)))
    )
    match outcome:
        case Outcome.PENDING:
            return undecided | (pending & (~has_paper | deleted_last)) | busy
        case Outcome.ISSUED:
            return ~undecided & has_live & ~busy
        case Outcome.CREDITED:
            return ~undecided & (reversed_last | (canceled_last & credited) | (credited & ~has_paper))
        case Outcome.DELETED:
            ended = (deleted_last & ~pending) | (canceled_last & ~credited)
            return ~undecided & (ended | (Q(decision__outcome=Outcome.DELETED) & ~has_paper))
        case _:
            return Q(decision__outcome=outcome) & ~has_paper


def _fiscal(*states: OperationState) -> QuerySet[DocumentOperation]:
    return DocumentOperation.objects.filter(
        document__order=OuterRef("pk"), is_fiscal=True, state__in=[str(state) for state in states]
    )


def _paper(document: Document) -> PaperView:
    return PaperView(
        id=document.pk,
        role=DocumentRole(document.role),
        generation=document.generation,
        status=DocumentStatus(document.status),
        gross_total=document.gross_total,
        is_reversed=document.reversed_at is not None,
        original_id=document.original_id,
    )


def export_rows(
    store: Store, *, start: date | None = None, end: date | None = None
) -> Iterator[dict[str, Any]]:
    """One row per known order of the store, oldest first. Days are the store's, both ends included;
    an order's day is that on which it was made at the shop, else the day we first heard of it."""
    orders = Order.objects.filter(store=store).order_by("id")
    zone = ZoneInfo(store.timezone)
    if start is not None:
        first = datetime.combine(start, time.min, zone)
        orders = orders.filter(Q(ordered_at__gte=first) | Q(ordered_at__isnull=True, created_at__gte=first))
    if end is not None:
        last = datetime.combine(end, time.max, zone)
        orders = orders.filter(Q(ordered_at__lte=last) | Q(ordered_at__isnull=True, created_at__lte=last))
    for order in orders_with_work(orders).iterator(chunk_size=500):
        yield export_row(order)


def export_row(order: Order) -> dict[str, Any]:
    """The line of one order, which comes from `orders_with_work`."""
    result = outcome_of(order)
    document = next((d for d in order.documents.all() if d.pk == result.document_id), None)
    paid = order.paid_total if order.paid_total is not None else order.total  # what is, or would be, paid
    return {
        "order_id": order.shop_order_id,
        "order_status": order.status,
        "paid_total": None if paid is None else f"{paid:.2f}",
        "outcome": str(result.outcome),
        "hold_reason": result.hold_reason or None,
        "kind": document.kind if document else None,
        "reference": document.reference if document else None,
        "provider_id": (document.provider_id or None) if document else None,
        "number": (document.number or None) if document else None,
        "status": document.status if document else None,
        "gross_total": f"{document.gross_total:.2f}" if document else None,
        "operation_state": str(result.operation_state) if result.operation_state else None,
        "credited_total": f"{result.credited_total:.2f}",
        "document_url": document_link(document) if document and document.is_final else None,
    }
