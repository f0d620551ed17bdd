"""What the orders of a run came to: as it was foretold, until an order was handed to its lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from invoicing.domain.decision import Outcome
from invoicing.models import Document, SyncRunOrder
from invoicing.selectors import orders_with_work, outcome_of
from stores.models import Order


@dataclass(frozen=True, slots=True)
class RowResult:
    """`document` is the order's live document, else its latest, where it has one."""

    row: SyncRunOrder
    outcome: Outcome
    reason: str
    detail: str
    document: Document | None = None


def results_of(rows: Sequence[SyncRunOrder]) -> list[RowResult]:
    """In the order given, in a fixed number of queries."""
    orders = orders_with_work(Order.objects.filter(pk__in=[row.order_id for row in rows if row.order_id]))
    known = {order.pk: order for order in orders}
    return [_result(row, known.get(row.order_id) if row.order_id else None) for row in rows]


def _result(row: SyncRunOrder, order: Order | None) -> RowResult:
    foretold = RowResult(row, Outcome(row.outcome), row.reason, row.detail)
    if order is None:
        return foretold
    result = outcome_of(order)
    document = next((d for d in order.documents.all() if d.pk == result.document_id), None)
    if row.asked_at is None:
        return RowResult(row, foretold.outcome, foretold.reason, foretold.detail, document)
    refresh = getattr(order, "refresh", None)
    if refresh is not None and refresh.requested > refresh.processed:
        # The last decision was made before this run asked.
        return RowResult(row, Outcome.PENDING, "", refresh.last_error, document)
    return RowResult(row, result.outcome, result.hold_reason, _detail(order), document)


def _detail(order: Order) -> str:
    decision = getattr(order, "decision", None)
    held = [
        operation.detail
        for document in order.documents.all()
        for operation in document.operations.all()
        if operation.is_fiscal and operation.state == "held"
    ]
    return "\n".join(text for text in ([decision.detail] if decision else []) + held if text)
