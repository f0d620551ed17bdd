"""The time of the database, so that leases mean the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

_injected: Callable[[], datetime] | None = None


def now() -> datetime:
    """The database's clock (aware, UTC), or the injected one of a simulator."""
    if _injected is not None:
        return _injected()
    if connection.vendor == "sqlite":
        sql = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"
    else:
        sql = "SELECT clock_timestamp()"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (value,) = cursor.fetchone()
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    moment: datetime = value
    return moment.astimezone(UTC)


def inject(clock: Callable[[], datetime] | None) -> None:
    """Replace the clock (simulator and tests), or put the database's back with None."""
    global _injected
    _injected = clock
