"""The issuing of a sync run: ticked orders are handed to their lanes, a few at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from invoicing.domain.decision import Outcome, RulingKind
from invoicing.domain.lifecycle import OperationState, Wait
from invoicing.domain.plan import DocumentRole
from invoicing.domain.reasons import HoldReason
from invoicing.domain.sync import SyncMode, SyncProgress, SyncState, progress_of
from invoicing.models import Document, DocumentOperation, InvoicingProfile, Ruling, SyncRun, SyncRunOrder
from invoicing.queue import ask_for_reading, now, ring
from invoicing.services.availability import require_open
from invoicing.services.forecast import Forecast
from invoicing.services.read_order import ask_shop
from invoicing.services.ruling_facts import in_force
from invoicing.services.ruling_work import name_of
from invoicing.services.sync_listing import columns_of, look_at
from invoicing.services.sync_queue import TASK, renew_run
from outbound.errors import NotFound
from stores.models import Order, OrderRefresh
from stores.platform import ShopConnection, platform_for
from stores.services import hear_of_order

# Orders of one run that are under way at once, so that what customers buy meanwhile does not wait behind it.
_AT_ONCE = 5
# Work that waits longer than this is in nobody's way.
_SOON = timedelta(seconds=30)


def tick_orders(run: SyncRun, *, user: User, rows: Collection[int] | None, word: str = "") -> int:
    """Ask for the documents of these rows; None: of all that would be issued by themselves.

    Returns how many are asked for by this. Only what may be ticked is, and each of them once.
    """
    with transaction.atomic():
        run = SyncRun.objects.select_for_update().get(pk=run.pk)
        chosen = (
            choosable(run).filter(would_issue=True) if rows is None else choosable(run).filter(pk__in=rows)
        )
        word = word.replace("\x00", "").strip()[:255]
        count = chosen.update(is_ticked=True, ticked_by=user, word=word)
        if not count:
            return 0
        changes: dict[str, object] = {"mode": SyncMode.ISSUE}
        if run.state in (SyncState.DONE, SyncState.FAILED):
            changes |= {"state": SyncState.QUEUED, "not_before": now(), "finished_at": None}
            changes |= {"error": "", "attempts": 0, "losses": 0}
            ring(TASK, run.pk)
        SyncRun.objects.filter(pk=run.pk).update(**changes)
        return count


def choosable(run: SyncRun) -> QuerySet[SyncRunOrder]:
    """Rows that a person may tick now; after a failure, what it did not come to may be ticked again."""
    if run.listed_at is None:
        return run.rows.none()
    rows = _open_rows(run)
    return rows if run.state == SyncState.FAILED else rows.filter(is_ticked=False)


def _open_rows(run: SyncRun) -> QuerySet[SyncRunOrder]:
    """Rows whose document may come about and was not asked for yet."""
    return run.rows.filter(may_be_ticked=True, asked_at__isnull=True)


def waiting_rows(run: SyncRun) -> QuerySet[SyncRunOrder]:
    """Ticked and not handed over: the oldest payment first, because dates of a series must rise."""
    rows = _open_rows(run).filter(is_ticked=True).select_related("ticked_by")
    return rows.order_by(F("paid_on").asc(nulls_last=True), "-position")


def issue_some(run: SyncRun) -> int:
    """One turn: as many orders are handed over as are not under way already. Returns how many were looked at.

    Raises:
        Paused: the account or the shop is stopped, and nothing would come of it.
        LeaseLost: another worker goes on.
        OutboundError: the shop could not be asked.
    """
    if not waiting_rows(run).exists():
        return 0
    require_open(InvoicingProfile.objects.select_related("account").get(store=run.store).account)
    require_open(run.store)
    shop = platform_for(run.store).connect(run.store)
    free = max(_AT_ONCE - under_way(run).count(), 0)
    rows = list(waiting_rows(run)[:free])
    for row in rows:
        hand_over(run, row, shop)
    return len(rows)


def hand_over(run: SyncRun, row: SyncRunOrder, shop: ShopConnection) -> Order | None:
    """Have the order read, decided and planned in its lane; the order, unless it cannot be issued any more.

    What only a person's word brings about is looked at once more before the word is written down, because
    it would silence the rules that protect from a second invoice.
    """
    known = _invoices(run, row)
    if not row.would_issue and not _still_possible(run, row, shop):
        return None
    with transaction.atomic():
        renew_run(run)
        order = hear_of_order(run.store, row.shop_order_id)
        order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
        fresh = SyncRunOrder.objects.filter(pk=row.pk, asked_at__isnull=True)
        if not fresh.update(asked_at=now(), order=order):
            return order
        # Invoiced or left out since the look: a word younger than that would bring about a second invoice.
        is_overtaken = _invoices(run, row) != known or in_force(order, RulingKind.DO_NOT_INVOICE)
        if not row.would_issue and not is_overtaken:
            Ruling.objects.create(
                order=order, kind=RulingKind.ISSUE_ANYWAY, by=row.ticked_by, reason=row.word
            )
        ask_for_reading(order, requested_by=name_of(row.ticked_by) if row.ticked_by else run.requested_by)
    return order


def _invoices(run: SyncRun, row: SyncRunOrder) -> set[int]:
    mine = Document.objects.filter(order__store=run.store, order__shop_order_id=row.shop_order_id)
    return set(mine.filter(role=DocumentRole.INVOICE).values_list("pk", flat=True))


def _still_possible(run: SyncRun, row: SyncRunOrder, shop: ShopConnection) -> bool:
    """Look at the order again. What has become impossible is told on its row, and is not ticked any more."""
    try:
        payload = ask_shop(run.store, shop, partial(shop.read_order, row.shop_order_id))
    except NotFound:
        told = Forecast(Outcome.HELD, HoldReason.NOT_FOUND.value, "The shop has no such order.")
    else:
        told = look_at(run.store, shop, row.shop_order_id, payload)[1]
    row.would_issue = told.would_issue
    changes = columns_of(told)
    if not told.may_be_ticked:
        changes["is_ticked"] = False
    renew_run(run)
    SyncRunOrder.objects.filter(pk=row.pk, asked_at__isnull=True).update(**changes)
    return told.may_be_ticked


def asked_orders(run: SyncRun) -> QuerySet[Order]:
    return Order.objects.filter(
        pk__in=run.rows.filter(asked_at__isnull=False, order__isnull=False).values("order")
    )


def under_way(run: SyncRun) -> QuerySet[Order]:
    """Orders of the run that workers are busy with, or will be in a moment."""
    soon = now() + _SOON
    reading, working = _open_work()
    is_read = Q(Exists(reading.filter(not_before__lte=soon)))
    return asked_orders(run).filter(is_read | Q(Exists(working.filter(not_before__lte=soon))))


def _open_work() -> tuple[QuerySet[OrderRefresh], QuerySet[DocumentOperation]]:
    reading = OrderRefresh.objects.filter(order=OuterRef("pk"), requested__gt=F("processed"))
    working = DocumentOperation.objects.filter(
        Q(state=OperationState.RUNNING) | Q(state=OperationState.QUEUED), document__order=OuterRef("pk")
    )
    return reading, working


def progress(run: SyncRun) -> SyncProgress:
    """How far the run is; an order that was asked for counts when its document has come to its end."""
    ticked = run.rows.filter(is_ticked=True).count()
    reading, working = _open_work()
    fiscal = working.filter(is_fiscal=True).exclude(waiting_for=Wait.REVIEW)
    is_busy = Q(Exists(reading)) | Q(Exists(fiscal))
    busy = asked_orders(run).filter(is_busy).count() if ticked else 0
    asked = run.rows.filter(is_ticked=True, asked_at__isnull=False).count() if ticked else 0
    return progress_of(
        state=SyncState(run.state),
        is_listed=run.listed_at is not None,
        seen=run.seen,
        total=run.total,
        ticked=ticked,
        settled=max(asked - busy, 0),
    )
