"""Keep a genuine webhook, then mark its order to be read again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Min

from invoicing.queue import WorkSource, now, ring
from jumpseller_sync.models import WebhookDelivery
from jumpseller_sync.parsing import quick_facts
from jumpseller_sync.payload import Notice
from jumpseller_sync.services.store_info import refresh_store_info
from stores.domain.order import OrderStatus
from stores.domain.payment import SeenBy
from stores.models import Order
from stores.services import hear_of_order, mark_for_refresh, record_sighting

TASK = "jumpseller_sync.process_delivery"
_PAYMENT_EVENT = "order_paid"
# The header is not signed: a time that a delivery cannot have is replaced by the time it came.
_OLDEST_TRIGGER = timedelta(days=8)
_NEWEST_TRIGGER = timedelta(minutes=5)


def keep_delivery(
    connection_id: int,
    body: bytes,
    notice: Notice,
    *,
    triggered_at: datetime | None,
    store_code: str,
    own_code: str,
) -> WebhookDelivery:
    """Commit the delivery. The same body again counts up and is looked at again: it can be news."""
    digest = hashlib.sha256(body).hexdigest()
    moment = now()
    store_code = store_code.replace("\x00", "")[:100]
    is_foreign = bool(store_code) and store_code != own_code
    # A foreign code is work even where the event is none: the store info is read again.
    has_work = is_foreign or not notice.ignored_because
    state = WebhookDelivery.State.RECEIVED if has_work else WebhookDelivery.State.IGNORED
    try:
        with transaction.atomic():
            delivery = WebhookDelivery.objects.create(
                connection_id=connection_id,
                event=notice.event,
                shop_order_id=notice.shop_order_id,
                body=body.decode("utf-8"),
                body_sha256=digest,
                triggered_at=_believable(triggered_at, moment),
                received_at=moment,
                last_received_at=moment,
                store_code=store_code,
                is_foreign_code=is_foreign,
                state=state,
                reason=notice.ignored_because,
            )
            if state == WebhookDelivery.State.RECEIVED:
                ring(TASK, delivery.pk)
            return delivery
    except IntegrityError as error:
        refusal = error
    with transaction.atomic():
        rows = WebhookDelivery.objects.filter(
            connection_id=connection_id, event=notice.event, body_sha256=digest
        )
        changes = {"store_code": store_code, "is_foreign_code": True} if is_foreign else {}
        if not rows.update(times=F("times") + 1, last_received_at=moment, state=state, **changes):
            raise refusal  # no duplicate, then: it could not be kept
        delivery = rows.get()
        if state == WebhookDelivery.State.RECEIVED:
            ring(TASK, delivery.pk)
        return delivery


def _believable(triggered_at: datetime | None, received_at: datetime) -> datetime | None:
    if triggered_at is None:
        return None
    is_possible = received_at - _OLDEST_TRIGGER <= triggered_at <= received_at + _NEWEST_TRIGGER
    return triggered_at if is_possible else None


def process_delivery(delivery_id: int) -> None:
    """Mark the order of a kept delivery. Doing it twice asks for one more reading, nothing else."""
    delivery = (
        WebhookDelivery.objects.select_related("connection__store")
        .filter(pk=delivery_id, state=WebhookDelivery.State.RECEIVED)
        .first()
    )
    if delivery is None:
        return
    state = WebhookDelivery.State.IGNORED if delivery.reason else WebhookDelivery.State.PROCESSED
    with transaction.atomic():
        is_news = not _was_processed(delivery)
        # A duplicate that arrives meanwhile counts `times` up and so keeps the row to be processed.
        done = WebhookDelivery.objects.filter(
            pk=delivery.pk, state=WebhookDelivery.State.RECEIVED, times=delivery.times
        ).update(state=state, processed_at=now())
        if not done:
            return
        if not delivery.reason:
            _mark_order(delivery, is_news=is_news)
    if delivery.is_foreign_code:
        refresh_store_info(delivery.connection)


def _was_processed(delivery: WebhookDelivery) -> bool:
    """Under any event name: that header is not signed, so a body played back can bear another."""
    same = WebhookDelivery.objects.filter(
        connection=delivery.connection_id,
        shop_order_id=delivery.shop_order_id,
        body_sha256=delivery.body_sha256,
    )
    return same.filter(processed_at__isnull=False).exists()


def _mark_order(delivery: WebhookDelivery, *, is_news: bool) -> None:
    order = hear_of_order(delivery.connection.store, delivery.shop_order_id)
    if is_news:
        # Only the first receipt tells a time: a body that is played back later is no new sighting.
        _record_event(order, delivery)
    refresh = mark_for_refresh(order, requested_by=delivery.event)
    ring("invoicing.refresh_order", refresh.pk)


def _record_event(order: Order, delivery: WebhookDelivery) -> None:
    """What the event shows, at its own time, which is never after its receipt.

    Without a time of its own it may be as old as can be: that it shows the order unpaid then says nothing
    of today, and must neither move the payment nor make a credited order look paid again.
    """
    status = quick_facts(delivery.body).status
    by = SeenBy.PAYMENT_EVENT if delivery.event == _PAYMENT_EVENT else SeenBy.EVENT
    if delivery.triggered_at is not None:
        record_sighting(order, status, min(delivery.triggered_at, delivery.received_at), by=by)
    elif status is OrderStatus.PAID:
        record_sighting(order, status, delivery.received_at, by=SeenBy.EVENT)


def _due(_moment: datetime, limit: int) -> list[int]:
    rows = WebhookDelivery.objects.filter(state=WebhookDelivery.State.RECEIVED)
    return list(rows.order_by("received_at").values_list("id", flat=True)[:limit])


def _next_due_at() -> datetime | None:
    rows = WebhookDelivery.objects.filter(state=WebhookDelivery.State.RECEIVED)
    moment: datetime | None = rows.aggregate(at=Min("last_received_at"))["at"]
    return moment


def delivery_source() -> WorkSource:
    return WorkSource(TASK, _due, process_delivery, _next_due_at)
