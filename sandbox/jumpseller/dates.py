"""Dates in Jumpseller's spelling, and the day of a moment in the zone of a store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def utc_text(seconds: float) -> str:
    """`2026-07-23 17:48:38 UTC`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def utc_text_with_milliseconds(seconds: float) -> str:
    """`2026-07-23 17:48:38.829 UTC`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} UTC"


def parse_utc(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return None


def day_in(timezone: str, moment: datetime) -> date:
    """The calendar day there. Knows Lisbon's summer time; any other name counts as UTC.

    Written out because a machine without the zone data base must serve too.
    """
    if timezone in ("Lisbon", "Europe/Lisbon") and _is_summer(moment):
        moment += timedelta(hours=1)
    return moment.date()


def _is_summer(moment: datetime) -> bool:
    return _last_sunday(moment.year, 3) <= moment < _last_sunday(moment.year, 10)


def _last_sunday(year: int, month: int) -> datetime:
    """01:00 UTC of the last Sunday of a month of 31 days."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
