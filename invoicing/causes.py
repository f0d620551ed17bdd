"""What waits for a person, grouped by its cause: one thing to put right sets all of a group free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from invoicing.domain.deadlines import due_on
from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import OperationState
from invoicing.models import Document, DocumentOperation
from invoicing.selectors import outcome_condition, outcome_of
from stores.domain.order import OrderStatus
from stores.models import Order, Store
from stores.services import payment_moment

# More than a person can look at; what is older is shown when these are done.
MOST_ORDERS = 2000


@dataclass(frozen=True, slots=True)
class CauseKey:
    """`subject` is the one thing that is wrong or missing, such as a rate; empty where there is none."""

    store_id: int
    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order that waits, or one delivery of a document that is good."""

    key: CauseKey
    order_id: int
    shop_order_id: str
    buyer_name: str
    total: Decimal | None
    currency: str
    paid_on: date | None
    due_on: date | None
    detail: str
    document_id: int | None
    operation_id: int | None = None  # None: the decision waits, not a piece of work
    is_delivery: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    key: CauseKey
    rows: tuple[Waiting, ...]  # those that are due first come first

    @property
    def due_on(self) -> date | None:
        return self.rows[0].due_on

    @property
    def is_delivery(self) -> bool:
        return self.rows[0].is_delivery


def causes_of(stores: QuerySet[Store]) -> list[Cause]:
    """Everything that waits in these stores, the earliest deadline first, deliveries last."""
    return grouped([*_orders(stores), *_deliveries(stores)])


def cause_of(stores: QuerySet[Store], key: CauseKey) -> Cause | None:
    """One group, as it is now; None: nothing waits for it any more."""
    found = causes_of(stores.filter(pk=key.store_id))
    return next((cause for cause in found if cause.key == key), None)


def grouped(rows: Iterable[Waiting]) -> list[Cause]:
    groups: dict[tuple[CauseKey, bool], list[Waiting]] = {}
    for row in rows:
        groups.setdefault((row.key, row.is_delivery), []).append(row)
    causes = [Cause(key, tuple(sorted(found, key=_urgency))) for (key, _), found in groups.items()]
    return sorted(causes, key=lambda cause: (*_urgency(cause.rows[0]), -len(cause.rows)))


def _urgency(row: Waiting) -> tuple[bool, date, int]:
    return row.is_delivery, row.due_on or date.max, row.order_id


def _orders(stores: QuerySet[Store]) -> Iterator[Waiting]:
    work = DocumentOperation.objects.order_by("id")
    rows = (
        Order.objects.filter(outcome_condition(Outcome.HELD), store__in=stores)
        .select_related("decision", "refresh", "store")
        .prefetch_related(
            Prefetch("documents", Document.objects.defer("plan", "sent_body", "stored").order_by("id")),
            Prefetch("documents__operations", work),
        )
        .defer("payload")
        .order_by("id")[:MOST_ORDERS]
    )
    for order in rows:
        found = _waiting_order(order)
        if found is not None:
            yield found


def _waiting_order(order: Order) -> Waiting | None:
    result = outcome_of(order)
    if result.outcome is not Outcome.HELD:
        return None
    operation = None
    decision = getattr(order, "decision", None)
    if decision is not None and decision.outcome == Outcome.HELD:
        subject, detail = decision.subject, decision.detail
    else:
        operation = next(
            work
            for document in order.documents.all()
            for work in document.operations.all()
            if work.is_fiscal and work.state == OperationState.HELD
        )
        subject, detail = operation.subject, operation.detail
    paid_on = _paid_on(order)
    live = next((d for d in order.documents.all() if d.pk == result.document_id), None)
    is_numbered = live is not None and live.is_final
    dispatched_on = decision.decided_at.date() if decision is not None and paid_on is None else None
    return Waiting(
        key=CauseKey(order.store_id, result.hold_reason, subject),
        order_id=order.pk,
        shop_order_id=order.shop_order_id,
        buyer_name=order.buyer_name,
        total=order.paid_total if order.paid_total is not None else order.total,
        currency=order.currency,
        paid_on=paid_on,
        due_on=None if is_numbered else due_on(paid_on=paid_on, dispatched_on=dispatched_on),
        detail=detail,
        document_id=operation.document_id if operation else result.document_id,
        operation_id=operation.pk if operation else None,
    )


def _paid_on(order: Order) -> date | None:
    """In the store's zone."""
    moment = payment_moment(order) if order.status == OrderStatus.PAID else None
    return moment.astimezone(ZoneInfo(order.store.timezone)).date() if moment else None


def _deliveries(stores: QuerySet[Store]) -> Iterator[Waiting]:
    held = (
        DocumentOperation.objects.filter(
            state=OperationState.HELD, is_fiscal=False, document__order__store__in=stores
        )
        .select_related("document__order")
        .defer("document__plan", "document__sent_body", "document__stored", "document__order__payload")
        .order_by("id")[:MOST_ORDERS]
    )
    for operation in held:
        document, order = operation.document, operation.document.order
        yield Waiting(
            key=CauseKey(order.store_id, operation.hold_reason, operation.subject),
            order_id=order.pk,
            shop_order_id=order.shop_order_id,
            buyer_name=document.customer_name or order.buyer_name,
            total=document.gross_total,
            currency=document.currency,
            paid_on=None,
            due_on=None,
            detail=operation.detail,
            document_id=document.pk,
            operation_id=operation.pk,
            is_delivery=True,
        )
