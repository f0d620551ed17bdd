"""The listing of a sync run: a page of the shop's orders at a time, each with what would happen and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from django.db import Error as DatabaseTrouble  # a broken connection is no DatabaseError
from django.db import transaction
from django.db.models import F

from invoicing.domain.decision import Outcome
from invoicing.domain.reasons import HoldReason
from invoicing.domain.sync import SyncMode
from invoicing.domain.texts import clean
from invoicing.models import InvoicingProfile, SyncRun, SyncRunOrder
from invoicing.queue import now
from invoicing.selectors import orders_with_work
from invoicing.services.accounts import FACTS_MISSING, renew_facts
from invoicing.services.forecast import Forecast, forecast
from invoicing.services.other_apps import has_foreign_entries
from invoicing.services.read_order import ask_shop
from invoicing.services.sync_queue import renew_run
from outbound.errors import NotFound, OutboundError
from stores.domain.order import OrderFacts, OrderStatus
from stores.models import Order, Store
from stores.platform import ListedOrder, ShopConnection, platform_for
from stores.services import as_read, in_zone, payment

logger = structlog.get_logger(__name__)
# Of the orders that were asked for by name, so many in one turn.
_NAMED_AT_ONCE = 50
# An end for a shop that gives pages for ever.
_MOST_PAGES = 2_000
_REPEATED = "again "
_MOST = Decimal(10) ** 13


def list_some(run: SyncRun) -> None:
    """One turn: the next page of the list, then the orders asked for by name. Every order is committed by
    itself, so that a turn that ends in the middle is taken up there.

    Raises:
        LeaseLost: another worker goes on.
        OutboundError: the shop could not be asked; what was looked at stays.
    """
    shop = platform_for(run.store).connect(run.store)
    if run.page:
        _list_page(run, shop)
    else:
        _read_named(run, shop)
    run.refresh_from_db()


def _list_page(run: SyncRun, shop: ShopConnection) -> None:
    listed = ask_shop(
        run.store, shop, lambda: shop.list_orders(page=run.page, since=run.since, until=run.until)
    )
    renew_run(run)
    known = _known_ids(run)
    left = None if run.limit is None else run.limit - len(known)
    days = []
    for order in listed:
        if left is not None and left <= 0:
            break
        facts = platform_for(run.store).read_facts(order.payload)
        day = _day(run.store, facts.created_at)
        days.append(day)
        if order.shop_order_id not in known and _is_wanted(run, order, facts, day):
            _look_at(run, shop, order, facts)
            known.add(order.shop_order_id)
            left = None if left is None else left - 1
    mark = _mark_of(listed)
    is_over = (
        mark == "" or run.page_mark == _REPEATED + mark or run.page >= _MOST_PAGES or _is_before(run, days)
    )
    if is_over or (left is not None and left <= 0):
        _end_list(run)
    else:
        # Orders may have arrived that push the list on by a page; what comes a third time is the end.
        renew_run(run, page=run.page + 1, page_mark=_REPEATED + mark if mark == run.page_mark else mark)


def _is_wanted(run: SyncRun, order: ListedOrder, facts: OrderFacts, day: date | None) -> bool:
    """Carts that were left behind are no orders; an order that states no day may be of any."""
    if not order.shop_order_id:
        logger.warning("listed_order_without_id", store=run.store.code)
        return False
    is_before = day is not None and run.since is not None and day < run.since
    is_after = day is not None and run.until is not None and day > run.until
    return facts.status is not OrderStatus.ABANDONED and not is_before and not is_after


def _is_before(run: SyncRun, days: list[date | None]) -> bool:
    """The list goes back in time, so nothing that is wanted comes after a page of days gone by."""
    return run.since is not None and bool(days) and all(day and day < run.since for day in days)


def _mark_of(listed: list[ListedOrder]) -> str:
    """What tells a page from the one before: a shop may repeat its last page for ever."""
    if not listed:
        return ""
    return f"{listed[0].shop_order_id} {listed[-1].shop_order_id} {len(listed)}"


def _end_list(run: SyncRun) -> None:
    changes: dict[str, Any] = {"page": 0}
    if not run.order_ids:
        changes |= {"listed_at": now(), "total": F("seen")}
    renew_run(run, **changes)


def _read_named(run: SyncRun, shop: ShopConnection) -> None:
    known = _known_ids(run)
    named = [shop_order_id for shop_order_id in run.order_ids if shop_order_id not in known]
    for shop_order_id in named[:_NAMED_AT_ONCE]:
        try:
            payload = ask_shop(run.store, shop, partial(shop.read_order, shop_order_id))
        except NotFound:
            missing = Forecast(Outcome.HELD, HoldReason.NOT_FOUND.value, "The shop has no such order.")
            _keep(run, _Row(shop_order_id, OrderFacts(), missing))
            continue
        listed = ListedOrder(shop_order_id, payload)
        _look_at(run, shop, listed, platform_for(run.store).read_facts(payload))
    if len(named) <= _NAMED_AT_ONCE:
        renew_run(run, listed_at=now(), total=F("seen"))


def _known_ids(run: SyncRun) -> set[str]:
    return set(run.rows.values_list("shop_order_id", flat=True))


@dataclass(frozen=True, slots=True)
class _Row:
    shop_order_id: str
    facts: OrderFacts
    told: Forecast
    order_pk: int | None = None
    paid_on: date | None = None


def _look_at(run: SyncRun, shop: ShopConnection, listed: ListedOrder, facts: OrderFacts) -> None:
    try:
        order, told = look_at(run.store, shop, listed.shop_order_id, listed.payload)
    except (OutboundError, DatabaseTrouble):
        raise
    except Exception as error:
        # One order must not hide the others; its lane would hold it with the same words.
        logger.exception("listed_order_failed", order=listed.shop_order_id)
        broken = Forecast(Outcome.HELD, HoldReason.INTERNAL.value, f"{type(error).__name__}: {error}")
        _keep(run, _Row(listed.shop_order_id, facts, broken))
        return
    paid = payment(order) if facts.status is OrderStatus.PAID else None
    paid_on = _day(run.store, paid.at) if paid else None
    _keep(run, _Row(listed.shop_order_id, facts, told, order.pk, paid_on))


def _day(store: Store, moment: datetime | None) -> date | None:
    """The day in the store's zone; none for a moment at the end of all time."""
    try:
        return in_zone(store, moment).date() if moment is not None else None
    except OverflowError:
        return None


