"""What staff may do with work that waits, and the frame in which every verb of staff runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from invoicing.domain.lifecycle import OPEN_STATES, OperationState, Verb, may_start
from invoicing.domain.plan import DocumentStatus
from invoicing.models import Document, DocumentOperation
from invoicing.queue import now, ring, settle_time
from invoicing.services.ruling_answers import Answer, Because, already, done, in_progress, not_possible
from stores.models import Order, OrderRefresh
from stores.services import mark_for_refresh


class _Refused(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.kind)
        self.answer = answer


def with_order(order_id: int, act: Callable[[Order], Answer]) -> Answer:
    """Run a verb under the lock of its order. Unless it was done, nothing that it tried remains."""
    try:
        with transaction.atomic():
            order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order_id)
            answer = act(order)
            if not answer.is_done:
                raise _Refused(answer)
            return answer
    except _Refused as refusal:
        return refusal.answer


def name_of(user: User) -> str:
    """How rows name the person who asked."""
    return f"staff:{user.get_username()}"[:64]


def open_operations(document: Document, *verbs: Verb) -> list[DocumentOperation]:
    return list(document.operations.filter(verb__in=verbs, state__in=OPEN_STATES).order_by("id"))


def retry_operation(operation: DocumentOperation, *, user: User) -> Answer:
    """Held work goes back to the queue with its tries counted anew.

    A fiscal write whose outcome may be unknown keeps that doubt and its quarantine. A mail loses it:
    the person has decided to send again.
    """

    def act(_order: Order) -> Answer:
        row = DocumentOperation.objects.select_related("document").get(pk=operation.pk)
        if row.state in (OperationState.QUEUED, OperationState.RUNNING):
            return in_progress()
        if row.state == OperationState.DONE:
            return already()
        if row.state != OperationState.HELD:
            return not_possible(Because.NOT_HELD)
        if row.verb in (Verb.CREATE, Verb.FINALIZE) and open_operations(row.document, Verb.DELETE):
            return not_possible(Because.BEING_DELETED)
        moment = now()
        changes: dict[str, Any] = {
            "state": OperationState.QUEUED,
            "tries": 0,
            "losses": 0,
            "hold_reason": "",
            "waiting_for": "",
            "not_before": moment,
            # "Absent" has to be seen twice again: the world may have changed while it was held.
            "absent_seen_at": None,
            "requested_by": name_of(user),
            "finished_at": None,
        }
        if row.verb == Verb.MAIL:
            changes["write_started_at"] = None
        elif row.write_started_at is not None:
            changes["not_before"] = max(moment, settle_time(row.write_started_at))
        if not _held(row).update(**changes):
            return in_progress()
        delay = (changes["not_before"] - moment).total_seconds()
        ring("invoicing.run_operation", row.pk, delay=delay)
        return done()

    return with_order(_order_of(operation), act)


def give_up(operation: DocumentOperation, *, user: User) -> Answer:
    """Held work that nobody needs any more ends without having been done.

    Fiscal work that the order still calls for cannot be given up: the next decision would ask for it
    again, without the memory of what was sent before.
    """

    def act(_order: Order) -> Answer:
        row = DocumentOperation.objects.select_related("document").get(pk=operation.pk)
        if row.state == OperationState.SUPERSEDED:
            return already()
        if row.state != OperationState.HELD:
            return not_possible(Because.NOT_HELD)
        is_needed = row.is_fiscal and row.verb != Verb.VERIFY  # which writes nothing
        if is_needed and may_start(Verb(row.verb), DocumentStatus(row.document.status)):
            return not_possible(Because.STILL_CALLED_FOR)
        ended = _held(row).update(
            state=OperationState.SUPERSEDED, finished_at=now(), requested_by=name_of(user)
        )
        return done() if ended else in_progress()

    return with_order(_order_of(operation), act)


def reprocess(order: Order, *, user: User) -> Answer:
    """Read the order again and decide again, in its lane."""

    def act(locked: Order) -> Answer:
        moment = now()
        waiting = OrderRefresh.objects.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=moment),
            order=locked,
            requested__gt=F("processed"),
            not_before__lte=moment,
        )
        if waiting.exists():
            return in_progress()
        refresh = mark_for_refresh(locked, requested_by=name_of(user))
        ring("invoicing.refresh_order", refresh.pk)
        return done()

    return with_order(order.pk, act)


def _order_of(operation: DocumentOperation) -> int:
    return Document.objects.values_list("order_id", flat=True).get(pk=operation.document_id)


def _held(row: DocumentOperation) -> Any:
    return DocumentOperation.objects.filter(pk=row.pk, state=OperationState.HELD)
