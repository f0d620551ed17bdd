"""Is it this piece of work that fails, or everything at that vendor? A harmless read tells.

While a vendor refuses us or is out, its work waits without using up tries; one probe at a time looks, by
the same read, whether it is back, and then everything that waited is set free.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from invoicing.domain.lifecycle import OperationState, Wait
from invoicing.models import DocumentOperation, InvoicingAccount
from invoicing.queue import now, ring, settle_time
from outbound.errors import AccountStopped, OutboundError, Unavailable
from stores import stops
from stores.models import OrderRefresh, Stoppable, Store

logger = structlog.get_logger(__name__)
Ping = Callable[[], None]


class Paused(Unavailable):
    """The vendor is stopped; the work was not tried and waits for `target`."""

    def __init__(self, target: Stoppable, message: str) -> None:
        self.target = target
        super().__init__(message, counts=False)


def waits_until(target: Stoppable) -> datetime:
    """When work that is put down for a stopped vendor looks again. To be called in the transaction that puts
    it down: the vendor's row is locked, so that whoever resumes it either sees that work or came before.

    Far away, because resuming sets it free; the moment only bounds a mistake.
    """
    row = type(target)._default_manager.select_for_update(of=("self",)).get(pk=target.pk)
    moment = now()
    return moment if row.stopped_at is None else moment + timedelta(seconds=settings.RETRY_MAX_SECONDS)


def wait_for(target: Stoppable) -> Wait:
    return Wait.ACCOUNT if isinstance(target, InvoicingAccount) else Wait.SHOP


def require_open(target: Stoppable) -> None:
    """
    Raises:
        Paused: the vendor is stopped; a probe of its own looks whether it is back.
    """
    if stops.is_stopped(target):
        raise Paused(target, f"{target}: stopped, see there.")


def probe(target: Stoppable, ping: Ping) -> None:
    """Look whether a stopped vendor is back, if it is time and nobody else is looking."""
    if not stops.take_probe(target):
        return
    try:
        ping()
    except AccountStopped as refusal:
        stop(target, refusal.message)
    except Unavailable as error:
        stop(target, error.message, is_outage=True, retry_after=error.retry_after)
    except OutboundError:
        resume(target)  # it answers, whatever it says
    else:
        resume(target)


def is_out(target: Stoppable, ping: Ping) -> bool:
    """After a failure: whether a harmless read fails as well. If so, the vendor is stopped."""
    try:
        ping()
    except AccountStopped as refusal:
        stop(target, refusal.message)
        return True
    except Unavailable as error:
        if not error.counts:
            return False  # our own pace, or a vendor that asks for patience
        stop(target, error.message, is_outage=True, retry_after=error.retry_after)
        return True
    except OutboundError:
        return False
    return False


def stop(
    target: Stoppable,
    reason: str,
    *,
    is_outage: bool = False,
    is_quota: bool = False,
    retry_after: timedelta | None = None,
) -> None:
    """Stop the vendor's work, with one notice however many orders meet it."""
    if stops.stop(target, reason, is_outage=is_outage, is_quota=is_quota, retry_after=retry_after):
        event = "vendor_out" if is_outage else "credentials_refused"
        logger.error(event, target=str(target), reason=reason)


def resume(target: Stoppable) -> None:
    """It answers: what waited for it may go on."""
    with transaction.atomic():
        if stops.resume(target):
            logger.warning("vendor_works_again", target=str(target))
            _release_operations(target)
            if isinstance(target, Store):
                _release_refreshes(target)


def _release_operations(target: Stoppable) -> None:
    moment = now()
    owner = {
        "document__account" if isinstance(target, InvoicingAccount) else "document__order__store": target
    }
    waiting = DocumentOperation.objects.filter(
        state=OperationState.QUEUED, waiting_for=wait_for(target), **owner
    )
    for pk, started_at in waiting.values_list("pk", "write_started_at"):
        # A write whose outcome is unknown keeps its quarantine.
        at = moment if started_at is None else max(moment, settle_time(started_at))
        freed = DocumentOperation.objects.filter(
            pk=pk, state=OperationState.QUEUED, waiting_for=wait_for(target)
        ).update(not_before=at, waiting_for="" if at == moment else Wait.QUARANTINE)
        if freed and at == moment:
            ring("invoicing.run_operation", pk)


def _release_refreshes(store: Store) -> None:
    moment = now()
    waiting = OrderRefresh.objects.filter(
        order__store=store, requested__gt=F("processed"), not_before__gt=moment
    )
    for pk in waiting.values_list("pk", flat=True):
        OrderRefresh.objects.filter(pk=pk, not_before__gt=moment).update(not_before=moment, attempts=0)
        ring("invoicing.refresh_order", pk)
