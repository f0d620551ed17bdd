"""Sync runs as work of the queue: claimed by compare-and-set, a lease for one turn, put off with a reason."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from random import random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Min, PositiveIntegerField, Q, When
from django.db.models.functions import Coalesce

from invoicing.domain.lifecycle import MAX_TRIES, retry_delay
from invoicing.domain.sync import OPEN_SYNC_STATES, SyncState
from invoicing.models import SyncRun
from invoicing.queue import LeaseLost, lease_end, now, ring
from invoicing.services.availability import Paused
from outbound.errors import OutboundError, Rejected, Unavailable

TASK = "invoicing.advance_sync_run"
_OPEN = [str(state) for state in OPEN_SYNC_STATES]


def due_runs(moment: datetime, limit: int) -> list[int]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    rows = SyncRun.objects.filter(free, state__in=_OPEN, not_before__lte=moment)
    return list(rows.order_by("not_before", "id").values_list("id", flat=True)[:limit])


def next_run_at() -> datetime | None:
    waiting = SyncRun.objects.filter(state__in=_OPEN)
    free = waiting.filter(lease_until__isnull=True).aggregate(at=Min("not_before"))["at"]
    leased = waiting.filter(lease_until__isnull=False).aggregate(at=Min("lease_until"))["at"]
    return min((moment for moment in (free, leased) if moment is not None), default=None)


def claim_run(run_id: int) -> SyncRun | None:
    """Take a due run for one turn, or None if it is over, not due, or another worker has it."""
    moment = now()
    token = secrets.token_hex(16)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    taken = SyncRun.objects.filter(free, pk=run_id, state__in=_OPEN, not_before__lte=moment).update(
        state=SyncState.RUNNING,
        # A lease that nobody gave back was lost with its process.
        losses=Case(
            When(lease_until__isnull=False, then=F("losses") + 1),
            default=F("losses"),
            output_field=PositiveIntegerField(),
        ),
        lease_token=token,
        lease_until=lease_end(moment),
        attempts=F("attempts") + 1,
        started_at=Coalesce(F("started_at"), moment),
    )
    if not taken:
        return None
    return SyncRun.objects.select_related("store").get(pk=run_id)


def renew_run(run: SyncRun, **changes: Any) -> None:
    """Prove that the lease is still ours, begin it anew, and write what was done under it.

    Raises:
        LeaseLost: another worker may have the run; nothing was written.
    """
    changes["lease_until"] = lease_end(now())
    if not _held(run).update(**changes):
        raise LeaseLost


def go_on(run: SyncRun, *, after: timedelta) -> None:
    """The turn went well and more is to be done."""
    progress = {"error": "", "attempts": 0, "losses": 0}
    _end_turn(run, SyncState.QUEUED, not_before=now() + after, **progress)


def finish_run(run: SyncRun) -> None:
    _end_turn(run, SyncState.DONE, error="", attempts=0, losses=0, finished_at=now())


def fail_run(run: SyncRun, error: str) -> None:
    """Ended without all of its work; what was listed, and what was issued, stays."""
    _end_turn(run, SyncState.FAILED, error=error[:500], finished_at=now())


def put_off(run: SyncRun, error: OutboundError) -> None:
    """Later, by the vendor's own wish or by the ladder; failed if that is hopeless."""
    words = in_words(error)
    if not isinstance(error, Unavailable) or (error.counts and run.attempts >= MAX_TRIES):
        fail_run(run, words)
        return
    wait = wait_after(error, run.attempts)
    if isinstance(error, Paused):
        # A probe looks whether the vendor is back; this only looks whether the probe went well.
        wait = timedelta(seconds=settings.PROBE_SECONDS)
    uncounted = {} if error.counts else {"attempts": F("attempts") - 1}
    _end_turn(run, SyncState.QUEUED, not_before=now() + wait, error=words, **uncounted)


def in_words(error: OutboundError) -> str:
    """The other side's own words, where it gave some."""
    told = "; ".join(error.vendor_messages) if isinstance(error, Rejected) else ""
    return (told or error.message)[:500]


def wait_after(error: OutboundError, tries: int) -> timedelta:
    """How long to leave the vendor alone: as it asks, or by the ladder."""
    asked: timedelta | None = getattr(error, "retry_after", None)
    if asked is not None:
        return asked
    first, longest = settings.RETRY_FIRST_SECONDS, settings.RETRY_MAX_SECONDS
    return timedelta(seconds=retry_delay(tries, first=first, longest=longest, jitter=random()))


def _end_turn(run: SyncRun, state: SyncState, **changes: Any) -> None:
    with transaction.atomic():
        ended = _held(run).update(state=state, lease_token="", lease_until=None, **changes)
        if ended and state is SyncState.QUEUED:
            ring(TASK, run.pk, delay=max((changes["not_before"] - now()).total_seconds(), 0.0))


def _held(run: SyncRun) -> Any:
    return SyncRun.objects.filter(pk=run.pk, state=SyncState.RUNNING, lease_token=run.lease_token)
