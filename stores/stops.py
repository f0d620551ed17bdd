"""Vendors that refuse our credentials or do not answer: one stop, one notice, one probe at a time.

Work that needs a stopped vendor waits without using up its tries; a probe that goes well sets it free.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Min, Q

from outbound.clock import now
from stores.models import Stoppable

_MOST_PROBES = 16  # of the doubling; the wait is capped long before
_QUOTA_PROBE = timedelta(hours=1)
# The same trouble so soon after a probe went well is the old one.
_SAME_TROUBLE = timedelta(minutes=10)


def stop(
    target: Stoppable,
    reason: str,
    *,
    is_outage: bool = False,
    is_quota: bool = False,
    retry_after: timedelta | None = None,
) -> bool:
    """Stop calling, or stay stopped after a probe that failed.

    Returns whether this is news, so that one notice is given and not one for every order, nor one for
    every probe that only seemed to go well. Refused credentials are never taken for an outage, which would
    be probed more often; a used-up quota does not show in a harmless read, so it is probed seldom.
    `retry_after` is the vendor's own wish: no probe comes before it.
    """
    moment = now()
    rows = _rows(target)
    reason = reason[:500]
    asked = retry_after or timedelta(0)
    known = Q(stopped_reason=reason, resumed_at__gt=moment - _SAME_TROUBLE)
    is_news = not rows.filter(known).exists()
    facts = {"stopped_reason": reason, "stopped_by_outage": is_outage}
    if rows.filter(stopped_at__isnull=True).update(stopped_at=moment, probes=0, **facts):
        wait = max(_QUOTA_PROBE if is_quota else _wait(0, is_outage=is_outage), asked)
        rows.update(next_probe_at=moment + min(wait, _longest_step()))
        return is_news
    if not is_outage:
        rows.update(**facts)
    for probes, by_outage in rows.values_list("probes", "stopped_by_outage"):
        wait = max(_QUOTA_PROBE if is_quota else _wait(probes, is_outage=by_outage), asked)
        rows.update(next_probe_at=moment + min(wait, _longest_step()))
    return False


def is_stopped(target: Stoppable) -> bool:
    return bool(_rows(target).filter(stopped_at__isnull=False).exists())


def due_probes(model: type[Stoppable], moment: datetime, limit: int) -> list[int]:
    rows = model._default_manager.filter(stopped_at__isnull=False, next_probe_at__lte=moment)
    return list(rows.order_by("next_probe_at").values_list("pk", flat=True)[:limit])


def next_probe_at(model: type[Stoppable]) -> datetime | None:
    stopped = model._default_manager.filter(stopped_at__isnull=False)
    moment: datetime | None = stopped.aggregate(at=Min("next_probe_at"))["at"]
    return moment


def take_probe(target: Stoppable) -> bool:
    """Whether this worker is the one that looks now. If it dies, the next one looks a little later."""
    moment = now()
    due = _rows(target).filter(stopped_at__isnull=False, next_probe_at__lte=moment)
    wait = timedelta(seconds=settings.PROBE_SECONDS)
    return bool(due.update(next_probe_at=moment + wait, probes=F("probes") + 1))


def resume(target: Stoppable) -> bool:
    """It works (again). Returns whether it was stopped; its work is then to be set free."""
    stopped = _rows(target).filter(stopped_at__isnull=False)
    return bool(
        stopped.update(
            stopped_at=None, stopped_by_outage=False, probes=0, next_probe_at=None, resumed_at=now()
        )
    )


def _wait(probes: int, *, is_outage: bool) -> timedelta:
    longest = min(timedelta(seconds=settings.PROBE_SECONDS), _longest_step())
    if not is_outage:
        return longest
    doubled = float(2 ** min(probes, _MOST_PROBES))
    return min(timedelta(seconds=settings.RETRY_FIRST_SECONDS) * doubled, longest)


def _longest_step() -> timedelta:
    return timedelta(seconds=settings.RETRY_MAX_SECONDS)


def _rows(target: Stoppable) -> Any:
    return type(target)._default_manager.filter(pk=target.pk)
