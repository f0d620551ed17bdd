"""Credentials that are refused: one stop, one notice, one probe at a time, and work that waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import random
from typing import Any

from django.conf import settings

from outbound.clock import now
from stores.models import Stoppable


def stop(target: Stoppable, reason: str) -> bool:
    """Stop calling with these credentials.

    Returns whether this call stopped it, so that one notice is given and not one for every order.
    """
    moment = now()
    rows = _rows(target)
    rows.update(next_probe_at=moment + timedelta(seconds=settings.PROBE_SECONDS))
    return bool(rows.filter(stopped_at__isnull=True).update(stopped_at=moment, stopped_reason=reason[:500]))


def may_call(target: Stoppable) -> bool:
    """Whether this worker may call: the credentials work, or it is the one that probes them now."""
    moment = now()
    rows = _rows(target)
    if rows.filter(stopped_at__isnull=True).exists():
        return True
    return bool(
        rows.filter(stopped_at__isnull=False, next_probe_at__lte=moment).update(
            next_probe_at=moment + timedelta(seconds=settings.PROBE_SECONDS)
        )
    )


def next_probe(target: Stoppable) -> datetime:
    """When stopped work may look again; spread, so that it does not all look at once."""
    (at,) = _rows(target).values_list("next_probe_at", flat=True)
    return (at or now()) + timedelta(seconds=random())


def resume(target: Stoppable) -> bool:
    """The credentials work (again). Returns whether it was stopped."""
    return bool(
        _rows(target)
        .filter(stopped_at__isnull=False)
        .update(stopped_at=None, stopped_reason="", next_probe_at=None)
    )


def _rows(target: Stoppable) -> Any:
    return type(target)._default_manager.filter(pk=target.pk)
