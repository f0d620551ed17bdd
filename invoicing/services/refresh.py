"""The lane of one order: read it from the shop, save it, decide."""

from __future__ import annotations

from datetime import timedelta
from random import random

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble  # a broken connection is no DatabaseError
from django.db import transaction

from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import MAX_LOSSES, MAX_TRIES, retry_delay
from invoicing.domain.reasons import HoldReason
from invoicing.models import InvoicingProfile, OrderDecision
from invoicing.queue import claim_refresh, now, release_refresh
from invoicing.services.accounts import FACTS_MISSING, renew_facts
from invoicing.services.availability import Paused, waits_until
from invoicing.services.buyer_vat import VatNumberUnchecked, ask_vies
from invoicing.services.decide_order import decide_order, parse_saved
from invoicing.services.other_apps import has_foreign_entries
from invoicing.services.read_order import read_order
from outbound.errors import NotFound, OutboundError, Rejected, Unavailable, Unexpected
from stores.domain.order import OrderStatus
from stores.models import Order, OrderRefresh
from stores.platform import platform_for

logger = structlog.get_logger(__name__)


def refresh_order(refresh_id: int) -> None:
    """Carry out the refresh if it is due and free; leave without a word if not."""
    refresh = claim_refresh(refresh_id)
    if refresh is None:
        return
    if refresh.losses >= MAX_LOSSES:
        _set_aside(refresh)
        return
    try:
        _read_and_decide(refresh)
    except VatNumberUnchecked as error:
        _try_later(refresh, error)  # decided as far as it can be; the ladder asks again
    except NotFound:
        _hold_order(refresh.order, HoldReason.NOT_FOUND, "The shop has no such order.")
        release_refresh(refresh)
    except OutboundError as error:
        if _is_hopeless(refresh, error):
            # Held visibly, and asked again all the same: the shop may change its mind.
            _hold_order(refresh.order, HoldReason.ORDER_UNREADABLE, error.message)
        _try_later(refresh, error)
    except DatabaseTrouble:
        raise  # nothing was decided; the lease brings it back
    except Exception as error:
        # Held visibly at once, and tried again later: a deploy may bring the correction.
        logger.exception("refresh_failed", order=refresh.order.shop_order_id)
        _hold_order(refresh.order, HoldReason.INTERNAL, f"{type(error).__name__}: {error}")
        _try_later(refresh, error)
    else:
        release_refresh(refresh)


def _is_hopeless(refresh: OrderRefresh, error: OutboundError) -> bool:
    """The shop understood and refused, or fails for this order alone as often as work is tried at all."""
    if isinstance(error, Rejected | Unexpected):
        return True
    is_counted = isinstance(error, Unavailable) and error.counts
    return is_counted and refresh.attempts + 1 >= MAX_TRIES


def _set_aside(refresh: OrderRefresh) -> None:
    """Reading this order killed the process again and again: held visibly, and tried once a long step."""
    _hold_order(refresh.order, HoldReason.CRASHED, f"{refresh.losses} processes died reading the order.")
    OrderRefresh.objects.filter(pk=refresh.pk).update(losses=MAX_LOSSES - 1)
    wait = timedelta(seconds=settings.RETRY_MAX_SECONDS)
    release_refresh(refresh, error="The process died.", retry_at=now() + wait)


def _read_and_decide(refresh: OrderRefresh) -> None:
    order = refresh.order
    shop = platform_for(order.store).connect(order.store)
    read_order(order, shop)
    _refresh_facts_if_they_hold(order)
    is_taken = _is_about_to_plan(order) and has_foreign_entries(order, shop)
    decision = decide_order(order, requested_by=refresh.requested_by, has_foreign_entries=is_taken)
    if decision.reason is not HoldReason.VAT_NUMBER_UNCHECKED:
        return
    unchecked = _ask_about_the_buyer(order)
    decide_order(order, requested_by=refresh.requested_by, has_foreign_entries=is_taken)
    if unchecked is not None:
        raise unchecked


def _ask_about_the_buyer(order: Order) -> VatNumberUnchecked | None:
    """Only where the decision waits for it: what is left out, unpaid or cancelled asks nobody."""
    invoicing = InvoicingProfile.objects.select_related("current").filter(store=order.store).first()
    if invoicing is None or invoicing.current is None:
        return None
    profile = invoicing.current.value()
    snapshot = parse_saved(order, profile).snapshot
    try:
        if snapshot is not None:
            ask_vies(snapshot, profile)
    except VatNumberUnchecked as error:
        return error
    return None


def _refresh_facts_if_they_hold(order: Order) -> None:
    """An order waits for a tax or a series: has the account got it by now?"""
    invoicing = InvoicingProfile.objects.select_related("account").filter(store=order.store).first()
    if invoicing is None:
        return
    is_one_missing = OrderDecision.objects.filter(order=order, reason__in=FACTS_MISSING).exists()
    renew_facts(invoicing.account, is_one_missing=is_one_missing, besides=order)


def _is_about_to_plan(order: Order) -> bool:
    if order.status not in (OrderStatus.PAID, OrderStatus.UNPAID):
        return False  # unpaid ones may be invoiced when they are shipped
    live = order.documents.filter(role="invoice", reversed_at__isnull=True)
    return not live.exclude(status__in=("deleted", "canceled")).exists()


def _hold_order(order: Order, reason: HoldReason, detail: str) -> None:
    OrderDecision.objects.update_or_create(
        order=order,
        defaults={
            "outcome": Outcome.HELD,
            "reason": reason,
            "detail": detail,
            "subject": "",
            "decided_at": now(),
        },
    )


def _try_later(refresh: OrderRefresh, error: Exception) -> None:
    """Never given up: a paid order may hide behind it. The longest step bounds the wait."""
    if isinstance(error, Paused):
        with transaction.atomic():
            release_refresh(refresh, error=str(error), retry_at=waits_until(error.target))
        return
    wait = getattr(error, "retry_after", None) if isinstance(error, Unavailable) else None
    if wait is None:
        seconds = retry_delay(
            refresh.attempts,
            first=settings.RETRY_FIRST_SECONDS,
            longest=settings.RETRY_MAX_SECONDS,
            jitter=random(),
        )
        wait = timedelta(seconds=seconds)
    release_refresh(refresh, error=f"{type(error).__name__}: {error}", retry_at=now() + wait)
