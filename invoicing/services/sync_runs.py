"""Sync runs: asked for once, carried out a turn at a time by workers, or at once by a command."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from django.db import Error as DatabaseTrouble  # a broken connection is no DatabaseError
from django.db import transaction

from invoicing.domain.lifecycle import MAX_LOSSES
from invoicing.domain.sync import SyncKind, SyncMode, SyncState
from invoicing.models import SyncRun
from invoicing.models.sync_run import new_token
from invoicing.queue import LeaseLost, WorkSource, lease_end, now, ring
from invoicing.services.availability import Paused
from invoicing.services.refresh import refresh_order
from invoicing.services.ruling_facts import live_invoice
from invoicing.services.sync_issue import hand_over, issue_some, waiting_rows
from invoicing.services.sync_listing import list_some
from invoicing.services.sync_queue import (
    TASK,
    claim_run,
    due_runs,
    fail_run,
    finish_run,
    go_on,
    in_words,
    next_run_at,
    put_off,
    renew_run,
    wait_after,
)
from outbound.errors import OutboundError, Unavailable
from stores.models import OrderRefresh, Store
from stores.platform import platform_for

logger = structlog.get_logger(__name__)
T = TypeVar("T")
# Between two turns, so that a long list does not keep the shop's call allowance to itself.
_BREATH = timedelta(seconds=1)
# While as many orders are under way as may be.
_LONG_BREATH = timedelta(seconds=5)
# A command waits this long for a vendor that asks for patience, so many times in a row.
_PATIENCE = timedelta(seconds=30)
_TRIES_HERE = 5


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which orders: the newest so many, days of the store (both included), orders by the shop's ids."""

    limit: int | None = None
    since: date | None = None
    until: date | None = None
    order_ids: tuple[str, ...] = ()

    @property
    def wants_list(self) -> bool:
        return self.limit is not None or self.since is not None or self.until is not None


def request_run(store: Store, wishes: Wishes, *, requested_by: str, token: str = "") -> SyncRun:
    """Ask workers for a preview. The same form sent again gives the run that it asked for before."""
    facts = _facts(store, wishes, requested_by)
    with transaction.atomic():
        earlier = SyncRun.objects.filter(token=token).first() if token else None
        if earlier is not None and all(getattr(earlier, name) == value for name, value in facts.items()):
            return earlier
        run, is_new = SyncRun.objects.get_or_create(
            token=new_token() if earlier is not None or not token else token,
            defaults={**facts, **_beginning(wishes)},
        )
        if is_new:
            ring(TASK, run.pk)
        return run


def begin_here(store: Store, wishes: Wishes, *, mode: SyncMode, requested_by: str) -> SyncRun:
    """A run that this process carries out itself: it is claimed before anybody else can see it."""
    moment = now()
    return SyncRun.objects.create(
        **_facts(store, wishes, requested_by),
        **_beginning(wishes),
        mode=mode,
        state=SyncState.RUNNING,
        lease_token=new_token(),
        lease_until=lease_end(moment),
        attempts=1,
        started_at=moment,
    )


def _facts(store: Store, wishes: Wishes, requested_by: str) -> dict[str, Any]:
    return {
        "store": store,
        "kind": SyncKind.BACKFILL.value,
        "requested_by": requested_by,
        "limit": wishes.limit,
        "since": wishes.since,
        "until": wishes.until,
        "order_ids": list(dict.fromkeys(wishes.order_ids)),
    }


def _beginning(wishes: Wishes) -> dict[str, Any]:
    """How many there will be at most is known where a number was asked for, or names."""
    is_known = wishes.limit is not None or not wishes.wants_list
    total = (wishes.limit or 0) + len(set(wishes.order_ids)) if is_known else None
    return {"page": 1 if wishes.wants_list else 0, "total": total}


def advance_run(run_id: int) -> None:
    """One turn of a run, if it is due and free; leave without a word if not."""
    run = claim_run(run_id)
    if run is None:
        return
    if run.losses >= MAX_LOSSES:
        fail_run(run, f"{run.losses} processes died at it.")
        return
    try:
        is_idle = _take_turn(run)
    except LeaseLost:
        logger.warning("sync_run_taken_over", run=run.pk)
    except OutboundError as error:
        put_off(run, error)
    except DatabaseTrouble:
        raise  # nothing was decided; the lease brings it back
    except Exception as error:
        logger.exception("sync_run_failed", run=run.pk)
        fail_run(run, f"{type(error).__name__}: {error}")
    else:
        _conclude(run, breath=_LONG_BREATH if is_idle else _BREATH)


def _take_turn(run: SyncRun) -> bool:
    """Whether nothing could be done now."""
    if run.listed_at is None:
        list_some(run)
        return False
    return issue_some(run) == 0


def _conclude(run: SyncRun, *, breath: timedelta) -> None:
    """Done, unless more is to be done. Under the row's lock: somebody may be ticking orders just now."""
    with transaction.atomic():
        fresh = SyncRun.objects.select_for_update().get(pk=run.pk)
        is_issuing = fresh.mode == SyncMode.ISSUE and waiting_rows(fresh).exists()
        if fresh.listed_at is None or is_issuing:
            go_on(run, after=breath)
        else:
            finish_run(run)


def run_here(run: SyncRun, *, sleep: Callable[[float], None] = time.sleep) -> int:
    """List, and plan where the run issues, in this process. Returns how many documents were planned; making
    them is the workers'.

    Raises:
        OutboundError: the shop could not be asked; the run is failed.
        LeaseLost: this process was silent for too long, and a worker goes on.
    """
    try:
        while run.listed_at is None:
            _patiently(run, partial(list_some, run), sleep)
        planned = _plan_here(run, sleep) if run.mode == SyncMode.ISSUE else 0
    except OutboundError as error:
        fail_run(run, in_words(error))
        raise
    except LeaseLost:
        raise
    except (Exception, KeyboardInterrupt) as error:
        fail_run(run, type(error).__name__)
        raise
    _conclude(run, breath=_BREATH)  # somebody may have ticked orders in the admin meanwhile
    return planned


def _plan_here(run: SyncRun, sleep: Callable[[float], None]) -> int:
    shop = platform_for(run.store).connect(run.store)
    planned = 0
    for row in list(waiting_rows(run)):
        order = _patiently(run, partial(hand_over, run, row, shop), sleep)
        if order is not None:
            # If a worker was quicker, this leaves without a word.
            refresh_order(OrderRefresh.objects.get(order=order).pk)
            planned += live_invoice(order) is not None
    return planned


def _patiently(run: SyncRun, turn: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """The turn, again after a while where the vendor only asks for patience."""
    tries = 0
    while True:
        try:
            return turn()
        except Unavailable as error:
            tries += 1
            wait = wait_after(error, tries)
            if isinstance(error, Paused) or tries >= _TRIES_HERE or wait > _PATIENCE:
                raise
            renew_run(run, error=in_words(error))
            sleep(wait.total_seconds())
            renew_run(run, error="")


SYNC_RUNS = WorkSource(TASK, due_runs, advance_run, next_run_at)