def look_at(store: Store, shop: ShopConnection, shop_order_id: str, payload: str) -> tuple[Order, Forecast]:
    """The order as this payload shows it, unsaved, and what it would come to.

    Raises:
        OutboundError: the shop could not be asked for the documents that hang on it.
    """
    rows = Order.objects.filter(store=store, shop_order_id=shop_order_id)
    order = orders_with_work(rows).first() or Order(store=store, shop_order_id=shop_order_id)
    facts = platform_for(store).read_facts(payload)
    order = as_read(order, payload, facts, read_started_at=now())

    def is_taken() -> bool:
        return ask_shop(store, shop, lambda: has_foreign_entries(order, shop))

    told = forecast(order, has_foreign_entries=is_taken)
    if {told.reason, told.obstacle} & set(FACTS_MISSING):
        # The account may have got the tax or the series since its lists were read.
        account = InvoicingProfile.objects.select_related("account").get(store=store).account
        if renew_facts(account, is_one_missing=True):
            told = forecast(order, has_foreign_entries=is_taken)
    return order, told


def _keep(run: SyncRun, row: _Row) -> None:
    told, facts = row.told, row.facts
    with transaction.atomic():
        renew_run(run, seen=F("seen") + 1, planned=F("planned") + int(told.would_issue))
        SyncRunOrder.objects.create(
            run=run,
            position=run.rows.count() + 1,
            shop_order_id=row.shop_order_id,
            order_id=row.order_pk,
            buyer_name=facts.buyer_name[:255],
            total=facts.total,
            currency=facts.currency[:3],
            status=facts.status or "",
            paid_on=row.paid_on,
            is_ticked=_is_ticked(run, row),
            **columns_of(told),
        )


def columns_of(told: Forecast) -> dict[str, Any]:
    """A forecast as a row keeps it."""
    is_storable = told.gross is not None and abs(told.gross) < _MOST
    return {
        "outcome": told.outcome,
        "reason": told.reason,
        "detail": clean(told.detail, 2_000),
        "obstacle": told.obstacle,
        "kind": told.kind,
        "gross": told.gross if is_storable else None,
        "would_issue": told.would_issue,
        "may_be_ticked": told.may_be_ticked,
    }


def _is_ticked(run: SyncRun, row: _Row) -> bool:
    """By command there is nobody to tick: what would be issued is, and what was named overrides go-live."""
    is_named = row.shop_order_id in run.order_ids
    return run.mode == SyncMode.ISSUE and (row.told.would_issue or (is_named and row.told.may_be_ticked))
