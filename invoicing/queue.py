"""The database is the queue: due rows, claims by compare-and-set, leases, and the clock."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, F, Min, OuterRef, PositiveIntegerField, Q, QuerySet, When

from invoicing.bell import ring
from invoicing.domain.lifecycle import MAX_LOSSES, OperationState, Verb
from invoicing.domain.reasons import HoldReason
from invoicing.models import DocumentOperation, OperationAttempt
from outbound.clock import now
from stores.models import Order, OrderRefresh
from stores.services import mark_for_refresh

__all__ = [
    "LeaseLost",
    "WorkSource",
    "ask_for_reading",
    "claim",
    "due_operations",
    "now",
    "register",
    "renew",
    "ring",
    "sources",
]


class LeaseLost(Exception):
    """Another worker may have the row now; whatever was under way must be left alone."""


@dataclass(frozen=True)
class WorkSource:
    """One kind of due work: how to find it, do it, and when the next of it is due."""

    task: str  # the Celery name that is rung for it
    due: Callable[[datetime, int], list[int]]
    perform: Callable[[int], None]
    next_due_at: Callable[[], datetime | None]


_sources: list[WorkSource] = []


def register(source: WorkSource) -> None:
    if all(known.task != source.task for known in _sources):
        _sources.append(source)


def sources() -> tuple[WorkSource, ...]:
    return tuple(_sources)


def lease_end(moment: datetime) -> datetime:
    return moment + timedelta(seconds=settings.LEASE_SECONDS)


def settle_time(write_started_at: datetime) -> datetime:
    """Before this moment a search may miss what a write with a lost answer has made."""
    wait = settings.HTTP_TIMEOUT_SECONDS + settings.INVOICEXPRESS_INDEX_LAG_SECONDS
    return write_started_at + timedelta(seconds=wait)


# --- operations


def due_operations(moment: datetime, limit: int) -> list[int]:
    rows = _free(
        DocumentOperation.objects.filter(state=OperationState.QUEUED, not_before__lte=moment), moment
    )
    return list(rows.order_by("not_before", "id").values_list("id", flat=True)[:limit])


def next_operation_at() -> datetime | None:
    """When the next operation can be claimed, or the next lease of a silent worker ends."""
    operations = DocumentOperation.objects
    queued = _free(operations.filter(state=OperationState.QUEUED), now()).aggregate(at=Min("not_before"))[
        "at"
    ]
    leases = operations.filter(state=OperationState.RUNNING).aggregate(at=Min("lease_until"))["at"]
    return min((moment for moment in (queued, leases) if moment is not None), default=None)


def claim(operation_id: int) -> DocumentOperation | None:
    """Take a due operation for this worker, or None if it is not due, taken, or not its turn.

    One UPDATE on `state` decides; the constraints catch what two claims of different rows could miss
    (two fiscal operations of one document, two finalizations of one series).
    """
    moment = now()
    token = secrets.token_hex(16)
    try:
        with transaction.atomic():
            taken = _claimable(operation_id, moment).update(
                state=OperationState.RUNNING,
                waiting_for="",
                lease_token=token,
                lease_until=lease_end(moment),
                attempts=F("attempts") + 1,
            )
            if not taken:
                return None
            operation = DocumentOperation.objects.select_related(
                "document__order__store", "document__account", "document__profile_version"
            ).get(pk=operation_id)
            OperationAttempt.objects.create(operation=operation, number=operation.attempts, started_at=moment)
    except IntegrityError:
        return None
    return operation


def _claimable(operation_id: int, moment: datetime) -> QuerySet[DocumentOperation]:
    rows = DocumentOperation.objects.filter(
        pk=operation_id, state=OperationState.QUEUED, not_before__lte=moment
    )
    return _free(rows, moment)


def _free(rows: QuerySet[DocumentOperation], moment: datetime) -> QuerySet[DocumentOperation]:
    """Those that may be claimed: no fiscal sibling runs, and the older ones of their series went first."""
    running_sibling = DocumentOperation.objects.filter(
        document=OuterRef("document"), is_fiscal=True, state=OperationState.RUNNING
    )
    lane = DocumentOperation.objects.filter(lane=OuterRef("lane")).exclude(pk=OuterRef("pk"))
    older_due = lane.filter(state=OperationState.QUEUED, not_before__lte=moment).filter(
        Q(lane_date__lt=OuterRef("lane_date")) | Q(lane_date=OuterRef("lane_date"), id__lt=OuterRef("id"))
    )
    return (
        rows.exclude(Q(is_fiscal=True) & Exists(running_sibling))
        .exclude(Exists(lane.filter(state=OperationState.RUNNING)))
        .exclude(Exists(older_due))
    )


def renew(operation: DocumentOperation, *, write: bool = False) -> None:
    """Prove that the lease is still ours and begin it anew; `write` also marks the write as started.

    Raises:
        LeaseLost: the sweep took it back; nothing may be sent.
    """
    moment = now()
    changes: dict[str, object] = {"lease_until": lease_end(moment)}
    if write:
        # What was not found before this write says nothing about what this write makes.
        changes |= {"write_started_at": moment, "absent_seen_at": None}
    if not held_by(operation).update(**changes):
        raise LeaseLost
    operation.lease_until = lease_end(moment)
    if write:
        operation.write_started_at, operation.absent_seen_at = moment, None


def held_by(operation: DocumentOperation) -> QuerySet[DocumentOperation]:
    """The row, if this claim still owns it: the condition of every update that ends a claim."""
    return DocumentOperation.objects.filter(
        pk=operation.pk, state=OperationState.RUNNING, lease_token=operation.lease_token
    )


def recover_lost(limit: int = 500) -> int:
    """Give operations of dead processes back to the queue; the third loss is held. Returns how many."""
    moment = now()
    lost = DocumentOperation.objects.filter(state=OperationState.RUNNING, lease_until__lt=moment)[:limit]
    return sum(_recover(operation, moment) for operation in lost)


def _recover(operation: DocumentOperation, moment: datetime) -> int:
    changes: dict[str, object] = {
        "state": OperationState.QUEUED,
        "losses": F("losses") + 1,
        "not_before": moment,
        "lease_token": "",
        "lease_until": None,
    }
    if operation.write_started_at is not None:
        changes["not_before"] = max(moment, settle_time(operation.write_started_at))
    if operation.verb == Verb.MAIL and operation.write_started_at is not None:
        # Mail has no look-up, so only a person can tell whether it went out.
        changes |= {"state": OperationState.HELD, "hold_reason": HoldReason.MAIL_PERHAPS_SENT}
    elif operation.losses + 1 >= MAX_LOSSES:
        changes |= {"state": OperationState.HELD, "hold_reason": HoldReason.CRASHED}
    with transaction.atomic():
        recovered = held_by(operation).filter(lease_until__lt=moment).update(**changes)
        if recovered:
            operation.attempt_log.filter(finished_at__isnull=True).update(
                finished_at=moment, outcome="lost", error="The process ended without a result."
            )
            if changes["state"] == OperationState.QUEUED and changes["not_before"] == moment:
                ring("invoicing.run_operation", operation.pk)
    return int(recovered)


# --- order refreshes


def due_refreshes(moment: datetime, limit: int) -> list[int]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    rows = OrderRefresh.objects.filter(free, requested__gt=F("processed"), not_before__lte=moment)
    return list(rows.order_by("not_before", "id").values_list("id", flat=True)[:limit])


def next_refresh_at() -> datetime | None:
    waiting = OrderRefresh.objects.filter(requested__gt=F("processed"))
    free = waiting.filter(lease_until__isnull=True).aggregate(at=Min("not_before"))["at"]
    leased = waiting.filter(lease_until__isnull=False).aggregate(at=Min("lease_until"))["at"]
    return min((moment for moment in (free, leased) if moment is not None), default=None)


def ask_for_reading(order: Order, *, requested_by: str) -> None:
    """Have the order read and decided again, and ring for it."""
    refresh = mark_for_refresh(order, requested_by=requested_by)
    ring("invoicing.refresh_order", refresh.pk)


def claim_refresh(refresh_id: int) -> OrderRefresh | None:
    """Take the lane of an order, or None if nothing is asked for or another worker has it."""
    moment = now()
    token = secrets.token_hex(16)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    taken = OrderRefresh.objects.filter(
        free, pk=refresh_id, requested__gt=F("processed"), not_before__lte=moment
    ).update(
        # A lease that nobody gave back was lost with its process.
        losses=Case(
            When(lease_until__isnull=False, then=F("losses") + 1),
            default=F("losses"),
            output_field=PositiveIntegerField(),
        ),
        lease_token=token,
        lease_until=lease_end(moment),
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    return OrderRefresh.objects.select_related("order__store").get(pk=refresh_id, lease_token=token)


def release_refresh(refresh: OrderRefresh, *, error: str = "", retry_at: datetime | None = None) -> None:
    """End the claim: done up to the ring that it began with, or to be tried again at `retry_at`."""
    changes: dict[str, object] = {"lease_token": "", "lease_until": None, "last_error": error[:500]}
    if retry_at is None:
        changes |= {"processed": refresh.requested, "attempts": 0, "losses": 0}
    else:
        changes["not_before"] = retry_at
    with transaction.atomic():
        mine = OrderRefresh.objects.filter(pk=refresh.pk, lease_token=refresh.lease_token)
        if mine.update(**changes):
            delay = (retry_at - now()).total_seconds() if retry_at else 0.0
            if retry_at or OrderRefresh.objects.filter(pk=refresh.pk, requested__gt=F("processed")).exists():
                ring("invoicing.refresh_order", refresh.pk, delay=max(delay, 0.0))
