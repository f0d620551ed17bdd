"""Verbs on stores and orders."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from outbound.clock import now
from stores.domain.order import OrderFacts, OrderStatus
from stores.domain.payment import Payment, PaymentFacts, SeenBy, payment_of
from stores.models import Order, OrderRefresh, Store


def reference_prefix_for(code: str) -> str:
    """A prefix for document references that no other store has, e.g. ``LOJA-EXEMPLO``."""
    base = re.sub(r"[^A-Z0-9]+", "-", code.upper()).strip("-")[:20] or "STORE"
    taken = set(
        Store.objects.filter(reference_prefix__startswith=base).values_list("reference_prefix", flat=True)
    )
    candidates = (base, *(f"{base}-{number}" for number in range(2, 1000)))
    return next(candidate for candidate in candidates if candidate not in taken)


def hear_of_order(store: Store, shop_order_id: str) -> Order:
    """The order's row, made on first contact."""
    order, _created = Order.objects.get_or_create(store=store, shop_order_id=shop_order_id)
    return order


def mark_for_refresh(order: Order, *, requested_by: str) -> OrderRefresh:
    """Ask for the order to be read and decided. Any number of calls come to at least one reading."""
    moment = now()
    refresh, created = OrderRefresh.objects.get_or_create(
        order=order, defaults={"requested": 1, "not_before": moment, "requested_by": requested_by}
    )
    if not created:
        OrderRefresh.objects.filter(pk=refresh.pk).update(
            requested=F("requested") + 1, not_before=moment, requested_by=requested_by
        )
    return refresh


def mark_many_for_refresh(order_ids: Collection[int], *, requested_by: str) -> list[int]:
    """The same for many orders, in a fixed number of queries. Returns the refreshes that were marked: one
    that is due already, with nobody at it, is left as it is."""
    moment = now()
    with transaction.atomic():
        OrderRefresh.objects.bulk_create(
            [OrderRefresh(order_id=pk, not_before=moment) for pk in sorted(order_ids)], ignore_conflicts=True
        )
        waits = Q(requested__gt=F("processed"), lease_until__isnull=True, not_before__lte=moment)
        rows = OrderRefresh.objects.filter(order_id__in=order_ids).exclude(waits)
        # In one order, so that two of these cannot wait for each other.
        marked = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
        OrderRefresh.objects.filter(pk__in=marked).update(
            requested=F("requested") + 1, not_before=moment, requested_by=requested_by
        )
    return marked


def record_sighting(order: Order, status: OrderStatus | None, seen_at: datetime, *, by: SeenBy) -> None:
    """Remember when the order was seen paid or not paid; the payment's date is derived from it.

    An event may arrive late or twice, so the earliest paid event after the last unpaid sighting counts.
    """
    if status is None:
        return
    rows = Order.objects.filter(pk=order.pk)
    if status is not OrderStatus.PAID:
        older = Q(last_seen_unpaid_at__isnull=True) | Q(last_seen_unpaid_at__lt=seen_at)
        rows.filter(older).update(last_seen_unpaid_at=seen_at)
        rows.filter(first_seen_paid_at__lt=seen_at).update(first_seen_paid_at=None, first_seen_paid_by="")
        return
    news = Q(first_seen_paid_at__isnull=True)
    if by is not SeenBy.READING:
        news |= Q(first_seen_paid_at__gt=seen_at)
    after_unpaid = Q(last_seen_unpaid_at__isnull=True) | Q(last_seen_unpaid_at__lt=seen_at)
    rows.filter(news, after_unpaid).update(first_seen_paid_at=seen_at, first_seen_paid_by=by)


def save_reading(order: Order, payload: str, facts: OrderFacts, *, read_started_at: datetime) -> bool:
    """Keep a reading unless a later one is already kept. Returns whether it was kept."""
    earlier = Q(read_started_at__isnull=True) | Q(read_started_at__lt=read_started_at)
    with transaction.atomic():
        kept = Order.objects.filter(earlier, pk=order.pk).update(
            **_columns(payload, facts, read_started_at=read_started_at)
        )
        if kept:
            if facts.status not in (None, OrderStatus.PAID):
                Order.objects.filter(pk=order.pk).update(last_read_unpaid_at=read_started_at)
            record_sighting(order, facts.status, read_started_at, by=SeenBy.READING)
    order.refresh_from_db()
    return bool(kept)


def as_read(order: Order, payload: str, facts: OrderFacts, *, read_started_at: datetime) -> Order:
    """The order, saved or not, as `save_reading` would leave it: changed in memory, nothing written."""
    for name, value in _columns(payload, facts, read_started_at=read_started_at).items():
        setattr(order, name, value)
    if facts.status is OrderStatus.PAID:
        if order.first_seen_paid_at is None:
            order.first_seen_paid_at, order.first_seen_paid_by = read_started_at, SeenBy.READING
    elif facts.status is not None:
        order.last_seen_unpaid_at = order.last_read_unpaid_at = read_started_at
        order.first_seen_paid_at, order.first_seen_paid_by = None, ""
    return order


def _columns(payload: str, facts: OrderFacts, *, read_started_at: datetime) -> dict[str, Any]:
    total = facts.total if facts.total is None or abs(facts.total) < Decimal(10) ** 13 else None
    return {
        "payload": payload,
        "read_started_at": read_started_at,
        "status": facts.status or "",
        "currency": facts.currency[:3],
        "total": total,
        "buyer_name": facts.buyer_name[:255],
        "ordered_at": facts.created_at,
        "completed_at": facts.completed_at,
    }


def payment(order: Order, *, go_live_on: date | None = None) -> Payment:
    """When the order was paid, by what is known of it now; days are the store's."""
    return payment_of(payment_facts(order), ZoneInfo(order.store.timezone), go_live_on=go_live_on)


def payment_facts(order: Order) -> PaymentFacts:
    return PaymentFacts(
        completed_at=order.completed_at,
        created_at=order.ordered_at,
        last_seen_unpaid_at=order.last_seen_unpaid_at,
        first_seen_paid_at=order.first_seen_paid_at,
        seen_by=SeenBy(order.first_seen_paid_by) if order.first_seen_paid_by else None,
    )


def payment_moment(order: Order) -> datetime | None:
    """When the order was paid (aware, UTC); see `payment` for how sure that is."""
    return payment_of(payment_facts(order), UTC).at


def in_zone(store: Store, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(store.timezone))
