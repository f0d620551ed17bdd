"""How many calls an account may still make now: one row per account, the same for every process.

The generic cell rate algorithm: a row holds the moment up to which slots are given away, a caller moves it
on by compare-and-set. No lock, no transaction, one short UPDATE per call on SQLite and PostgreSQL.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from outbound import clock
from outbound.errors import Unavailable
from outbound.models import Allowance

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# A vendor counts calls as they arrive, not as they leave; the second above the minute is for that.
_WINDOW_MICROSECONDS = 61_000_000
# No slot is ever given away this far ahead: a row that says so was written before a clock was set back. It
# starts afresh a minute later, so that the calls of the last minute are not forgotten.
_FURTHEST_MICROSECONDS = 3 * _WINDOW_MICROSECONDS
_MOST_COLLISIONS = 100
_AFTER_COLLISIONS = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True)
class Pace:
    """A limit as arithmetic: `interval` between slots, `ahead` of time at most; both microseconds.

    `burst` calls may go at once after a pause. Any 60 seconds hold at most `per_minute` calls, so the
    lasting rate is `per_minute - burst + 1`: the room for a burst is taken from it.
    """

    interval: int
    ahead: int

    @classmethod
    def of(cls, per_minute: int, burst: int) -> Pace:
        """
        Raises:
            ValueError: a limit below one, or a burst that does not fit in it.
        """
        if per_minute < 1 or not 1 <= burst <= per_minute:
            raise ValueError("an allowance is at least one call per minute, and a burst fits in it")
        interval = -(-_WINDOW_MICROSECONDS // (per_minute - burst + 1))
        return cls(interval=interval, ahead=interval * (burst - 1))


def reserve(key: str, per_minute: int, *, burst: int, now: datetime) -> None:
    """Take one call of the allowance.

    Raises:
        Unavailable: the allowance is used up or blocked; `retry_after` says for how long, and the wait
            says nothing about the work (`counts` is False).
    """
    book(key, Pace.of(per_minute, burst), now=now, patience=timedelta(0))


def book(key: str, pace: Pace, *, now: datetime, patience: timedelta) -> timedelta:
    """Take the next slot if it comes within `patience`, and say how long to wait for it.

    Raises:
        Unavailable: the slot lies further away, or the account is blocked; nothing was taken.
    """
    at = _microseconds(now)
    for _ in range(_MOST_COLLISIONS):
        row = _row(key)
        if row.blocked_until > at:
            raise _used_up(row.blocked_until - at)
        given = row.next_slot
        if given - at > _FURTHEST_MICROSECONDS:
            given = at + pace.ahead + _WINDOW_MICROSECONDS
            _move(row, given)
        wait = max(0, given - pace.ahead - at)
        if wait > patience // _MICROSECOND:
            raise _used_up(wait)
        if _move(row, max(given, at) + pace.interval):
            return wait * _MICROSECOND
    raise Unavailable("our own call allowance is contended", retry_after=_AFTER_COLLISIONS, counts=False)


def block_until(key: str, moment: datetime) -> None:
    """No call before this moment: the vendor asked for it. A shorter block never ends a longer one."""
    until = _microseconds(moment)
    _row(key)
    Allowance.objects.filter(key=key, blocked_until__lt=until).update(blocked_until=until)


@dataclass(slots=True)
class CallAllowance:
    """The allowance of one account as a client uses it, for the length of one piece of work.

    The first call either may go now or the work goes back to the queue; once begun, a call waits up to
    `patience` for its slot, because starting the work anew would cost more calls than it saves.
    """

    key: str
    pace: Pace
    patience: timedelta = timedelta(seconds=3)
    now: Callable[[], datetime] = clock.now
    sleep: Callable[[float], None] = time.sleep
    _begun: bool = field(default=False, init=False)

    def reserve(self) -> None:
        """
        Raises:
            Unavailable: see `book`.
        """
        patience = self.patience if self._begun else timedelta(0)
        wait = book(self.key, self.pace, now=self.now(), patience=patience)
        self._begun = True
        if wait:
            self.sleep(wait.total_seconds())

    def block(self, wait: timedelta) -> None:
        """No call by anyone for this long."""
        block_until(self.key, self.now() + wait)


def _row(key: str) -> Allowance:
    found = Allowance.objects.filter(key=key).first()
    if found is None:
        Allowance.objects.bulk_create([Allowance(key=key)], ignore_conflicts=True)
        found = Allowance.objects.get(key=key)
    return found


def _move(row: Allowance, next_slot: int) -> bool:
    same = Allowance.objects.filter(key=row.key, next_slot=row.next_slot, blocked_until=row.blocked_until)
    return same.update(next_slot=next_slot) == 1


def _used_up(microseconds: int) -> Unavailable:
    return Unavailable(
        "our own call allowance is used up for the moment",
        retry_after=microseconds * _MICROSECOND,
        counts=False,
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
